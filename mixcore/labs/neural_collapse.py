"""Mixup and neural collapse: features of mixes in the triangle of three classes.

Four small networks learn the same three classes: with cross-entropy and with squared error, each
with mixing and without. What is seen is the plane of the classifier's three rows, over training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from mixcore.class_geometry import (
    ClassTriangle,
    MixedFeatures,
    measure_channel,
    measure_collapse,
)
from mixcore.experiments.collapse_toy import (
    CLASSES,
    CollapseToy,
    ToyArm,
    ToyNet,
    measure_mixes,
    measure_net,
)
from mixcore.labs import Claim, Lab, Progress, Row, Rows, lab
from mixcore.losses.soft_squared import soft_squared_error
from mixcore.params import choice, integer, point, real, text
from mixcore.sheets.panels import Curve, Line, Links, Number, Points, Scatter, Sheet

CE, MSE = "cross-entropy", "squared error"
SHORT = {CE: "CE", MSE: "MSE"}
SEEN, STEPS, EVERY = 0, 600, 15  # seed of the page's networks, their steps, and between two looks
MIXES, TWO, ONE = 1500, 220, 70  # drawn; of them shown: of two classes, of one
TOY = "toy"
PICTURES, TESTED = 100, 3000  # of each class that is looked at, and mixes of them
REACH = 1.7  # of the picture, in distances of a class from the middle
COLORS = "a", "b", "c"


def cross_entropy(outputs: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy (..., b) of outputs and soft labels (..., b, k)."""
    return -(target * outputs.log_softmax(-1)).sum(-1)


LOSSES = {CE: cross_entropy, MSE: soft_squared_error}


def make_arm(loss: str, mixed: bool, seed: int) -> ToyArm:
    """One network of the race; squared error asks outputs to be probabilities as they are."""
    read = _read_softmax if loss == CE else _read_outputs
    return ToyArm(LOSSES[loss], mixed, seed, read)


def _read_softmax(outputs: Tensor) -> Tensor:
    return outputs.softmax(-1)


def _read_outputs(outputs: Tensor) -> Tensor:
    return outputs


ARMS = {
    "CE + mixup": (CE, True), "MSE + mixup": (MSE, True),
    "CE": (CE, False), "MSE": (MSE, False),
}  # fmt: skip


@lab(
    "Neural collapse",
    group="Understand why it works",
    field="Theory",
    paper="Pushing Boundaries: Mixup's Influence on Neural Collapse",
    authors="Fisher et al.",
    year=2024,
    question="Where does a network put what is half one class and half another?",
    says=(
        "Last-layer features of mixes of one class align with the classifier, those of different "
        "classes delineate channels along the decision boundary (abstract).",
        "These are no convex combinations of class means, as training mixup with mean squared "
        "error might give (abstract).",
        "This geometry shows how mixup improves calibration (abstract).",
    ),
    reading="our reading: toy data, projection by the polar factor of the classifier's rows, "
    "features in eval mode",
    hero="step",
    absent="The paper's networks and pictures: a training of your own shows its triangle with "
    "“observe neural collapse”.",
    more=(("The paper", "https://arxiv.org/abs/2402.06171"),),
    minutes=0.8,
    arms=("CE + mixup", "MSE + mixup", "CE", "MSE"),
    metrics={
        "channel": "Channel index: how far out half-and-half mixes lie, in chords",
        "off chord": "Distance of mixes from the straight line, in its lengths",
        "same class": "Cosine of mixes of one class with their row of the classifier",
        "two classes": "The same of mixes of two classes, with the nearer row",
        "confidence": "Largest output on half-and-half mixes",
        "nc1": "NC1 on mixes of one class ↓",
        "nc2": "NC2, angles ↓",
        "nc3": "NC3 ↓",
        "accuracy": "Accuracy on clean samples",
    },
    claims=(
        Claim("With cross-entropy mixes of two classes lie further out than with squared error",
              "channel", higher=("CE + mixup", "MSE + mixup"), least=0.3),
        Claim("With squared error they stay nearer to the straight line", "off chord",
              lower=("MSE + mixup", "CE + mixup"), least=0.05),
        Claim("Mixes of one class align with the classifier more than mixes of two", "same class",
              higher=("CE + mixup", "CE + mixup:two classes"), least=0.05),
        Claim("Mixup makes cross-entropy less sure of half-and-half mixes", "confidence",
              lower=("CE + mixup", "CE"), least=0.1),
        Claim("Without mixing there is no channel", "channel", higher=("CE + mixup", "CE"),
              least=0.3, ours=True),
        Claim("With cross-entropy mixes of one class collapse less with mixup than without", "nc1",
              higher=("CE + mixup", "CE"), least=0.01, ours=True),
    ),
    seeds=10,
    brief={"steps": 12},
)  # fmt: skip
class NeuralCollapseLab(Lab):
    """The triangle of three classes over training, and one mix that a slider moves through it."""

    loss: str = choice(CE, MSE, help="What the networks are trained with")
    step: int = integer(STEPS, 0, STEPS, step=EVERY, help="How long they have learned")
    lam: float = real(0.5, 0.0, 1.0, help="Share of the first sample in the marked mix")
    pair: int = point(7, TWO, help="Which two samples are in the marked mix")
    steps: int = integer(
        1200, 10, 5000, of="run", help="Training steps of each network, on the toy"
    )
    pictures: str = text(
        TOY, of="run", help="What is trained on: toy, or digits, a name in MIXSCOPE_DATA, "
        "folder:PATH, zip:FILE or npz:FILE",
    )  # fmt: skip
    model: str = choice(
        "small_cnn", "small_vit", of="run", help="Network for pictures",
        titles={"small_cnn": "Small CNN", "small_vit": "Small ViT"},
    )  # fmt: skip
    images: int = integer(1000, 60, 50_000, of="run", help="Training pictures")
    epochs: int = integer(20, 1, 500, of="run", help="Times that each picture is seen")
    batch: int = integer(64, 4, 1024, of="run", help="Pictures a step")

    def look(self, rng: np.random.Generator, given: Mapping[str, Any]) -> Sheet:
        """Mixes in the plane of the classifier, the way of one, and how far out they lie."""
        now = train_shown()[self._moment]
        mixed, plain = (now[self.loss, flag] for flag in (True, False))
        drawn = DrawnMixes.draw(rng)
        mixes = drawn.place(mixed)
        index = measure_channel(mixes, mixed.find_means())
        a, b, path = self._find_path(drawn)
        sure = [self._answer(net, a, b, path) for net in (mixed, plain)]
        middle = [float(one[len(path) // 2].max()) for one in sure]
        where = "on" if abs(index - 1) < 0.15 else "beyond" if index > 1 else "short of"
        return Sheet(
            f"Half-and-half mixes lie *{where} the straight line*{{b}}. Of one, mixup is "
            f"*{middle[0]:.0%}*{{b}} sure, plain training *{middle[1]:.0%}*{{ink}}.",
            Number(index, f"{index:.2f}", "times as far out as the middle of the line", "b"),
            (
                self._draw_triangle(mixed, drawn, mixes),
                self._draw_index(),
                self._draw_answers(path, sure, mixed.y[a]),
            ),
            self._write_arithmetic(mixed, mixes, index, drawn),
        )

    @property
    def _moment(self) -> int:
        return min(STEPS, round(self.step / EVERY) * EVERY)

    def _find_path(self, drawn: DrawnMixes) -> tuple[int, int, Tensor]:
        """The two samples of the marked mix, and every lam from 1 to 0."""
        a, b = (int(some[drawn.two[self.pair]]) for some in (drawn.a, drawn.b))
        return a, b, torch.from_numpy(np.linspace(1, 0, 41))

    def _answer(self, net: ToyNet, a: int, b: int, lam: Tensor) -> Tensor:
        """What a network says of mixes of two samples, (n, 3)."""
        h = mix_pair(net, a, b, lam).h
        return make_arm(self.loss, True, 0).confidence(net.outputs(h))

    def _draw_triangle(self, net: ToyNet, drawn: DrawnMixes, mixes: MixedFeatures) -> Scatter:
        triangle = ClassTriangle.fit(net.rows)
        means = triangle.place(net.find_means())
        scale = float(means.norm(dim=1).mean())
        corners, at = (means / scale).numpy(), (triangle.place(mixes.h) / scale).numpy()
        a, b, path = self._find_path(drawn)
        here = torch.from_numpy(np.array([self.lam]))
        way = [(triangle.place(mix_pair(net, a, b, lam).h) / scale).numpy() for lam in (path, here)]
        parts = [
            Points(
                at[rows], shape=shape, size=size, strength=_find_strength(mixes, rows),
                color=_find_colors(mixes, rows), titles=_name_mixes(mixes, rows),
                ring=self.pair if rows is drawn.two else None,
            )
            for rows, shape, size in ((drawn.two, "round", 3.5), (drawn.one, "square", 3.5))
        ]  # fmt: skip
        shown = triangle.share_in_plane(mixes.h)
        return Scatter(
            title=f"Features of mixes, {self.loss} with mixup, step {self._moment}",
            caption="Color: the class with the larger share; faint: nearly half and half. Squares "
            "are mixes of one class, diamonds the classes' means. Click a mix: the line is its way "
            "from lam 1 to 0. "
            f"The plane shows {shown:.0%} of what the features are.",
            hand="pair",
            lines=(Line(way[0][:, 0], way[0][:, 1], color="ink"),),
            points=(
                *parts,
                Points(corners, "", COLORS, 8.0, 1.0, shape="diamond"),
                Points(way[1], f"lam {self.lam:.2f}", "ink", 7.0, 1.0, shape="star"),
            ),
            links=(
                Links(corners, corners[[1, 2, 0]], "straight lines between classes", "mute", 0.9),
            ),
            x_range=(-REACH, REACH), y_range=(-REACH, REACH),
        )  # fmt: skip

    def _draw_index(self) -> Curve:
        steps, curves = trace_index()
        lines = [Line([0, STEPS], [1, 1], "the straight line", "mute", dashed=True, width=1)]
        for (loss, mixed), values in curves.items():
            name = f"{SHORT[loss]}{' + mixup' if mixed else ''}"
            color = ("b" if mixed else "ink") if loss == self.loss else "mute"
            lines.append(Line(steps, values, name, color, dashed=not mixed))
        at = self._moment
        here = curves[self.loss, True][steps.index(at)]
        return Curve(
            title="How far out half-and-half mixes lie",
            lines=tuple(lines),
            points=(Points([[at, here]], color="b", strength=1.0),),
            x="step", y="channel index", y_range=(0.4, 2.4),
        )  # fmt: skip

    def _draw_answers(self, lam: Tensor, sure: Sequence[Tensor], y: Tensor) -> Curve:
        across = lam.numpy()
        lines = [Line([0, 1], [0, 1], "the label", "mute", dashed=True, width=1)]
        for answers, name, color in zip(sure, ("mixup", "plain"), ("b", "ink"), strict=True):
            lines.append(Line(across, answers[:, int(y)].numpy(), name, color))
        return Curve(
            title="What the networks say of the marked pair",
            lines=(*lines, Line([self.lam] * 2, [0, 1], color="mute", width=1)),
            x="lam, share of the first sample", y="output for its class", y_range=(-0.2, 1.2),
        )  # fmt: skip

    def _write_arithmetic(
        self, net: ToyNet, mixes: MixedFeatures, index: float, drawn: DrawnMixes
    ) -> tuple[str, ...]:
        same = mixes.same
        collapse = measure_collapse(mixes.h[same], mixes.a[same], net.rows)
        a, b, _ = self._find_path(drawn)
        z = net.outputs(mix_pair(net, a, b, torch.from_numpy(np.array([self.lam]))).h)[0]
        gap = float(z[net.y[a]] - z[net.y[b]])
        inside = min(max(self.lam, 1e-3), 1 - 1e-3)
        asked = np.log(inside / (1 - inside)) if self.loss == CE else 2 * self.lam - 1
        rule = "log(lam / (1 − lam))" if self.loss == CE else "lam − (1 − lam)"
        return (
            f"channel index = mean of (h − m) · d / (d · d) = {index:.2f} over "
            f"{int(mixes.is_middle.sum())} mixes with lam from .4 to .6; m is the mean of the "
            "class means, d from m to the middle of two of them",
            f"the marked mix: z_a − z_b = {gap:.2f}; the loss asks for {rule} = {asked:.2f}",
            f"mixes of one class: NC1 = {collapse.within:.3f}, NC2 = {collapse.lengths:.3f} and "
            f"{collapse.angles:.3f}, NC3 = {collapse.duality:.2f}; with features that are never "
            "negative and a bias NC3 need not shrink",
        )

    def run(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        """One arm: all seeds at once on the toy, one after the other on pictures."""
        if self.pictures != TOY:
            return self._run_pictures(part, seeds, progress)
        arms = [make_arm(*ARMS[part], seed) for seed in seeds]
        toy = CollapseToy(arms)

        def measure() -> list[dict[str, float]]:
            return [
                measure_net(toy.take(i), arm, np.random.default_rng([arm.seed, 13]))
                for i, arm in enumerate(arms)
            ]

        def tell(done: int) -> None:
            progress.at(done, self.steps)
            if done % 200 == 0:
                found = measure()
                progress.trace(part, done, {"channel": [one["channel"] for one in found]})

        progress.at(0, self.steps)
        toy.train(self.steps, tell)
        return [Row(part, arm.seed, found) for arm, found in zip(arms, measure(), strict=True)]

    def _run_pictures(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        """One arm, trained as the page Train would; three classes are looked at, the first ones."""
        from mixcore.train.bare_run import score_model, train_bare
        from mixcore.train.training_request import TrainingRequest
        from mixcore.train_names import NONE

        loss, mixed = ARMS[part]
        rows = []
        for i, seed in enumerate(seeds):

            def tell(step: int, steps: int, i: int = i) -> None:
                progress.at(1000 * i + 1000 * step // steps, 1000 * len(seeds))

            job = train_bare(TrainingRequest.from_dict({
                "data": self.pictures, "model": self.model, "images": self.images,
                "epochs": self.epochs, "batch": self.batch, "seed": seed, "lr": 1e-3,
                "method": "mixup" if mixed else NONE, "device": "cpu",
                "parameters": {"alpha": 1.0} if mixed else {},
                "objective": "squared_error" if loss == MSE else "cross_entropy",
            }), None, tell)  # fmt: skip
            found = _measure_training(job, loss) | {"accuracy": score_model(job).accuracy}
            rows.append(Row(part, seed, found))
            progress.trace(part, i, {name: [found[name]] for name in ("channel", "accuracy")})
        return rows

    def snippet(self, seed: int) -> str:
        """The channel index of the moment, of the networks that the page has trained."""
        return f"""\
import numpy as np
from mixcore.class_geometry import ClassTriangle, measure_channel
from mixcore.labs.neural_collapse import DrawnMixes, train_shown

net = train_shown()[{self._moment}]["{self.loss}", True]  # with mixup
mixes = DrawnMixes.draw(np.random.default_rng({seed})).place(net)
places = ClassTriangle.fit(net.rows).place(mixes.h)  # (n, 2), the triangle
print(f"{{measure_channel(mixes, net.find_means()):.2f}}")

# Of a model of your own: h is what its last linear layer reads, in eval mode
#   mixes = mixcore.class_geometry.MixedFeatures(h, y_a, y_b, lam)
#   triangle = ClassTriangle.fit(model.get_classifier().weight[[3, 5, 7]])
"""


def _measure_training(job: Any, loss: str) -> dict[str, float]:
    """What mixes of the first three classes say of a trained model."""
    from mixcore.last_layer import find_last_layer
    from mixcore.train.observe.neural_collapse import place_classes

    mixes, means, rows = place_classes(job.setting, range(CLASSES), PICTURES, TESTED)
    middle = mixes.h[mixes.is_middle].to(job.device)
    with torch.no_grad():
        outputs = find_last_layer(job.setting.model)(middle)
    sure = make_arm(loss, True, 0).confidence(outputs).amax(1)
    return measure_mixes(mixes, means, rows) | {"confidence": float(sure.mean())}


class DrawnMixes(NamedTuple):
    """Mixes of the page by numbers of samples a, b and lam (n,); two and one are what is shown."""

    a: Tensor
    b: Tensor
    lam: Tensor
    two: np.ndarray
    one: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator) -> DrawnMixes:
        """As many of them for every seed: of random pairs, at uniform lam."""
        y = train_shown()[0][CE, True].y.numpy()
        a, b = rng.integers(len(y), size=(2, MIXES))
        lam, same = rng.random(MIXES), y[a] == y[b]
        two, one = np.flatnonzero(~same)[:TWO], np.flatnonzero(same)[:ONE]
        return cls(torch.from_numpy(a), torch.from_numpy(b), torch.from_numpy(lam), two, one)

    def place(self, net: ToyNet) -> MixedFeatures:
        """Their features in a network."""
        return net.mix(self.a, self.b, self.lam)


def mix_pair(net: ToyNet, a: int, b: int, lam: Tensor) -> MixedFeatures:
    """Mixes of two samples of a network at every lam (n,)."""
    one, other = (torch.from_numpy(np.full(len(lam), i)) for i in (a, b))
    return net.mix(one, other, lam)


@lru_cache(1)
def train_shown() -> dict[int, dict[tuple[str, bool], ToyNet]]:
    """The page's networks by step, loss and whether they are trained on mixes."""
    keys = [(loss, mixed) for loss in LOSSES for mixed in (True, False)]
    toy = CollapseToy([make_arm(loss, mixed, SEEN) for loss, mixed in keys])
    found = {}

    def keep(done: int) -> None:
        if done % EVERY == 0:
            found[done] = {key: toy.take(i) for i, key in enumerate(keys)}

    keep(0)
    toy.train(STEPS, keep)
    return found


@lru_cache(1)
def trace_index() -> tuple[list[int], dict[tuple[str, bool], list[float]]]:
    """The channel index of each of the page's networks over training, of the same mixes."""
    nets, drawn = train_shown(), DrawnMixes.draw(np.random.default_rng(SEEN))
    curves = {
        key: [measure_channel(drawn.place(net), net.find_means()) for net in of_key]
        for key, of_key in ((key, [now[key] for now in nets.values()]) for key in nets[0])
    }
    return list(nets), curves


def _find_colors(mixes: MixedFeatures, rows: np.ndarray) -> tuple[str, ...]:
    larger = torch.where(mixes.lam >= 0.5, mixes.a, mixes.b)
    return tuple(COLORS[k] for k in larger[rows].tolist())


def _find_strength(mixes: MixedFeatures, rows: np.ndarray) -> np.ndarray:
    """Opacity by how far lam is from a half; mixes of one class are one class at any lam."""
    far = 0.2 + 0.7 * 2 * (mixes.lam[rows] - 0.5).abs()
    return torch.where(mixes.same[rows], 0.5, far).numpy()


def _name_mixes(mixes: MixedFeatures, rows: np.ndarray) -> tuple[str, ...]:
    return tuple(
        f"{lam:.2f} of class {a + 1}, {1 - lam:.2f} of class {b + 1}"
        for a, b, lam in zip(
            *(some[rows].tolist() for some in (mixes.a, mixes.b, mixes.lam)), strict=True
        )
    )
