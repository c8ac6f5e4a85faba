"""Words on paper: measured, wrapped and colored, in inches from the left and the top."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from mixcore import palette

POINTS = 72  # an inch
LEADING = 1.32  # of a line, over the size of its letters
# Fonts that come with matplotlib, so that the same sheet is the same file everywhere.
SANS, SERIF, CODE = "DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono"
_COLORS = {
    "a": (palette.A, palette.A_INK), "b": (palette.B, palette.B_INK),
    "c": (palette.C, palette.C_INK), "d": (palette.D, palette.D_INK),
    "ink": (palette.INK, palette.INK), "mute": (palette.MUTE, palette.MUTE),
    "line": (palette.LINE, palette.LINE), "good": (palette.GOOD, palette.GOOD),
    "wrong": (palette.WRONG, palette.WRONG),
}  # fmt: skip


@dataclass(frozen=True)
class Room:
    """A rectangle of a figure: inches from its left and top."""

    left: float
    top: float
    width: float
    height: float

    def cut(self, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0) -> Room:
        """What is left of it without these margins."""
        return Room(
            self.left + left,
            self.top + top,
            max(self.width - left - right, 0.05),
            max(self.height - top - bottom, 0.05),
        )


def read_mark(role: str, theme: str) -> str:
    """The color of marks of a role on a page that is "light" or "dark"."""
    return _COLORS.get(role, _COLORS["ink"])[0].on(theme)


def read_ink(role: str, theme: str) -> str:
    """The same for words: deep enough to be read."""
    return _COLORS.get(role, _COLORS["ink"])[1].on(theme)


@cache
def measure_text(text: str, size: float, family: str = SANS, weight: str = "normal") -> float:
    """Inches across of one line of text."""
    font = FontProperties(family=family, weight=weight, size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) / POINTS


def wrap_text(
    text: str, width: float, size: float, family: str = SANS, weight: str = "normal"
) -> list[str]:
    """Lines of at most `width` inches, broken between words."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure_text(longer, size, family, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def measure_line(size: float) -> float:
    """Inches from one line to the next."""
    return size * LEADING / POINTS


def write_text(
    figure: Figure,
    left: float,
    middle: float,
    text: str,
    size: float,
    color: str,
    family: str = SANS,
    weight: str = "normal",
    align: str = "left",
) -> None:
    """One line of text; `middle` is that of its line."""
    width, height = figure.get_size_inches()
    figure.text(
        left / width, 1 - middle / height, text, fontsize=size, color=color, family=family,
        weight=weight, ha=align, va="center_baseline",
    )  # fmt: skip


def write_lines(
    figure: Figure,
    left: float,
    top: float,
    lines: Sequence[str],
    size: float,
    color: str,
    family: str = SANS,
    weight: str = "normal",
    align: str = "left",
) -> float:
    """Lines under each other; returns where they end."""
    for line in lines:
        middle = top + measure_line(size) / 2
        write_text(figure, left, middle, line, size, color, family, weight, align)
        top += measure_line(size)
    return top


def write_runs(
    figure: Figure,
    left: float,
    top: float,
    width: float,
    runs: Iterable[tuple[str, str]],
    size: float,
    family: str = SERIF,
) -> float:
    """Runs of (text, color), wrapped between their words; returns where they end."""
    space = measure_text("a b", size, family) - measure_text("ab", size, family)
    across, spaced = 0.0, False
    for text, color in runs:
        for word in re.findall(r"\s+|\S+", text):
            if word.isspace():
                spaced = True
                continue
            wide = measure_text(word, size, family)
            gap = space if spaced and across else 0.0
            if spaced and across and across + gap + wide > width:
                across, gap, top = 0.0, 0.0, top + measure_line(size)
            middle = top + measure_line(size) / 2
            write_text(figure, left + across + gap, middle, word, size, color, family)
            across += gap + wide
            spaced = False
    return top + measure_line(size)


def write_key(
    figure: Figure, left: float, top: float, width: float, entries: Sequence[tuple[str, str]],
    theme: str, size: float = 7.5,
) -> float:  # fmt: skip
    """A row of (title, role) with a dot in its color, wrapped; returns where it ends."""
    across = 0.0
    for title, role in dict(entries).items():
        wide = 0.16 + measure_text(title, size) + 0.16
        if across and across + wide > width:
            across, top = 0.0, top + measure_line(size)
        middle = top + measure_line(size) / 2
        write_text(figure, left + across, middle, "●", size, read_mark(role, theme))
        ink = palette.MUTE.on(theme)
        write_text(figure, left + across + 0.14, middle, title, size, ink)
        across += wide
    return top + measure_line(size) if entries else top


def spread_labels(middles: Sequence[float], high: Sequence[float], low: float, top: float
                  ) -> list[float]:  # fmt: skip
    """Middles of things of these heights moved apart, so that none overlaps, from low to top."""
    order = sorted(range(len(middles)), key=lambda i: middles[i])
    placed = list(middles)
    end = low
    for i in order:
        placed[i] = max(placed[i], end + high[i] / 2)
        end = placed[i] + high[i] / 2
    end = top
    for i in reversed(order):
        placed[i] = min(placed[i], end - high[i] / 2)
        end = placed[i] - high[i] / 2
    return placed
