"""C-Mixup: partners of similar label, so that a mixed label is nearly the truth.

Plain mixup draws chords across a curve, and the middle of a chord is off the curve. C-Mixup draws
partners with a probability that falls with the distance of their labels, so that chords are short.
Where equal labels lie far apart, as on the two arms of |x|, that does not help.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from mixcore.label_kernel import label_kernel_table
from mixcore.labs import Claim, Lab, Progress, Row, Rows, lab
from mixcore.params import choice, integer, point, real
from mixcore.sheets.panels import Curve, Heat, Line, Links, Number, Points, Sheet

CURVES = {
    "exp": ("exp(3x) / 5", lambda x: np.exp(3 * x) / 5),
    "tanh": ("tanh(6x)", lambda x: np.tanh(6 * x)),
    "abs": ("2 |x|", lambda x: 2 * np.abs(x)),
}
POINTS = 120
BLOCKS = 40  # a side of the band matrix, which is drawn small
BANDWIDTHS = np.geomspace(0.01, 10, 31)
GRID = np.linspace(-1, 1, 81)
SHARES = np.linspace(0.025, 0.975, 20)  # quantiles of lam at which chords are judged
CHORDS = 14
SIZES = (64, 64)
STEPS, BATCH, LR, ALPHA = 600, 32, 5e-3, 2.0
BEST = 0.15  # the bandwidth of the experiment, in sd of the labels


@lab(
    "C-Mixup",
    group="Mix other things",
    field="Regression",
    paper="C-Mixup: Improving Generalization in Regression",
    authors="Yao et al.",
    year=2022,
    question="Why does mixup spoil regression, and what mends it?",
    says=(
        "6.56 % better than the best of the methods compared on in-distribution tasks, 4.76 % on "
        "generalization to other tasks, 5.82 % out of distribution (abstract).",
    ),
    reading="as released, with labels standardised, so that one bandwidth fits every data set",
    hero="bandwidth",
    absent="Mixing in a hidden layer, which the authors use on half of their data sets.",
    more=(("The paper and its code", "https://github.com/huaxiuyao/C-Mixup"),),
    minutes=0.6,
    arms=("plain", "mixup", "C-Mixup"),
    metrics={
        "exp": "Test error on exp(3x) / 5, in sd of the label ↓",
        "tanh": "Test error on tanh(6x) ↓",
        "abs": "Test error on 2 |x| ↓",
        "diabetes": "Test error on diabetes, 442 patients ↓",
        "digits": "Test error on the angle of rotated digits ↓",
    },
    claims=(
        Claim("Mixup is worse than training without it", "exp", higher=("mixup", "plain"),
              least=0.05),
        Claim("C-Mixup repairs it", "exp", lower=("C-Mixup", "mixup"), least=0.05),
        Claim("C-Mixup beats training without mixing", "exp", lower=("C-Mixup", "plain"),
              least=0.005),
        Claim("It repairs 2 |x| too, where equal labels lie far apart", "abs",
              lower=("C-Mixup", "mixup"), least=0.05, ours=True),
        Claim("C-Mixup beats training without mixing on diabetes", "diabetes",
              lower=("C-Mixup", "plain"), least=0.01),
        Claim("C-Mixup beats training without mixing on rotated digits", "digits",
              lower=("C-Mixup", "plain"), least=0.01),
        Claim("C-Mixup beats mixup on rotated digits", "digits", lower=("C-Mixup", "mixup"),
              least=0.01),
    ),
    seeds=10,
    brief={"steps": 2},
)  # fmt: skip
class CMixupLab(Lab):
    """A curve with chords, whose partners light up, and three ways to train on it."""

    curve: str = choice(
        *CURVES, help="The truth that is to be learned",
        titles={name: title for name, (title, _) in CURVES.items()},
    )  # fmt: skip
    bandwidth: float = real(
        0.15, 0.01, 10.0, log=True, help="Width of the label kernel, in sd of the labels: near 0 "
        "is training without mixing, large is plain mixup",
    )  # fmt: skip
    anchor: int = point(95, POINTS, help="Whose partners light up")
    noise: float = real(0.15, 0.0, 0.5, help="Noise of the labels")
    steps: int = integer(STEPS, 2, 5000, of="run", help="Training steps of each network")

    def look(self, rng: np.random.Generator, given: Mapping[str, Any]) -> Sheet:
        """The curve with the anchor's chords, who is mixed with whom, and the error of labels."""
        truth = CURVES[self.curve][1]
        x = np.sort(rng.uniform(-1, 1, POINTS))
        y = truth(x) + self.noise * rng.standard_normal(POINTS)
        spread = y.std()
        table = label_kernel_table(y, self.bandwidth)
        even = np.full_like(table, 1 / POINTS)
        error = _chord_errors(x, truth) / spread
        ours, plain = (float((p * error).sum() / POINTS) for p in (table, even))
        ratio = plain / max(ours, 1e-9)
        pick = np.random.default_rng(7)  # chords stay where they are while the bandwidth moves
        lines = (
            Line(GRID, truth(GRID), "truth", "mute", dashed=True),
            Line(GRID, _taught(x, y, even), "taught by mixup", "b"),
            Line(GRID, _taught(x, y, table), "taught by C-Mixup", "a"),
        )
        hero = Curve(
            title="A curve and its chords",
            caption="Click a point: its partners light up by their probability. Blue chords are "
            "drawn by C-Mixup, orange ones by mixup.",
            hand="anchor",
            lines=lines,
            points=(_light_up(x, y, table[self.anchor], self.anchor),),
            links=(
                _chords(x, y, even[self.anchor], self.anchor, "b", pick),
                _chords(x, y, table[self.anchor], self.anchor, "a", pick),
            ),
            x="x", y="y", x_range=(-1.0, 1.0),
        )  # fmt: skip
        errors = [float((label_kernel_table(y, h) * error).sum() / POINTS) for h in BANDWIDTHS]
        helper = Curve(
            title="How far a mixed label is off, in sd of the labels",
            lines=(
                Line(BANDWIDTHS[[0, -1]], [plain, plain], "mixup", "b", dashed=True),
                Line(BANDWIDTHS, errors, "C-Mixup", "a"),
            ),
            points=(Points([[self.bandwidth, ours]], color="a", size=6.0, strength=1.0),),
            x="bandwidth", log="x",
        )  # fmt: skip
        order = np.argsort(y)
        band = _blocks(table[np.ix_(order, order)])
        return Sheet(
            f"A mixed label is off by *{ours:.3f}*{{a}} of the labels’ spread. Plain mixup: "
            f"*{plain:.3f}*{{b}}.",
            Number(ratio, f"{ratio:.3g}×", "nearer to the truth, by partners of similar label"),
            (
                hero,
                Heat(
                    title="Who is mixed with whom, sorted by label", values=band, color="a",
                    low=0.0, high=float(band.max()),
                    caption="The band is as wide as the bandwidth.",
                ),
                helper,
            ),
            _explain_partner(y, table, self.anchor, self.bandwidth),
        )  # fmt: skip

    def run(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        """One arm on three curves and two real data sets."""
        from mixcore.data import regression
        from mixcore.experiments.regression_trial import make_task, train_regression

        bandwidth = {"plain": None, "mixup": np.inf, "C-Mixup": BEST}[part]
        tasks = {name: [_make_curve(name, self.noise, seed) for seed in seeds] for name in CURVES}
        tasks["diabetes"] = [make_task(regression.load_diabetes(seed)) for seed in seeds]
        tasks["digits"] = [make_task(regression.load_rotated_digits(seed)) for seed in seeds]
        found: dict[str, list[float]] = {}
        for number, (name, some) in enumerate(tasks.items()):
            found[name] = train_regression(
                some, seeds, SIZES, bandwidth=bandwidth, alpha=ALPHA, steps=self.steps,
                batch=BATCH, lr=LR,
                on_step=partial(_tell, progress, name, number, len(tasks), self.steps),
            )  # fmt: skip
        return [
            Row(part, seed, {name: values[i] for name, values in found.items()})
            for i, seed in enumerate(seeds)
        ]

    def snippet(self, seed: int) -> str:
        """The number of the moment, from the pairing that the library has."""
        return f"""\
import numpy as np
from mixcore.label_kernel import label_kernel_table

truth = {SOURCES[self.curve]}
random = np.random.default_rng({seed})
x = np.sort(random.uniform(-1, 1, {POINTS}))
y = truth(x) + {self.noise} * random.standard_normal({POINTS})

partners = label_kernel_table(y, bandwidth={self.bandwidth})  # each row sums to 1
lam = np.linspace(0.025, 0.975, 20)[:, None, None]
mixed_x = lam * x[:, None] + (1 - lam) * x
mixed_y = lam * truth(x)[:, None] + (1 - lam) * truth(x)
error = np.abs(mixed_y - truth(mixed_x)).mean(0)
print(f"{{error.mean() / (partners * error).sum(1).mean():.3g}}×")

# In a training loop:
#   mixer = mixcore.Mixer("cmixup", regression=True, bandwidth={self.bandwidth})
#   x, y = mixer(x, y)
"""


SOURCES = {
    "exp": "lambda x: np.exp(3 * x) / 5",
    "tanh": "lambda x: np.tanh(6 * x)",
    "abs": "lambda x: 2 * np.abs(x)",
}


def _chord_errors(x: np.ndarray, truth: Any) -> np.ndarray:
    """How far the label of each pair's mixes is off the truth, the mean over lam: (n, n)."""
    lam = SHARES[:, None, None]
    mixed_y = lam * truth(x)[:, None] + (1 - lam) * truth(x)
    error: np.ndarray = np.abs(mixed_y - truth(lam * x[:, None] + (1 - lam) * x)).mean(0)
    return error


def _taught(x: np.ndarray, y: np.ndarray, table: np.ndarray) -> np.ndarray:
    """The mean label of all mixes near each place of GRID: what a perfect learner would fit."""
    lam = SHARES[:, None, None]
    at = (lam * x[:, None] + (1 - lam) * x).ravel()
    label = (lam * y[:, None] + (1 - lam) * y).ravel()
    weight = np.broadcast_to(table, (len(SHARES), *table.shape)).ravel()
    bins = np.clip(np.round((at + 1) / 2 * (len(GRID) - 1)).astype(int), 0, len(GRID) - 1)
    mass = np.bincount(bins, weight, len(GRID))
    total = np.bincount(bins, weight * label, len(GRID))
    near = np.exp(-0.5 * ((GRID[:, None] - GRID) / 0.04) ** 2)
    fitted: np.ndarray = (near @ total) / np.maximum(near @ mass, 1e-12)
    return fitted


def _light_up(x: np.ndarray, y: np.ndarray, chance: np.ndarray, anchor: int) -> Points:
    """All points, each as large and strong as it is likely to be the anchor's partner."""
    share = chance / chance.max()
    titles = tuple(f"partner with {p:.1%}" for p in chance)
    return Points(
        np.c_[x, y], color="a", size=3 + 7 * share**0.5, strength=0.25 + 0.65 * share**0.5,
        titles=titles, ring=anchor,
    )  # fmt: skip


def _chords(
    x: np.ndarray, y: np.ndarray, chance: np.ndarray, anchor: int, color: str,
    pick: np.random.Generator,
) -> Links:  # fmt: skip
    """Chords from the anchor to partners drawn by chance."""
    partners = np.searchsorted(chance.cumsum(), pick.random(CHORDS) * chance.sum())
    ends = np.c_[x, y][np.minimum(partners, len(x) - 1)]
    return Links(np.repeat([[x[anchor], y[anchor]]], CHORDS, 0), ends, color=color, strength=0.45)


def _blocks(table: np.ndarray) -> np.ndarray:
    """Means over squares of the table, BLOCKS a side."""
    side = len(table) // BLOCKS
    blocks: np.ndarray = table.reshape(BLOCKS, side, BLOCKS, side).mean((1, 3))
    return blocks


def _explain_partner(
    y: np.ndarray, table: np.ndarray, anchor: int, bandwidth: float
) -> tuple[str, ...]:
    """The probability of the likeliest other partner, with its numbers."""
    chance = table[anchor].copy()
    chance[anchor] = 0
    j, sd = int(chance.argmax()), y.std()
    gap = abs(y[anchor] - y[j]) / sd
    weight = np.exp(-(gap**2) / (2 * bandwidth**2))
    total = weight / max(chance[j], 1e-300)
    middle = 0.5 * y[anchor] + 0.5 * y[j]
    return (
        f"gap = |{y[anchor]:.2f} − {y[j]:.2f}| / {sd:.2f} = {gap:.3f} sd",
        f"p = exp(−{gap:.3f}² / (2 · {bandwidth:g}²)) / {total:.3g} = {chance[j]:.3f}",
        f"lam .5: y = .5 · {y[anchor]:.2f} + .5 · {y[j]:.2f} = {middle:.2f}",
    )


def _tell(progress: Progress, name: str, number: int, of: int, steps: int, step: int) -> None:
    progress.at(number * steps + step, of * steps, name)


def _make_curve(name: str, noise: float, seed: int) -> Any:
    """Training points with noise, and a test without any."""
    from mixcore.experiments.regression_trial import Task

    random, truth = np.random.default_rng(seed), CURVES[name][1]
    x, x_test = random.uniform(-1, 1, (POINTS, 1)), np.linspace(-1, 1, 501)[:, None]
    y = truth(x[:, 0]) + noise * random.standard_normal(POINTS)
    return Task(x, y, x_test, truth(x_test[:, 0]))
