"""Intra-Cluster Mixup: "not a 3" and "not an 8" of a mix, which may hold a 3 and an 8.

A complementary label names a class that a sample is not. Mix two samples, and the label of one may
deny the other. Partners from the same cluster are mostly of one class, which neither label denies.
Clusters go by the samples alone; true classes are there to count contradictions, to test, and for
the arm that pairs within classes, which no training without them could do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

from mixcore import palette
from mixcore.experiments.toy_data import GaussianClasses
from mixcore.labs import Claim, Lab, Progress, Row, Rows, lab
from mixcore.pair import find_clusters, pair_in_clusters
from mixcore.params import choice, integer, point, real
from mixcore.semi.complementary_labels import (
    draw_complementary,
    expect_noise,
    find_contradictions,
    measure_noise,
    share_of_same_class,
)
from mixcore.sheets.panels import (
    Curve,
    Images,
    Line,
    Links,
    Number,
    Panel,
    Points,
    Scatter,
    Sheet,
)

DATA = {"digits": "Handwritten digits", "clouds": "Ten clouds in a plane"}
CLASSES = 10
SHOWN = 160  # samples on the page
MIXES, SIDE = 18, 24  # of them as pictures, and their pixels a side: those of the data are 8
COUNTS = tuple(sorted({round(c) for c in np.geomspace(1, SHOWN, 17)}))  # along the curve
DIMS, NORM = 16, 4.0  # of the clouds that are trained on
SPACING = NORM * 2**0.5  # what random directions of that norm are apart, for those in the plane
OVERLAP = 1.4  # noise at which clouds overlap
TRAIN, TEST = {"clouds": 500, "digits": 1000}, 2000
HIDDEN, BATCH, LR, STEPS = (64, 64), 64, 4e-3, 300
LOSS_NAMES = ("SCL-NL", "SCL-EXP", "FWD", "DM", "URE")  # of losses.complementary.LOSSES


@lab(
    "Intra-Cluster Mixup",
    group="Make labels and losses",
    field="Complementary labels",
    paper="Intra-Cluster Mixup: An Effective Data Augmentation Technique for Complementary-Label "
    "Learning",
    authors="Mai, Lin",
    year=2025,
    question="May you mix two samples if you only know what they are not?",
    says=(
        "Mixup alone does not work for complementary labels, because of the label noise that it "
        "makes (abstract).",
        "Intra-Cluster Mixup gains 30 % of accuracy on MNIST and 10 % on CIFAR (abstract).",
    ),
    reading="our reading: k-means on the samples themselves stands for features learned without "
    "labels",
    hero="clusters",
    absent="Features learned without labels, complementary labels given by people, and classes of "
    "unequal size.",
    more=(
        ("The paper", "https://arxiv.org/abs/2509.17971"),
        ("libcll, the losses as released", "https://github.com/ntucllab/libcll"),
    ),
    minutes=1.0,
    arms=("none", "mixup", "ICM", "same class"),
    metrics={
        "accuracy": "Test accuracy on ten clouds, by true labels",
        "overlap": "Test accuracy where the clouds overlap",
        "digits": "Test accuracy on handwritten digits",
        "noise": "Contradictory labels among pairs of clouds ↓",
        "digits noise": "Contradictory labels among pairs of digits ↓",
    },
    claims=(
        Claim("ICM beats mixup", "accuracy", higher=("ICM", "mixup"), least=0.05),
        Claim("ICM beats mixup where classes overlap", "overlap", higher=("ICM", "mixup"),
              least=0.05),
        Claim("ICM beats mixup on handwritten digits", "digits", higher=("ICM", "mixup"),
              least=0.05),
        Claim("ICM beats training without mixing", "accuracy", higher=("ICM", "none"),
              least=0.05),
        Claim("Mixup is worse than training without it", "accuracy", higher=("none", "mixup"),
              least=0.02),
        Claim("Mixup is worse than training without it on handwritten digits", "digits",
              higher=("none", "mixup"), least=0.02),
        Claim("Pairs within clusters contradict themselves less often", "noise",
              lower=("ICM", "mixup"), least=0.05),
        Claim("True classes for clusters would do better still", "accuracy",
              higher=("same class", "ICM"), least=0.05, ours=True),
    ),
    seeds=20,
    brief={"steps": 2},
)  # fmt: skip
class IntraClusterLab(Lab):
    """Mixes within clusters, red where a label denies what is in them, and four ways to train."""

    data: str = choice(*DATA, help="What is clustered and mixed", titles=DATA)
    clusters: int = integer(
        25, 1, SHOWN, log=True, help="How many clusters partners are drawn within: 1 is mixup, one "
        "a sample is no mixing",
    )  # fmt: skip
    anchor: int = point(12, SHOWN, help="Whose possible partners light up")
    noise: float = real(
        1.0, 0.2, 2.5, help="Width of the clouds; they begin to overlap at 1",
        when=("data", ("clouds",)),
    )  # fmt: skip
    loss: str = choice(*LOSS_NAMES, of="run", help="Loss for complementary labels")
    steps: int = integer(STEPS, 2, 5000, of="run", help="Training steps of each network")

    def look(self, rng: np.random.Generator, given: Mapping[str, Any]) -> Sheet:
        """Pairs within clusters, those that contradict themselves, and how many at any number."""
        shown = _draw_shown(self.data, self.noise, rng)
        y, ybar = shown.y, shown.ybar
        clusters = find_clusters(shown.x, self.clusters, rng=0)
        index = pair_in_clusters(clusters, rng=0)
        denies, denied = find_contradictions(y, ybar, index).T
        wrong = denies | denied
        same = share_of_same_class(y, clusters)
        rate, random_rate = expect_noise(CLASSES, same), expect_noise(CLASSES)
        panels: tuple[Panel, ...] = (
            _draw_pairs(shown, clusters, index, wrong, self.anchor),
            _draw_curve(shown, self.clusters, rate),
        )
        if self.data == "digits":
            panels = (_draw_mixes(shown, index, wrong), *panels)
        return Sheet(
            f"*{wrong.sum()} of {SHOWN}*{{wrong}} mixes have a label that denies what is in "
            f"them. Of random pairs about *{random_rate * SHOWN:.0f}*{{b}} would.",
            Number(rate, f"{rate:.1%}", "of such pairs are expected to contradict themselves", "a"),
            panels,
            (
                f"pairs of one class: {same:.3f}",
                f"noise = (1 − {same:.3f}) · (1 − (1 − 1/9)²) = {rate:.3f}",
                f"random pairs: (1 − 1/10) · (1 − (1 − 1/9)²) = {random_rate:.3f}",
                _explain_pair(shown, self.anchor, int(index[self.anchor])),
            ),
        )

    def run(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        """One arm on clouds, on clouds that overlap, and on handwritten digits."""
        tasks = {
            "accuracy": [_make_clouds(self.noise, seed) for seed in seeds],
            "overlap": [_make_clouds(OVERLAP, seed) for seed in seeds],
            "digits": [_make_digits(seed) for seed in seeds],
        }
        found: dict[str, Sequence[float]] = {}
        for number, (name, some) in enumerate(tasks.items()):
            drawn = [
                _draw_steps(task, part, self.clusters, self.steps, seed)
                for task, seed in zip(some, seeds, strict=True)
            ]
            found[name] = _train(
                some, drawn, seeds, self.loss,
                lambda step, scores, name=name, done=number * self.steps: _tell(
                    progress, part, name, done + step, len(tasks) * self.steps, step, scores
                ),
            )  # fmt: skip
            if name != "overlap":
                noise = "noise" if name == "accuracy" else f"{name} noise"
                found[noise] = [one.noise for one in drawn]
        return [
            Row(part, seed, {name: float(values[i]) for name, values in found.items()})
            for i, seed in enumerate(seeds)
        ]

    def snippet(self, seed: int) -> str:
        """The number of the moment, and what a training step would be."""
        return f"""\
import numpy as np
from mixcore.pair import find_clusters, pair_in_clusters
from mixcore.semi.complementary_labels import expect_noise, share_of_same_class
{SOURCES[self.data].format(seed=seed, n=SHOWN, spacing=SPACING, noise=self.noise)}
clusters = find_clusters(x, {self.clusters}, rng=0)  # of x alone
print(f"{{expect_noise({CLASSES}, share_of_same_class(y, clusters)):.1%}}")

# In a training loop, with partners drawn anew for each epoch:
#   partner = pair_in_clusters(clusters, rng)[rows]
#   logits = net(lam * x[rows] + (1 - lam) * x[partner])
#   labels, weights = (ybar[rows], ybar[partner]), (lam, 1 - lam)
#   loss = mixcore.losses.complementary.weigh_complementary(scl_nl, logits, labels, weights)
"""


SOURCES = {
    "digits": """\
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
rows = np.random.default_rng({seed}).permutation(len(x))[:{n}]
x, y = x[rows] / 16, y[rows]
""",
    "clouds": """\
from mixcore.experiments.toy_data import GaussianClasses

clouds = GaussianClasses.in_plane(classes=10, spacing={spacing}, noise={noise})
x, y = clouds.draw({n}, np.random.default_rng({seed}))
""",
}


@dataclass(frozen=True, eq=False)
class _Shown:
    """Samples of the page: x (n, d), their classes and complementary labels, and where they lie."""

    x: np.ndarray
    y: np.ndarray
    ybar: np.ndarray
    at: np.ndarray


def _draw_shown(data: str, noise: float, rng: np.random.Generator) -> _Shown:
    if data == "clouds":
        clouds = GaussianClasses.in_plane(classes=CLASSES, spacing=SPACING, noise=noise)
        x, y = clouds.draw(SHOWN, rng)
        at = x
    else:
        images, labels = _load_digits()
        rows = rng.permutation(len(images))[:SHOWN]
        x, y = images[rows], labels[rows]
        at = _flatten(x)
    return _Shown(x, y, draw_complementary(y, CLASSES, rng), at)


@lru_cache(1)
def _load_digits() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's 1797 digits of 8 x 8 pixels, x (n, 64) in [0, 1] and y (n,)."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return x / 16, y


def _flatten(x: np.ndarray) -> np.ndarray:
    """Two principal components, for the drawing only."""
    middle = x - x.mean(0)
    _, _, axes = np.linalg.svd(middle, full_matrices=False)
    axes = axes[:2] * np.sign(axes[:2, np.abs(axes[:2]).argmax(1)].diagonal())[:, None]
    flat: np.ndarray = middle @ axes.T
    return flat


def _draw_pairs(
    shown: _Shown, clusters: np.ndarray, index: np.ndarray, wrong: np.ndarray, anchor: int
) -> Scatter:
    """All samples and their pairs; those that the anchor may meet light up."""
    own = clusters == clusters[anchor]
    denied = own & ((shown.ybar[anchor] == shown.y) | (shown.ybar == shown.y[anchor]))
    color = np.where(denied, "wrong", np.where(own, "a", "ink"))
    links = [
        Links(shown.at[some], shown.at[index[some]], title, hue, strength)
        for some, title, hue, strength in (
            (~wrong, "pairs", "mute", 0.35), (wrong, "contradictions", "wrong", 0.9)
        )
    ]  # fmt: skip
    return Scatter(
        title="Who is mixed with whom",
        caption="Click a sample: its possible partners turn blue, and red where one of the two "
        "labels denies the other sample.",
        hand="anchor",
        points=(
            Points(
                shown.at, color=tuple(color.tolist()), size=np.where(own, 5.0, 3.0),
                strength=np.where(own, 0.95, 0.4), ring=anchor,
                titles=tuple(
                    f"{y}, labeled “not {ybar}”"
                    for y, ybar in zip(shown.y, shown.ybar, strict=True)
                ),
            ),
        ),
        links=tuple(links),
    )  # fmt: skip


def _draw_mixes(shown: _Shown, index: np.ndarray, wrong: np.ndarray) -> Images:
    """The first samples, each over its partner, and what their labels say."""
    pictures, captions = [], []
    for i in range(MIXES):
        j = index[i]
        pictures.append(_print_over(shown.x[i], shown.x[j]))
        pair = f"{shown.y[i]} alone" if i == j else f"{shown.y[i]} + {shown.y[j]}"
        denied = dict.fromkeys((str(shown.ybar[i]), str(shown.ybar[j])))
        captions.append(f"{pair}: not {', '.join(denied)}")
    return Images(
        title="Mixes of two digits, and their labels",
        caption="Blue is the sample, orange its partner. Red frames: the label denies a digit that "
        "is in the picture.",
        images=tuple(pictures), captions=tuple(captions),
        frames=tuple("wrong" if one else "line" for one in wrong[:MIXES]),
    )  # fmt: skip


def _print_over(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Two digits (64,) in the inks of A and of B, one over the other: uint8 (SIDE, SIDE, 3)."""
    paper = np.ones((SIDE, SIDE, 3))
    for digit, color in ((one, palette.A.light), (other, palette.B.light)):
        ink = np.frombuffer(bytes.fromhex(color[1:]), np.uint8) / 255
        drawn = Image.fromarray(digit.reshape(8, 8).astype(np.float32))
        strength = np.asarray(drawn.resize((SIDE, SIDE), Image.Resampling.BICUBIC)).clip(0, 1)
        paper *= 1 - strength[..., None] * (1 - ink)
    return np.round(255 * paper).astype(np.uint8)


def _draw_curve(shown: _Shown, clusters: int, rate: float) -> Curve:
    """The noise rate over the number of clusters, and that of random pairs."""
    rates = _rates(shown.x.tobytes(), shown.x.dtype.str, shown.y.tobytes())
    line = sorted({**dict(zip(COUNTS, rates, strict=True)), clusters: rate}.items())
    even = expect_noise(CLASSES)
    return Curve(
        title="Pairs that contradict themselves",
        caption=f"At {SHOWN} clusters each sample is alone: no contradiction, and no mixing.",
        lines=(
            Line([1, SHOWN], [even, even], "random pairs", "b", dashed=True),
            Line([count for count, _ in line], [each for _, each in line], "within clusters", "a"),
        ),
        points=(Points([[clusters, rate]], color="a", size=6.0, strength=1.0),),
        x="clusters", log="x", y_range=(0.0, 0.25),
    )  # fmt: skip


@lru_cache(8)
def _rates(x: bytes, kind: str, y: bytes) -> tuple[float, ...]:
    """The rate at each of COUNTS: the same for all frames, so that it is found once."""
    points, labels = np.frombuffer(x, kind).reshape(SHOWN, -1), np.frombuffer(y, np.int64)
    return tuple(
        expect_noise(CLASSES, share_of_same_class(labels, find_clusters(points, count, rng=0)))
        for count in COUNTS
    )


def _explain_pair(shown: _Shown, i: int, j: int) -> str:
    """The label of the anchor's mix, and whether it holds."""
    label = f"½ “not {shown.ybar[i]}” + ½ “not {shown.ybar[j]}”"
    one, other = find_contradictions(shown.y, shown.ybar, np.full(SHOWN, j))[i]
    denied = [str(shown.y[j])] * bool(one) + [str(shown.y[i])] * bool(other)
    verdict = f"denies the {' and the '.join(denied)}" if denied else "holds"
    return f"{shown.y[i]} mixed with {shown.y[j]}: {label} {verdict}"


@dataclass(frozen=True, eq=False)
class _Task:
    """What one seed learns: samples with complementary labels, and a test with true ones."""

    x: np.ndarray
    y: np.ndarray
    ybar: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def _make_clouds(noise: float, seed: int) -> _Task:
    random = np.random.default_rng(seed)
    clouds = GaussianClasses.make(random, classes=CLASSES, dims=DIMS, norm=NORM, noise=noise)
    x, y = clouds.draw(TRAIN["clouds"], random)
    return _Task(x, y, draw_complementary(y, CLASSES, random), *clouds.draw(TEST, random))


def _make_digits(seed: int) -> _Task:
    x, y = _load_digits()
    random = np.random.default_rng(seed)
    order = random.permutation(len(x))
    x, y = x[order].astype(np.float32), y[order]
    first, rest = slice(TRAIN["digits"]), slice(TRAIN["digits"], None)
    ybar = draw_complementary(y[first], CLASSES, random)
    return _Task(x[first], y[first], ybar, x[rest], y[rest])


@dataclass(frozen=True, eq=False)
class _Steps:
    """What is mixed at each step: rows, partners and lam (steps, batch); and the pairs' noise."""

    rows: np.ndarray
    partners: np.ndarray
    lam: np.ndarray
    noise: float


def _draw_steps(task: _Task, arm: str, clusters: int, steps: int, seed: int) -> _Steps:
    """All batches of a training; rows and lam are those of every other arm."""
    from mixcore.experiments.batched_mlp import draw_batches

    n, random = len(task.x), np.random.default_rng(seed)
    rows = draw_batches(n, BATCH, steps, random)
    lam = random.random(rows.shape)  # Beta(1, 1)
    if arm == "ICM":
        groups = find_clusters(task.x, clusters, rng=seed)  # never of the labels
    else:
        groups = {"none": np.arange(n), "mixup": np.zeros(n), "same class": task.y}[arm]
    epoch = np.arange(rows.size).reshape(rows.shape) // n
    index = np.stack([pair_in_clusters(groups, random) for _ in range(epoch.max() + 1)])
    noise = float(np.mean([measure_noise(task.y, task.ybar, one) for one in index]))
    return _Steps(rows, index[epoch, rows], lam, noise)


def _train(
    tasks: Sequence[_Task], drawn: Sequence[_Steps], seeds: Sequence[int], loss_name: str,
    on_step: Any,
) -> list[float]:  # fmt: skip
    """Test accuracy of each seed; on_step is told the step and, now and then, the accuracies."""
    import torch

    from mixcore.experiments.batched_mlp import BatchedMLP, train_batched
    from mixcore.losses.complementary import LOSSES, weigh_complementary

    def stack(name: str, parts: Sequence[Any]) -> torch.Tensor:
        return torch.from_numpy(np.stack([getattr(part, name) for part in parts]))

    x, ybar, x_test, y_test = (stack(name, tasks) for name in ("x", "ybar", "x_test", "y_test"))
    rows, partners = stack("rows", drawn), stack("partners", drawn)
    lam, each = stack("lam", drawn).float(), np.arange(len(tasks))[:, None]
    nets = BatchedMLP((x.shape[-1], *HIDDEN, CLASSES), seeds)

    def measure() -> list[float]:
        with torch.no_grad():
            right = nets(x_test).argmax(-1) == y_test
        return right.float().mean(1).tolist()

    def lose(step: int) -> torch.Tensor:
        own, partner, w = (each, rows[:, step]), (each, partners[:, step]), lam[:, step]
        logits = nets(w[..., None] * x[own] + (1 - w[..., None]) * x[partner])
        labels = ybar[own], ybar[partner]
        losses = weigh_complementary(
            LOSSES[loss_name], logits, labels, (w, 1 - w), reduction="none"
        )
        return losses.mean(1)

    steps = rows.shape[1]
    train_batched(
        nets, lose, steps=steps, lr=LR,
        on_step=lambda step: on_step(step, measure() if step % 25 == 0 else None),
    )  # fmt: skip
    return measure()


def _tell(
    progress: Progress, arm: str, name: str, done: int, total: int, step: int,
    scores: Sequence[float] | None,
) -> None:  # fmt: skip
    progress.at(done, total, name)
    if scores is not None:
        progress.trace(arm, step, {name: scores})
