"""Colors of runs are told apart by eyes that see all colors and by those that lack one."""

import re
import tomllib
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from app.train import charts
from mixcore import palette

ROOT = Path(__file__).parents[2]
HEX = re.compile(r"#[0-9A-Fa-f]{6}\b")
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
    seen = [np.clip(SIGHT[sight] @ linear(color), 0, 1) for color in palette.RUNS[theme]]
    assert min(np.linalg.norm(lab(a) - lab(b)) for a, b in combinations(seen, 2)) > 15


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_curve_stands_out_from_the_page(theme):
    bright = [linear(color) @ XYZ[1] for color in (palette.PAGE.on(theme), *palette.RUNS[theme])]
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


def declared():
    """Every color of the palette, as its module declares it."""
    return set(HEX.findall((ROOT / "mixcore/palette.py").read_text()))


def test_variables_of_the_style_are_the_palette():
    style = (ROOT / "app/styles/style.css").read_text()
    found = dict(re.findall(r"^  --([a-z-]+): (light-dark\(.*?\));", style, re.M))
    assert found == {name: color.css for name, color in palette.VARIABLES.items()}


@pytest.mark.parametrize("path", [
    *sorted((ROOT / "app").rglob("*.css")), *sorted((ROOT / "app").rglob("*.js")),
    *sorted((ROOT / "app").rglob("*.py")), *sorted((ROOT / "mixcore/audit").glob("*.j2")),
    ROOT / ".streamlit/config.toml",
], ids=lambda path: str(path.relative_to(ROOT)))  # fmt: skip
def test_what_must_repeat_a_color_repeats_one_of_the_palette(path):
    found = set(HEX.findall(path.read_text(encoding="utf-8")))
    assert found <= declared()
    assert path.suffix != ".py" or not found  # Python reads it


def test_streamlit_is_themed_by_the_palette():
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"]
    names = {
        "backgroundColor": palette.PAGE, "textColor": palette.INK, "borderColor": palette.LINE,
        "secondaryBackgroundColor": palette.SOFT, "blueColor": palette.A,
        "orangeColor": palette.B, "grayColor": palette.MUTE,
    }  # fmt: skip
    for name, color in names.items():
        assert (theme["light"][name], theme["dark"][name]) == color, name
