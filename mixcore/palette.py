"""Every color of pages, charts, sheets and reports, declared once.

Stylesheets repeat those that they need, as a browser reads them before Python runs; a test holds
each of theirs to these.
"""

from __future__ import annotations

from typing import NamedTuple


class Color(NamedTuple):
    """One color, on a light page and on a dark one."""

    light: str
    dark: str

    def on(self, theme: str) -> str:
        """The one for a page that is "light" or "dark"."""
        return self.light if theme == "light" else self.dark

    @property
    def css(self) -> str:
        """The same as CSS writes it."""
        return f"light-dark({self.light}, {self.dark})"


PAGE = Color("#FAF9F6", "#0F1216")
CARD = Color("#FFFFFF", "#171B21")
SOFT = Color("#F1EFEA", "#1E232B")
LINE = Color("#E4E1DA", "#2A303A")
INK = Color("#1B1F27", "#ECEFF4")
MUTE = Color("#5C6675", "#98A2B3")

# A is blue and B is orange, in every picture, bar and chart; C is plum and D is mint. Any two of
# the four are 33 or more of CIE Lab apart, for full, red-blind, green-blind and blue-blind eyes.
# In pictures they are the light ones, whatever the page is.
A = Color("#2F6FDE", "#6EA0FF")
B = Color("#E8792B", "#FF9D57")
C = Color("#6B2457", "#8E3B78")
D = Color("#9AD9B5", "#C9F5DC")
SOURCES = (A, B, C, D)
# The same, deep enough to be read.
A_INK = Color("#1F5CC4", "#6EA0FF")
B_INK = Color("#A84A0C", "#FF9D57")
C_INK = Color("#6B2457", "#D793C3")
D_INK = Color("#1B7A4B", "#C9F5DC")
# Views of one photo are all A's: shades of its blue between these two.
DEEP, PALE = "#163570", "#C9DBF9"

LINK = Color("#1F56B8", "#8AB2FF")
MISS = Color("#A8260A", "#FF9D57")  # how far a label is off
WRONG = Color("#B42318", "#FF8A7A")
GOOD = Color("#18794E", "#5BD69B")
GOOD_INK = Color("#146C45", "#5BD69B")
BARS = Color("#B9C0CB", "#4A5362")
FOLDED = "#E02F2F"  # where a warp bends a picture over itself
# Readable on the light and on the dark page alike.
CURVE, MARK = "#8A93A3", "#3F7BE6"

# Cividis in ten steps: even in lightness, and the same for color-blind eyes.
CIVIDIS = (
    "#00224E", "#123570", "#3B496C", "#575D6D", "#707173",
    "#8A8678", "#A59C74", "#C3B369", "#E1CC55", "#FEE838",
)  # fmt: skip

# A run keeps one of these for ever, by its slot. Blue and orange mean A and B, and are not here; a
# test holds them apart for eyes that lack a color, too.
RUNS = {
    "light": (
        "#258B1E", "#87355F", "#9E59C5", "#A98668", "#275388", "#5D4504", "#9D88B2", "#2B3525",
    ),
    "dark": (
        "#79B473", "#F8BCD6", "#8D6AA4", "#926740", "#87909B", "#FEE7B9", "#C990FB", "#B9FA8C",
    ),
}  # fmt: skip

# What stylesheets call those that they use by name.
VARIABLES = {
    "page": PAGE, "card": CARD, "soft": SOFT, "line": LINE, "ink": INK, "mute": MUTE,
    "a": A, "b": B, "c": C, "d": D, "a-ink": A_INK, "b-ink": B_INK, "c-ink": C_INK, "d-ink": D_INK,
    "miss": MISS, "good": GOOD, "wrong": WRONG,
}  # fmt: skip


def read_color(color: str) -> tuple[int, int, int]:
    """Red, green and blue from 0 to 255 of a color such as "#2F6FDE"."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue
