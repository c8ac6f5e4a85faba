"""Distillation to a student that knows digits where they stood, and its hard augmentations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mixcore import params
from mixcore.distill.hard_augmentor import BOUNDS, DRAWS, challenge, move_images, shift_images
from mixcore.distill.soft_labels import diverge
from mixcore.experiments import shift_trial
from mixcore.experiments.batched_mlp import BatchedMLP
from mixcore.experiments.shift_trial import HARD, KD, RANDOM, SIDE, WAYS
from mixcore.findings import records
from mixcore.findings.claims import find_interval, list_values
from mixcore.labs import Claim, Lab, Progress, Row, Rows, lab
from mixcore.sheets.panels import Curve, Images, Line, Number, Points, Sheet
from mixcore.train.training_request import TrainingRequest
from mixcore.train_names import NONE

if TYPE_CHECKING:
    from mixcore.train.training import Training

SHOWN, TESTED, ASKED = 12, 200, 32  # digits on the page, those counted, those the aim is found on
SCALE = 4  # pixels a pixel
SIGMAS = np.geomspace(*BOUNDS["shift"], 13)
TRACED = 8  # points of a live curve
COLORS = {"teacher": "ink", KD: "a", RANDOM: "c", HARD: "b"}


@lab(
    "HARD",
    group="Learn the mix",
    field="Distillation",
    paper="HARD: Hard Augmentations for Robust Distillation",
    authors="Nix, Burg, Sinz",
    year=2023,
    question="Can a student learn from its teacher that a shift changes nothing?",
    says=(
        "Plain distillation is unsuitable to transfer simple inductive biases like shift "
        "equivariance (abstract).",
        "Augmentations on which teacher and student disagree solve that in a toy example "
        "(abstract).",
        "They improve distillation in and out of domain, and outperform state-of-the-art data "
        "augmentations (abstract).",
    ),
    reading="our reading: no code is public; shifts of a normal law, whose width is learned",
    hero="shift",
    absent="Augmentations by a deep VAE, mixes that are learned, and ImageNet.",
    more=(("The paper", "https://arxiv.org/abs/2305.14890"),),
    minutes=7.0,
    arms=("teacher", "plain KD", "random shifts", "HARD"),
    parts=("plain KD", "random shifts", "HARD"),
    metrics={
        "shifted": "Test accuracy, shifted by 1 to 4 sixteenths of the side",
        "clean": "Test accuracy, as they stand",
        "far": "Test accuracy, shifted by 5 and 6 sixteenths",
        "at1": "Shifted by 1 sixteenth", "at2": "Shifted by 2", "at3": "Shifted by 3",
        "at4": "Shifted by 4", "at5": "Shifted by 5", "at6": "Shifted by 6",
        "sigma": "Width of the shifts at the end, share of the side",
    },
    claims=(
        Claim("Plain distillation does not hand on what the teacher makes of shifts", "shifted",
              lower=("plain KD", "teacher"), least=0.3),
        Claim("HARD hands on more of it", "shifted", higher=("HARD", "plain KD"), least=0.2),
        Claim("HARD beats random shifts on shifted pictures", "shifted",
              higher=("HARD", "random shifts"), least=0.01),
        Claim("HARD improves on plain distillation where nothing is shifted", "clean",
              higher=("HARD", "plain KD"), least=0.005),
        Claim("Random shifts beat HARD as far as they reach themselves", "shifted",
              higher=("random shifts", "HARD"), least=0.01, ours=True),
        Claim("Beyond, HARD is better", "far", higher=("HARD", "random shifts"), least=0.05,
              ours=True),
        Claim("HARD keeps more of the accuracy without shifts than random shifts do", "clean",
              higher=("HARD", "random shifts"), least=0.02, ours=True),
        Claim("It costs some of it", "clean", higher=("plain KD", "HARD"), least=0.02, ours=True),
    ),
    seeds=10,
    brief={"epochs": 1, "teacher_epochs": 1, "test": 20},
)  # fmt: skip
class HardLab(Lab):
    """Shifted digits by how much teacher and student disagree, and what the augmentor is after."""

    shift: float = params.real(2.0, 0.0, 6.0, help="Pixels by which digits are shifted, of 16")
    student: str = params.choice(*WAYS, help="How the student was taught")
    penalty: float = params.real(
        1.0, 0.1, 100.0, log=True, help="Weight of what the teacher itself no longer knows"
    )
    data: str = params.text(
        "digits", of="run", help="What is trained on: digits, or another data set of Train"
    )
    images: int = params.integer(0, 0, 100_000, of="run", help="Training pictures; 0 for all")
    size: int = params.integer(0, 0, 512, of="run", help="Side of the pictures; 0 for their own")
    teacher_model: str = params.text(
        "small_cnn", of="run", help="Network of the teacher, for data other than digits"
    )
    student_model: str = params.text(
        "small_vit", of="run", help="Network of the student, for data other than digits"
    )
    teacher_epochs: int = params.integer(
        32, 1, 2000, of="run", help="Times that a teacher sees every picture"
    )
    epochs: int = params.integer(
        51, 1, 2000, of="run", help="Times that a student sees every picture"
    )
    test: int = params.integer(
        500, 10, 100_000, of="run", help="Test pictures that are counted, at most"
    )
    batch: int = params.integer(64, 2, 1024, of="run", help="Pictures a step, of other data")

    def look(self, rng: np.random.Generator, given: Mapping[str, Any]) -> Sheet:
        """Digits at this shift, accuracy against shift, and the augmentor's aim."""
        digits, nets = shift_trial.load_framed_digits(), _read_nets()
        angles = rng.uniform(0, 2 * np.pi, TESTED)
        eps = rng.standard_normal((ASKED, DRAWS))
        moved = shift_digits(digits.x_test[:TESTED], self.shift, angles)
        y = digits.y_test[:TESTED]
        known, own = nets.teacher(moved), answer(nets.students, self.student, moved)
        right = [float((z.argmax(1) == y).double().mean()) for z in (known, own)]
        apart = diverge(own[:SHOWN], known[:SHOWN], 1.0)
        aim = _find_aim(nets, self.student, eps, self.penalty)
        best = float(SIGMAS[np.argmax(aim[2])] * SIDE)
        return Sheet(
            f"Shifted by {self.shift:.1f} pixels, *{right[1]:.1%}*{{{COLORS[self.student]}}} of "
            f"digits are named right by the student of {self.student}, *{right[0]:.1%}*{{ink}} by "
            f"its teacher. The augmentor would move digits by about *{best:.1f}*{{b}} pixels.",
            Number(
                right[1], f"{right[1]:.1%}", f"of {TESTED} shifted digits are named right",
                COLORS[self.student],
            ),
            (
                _draw_digits(moved[:SHOWN], own[:SHOWN], y[:SHOWN], apart),
                self._draw_accuracy(),
                _draw_aim(aim, self.penalty),
            ),
            (
                f"KL(T(g x) ‖ S(g x)), the mean of these {SHOWN} digits: {apart.mean():.3f} nats",
                f"at the augmentor's best of these widths, {best:.2f} pixels: disagreement "
                f"{aim[0].max():.2f} at most, aim {aim[2].max():.2f}",
                f"aim(sigma) = disagreement − {self.penalty:.3g} · KL(T(x) ‖ T(g x)), mean of "
                f"{ASKED} digits; at sigma 0 it is the disagreement on clean digits",
            ),
        )  # fmt: skip

    def _draw_accuracy(self) -> Curve:
        """Curves of the stored finding, with intervals over seeds; and where the digits are."""
        finding = records.load_finding(self.card.key)
        rows = finding.rows if finding else ()
        lines = [Line([self.shift] * 2, [0, 1], color="mute", dashed=True, width=1.0)]
        places = [0, *shift_trial.SHIFTS[1:]]
        for arm in dict.fromkeys(row.arm for row in rows):
            names = ["clean", *(f"at{i}" for i in shift_trial.SHIFTS[1:])]
            found = [find_interval(list_values(rows, arm, name)) for name in names]
            mean, low, high = (np.array(some) for some in zip(*found, strict=True))
            lines.append(
                Line(places, mean, arm, COLORS[arm], low=low, high=high, dashed=arm == "teacher")
            )
        seeds = f"{len(finding.seeds)} seeds" if finding else "not run yet"
        return Curve(
            title=f"Accuracy against shift, {seeds}",
            lines=tuple(lines), x="shift, pixels of 16", y="accuracy",
            x_range=(0.0, 6.0), y_range=(0.0, 1.02),
        )  # fmt: skip

    def run(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        """One way to distill, and with plain KD the teachers themselves.

        Of digits all seeds are trained at once, fully connected; other data by Train's requests.
        """
        return (self._run_digits if self.data == "digits" else self._run_data)(
            part, seeds, progress
        )

    def _run_digits(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        digits = shift_trial.load_framed_digits()
        x_test, y_test = digits.x_test[: self.test], digits.y_test[: self.test]
        shares = [i / SIDE for i in shift_trial.SHIFTS]
        an_epoch = shift_trial.TRAINED // shift_trial.BATCH
        first, steps = self.teacher_epochs * an_epoch, self.epochs * an_epoch
        whole = len(seeds) * first + steps
        teachers = []
        for number, seed in enumerate(seeds):
            before = number * first
            progress.at(before, whole)
            teachers.append(
                _train_teacher(seed, first, lambda done, b=before: progress.at(b + done, whole))
            )

        def tell(done: int, nets: BatchedMLP) -> None:
            progress.at(len(seeds) * first + done, whole)
            if done % max(1, steps // TRACED) == 0:
                found = shift_trial.measure_shifts(
                    lambda x: nets(x.flatten(1)), x_test, y_test, [2 / SIDE]
                )
                progress.trace(part, done, {"at2": found[0].tolist()})

        taught = shift_trial.train_students(
            part, teachers, seeds, steps=steps, penalty=self.penalty, on_step=tell
        )
        found = shift_trial.measure_shifts(
            lambda x: taught.nets(x.flatten(1)), x_test, y_test, shares
        )
        rows = []
        for i, seed in enumerate(seeds):
            values = _list_metrics([float(each[i]) for each in found])
            more = {"sigma": float(taught.sigmas[i, -1])} if part == HARD else {}
            rows.append(Row(part, seed, values | more))
            if part == KD:
                known = shift_trial.measure_shifts(teachers[i], x_test, y_test, shares)
                rows.append(Row("teacher", seed, _list_metrics([float(each) for each in known])))
        return rows

    def _run_data(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        from mixcore.train.together import train_together

        rows = []
        for number, seed in enumerate(seeds):

            def tell(step: int, steps: int, done: int = number) -> None:
                progress.at(1000 * done + 1000 * step // steps, 1000 * len(seeds))

            (job,) = train_together([self._ask(part, seed)], tell)
            values = _score_shifts(job, job.judged, self.test)
            if part == HARD:
                sigmas: Any = job.players["augmentor"]
                values["sigma"] = sigmas.sigmas["shift"].item()
            rows.append(Row(part, seed, values))
            progress.trace(part, number, {"at2": [values["at2"]]})
            if part == KD:
                rows.append(
                    Row("teacher", seed, _score_shifts(job, job.players["teacher"], self.test))
                )
        return rows

    def _ask(self, part: str, seed: int) -> TrainingRequest:
        """The training of a student; the teacher has seen shifts of up to an eighth."""
        own: dict[str, Any] = {"temperature": "fixed", "t": 1.0, "gamma": 0.0, "alpha": 1.0}
        if part == HARD:
            own = {"penalty": min(self.penalty, 100.0)}
        return TrainingRequest.from_dict({
            "data": self.data, "model": self.student_model, "method": NONE, "seed": seed,
            "epochs": self.epochs, "batch": self.batch, "images": self.images, "size": self.size,
            "augment": "crop" if part == RANDOM else "none", "device": "cpu",
            "objective": "hard" if part == HARD else "distillation",
            "objective_parameters": {
                "teacher_model": self.teacher_model, "teacher_epochs": self.teacher_epochs,
                "teacher_augment": "crop", "teacher_seed": seed, **own,
            },
        })  # fmt: skip

    def snippet(self, seed: int) -> str:
        """The accuracy of the moment, and the two players of a training loop."""
        return f"""\
import numpy as np
from mixcore.experiments.shift_trial import load_framed_digits, read_nets
from mixcore.labs.hard import answer, shift_digits

nets, digits = read_nets(), load_framed_digits()  # a teacher and its three students
angles = np.random.default_rng({seed}).uniform(0, 2 * np.pi, {TESTED})
moved = shift_digits(digits.x_test[:{TESTED}], {self.shift!r}, angles)
right = answer(nets.students, "{self.student}", moved).argmax(1) == digits.y_test[:{TESTED}]
print(f"{{float(right.double().mean()):.1%}}")

# In a training loop, with an augmentor = mixcore.distill.hard_augmentor.Augmentor("shift"):
#   moved = augmentor(x, torch.randn(len(x), 4))
#   goal = challenge(student(moved), teacher(moved), teacher(x), penalty={self.penalty!r}).loss
#   (augmentor.log_sigma.grad,) = torch.autograd.grad(goal, [augmentor.log_sigma])
#   augmentor_optimizer.step(); augmentor.clamp()
#   teach(student(moved.detach()), teacher(moved.detach())).backward()
#   student_optimizer.step()
"""


def answer(students: BatchedMLP, way: str, x: Tensor) -> Tensor:
    """Logits (n, 10) of the student that was taught in one of the ways, of framed digits."""
    found: Tensor = students(x.flatten(1))[WAYS.index(way)]
    return found


def shift_digits(x: Tensor, pixels: float, angles: NDArray[np.float64]) -> Tensor:
    """Digits (n, 1, 16, 16), each moved so many pixels in a direction of its own."""
    ways = np.stack([np.cos(angles), np.sin(angles)], 1) * pixels / SIDE
    return shift_images(x, torch.from_numpy(ways.astype(np.float32)))


@lru_cache(1)
def _read_nets() -> shift_trial.ShiftNets:
    return shift_trial.read_nets()


@lru_cache(32)
def _keep_teacher(seed: int, steps: int) -> dict[str, nn.Module]:
    return {}


def _train_teacher(seed: int, steps: int, tell: Any) -> nn.Module:
    """A teacher, trained once a process for all ways to distill."""
    kept = _keep_teacher(seed, steps)
    if not kept:
        kept["net"] = shift_trial.train_teacher(seed, steps, tell)
    return kept["net"]


def _list_metrics(accuracies: Sequence[float]) -> dict[str, float]:
    return shift_trial.list_accuracies(dict(enumerate(accuracies)))


def _score_shifts(job: Training, net: nn.Module, n: int) -> dict[str, float]:
    """Accuracy of a network at each shift, on the first test pictures."""
    was, test = net.training, job.data.test
    x, y = test.x[:n].float().div(255), test.y[:n]
    found = shift_trial.measure_shifts(net.eval(), x, y, [i / SIDE for i in shift_trial.SHIFTS])
    net.train(was)
    return _list_metrics([float(each) for each in found])


def _find_aim(
    nets: shift_trial.ShiftNets, way: str, eps: NDArray[np.float64], penalty: float
) -> NDArray[np.float64]:
    """Disagreement, drift and aim of the augmentor (3, widths)."""
    x = shift_trial.load_framed_digits().x[:ASKED]
    draws, clean, found = torch.from_numpy(eps.astype(np.float32)), nets.teacher(x), []
    for sigma in SIGMAS:
        moved = move_images(x, draws, {"shift": torch.from_numpy(np.array([sigma], np.float32))})
        now = challenge(answer(nets.students, way, moved), nets.teacher(moved), clean,
                        penalty=penalty)  # fmt: skip
        found.append([float(now.disagreement), float(now.drift), -float(now.loss)])
    return np.array(found).T


def _draw_digits(moved: Tensor, own: Tensor, y: Tensor, apart: Tensor) -> Images:
    """Shifted digits, the most disputed first, with what the student says of each."""
    order = apart.argsort(descending=True)
    said = own.argmax(1)
    return Images(
        title="Shifted digits, most disputed first",
        caption="What the student says, and by how many nats the teacher disagrees.",
        images=tuple(_enlarge(moved[i, 0].numpy()) for i in order),
        captions=tuple(f"“{int(said[i])}”, {float(apart[i]):.2f}" for i in order),
        frames=tuple("good" if said[i] == y[i] else "wrong" for i in order),
    )


def _draw_aim(aim: NDArray[np.float64], penalty: float) -> Curve:
    at = SIGMAS * SIDE
    best = int(np.argmax(aim[2]))
    return Curve(
        title="What the augmentor is after",
        caption="Aim: disagreement less so many times the drift of the teacher itself. The star "
        "is where it would go.",
        lines=(
            Line(at, aim[0], "disagreement", "b"),
            Line(at, aim[1], "drift", "a"),
            Line(at, aim[2], "aim", "ink"),
        ),
        points=(Points([[at[best], aim[2, best]]], color="b", size=7.0, strength=1.0,
                       shape="star"),),
        x="width of the shifts, pixels", y="nats", log="x",
        y_range=(min(-0.5, max(float(aim[2].min()), -3.0)), max(1.0, float(aim[0].max()) * 1.05)),
    )  # fmt: skip


def _enlarge(digit: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A digit (16, 16) in [0, 1], larger, dark on light."""
    levels = np.round(255 * (1 - digit.clip(0, 1))).astype(np.uint8)
    return levels.repeat(SCALE, 0).repeat(SCALE, 1)
