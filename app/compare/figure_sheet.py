"""The figure of a grid to take away: cells with their captions, photos at the left. Pure."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from app.mixes.contact_sheet import Image
from app.mixes.sheet import INK, MUTE, PAPER, PHOTOS, STYLE
from mixcore import palette

WIDE, HIGH = 1.85, 2.35  # inches of a cell with its caption


class FigureBlock(NamedTuple):
    """One cell: its picture, or None and the caption says why; whether it is the worst."""

    picture: Image | None
    caption: str
    worst: bool


@matplotlib.rc_context(STYLE)
def draw_sheet(
    blocks: Sequence[Sequence[FigureBlock]],
    photos: Sequence[Sequence[Image]],
    names: Sequence[Sequence[str]],
    heads: Sequence[str],
    title: str,
    note: str,
    form: str,
) -> bytes:
    """One figure as "png" (at twice the size on screen), "svg" or "pdf".

    blocks: row by row; photos and names: A and B of each row; heads: of the columns; note: the
    small print.
    """
    rows, columns = len(blocks), len(heads)
    width, height = WIDE * (columns + 0.62), HIGH * rows + 1.15
    figure = Figure(figsize=(width, height), facecolor=PAPER)
    figure.text(0.1 / width, 1 - 0.25 / height, title, color=INK, fontsize=13, va="center")
    grid = figure.add_gridspec(
        rows, columns + 1, width_ratios=[0.58, *[1] * columns], left=0.1 / width,
        right=1 - 0.1 / width, top=1 - 0.85 / height, bottom=0.62 / height, wspace=0.06,
        hspace=0.32,
    )  # fmt: skip
    for i, row in enumerate(blocks):
        _photos(figure, grid[i, 0], photos[i], names[i])
        for k, block in enumerate(row):
            axes = figure.add_subplot(grid[i, k + 1])
            if i == 0:
                axes.set_title(heads[k], color=INK, fontsize=10, pad=4)
            _block(axes, block)
    small = "\n".join(textwrap.wrap(note, int(width * 22)))
    figure.text(0.1 / width, 0.16 / height, small, color=MUTE, fontsize=6.5, va="center")
    out = io.BytesIO()
    # A date would make two files of one grid differ.
    metadata = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[form]
    figure.savefig(out, format=form, dpi=200, metadata=metadata)
    return out.getvalue()


def _photos(
    figure: Figure, place: SubplotSpec, photos: Sequence[Image], names: Sequence[str]
) -> None:
    inner = place.subgridspec(2, 1, hspace=0.45)
    for i, (photo, name) in enumerate(zip(photos, names, strict=True)):
        axes = figure.add_subplot(inner[i, 0])
        axes.imshow(photo)
        _frame(axes, PHOTOS[i], 2)
        axes.set_xlabel(f"{'AB'[i]}: {name}", fontsize=7.5, color=INK, labelpad=2)


def _block(axes: Axes, block: FigureBlock) -> None:
    if block.picture is None:
        said = "\n".join(textwrap.wrap(block.caption, 26))
        axes.text(0.5, 0.5, said, ha="center", va="center", fontsize=7, color=MUTE)
        _frame(axes, PAPER, 0)
        return
    axes.imshow(block.picture, interpolation="nearest")
    _frame(axes, palette.MISS.light if block.worst else PAPER, 2.5 if block.worst else 0)
    color = palette.MISS.light if block.worst else INK
    axes.set_xlabel(block.caption, fontsize=8, color=color, labelpad=3)


def _frame(axes: Axes, color: str, width: float) -> None:
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=width > 0, color=color, linewidth=width)
