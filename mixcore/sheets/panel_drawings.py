"""The panels of a Sheet on paper, each in a box of a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib.colors
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator, MaxNLocator

from mixcore import palette
from mixcore.sheets.lettering import (
    SERIF,
    Room,
    measure_line,
    measure_text,
    read_ink,
    read_mark,
    spread_labels,
    wrap_text,
    write_key,
    write_lines,
    write_text,
)
from mixcore.sheets.panels import (
    Array,
    Bars,
    Curve,
    Film,
    Heat,
    Images,
    Line,
    Links,
    Overlay,
    Panel,
    Plane,
    Points,
    Scatter,
    Sound,
    Words,
)

SMALL = 7.5  # points of the letters on panels
YAW, PITCH = -0.6, 0.38  # from where three dimensions are seen, as app/components/stage begins
SHAPES = {"round": "o", "square": "s", "star": "*", "diamond": "D"}
CIVIDIS = matplotlib.colors.LinearSegmentedColormap.from_list("mixscope", list(palette.CIVIDIS))
LARGE = 3.9  # inches across; what is wider is a hero
_BAR = 0.17  # inches of a bar beside the hero
PAD = 0.1  # inches around a word
SHARP = 96  # pixels a side under which a picture keeps its pixels


def draw_panel(figure: Figure, panel: Panel, box: Room, theme: str) -> None:
    """Draw what the panel shows; its title and caption are the sheet's."""
    match panel:
        case Plane():
            _draw_plane(figure, panel, box, theme)
        case Heat():
            _draw_heat(figure, panel, box, theme)
        case Bars():
            _draw_bars(figure, panel, box, theme)
        case Images():
            _draw_images(figure, panel, box, theme)
        case Overlay():
            _draw_overlay(figure, panel, box, theme)
        case Film():
            _draw_film(figure, panel, box, theme)
        case Sound():
            _draw_sound(figure, panel, box, theme)
        case Words():
            _draw_words(figure, panel, box, theme)


def measure_panel(panel: Panel, width: float) -> float | None:
    """Inches of height of what has lines; None for what takes all the room there is."""
    match panel:
        case Bars():
            rows = len(panel.names) * (1 if panel.stacked else len(panel.series))
            return 0.2 + _BAR * (len(panel.names) * 1.4 + rows)
        case Words():
            size = _size_words(width)
            return len(_break_words(panel, width, size)) * measure_line(size) * 1.25
    return None


def _add_axes(figure: Figure, box: Room) -> Axes:
    width, height = figure.get_size_inches()
    place = (box.left / width, 1 - (box.top + box.height) / height)
    axes = figure.add_axes((*place, box.width / width, box.height / height))
    axes.set(xticks=[], yticks=[], facecolor="none")
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def _is_large(box: Room) -> bool:
    """Whether it is a hero's, with things in its middle; a helper's begin at the left."""
    return box.width > LARGE


def _fit(box: Room, ratio: float, middle: bool = True) -> Room:
    """The largest box of this width over height, in the middle or the left corner of another."""
    width = min(box.width, box.height * ratio)
    if not middle:
        return Room(box.left, box.top, width, width / ratio)
    left, top = (box.width - width) / 2, (box.height - width / ratio) / 2
    return Room(box.left + left, box.top + top, width, width / ratio)


def _spread(values: Any, count: int) -> Array:
    return np.broadcast_to(np.asarray(values, float), (count,))


def _colors(color: str | Sequence[str], strength: Any, count: int, theme: str) -> Array:
    """Red, green, blue and opacity of each of so many things, (count, 4)."""
    roles = [color] * count if isinstance(color, str) else list(color)
    rgba = np.array([matplotlib.colors.to_rgba(read_mark(role, theme)) for role in roles])
    rgba = rgba.reshape(count, 4)
    rgba[:, 3] = np.clip(_spread(strength, count), 0, 1)
    return rgba


# ── Curve and Scatter


def _draw_plane(figure: Figure, panel: Plane, box: Room, theme: str) -> None:
    deep = any(np.shape(points.at)[1] == 3 for points in panel.points)
    lined = [line for line in panel.lines if line.title]
    sides = [(links.title, _first(links.color)) for links in panel.links]
    sides += [(points.title, _first(points.color)) for points in panel.points]
    end = write_key(figure, box.left, box.top, box.width, [e for e in sides if e[0]], theme)
    box = box.cut(top=end - box.top + (0.05 if end > box.top else 0))
    if deep:
        _draw_cloud(_add_axes(figure, box), panel, theme)
        return
    words = {i: wrap_text(line.title, box.width * 0.2, SMALL + 0.5, weight="bold")
             for i, line in enumerate(lined)}  # fmt: skip
    widest = max(
        (measure_text(w, SMALL + 0.5, weight="bold") for ws in words.values() for w in ws),
        default=0,
    )
    curve = isinstance(panel, Curve)
    inner = box.cut(
        0.42 if curve else 0.05, 0.22 if panel.y else 0.08, widest + (0.16 if widest else 0.1),
        (0.22 if curve else 0.05) + (0.17 if panel.x else 0),
    )  # fmt: skip
    axes = _add_axes(figure, inner)
    _draw_marks(axes, panel, theme)
    _set_ranges(axes, panel, inner)
    if curve:
        _draw_ticks(axes, panel, theme)
    mute = palette.MUTE.on(theme)
    if panel.y:
        write_text(figure, box.left, box.top + 0.08, panel.y, SMALL, mute)
    if panel.x:
        bottom = box.top + box.height - 0.07
        middle = inner.left + inner.width / 2
        write_text(figure, middle, bottom, panel.x, SMALL, mute, align="center")
    _draw_ends(figure, axes, inner, lined, words, theme)


def _first(color: str | tuple[str, ...]) -> str:
    return color if isinstance(color, str) else next(iter(color), "ink")


def _draw_ground(axes: Axes, panel: Plane, theme: str) -> None:
    if (ground := panel.ground) is None or panel.x_range is None or panel.y_range is None:
        return
    axes.imshow(
        np.asarray(ground.values, float), cmap=_make_scale(ground.color, theme), vmin=ground.low,
        vmax=ground.high, extent=(*panel.x_range, *panel.y_range), aspect="auto",
        interpolation="bilinear", zorder=0,
    )  # fmt: skip


def _draw_marks(axes: Axes, panel: Plane, theme: str) -> None:
    _draw_ground(axes, panel, theme)
    for links in panel.links:
        _draw_links(axes, links, theme)
    for points in panel.points:
        _draw_points(axes, points, np.asarray(points.at, float)[:, :2], theme)
    for line in panel.lines:
        color = read_mark(line.color, theme)
        x, y = np.asarray(line.x, float), np.asarray(line.y, float)
        if line.low is not None and line.high is not None:
            low, high = np.asarray(line.low, float), np.asarray(line.high, float)
            axes.fill_between(x, low, high, color=color, alpha=0.18, linewidth=0)
        dashes: Any = (0, (4, 3)) if line.dashed else "-"
        axes.plot(x, y, color=color, linewidth=line.width * 0.8, linestyle=dashes)
    if panel.handle is not None:
        axes.plot(*panel.handle, "o", color="white", markeredgecolor=read_mark("a", theme),
                  markersize=9, markeredgewidth=2)  # fmt: skip


def _draw_links(axes: Axes, links: Links, theme: str) -> None:
    start, end = (np.asarray(one, float)[:, :2] for one in (links.start, links.end))
    colors = _colors(links.color, links.strength, len(start), theme)
    for (x0, y0), (x1, y1), color in zip(start, end, colors, strict=True):
        if links.arrow:
            arrow = {"arrowstyle": "->", "color": tuple(color), "lw": 1, "shrinkA": 0, "shrinkB": 0}
            axes.annotate("", (x1, y1), (x0, y0), arrowprops=arrow)
        axes.plot([x0, x1], [y0, y1], color=tuple(color), linewidth=0 if links.arrow else 0.9)


def _draw_points(
    axes: Axes, points: Points, at: Array, theme: str, far: Array | None = None
) -> None:
    count = len(at)
    far = np.zeros(count) if far is None else far
    colors = _colors(points.color, points.strength, count, theme)
    colors[:, 3] *= 1 - 0.6 * far
    size = _spread(points.size, count) * (1.15 - 0.45 * far) * 0.75  # pixels to points
    order = np.argsort(-far, kind="stable")
    axes.scatter(
        at[order, 0], at[order, 1], s=(2 * size[order]) ** 2, c=colors[order], linewidths=0,
        marker=SHAPES.get(points.shape, "o"),
    )  # fmt: skip
    if points.ring is not None and 0 <= points.ring < count:
        width = 2 * (size[points.ring] + 2)
        axes.plot(*at[points.ring], "o", markersize=max(width, 11), markerfacecolor="none",
                  markeredgecolor=palette.INK.on(theme), markeredgewidth=1.7)  # fmt: skip


def _set_ranges(axes: Axes, panel: Plane, box: Room) -> None:
    if "x" in panel.log:
        axes.set_xscale("log")
    if "y" in panel.log:
        axes.set_yscale("log")
    axes.margins(0 if isinstance(panel, Curve) and panel.x_range is None else 0.04, 0.05)
    if panel.x_range is not None:
        axes.set_xlim(*panel.x_range)
    if panel.y_range is not None:
        axes.set_ylim(*panel.y_range)
    if isinstance(panel, Scatter):
        (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
        unit = max((x1 - x0) / box.width, (y1 - y0) / box.height)
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        axes.set_xlim(x - unit * box.width / 2, x + unit * box.width / 2)
        axes.set_ylim(y - unit * box.height / 2, y + unit * box.height / 2)
    for artist in (*axes.lines, *axes.collections):
        artist.set_clip_on(True)


def _draw_ticks(axes: Axes, panel: Plane, theme: str) -> None:
    mute = palette.MUTE.on(theme)
    axes.xaxis.set_major_locator(
        LogLocator() if "x" in panel.log else MaxNLocator(5, steps=[1, 2, 5, 10])
    )
    axes.yaxis.set_major_locator(
        LogLocator() if "y" in panel.log else MaxNLocator(5, steps=[1, 2, 5, 10])
    )
    axes.xaxis.set_major_formatter(lambda value, _: format_number(value))
    axes.yaxis.set_major_formatter(lambda value, _: format_number(value))
    axes.minorticks_off()
    axes.tick_params(labelsize=SMALL, length=0, labelcolor=mute, pad=3)
    axes.grid(axis="y", color=palette.LINE.on(theme), linewidth=0.7)
    axes.set_axisbelow(True)


def format_number(value: float) -> str:
    """A number as it stands beside a mark."""
    if not math.isfinite(value):
        return "none"
    plain = 1e-4 <= abs(value) < 1e6 or value == 0
    text = f"{float(f'{value:.3g}'):g}" if plain else f"{value:.0e}"
    return text.replace("-", "\N{MINUS SIGN}")


def _draw_ends(
    figure: Figure, axes: Axes, box: Room, lined: Sequence[Line], words: dict[int, list[str]],
    theme: str,
) -> None:  # fmt: skip
    """Names of lines at their right ends, moved apart."""
    middles, highs, step = [], [], measure_line(SMALL + 0.5)
    for i, line in enumerate(lined):
        x, y = np.asarray(line.x, float), np.asarray(line.y, float)
        last = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        share = 0.5
        if len(last):
            spot = axes.transData.transform((x[last[-1]], y[last[-1]]))
            share = float(np.clip(axes.transAxes.inverted().transform(spot)[1], 0, 1))
        middles.append(box.top + (1 - share) * box.height)
        highs.append(len(words[i]) * step)
    placed = spread_labels(middles, highs, box.top - 0.1, box.top + box.height)
    for i, line in enumerate(lined):
        top, left = placed[i] - highs[i] / 2, box.left + box.width + 0.1
        write_lines(figure, left, top, words[i], SMALL + 0.5, read_ink(line.color, theme),
                    weight="bold")  # fmt: skip


def _draw_cloud(axes: Axes, panel: Plane, theme: str) -> None:
    """Three dimensions from one side, the third axis up, far points fainter and smaller."""
    groups = [np.asarray(points.at, float) for points in panel.points]
    groups += [np.asarray(end, float) for one in panel.links for end in (one.start, one.end)]
    whole = np.concatenate(groups)
    low, high = whole.min(0), whole.max(0)
    middle, half = (low + high) / 2, max(float((high - low).max()) / 2, 1e-9)

    def place(at: Array) -> tuple[Array, Array]:
        x, y, z = ((at - middle) / half).T
        across = x * math.cos(YAW) - y * math.sin(YAW)
        away = x * math.sin(YAW) + y * math.cos(YAW)
        up = z * math.cos(PITCH) + away * math.sin(PITCH)
        depth = away * math.cos(PITCH) - z * math.sin(PITCH)
        flat = np.stack([across, up], 1) / (1 + 0.22 * depth)[:, None]
        return flat, np.clip((depth + 1.4) / 2.8, 0, 1)

    corners = np.array([[i & 1, i >> 1 & 1, i >> 2 & 1] for i in range(8)])
    edges, _ = place(low + corners * (high - low))
    for i in range(8):
        for k in range(i + 1, 8):
            if np.abs(corners[i] - corners[k]).sum() == 1:
                axes.plot(*edges[[i, k]].T, color=palette.MUTE.on(theme), alpha=0.3, linewidth=0.6)
    for links in panel.links:
        start, _ = place(np.asarray(links.start, float))
        end, _ = place(np.asarray(links.end, float))
        colors = _colors(links.color, links.strength, len(start), theme)
        for one, other, color in zip(start, end, colors, strict=True):
            axes.plot(*np.stack([one, other]).T, color=tuple(color), linewidth=0.9)
    for points in panel.points:
        at, far = place(np.asarray(points.at, float))
        _draw_points(axes, points, at, theme, far)
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.03)


# ── Heat, Bars


def _draw_heat(figure: Figure, panel: Heat, box: Room, theme: str) -> None:
    values = np.asarray(panel.values, float)
    low = float(np.nanmin(values)) if panel.low is None else panel.low
    high = float(np.nanmax(values)) if panel.high is None else panel.high
    inner = box.cut(top=0.18 if panel.y else 0, bottom=0.24 + (0.18 if panel.x else 0))
    ratio = min(max(values.shape[1] / values.shape[0], 0.4), 3.2)
    inner = _fit(inner, ratio, _is_large(box))
    axes = _add_axes(figure, inner)
    colors = _make_scale(panel.color, theme)
    axes.imshow(values, cmap=colors, vmin=low, vmax=high, aspect="auto", interpolation="nearest")
    _draw_cells(axes, panel, values, (low, high), colors, inner)
    mute, end = palette.MUTE.on(theme), inner.top + inner.height
    if panel.y:
        write_text(figure, inner.left, inner.top - 0.1, panel.y, SMALL, mute)
    if panel.x:
        middle = inner.left + inner.width / 2
        write_text(figure, middle, end + 0.1, panel.x, SMALL, mute, align="center")
        end += 0.18
    _draw_scale(figure, Room(inner.left, end + 0.08, inner.width, 0.14), low, high, colors, theme)


def _make_scale(color: str, theme: str) -> matplotlib.colors.Colormap:
    if color == "cividis":
        return CIVIDIS
    ends = [palette.CARD.on(theme), read_mark(color, theme)]
    return matplotlib.colors.LinearSegmentedColormap.from_list("fade", ends)


def _draw_scale(
    figure: Figure, box: Room, low: float, high: float, colors: matplotlib.colors.Colormap,
    theme: str,
) -> None:  # fmt: skip
    mute, middle = palette.MUTE.on(theme), box.top + box.height / 2
    first = format_number(0.0 if abs(low) < (high - low) * 1e-6 else low)
    last = format_number(high)
    left, right = measure_text(first, SMALL) + 0.08, measure_text(last, SMALL) + 0.08
    write_text(figure, box.left, middle, first, SMALL, mute)
    write_text(figure, box.left + box.width, middle, last, SMALL, mute, align="right")
    axes = _add_axes(figure, box.cut(left, 0.04, right, 0.04))
    axes.imshow(np.linspace(0, 1, 64)[None], cmap=colors, aspect="auto")


def _draw_cells(
    axes: Axes, panel: Heat, values: Array, ends: tuple[float, float],
    colors: matplotlib.colors.Colormap, box: Room,
) -> None:  # fmt: skip
    """Short texts in cells, where these are large enough."""
    size = min(9.0, box.height / values.shape[0] * 72 * 0.4)
    if size < 4:
        return
    low, high = ends
    for i, row in enumerate(panel.labels):
        for k, text in enumerate(row):
            red, green, blue, _ = colors((values[i, k] - low) / ((high - low) or 1))
            dark = 0.3 * red + 0.59 * green + 0.11 * blue < 0.55
            axes.text(k, i, text, ha="center", va="center", fontsize=size, weight="bold",
                      color="white" if dark else "black")  # fmt: skip


def _draw_bars(figure: Figure, panel: Bars, box: Room, theme: str) -> None:
    values = np.asarray(panel.values, float)
    bands = [None if end is None else np.asarray(end, float) for end in (panel.low, panel.high)]
    sides = [(name, _pick(panel.colors, i)) for i, name in enumerate(panel.series) if name]
    top = write_key(figure, box.left, box.top, box.width, sides, theme)
    rows = len(panel.names) * (1 if panel.stacked else len(panel.series))
    room = box.top + box.height - top
    large = _is_large(box)
    line = min(_BAR * (2.2 if large else 1), room / (len(panel.names) * 1.4 + rows))
    size = min(10.0 if large else SMALL, line / measure_line(1))
    texts = _list_bar_texts(panel, values, *bands)
    wide = max((measure_text(text, size) for row in texts for text in row), default=0) + 0.08
    track = Room(box.left, 0, max(box.width - wide, box.width * 0.3), line)
    if large:
        top += max(room - line * (len(panel.names) * 1.4 + rows), 0) / 2
    low, high = _range_bars(panel, values, *bands)
    ink, mute = palette.INK.on(theme), palette.MUTE.on(theme)
    for i, name in enumerate(panel.names):
        top += line * 0.3
        write_text(figure, box.left, top + line / 2, name, size, ink, weight="bold")
        top += line
        for k, text in enumerate(texts[i]):
            axes = _add_axes(figure, Room(track.left, top, track.width, line * 0.86))
            axes.set(xlim=(low, high), ylim=(-0.5, 0.5))
            axes.add_patch(Rectangle((low, -0.5), high - low, 1, color=ink, alpha=0.06, lw=0))
            if panel.stacked:
                colors = [read_mark(_pick(panel.colors, j), theme) for j in range(len(values[i]))]
                starts = np.concatenate([[0.0], np.cumsum(values[i])[:-1]])
                for j, (start, value) in enumerate(zip(starts, values[i], strict=True)):
                    axes.barh(0, value, 1, left=start, color=colors[j])
            else:
                axes.barh(0, values[i, k], 1, color=read_mark(_pick(panel.colors, k), theme))
                _draw_whisker(axes, bands, i, k, ink)
            axes.set(xlim=(low, high), ylim=(-0.5, 0.5), xticks=[], yticks=[])
            end = box.left + box.width
            write_text(figure, end, top + line * 0.43, text, size, mute, align="right")
            top += line


def _pick(colors: Sequence[str], i: int) -> str:
    return colors[min(i, len(colors) - 1)] if colors else "ink"


def _draw_whisker(axes: Axes, bands: Sequence[Array | None], i: int, k: int, ink: str) -> None:
    low, high = bands
    if low is not None and high is not None and np.isfinite([low[i, k], high[i, k]]).all():
        axes.plot([low[i, k], high[i, k]], [0, 0], color=ink, linewidth=1.2)
        axes.plot([low[i, k]] * 2, [-0.25, 0.25], color=ink, linewidth=1.2)
        axes.plot([high[i, k]] * 2, [-0.25, 0.25], color=ink, linewidth=1.2)


def _list_bar_texts(
    panel: Bars, values: Array, low: Array | None, high: Array | None
) -> list[list[str]]:
    """What stands behind each bar, a row a name."""
    unit = f" {panel.unit}" if panel.unit else ""
    if panel.stacked:
        return [[" · ".join(format_number(value) + unit for value in row)] for row in values]
    texts = [[format_number(value) + unit for value in row] for row in values]
    if low is not None and high is not None:
        for i, row in enumerate(texts):
            for k in range(len(row)):
                row[k] += f" [{format_number(low[i, k])}, {format_number(high[i, k])}]"
    return texts


def _range_bars(
    panel: Bars, values: Array, low: Array | None, high: Array | None
) -> tuple[float, float]:
    rows = values.sum(1) if panel.stacked else values
    ends = [np.ravel(one) for one in (rows, low, high) if one is not None] + [np.zeros(1)]
    whole = np.concatenate(ends)
    most = float(np.nanmax(whole)) if panel.limit is None else panel.limit
    return float(np.nanmin(whole)), most or 1.0


# ── Images, Overlay, Film


def _show_picture(axes: Axes, image: Array, smooth: bool) -> None:
    sharp = not smooth or max(image.shape[:2]) <= SHARP
    axes.imshow(image, cmap="gray", vmin=0, vmax=255, aspect="auto",
                interpolation="nearest" if sharp else "antialiased")  # fmt: skip


def _draw_images(figure: Figure, panel: Images, box: Room, theme: str) -> None:
    count = len(panel.images)
    if not count:
        return
    ratio = max(image.shape[1] / image.shape[0] for image in panel.images)
    under, gap = (0.24 if any(panel.captions) else 0.0), 0.12
    columns, side = _choose_columns(count, ratio, box, under, gap)
    rows = math.ceil(count / columns)
    high, middle = side / ratio + under, 0.5 if _is_large(box) else 0.0
    left = box.left + (box.width - columns * side - (columns - 1) * gap) * middle
    top = box.top + max(box.height - rows * high - (rows - 1) * gap, 0) * middle
    for i, image in enumerate(panel.images):
        row, column = divmod(i, columns)
        spot = Room(left + column * (side + gap), top + row * (high + gap), side, side / ratio)
        axes = _add_axes(figure, _fit(spot, image.shape[1] / image.shape[0]))
        _show_picture(axes, image, panel.smooth)
        if i < len(panel.frames) and panel.frames[i]:
            for spine in axes.spines.values():
                spine.set(visible=True, color=read_mark(panel.frames[i], theme), linewidth=2.2)
        if i < len(panel.captions) and panel.captions[i]:
            text = _shorten(panel.captions[i], side, SMALL)
            center, below = spot.left + side / 2, spot.top + spot.height + 0.12
            write_text(figure, center, below, text, SMALL, palette.MUTE.on(theme),
                       align="center")  # fmt: skip


def _choose_columns(
    count: int, ratio: float, box: Room, under: float, gap: float
) -> tuple[int, float]:
    """How many columns make pictures largest, and how wide they are then."""
    best = (1, 0.0)
    for columns in range(1, count + 1):
        rows = math.ceil(count / columns)
        wide = (box.width - gap * (columns - 1)) / columns
        high = ((box.height - gap * (rows - 1)) / rows - under) * ratio
        if min(wide, high) > best[1]:
            best = (columns, min(wide, high))
    return best if best[1] > 0 else (count, box.width / count * 0.9)


def _shorten(text: str, width: float, size: float) -> str:
    while len(text) > 1 and measure_text(text, size) > width:
        text = text[:-2].rstrip() + "…"
    return text


def _draw_overlay(figure: Figure, panel: Overlay, box: Room, theme: str) -> None:
    high, wide = panel.image.shape[:2]
    axes = _add_axes(figure, _fit(box, wide / high, _is_large(box)))
    axes.imshow(panel.image, extent=(0, 1, 1, 0), aspect="auto")
    if panel.map is not None:
        values = np.asarray(panel.map, float)
        style: dict[str, Any] = {"extent": (0, 1, 1, 0), "aspect": "auto"}
        style["interpolation"] = "bilinear" if panel.smooth else "nearest"
        if panel.signed:
            most = float(np.abs(values).max()) or 1.0
            ends = [matplotlib.colors.to_rgb(read_mark(role, theme)) for role in ("a", "b")]
            rgba = np.zeros((*values.shape, 4))
            rgba[..., :3] = np.where((values >= 0)[..., None], *np.array(ends)[:, None, None])
            rgba[..., 3] = 0.6 * np.abs(values) / most
            axes.imshow(rgba, **style)
        else:
            axes.imshow(values, cmap=CIVIDIS, alpha=0.6, **style)
    for y0, y1, x0, x1 in np.asarray(panel.boxes if panel.boxes is not None else []).reshape(-1, 4):
        for color, width in (("black", 3.2), (read_mark("b", theme), 1.8)):
            axes.add_patch(
                Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, edgecolor=color, linewidth=width)
            )
    axes.set(xlim=(0, 1), ylim=(1, 0), xticks=[], yticks=[])


def _draw_film(figure: Figure, panel: Film, box: Room, theme: str) -> None:
    """The frame that is shown first, and five of all in small below it."""
    few = min(len(panel.panels), 5)
    chosen = np.linspace(0, len(panel.panels) - 1, few).round().astype(int)
    strip = min(box.height * 0.26, box.width / few)
    start = min(max(panel.start, 0), len(panel.panels) - 1)
    draw_panel(figure, panel.panels[start], box.cut(bottom=strip + 0.1), theme)
    gap = 0.1
    wide = (box.width - gap * (few - 1)) / few
    for column, i in enumerate(chosen):
        top = box.top + box.height - strip
        spot = Room(box.left + column * (wide + gap), top, wide, strip - 0.2)
        _draw_small(figure, panel.panels[i], spot, theme)
        caption = panel.captions[i] if i < len(panel.captions) else f"{i + 1}"
        text, middle = _shorten(caption, wide, SMALL - 1), box.top + box.height - 0.09
        write_text(figure, spot.left + wide / 2, middle, text, SMALL - 1, palette.MUTE.on(theme),
                   align="center")  # fmt: skip


def _draw_small(figure: Figure, panel: Panel, box: Room, theme: str) -> None:
    """A frame without its words, where the panel allows it."""
    match panel:
        case Heat():
            values = np.asarray(panel.values, float)
            ratio = min(max(values.shape[1] / values.shape[0], 0.4), 3.2)
            axes = _add_axes(figure, _fit(box, ratio))
            axes.imshow(values, cmap=_make_scale(panel.color, theme), vmin=panel.low,
                        vmax=panel.high, aspect="auto", interpolation="nearest")  # fmt: skip
        case Plane() if not any(np.shape(points.at)[1] == 3 for points in panel.points):
            axes = _add_axes(figure, box)
            _draw_marks(axes, panel, theme)
            _set_ranges(axes, panel, box)
        case _:
            draw_panel(figure, panel, box, theme)


# ── Sound, Words


def _draw_sound(figure: Figure, panel: Sound, box: Room, theme: str) -> None:
    samples = np.asarray(panel.wave, float)
    sides = [(title, color) for title, color, _ in panel.marks if title]
    end = write_key(figure, box.left, box.top, box.width, sides, theme)
    inner = box.cut(top=end - box.top + 0.05, bottom=0.22)
    if inner.height > inner.width * 0.5:
        inner = _fit(inner, 2.0)
    axes = _add_axes(figure, inner)
    columns = np.array_split(samples, min(600, max(len(samples), 1)))
    ends = np.array([(part.min(), part.max()) if len(part) else (0, 0) for part in columns])
    seconds = max(len(samples), 1) / panel.rate
    at = np.linspace(0, seconds, len(ends))
    axes.fill_between(at, ends[:, 0], ends[:, 1], color=read_mark(panel.color, theme), alpha=0.75,
                      linewidth=0.3)  # fmt: skip
    for _, color, marks in panel.marks:
        axes.vlines(np.asarray(marks, float), -1, 1, color=read_mark(color, theme), linewidth=1.4)
    axes.set(xlim=(0, seconds), ylim=(-1, 1))
    ticks = np.linspace(0, seconds, 5)
    axes.set_xticks(ticks, [f"{format_number(float(tick))} s" for tick in ticks])
    axes.tick_params(labelsize=SMALL, length=0, labelcolor=palette.MUTE.on(theme), pad=3)
    axes.get_xticklabels()[0].set_horizontalalignment("left")
    axes.get_xticklabels()[-1].set_horizontalalignment("right")


def _draw_words(figure: Figure, panel: Words, box: Room, theme: str) -> None:
    """Words with their weight behind them; new ones underlined, gone ones struck through."""
    size = _size_words(box.width)
    lines, line = _break_words(panel, box.width, size), measure_line(size) * 1.25
    top = box.top + (max(box.height - len(lines) * line, 0) / 2 if _is_large(box) else 0)
    for numbers in lines:
        left = box.left
        for i in numbers:
            wide = measure_text(panel.words[i], size, SERIF) + PAD
            _draw_word(figure, panel, i, Room(left, top, wide, line), size, theme)
            left += wide + PAD / 2
        top += line


def _size_words(width: float) -> float:
    return 20.0 if width > LARGE else 11.0


def _break_words(panel: Words, width: float, size: float) -> list[list[int]]:
    """The numbers of the words of each line."""
    lines: list[list[int]] = [[]]
    across = 0.0
    for i, word in enumerate(panel.words):
        wide = measure_text(word, size, SERIF) + 1.5 * PAD
        if lines[-1] and across + wide > width:
            lines.append([])
            across = 0.0
        lines[-1].append(i)
        across += wide
    return lines


def _draw_word(figure: Figure, panel: Words, i: int, box: Room, size: float, theme: str) -> None:
    change = panel.changes[i] if i < len(panel.changes) else ""
    weight = 0.0 if panel.weights is None else float(np.asarray(panel.weights)[i])
    axes = _add_axes(figure, box.cut(top=box.height * 0.08, bottom=box.height * 0.08))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    color, strength = read_mark(panel.color, theme), 0.72 * min(max(weight, 0), 1)
    axes.add_patch(Rectangle((0, 0), 1, 1, color=color, alpha=strength, linewidth=0))
    ink = (palette.MUTE if change == "gone" else palette.INK).on(theme)
    if change:
        edge = read_mark("good", theme) if change == "new" else ink
        height = 0.04 if change == "new" else 0.5
        axes.plot([0.08, 0.92], [height, height], color=edge, linewidth=1.6)
    left, middle = box.left + PAD / 2, box.top + box.height / 2
    write_text(figure, left, middle, panel.words[i], size, ink, SERIF)
