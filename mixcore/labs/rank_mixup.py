"""RankMixup: how sure a network is of a photo and of ever weaker mixes of it.

What is seen needs no training: the network that comes with this is asked about a photo and its
mixes, and both losses of the paper are computed of what it says. The experiment trains by them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mixcore import pictures
from mixcore.data import gallery
from mixcore.findings import records
from mixcore.findings.claims import find_interval, list_values
from mixcore.labs import Claim, Lab, Progress, Row, Rows, lab
from mixcore.losses.rank_mixup import compute_ndcg, count_violations, margin_ranking
from mixcore.params import choice, file, integer, real
from mixcore.sheets.panels import Curve, Images, Line, Links, Number, Points, Sheet

if TYPE_CHECKING:
    from mixcore.train.training import Training
    from mixcore.train.training_request import TrainingRequest

SIDE, ZOOM = 224, 256 / 224  # how Lite0 takes a photo
DRAWN = 128  # pixels a side of the pictures that are shown, of which there are many
PHOTOS = ("hedgehog", "parrot", "hens", "castle", "red-panda", "panda", "dog", "polar-bear")
OTHERS = ("dog", "citrus", "flower", "panda", "castle", "hedgehog")
PERCENT = tuple(range(100, 49, -1))  # A's share in all mixes that the network is asked about
DATA = {"digits": "Noisy digits", "cifar10": "CIFAR-10"}  # mixcore.train.small_tasks has them
ARMS: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("none", {}),
    "mixup": ("mixup", {}),
    "MRL": ("mixup", {"loss": "MRL", "count": 1}),  # as released
    "M-NDCG": ("mixup", {"loss": "M-NDCG"}),
}
COLORS = {"plain": "ink", "mixup": "b", "MRL": "a", "M-NDCG": "c"}
SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # of A, at which trained networks are asked
LADDER = (1.0, 0.9, 0.7, 0.5)  # of which violations are counted
ALPHA = 2.0  # of mixup's Beta, as released for CIFAR
TRACED = 10  # epochs between two points of the live curves


@lab(
    "RankMixup",
    group="Make labels and losses",
    field="Calibration",
    paper="RankMixup: Ranking-Based Mixup Training for Network Calibration",
    authors="Noh et al.",
    year=2023,
    question="How sure should a network be of a mix?",
    says=(
        "Mixed labels may not describe mixed pictures; the order between pictures and their mixes "
        "can be learned from instead (abstract).",
        "MRL asks for less confidence in mixes than in pictures, M-NDCG for confidences in the "
        "order of the mixing coefficients; both are shown to calibrate networks (abstract).",
    ),
    reading="as released, on logits, MRL of one mix and M-NDCG of three; but each picture has its "
    "own lam, pairs of one class are left out, and mixes leave the running means of norms alone",
    hero="least",
    absent="The paper's networks and data sets, mixes of features, and temperature scaling on top.",
    more=(
        ("The paper", "https://arxiv.org/abs/2308.11990"),
        ("The code", "https://github.com/cvlab-yonsei/RankMixup"),
    ),
    minutes=8.0,
    arms=("plain", "mixup", "MRL", "M-NDCG"),
    metrics={
        "ece": "Calibration error on clean pictures ↓",
        "violations": "Pairs of a picture's versions in the wrong order ↓",
        "accuracy": "Accuracy on clean pictures",
        "confidence": "Mean confidence on clean pictures",
        "at50": "Mean confidence in mixes, A's share .5",
        "at60": "Mean confidence in mixes, A's share .6",
        "at70": "Mean confidence in mixes, A's share .7",
        "at80": "Mean confidence in mixes, A's share .8",
        "at90": "Mean confidence in mixes, A's share .9",
    },
    claims=(
        Claim("MRL is better calibrated than mixup", "ece", lower=("MRL", "mixup"), least=0.02),
        Claim("M-NDCG is better calibrated than mixup", "ece", lower=("M-NDCG", "mixup"),
              least=0.02),
        Claim("MRL is better calibrated than training without mixes", "ece",
              lower=("MRL", "plain"), least=0.01),
        Claim("M-NDCG is better calibrated than training without mixes", "ece",
              lower=("M-NDCG", "plain"), least=0.01),
        Claim("MRL puts versions in order that plain training does not", "violations",
              lower=("MRL", "plain"), least=0.02),
        Claim("M-NDCG puts versions in order that plain training does not", "violations",
              lower=("M-NDCG", "plain"), least=0.02),
        Claim("M-NDCG puts versions in order that MRL does not", "violations",
              lower=("M-NDCG", "MRL"), least=0.02),
        Claim("MRL costs no accuracy", "accuracy", higher=("MRL", "plain"), near=0.01),
        Claim("M-NDCG costs no accuracy", "accuracy", higher=("M-NDCG", "plain"), near=0.01),
    ),
    seeds=10,
    brief={"epochs": 1, "images": 64},
)  # fmt: skip
class RankMixupLab(Lab):
    """A photo and its mixes in the order of their clearness, and the network's confidence."""

    photo: str = file(*PHOTOS, takes="photo", help="Photo that is mixed", title="Photo")
    other: str = choice(
        *OTHERS, help="Photo that is mixed in", title="Other photo",
        titles=lambda name: gallery.info(name).title,
    )  # fmt: skip
    least: int = integer(
        70, 50, 95, help="The photo's share of the weakest mix, in per cent", title="Least share"
    )
    count: int = integer(
        3, 1, 5, help="How many mixes are asked about, in even steps", title="Mixes"
    )
    margin: float = real(2.0, 0.0, 5.0, help="Logits that MRL wants between photo and mix")
    shift: float = real(
        0.0, 0.0, 5.0, help="Taken off all logits of the mixes, which leaves confidence as it is",
        title="Shift of logits",
    )  # fmt: skip
    data: str = choice(*DATA, of="run", help="What is learned", titles=DATA)
    images: int = integer(200, 32, 50_000, of="run", help="Pictures to train on")
    epochs: int = integer(60, 1, 200, of="run", help="Times that each picture is seen")
    noise: float = real(
        0.35, 0.0, 1.0, of="run", help="Noise of the digits, a standard deviation",
        when=("data", ("digits",)),
    )  # fmt: skip

    def prepare(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """The network's logits for every mix of the two photos, some seconds of work."""
        pair = self._read_pair(given)
        return {**given, "logits": ask_mixes(*(one.tobytes() for one in pair))}

    def look(self, rng: np.random.Generator, given: Mapping[str, Any]) -> Sheet:
        """A ladder of mixes, confidence over their clearness, and what trained networks do."""
        steps = self._list_steps()
        asked = given["logits"][[PERCENT.index(step) for step in steps]]
        logits, r = torch.from_numpy(asked), torch.from_numpy(np.array(steps) / 100)
        logits[1:] -= self.shift
        c, z = logits.softmax(1).amax(1), logits.amax(1)
        wrong = [(i, k) for i in range(len(r)) for k in range(i) if c[i] > c[k]]
        share = float(count_violations(c, r))
        pairs = len(r) * (len(r) - 1) // 2
        mrl = float(torch.stack([self._rank(logits, i) for i in range(1, len(r))]).mean())
        loss = 1 - float(compute_ndcg(c, r))
        return Sheet(
            f"Of this photo the network is *{c[0]:.0%}*{{a}} sure, of its mixes up to "
            f"*{c[1:].max():.0%}*{{{'wrong' if wrong else 'good'}}}. MRL is *{mrl:.2f}*{{b}}, "
            f"M-NDCG *{loss:.3f}*{{c}}.",
            Number(
                share, f"{len(wrong)} of {pairs}", "pairs of versions are in the wrong order",
                "wrong" if wrong else "good",
            ),
            (
                self._draw_ladder(given, logits, steps, wrong),
                self._draw_confidence(given["logits"], r, c, wrong),
                self._draw_trained(),
            ),
            self._write_arithmetic(r, c, z, mrl, loss),
        )  # fmt: skip

    def _list_steps(self) -> list[int]:
        """The photo's share in it and in its mixes, in per cent, clearest first."""
        return [100 - round((100 - self.least) * i / self.count) for i in range(self.count + 1)]

    def _rank(self, logits: Tensor, i: int) -> Tensor:
        return margin_ranking(logits[:1], logits[i : i + 1], margin=self.margin)

    def _draw_ladder(
        self, given: Mapping[str, Any], logits: Tensor, steps: list[int],
        wrong: list[tuple[int, int]],
    ) -> Images:  # fmt: skip
        photo, other = (
            pictures.square(one, DRAWN).astype(np.float32) for one in self._read_pair(given)
        )
        p, names = logits.softmax(1), _name_classes()
        bad = {i for i, _ in wrong}
        return Images(
            title="A photo and ever weaker mixes of it",
            caption="Red frame: the network is surer of it than of a clearer version.",
            images=tuple(
                np.round(photo * (s / 100) + other * (1 - s / 100)).astype(np.uint8) for s in steps
            ),
            captions=tuple(
                f"{s} %: {names[int(p[i].argmax())]}, sure by {float(p[i].max()):.0%}"
                for i, s in enumerate(steps)
            ),
            frames=tuple("wrong" if i in bad else "good" for i in range(len(steps))),
        )

    def _draw_confidence(
        self, every: NDArray[np.float64], r: Tensor, c: Tensor, wrong: list[tuple[int, int]]
    ) -> Curve:
        at = torch.stack([100 * r, 100 * c], 1).numpy()
        curve = 100 * torch.from_numpy(every.copy()).softmax(1).amax(1).numpy()
        bad = {i for i, _ in wrong}
        ends = np.array(wrong, np.int64).reshape(-1, 2)
        return Curve(
            title="Sure of it, by how clear it is",
            caption="Red: pairs in the wrong order. Dashed: what M-NDCG draws confidence to.",
            lines=(
                Line([50, 100], [50, 100], "relevance", "c", dashed=True, width=1.5),
                Line(PERCENT[::-1], curve[::-1], "this network", "a"),
            ),
            points=(
                Points(
                    at, color=tuple("wrong" if i in bad else "good" for i in range(len(at))),
                    size=6.0, strength=1.0,
                ),
            ),
            links=(Links(at[ends[:, 0]], at[ends[:, 1]], color="wrong", strength=0.8),),
            x="photo's share, %", y="confidence, %", x_range=(48.5, 101.5), y_range=(0.0, 102.0),
        )  # fmt: skip

    def _draw_trained(self) -> Curve:
        """Mean confidence of the trained networks of the stored finding, with bands over seeds."""
        finding = records.load_finding(self.card.key)
        rows = finding.rows if finding else ()
        names = [f"at{round(100 * share)}" for share in SHARES[:-1]] + ["confidence"]
        lines = [Line([50, 100], [50, 100], color="mute", dashed=True, width=1.0)]
        for arm in dict.fromkeys(row.arm for row in rows):
            found = [find_interval(list_values(rows, arm, name)) for name in names]
            mean, low, high = (100 * np.array(some) for some in zip(*found, strict=True))
            lines.append(
                Line([100 * s for s in SHARES], mean, arm, COLORS[arm], low=low, high=high)
            )
        seeds = f"{len(finding.seeds)} seeds each" if finding else "not run yet"
        return Curve(
            title=f"Networks trained each way, {seeds}", lines=tuple(lines),
            x="picture's share, %", y="mean confidence, %",
            x_range=(48.5, 101.5), y_range=(0.0, 102.0),
        )  # fmt: skip

    def _write_arithmetic(
        self, r: Tensor, c: Tensor, z: Tensor, mrl: float, loss: float
    ) -> tuple[str, ...]:
        def add(values: Tensor) -> str:
            return " + ".join(f"{v:.2f}/log₂{i + 2}" for i, v in enumerate(values.tolist()))

        gaps = ", ".join(f"{z[i]:.1f} − {z[0]:.1f} + {self.margin:.1f}" for i in range(1, len(z)))
        return (
            f"MRL = mean of max(0, {gaps}), of the largest logits = {mrl:.2f}",
            f"DCG = {add(c)}, by confidence",
            f"IDCG = {add(r)}, by relevance",
            f"M-NDCG = 1 − min(DCG/IDCG, IDCG/DCG) = {loss:.3f}",
            "a shift of all logits of a mix changes its MRL and none of its probabilities",
        )

    def run(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        """One arm, all seeds side by side; then pictures, and ladders of their mixes."""
        from mixcore.train.small_tasks import open_task
        from mixcore.train.together import train_together

        def tell(epoch: int, jobs: list[Training]) -> None:
            if epoch % TRACED == 0:
                rows = [measure_training(job) for job in jobs]
                names = ("ece", "violations", "accuracy")
                progress.trace(part, epoch, {name: [r[name] for r in rows] for name in names})

        with ExitStack() as stack:
            tasks = [open_task(self.data, self.images, self.noise, seed) for seed in seeds]
            asked = [self._ask(part, stack.enter_context(task)) for task in tasks]
            jobs = train_together(asked, progress.at, tell)
        return [
            Row(part, seed, measure_training(job)) for seed, job in zip(seeds, jobs, strict=True)
        ]

    def _ask(self, arm: str, task: Mapping[str, Any]) -> TrainingRequest:
        from mixcore.train.training_request import TrainingRequest

        method, loss = ARMS[arm]
        more: dict[str, Any] = {"method": method, "epochs": self.epochs}
        if method != "none":
            more["parameters"] = {"alpha": ALPHA}
        if loss:
            own = {"margin": self.margin, "count": self.count, **loss}
            more |= {"objective": "rank_mixup", "objective_parameters": own}
        return TrainingRequest.from_dict({**task, **more})

    def snippet(self, seed: int) -> str:
        """The count of pairs in the wrong order, and the losses of a training."""
        photo = self.photo if self.photo in PHOTOS else PHOTOS[0]
        return f"""\
import torch
from mixcore import naming, pictures
from mixcore.data import gallery
from mixcore.losses.rank_mixup import count_violations

def read(name):  # your own: pictures.read(bytes of the file)
    return pictures.to_tensor(pictures.square(gallery.load(name), {SIDE}, zoom=256 / 224))

model, x, other = naming.load().model, read("{photo}"), read("{self.other}")
shares = torch.tensor({self._list_steps()}).double() / 100
mixes = torch.cat([s * x + (1 - s) * other for s in shares.tolist()])
with torch.inference_mode():
    sure = model((mixes - 0.5) / 0.5).softmax(1).amax(1)
pairs = len(shares) * (len(shares) - 1) // 2
print(f"{{round(float(count_violations(sure, shares)) * pairs)}} of {{pairs}}")

# In a training loop, with logits of the pictures and of their mixes:
#   rank = margin_ranking(logits, mixed, y == y[plan.index], margin={self.margin!r})
#   loss = F.cross_entropy(logits, y) + 0.1 * rank
"""

    def _read_pair(self, given: Mapping[str, Any]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The two photos as the network takes them; an example where an upload is not here."""
        other = _read_example(self.other)
        if "photo" in given:
            return pictures.square(given["photo"], SIDE, ZOOM), other
        return _read_example(self.photo if self.photo in gallery.names() else PHOTOS[0]), other


@lru_cache(8)
def ask_mixes(photo: bytes, other: bytes) -> NDArray[np.float64]:
    """Lite0's logits (51, k) of two photos (bytes of 224 x 224), mixed at each of PERCENT."""
    from mixcore import naming

    namer = naming.load()
    x, y = (pictures.to_tensor(_unpack(one)).to(namer.device) for one in (photo, other))
    rows = []
    with torch.inference_mode():
        for percent in PERCENT:
            mix = x * (percent / 100) + y * (1 - percent / 100)
            rows.append(namer.model((mix - 0.5) / 0.5)[0].double().cpu())
    found: NDArray[np.float64] = torch.stack(rows).numpy()
    found.flags.writeable = False
    return found


def measure_training(job: Training) -> dict[str, float]:
    """What a trained network makes of pictures, and of ladders of their mixes."""
    from mixcore.calibration.errors import ece
    from mixcore.calibration.outcomes import Outcomes
    from mixcore.mixed_predictions import predict_mixes
    from mixcore.train.evaluate import predict_logits
    from mixcore.train.small_tasks import list_tested

    test = list_tested(job)
    seen = Outcomes(test.y, logits=predict_logits(job.judged, test, job.device))
    x = test.floats()
    sure = {1.0: seen.confidence} | {
        share: predict_mixes(job.judged, x, test.y, share).confidence for share in SHARES[:-1]
    }
    relevance = torch.from_numpy(np.array(LADDER))[:, None].expand(-1, len(test))
    ladder = torch.stack([sure[share] for share in LADDER])
    return {
        "ece": ece(seen), "violations": float(count_violations(ladder, relevance).mean()),
        "accuracy": float(seen.correct.mean()), "confidence": float(seen.confidence.mean()),
        **{f"at{round(100 * share)}": float(sure[share].mean()) for share in SHARES[:-1]},
    }  # fmt: skip


def _name_classes() -> tuple[str, ...]:
    from mixcore import naming

    return naming.class_names()


def _unpack(pixels: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE, 3).copy()


@lru_cache(16)
def _read_example(name: str) -> NDArray[np.uint8]:
    image: NDArray[np.uint8] = pictures.square(gallery.load(name), SIDE, ZOOM)
    image.flags.writeable = False
    return image
