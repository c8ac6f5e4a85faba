"""A Sheet on paper: one figure for exports, and its hero alone for covers. No torch."""

from __future__ import annotations

import io
from typing import Any, Literal

import matplotlib
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from PIL import Image

from mixcore import palette
from mixcore.sheets.lettering import (
    CODE,
    SANS,
    SERIF,
    Room,
    measure_line,
    measure_text,
    read_ink,
    wrap_text,
    write_lines,
    write_runs,
    write_text,
)
from mixcore.sheets.packing import split_sentence
from mixcore.sheets.panel_drawings import draw_panel, measure_panel
from mixcore.sheets.panels import Panel, Sheet

Form = Literal["png", "svg", "pdf"]

# Without a salt of its own, an SVG of the same sheet would differ from run to run.
STYLE: dict[Any, Any] = {"svg.hashsalt": "mixscope", "text.parse_math": False, "pdf.fonttype": 42}
WIDE, MARGIN, GUTTER = 12.0, 0.4, 0.35  # inches
HERO = 0.6  # of the width
STAGE = 5.3  # inches of height of what is beside the words
BESIDE = 3.8  # of a panel beside the hero
FINE = 150  # dots per inch of a cover, whose letters are to be read at half its size
COVER, HEAVIEST = (640, 400), 30_000  # pixels and bytes of a cover


@matplotlib.rc_context(STYLE)
def draw_sheet(
    sheet: Sheet, theme: str = "light", title: str = "", subtitle: str = "", credit: str = ""
) -> Figure:
    """The sheet as a figure of 12 inches across, as high as it has to be.

    Args:
        sheet: what a lab shows at one moment.
        theme: "light" or "dark".
        title: the question, above all.
        subtitle: what stands below it, in small print.
        credit: what stands at the foot.
    """
    inner = WIDE - 2 * MARGIN
    heads = wrap_text(title, inner, 20, SERIF)
    notes = wrap_text(subtitle, inner, 9)
    sums = [line for one in sheet.arithmetic for line in wrap_text(one, inner - 0.3, 8.5, CODE)]
    feet = wrap_text(credit, inner, 6.5)
    head = len(heads) * measure_line(20) + len(notes) * measure_line(9)
    head += 0.2 if heads or notes else 0
    low = (len(sums) * measure_line(8.5) + 0.44) if sums else 0
    low += len(feet) * measure_line(6.5) + (0.14 if feet else 0)
    figure = Figure(
        figsize=(WIDE, 2 * MARGIN + head + STAGE + low), facecolor=palette.PAGE.on(theme)
    )
    ink, mute = palette.INK.on(theme), palette.MUTE.on(theme)
    top = write_lines(figure, MARGIN, MARGIN, heads, 20, ink, SERIF)
    write_lines(figure, MARGIN, top, notes, 9, mute)
    left = inner * HERO
    stage = Room(MARGIN, MARGIN + head, left, STAGE)
    _draw_hero(figure, sheet.panels[0], stage, theme)
    beside = Room(MARGIN + left + GUTTER, stage.top, inner - left - GUTTER, STAGE)
    _draw_beside(figure, sheet, beside, theme)
    end = stage.top + STAGE
    if sums:
        ground = Room(MARGIN, end + 0.18, inner, len(sums) * measure_line(8.5) + 0.2)
        _draw_ground(figure, ground, theme)
        write_lines(figure, MARGIN + 0.15, ground.top + 0.1, sums, 8.5, ink, CODE)
        end = ground.top + ground.height
    write_lines(figure, MARGIN, end + 0.14, feet, 6.5, mute)
    return figure


@matplotlib.rc_context(STYLE)
def write_figure(figure: Figure, form: Form, dpi: float = 200) -> bytes:
    """The figure as a file, the same bytes for the same figure; 200 dpi are two screens."""
    out = io.BytesIO()
    # A date would make two files of one sheet differ.
    metadata = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[form]
    figure.savefig(out, format=form, dpi=dpi, metadata=metadata)
    return out.getvalue()


@matplotlib.rc_context(STYLE)
def draw_cover(sheet: Sheet, theme: str = "light") -> bytes:
    """The hero panel alone as a WebP file of 640 x 400 pixels and at most 30 kB."""
    wide, high = (pixels / FINE for pixels in COVER)
    figure = Figure(figsize=(wide, high), facecolor=palette.SOFT.on(theme))
    draw_panel(figure, sheet.panels[0], Room(0.15, 0.15, wide - 0.3, high - 0.3), theme)
    picture = Image.open(io.BytesIO(write_figure(figure, "png", dpi=FINE))).convert("RGB")
    for quality in (90, 80, 70, 55, 40, 25):
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= HEAVIEST:
            break
    return out.getvalue()


def _draw_ground(figure: Figure, box: Room, theme: str) -> None:
    """A soft ground with round corners behind everything there."""
    _, height = figure.get_size_inches()
    patch = FancyBboxPatch(
        (box.left, height - box.top - box.height), box.width, box.height,
        boxstyle="round,pad=0,rounding_size=0.12", facecolor=palette.SOFT.on(theme), linewidth=0,
        transform=figure.dpi_scale_trans, zorder=-1,
    )  # fmt: skip
    figure.add_artist(patch)


def _draw_hero(figure: Figure, panel: Panel, box: Room, theme: str) -> None:
    _draw_ground(figure, box, theme)
    _draw_whole(figure, panel, box.cut(0.22, 0.2, 0.22, 0.2), theme)


def _draw_whole(figure: Figure, panel: Panel, box: Room, theme: str) -> None:
    """A panel with its title above and its caption below."""
    mute = palette.MUTE.on(theme)
    if panel.title:
        lines = wrap_text(panel.title.upper(), box.width, 7.5, weight="bold")
        end = write_lines(figure, box.left, box.top, lines, 7.5, mute, SANS, "bold")
        box = box.cut(top=end - box.top + 0.06)
    if panel.caption:
        lines = wrap_text(panel.caption, box.width, 8)
        high = len(lines) * measure_line(8)
        write_lines(figure, box.left, box.top + box.height - high, lines, 8, mute)
        box = box.cut(bottom=high + 0.08)
    draw_panel(figure, panel, box, theme)


def _draw_beside(figure: Figure, sheet: Sheet, box: Room, theme: str) -> None:
    """The sentence, the number, and the helpers below them."""
    runs = [
        (text, read_ink(color or "ink", theme)) for text, color in split_sentence(sheet.sentence)
    ]
    top = write_runs(figure, box.left, box.top, box.width, runs, 14)
    number = sheet.number
    wide = measure_text(number.text, 28, SERIF) + 0.14
    color = read_ink(number.color, theme)
    beside = box.width - wide > 1.2
    write_text(figure, box.left, top + 0.34, number.text, 28, color, SERIF)
    meaning = wrap_text(number.meaning, box.width - wide if beside else box.width, 8.5)
    high = len(meaning) * measure_line(8.5)
    start = top + 0.36 - high / 2 if beside else top + 0.62
    mute = palette.MUTE.on(theme)
    end = write_lines(
        figure, box.left + (wide if beside else 0), max(start, top), meaning, 8.5, mute
    )
    top = max(end, top + 0.66) + 0.14
    helpers = sheet.panels[1:3]
    if not helpers:
        return
    gap = 0.22
    room = box.top + box.height - top - gap * (len(helpers) - 1)
    needs = [_measure_whole(panel, BESIDE) for panel in helpers]
    most = room * (0.42 if None in needs else 0.6)  # what has axes needs the more room
    fixed = [min(need, most) if need else None for need in needs]
    rest = (room - sum(need or 0 for need in fixed)) / max(fixed.count(None), 1)
    for panel, need in zip(helpers, fixed, strict=True):
        high = need or rest
        _draw_whole(figure, panel, Room(box.left, top, BESIDE, high), theme)
        top += high + gap


def _measure_whole(panel: Panel, width: float) -> float | None:
    """Inches of a panel with title and caption, where it has lines of its own."""
    need = measure_panel(panel, width)
    if need is None:
        return None
    title = len(wrap_text(panel.title.upper(), width, 7.5, weight="bold")) * measure_line(7.5)
    caption = len(wrap_text(panel.caption, width, 8)) * measure_line(8)
    return need + title + caption + 0.14
