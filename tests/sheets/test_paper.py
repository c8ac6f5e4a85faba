"""Sheets on paper: every panel in both themes, no word over another, the same bytes each time."""

import io
import itertools
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from mixcore.sheets import paper
from mixcore.sheets.lettering import spread_labels, wrap_text
from mixcore.sheets.panels import Bars, Curve, Ground, Heat, Images, Line, Points, Scatter
from sheets.test_packing import PANELS, PICTURE, ROW, make_sheet

WORDS = {"title": "Why is this?", "subtitle": "As released", "credit": "Made with MixScope"}
MORE = {
    "cloud": Scatter(points=(Points(np.c_[ROW, ROW**2, -ROW], ring=2),)),
    "logarithms": Curve(
        lines=tuple(Line([1, 10, 1000], [3, 2, 1], f"loss {i}") for i in range(3)),
        x="step", log="x",
    ),
    "map": Curve(
        lines=(Line([0, 1], [1, 0], "edge", "a"),), ground=Ground(np.outer(ROW, ROW), 0, 1, "b"),
        x_range=(0, 1), y_range=(0, 1),
    ),
    "stacked": Bars(names=("a",), values=[[30, 70]], series=("A", "B"), stacked=True, unit="%"),
    "intervals": Bars(names=("a",), values=[[0.3]], low=[[0.2]], high=[[0.5]]),
    "labels": Heat(values=[[0, 1], [2, 3]], labels=(("a", "b"), ("c", "d")), color="b"),
    "gray": Images(images=(PICTURE[..., 0],) * 7, captions=("one and the other",) * 7),
}  # fmt: skip
ALL = PANELS | MORE


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", ALL)
def test_every_panel_is_drawn_large_and_small(kind, theme):
    sheet = make_sheet(ALL[kind], ALL[kind], PANELS["bars"])
    figure = paper.draw_sheet(sheet, theme, **WORDS)
    image = Image.open(io.BytesIO(paper.write_figure(figure, "png", dpi=50)))
    assert image.width == 50 * paper.WIDE
    hero = np.asarray(image.convert("L"))[90:330, 40:340].astype(int)
    assert hero.std() > 1  # something is drawn there
    assert hero.max() > 60


@pytest.mark.parametrize("kind", ALL)
def test_no_word_lies_over_another_or_is_cut(kind):
    sheet = make_sheet(ALL[kind], ALL[kind], sentence="A *long*{a} sentence " * 8)
    figure = paper.draw_sheet(sheet, **WORDS)
    paper.write_figure(figure, "png", dpi=100)
    drawn = [
        one
        for axes in figure.axes
        for one in axes.get_xticklabels()
        if one.get_text() and axes.get_xlim()[0] <= one.get_position()[0] <= axes.get_xlim()[1]
    ]
    boxes = {
        f"{i} {text.get_text()}": text.get_window_extent().padded(-1)
        for i, text in enumerate([*figure.texts, *drawn])
    }
    width, height = 100 * figure.get_size_inches()
    for name, box in boxes.items():
        assert box.x0 >= 0, name
        assert box.y0 >= 0, name
        assert box.x1 <= width, name
        assert box.y1 <= height, name
    for (name, box), (other, second) in itertools.combinations(boxes.items(), 2):
        assert not box.overlaps(second), (name, other)


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_the_same_sheet_is_the_same_file(form):
    files = [
        paper.write_figure(paper.draw_sheet(make_sheet(*list(PANELS.values())[:3])), form)
        for _ in range(2)
    ]
    assert files[0] == files[1]
    if form == "svg":
        assert re.search(rb"<svg", files[0])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", ALL)
def test_a_cover_is_small_and_always_the_same(kind, theme):
    cover = paper.draw_cover(make_sheet(ALL[kind]), theme)
    assert Image.open(io.BytesIO(cover)).size == (640, 400)
    assert len(cover) <= 30_000
    assert cover == paper.draw_cover(make_sheet(ALL[kind]), theme)


def test_labels_are_moved_apart_and_keep_their_order():
    placed = spread_labels([1.0, 1.1, 1.05], [0.2, 0.2, 0.2], 0.0, 2.0)
    assert placed == pytest.approx([1.0, 1.4, 1.2])
    assert spread_labels([2.0, 2.0], [0.2, 0.2], 0.0, 2.0) == pytest.approx([1.7, 1.9])


def test_lines_are_broken_between_words():
    assert wrap_text("one two three", 0.6, 10) == ["one two", "three"]
    assert wrap_text("", 1, 10) == []


def test_paper_needs_no_torch():
    code = "import sys, mixcore.sheets.paper as p; print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"
