"""The curves of several runs as one table to draw; never imports torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from app.jobs.known_runs import RunCard
from app.train import curves
from app.train.curves import Numbers
from app.train.tracks import Track, get_readers
from mixcore.objectives import DEFAULT, list_objectives, read_objective
from mixcore.train.observe import list_observers, read_observer

AXES = ("epoch", "step", "minutes")
FEWEST = 400  # points of a training curve that has others beside it: they share MOST
DOTS = 60  # epochs; of longer curves only the end is marked


def list_points(
    cards: Sequence[RunCard],
    what: str,
    axis: str = "epoch",
    weight: float = 0.0,
    seeds: bool = False,
) -> pd.DataFrame:
    """Curves of "loss" or "accuracy" as rows of x, y, low, high, run, part, dot.

    weight smooths the train curves. seeds sums up runs that differ in their seed only: y is their
    mean, low and high their range.
    """
    parts, found = [], group_runs(cards, seeds)
    for name, group in found:
        tracks = [get_readers().track(card) for card in group]
        train = [_xy(track, "step", what, axis) for track in tracks]
        train = [(x, curves.smooth_curve(y, weight)) for x, y in train]
        parts += [_part(train, name, "train", max(FEWEST, curves.MOST // len(found)))]
        parts += [_part([_xy(t, "epoch", f"test_{what}", axis) for t in tracks], name, "test")]
    return pd.concat(parts, ignore_index=True)


def list_errors(cards: Sequence[RunCard], axis: str = "epoch", seeds: bool = False) -> pd.DataFrame:
    """ECE on test pictures: x, y, and low and high of its interval, or of the range over seeds."""
    parts = []
    for name, group in group_runs(cards, seeds):
        tracks = [get_readers().track(card) for card in group]
        part = _part([_xy(t, "epoch", "calibration.ece", axis) for t in tracks], name, "test")
        if len(group) == 1 and len(part):
            kept = curves.thin_points(tracks[0].column("epoch", "calibration.ece"))
            for i, end in enumerate(("low", "high")):
                part[end] = tracks[0].column("epoch", f"calibration.ece_interval.{i}")[kept]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def list_parts(cards: Sequence[RunCard]) -> list[tuple[str, str, str, str]]:
    """What runs measure beside the usual: kind of row, group, name and title, without doubles."""
    found: dict[tuple[str, str, str], str] = {}
    for card in cards:
        objective, observer = (card.config.get(name) for name in ("objective", "observe"))
        if objective in list_objectives():
            declared = read_objective(objective)
            for group in ("losses", "readings") if objective != DEFAULT else ():
                for name, title in getattr(declared, group).items():
                    found.setdefault(("step", group, name), title)
        if observer in list_observers():
            for name, title in read_observer(observer).readings.items():
                found.setdefault(("observation", "readings", name), title)
    return [(*place, title) for place, title in found.items()]


def list_part(
    cards: Sequence[RunCard],
    kind: str,
    name: str,
    axis: str = "epoch",
    weight: float = 0.0,
    seeds: bool = False,
) -> pd.DataFrame:
    """Curves of a named loss ("losses.NAME") or reading, as list_points has them."""
    parts = []
    part = "train" if kind == "step" else "test"
    for run, group in group_runs(cards, seeds):
        points = [_xy(get_readers().track(card), kind, name, axis) for card in group]
        if not any(np.isfinite(y).any() for _, y in points):
            continue
        parts.append(_part([(x, curves.smooth_curve(y, weight)) for x, y in points], run, part))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def group_runs(cards: Sequence[RunCard], seeds: bool) -> list[tuple[str, list[RunCard]]]:
    """Runs to draw as one curve, and its name.

    Each by itself unless seeds are summed up, as those of the example always are.
    """
    found: dict[Any, list[RunCard]] = {}
    for card in cards:
        together = (card.example, card.alike) if seeds or card.example else card.id
        found.setdefault(together, []).append(card)
    return [
        (f"{group[0].group}, {len(group)} seeds" if len(group) > 1 else group[0].name, group)
        for group in found.values()
    ]


def _xy(track: Track, kind: str, name: str, axis: str) -> tuple[Numbers, Numbers]:
    x = track.column(kind, "seconds" if axis == "minutes" else axis)
    return (x / 60 if axis == "minutes" else x), track.column(kind, name)


def _part(
    found: Sequence[tuple[Numbers, Numbers]], name: str, part: str, most: int = curves.MOST
) -> pd.DataFrame:
    if len(found) == 1:
        x, y = found[0]
        low = high = y
    else:
        x, y, low, high = curves.summarize_curves(found)
    kept = curves.thin_points(y, most)
    columns = {"x": x[kept], "y": y[kept], "low": low[kept], "high": high[kept]}
    dots = np.full(len(kept), part == "test" and len(kept) <= DOTS)
    dots[-1:] = part == "test"
    return pd.DataFrame(columns | {"run": name, "part": part, "dot": dots})
