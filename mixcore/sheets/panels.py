"""A Sheet and the closed set of its panels: arrays and words, no drawing and no torch.

The page draws a Sheet by app/components/stage, paper by mixcore.sheets.paper. Letters: n points,
m links, h and w cells or pixels. A color is one of COLORS: a role, which page and paper turn into
what is readable on them. `hand` names the parameter that a hand sets on a panel; what it does
follows from how that parameter is declared (mixcore.params: point, place, path, brush, order).
A point is a number of the first Points, a cell (row by row) or a picture; places are shares of the
plane between the axes; things that are put in order come in the order that the parameter has now.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

COLORS = ("a", "b", "c", "d", "ink", "mute", "line", "good", "wrong")
Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Number:
    """The one number that leads: its text as it is printed, what it means, and its color.

    value is the bare number, which tests and snippets compare.
    """

    value: float
    text: str
    meaning: str
    color: str = "ink"


@dataclass(frozen=True, eq=False)
class Line:
    """A line through places x (n,), y (n,); a gap where either is NaN.

    low and high (n,) are a band around it.
    """

    x: ArrayLike
    y: ArrayLike
    title: str = ""
    color: str = "ink"
    dashed: bool = False
    low: ArrayLike | None = None
    high: ArrayLike | None = None
    width: float = 2.0


@dataclass(frozen=True, eq=False)
class Points:
    """Points at (n, 2), or (n, 3) in a Scatter alone.

    color is one for all, or a tuple of n; size is a radius in pixels, and strength an opacity in
    [0, 1], for all or (n,) each; titles say on hover what each is; shape is "round", "square",
    "star" or "diamond"; ring marks one of them by its number.
    """

    at: ArrayLike
    title: str = ""
    color: str | tuple[str, ...] = "ink"
    size: ArrayLike = 4.0
    strength: ArrayLike = 0.6
    titles: tuple[str, ...] = ()
    shape: str = "round"
    ring: int | None = None


@dataclass(frozen=True, eq=False)
class Links:
    """Straight links from start (m, 2 or 3) to end of the same shape; strength as of Points."""

    start: ArrayLike
    end: ArrayLike
    title: str = ""
    color: str | tuple[str, ...] = "mute"
    strength: ArrayLike = 0.6
    arrow: bool = False


@dataclass(frozen=True, eq=False)
class Ground:
    """A map values (h, w) under a plane, its first row above, from edge to edge of both ranges.

    low and high end the scale, and color is as of a Heat. It is drawn smoothly.
    """

    values: ArrayLike
    low: float
    high: float
    color: str = "mute"


@dataclass(frozen=True, eq=False)
class Panel:
    """Base of all panels: a title above, a caption below, and the parameter that a hand sets."""

    kind: ClassVar[str] = ""
    title: str = ""
    caption: str = ""
    hand: str = ""


@dataclass(frozen=True, eq=False)
class Plane(Panel):
    """Base of what has two axes: lines over points over links, and what the axes are.

    ground is a map beneath all of them, which needs x_range and y_range.

    x_range and y_range are (low, high), found from the data where they are None; log is "", "x",
    "y" or "xy"; handle is the place (x, y) in the axes' units of what a hand drags.
    """

    lines: tuple[Line, ...] = ()
    points: tuple[Points, ...] = ()
    links: tuple[Links, ...] = ()
    ground: Ground | None = None
    x: str = ""
    y: str = ""
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    log: str = ""
    handle: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class Curve(Plane):
    """Lines over axes with ticks."""

    kind: ClassVar[str] = "curve"


@dataclass(frozen=True, eq=False)
class Scatter(Plane):
    """Points with equal scales and no ticks, in two dimensions, or three that a hand turns."""

    kind: ClassVar[str] = "scatter"


@dataclass(frozen=True, eq=False)
class Heat(Panel):
    """Cells (h, w) by their value, the first row above; low and high end the scale.

    color is "cividis" or a color that fades into the page; labels (h, w) of short texts may stand
    in the cells.
    """

    kind: ClassVar[str] = "heat"
    values: ArrayLike = ()
    x: str = ""
    y: str = ""
    low: float | None = None
    high: float | None = None
    color: str = "cividis"
    labels: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, eq=False)
class Bars(Panel):
    """A bar a name for each series: values (names, series), side by side, or on end if stacked.

    low and high (names, series) are intervals; unit stands behind the numbers.
    """

    kind: ClassVar[str] = "bars"
    names: tuple[str, ...] = ()
    values: ArrayLike = ()
    series: tuple[str, ...] = ("",)
    colors: tuple[str, ...] = ("ink",)
    low: ArrayLike | None = None
    high: ArrayLike | None = None
    stacked: bool = False
    unit: str = ""
    limit: float | None = None


@dataclass(frozen=True, eq=False)
class Images(Panel):
    """Pictures, each uint8 (h, w) or (h, w, 3), with captions; frames color their edges."""

    kind: ClassVar[str] = "images"
    images: tuple[Array, ...] = ()
    captions: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    smooth: bool = True


@dataclass(frozen=True, eq=False)
class Overlay(Panel):
    """A picture uint8 (h, w, 3) and a map (h', w') over it, which is shown or not.

    signed maps have blue for what speaks for, orange for what speaks against; boxes (k, 4) are
    y0, y1, x0, x1 as shares of the picture. A brush paints cells of `grid` (rows, columns).
    """

    kind: ClassVar[str] = "overlay"
    image: Array = dataclasses.field(default_factory=lambda: np.zeros((1, 1, 3), np.uint8))
    map: ArrayLike | None = None
    signed: bool = False
    boxes: ArrayLike | None = None
    grid: tuple[int, int] = (14, 14)
    smooth: bool = True


@dataclass(frozen=True, eq=False)
class Film(Panel):
    """Panels of one kind that follow each other; start is the one that is shown first."""

    kind: ClassVar[str] = "film"
    panels: tuple[Panel, ...] = ()
    captions: tuple[str, ...] = ()
    start: int = 0
    seconds: float = 0.4


@dataclass(frozen=True, eq=False)
class Sound(Panel):
    """A sound to look at and to play: wave (n,) in [-1, 1], its rate in Hz, marks in seconds.

    marks are rows of (title, color, seconds (k,)).
    """

    kind: ClassVar[str] = "sound"
    wave: ArrayLike = ()
    rate: int = 16_000
    marks: tuple[tuple[str, str, ArrayLike], ...] = ()
    color: str = "a"


@dataclass(frozen=True, eq=False)
class Words(Panel):
    """Words with a weight (n,) in [0, 1] each, and what became of each: "", "new" or "gone"."""

    kind: ClassVar[str] = "words"
    words: tuple[str, ...] = ()
    weights: ArrayLike | None = None
    changes: tuple[str, ...] = ()
    color: str = "a"


@dataclass(frozen=True, eq=False)
class Sheet:
    """One moment of a lab.

    sentence    what is to be seen, in one or two sentences; `*words*` between stars are in the
                color that follows the last one in braces, as in "Off by *0.24*{b}."
    number      the number that leads
    panels      the first is the hero, at most two more are beside it
    arithmetic  the formulas with the moment's own numbers, a line each
    """

    sentence: str
    number: Number
    panels: tuple[Panel, ...]
    arithmetic: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.panels:
            raise ValueError("A Sheet has at least one panel, got none.")
        for panel in self.panels:
            _check_panel(panel)


def list_arrays(one: Any) -> Iterator[tuple[str, Array]]:
    """Every array of numbers of a Sheet, a panel or a part of one, with its name."""
    for field in dataclasses.fields(one):
        value = getattr(one, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if dataclasses.is_dataclass(part):
                yield from list_arrays(part)
            elif isinstance(part, np.ndarray | list) or (
                isinstance(value, tuple) and part is value[0] and isinstance(part, int | float)
            ):
                yield f"{type(one).__name__}.{field.name}", np.asarray(part)
        if isinstance(value, float):
            yield f"{type(one).__name__}.{field.name}", np.asarray(value)


def _check_panel(panel: Panel) -> None:
    """ValueError where parts of a panel do not fit together, with their names and sizes."""
    match panel:
        case Plane():
            for line in panel.lines:
                _same(line.x, line.y, "Line.x", "Line.y")
            for points in panel.points:
                wide = (2, 3) if isinstance(panel, Scatter) else (2,)
                _columns(points.at, wide, "Points.at")
            for links in panel.links:
                _same(links.start, links.end, "Links.start", "Links.end")
            if panel.ground is not None:
                _check_ground(panel, panel.ground)
        case Bars():
            want = (len(panel.names), len(panel.series))
            if np.shape(panel.values) != want:
                raise ValueError(f"Bars.values must have {want}, got {np.shape(panel.values)}.")
        case Heat():
            if np.ndim(panel.values) != 2:
                raise ValueError(f"Heat.values must be (h, w), got {np.shape(panel.values)}.")
        case Film():
            if not panel.panels or len({type(one) for one in panel.panels}) > 1:
                raise ValueError("Film.panels must be of one kind, and at least one.")
            for one in panel.panels:
                _check_panel(one)
        case Images():
            for image in panel.images:
                if image.dtype != np.uint8 or image.ndim not in (2, 3):
                    raise ValueError(
                        "Images.images must be uint8 (h, w) or (h, w, 3), got "
                        f"{image.dtype} {image.shape}."
                    )


def _check_ground(panel: Plane, ground: Ground) -> None:
    if np.ndim(ground.values) != 2:
        raise ValueError(f"Ground.values must be (h, w), got {np.shape(ground.values)}.")
    if panel.x_range is None or panel.y_range is None or panel.log:
        raise ValueError("A plane with a ground needs x_range and y_range, and no log.")


def _same(one: ArrayLike, other: ArrayLike, name: str, second: str) -> None:
    if np.shape(one) != np.shape(other):
        raise ValueError(f"{name} and {second} differ: {np.shape(one)} and {np.shape(other)}.")


def _columns(array: ArrayLike, allowed: tuple[int, ...], name: str) -> None:
    shape = np.shape(array)
    if len(shape) != 2 or shape[1] not in allowed:
        raise ValueError(f"{name} must be (n, {' or '.join(map(str, allowed))}), got {shape}.")
