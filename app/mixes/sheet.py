"""The figure to take away: the pair, the mix, its mask and its label on one sheet. Pure."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import matplotlib
import matplotlib.image
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from app.mixes.bars import Bar
from app.mixes.layer_images import css_color, draw_heat, make_tints
from app.mixes.text import LETTERS, format_share
from mixcore import palette

ALIGNMENTS: tuple[Literal["left", "center", "right"], ...] = ("left", "center", "right")
INK, MUTE, PAPER = palette.INK.light, palette.MUTE.light, palette.CARD.light
PHOTOS = [color.light for color in palette.SOURCES]
# Without a salt of its own, an SVG of the same mix would differ from run to run.
STYLE: dict[Any, Any] = {"svg.hashsalt": "mixscope", "text.parse_math": False, "pdf.fonttype": 42}


class FigurePanel(NamedTuple):
    """A map: what it is called and is, its PNG, and the left, middle and right of its scale."""

    title: str
    about: str
    png: bytes
    ends: tuple[float, float, float]


@matplotlib.rc_context(STYLE)
def draw_sheet(
    pictures: Mapping[str, bytes],
    bars: Sequence[Bar],
    title: str,
    note: str,
    form: str,
    maps: Sequence[FigurePanel] = (),
    arithmetic: str = "",
) -> bytes:
    """One figure as "png" (at twice the size on screen), "svg" or "pdf".

    pictures: caption -> PNG, left to right, those of photos beginning with "A: "; bars: the label
    bars; note: the small print; maps: a second row, each with its scale; arithmetic: the label as
    a sum, a line a photo.
    """
    columns, second = max(len(pictures), len(maps)), 3.2 if maps else 0
    rest = 0.2 * len(bars) + 0.2 * arithmetic.count("\n") + 0.2 * bool(arithmetic)
    height = 3.4 + rest + second
    figure = Figure(figsize=(2.35 * columns, height), facecolor=PAPER)
    figure.text(0.014, 1 - 0.2 / height, title, color=INK, fontsize=13, va="center")
    grid = figure.add_gridspec(
        3, columns, height_ratios=(2.3, second * 0.82 + 1e-3, rest), left=0.014, right=0.986,
        top=1 - 0.54 / height, bottom=0.42 / height, wspace=0.05, hspace=0.2,
    )  # fmt: skip
    for column, panel in enumerate(maps):
        _draw_panel(figure, grid[1, column], panel)
    for column, (caption, png) in enumerate(pictures.items()):
        axes = figure.add_subplot(grid[0, column])
        axes.imshow(matplotlib.image.imread(io.BytesIO(png)), interpolation="nearest")
        letter = caption[:1].lower() if caption[1:3] == ": " else "-"
        edge = PHOTOS[LETTERS.index(letter)] if letter in LETTERS else None
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(visible=edge is not None, color=edge or PAPER, linewidth=2.5)
        axes.set_title(caption, color=INK, fontsize=9, pad=4)
    axes = figure.add_subplot(grid[2, :])
    _draw(axes, bars)
    for i, line in enumerate(arithmetic.split("\n") if arithmetic else ()):
        axes.text(0, len(bars) + 0.1 + i * 0.8, line, fontsize=8, va="center", color=INK)
    axes.set(ylim=(len(bars) + 0.8 * bool(arithmetic) + 0.8 * arithmetic.count("\n") - 0.3, -0.6))
    small = "\n".join(textwrap.wrap(note, int(columns * 50)))
    figure.text(0.014, 0.05 / height, small, color=MUTE, fontsize=6.5, va="bottom")
    return _written(figure, form)


def map_sheet(panel: FigurePanel, note: str) -> bytes:
    """One map with its scale, as PNG."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(3.6, 4.6), facecolor=PAPER)
        grid = figure.add_gridspec(1, 1, left=0.03, right=0.97, top=0.94, bottom=0.17)
        _draw_panel(figure, grid[0, 0], panel)
        figure.text(0.03, 0.025, "\n".join(textwrap.wrap(note, 78)), color=MUTE, fontsize=5.5)
        return _written(figure, "png")


def _written(figure: Figure, form: str) -> bytes:
    out = io.BytesIO()
    # A date would make two files of one mix differ.
    metadata = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[form]
    figure.savefig(out, format=form, dpi=200, metadata=metadata)
    return out.getvalue()


def _draw_panel(figure: Figure, place: SubplotSpec, panel: FigurePanel) -> None:
    """A map, its scale below it with all three numbers, and what it is in small print."""
    inner = place.subgridspec(2, 1, height_ratios=(1, 0.035), hspace=0.08)
    axes = figure.add_subplot(inner[0])
    axes.imshow(matplotlib.image.imread(io.BytesIO(panel.png)), interpolation="nearest")
    axes.set_title(panel.title, color=INK, fontsize=9, pad=4)
    axes.axis("off")
    bar = figure.add_subplot(inner[1])
    bar.imshow(draw_heat(np.linspace(0, 1, 256)[None]), aspect="auto", extent=(0, 1, 0, 1))
    bar.set(xticks=(0, 0.5, 1), xticklabels=[f"{end:.1f} ×" for end in panel.ends], yticks=[])
    bar.tick_params(labelsize=6.5, length=2, color=MUTE, labelcolor=INK, pad=1)
    for label, side in zip(bar.get_xticklabels(), ALIGNMENTS, strict=True):
        label.set_horizontalalignment(side)
    for spine in bar.spines.values():
        spine.set_visible(False)
    about = "\n".join(textwrap.wrap(panel.about, 62))
    bar.set_xlabel(about, fontsize=5.5, color=MUTE, loc="left", labelpad=2)


def _draw(axes: Axes, bars: Sequence[Bar]) -> None:
    for row, bar in enumerate(bars):
        axes.text(-0.01, row, bar.title, ha="right", va="center", fontsize=8)
        if not bar.shares:
            axes.text(0.0, row, bar.why_not, va="center", fontsize=8, color=MUTE)
            continue
        views = [css_color(color) for color in make_tints(len(bar.shares))]
        colors = PHOTOS if bar.of == "photos" else views
        left, full = 0.0, max(1.0, sum(bar.shares))
        for share, color in zip(bar.shares, colors, strict=False):
            axes.barh(row, share / full, left=left, color=color, height=0.62)
            left += share / full
        letters = LETTERS.upper() if bar.of == "photos" else "123456789"
        pairs = zip(letters, bar.shares, strict=False)
        numbers = " · ".join(f"{letter} {format_share(share)}" for letter, share in pairs)
        axes.text(1.01, row, numbers, va="center", fontsize=8)
    axes.set(xlim=(-0.2, 1.16), ylim=(len(bars) - 0.4, -0.6))
    axes.axis("off")
