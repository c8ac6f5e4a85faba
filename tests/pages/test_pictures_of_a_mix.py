"""What a mix looks like and reads like: pictures, curves, sentences, bars and the sheet."""

import io
import re
from html import unescape

import numpy as np
import pytest
from PIL import Image

from app import charts, figures, words
from app.sheet import sheet
from app.words import Facts
from mixcore import pictures

BLUE, ORANGE = (0x2F, 0x6F, 0xDE), (0xE8, 0x79, 0x2B)


def halves(h=8, w=10):
    """A mask whose left half is A's."""
    mask = np.zeros((h, w), np.float32)
    mask[:, : w // 2] = 1
    return mask


def flat(*colour, h=8, w=10):
    return np.full((h, w, 3), colour, np.uint8)


def test_mask_is_blue_where_a_is_and_its_edge_is_a_line():
    picture = figures.mask_picture(halves())
    assert tuple(picture[0, 0]) == BLUE
    assert tuple(picture[0, -1]) == ORANGE
    assert np.flatnonzero(figures.contour(halves())[3]).tolist() == [4]
    assert (picture[:, 4] < 64).all()
    assert (picture[:, [3, 5]] == 255).all()


def test_one_owner_has_no_edge():
    for share in (0.0, 0.3, 1.0):
        assert not figures.contour(np.full((4, 4), share)).any()


def test_origin_keeps_the_light_and_shows_the_owner():
    ramp = np.repeat(np.arange(0, 250, 25, dtype=np.uint8)[None, :, None], 8, 0).repeat(3, 2)
    picture = figures.origin_picture(ramp, halves()).astype(int)
    blue, orange = picture[0, 1], picture[0, 8]
    assert blue[2] > blue[0]
    assert orange[0] > orange[2]
    assert picture[0, 0].sum() < picture[0, 3].sum()


def test_difference_is_lab_distance():
    black, white = flat(0, 0, 0), flat(255, 255, 255)
    assert figures.difference(white, black) == pytest.approx(100, abs=0.05)
    assert not figures.difference(white, white).any()
    # sRGB red to green is 170.6 in CIE 1976, by colour tables.
    assert figures.difference(flat(255, 0, 0), flat(0, 255, 0)) == pytest.approx(170.6, abs=0.3)


def test_heat_runs_from_zero_to_the_largest():
    picture = figures.heat(np.array([[0.0, 1.0, 2.0]]))
    assert tuple(picture[0, 0]) == (0x00, 0x22, 0x4E)
    assert tuple(picture[0, 2]) == (0xFE, 0xE8, 0x38)
    assert tuple(figures.heat(np.zeros((1, 1)))[0, 0]) == (0x00, 0x22, 0x4E)


@pytest.mark.parametrize(("alpha", "beta"), [(1, 1), (2, 2), (3, 2), (8, 8)])
def test_beta_density_has_mass_one_and_the_right_mean(alpha, beta):
    x = np.linspace(0.0005, 0.9995, 1000)
    density = charts.beta_density(alpha, beta, x)
    assert density.mean() == pytest.approx(1, abs=0.01)
    assert (x * density).mean() == pytest.approx(alpha / (alpha + beta), abs=0.01)


def test_drawn_lam_stands_on_the_curve():
    curve = charts.beta_curve(2, 2)
    mark = charts.lam_figure(curve, 0.5).data[1]
    assert list(mark.x) == [0.5, 0.5]
    assert mark.y[1] == pytest.approx(1.5, abs=0.01)
    assert len(charts.lam_figure(curve, None).data) == 1


def test_curve_of_draws_has_mass_one():
    x, y = charts.draws_curve(np.random.default_rng(0).random(5000))
    assert np.trapezoid(y, x) == pytest.approx(1)


@pytest.mark.parametrize(
    ("facts", "says", "holds"),
    [
        (Facts(0.65, 0.66, 0.66, 0.34, "hard"), "66 % <cat>", "34 % of the picture is cup."),
        (Facts(0.3, 0.3, 0.3, 0.7, "blend"), "30 % <cat>", "Every pixel is 30 % <cat>, 70 % cup."),
        (Facts(0.3, 0.3, 1.0, 0.0, "soft"), "100 % <cat>", "70 % of the picture, on average, is"),
        (Facts(1.0, 1.0, 1.0, 0.0, "hard"), "100 % <cat>", "The whole picture is <cat>."),
        (Facts(0.0, 0.0, 0.0, 1.0, "hard"), "0 % <cat>", "The whole picture is cup."),
        (Facts(0.999, 0.999, 0.999, 0.001, "hard"), "99 % <cat>", "1 % of the picture is cup."),
    ],
)
def test_verdict_is_true_of_the_mix(facts, says, holds):
    first, second = (plain_text(s) for s in words.verdict(facts, "<cat>", "cup"))
    assert first == f"The label says {says}."
    assert second.startswith(holds)


def plain_text(html):
    """HTML as it is read."""
    return unescape(re.sub("<[^>]+>", "", html))


def test_remark_names_what_disagrees():
    assert words.remark(Facts(0.5, 0.5, 0.5, 0.5, "hard"), "cat") == ""
    assert "0.40" in words.remark(Facts(0.4, 0.62, 0.62, 0.38, "hard"), "cat")
    assert "does not follow" in words.remark(Facts(0.4, 0.4, 1.0, 0.0, "hard"), "cat")


def test_bars_always_come_in_three_and_say_when_not_used():
    html = words.bars_html(words.bars(Facts(None, 0.25, 0.25, 0.75, "hard"), "box"), "a&b", "c")
    assert html.count('class="bar"') == 3
    assert "not used" in html
    assert 'style="width:25.00%"' in html
    assert "a&amp;b" in html
    assert "a&b" not in html


STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.mark.parametrize("form", STARTS)
def test_sheet_is_one_file_and_always_the_same(form):
    shown = {"A: $cat$": pictures.png(flat(*BLUE)), "Mixed": pictures.png(flat(*ORANGE))}
    bars = words.bars(Facts(None, 0.25, 0.25, 0.75, "hard"), "box")
    first, second = (sheet(shown, bars, "CutMix", "seed 1", form) for _ in range(2))
    assert first.startswith(STARTS[form])
    assert first == second
    if form == "png":
        assert Image.open(io.BytesIO(first)).width >= 900
