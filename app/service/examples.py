"""The example mixes of a run, as its worker wrote them after each epoch. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from app import figures
from app.service.runs import Card

Image = np.ndarray
SIDE = 128  # pixels of a shown picture; small ones are enlarged so that their pixels can be seen


@dataclass(frozen=True)
class Example:
    """One mix after some step: pictures (h, w, 3) uint8, and what its label and the model say.

    a, b      the sources; mixed, the mix; looks, the mix under what the model looks at, or None
    weight    what A's label is worth, and area what A covers
    said      the model's probabilities of A's and of B's class
    """

    a: Image
    b: Image
    mixed: Image
    looks: Image | None
    weight: float
    area: float
    said: tuple[float, float]
    y: tuple[int, int]


def steps(card: Card) -> list[int]:
    """After which steps there are examples, oldest first."""
    return [int(path.stem.removeprefix("step-")) for path in card.run.plans()]


def at(card: Card, step: int) -> tuple[list[Example], str]:
    """The examples after a step, and what shows where the model looks; ValueError if damaged."""
    path = card.run.folder / "plans" / f"step-{step:08d}.npz"
    return _read(str(path), path.stat().st_mtime_ns if path.exists() else 0)


@st.cache_data(show_spinner=False, max_entries=64)
def _read(path: str, changed: int) -> tuple[list[Example], str]:
    try:
        with np.load(Path(path), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        made = [_example(arrays, i) for i in range(len(arrays["mixed"]))]
        return made, str(arrays["evidence_name"])
    except (OSError, KeyError, IndexError, ValueError) as error:
        raise ValueError(f"{Path(path).name} cannot be read: {error}.") from None


def _example(arrays: dict[str, np.ndarray], i: int) -> Example:
    own, other = arrays["index"][i][:2]
    y = int(arrays["y"][own]), int(arrays["y"][other])
    mixed, evidence = _large(arrays["mixed"][i]), arrays["evidence"][i].astype(np.float32)
    return Example(
        a=_large(arrays["sources"][own]),
        b=_large(arrays["sources"][other]),
        mixed=mixed,
        looks=figures.overlay(mixed, _large(evidence)) if evidence.size else None,
        weight=float(arrays["weights"][i][0]),
        area=float(arrays["areas"][i][0]),
        said=(float(arrays["probs"][i][y[0]]), float(arrays["probs"][i][y[1]])),
        y=y,
    )


def _large(image: np.ndarray) -> np.ndarray:
    """At least SIDE pixels a side, every pixel a square; grey ones get three channels."""
    h, w = image.shape[:2]
    rows = np.arange(max(h, SIDE)) * h // max(h, SIDE)
    columns = np.arange(max(w, SIDE)) * w // max(w, SIDE)
    large = image[rows][:, columns]
    if large.ndim == 3 and large.shape[2] == 1:
        large = large.repeat(3, 2)
    return large
