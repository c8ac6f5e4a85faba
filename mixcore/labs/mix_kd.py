"""Distillation between two digits: what teachers say there, and who should mix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

import mixcore
from mixcore import params
from mixcore.calibration import Outcomes, nll, temperature
from mixcore.distill.soft_labels import TEMPERATURE, distill, soften
from mixcore.experiments.batched_mlp import BatchedMLP, draw_batches, train_batched
from mixcore.findings import records
from mixcore.findings.claims import find_interval, list_values
from mixcore.findings.records import Finding
from mixcore.labs import Claim, Lab, Progress, Row, Rows, lab
from mixcore.mixers.partial_mixup import COUNTS, EXACT, PartlyMixed, draw_mixed, expect_mixed
from mixcore.rng import Streams
from mixcore.sheets.panels import Bars, Curve, Images, Line, Number, Points, Sheet
from mixcore.train.training_request import TrainingRequest
from mixcore.train_names import NONE

if TYPE_CHECKING:
    from mixcore.train.training import Training

Floats = NDArray[np.float64]

CLASSES, SIDE, SCALE = 10, 8, 6  # digits of 8 x 8, and pixels a pixel on the page
TRAINED, UNITS, STEPS, LR = 1000, 128, 600, 4e-3  # the two teachers of the page
PAIRS = 40  # of digits that can be chosen, each of two classes
PLACES = 33  # of lam along the path
BATCH = 64  # of the page, as the authors'
SCALINGS: dict[str, float | None] = {"T = 1": 1.0, "T = 4": TEMPERATURE, "own spread": None}
NAMES = ("plain teacher", "mixup teacher")

# The experiment: arm -> the method of its teacher, that of its student, and the loss's parameters.
FEW, MANY = {"share": 0.1}, {"share": 0.1, "count": "as released"}
FOUR = {"temperature": "fixed", "t": TEMPERATURE}
ARMS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "no teacher": ("", NONE, {}),
    "plain → plain": (NONE, NONE, {}),
    "plain → mixup": (NONE, "mixup", {}),
    "plain → 10 %": (NONE, "mixup", FEW),
    "plain → 10 % as released": (NONE, "mixup", MANY),
    "plain → mixup, T = 4": (NONE, "mixup", FOUR),
    "mixup → plain": ("mixup", NONE, {}),
    "mixup → mixup": ("mixup", "mixup", {}),
    "mixup → mixup, T = 4": ("mixup", "mixup", FOUR),
}
TEACHERS = {"plain": NONE, "mixup": "mixup"}
Teach = tuple[BatchedMLP, float | None]
TEACHER, STUDENT = 256, 16  # units of the networks on digits
HELD = 200  # digits that a temperature is fitted on
PARTS = {
    part: [arm for arm, (method, _, _) in ARMS.items() if (method == "mixup") == (part == "mixup")]
    for part in ("plain", "mixup")
}
TRACED = 10  # points of a live curve


@lab(
    "MIX-KD",
    group="Understand why it works",
    field="Distillation",
    paper="Understanding the Role of Mixup in Knowledge Distillation: An Empirical Study",
    authors="Choi, Jeon, Shukla, Turaga",
    year=2023,
    question="Who should mix: the teacher, the student, or both?",
    says=(
        "Smoothness is what links mixup and distillation, and it is crucial to how they go "
        "together (abstract).",
        "As released a tenth of each batch stays mixed, and logits of teacher and student are "
        "divided by their own standard deviation (the authors' code).",
    ),
    reading="as released, with an exact share of mixes unless an arm says otherwise; digits are "
    "learned by small fully connected networks",
    hero="lam",
    absent="CIFAR-100 and ImageNet with the authors' networks, and teachers of other sizes.",
    more=(
        ("The paper", "https://arxiv.org/abs/2211.03946"),
        ("The authors' code", "https://github.com/hchoi71/MIX-KD"),
    ),
    minutes=3.0,
    arms=(
        "no teacher", "plain → plain", "plain → mixup", "plain → 10 %",
        "plain → 10 % as released", "plain → mixup, T = 4",
        "mixup → plain", "mixup → mixup", "mixup → mixup, T = 4",
    ),
    parts=("plain", "mixup"),
    metrics={
        "accuracy": "Test accuracy of the student",
        "nll": "NLL of the student after one temperature ↓",
        "agree": "Agreement with the teacher on test pictures",
        "teacher": "Test accuracy of the teacher",
    },
    claims=(
        Claim("A teacher that mixed teaches worse", "accuracy",
              higher=("plain → plain", "mixup → plain"), least=0.01, ours=True),
        Claim("It teaches a student that mixes worse, too", "accuracy",
              higher=("plain → mixup", "mixup → mixup"), least=0.01, ours=True),
        Claim("Mixing the student's pictures helps it", "accuracy",
              higher=("plain → mixup", "plain → plain"), least=0.005, ours=True),
        Claim("A tenth of the mixes is as good as all", "accuracy",
              higher=("plain → 10 %", "plain → mixup"), near=0.01, ours=True),
        Claim("As released, with four times as many, it is no better", "accuracy",
              higher=("plain → 10 %", "plain → 10 % as released"), near=0.01, ours=True),
        Claim("Logits over their own spread teach better than over 4", "accuracy",
              higher=("plain → mixup", "plain → mixup, T = 4"), least=0.005, ours=True),
        Claim("The same from a teacher that mixed", "accuracy",
              higher=("mixup → mixup", "mixup → mixup, T = 4"), least=0.005, ours=True),
        Claim("A teacher is better than none", "accuracy",
              higher=("plain → plain", "no teacher"), least=0.01, ours=True),
        Claim("A plain teacher is followed more closely than one that mixed", "agree",
              higher=("plain → plain", "mixup → plain"), least=0.01, ours=True),
    ),
    seeds=10,
    brief={"images": 80, "epochs": 2, "teacher_epochs": 2},
)  # fmt: skip
class MixKdLab(Lab):
    """Two teachers on the path from one digit to another, and a batch of which a share is mixed."""

    lam: float = params.real(0.5, 0.0, 1.0, help="Share of the first digit")
    pair: int = params.integer(6, 0, PAIRS - 1, help="Which two digits")
    scaling: str = params.choice(
        *SCALINGS, help="What logits are divided by: a temperature, or their own spread over the "
        "classes",
    )  # fmt: skip
    share: float = params.real(0.1, 0.0, 1.0, help="Share of a batch that should stay mixed")
    count: str = params.choice(
        *COUNTS, help="How many of a batch stay mixed: as many as asked for, or as released"
    )
    data: str = params.text(
        "digits", of="run", help="What is trained on: digits, or another data set of Train"
    )
    images: int = params.integer(200, 20, 100_000, of="run", help="Training pictures")
    size: int = params.integer(0, 0, 512, of="run", help="Side of the pictures; 0 for their own")
    teacher_model: str = params.text(
        "small_cnn", of="run", help="Network of the teacher, for data other than digits"
    )
    student_model: str = params.text(
        "small_vit", of="run", help="Network of the student, for data other than digits"
    )
    teacher_epochs: int = params.integer(
        250, 1, 2000, of="run", help="Times that a teacher sees every picture"
    )
    epochs: int = params.integer(
        250, 1, 2000, of="run", help="Times that a student sees every picture"
    )
    batch: int = params.integer(64, 2, 1024, of="run", help="Pictures a step")

    def look(self, rng: np.random.Generator, given: Mapping[str, Any]) -> Sheet:
        """Both teachers' answers from B to A, the mix where they are now, and one batch."""
        known = fit_teachers()
        first, second = known.choose_pairs()
        places = np.linspace(0, 1, PLACES)
        divide = SCALINGS[self.scaling]
        entropy = known.measure_entropy(places, divide)
        mean = entropy.mean(2)  # (teachers, places)
        now = known.measure_entropy([self.lam], divide).mean(2)[:, 0]
        own = known.answer(self.pair, [self.lam], divide)[:, 0]  # (teachers, classes)
        gap = float(now[1] - now[0])
        mixed = draw_mixed(BATCH, self.share, rng, self.count)
        labels = (known.y[first[self.pair]], known.y[second[self.pair]])
        return Sheet(
            _write_sentence(now, self.lam, int(mixed.sum()), self.share),
            Number(
                gap, f"{gap:+.2f}", "nats of entropy that mixing adds to the teacher",
                "b" if gap > 0 else "a",
            ),
            (
                self._draw_path(known, labels, own),
                _draw_entropy(places, mean, entropy[:, :, self.pair], self.lam, now),
                _draw_four(records.load_finding(self.card.key)),
            ),
            self._write_arithmetic(own, labels, now),
        )  # fmt: skip

    def _draw_path(self, known: Teachers, labels: tuple[int, int], own: Floats) -> Images:
        """A and B, and their mix as each teacher answers it."""
        a, b = known.get_pair(self.pair)
        mix = self.lam * a + (1 - self.lam) * b
        plain, mixed = (f"{name}: {_name_best(p)}" for name, p in zip(NAMES, own, strict=True))
        return Images(
            title="Two digits, their mix, and what the teachers say of it",
            caption=f"The mix is {self.lam:.0%} of A, on the left, and {1 - self.lam:.0%} of B.",
            images=tuple(_enlarge(one, SCALE) for one in (a, b, mix, mix)),
            captions=(f"A, a {labels[0]}", f"B, a {labels[1]}", plain, mixed),
            frames=("line", "line", "a", "b"),
        )

    def _write_arithmetic(
        self, own: Floats, labels: tuple[int, int], now: Floats
    ) -> tuple[str, ...]:
        draws = int((1 - self.share) * BATCH)
        released = expect_mixed(BATCH, self.share, COUNTS[1])
        lines = [
            f"{name}: p({labels[0]}) = {p[labels[0]]:.3f}, p({labels[1]}) = {p[labels[1]]:.3f}, "
            f"−Σ p log p = {-(p * np.log(p)).sum():.3f} for this pair, {h:.3f} over {PAIRS} pairs"
            for name, p, h in zip(NAMES, own, now, strict=True)
        ]
        return (
            *lines,
            f"exact: round({self.share:g} · {BATCH}) = {round(self.share * BATCH)} of {BATCH} "
            "stay mixed",
            f"as released: (1 − 1/{BATCH})^{draws} = {released:.1%} stay mixed, "
            f"{released * BATCH:.1f} of {BATCH}",
        )

    def run(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        """All students of one teacher, which is trained once a seed.

        Of digits all seeds are trained at once, fully connected; other data by Train's requests.
        """
        if self.data == "digits":
            return self._run_digits(part, seeds, progress)
        from mixcore.train.together import train_together

        rows: list[Row] = []
        arms = PARTS[part]
        for number, arm in enumerate(arms):

            def tell(step: int, steps: int, done: int = number) -> None:
                progress.at(1000 * done + 1000 * step // steps, 1000 * len(arms))

            def trace(epoch: int, jobs: list[Training], arm: str = arm) -> None:
                if epoch % max(1, self.epochs // TRACED) == 0:
                    found = [_score_training(job)["accuracy"] for job in jobs]
                    progress.trace(arm, epoch, {"accuracy": found})

            jobs = train_together([self._ask(arm, seed) for seed in seeds], tell, trace)
            rows += [
                Row(arm, seed, _score_training(job)) for seed, job in zip(seeds, jobs, strict=True)
            ]
        return rows

    def _run_digits(self, part: str, seeds: Sequence[int], progress: Progress) -> list[Row]:
        tasks = [DigitTask(seed, self.images) for seed in seeds]
        arms = PARTS[part]
        trainings = len(arms) + 1

        def train(
            number: int, nets: BatchedMLP, method: str, epochs: int, teach: Teach | None = None,
            count: tuple[float, str] = (1.0, EXACT),
        ) -> BatchedMLP:  # fmt: skip
            steps = epochs * -(-self.images // self.batch)

            def tell(step: int) -> None:
                progress.at(number * 1000 + 1000 * step // steps, trainings * 1000)

            train_digits(nets, tasks, method, steps, self.batch, teach, count, tell)
            return nets

        teachers = train(0, make_nets(seeds, TEACHER), TEACHERS[part], self.teacher_epochs)
        rows: list[Row] = []
        for number, arm in enumerate(arms, 1):
            taught, method, own = ARMS[arm]
            count = own.get("share", 1.0), own.get("count", EXACT)
            teach = (teachers, own.get("t")) if taught else None
            nets = train(number, make_nets(seeds, STUDENT), method, self.epochs, teach, count)
            found = [
                task.score(i, nets, teachers if taught else None) for i, task in enumerate(tasks)
            ]
            rows += [Row(arm, seed, values) for seed, values in zip(seeds, found, strict=True)]
            progress.trace(arm, number, {"accuracy": [values["accuracy"] for values in found]})
        return rows

    def _ask(self, arm: str, seed: int) -> TrainingRequest:
        """The training of an arm's student; its teacher is trained before, and kept."""
        teacher, method, own = ARMS[arm]
        taught = {
            "teacher_model": self.teacher_model, "teacher_method": teacher,
            "teacher_epochs": self.teacher_epochs, "teacher_seed": seed, **own,
        }  # fmt: skip
        return TrainingRequest.from_dict({
            "data": self.data, "model": self.student_model, "method": method, "seed": seed,
            "epochs": self.epochs, "batch": self.batch, "images": self.images, "size": self.size,
            "device": "cpu",
            **({"objective": "distillation", "objective_parameters": taught} if teacher else {}),
        })  # fmt: skip

    def snippet(self, seed: int) -> str:
        """The gap in entropy of the moment."""
        return f"""\
import numpy as np
import torch
from mixcore.distill.soft_labels import soften
from mixcore.labs.mix_kd import fit_teachers

known = fit_teachers()  # two small networks on digits, one on mixes: nets (2, n, 64) -> logits
first, second = known.choose_pairs()
mix = {self.lam} * known.x[first] + (1 - {self.lam}) * known.x[second]
with torch.no_grad():
    p = soften(known.nets(mix), {SCALINGS[self.scaling]}).double().softmax(2)
entropy = -(p * p.log()).sum(2).mean(1)
print(f"{{float(entropy[1] - entropy[0]):+.2f}}")

# The student of MIX-KD, in a training loop:
#   from mixcore.distill.soft_labels import distill
#   recipe = PartlyMixed(mixcore.method("mixup"), {self.share}, "{self.count}")
#   plan = recipe.plan(mixcore.Batch(x, y), rng)
#   loss = distill(student(plan.apply(x)), teacher(plan.apply(x)), plan.target(y, k)).total
"""


class Teachers(NamedTuple):
    """Two networks that were trained on digits, plain and with mixup, and digits new to them.

    nets takes (n, 64) and gives logits (2, n, 10); x (n, 64) in [0, 1] and y (n,) are new digits.
    """

    nets: BatchedMLP
    x: Tensor
    y: NDArray[np.int64]

    def choose_pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """PAIRS pairs of digits of two classes each, always the same."""
        order = np.random.default_rng(0).permutation(len(self.y))
        half = len(order) // 2
        first, second = order[:half], order[half : 2 * half]
        apart = np.flatnonzero(self.y[first] != self.y[second])[:PAIRS]
        return first[apart], second[apart]

    def get_pair(self, i: int) -> tuple[Floats, Floats]:
        """The two digits (64,) of a pair."""
        first, second = self.choose_pairs()
        return self.x[first[i]].double().numpy(), self.x[second[i]].double().numpy()

    def answer(self, i: int, lams: Sequence[float] | Floats, divide: float | None) -> Floats:
        """What both say of one pair's mixes: probabilities (2, places, classes)."""
        first, second = (rows[[i]] for rows in self.choose_pairs())
        return self._predict(first, second, lams, divide)[:, :, 0]

    def measure_entropy(self, lams: Sequence[float] | Floats, divide: float | None) -> Floats:
        """Entropy in nats of what both say of all pairs' mixes, (2, places, pairs)."""
        p = self._predict(*self.choose_pairs(), lams, divide)
        return np.asarray(-(p * np.log(p)).sum(3))

    def _predict(
        self, first: NDArray[np.int64], second: NDArray[np.int64],
        lams: Sequence[float] | Floats, divide: float | None,
    ) -> Floats:  # fmt: skip
        lam = torch.from_numpy(np.asarray(lams, np.float32))[:, None, None]
        mixes = lam * self.x[first] + (1 - lam) * self.x[second]
        with torch.no_grad():
            logits = self.nets(mixes.flatten(0, 1)).unflatten(1, mixes.shape[:2])
        p: Floats = soften(logits, divide).double().softmax(3).numpy()
        return p


@lru_cache(1)
def _load_digits() -> tuple[Tensor, Tensor]:
    """scikit-learn's digits, x (n, 64) in [0, 1] and y (n,)."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return torch.from_numpy((x / 16).astype(np.float32)), torch.from_numpy(y.astype(np.int64))


@lru_cache(1)
def fit_teachers() -> Teachers:
    """Two networks of the same start and batches, one on digits and one on their mixes."""
    x, y = _load_digits()
    order = torch.from_numpy(np.random.default_rng(0).permutation(len(y)))
    x, y = x[order], y[order]
    nets = BatchedMLP((SIDE * SIDE, UNITS, CLASSES), (0, 0))
    batches = torch.from_numpy(draw_batches(TRAINED, BATCH, STEPS, np.random.default_rng(1)))
    recipe, streams = mixcore.method("mixup"), Streams(2)

    def loss(step: int) -> Tensor:
        rows = batches[step]
        plan = recipe.plan(mixcore.Batch(x[rows], y[rows]), streams)
        pictures = torch.stack([x[rows], plan.apply(x[rows])])
        target = torch.stack([F.one_hot(y[rows], CLASSES).float(), plan.target(y[rows], CLASSES)])
        return -(target * nets(pictures).log_softmax(2)).sum(2).mean(1)

    train_batched(nets, loss, steps=STEPS, lr=LR, cosine=True)
    return Teachers(nets, x[TRAINED:], y[TRAINED:].numpy())


class DigitTask:
    """Digits of one seed: to train on, to fit a temperature on, and to test."""

    def __init__(self, seed: int, images: int) -> None:
        x, y = _load_digits()
        order = torch.from_numpy(np.random.default_rng([seed, 27]).permutation(len(y)))
        self.seed = seed
        self.x, self.y = x[order[:images]], y[order[:images]]
        held = order[images : images + HELD]
        self.held_x, self.held_y = x[held], y[held]
        self.test_x, self.test_y = x[order[images + HELD :]], y[order[images + HELD :]]

    def score(self, i: int, nets: BatchedMLP, teachers: BatchedMLP | None) -> dict[str, float]:
        """What the i-th student is worth, and its teacher where it has one."""
        with torch.no_grad():
            held, test = nets(self.held_x)[i], nets(self.test_x)[i]
            known = None if teachers is None else teachers(self.test_x)[i]
        return _score(held, self.held_y, test, self.test_y, known)


def make_nets(seeds: Sequence[int], units: int) -> BatchedMLP:
    """Networks for digits as rows, with one layer of so many units."""
    return BatchedMLP((SIDE * SIDE, units, CLASSES), [units * 1000 + seed for seed in seeds])


def train_digits(
    nets: BatchedMLP, tasks: Sequence[DigitTask], method: str, steps: int, batch: int,
    teach: Teach | None, count: tuple[float, str], tell: Callable[[int], object],
) -> None:  # fmt: skip
    """Train networks, a task each: with `teach` by MIX-KD's loss, else by cross-entropy.

    method  what mixes the pictures, or "none"
    teach   teachers and the temperature that divides logits, None for their own spread
    count   the share of each batch that stays mixed, and how it is counted
    """
    batches = [
        draw_batches(len(task.y), batch, steps, np.random.default_rng([task.seed, 28]))
        for task in tasks
    ]
    streams = [Streams(task.seed, 29) for task in tasks]
    recipe = PartlyMixed(mixcore.method("mixup"), *count)

    def loss(step: int) -> Tensor:
        tell(step)
        pictures, targets = [], []
        for task, rows, stream in zip(tasks, batches, streams, strict=True):
            x, y = task.x[rows[step]], task.y[rows[step]]
            plan = recipe.plan(mixcore.Batch(x, y), stream) if method != NONE else None
            pictures.append(x if plan is None else plan.apply(x))
            targets.append(
                F.one_hot(y, CLASSES).float() if plan is None else plan.target(y, CLASSES)
            )
        x, target = torch.stack(pictures), torch.stack(targets)
        logits = nets(x)
        if teach is None:
            return -(target * logits.log_softmax(2)).sum(2).mean(1)
        with torch.no_grad():
            known = teach[0](x)
        each = zip(logits, known, target, strict=True)
        return torch.stack([distill(*one, temperature=teach[1]).total for one in each])

    train_batched(nets, loss, steps=steps, lr=LR, cosine=True)


def _score_training(job: Training) -> dict[str, float]:
    """What the test pictures say of a student that was trained by a request."""
    from mixcore.train.evaluate import predict_logits

    val, test = job.data.val, job.data.test
    held, found = (predict_logits(job.judged, part, job.device) for part in (val, test))
    known = None
    if "teacher" in job.players.teachers:
        known = predict_logits(job.players["teacher"], test, job.device)
    return _score(held, val.y.cpu(), found, test.y.cpu(), known)


def _score(
    held: Tensor, held_y: Tensor, test: Tensor, test_y: Tensor, known: Tensor | None
) -> dict[str, float]:
    """Metrics of logits, scaled by one temperature for NLL; known are the teacher's."""
    t = temperature(held_y, logits=held).value
    best = test.argmax(1)
    scores = {
        "accuracy": float((best == test_y).double().mean()),
        "nll": nll(Outcomes(test_y, logits=test / t)),
    }
    if known is not None:
        scores["agree"] = float((known.argmax(1) == best).double().mean())
        scores["teacher"] = float((known.argmax(1) == test_y).double().mean())
    return scores


def _write_sentence(now: Floats, lam: float, mixed: int, share: float) -> str:
    more = "more" if now[1] >= now[0] else "less"
    return (
        f"At lam = {lam:.2f} the teacher that mixed is *{now[1]:.2f}*{{b}} nats unsure, {more} "
        f"than the plain one's *{now[0]:.2f}*{{a}}. In this batch *{mixed} of {BATCH}*{{b}} stay "
        f"mixed, where {share:.0%} were asked for."
    )


def _draw_entropy(places: Floats, mean: Floats, own: Floats, lam: float, now: Floats) -> Curve:
    """Entropy along the path: the mean over pairs, and this pair."""
    lines = [
        Line(places, some, name, color, dashed=dashed, width=1.2 if dashed else 2.0)
        for rows, title, dashed in ((mean, "mean", False), (own, "", True))
        for some, name, color in zip(rows, (title and n for n in NAMES), ("a", "b"), strict=True)
    ]
    return Curve(
        title="How unsure the teachers are",
        caption=f"Lines are means over {PAIRS} pairs, dashes are this pair.",
        lines=(*lines, Line([lam, lam], [0, np.log(CLASSES)], color="mute", dashed=True, width=1)),
        points=(
            Points([[lam, now[0]]], color="a", size=6.0, strength=1.0),
            Points([[lam, now[1]]], color="b", size=6.0, strength=1.0),
        ),
        x="lam, share of A", y="entropy, nats", x_range=(0.0, 1.0),
        y_range=(0.0, float(np.log(CLASSES)) * 1.02),
    )  # fmt: skip


def _draw_four(finding: Finding | None) -> Bars:
    """Errors of the four ways to mix or not, with intervals over seeds, of the stored finding."""
    rows = finding.rows if finding else ()
    found = np.full((2, 2, 3), 0.0)
    for (i, teacher), (j, student) in product(enumerate(TEACHERS), enumerate(TEACHERS)):
        values = list_values(rows, f"{teacher} → {student}", "accuracy")
        if values:
            found[i, j] = find_interval([100 * (1 - value) for value in values])
    seeds = f"{len(finding.seeds)} seeds" if finding else "not run yet"
    return Bars(
        title=f"Errors of students on digits, {seeds}",
        caption="Each with its interval; all students are equally small.",
        names=NAMES,
        values=found[..., 0], low=found[..., 1], high=found[..., 2],
        series=("plain student", "mixup student"), colors=("mute", "c"), unit=" %",
    )  # fmt: skip


def _enlarge(digit: Floats, scale: int) -> NDArray[np.uint8]:
    """A digit (64,) in [0, 1] as uint8 (scale · 8, scale · 8), dark on light."""
    drawn = Image.fromarray((1 - digit.reshape(SIDE, SIDE)).astype(np.float32))
    side = scale * SIDE
    smooth = np.asarray(drawn.resize((side, side), Image.Resampling.BICUBIC)).clip(0, 1)
    return np.round(255 * smooth).astype(np.uint8)


def _name_best(p: Floats) -> str:
    """The two likeliest classes."""
    first, second = np.argsort(p)[::-1][:2]
    return f"{first} {p[first]:.0%}, {second} {p[second]:.0%}"
