"""Colors of runs are told apart by eyes that see all colors and by those that lack one."""

from itertools import combinations

import numpy as np
import pytest

from app.train import charts

# Machado et al. 2009, severity 1, on linear RGB.
SIGHT = {
    "all": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                 [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip
WHITE = np.array([0.95047, 1, 1.08883])


def linear(color):
    values = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    x, y, z = np.cbrt(XYZ @ rgb / WHITE)  # none of these is dark enough for the straight part
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("sight", SIGHT)
def test_two_runs_never_look_alike(theme, sight):
    seen = [np.clip(SIGHT[sight] @ linear(color), 0, 1) for color in charts.RUNS[theme]]
    assert min(np.linalg.norm(lab(a) - lab(b)) for a, b in combinations(seen, 2)) > 15


@pytest.mark.parametrize(("theme", "page"), [("light", "#FAF9F6"), ("dark", "#0F1216")])
def test_a_curve_stands_out_from_the_page(theme, page):
    bright = [linear(color) @ XYZ[1] for color in (page, *charts.RUNS[theme])]
    for one in bright[1:]:
        high, low = max(one, bright[0]), min(one, bright[0])
        assert (high + 0.05) / (low + 0.05) >= 3


def test_runs_that_share_a_color_differ_in_their_dashes():
    spec = charts.plot_curves(
        "loss", (("1", 0), ("2", 1), ("9", 8)), "epoch", False, False, "light"
    )
    marks = spec["layer"][1]["encoding"]
    first, second, ninth = marks["color"]["scale"]["range"]
    assert first == ninth != second
    assert marks["strokeDash"]["scale"]["range"] == [[1, 0], [1, 0], [6, 3]]
