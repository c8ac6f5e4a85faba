"""Decoupled Mixup: the two classes of a mix, each scored as if the other one were not there.

What is seen needs no training: the loss over the logits of both classes, how it pulls them, and
where the pull leads. The experiment asks networks of mixes what they make of half and half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from mixcore import hand_words
from mixcore.labs import Claim, Lab, Progress, Row, Rows, lab
from mixcore.losses.decoupled_mixup import decoupled_mixup, log_phi
from mixcore.params import choice, integer, place, real
from mixcore.sheets.panels import Bars, Curve, Ground, Line, Links, Number, Points, Sheet

if TYPE_CHECKING:
    from mixcore.train.training import Training
    from mixcore.train.training_request import TrainingRequest

LOW, HIGH = -4.0, 8.0  # logits of both axes; those of all other classes are 0
CELLS = 36  # of a map, a side
MANY, FEW = (9, 9), (7, 4)  # arrows across and up, in the large panel and in the small one
LENGTH = 1.25  # logits that an arrow is long where the pull is 1
FAINT = 0.04  # pull of which no arrow is drawn
HILL = 6.0  # loss above its least value from which on the map is as dark as it gets
PATH, STRIDE = 36, 1.6  # steps of the way down, and logits a step where the pull is 1
MODES = {"both": "Both", "less": "The weaker one", "more": "The stronger one"}
DATA = {"digits": "Noisy digits", "cifar10": "CIFAR-10"}  # mixcore.train.small_tasks has them
ARMS = {
    "mixup": ("mixup", False), "mixup, decoupled": ("mixup", True),
    "CutMix": ("cutmix", False), "CutMix, decoupled": ("cutmix", True),
}  # fmt: skip
TRACED = 10  # epochs between two points of the live curves


@lab(
    "Decoupled Mixup",
    group="Make labels and losses",
    field="Losses",
    paper="Harnessing Hard Mixed Samples with Decoupled Regularizer",
    authors="Liu et al.",
    year=2023,
    question="A mix shows two classes: why should one lose what the other gains?",
    says=(
        "Mixes whose label does not match what they show are informative; the term uses them and "
        "keeps mixup's smoothness (abstract).",
        "With it static mixing reaches dynamic methods or exceeds them at no extra computation, on "
        "seven data sets (abstract).",
    ),
    reading="as released in OpenMixup, but by class number and for each sample; eta .1 and both "
    "classes, as its base configuration has them",
    hero="eta",
    absent="The paper's data sets and networks, its dynamic methods, and its form for unlabeled "
    "pictures.",
    more=(
        ("The paper", "https://arxiv.org/abs/2203.10761"),
        ("The code, in OpenMixup", "https://github.com/Westlake-AI/openmixup"),
    ),
    minutes=4.0,
    arms=("mixup", "mixup, decoupled", "CutMix", "CutMix, decoupled"),
    metrics={
        "joint": "p of both classes together, in half-and-half mixes",
        "top2": "Half-and-half mixes whose two likeliest classes are both right",
        "accuracy": "Accuracy on clean pictures",
        "ece": "Calibration error on clean pictures ↓",
        "confidence": "Mean confidence on clean pictures",
    },
    claims=(
        Claim("With mixup the term leaves more for the two classes of a mix", "joint",
              higher=("mixup, decoupled", "mixup"), least=0.02),
        Claim("With mixup the two classes of a mix are found more often", "top2",
              higher=("mixup, decoupled", "mixup"), least=0.02),
        Claim("With mixup it makes the network more accurate", "accuracy",
              higher=("mixup, decoupled", "mixup"), least=0.01),
        Claim("With CutMix the term leaves more for the two classes of a mix", "joint",
              higher=("CutMix, decoupled", "CutMix"), least=0.02),
        Claim("With CutMix the two classes of a mix are found more often", "top2",
              higher=("CutMix, decoupled", "CutMix"), least=0.02),
        Claim("With CutMix it makes the network more accurate", "accuracy",
              higher=("CutMix, decoupled", "CutMix"), least=0.01),
        Claim("With mixup it costs no accuracy on clean pictures", "accuracy",
              higher=("mixup, decoupled", "mixup"), near=0.01, ours=True),
    ),
    seeds=10,
    brief={"epochs": 1, "images": 64},
)  # fmt: skip
class DecoupledLab(Lab):
    """Loss over the logits of A and B, with the term and without, and a point that a hand moves."""

    eta: float = real(0.1, 0.0, 1.0, help="Weight of the decoupled term; 0 is cross-entropy")
    lam: float = real(0.5, 0.05, 0.95, help="A's share of the mix and of its label")
    spot: str = place("0.6667,0.75", help="The network's logits of A and of B")
    classes: int = integer(
        10, 2, 1000, log=True, help="How many classes there are", title="Classes"
    )
    power: float = real(
        1.0, 0.0, 2.0, help="t: how fast a class's weight falls with its share; 0: both alike",
        title="t, power of the share",
    )  # fmt: skip
    mode: str = choice(*MODES, help="Whose term is added", titles=MODES, title="Terms")
    data: str = choice(*DATA, of="run", help="What is learned", titles=DATA)
    images: int = integer(200, 32, 50_000, of="run", help="Pictures to train on")
    epochs: int = integer(60, 1, 200, of="run", help="Times that each picture is seen")
    noise: float = real(
        0.35, 0.0, 1.0, of="run", help="Noise of the digits, a standard deviation",
        when=("data", ("digits",)),
    )  # fmt: skip

    def look(self, rng: np.random.Generator, given: Mapping[str, Any]) -> Sheet:
        """Two landscapes, the way down from a point in each, and the pulls at the point."""
        x, y = hand_words.read_place(self.spot)
        at = (LOW + (HIGH - LOW) * x, HIGH - (HIGH - LOW) * y)
        plain, with_term = self._describe_scene(0.0), self._describe_scene(self.eta)
        pulls = [_Pull(*one) for one in (plain.pull_at(at), with_term.pull_at(at))]
        added = _Pull(*(b - a for a, b in zip(pulls[0].both, pulls[1].both, strict=True)))
        return Sheet(
            self._write_sentence(pulls[0], added),
            Number(
                added.up, f"{added.up:+.3f}",
                f"upward pull on both logits that the term adds to {pulls[0].up:+.3f}", "b",
            ),
            (
                _draw_scene(with_term, "With the decoupled term", at, MANY),
                _draw_scene(plain, "Cross-entropy alone", at, FEW),
                self._draw_pulls(at, pulls[0], added),
            ),
            self._write_arithmetic(at, added),
        )  # fmt: skip

    def _describe_scene(self, eta: float) -> _Scene:
        return _Scene(eta, self.lam, self.classes, self.power, self.mode)

    def _write_sentence(self, plain: _Pull, added: _Pull) -> str:
        if self.classes == 2:
            return (
                "Of two classes nothing is left once one is taken out: φ is 1, the decoupled term "
                "*0*{b}, and this is cross-entropy."
            )
        return (
            f"Cross-entropy pulls A by *{plain.a:+.2f}*{{a}} and B by *{plain.b:+.2f}*{{a}}; the "
            f"decoupled term by *{added.a:+.2f}*{{b}} and *{added.b:+.2f}*{{b}}, never down."
        )

    def _draw_pulls(self, at: tuple[float, float], plain: _Pull, added: _Pull) -> Bars:
        p = list_logits(_row(at), self.classes).softmax(1)[0]
        return Bars(
            title="Pull on each logit at the point",
            caption="Minus the slope of the loss: to the right is up.",
            names=(f"A, at p = {p[0]:.2f}", f"B, at p = {p[1]:.2f}"),
            values=np.array([[plain.a, added.a], [plain.b, added.b]]),
            series=("cross-entropy", "decoupled term"), colors=("a", "b"),
        )  # fmt: skip

    def _write_arithmetic(self, at: tuple[float, float], added: _Pull) -> tuple[str, ...]:
        z = list_logits(_row(at), self.classes)
        a, b = (torch.from_numpy(np.array([k])) for k in (0, 1))
        phi_a, phi_b = (float(log_phi(z, *pair).exp()) for pair in ((a, b), (b, a)))
        others, (z_a, z_b) = self.classes - 2, at
        return (
            f"φ_A = e^{z_a:.1f} / (e^{z_a:.1f} + {others}) = {phi_a:.3f}, "
            f"φ_B = e^{z_b:.1f} / (e^{z_b:.1f} + {others}) = {phi_b:.3f}",
            f"loss = cross-entropy − η_A log φ_A − η_B log φ_B, η = {self.eta:g} · share^"
            f"{self.power:g}, of {MODES[self.mode].lower()}",
            f"the term pulls A by η_A (1 − φ_A) = {added.a:+.3f} and B by η_B (1 − φ_B) = "
            f"{added.b:+.3f}",
            f"all other logits are 0; arrows and paths move A and B alone, {PATH} steps of "
            f"{STRIDE:g} times the pull",
        )

    def run(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        """One arm, all seeds side by side, and what its networks make of half-and-half mixes."""
        from mixcore.train.small_tasks import open_task
        from mixcore.train.together import train_together

        def tell(epoch: int, jobs: list[Training]) -> None:
            if epoch % TRACED == 0:
                rows = [measure_training(job, ARMS[part][0]) for job in jobs]
                progress.trace(part, epoch, {k: [r[k] for r in rows] for k in ("joint", "top2")})

        with ExitStack() as stack:
            tasks = [open_task(self.data, self.images, self.noise, seed) for seed in seeds]
            asked = [self._ask(part, stack.enter_context(task)) for task in tasks]
            jobs = train_together(asked, progress.at, tell)
        return [
            Row(part, seed, measure_training(job, ARMS[part][0]))
            for seed, job in zip(seeds, jobs, strict=True)
        ]

    def _ask(self, arm: str, task: Mapping[str, Any]) -> TrainingRequest:
        from mixcore.train.training_request import TrainingRequest

        method, decoupled = ARMS[arm]
        more = {"method": method, "epochs": self.epochs}
        if decoupled:
            own = {"eta": self.eta, "power": self.power, "mode": self.mode}
            more |= {"objective": "decoupled", "objective_parameters": own}
        return TrainingRequest.from_dict({**task, **more})

    def snippet(self, seed: int) -> str:
        """The added pull, by the loss that a training would take."""
        x, y = hand_words.read_place(self.spot)
        at = [round(LOW + (HIGH - LOW) * x, 4), round(HIGH - (HIGH - LOW) * y, 4)]
        return f"""\
import torch
from mixcore.losses.decoupled_mixup import decoupled_mixup

z = torch.zeros(1, {self.classes}, requires_grad=True)  # logits of A, of B and of the rest
with torch.no_grad():
    z[0, :2] = torch.tensor({at})
a, b, lam = torch.tensor([0]), torch.tensor([1]), torch.tensor([{self.lam!r}])
pull = []
for eta in (0.0, {self.eta!r}):
    loss = decoupled_mixup(z, a, b, lam, eta=eta, power={self.power!r}, mode="{self.mode}")
    pull.append(-torch.autograd.grad(loss, z)[0][0, :2].sum())
print(f"{{pull[1] - pull[0]:+.3f}}")

# In a training loop:
#   plan = mixcore.method("mixup").plan(mixcore.Batch(x, y), rng)
#   loss = decoupled_mixup(net(plan.apply(x)), y, y[plan.index], plan.w_a, eta={self.eta!r})
"""


@dataclass(frozen=True)
class _Pull:
    """Minus the slope of a loss over the logits of A and of B."""

    a: float
    b: float

    @property
    def both(self) -> tuple[float, float]:
        """The two, in order."""
        return self.a, self.b

    @property
    def up(self) -> float:
        """On both together."""
        return self.a + self.b


@dataclass(frozen=True)
class _Scene:
    """The loss of one mix over the logits of its classes."""

    eta: float
    lam: float
    classes: int
    power: float
    mode: str

    def find(self, at: Tensor) -> tuple[Tensor, Tensor]:
        """The loss (n,) at logits (n, 2) of A and B, and minus its slope (n, 2)."""
        at = at.clone().requires_grad_()
        z, n = list_logits(at, self.classes), len(at)
        zero = torch.zeros(n, dtype=torch.int64, device=at.device)
        losses = decoupled_mixup(
            z, zero, zero + 1, torch.full_like(at[:, 0], self.lam), eta=self.eta, power=self.power,
            mode=self.mode, reduction="none",
        )  # fmt: skip
        (slope,) = torch.autograd.grad(losses.sum(), at)
        return losses.detach(), -slope

    def pull_at(self, at: tuple[float, float]) -> tuple[float, float]:
        """At one point."""
        a, b = self.find(_row(at))[1][0].tolist()
        return a, b

    def draw(self, title: str, at: tuple[float, float], arrows: tuple[int, int]) -> Curve:
        """The landscape, its pulls as arrows, and the way down from the point."""
        ends = torch.from_numpy(np.linspace(LOW, HIGH, CELLS))
        cells = torch.cartesian_prod(ends.flip(0), ends).flip(1)  # the first row is the upper edge
        values = self.find(cells)[0].reshape(CELLS, CELLS).numpy()
        way = self.descend(at)
        p = list_logits(torch.from_numpy(way[-1:]), self.classes).softmax(1)[0]
        return Curve(
            title=title,
            caption=f"Gray: high loss. Red: a class that is there is pulled down. Drag the point; "
            f"its way ends at p = {p[0]:.2f} for A, {p[1]:.2f} for B.",
            hand="spot", handle=at,
            ground=Ground(values, self.least, self.least + HILL),
            lines=(Line(way[:, 0], way[:, 1], color="b", width=2.5),),
            points=(Points(way[-1:], color="b", size=5.0, strength=1.0, shape="diamond"),),
            links=(self._draw_arrows(*arrows),),
            x="logit of A", y="logit of B", x_range=(LOW, HIGH), y_range=(LOW, HIGH),
        )  # fmt: skip

    @property
    def least(self) -> float:
        """The entropy of the label, below which cross-entropy never falls."""
        share = np.array([self.lam, 1 - self.lam])
        return float(-(share * np.log(share)).sum())

    def descend(self, at: tuple[float, float]) -> np.ndarray:
        """Places (steps + 1, 2) on the way down the slope from a point, inside the plane."""
        here = _row(at)
        way = [here]
        for _ in range(PATH):
            here = (here + STRIDE * self.find(here)[1]).clamp(LOW, HIGH)
            way.append(here)
        return torch.cat(way).numpy()

    def _draw_arrows(self, across: int, up: int) -> Links:
        places = [
            LOW + (HIGH - LOW) * (torch.from_numpy(np.arange(n)) + 0.5) / n for n in (across, up)
        ]
        at = torch.cartesian_prod(*places)
        pull = self.find(at)[1]
        drawn = pull.norm(dim=1) > FAINT
        at, pull = at[drawn], pull[drawn]
        colors = np.where((pull < -FAINT / 2).any(1).numpy(), "wrong", "good").tolist()
        return Links(
            at.numpy(), (at + LENGTH * pull).numpy(), color=tuple(colors), strength=0.9, arrow=True
        )


@lru_cache(64)  # as cross-entropy is the same at every eta
def _draw_scene(
    scene: _Scene, title: str, at: tuple[float, float], arrows: tuple[int, int]
) -> Curve:
    return scene.draw(title, at, arrows)


def _row(at: tuple[float, float]) -> Tensor:
    return torch.from_numpy(np.array([at]))


def list_logits(at: Tensor, classes: int) -> Tensor:
    """Logits (n, k) whose first two are (n, 2); all others are 0."""
    return torch.cat([at, at.new_zeros(len(at), classes - 2)], 1)


def measure_training(job: Training, method: str) -> dict[str, float]:
    """What a trained network makes of half-and-half mixes of its own method, and of pictures."""
    from mixcore.calibration.errors import ece
    from mixcore.calibration.outcomes import Outcomes
    from mixcore.mixed_predictions import predict_mixes
    from mixcore.train.evaluate import predict_logits
    from mixcore.train.small_tasks import list_tested

    test = list_tested(job)
    seen = Outcomes(test.y, logits=predict_logits(job.judged, test, job.device))
    mixed = predict_mixes(job.judged, test.floats(), test.y, 0.5, method=method)
    return {
        "joint": float(mixed.joint.mean()), "top2": float(mixed.hits.mean()),
        "accuracy": float(seen.correct.mean()), "ece": ece(seen),
        "confidence": float(seen.confidence.mean()),
    }  # fmt: skip
