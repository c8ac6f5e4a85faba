"""The example mixes of a run, as its worker wrote them after each epoch. No torch."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from app.jobs.known_runs import RunCard
from app.mixes import layer_images
from mixcore.runs import files

Image = np.ndarray
MOST = 1 << 27  # bytes of a file of mixes, unpacked
SIDE = 128  # pixels of a shown picture; small ones are enlarged so that their pixels can be seen


@dataclass(frozen=True)
class ExampleMix:
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


def list_steps(card: RunCard) -> list[int]:
    """After which steps there are examples, oldest first."""
    return [int(path.stem.removeprefix("step-")) for path in card.run.plans()]


def load_examples(card: RunCard, step: int) -> tuple[list[ExampleMix], str]:
    """The examples after a step, and what shows where the model looks; ValueError if damaged."""
    path = card.run.folder / "plans" / f"step-{step:08d}.npz"
    return _read(str(path), path.stat().st_mtime_ns if path.exists() else 0)


@st.cache_data(show_spinner=False, max_entries=64)
def _read(path: str, changed: int) -> tuple[list[ExampleMix], str]:
    try:
        arrays = _load(Path(path))
        made = [_example(arrays, i) for i in range(len(arrays["mixed"]))]
        return made, str(arrays["evidence_name"])[:80]
    except Exception as error:  # a damaged archive fails in a dozen ways, each with its own error
        why = files.describe_error(error) or type(error).__name__
        raise ValueError(f"{Path(path).name} cannot be read: {why}.") from None


def _load(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a file of mixes, if it is one and not too large."""
    with files.open_regular(path) as file, zipfile.ZipFile(file) as pack:
        if sum(info.file_size for info in pack.infolist()) > MOST:
            raise ValueError(f"it would unpack to more than {MOST // 2**20} MB")
        file.seek(0)
        with np.load(file, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
    for name in ("sources", "mixed"):
        one = arrays[name]
        if one.dtype != np.uint8 or one.ndim != 4 or one.shape[3] not in (1, 3) or not one.size:
            raise ValueError(f"{name} are no pictures")
    return arrays


def _example(arrays: dict[str, np.ndarray], i: int) -> ExampleMix:
    own, other = arrays["index"][i][:2]
    y = int(arrays["y"][own]), int(arrays["y"][other])
    mixed, evidence = _large(arrays["mixed"][i]), arrays["evidence"][i].astype(np.float32)
    return ExampleMix(
        a=_large(arrays["sources"][own]),
        b=_large(arrays["sources"][other]),
        mixed=mixed,
        looks=layer_images.draw_overlay(mixed, _large(evidence)) if evidence.size else None,
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
