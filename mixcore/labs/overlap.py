"""Classes that overlap: what one temperature can mend, and what mixing d + 1 samples does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

import mixcore
from mixcore import params
from mixcore.calibration import Outcomes, ece, nll, reliability, temperature
from mixcore.calibration.as_released import fit_too_short
from mixcore.experiments.batched_mlp import BatchedMLP, draw_batches, train_batched
from mixcore.experiments.overlaps import (
    Logit,
    OverlappingLine,
    SwappedPairs,
    fit_every_label,
    fit_mixes,
    measure_loss,
)
from mixcore.experiments.toy_data import GaussianClasses
from mixcore.labs import Claim, Lab, Progress, Row, Rows, lab
from mixcore.rng import Streams
from mixcore.sheets.panels import Bars, Curve, Line, Links, Number, Points, Sheet

Floats = NDArray[np.float64]

SURE = 6.0  # logit at which plain training is taken to end: sure to 99.8 %
MIXES, SHOWN = 4000, 160  # mixes of the line, and how many of them are drawn
HELD = 1000  # samples that the temperature is fitted on

# The experiment: ten Gaussian classes, of which two pairs are told apart by a coin alone.
CLASSES, DIMS, UNITS, BATCH, LR = 10, 20, 128, 128, 3e-3
PARTS = {"plain": 0, "mixup": 1, "4-mix": 3}  # part -> d
VALIDATED, TESTED = 300, 4000
AS_IS, RELEASED, CONVERGED = "T = 1", "T as released", "T converged"


class LineModel(NamedTuple):
    """Logits of class 1 by one model of the line, and the temperature that divides them."""

    logit: Logit
    t: float

    def at(self, x: Floats) -> Floats:
        """Logits (n,) at places x (n,)."""
        return self.logit(x) / self.t


@lab(
    "Overlapping classes",
    group="Understand why it works",
    field="Calibration",
    paper="On the Limitations of Temperature Scaling for Distributions with Overlaps",
    authors="Chidambaram and Ge",
    year=2024,
    question="Can one temperature make a model honest where classes overlap?",
    says=(
        "Temperature scaling of plain training degrades with the overlap of classes, and with many "
        "classes ends no better than chance (abstract).",
        "Mixup significantly outperforms plain training in several calibration metrics, on images "
        "with label noise (abstract).",
    ),
    reading="as released where the switch says so; toy data and the line are ours",
    hero="overlap",
    absent="The paper's images with label noise, and its classes without limit.",
    more=(("The paper", "https://arxiv.org/abs/2306.00740"),),
    minutes=0.8,
    arms=(
        "plain", "plain, T as released", "plain, T converged",
        "mixup", "mixup, T as released", "mixup, T converged",
        "4-mix", "4-mix, T as released", "4-mix, T converged",
    ),
    parts=("plain", "mixup", "4-mix"),
    metrics={
        "nll": "NLL ↓",
        "ece": "ECE ↓",
        "overlap": "NLL in the overlaps ↓",
        "clean": "NLL of the clean classes ↓",
        "t": "Temperature",
    },
    claims=(
        Claim(
            "Without any scaling mixup is better calibrated than plain training",
            "ece", lower=("mixup", "plain"), least=0.05,
        ),
        Claim(
            "Mixup beats plain training that was scaled as released",
            "nll", lower=("mixup", "plain, T as released"), least=0.05,
        ),
        Claim(
            "Mixup beats plain training with the best single temperature",
            "nll", lower=("mixup", "plain, T converged"), least=0.01,
        ),
        Claim(
            "Mixup's ECE is lower than that of plain training with the best single temperature",
            "ece", lower=("mixup", "plain, T converged"), least=0.01,
        ),
        Claim(
            "Mixes of four with the best temperature beat plain training with the best",
            "nll", lower=("4-mix, T converged", "plain, T converged"), least=0.01, ours=True,
        ),
        Claim(
            "One temperature for all pays for the overlaps by blurring the clean classes",
            "clean", higher=("plain, T converged", "plain"), least=0.02,
        ),
        Claim(
            "The released fit leaves most of the way to go: the best temperature is far above it",
            "t", higher=("plain, T converged", "plain, T as released"), least=0.5, ours=True,
        ),
    ),
    seeds=10,
    brief={"samples": 200, "steps": 20},
)  # fmt: skip
class OverlapLab(Lab):
    """Two models of overlapping classes, each with its temperature: of all labels, of mixes."""

    overlap: float = params.real(0.3, 0.0, 0.9, help="Share of each class that overlaps the other")
    scaling: str = params.choice(
        CONVERGED, RELEASED, AS_IS, help="Temperature, fitted on samples that were held out"
    )
    d: int = params.integer(
        3, 1, 5, help="How many samples are mixed into the first; 1 is mixup", title="d, mixed in"
    )
    points: int = params.integer(80, 20, 400, help="Samples to learn from")
    mix: int = params.point(7, SHOWN, help="The mix whose samples are shown")
    samples: int = params.integer(1000, 200, 4000, of="run", help="Samples to train on")
    steps: int = params.integer(900, 20, 3000, of="run", help="Steps of the training")

    def look(self, rng: np.random.Generator, given: Mapping[str, Any]) -> Sheet:
        line = OverlappingLine(self.overlap)
        x, y = line.draw(self.points, rng)
        held = line.draw(HELD, rng)
        index, w, z, share = mix_points(x, y, self.d, rng)
        plain = self._scale(fit_every_label(x, y, SURE), *held)
        mixed = self._scale(fit_mixes(z, share), *held)
        losses = np.array([measure_regions(line, model) for model in (plain, mixed)])
        gap = float(losses[0, 2] - losses[1, 2])
        test = line.draw(TESTED, rng)
        sources = Points(
            np.stack([x[index[self.mix]], y[index[self.mix]]], 1), title="its samples",
            color="c", size=3 + 9 * w[self.mix], strength=0.9,
        )  # fmt: skip
        return Sheet(
            self._write_sentence(plain, mixed, losses),
            Number(
                gap,
                f"{gap:+.3f}",
                "nats a sample that mixing saves",
                "b" if gap > 0 else "a",
            ),
            (
                self._draw_line(line, plain, mixed, (z, share), sources),
                _draw_reliability(line, plain, mixed, *test),
                _draw_losses(self.overlap, losses),
            ),
            self._write_arithmetic(losses, w[self.mix], x[index[self.mix]], y[index[self.mix]]),
        )

    def _scale(self, logit: Logit, x: Floats, y: NDArray[np.int64]) -> LineModel:
        logits = two_logits(logit(x))
        fit = {CONVERGED: temperature, RELEASED: fit_too_short}.get(self.scaling)
        return LineModel(logit, fit(torch.from_numpy(y), logits=logits).value if fit else 1.0)

    def _write_sentence(self, plain: LineModel, mixed: LineModel, losses: Floats) -> str:
        return (
            f"Fitting every label, at T = *{plain.t:.2f}*{{a}}, loses *{losses[0, 2]:.2f}*{{a}} "
            f"nats a sample; mixes of {self.d + 1}, at *{mixed.t:.2f}*{{b}}, lose "
            f"*{losses[1, 2]:.2f}*{{b}}."
        )

    def _draw_line(
        self, line: OverlappingLine, plain: LineModel, mixed: LineModel,
        mixes: tuple[Floats, Floats], sources: Points,
    ) -> Curve:  # fmt: skip
        grid = np.linspace(0, line.end, 401)
        at = np.stack([one[:SHOWN] for one in mixes], 1)
        ends = np.repeat(at[self.mix][None], len(np.asarray(sources.at)), 0)
        edges = np.array([0, 1 - self.overlap, 1 - self.overlap, 1, 1, line.end])
        return Curve(
            title="Probability of the second class",
            caption=f"Dots are mixes of {self.d + 1} samples and their labels; the curve of mixing "
            "is their mean. Click one to see what it is made of.",
            hand="mix",
            lines=(
                Line(edges, [0, 0, 0.5, 0.5, 1, 1], title="truth", color="ink", dashed=True),
                Line(grid, _probability(plain.at(grid)), title="fits every label", color="a"),
                Line(grid, _probability(mixed.at(grid)), title="learns from mixes", color="b"),
            ),
            points=(
                Points(at, title="mixes", color="b", size=3, strength=0.35, ring=self.mix),
                sources,
            ),
            links=(Links(np.asarray(sources.at), ends, color="c", strength=0.7),),
            x="place", y="probability", y_range=(-0.05, 1.05),
        )  # fmt: skip

    def _write_arithmetic(
        self, losses: Floats, w: Floats, x: Floats, y: NDArray[np.int64]
    ) -> tuple[str, ...]:
        def total(name: str, row: Floats) -> str:
            share = self.overlap
            return (
                f"NLL of {name} = {share:.2g} · {row[0]:.3f} in the overlap + {1 - share:.2g} · "
                f"{row[1]:.3f} outside = {row[2]:.3f}"
            )

        place = " + ".join(f"{a:.2f} · {b:.2f}" for a, b in zip(w, x, strict=True))
        return (
            f"the chosen mix: place {place} = {w @ x:.2f}, label {w @ y:.2f}",
            total("every label", losses[0]),
            total("mixes", losses[1]),
            f"the best possible = {self.overlap:.2g} · log 2 = {self.overlap * np.log(2):.3f}",
        )

    def run(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        tasks = [OverlapTask(seed, self.samples, self.steps) for seed in seeds]
        nets = BatchedMLP((DIMS, UNITS, UNITS, CLASSES), seeds)

        def loss(step: int) -> Tensor:
            progress.at(step, self.steps)
            mixes = [task.mix(step, PARTS[part]) for task in tasks]
            x, target = (torch.stack(some) for some in zip(*mixes, strict=True))
            return -(target * nets(x).log_softmax(2)).sum(2).mean(1)

        def trace(step: int) -> None:
            if step % 100 == 0 or step == self.steps:
                logits = predict(nets, [task.test.x for task in tasks])
                losses = [
                    nll(Outcomes(t.test.y, logits=z)) for t, z in zip(tasks, logits, strict=True)
                ]
                progress.trace(part, step, {"nll": losses})

        train_batched(nets, loss, steps=self.steps, lr=LR, cosine=True, on_step=trace)
        held, test = (
            predict(nets, [getattr(task, name).x for task in tasks]) for name in ("held", "test")
        )
        return [
            row
            for task, z, logits in zip(tasks, held, test, strict=True)
            for row in task.measure(part, z, logits)
        ]

    def snippet(self, seed: int) -> str:
        fit = {
            CONVERGED: "calibration.temperature",
            RELEASED: "calibration.as_released.fit_too_short",
        }.get(self.scaling)
        t = f"mixcore.{fit}(held_y, logits=logits).value" if fit else "1.0"
        return f"""\
import numpy as np
import torch
import mixcore.calibration.as_released
from mixcore.experiments import overlaps

rng = np.random.default_rng({seed})
line = overlaps.OverlappingLine({self.overlap!r})
x, y = line.draw({self.points}, rng)
held_x, held_y = line.draw({HELD}, rng)
held_y = torch.from_numpy(held_y)

# Each sample many times in the batch, as a row of a table:
many = np.tile(np.arange(len(x)), {MIXES} // len(x))
rows = torch.from_numpy(x[many])[:, None]
labels = torch.from_numpy(y[many])
batch = mixcore.Batch(rows, labels)
plan = mixcore.method("dmixup", d={self.d}).plan(batch, rng)
z = plan.apply(rows)[:, 0].numpy()
share = plan.target(labels, 2)[:, 1].double().numpy()

plain = overlaps.fit_every_label(x, y, {SURE})
mixed = overlaps.fit_mixes(z, share)
grid = np.linspace(0, line.end, 2001)
truth, weight = line.truth(grid), line.density(grid)
losses = []
for model in (plain, mixed):
    own = model(held_x)
    logits = torch.from_numpy(np.stack([0 * own, own], 1))
    t = {t}
    scaled = model(grid) / t
    losses.append(overlaps.measure_loss(scaled, truth, weight))
print(f"{{losses[0] - losses[1]:+.3f}}")
"""


class Labeled(NamedTuple):
    """Samples x (n, d), their labels y (n,), and whether they lie in an overlap (n,)."""

    x: Tensor
    y: Tensor
    inside: Tensor


class OverlapTask:
    """Data of one seed of the experiment, and the mixes that its net is trained on."""

    def __init__(self, seed: int, samples: int, steps: int) -> None:
        random = np.random.default_rng([seed, 14])
        clouds = GaussianClasses.make(random, classes=CLASSES, dims=DIMS, norm=3.0, noise=0.6)
        law = SwappedPairs(clouds, pairs=2)
        self.seed, self.streams = seed, Streams(seed, 14)
        self.train, self.held, self.test = (
            Labeled(*map(torch.from_numpy, law.draw(n, random)))
            for n in (samples, VALIDATED, TESTED)
        )
        self._batches = torch.from_numpy(draw_batches(samples, BATCH, steps, random))

    def mix(self, step: int, d: int) -> tuple[Tensor, Tensor]:
        """The batch of one step, x (b, dims) and soft labels (b, classes); d = 0 mixes nothing."""
        rows = self._batches[step]
        x, y = self.train.x[rows], self.train.y[rows]
        if d == 0:
            return x, F.one_hot(y, CLASSES).float()
        plan = mixcore.method("dmixup", d=d).plan(mixcore.Batch(x, y), self.streams)
        return plan.apply(x), plan.target(y, CLASSES)

    def measure(self, part: str, held: Tensor, logits: Tensor) -> list[Row]:
        """A row for each way to scale these logits of the test samples."""
        y, inside = self.test.y, self.test.inside
        temperatures = {
            part: 1.0,
            f"{part}, {RELEASED}": fit_too_short(self.held.y, logits=held).value,
            f"{part}, {CONVERGED}": temperature(self.held.y, logits=held).value,
        }
        rows = []
        for arm, t in temperatures.items():
            z = logits / t
            outcomes = Outcomes(y, logits=z)
            values = {
                "nll": nll(outcomes),
                "ece": ece(outcomes),
                "overlap": nll(Outcomes(y[inside], logits=z[inside])),
                "clean": nll(Outcomes(y[~inside], logits=z[~inside])),
                "t": t,
            }
            rows.append(Row(arm, self.seed, values))
        return rows


def mix_points(
    x: Floats, y: NDArray[np.int64], d: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
    """Many mixes of the same points by d-Mixup: samples and weights (m, d + 1), places, labels."""
    many = np.tile(np.arange(len(x)), MIXES // len(x))
    rows, labels = torch.from_numpy(x[many])[:, None], torch.from_numpy(y[many])
    plan = mixcore.method("dmixup", d=d).plan(mixcore.Batch(rows, labels), rng)
    assert isinstance(plan, mixcore.PlanK)
    sources = many[plan.index.numpy()[:, : d + 1]]
    z, share = plan.apply(rows)[:, 0].numpy(), plan.target(labels, 2)[:, 1].double().numpy()
    return sources, plan.w.numpy()[:, : d + 1], z, share


def two_logits(logits: Floats) -> Tensor:
    """Logits (n,) of class 1 as logits (n, 2) of both."""
    return torch.from_numpy(np.stack([np.zeros_like(logits), logits], 1))


def measure_regions(line: OverlappingLine, model: LineModel) -> tuple[float, float, float]:
    """Exact NLL of a model in the overlap, outside of it, and over all; 0 of no overlap."""
    grid = np.linspace(0, line.end, 2001)
    truth, weight, inside = line.truth(grid), line.density(grid), line.inside(grid)
    logits = model.at(grid)
    parts = [
        measure_loss(logits, truth, weight * region)
        for region in (inside, ~inside, np.ones_like(inside))
    ]
    return parts[0] if line.overlap else 0.0, parts[1], parts[2]


def predict(nets: BatchedMLP, x: Sequence[Tensor]) -> Tensor:
    """Logits (s, n, k) of each net for the samples of its own seed."""
    with torch.no_grad():
        found: Tensor = nets(torch.stack(list(x)))
    return found


def _draw_reliability(
    line: OverlappingLine, plain: LineModel, mixed: LineModel, x: Floats, y: NDArray[np.int64]
) -> Curve:
    lines = [Line([0.5, 1], [0.5, 1], title="honest", color="mute", dashed=True, width=1)]
    points = []
    inside = line.inside(x)
    for model, color, name in ((plain, "a", "every label"), (mixed, "b", "mixes")):
        for region, shape in ((inside, "round"), (~inside, "square")):
            if not region.any():
                continue
            outcomes = Outcomes(torch.from_numpy(y[region]), logits=two_logits(model.at(x[region])))
            bins = reliability(outcomes, 20)
            held = bins.count >= 20
            at = torch.stack([bins.confidence[held], bins.accuracy[held]], 1).numpy()
            size = 2.5 + 6 * (bins.count[held] / bins.count.sum()).sqrt().numpy()
            points.append(Points(at, title=name, color=color, size=size, shape=shape))
            lines.append(Line(at[:, 0], at[:, 1], color=color, dashed=shape == "square", width=1))
    return Curve(
        title="Sure and right, by region",
        caption="Round: in the overlap; square: outside. Below the line: too sure.",
        lines=tuple(lines), points=tuple(points), x="confidence", y="share right",
        x_range=(0.48, 1.02), y_range=(0.35, 1.05),
    )  # fmt: skip


def _draw_losses(overlap: float, losses: Floats) -> Bars:
    best = np.array([np.log(2) if overlap else 0.0, 0.0])
    return Bars(
        title="Loss by region",
        caption="Nats a sample; no model can do better than the last.",
        names=("in the overlap", "outside"),
        values=np.concatenate([losses[:, :2], best[None]]).T,
        series=("every label", "mixes", "best possible"),
        colors=("a", "b", "mute"),
    )


def _probability(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logits)))
