"""The figure to take away: the pair, the mix, its mask and its label on one sheet. Pure."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import matplotlib
import matplotlib.image
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from app.bars import Bar
from app.figures import COLOURS, css, tints
from app.words import LETTERS, short

INK, MUTE, PAPER = "#1B1F27", "#5C6675", "#FFFFFF"
PHOTOS = [css(colour) for colour in COLOURS]
# Without a salt of its own, an SVG of the same mix would differ from run to run.
STYLE = {"svg.hashsalt": "mixscope", "text.parse_math": False, "pdf.fonttype": 42}


def sheet(
    pictures: Mapping[str, bytes],
    bars: Sequence[Bar],
    title: str,
    note: str,
    form: str,
) -> bytes:
    """One figure as "png" (at twice the size on screen), "svg" or "pdf".

    pictures: caption -> PNG, left to right, those of photos beginning with "A: "; bars: the label
    bars; note: the small print.
    """
    with matplotlib.rc_context(STYLE):
        return _sheet(pictures, bars, title, note, form)


def _sheet(
    pictures: Mapping[str, bytes], bars: Sequence[Bar], title: str, note: str, form: str
) -> bytes:
    figure = Figure(figsize=(2.35 * len(pictures), 4.15), facecolor=PAPER)
    figure.text(0.014, 0.952, title, color=INK, fontsize=13, va="center")
    grid = figure.add_gridspec(
        2, len(pictures), height_ratios=(3.4, 1), left=0.014, right=0.986, top=0.87, bottom=0.13,
        wspace=0.05, hspace=0.22,
    )  # fmt: skip
    for column, (caption, png) in enumerate(pictures.items()):
        axes = figure.add_subplot(grid[0, column])
        axes.imshow(matplotlib.image.imread(io.BytesIO(png)), interpolation="nearest")
        letter = caption[:1].lower() if caption[1:3] == ": " else "-"
        edge = PHOTOS[LETTERS.index(letter)] if letter in LETTERS else None
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(visible=edge is not None, color=edge or PAPER, linewidth=2.5)
        axes.set_title(caption, color=INK, fontsize=9, pad=4)
    _draw(figure.add_subplot(grid[1, :]), bars)
    figure.text(0.014, 0.04, note, color=MUTE, fontsize=6.5, va="center")
    out = io.BytesIO()
    # A date would make two files of one mix differ.
    metadata = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[form]
    figure.savefig(out, format=form, dpi=200, metadata=metadata)
    return out.getvalue()


def _draw(axes: Axes, bars: Sequence[Bar]) -> None:
    for row, bar in enumerate(bars):
        axes.text(-0.01, row, bar.title, ha="right", va="center", fontsize=8)
        if not bar.shares:
            axes.text(0.0, row, bar.why_not, va="center", fontsize=8, color=MUTE)
            continue
        views = [css(colour) for colour in tints(len(bar.shares))]
        colours = PHOTOS if bar.of == "photos" else views
        left, full = 0.0, max(1.0, sum(bar.shares))
        for share, colour in zip(bar.shares, colours, strict=False):
            axes.barh(row, share / full, left=left, color=colour, height=0.62)
            left += share / full
        letters = LETTERS.upper() if bar.of == "photos" else "123456789"
        pairs = zip(letters, bar.shares, strict=False)
        numbers = " · ".join(f"{letter} {short(share)}" for letter, share in pairs)
        axes.text(1.01, row, numbers, va="center", fontsize=8)
    axes.set(xlim=(-0.2, 1.16), ylim=(len(bars) - 0.4, -0.6))
    axes.axis("off")
