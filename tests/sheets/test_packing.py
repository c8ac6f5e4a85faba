"""Sheets as a browser gets them: each panel once, numbers finite, pictures lossless."""

import base64
import io
import json
import wave

import numpy as np
import pytest
from PIL import Image

from mixcore.sheets import packing
from mixcore.sheets.panels import (
    Bars,
    Curve,
    Film,
    Ground,
    Heat,
    Images,
    Line,
    Links,
    Number,
    Overlay,
    Points,
    Scatter,
    Sheet,
    Sound,
    Words,
    list_arrays,
)

PICTURE = np.random.default_rng(0).integers(0, 255, (8, 12, 3), np.uint8)
ROW = np.linspace(0, 1, 5)
PANELS = {
    "curve": Curve(
        lines=(Line(ROW, ROW**2, "square", "a", low=ROW - 0.1, high=ROW + 0.1),),
        points=(Points(np.c_[ROW, ROW], color=("a", "b", "c", "d", "ink")),),
        links=(Links(np.c_[ROW, ROW], np.c_[ROW, -ROW], color="wrong"),),
        x="time", y="size", hand="anchor",
    ),
    "scatter": Scatter(points=(Points(np.c_[ROW, ROW, -ROW], titles=tuple("abcde")),)),
    "heat": Heat(values=np.outer(ROW, ROW), x="column", y="row"),
    "bars": Bars(
        names=("one", "two"), values=[[0.2, 0.3], [0.4, 0.1]], series=("x", "y"), colors=("a", "b")
    ),
    "images": Images(
        images=(PICTURE, PICTURE[..., 0]), captions=("color", "gray"), frames=("a", "b")
    ),
    "overlay": Overlay(image=PICTURE, map=np.outer(ROW, ROW), boxes=[[0, 0.5, 0, 0.5]]),
    "film": Film(panels=(Heat(values=[[0.0]]), Heat(values=[[1.0]])), captions=("1", "2")),
    "sound": Sound(wave=np.sin(np.arange(1600) / 5), marks=(("beat", "b", [0.02, 0.08]),)),
    "words": Words(words=("a", "cat"), weights=[0.1, 0.9], changes=("", "new")),
}  # fmt: skip


def make_sheet(*panels, sentence="Off by *0.24*{b}, not *more*."):
    return Sheet(sentence, Number(0.24, "0.24", "of the spread"), panels, ("1 + 1 = 2",))


@pytest.mark.parametrize("kind", PANELS)
def test_every_panel_becomes_plain_values(kind):
    packed = packing.pack_panel(PANELS[kind])
    assert packed["kind"] == kind
    assert json.loads(json.dumps(packed, allow_nan=False)) == packed
    assert all(np.isfinite(array).all() for _, array in list_arrays(PANELS[kind]))


def test_a_panel_that_stays_travels_once():
    still = PANELS["heat"]
    frames = [make_sheet(Curve(lines=(Line(ROW, ROW * k),)), still) for k in range(5)]
    packed = packing.pack_sheets(frames)
    assert len(packed["panels"]) == 6
    assert len({frame["panels"][1] for frame in packed["frames"]}) == 1
    assert packed["frames"][0]["sentence"] == [
        ["Off by ", ""], ["0.24", "b"], [", not ", ""], ["more", ""], [".", ""],
    ]  # fmt: skip


def test_a_gap_is_null_and_pictures_and_sounds_come_back():
    gap = packing.pack_panel(Curve(lines=(Line([0.0, 1.0], [np.nan, 1.0]),)))
    assert gap["lines"][0]["y"] == [None, 1.0]
    address = packing.write_picture(PICTURE)
    back = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))
    assert np.array_equal(np.asarray(back), PICTURE)
    data = base64.b64decode(packing.pack_panel(PANELS["sound"])["file"].partition(",")[2])
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnframes(), file.getframerate(), file.getnchannels()) == (1600, 16_000, 1)


@pytest.mark.parametrize(
    ("panel", "says"),
    [
        (lambda: Curve(lines=(Line([0, 1], [0]),)), "Line.x and Line.y differ"),
        (lambda: Curve(points=(Points(np.zeros((2, 3))),)), "Points.at must be"),
        (lambda: Bars(names=("a",), values=[[1, 2]]), "Bars.values must have"),
        (lambda: Curve(ground=Ground([1.0], 0, 1)), "Ground.values must be"),
        (lambda: Curve(ground=Ground([[1.0]], 0, 1)), "needs x_range and y_range"),
        (lambda: Heat(values=[1.0]), "Heat.values must be"),
        (lambda: Film(panels=()), "Film.panels must be"),
        (lambda: Images(images=(PICTURE.astype(float),)), "Images.images must be uint8"),
    ],
)
def test_parts_that_do_not_fit_are_named(panel, says):
    with pytest.raises(ValueError, match=says):
        make_sheet(panel())


def test_pictures_and_sounds_are_never_taken_apart_into_numbers(monkeypatch):
    sizes, pack = [], packing._pack

    def record(value):
        sizes.append(value.size if isinstance(value, np.ndarray) else 0)
        return pack(value)

    monkeypatch.setattr(packing, "_pack", record)
    for kind in ("images", "overlay"):
        packing.pack_panel(PANELS[kind])
    assert max(sizes) == ROW.size**2  # the map, and no picture
    packing.pack_panel(Sound(wave=np.zeros(9000)))
    assert max(sizes) == 1200  # its outline
