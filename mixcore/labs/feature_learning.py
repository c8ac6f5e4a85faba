"""Mixup and rare features: what filters learn with mixing and without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixcore import params
from mixcore.experiments.rare_features import (
    FEATURES,
    MixedDescent,
    Patches,
    RareFeatures,
    RareTask,
    Snapshot,
)
from mixcore.labs import Claim, Lab, Progress, Row, Rows, lab
from mixcore.sheets.panels import Curve, Images, Line, Number, Sheet

STEPS = 225
PLAIN = MixedDescent(lam_x=1.0, lam_y=1.0)
ARMS = {
    "plain": PLAIN,
    "mixup": MixedDescent(lam_x=0.6, lam_y=0.6),
    "two ratios": MixedDescent(lam_x=0.5, lam_y=0.7),
    "to a third": MixedDescent(lam_x=0.6, lam_y=0.6, stop=STEPS // 3),
    "to two thirds": MixedDescent(lam_x=0.6, lam_y=0.6, stop=2 * STEPS // 3),
}
# How features are drawn: a color a class, a full square for the common one, a ring for the rare.
CLASSES = ((158, 89, 197), (37, 139, 30))
SIDE, GAP, SEAM = 48, 4, 96.0  # pixels of a patch and between two, and the gray there
TEXTURE = (12, 8)  # cells of a patch in which its noise is shown


@lab(
    "Rare features",
    group="Understand why it works",
    field="Theory",
    paper="The Benefits of Mixup for Feature Learning",
    authors="Zou et al.",
    year=2023,
    question="Why does mixup help, if its straight lines between labels are not the reason?",
    says=(
        "Mixup with different ratios for features and labels does about as well as mixup with one "
        "(abstract).",
        "Mixup learns rare features from their mixtures with common ones; standard training learns "
        "the common ones only (abstract).",
        "The benefit is mostly gained early in training, so that mixup can be stopped early "
        "(abstract).",
    ),
    reading="our reading: no code is public; the data follow the abstract, sizes are ours",
    hero="lam_x",
    absent="The experiments on real pictures, which the paper has, too, and deeper networks.",
    more=(("The paper", "https://arxiv.org/abs/2303.08433"),),
    minutes=0.15,
    arms=("plain", "mixup", "two ratios", "to a third", "to two thirds"),
    metrics={
        "seldom": "Right on pictures with a rare feature",
        "usual": "Right on pictures with a common feature",
        "rare": "Energy of the filters on rare features",
    },
    claims=(
        Claim(
            "Mixup learns the rare features that plain training misses",
            "seldom", higher=("mixup", "plain"), least=0.1,
        ),
        Claim(
            "Two different ratios, .5 for the picture and .7 for the label, do as well as one",
            "seldom", higher=("two ratios", "mixup"), near=0.05,
        ),
        Claim(
            "Mixing for the first third of the steps is enough to beat plain training",
            "seldom", higher=("to a third", "plain"), least=0.1,
        ),
        Claim(
            "Mixing for the first third does as well as mixing to the end",
            "seldom", higher=("to a third", "mixup"), near=0.05,
        ),
        Claim(
            "Mixing for the first two thirds does as well as mixing to the end",
            "seldom", higher=("to two thirds", "mixup"), near=0.05, ours=True,
        ),
        Claim(
            "On common features plain training is as good",
            "usual", higher=("plain", "mixup"), near=0.01,
        ),
    ),
    seeds=20,
    brief={"pictures": 20},
)  # fmt: skip
class RareFeatureLab(Lab):
    """The growth of filters on common and rare features, with mixing and without."""

    lam_x: float = params.real(
        0.6, 0.5, 1.0, help="A's share of a mixed picture; 1 mixes none", title="lam of the picture"
    )
    lam_y: float = params.real(
        0.6, 0.5, 1.0, help="What A's label is worth in it", title="lam of the label"
    )
    stop: int = params.integer(
        STEPS, 0, STEPS, help="Step from which on nothing is mixed", title="mix up to step"
    )
    rare: float = params.real(0.1, 0.02, 0.3, help="Share of pictures with a rare feature")
    noise: float = params.real(0.22, 0.1, 0.4, help="Strength of the noise, a standard deviation")
    pictures: int = params.integer(100, 20, 200, help="Pictures to train on")

    def look(self, rng: np.random.Generator, given: Mapping[str, Any]) -> Sheet:
        task = RareTask.draw(self._law, self.pictures, rng)
        plain = list(task.train(PLAIN))
        mixed = list(task.train(MixedDescent(self.lam_x, self.lam_y, self.stop)))
        before, after = plain[-1], mixed[-1]
        gain = after.seldom - before.seldom
        right = [f"{100 * moment.seldom:.0f} %" for moment in (before, after)]
        return Sheet(
            f"By a rare feature alone plain training is right *{right[0]}*{{a}} of the time, mixup "
            f"*{right[1]}*{{b}}.",
            Number(gain, f"{100 * gain:+.1f}", "points that mixup gains on rare features", "b"),
            (
                self._draw_growth(plain, mixed),
                self._draw_accuracy(plain, mixed),
                self._draw_pictures(task.pictures),
            ),
            self._write_arithmetic(before, after),
        )

    @property
    def _law(self) -> RareFeatures:
        return RareFeatures(rare=self.rare, noise=self.noise)

    def _draw_growth(self, plain: Sequence[Snapshot], mixed: Sequence[Snapshot]) -> Curve:
        lines = [
            Line(*_curve(moments, name), title=f"{name}, {how}", color=color, dashed=dashed)
            for moments, how, color in ((plain, "plain", "a"), (mixed, "mixup", "b"))
            for name, dashed in (("common", True), ("rare", False))
        ]
        if 0 < self.stop < STEPS:
            ends = [min(m.rare for m in plain), max(m.common for m in plain)]
            lines.append(Line([self.stop] * 2, ends, title="mixing ends", color="mute", width=1))
        return Curve(
            title="What the filters hold of each feature",
            caption="Energy: the sum of (filter · feature)² over a class's filters.",
            lines=tuple(lines), x="step", y="energy", log="y",
        )  # fmt: skip

    def _draw_accuracy(self, plain: Sequence[Snapshot], mixed: Sequence[Snapshot]) -> Curve:
        return Curve(
            title="Right on pictures with a rare feature",
            lines=(
                Line([0, STEPS], [0.5, 0.5], title="a guess", color="mute", dashed=True, width=1),
                Line(*_curve(plain, "seldom"), title="plain", color="a"),
                Line(*_curve(mixed, "seldom"), title="mixup", color="b"),
            ),
            x="step", y="share right", y_range=(0.35, 1.0),
        )  # fmt: skip

    def _draw_pictures(self, pictures: Patches) -> Images:
        seldom = pictures.feature >= 2
        a = int(seldom.argmax())
        others = ~seldom & (pictures.y != pictures.y[a])
        b = int(others.argmax())
        x = pictures.x
        strips = x[a], x[b], self.lam_x * x[a] + (1 - self.lam_x) * x[b]
        share = f"{self.lam_x:.2g} A + {1 - self.lam_x:.2g} B"
        return Images(
            title="Two pictures of five patches, and their mix",
            caption="A ring is a rare feature, a full square a common one; the color is the class. "
            "A faint square says nothing of the class.",
            images=tuple(self._paint(strip) for strip in strips),
            captions=(f"A, class {pictures.y[a]}", f"B, class {pictures.y[b]}", share),
            frames=("a", "b", "ink"),
            smooth=False,
        )

    def _paint(self, x: NDArray[np.float32]) -> NDArray[np.uint8]:
        """One picture x (p, d), its patches in rows of two, uint8 (h, w, 3)."""
        across = np.linspace(-1, 1, SIDE)
        far = np.abs(across)[:, None], np.abs(across)[None]
        square = np.maximum(*far) < 0.5
        ring = np.abs(np.hypot(*far) - 0.62) < 0.16
        whole = SIDE + GAP
        picture = np.full((3 * whole - GAP, 2 * whole - GAP, 3), SEAM)
        for i, patch in enumerate(x):
            cells = patch[FEATURES:].reshape(TEXTURE) * 110 + 168
            gray = cells.repeat(SIDE // TEXTURE[0], 0).repeat(SIDE // TEXTURE[1], 1)
            drawn = np.stack([gray] * 3, 2)
            for axis, strength in enumerate(patch[:FEATURES].tolist()):
                where = (ring if axis >= 2 else square)[..., None] * strength
                drawn = drawn * (1 - where) + np.array(CLASSES[axis % 2]) * where
            top, left = whole * (i // 2), whole * (i % 2)
            picture[top : top + SIDE, left : left + SIDE] = drawn
        return np.clip(picture, 0, 255).astype(np.uint8)

    def _write_arithmetic(self, plain: Snapshot, mixed: Snapshot) -> tuple[str, ...]:
        limit = self.noise**2 * RareFeatures.dims / self.pictures
        x, y = self.lam_x, self.lam_y
        return (
            f"mixed picture = {x:.2g} A + {1 - x:.2g} B, label {y:.2g} A + {1 - y:.2g} B",
            f"energy on rare features: {plain.rare:.2f} plain, {mixed.rare:.2f} mixed; "
            f"on common ones: {plain.common:.2f} and {mixed.common:.2f}",
            f"right where a common feature tells the class: {plain.usual:.1%} plain, "
            f"{mixed.usual:.1%} mixed",
            f"noise² · dimensions / pictures = {limit:.3f}, rare / 2 = {self.rare / 2:.3f}: "
            "plain training can learn the noise instead where the first is about as large",
        )

    def run(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        tasks = [
            RareTask.draw(self._law, self.pictures, np.random.default_rng([seed, 13]))
            for seed in seeds
        ]
        ends: tuple[Snapshot, ...] = ()
        for ends in zip(*(task.train(ARMS[part]) for task in tasks), strict=True):
            progress.at(ends[0].step, STEPS)
            values = {name: [getattr(end, name) for end in ends] for name in ("seldom", "rare")}
            progress.trace(part, ends[0].step, values)
        return [
            Row(part, seed, {"seldom": end.seldom, "usual": end.usual, "rare": end.rare})
            for seed, end in zip(seeds, ends, strict=True)
        ]

    def snippet(self, seed: int) -> str:
        return f"""\
import numpy as np
from mixcore.experiments import rare_features

law = rare_features.RareFeatures(rare={self.rare!r}, noise={self.noise!r})
random = np.random.default_rng({seed})
task = rare_features.RareTask.draw(law, {self.pictures}, random)
plain = rare_features.MixedDescent(lam_x=1.0, lam_y=1.0)
mixed = rare_features.MixedDescent(
    lam_x={self.lam_x!r}, lam_y={self.lam_y!r}, stop={self.stop}
)
*_, before = task.train(plain)
*_, after = task.train(mixed)
print(f"{{100 * (after.seldom - before.seldom):+.1f}}")

# Two ratios in a training loop of your own:
#   batch = mixcore.Batch(x, y, given={{"lam": {self.lam_x!r}}})
#   plan = mixcore.method("mixup").plan(batch, rng)
#   plan = plan.weighing(np.full(len(x), {self.lam_y!r}))
"""


def _curve(moments: Sequence[Snapshot], name: str) -> tuple[list[int], list[float]]:
    return [moment.step for moment in moments], [getattr(moment, name) for moment in moments]
