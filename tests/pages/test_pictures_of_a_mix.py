"""What a mix looks like and reads like: pictures, curves, sentences, bars and the sheet."""

import io
import re
from html import unescape

import numpy as np
import pytest
from PIL import Image

from app.mixes import bars, layer_images, sparklines, text
from app.mixes.sheet import draw_sheet
from app.mixes.text import Facts
from mixcore import pictures

BLUE, ORANGE = (0x2F, 0x6F, 0xDE), (0xE8, 0x79, 0x2B)


PAIR = layer_images.COLORS[:2]


def halves(h=8, w=10):
    """Masks of which A has the left half."""
    mask = np.zeros((h, w), np.float32)
    mask[:, : w // 2] = 1
    return np.stack([mask, 1 - mask])


def quarters(h=8, w=10):
    """Masks of which each of four has a corner."""
    left, top = halves(h, w)[0], halves(w, h)[0].T
    return np.stack([left * top, (1 - left) * top, left * (1 - top), (1 - left) * (1 - top)])


def flat(*color, h=8, w=10):
    return np.full((h, w, 3), color, np.uint8)


def test_mask_is_blue_where_a_is_and_its_edge_is_a_line():
    picture = layer_images.mask_picture(halves(), PAIR)
    assert tuple(picture[0, 0]) == BLUE
    assert tuple(picture[0, -1]) == ORANGE
    assert np.flatnonzero(layer_images.draw_contour(halves())[3]).tolist() == [4]
    assert (picture[:, 4] < 64).all()
    assert (picture[:, [3, 5]] == 255).all()


def test_one_owner_has_no_edge():
    for share in (0.0, 0.3, 1.0):
        masks = np.stack([np.full((4, 4), share), np.full((4, 4), 1 - share)])
        assert not layer_images.draw_contour(masks).any()


def test_four_owners_have_four_colors_and_lines_between_them():
    picture = layer_images.mask_picture(quarters(), layer_images.COLORS)
    corners = [tuple(picture[y, x]) for y in (0, -1) for x in (0, -1)]
    assert corners == [tuple(color) for color in layer_images.COLORS.astype(int)]
    edge = layer_images.draw_contour(quarters())
    assert edge[3, :].all()
    assert edge[:, 4].all()


@pytest.mark.parametrize("k", range(1, 9))
def test_views_are_shades_of_blue_that_differ(k):
    shades = layer_images.make_tints(k)
    assert shades.shape == (k, 3)
    assert (shades[:, 2] > shades[:, 0]).all()
    assert len({layer_images.css_color(shade) for shade in shades}) == k


# Colour blindness as linear maps of light, Machado, Oliveira and Fernandes 2009, severity 1.
EYES = {
    "all cones": np.eye(3),
    "no red": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no blue": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.mark.parametrize("eyes", EYES)
def test_any_two_of_the_four_colors_can_be_told_apart(eyes):
    light = (layer_images.COLORS / 255) ** 2.2 @ np.array(EYES[eyes]).T
    seen = (light.clip(0, 1) ** (1 / 2.2) * 255).round().astype(np.uint8)
    for i in range(4):
        for j in range(i):
            assert (
                layer_images.measure_difference(seen[None, i : i + 1], seen[None, j : j + 1]) > 30
            )


def test_what_folds_is_red_and_the_scale_is_that_of_sides():
    picture, top = layer_images.draw_folds(np.array([[4.0, 1.0], [0.0, -2.0]]))
    assert top == 2
    assert tuple(picture[0, 0]) == (0xFE, 0xE8, 0x38)
    assert tuple(picture[1, 0]) == tuple(picture[1, 1]) == tuple(layer_images.FOLDED.astype(int))


def test_origin_keeps_the_light_and_shows_the_owner():
    ramp = np.repeat(np.arange(0, 250, 25, dtype=np.uint8)[None, :, None], 8, 0).repeat(3, 2)
    picture = layer_images.origin_picture(ramp, halves(), PAIR).astype(int)
    blue, orange = picture[0, 1], picture[0, 8]
    assert blue[2] > blue[0]
    assert orange[0] > orange[2]
    assert picture[0, 0].sum() < picture[0, 3].sum()


def test_difference_is_lab_distance():
    black, white = flat(0, 0, 0), flat(255, 255, 255)
    assert layer_images.measure_difference(white, black) == pytest.approx(100, abs=0.05)
    assert not layer_images.measure_difference(white, white).any()
    # sRGB red to green is 170.6 in CIE 1976, by colour tables.
    assert layer_images.measure_difference(flat(255, 0, 0), flat(0, 255, 0)) == pytest.approx(
        170.6, abs=0.3
    )


def test_heat_runs_from_zero_to_the_largest():
    picture = layer_images.draw_heat(np.array([[0.0, 1.0, 2.0]]))
    assert tuple(picture[0, 0]) == (0x00, 0x22, 0x4E)
    assert tuple(picture[0, 2]) == (0xFE, 0xE8, 0x38)
    assert tuple(layer_images.draw_heat(np.zeros((1, 1)))[0, 0]) == (0x00, 0x22, 0x4E)


@pytest.mark.parametrize(("alpha", "beta"), [(1, 1), (2, 2), (3, 2), (8, 8)])
def test_beta_density_has_mass_one_and_the_right_mean(alpha, beta):
    x = np.linspace(0.0005, 0.9995, 1000)
    density = sparklines.beta_density(alpha, beta, x)
    assert density.mean() == pytest.approx(1, abs=0.01)
    assert (x * density).mean() == pytest.approx(alpha / (alpha + beta), abs=0.01)


def test_drawn_lam_stands_on_the_curve():
    curve = sparklines.beta_curve(2, 2)
    drawn = sparklines.lam_html(curve, 0.5, "How likely each lam is")
    top = 1.12 * 1.5  # the mode of Beta(2, 2), with some air above it
    assert f"left:50.00%;bottom:{1.5 / top:.2%}" in drawn
    assert 'aria-label="How likely each lam is"' in drawn
    assert "<i" not in sparklines.lam_html(curve, None, "")


def test_worth_by_epoch_is_drawn_from_left_to_right():
    drawn = sparklines.replay_html([(1, 0.25), (2, 0.5), (5, 1.0)], 0.75, 2, "")
    places = re.findall(r"left:([\d.]+)%;bottom:([\d.]+)%", drawn)
    assert places == [("0.00", "25.00"), ("25.00", "50.00"), ("100.00", "100.00")]
    assert drawn.count("now") == 1
    assert "M0 25.0H100" in drawn  # the label, dashed


def test_curve_of_draws_has_mass_one():
    x, y = sparklines.draws_curve(np.random.default_rng(0).random(5000))
    assert np.trapezoid(y, x) == pytest.approx(1)


def pair(lam, area, w_a, kind="hard"):
    return Facts(lam, (area, 1 - area), (w_a, 1 - w_a), kind)


@pytest.mark.parametrize(
    ("facts", "says", "holds"),
    [
        (pair(0.65, 0.66, 0.66), "66 % <cat>", "34 % of the picture is cup."),
        (pair(0.3, 0.3, 0.3, "blend"), "30 % <cat>", "Every pixel is 30 % <cat>, 70 % cup."),
        (pair(0.3, 0.3, 0.3, "features"), "30 % <cat>", "Every feature is 30 % <cat>, 70 % cup."),
        (pair(0.3, 0.3, 1.0, "soft"), "100 % <cat>", "70 % of the picture, on average, is"),
        (pair(1.0, 1.0, 1.0), "100 % <cat>", "The whole picture is <cat>."),
        (pair(0.0, 0.0, 0.0), "0 % <cat>", "The whole picture is cup."),
        (pair(0.999, 0.999, 0.999), "99 % <cat>", "1 % of the picture is cup."),
        (
            Facts(None, (0.2, 0.8), (1.0, 0.0), "soft", ground=True),
            "100 % <cat>",
            "80 % of the picture is the ground of cup.",
        ),
        (
            Facts(None, (0.24, 0.36, 0.2, 0.2), (0.24, 0.36, 0.2, 0.2), "hard"),
            "24 % <cat>, 36 % cup, 20 % owl and 20 % bee",
            "The largest part of the picture is cup.",
        ),
    ],
)
def test_verdict_is_true_of_the_mix(facts, says, holds):
    names = ("<cat>", "cup", "owl", "bee")[: len(facts.areas)]
    first, second = (plain_text(s) for s in text.describe_label(facts, names))
    assert first == f"The label says {says}."
    assert second.startswith(holds)


@pytest.mark.parametrize(
    ("facts", "happened"),
    [
        ({"kind": "blend", "views": (0.5, 0.3, 0.2)}, "Every pixel is a sum of 3 views of it."),
        ({"kind": "hard", "views": (0.5, 0.5)}, "It is put together of 2 views of it."),
        ({"kind": "hard", "views": (1.0,)}, "The whole picture is one changed view of it."),
        ({"kind": "hard", "views": (1.0,), "folded": 0.0}, "nowhere folded over."),
        ({"kind": "hard", "views": (1.0,), "folded": 0.03}, "3 % of the picture is folded over."),
    ],
)
def test_a_self_mix_keeps_its_label_and_says_what_happened(facts, happened):
    first, second = text.describe_label(Facts(None, (1.0,), (1.0,), **facts), ["cat"])
    assert plain_text(first) == "The label stays 100 % cat."
    assert plain_text(second).endswith(happened)


@pytest.mark.parametrize(
    ("shares", "whole"),
    [((1 / 3, 1 / 3, 1 / 3), [34, 33, 33]), ((0.246, 0.254, 0.496, 0.004), [25, 25, 50, 0])],
)
def test_whole_per_cent_keep_their_sum(shares, whole):
    assert text.format_percents(shares) == whole


def plain_text(html):
    """HTML as it is read."""
    return unescape(re.sub("<[^>]+>", "", html)).replace("\xa0", " ")


def test_remark_names_what_disagrees():
    assert text.describe_remark(pair(0.5, 0.5, 0.5), ("cat", "cup")) == ""
    assert "0.40" in text.describe_remark(pair(0.4, 0.62, 0.62), ("cat", "cup"))
    assert "cat keeps 0.40 of it but gets 1.00" in text.describe_remark(
        pair(0.4, 0.4, 1.0), ("cat", "cup")
    )


def test_bars_always_come_in_three_and_say_when_not_used():
    html = bars.bars_html(bars.list_bars(pair(None, 0.25, 0.25), "box"), ("a&b", "c"))
    assert html.count('class="bar"') == 3
    assert "not used: the box decides" in html
    assert 'style="width:25.00%"' in html
    assert "a&amp;b" in html
    assert "a&b" not in html


def test_bars_have_a_part_for_each_photo_or_view():
    four = bars.list_bars(Facts(None, (0.25,) * 4, (0.25,) * 4, "hard"), "drawn")
    assert bars.bars_html(four, "abcd").count("<i class=d") == 2
    one = bars.bars_html(
        bars.list_bars(Facts(None, (1,), (1,), "blend", (0.7, 0.3)), "drawn"), ["x"]
    )
    assert "view 1 0.70, view 2 0.30" in one
    assert "x 1" in one


def test_key_names_each_color_and_reports_are_only_what_is_known():
    assert bars.key_html(("cat", "<b>")).count("<i ") == 2
    assert "B, &lt;b&gt;" in bars.key_html(("cat", "<b>"))
    assert "view 3" in bars.key_html(("cat",), views=3)
    assert text.said_html(()) == ""
    assert "<li>78 % &lt;ours&gt;</li>" in text.said_html(("78 % <ours>",))


STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.mark.parametrize("form", STARTS)
def test_sheet_is_one_file_and_always_the_same(form):
    shown = {"A: $cat$": pictures.png(flat(*BLUE)), "Mixed": pictures.png(flat(*ORANGE))}
    rows = bars.list_bars(pair(None, 0.25, 0.25), "box")
    first, second = (draw_sheet(shown, rows, "CutMix", "seed 1", form) for _ in range(2))
    assert first.startswith(STARTS[form])
    assert first == second
    if form == "png":
        assert Image.open(io.BytesIO(first)).width >= 900
