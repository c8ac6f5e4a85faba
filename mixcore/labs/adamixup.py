"""Manifold intrusion, and AdaMixUp, which learns to avoid it: digits, photos and blobs.

What is seen first needs no training: the real sample nearest to a mix, which may be of a third
class. The race is of three blobs in a line, whose outer two mix to the middle one, and of small
networks on digits, trained as the page Train would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mixcore import hand_words, pictures
from mixcore.data import gallery
from mixcore.experiments.blobs_toy import (
    MIXUP,
    PLAIN,
    POLICY,
    BlobArm,
    BlobsToy,
    draw_blobs,
    find_middles,
)
from mixcore.intrusion import find_intrusions
from mixcore.labs import Claim, Lab, Progress, Row, Rows, lab
from mixcore.mixers.lam_policy import mix_by_ratio
from mixcore.params import choice, file, integer, place, real, text
from mixcore.sheets.panels import Curve, Images, Line, Number, Panel, Points, Scatter, Sheet

DIGITS, PHOTOS = "digits", "photos"
OWN = ("red-panda", "hedgehog", "panda", "castle", "dog", "hens", "parrot", "polar-bear")
OTHERS = ("flower", "bridge", "citrus", "owl", "meadow")
PAIRS, BAD, COUNTED = 9, 5, 240  # of digits: shown, of them intruding at a half, and counted
SIDE, ENLARGED = 128, 8  # pixels of a photo for the network, and times of a digit
GRID = 41  # values of lam, as many as the page's frames
FLOOR, SEEN, STEPS, EVERY = 0.2, 3, 240, 6  # the race's least width; networks, steps of the page
DRAWN, CUTS = 200, 41  # samples of the blobs, and points of the segment
BOX = 3.0, 1.5  # half of the plane's width and height
CONTROLS = {"ERM": (PLAIN, 0.0), "mixup": (MIXUP, 0.0), "AdaMixUp": (POLICY, 0.0),
            "AdaMixUp, floor": (POLICY, FLOOR)}  # fmt: skip


@lab(
    "AdaMixUp",
    group="Learn the mix",
    field="Images",
    paper="MixUp as Locally Linear Out-Of-Manifold Regularization",
    authors="Guo et al.",
    year=2019,
    question="What if the mix of two classes looks like a third one?",
    says=(
        "Mixup can be spoiled by conflicts between the labels of mixes and those of real samples, "
        "which is called manifold intrusion (abstract).",
        "A mixing policy that is learned with an objective that avoids intrusion improves upon "
        "mixup (abstract).",
    ),
    reading="as released but for the policy's input, which is both samples without noise; the "
    "least width is ours",
    hero="lam",
    absent="Mixes of more than two, which the paper allows, and the paper's networks and data.",
    more=(
        ("The paper", "https://arxiv.org/abs/1809.02499"),
        ("The authors' code", "https://github.com/SITE5039/AdaMixUp"),
    ),
    minutes=3.0,
    arms=("ERM", "mixup", "AdaMixUp", "AdaMixUp, floor"),
    metrics={
        "middle": "Confidence of the middle blob at its own center",
        "risky": "Share of lam from .4 to .6 for the outer blobs",
        "width": "Width of the interval of lam for the outer blobs",
        "accuracy": "Accuracy on blobs",
        "pictures": "Test accuracy on pictures",
        "mean width": "Width of the interval of lam, pictures",
    },
    claims=(
        Claim("Mixup is less sure of a class that lies between two others", "middle",
              lower=("mixup", "ERM"), least=0.1),
        Claim("AdaMixUp is surer of it than mixup", "middle", higher=("AdaMixUp", "mixup"),
              least=0.05),
        Claim("Its policy keeps away from the ratios that would land on that class", "risky",
              lower=("AdaMixUp", "mixup"), least=0.05),
        Claim("AdaMixUp is more accurate than mixup, on pictures", "pictures",
              higher=("AdaMixUp", "mixup"), least=0.005),
        Claim("AdaMixUp is more accurate than training without mixing, on pictures", "pictures",
              higher=("AdaMixUp", "ERM"), least=0.005),
        Claim("The policy gives mixing up: the interval for the outer blobs collapses", "width",
              lower=("AdaMixUp", "mixup"), least=0.5, ours=True),
        Claim("A least width leaves it as sure of the middle class", "middle",
              higher=("AdaMixUp, floor", "AdaMixUp"), near=0.05, ours=True),
        Claim("A least width makes it more accurate, on pictures", "pictures",
              higher=("AdaMixUp, floor", "AdaMixUp"), least=0.005, ours=True),
    ),
    seeds=10,
    brief={"steps": 3, "images": 40, "epochs": 1, "batch": 16},
)  # fmt: skip
class AdaMixUpLab(Lab):
    """Mixes and what they are nearest to; a segment across three blobs; a policy that collapses."""

    lam: float = real(0.5, 0.0, 1.0, help="A's share of every mix")
    data: str = choice(
        DIGITS, PHOTOS, help="What is mixed",
        titles={DIGITS: "Handwritten digits", PHOTOS: "Two photos"},
    )  # fmt: skip
    photo: str = file(*OWN, takes="photo", help="A, where photos are mixed", title="Photo A")
    other: str = choice(
        *OTHERS, help="B, where photos are mixed", title="Photo B",
        titles=lambda name: gallery.info(name).title, when=("data", (PHOTOS,)),
    )  # fmt: skip
    spot: str = place("0.833,0.5", help="The sample that the one on the left is mixed with")
    floor: float = real(
        FLOOR, 0.0, 0.5, step=0.1, title="Least width",
        help="Least width of the policy's intervals of lam",
    )  # fmt: skip
    steps: int = integer(1500, 3, 5000, of="run", help="Training steps on the blobs")
    pictures: str = text(
        "digits", of="run", help="Pictures that are trained on: digits, or folder:PATH, zip:FILE "
        "or npz:FILE, or a name in MIXSCOPE_DATA",
    )  # fmt: skip
    model: str = choice(
        "small_cnn", "small_vit", of="run", help="Network for pictures",
        titles={"small_cnn": "Small CNN", "small_vit": "Small ViT"},
    )  # fmt: skip
    images: int = integer(300, 20, 50_000, of="run", help="Training pictures")
    epochs: int = integer(20, 1, 500, of="run", help="Times that each picture is seen")
    batch: int = integer(32, 4, 1024, of="run", help="Pictures a step")

    def look(self, rng: np.random.Generator, given: Mapping[str, Any]) -> Sheet:
        """Mixes and their nearest real samples, the segment, and the policies' widths."""
        told, number, images, arithmetic = (
            self._show_digits(rng) if self.data == DIGITS else self._show_photos(given)
        )
        segment, words = self._draw_segment()
        return Sheet(told, number, (images, segment, self._draw_widths()), (*arithmetic, *words))

    def _show_digits(self, rng: np.random.Generator) -> tuple[str, Number, Panel, tuple[str, ...]]:
        drawn = DigitPairs.draw(rng)
        found = drawn.find(self.lam)
        rate = found.rate
        x, y = load_digits()
        images, captions, frames = [], [], []
        for i in drawn.choose():
            near = int(found.neighbors.index[i, 0])
            images.append(_draw_digits(drawn.mix(self.lam)[i], x[near]))
            pair = f"{int(y[drawn.a[i]])} and {int(y[drawn.b[i]])}"
            captions.append(f"{pair}, nearest: a {int(y[near])}")
            frames.append("wrong" if found.third[i] else "line")
        count = int(found.third.sum())
        return (
            f"*{count} of {COUNTED}*{{wrong}} mixes of two digits look most like a third one, with "
            f"{self.lam:.2f} of A.",
            Number(rate, f"{rate:.1%}", "of mixes are nearest to a third class", "wrong"),
            Images(
                title="Mixes of two digits, each beside the real digit nearest to it",
                caption=f"Red: of neither of the two. {BAD} of these {PAIRS} pairs were chosen "
                "because they are at one half. Nothing is trained for this.",
                images=tuple(images), captions=tuple(captions), frames=tuple(frames), smooth=False,
            ),
            (f"nearest of {len(y):,} digits by the distance of {x.shape[1]} pixels; the two that "
             "are mixed are among them",),
        )  # fmt: skip

    def _show_photos(self, given: Mapping[str, Any]) -> tuple[str, Number, Panel, tuple[str, ...]]:
        one = self._read_photo(given)
        path = find_path(one.tobytes(), self.other)
        at = round(self.lam * (GRID - 1))
        share = float(np.mean([name not in ("A", "B") for name in path.nearest]))
        name, mix = path.nearest[at], path.mix(at / (GRID - 1))
        third = name not in ("A", "B")
        called = {"A": "A itself", "B": "B itself"}.get(name) or gallery.info(name).title
        near = {"A": path.one, "B": path.other}.get(name)
        near = _read_square(name) if near is None else near
        color = "wrong" if third else "good"
        return (
            f"With {self.lam:.2f} of A, the mix looks most like *{called}*{{{color}}}.",
            Number(share, f"{share:.0%}", "of the way from A to B another photo is nearest",
                   "wrong" if share else "good"),
            Images(
                title="Two photos, their mix, and the photo nearest to it",
                caption="By the last features of EfficientNet-Lite0, among the photos that come "
                "with this and the two. Nothing is trained for this.",
                images=(path.one, path.other, mix, near),
                captions=("A", "B", f"{self.lam:.2f} A + {1 - self.lam:.2f} B",
                          f"nearest: {called}"),
                frames=("a", "b", color, color),
            ),
            (f"nearest by the distance of {path.features} features of length 1, among "
             f"{len(list_references())} photos, A and B",),
        )  # fmt: skip

    def _read_photo(self, given: Mapping[str, Any]) -> np.ndarray:
        if "photo" in given:
            square: np.ndarray = pictures.square(given["photo"], SIDE)
            return square
        return _read_square(self.photo if self.photo in gallery.names() else OWN[0])

    def _draw_segment(self) -> tuple[Scatter, tuple[str, ...]]:
        """Three blobs, the segment from the left one to the hand's place, and what is allowed."""
        x, y = draw_blobs(DRAWN, np.random.default_rng(0))
        start, end = find_middles()[0], self._place
        lam = np.linspace(0, 1, CUTS)
        near_end = int(find_classes(end[None], x, y)[0])
        way = lam[:, None] * start + (1 - lam[:, None]) * end
        third = ~np.isin(find_classes(way, x, y), (0, near_end))
        here = self.lam * start + (1 - self.lam) * end
        bars, words = self._draw_bars(start, end)
        share = float(third.mean())
        return (
            Scatter(
                title="A segment across three classes",
                caption="Drag its end. Red: a mix that is nearest to the class between. Bars: the "
                "lam that trained policies allow for this pair, a bar a network.",
                hand="spot", handle=(float(end[0]), float(end[1])),
                lines=bars,
                points=(
                    Points(x, "", tuple(("a", "mute", "b")[k] for k in y), 2.5,
                           0.5),
                    Points(way, "", tuple("wrong" if bad else "good" for bad in third), 3.5,
                           0.9),
                    Points(np.array([here]), f"lam {self.lam:.2f}", "ink", 7.0, 1.0, shape="star"),
                ),
                x_range=(-BOX[0], BOX[0]), y_range=(-BOX[1], BOX[1]),
            ),
            (f"on the segment {share:.0%} of lam is nearest to a third blob", *words),
        )  # fmt: skip

    def _draw_bars(
        self, start: np.ndarray, end: np.ndarray
    ) -> tuple[tuple[Line, ...], tuple[str, ...]]:
        """The lam that every trained policy allows for one pair, above the segment; in words."""
        toy, bars = train_policies(self.floor), []
        words: dict[str, list[str]] = {}
        for i, arm in enumerate(toy.arms):
            interval = toy.find_interval(i, start[None], end[None])
            low, width = float(interval.alpha[0]), float(interval.width[0])
            ends = np.array([
                lam * start + (1 - lam) * end for lam in (low - 0.01, low + width + 0.01)
            ])  # fmt: skip
            name = f"least width {arm.floor:g}" if arm.floor else "as published"
            title = "" if name in words else name
            bars.append(
                Line(ends[:, 0], ends[:, 1] + 0.75 + 0.12 * i, title, "c" if arm.floor else "ink",
                     width=4)
            )  # fmt: skip
            words.setdefault(name, []).append(f"{low:.2f} to {low + width:.2f}")
        return tuple(bars), tuple(f"{name}: lam from {', '.join(w)}" for name, w in words.items())

    @property
    def _place(self) -> np.ndarray:
        """Where the segment ends, in the plane."""
        x, y = hand_words.read_place(self.spot)
        return np.array([(2 * x - 1) * BOX[0], (1 - 2 * y) * BOX[1]], np.float32)

    def _draw_widths(self) -> Curve:
        """The mean width of every network's intervals over training."""
        toy = train_policies(self.floor)
        steps = [row[0].step for row in toy.moments]
        lines = []
        for i, arm in enumerate(toy.arms):
            first = i % SEEN == 0
            floored = i >= SEEN
            title = ("least width" if floored else "as published") if first else ""
            lines.append(
                Line(steps, [row[i].width for row in toy.moments], title, "c" if floored else "ink",
                     width=2.5 if first else 1.2)
            )  # fmt: skip
            if floored and first:
                lines.append(Line([0, STEPS], [arm.floor] * 2, color="mute", dashed=True, width=1))
        return Curve(
            title="Width of the policy's intervals, blobs",
            caption=f"{SEEN} networks of each. At 0 one ratio is left; if it is 0 or 1, nothing is "
            "mixed.",
            lines=tuple(lines), x="step", y="mean width", y_range=(0.0, 1.02),
        )  # fmt: skip

    def run(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        """One arm: on blobs, all seeds at once, then on pictures, seed by seed."""
        from mixcore.train.bare_run import score_model, train_bare

        way, floor = CONTROLS[part]
        toy = BlobsToy([BlobArm(way, seed, floor) for seed in seeds])
        whole = 1000 * (1 + len(seeds))
        progress.at(0, whole)
        toy.train(self.steps, lambda done: progress.at(1000 * done // self.steps, whole))
        rows = []
        for i, seed in enumerate(seeds):

            def tell(step: int, steps: int, i: int = i) -> None:
                progress.at(1000 * (1 + i) + 1000 * step // steps, whole)

            job = train_bare(self._ask(part, seed), None, tell)
            found = toy.measure(i) | {"pictures": score_model(job).accuracy}
            if way == POLICY:
                objective: Any = job.objective
                widths = objective.measure_pairs(job.setting, job.players)
                found["mean width"] = float(np.nanmean(widths))
            rows.append(Row(part, seed, found))
            progress.trace(part, i, {name: [found[name]] for name in ("middle", "pictures")})
        return rows

    def _ask(self, part: str, seed: int) -> Any:
        """The training of an arm on pictures."""
        from mixcore.train.training_request import TrainingRequest
        from mixcore.train_names import NONE

        way, floor = CONTROLS[part]
        own = {"objective": "adamixup", "objective_parameters": {"min_width": floor}}
        return TrainingRequest.from_dict({
            "data": self.pictures, "model": self.model, "images": self.images,
            "epochs": self.epochs, "batch": self.batch, "seed": seed, "lr": 2e-3, "device": "cpu",
            "method": "mixup" if way == MIXUP else NONE, **(own if way == POLICY else {}),
        })  # fmt: skip

    def snippet(self, seed: int) -> str:
        """The number of the moment, and AdaMixUp in a training."""
        if self.data == PHOTOS:
            name = self.photo if self.photo in gallery.names() else OWN[0]
            body = f"""\
from mixcore import pictures
from mixcore.data import gallery
from mixcore.labs.adamixup import find_path

photo = pictures.square(gallery.load("{name}"), {SIDE})  # your own: pictures.read(bytes)
path = find_path(photo.tobytes(), "{self.other}")
third = [name not in ("A", "B") for name in path.nearest]
print(f"{{sum(third) / len(third):.0%}}")
"""
        else:
            body = f"""\
import numpy as np
import torch
from mixcore.intrusion import find_intrusions
from mixcore.labs.adamixup import DigitPairs, load_digits

pairs = DigitPairs.draw(np.random.default_rng({seed}))
x, y = load_digits()
classes = torch.stack([y[pairs.a], y[pairs.b]], 1)
found = find_intrusions(pairs.mix({self.lam!r}), classes, x, y)
print(f"{{found.rate:.1%}}")
"""
        return (
            body
            + f"""
# To train with it: python -m mixcore train --method none --objective adamixup \\
#   --set-objective min_width={self.floor:g}
"""
        )


@dataclass(frozen=True, eq=False)
class DigitPairs:
    """Pairs of digits of two classes by their numbers a and b (n,)."""

    a: Tensor
    b: Tensor

    @classmethod
    def draw(cls, rng: np.random.Generator) -> DigitPairs:
        """COUNTED of them."""
        _, y = load_digits()
        a, b = (torch.from_numpy(rng.integers(len(y), size=2 * COUNTED)) for _ in "ab")
        two = (y[a] != y[b]).nonzero()[:COUNTED, 0]
        return cls(a[two], b[two])

    def mix(self, lam: float) -> Tensor:
        """Their mixes, (n, 64)."""
        x, _ = load_digits()
        share = torch.from_numpy(np.full(len(self.a), lam))
        return mix_by_ratio(x[self.a], x[self.b], share)

    def choose(self) -> list[int]:
        """The pairs that are shown: BAD of those that intrude at one half, and others."""
        third = self.find(0.5).third
        bad, fine = third.nonzero()[:BAD, 0], (~third).nonzero()[:, 0]
        return [*bad.tolist(), *fine[: PAIRS - len(bad)].tolist()]

    def find(self, lam: float) -> Any:
        """What these mixes are nearest to."""
        x, y = load_digits()
        return find_intrusions(self.mix(lam), torch.stack([y[self.a], y[self.b]], 1), x, y)


@lru_cache(1)
def load_digits() -> tuple[Tensor, Tensor]:
    """scikit-learn's digits: x (n, 64) in [0, 1], y (n,)."""
    from sklearn.datasets import load_digits as load

    x, y = load(return_X_y=True)
    return torch.from_numpy(x / 16), torch.from_numpy(y)


def find_classes(points: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The class of the sample nearest to each point."""
    far = np.square(points[:, None] - x).sum(2)
    found: np.ndarray = y[far.argmin(1)]
    return found


@lru_cache(8)
def train_policies(floor: float) -> BlobsToy:
    """SEEN policies as published, and as many with a least width, trained for the page."""
    floors = [0.0] * SEEN + ([floor] * SEEN if floor else [])
    toy = BlobsToy([BlobArm(POLICY, i % SEEN, each) for i, each in enumerate(floors)])
    toy.train(STEPS, every=EVERY)
    return toy


@dataclass(frozen=True, eq=False)
class PhotoPath:
    """The way from photo B to A: what each mix is nearest to, "A", "B" or a bundled photo.

    one and other are uint8 (h, w, 3); features says how many there are.
    """

    one: np.ndarray
    other: np.ndarray
    nearest: tuple[str, ...]
    features: int

    def mix(self, lam: float) -> np.ndarray:
        """The mix at lam of A."""
        return np.round(lam * self.one + (1 - lam) * self.other.astype(float)).astype(np.uint8)


@lru_cache(16)
def find_path(pixels: bytes, other: str) -> PhotoPath:
    """What mixes of a photo, uint8 (SIDE, SIDE, 3) as bytes, and a bundled one are nearest to."""
    one, two = np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE, 3), _read_square(other)
    lams = np.linspace(0, 1, GRID)
    a, b = (pictures.to_tensor(photo) for photo in (one, two))
    mixes = torch.cat([float(lam) * a + (1 - float(lam)) * b for lam in lams])
    found = _read_features(torch.cat([mixes, a, b]))
    names = [name for name in list_references() if name != other]
    bundled = dict(zip(list_references(), read_references(), strict=True))
    known = torch.cat([found[-2:], torch.stack([bundled[name] for name in names])])
    labels = torch.from_numpy(np.arange(len(known)))
    classes = labels[:2].expand(GRID, 2)
    near = find_intrusions(found[:-2], classes, known, labels).label
    called = ("A", "B", *names)
    return PhotoPath(one, two, tuple(called[i] for i in near.tolist()), found.shape[1])


def list_references() -> tuple[str, ...]:
    """The bundled photos that mixes are compared with."""
    return gallery.names("photo")


@lru_cache(1)
def read_references() -> Tensor:
    """Features of the bundled photos, (n, 1280)."""
    return _read_features(torch.cat([
        pictures.to_tensor(_read_square(name)) for name in list_references()
    ]))  # fmt: skip


@torch.no_grad()
def _read_features(x: Tensor) -> Tensor:
    """Last features of Lite0 of pictures (n, 3, h, w), pooled, each of length 1."""
    from mixcore import naming

    model: Any = naming.load().model
    found = [
        model.forward_head(model.forward_features((some - 0.5) / 0.5), pre_logits=True)
        for some in x.split(16)
    ]
    return torch.nn.functional.normalize(torch.cat(found), dim=1)


def _read_square(name: str) -> np.ndarray:
    square: np.ndarray = pictures.square(gallery.load(name), SIDE)
    return square


def _draw_digits(*digits: Tensor) -> np.ndarray:
    """Digits (64,) in [0, 1] side by side as ink on paper, uint8 (h, w)."""
    drawn = [1 - digit.clamp(0, 1).numpy().reshape(8, 8) for digit in digits]
    levels = np.round(255 * np.concatenate(drawn, 1)).astype(np.uint8)
    return levels.repeat(ENLARGED, 0).repeat(ENLARGED, 1)
