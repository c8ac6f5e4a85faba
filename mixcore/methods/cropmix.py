"""CropMix: crops of one photo at several scales are mixed with each other; the label stays.

Paper: Han, Petersson, Li, Reid, "CropMix: Sampling a Rich Input Distribution via Multi-Scale
Cropping", 2022: n bands of equal width split the areas [s, 1]; one random resized crop a band is
folded into the next, v <- lam v + (1 - lam) v_i with lam ~ Beta(mu / n, mu / n) drawn anew, or as
in CutMix with lam ~ U(0, 1) and a coin for which of the two is pasted on the other.

Two crops keep their order, more are shuffled. With permute the view that weighs less, or that is
pasted, has its colour channels reordered. The first of two bands is (s, s + (1 - s) / 2), as in the
released code since 2022; its first release had (s, (1 - s) / 2), which is reversed at s = 0.5. That
code draws "random" once a run; here it is drawn for every photo.
MediAug's release mixes two crops of at least half the photo, with mu = 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from mixcore import region, self_mix
from mixcore.batch import Batch
from mixcore.params import choice, flag, real
from mixcore.plan_k import PlanK
from mixcore.regions.partition import Share, Tiles, Weights
from mixcore.registry import Method, method
from mixcore.rng import Rng, Streams, make_streams
from mixcore.warps.geometry import Window
from mixcore.warps.views import Chain, View

MOST = 4  # crops
TRIES = 10  # for a crop of drawn area and ratio that fits into the frame, as in torchvision
IN_ORDER = (0, 1, 2)  # colour channels


@method(
    "CropMix",
    family="One photo",
    paper="CropMix: Sampling a Rich Input Distribution via Multi-Scale Cropping",
    authors="Han et al.",
    year=2022,
    summary="Crops of one photo, from close to whole, are mixed with each other; the label stays.",
    look="Detail and whole are in one picture. A very small crop may show only background.",
    sources=1,
    given=(),
    presets={
        "ImageNet": {"smallest": 0.01, "mix_ratio": 0.4, "crops": "random", "permute": True},
        "CIFAR": {"smallest": 0.5, "mix_ratio": 0.4, "crops": "2", "permute": True},
    },
)
class CropMix(Method):
    smallest: float = real(0.01, 0.01, 0.5, help="Area of the smallest crop", source="code")
    mix_ratio: float = real(
        0.4, 0.1, 2.0, help="mu of Beta(mu / n, mu / n): small lets one of the crops win",
        source="code", when=("operation", ("mix",)),
    )  # fmt: skip
    crops: str = choice("random", "2", "3", "4", help="How many crops; random is 2, 3 or 4")
    operation: str = choice("mix", "cut", help="Crops shine through each other, or are pasted")
    permute: bool = flag(False, help="Reorder the colours of one of the two at each step")

    def plan(self, batch: Batch, rng: Rng) -> PlanK:
        b, random = len(batch), make_streams(rng)
        n = random.stage("count").integers(2, MOST + 1, size=b)
        if self.crops != "random":
            n = np.full(b, int(self.crops))
        frame = (0, batch.size[0], 0, batch.size[1])
        step = self._pasted if self.operation == "cut" else self._blended
        drawn = self._crops(batch, n, random), self._folds(batch, n, random)
        mixes = []
        for crops, folds in zip(*drawn, strict=True):
            layers = [CropLayer(crops[0], frame)]
            for crop, fold in zip(crops[1:], folds, strict=False):
                layers = step(layers, CropLayer(crop, frame), fold)
            mixes.append(layers)
        k = int(n.max())
        for layers in mixes:  # photos of fewer crops
            layers += [CropLayer(weight=0.0)] * (k - len(layers))
        share: Share
        if self.operation == "cut":
            share = Tiles(np.array([[layer.box for layer in row] for row in mixes]), batch.size)
        else:
            share = Weights(
                np.array([[layer.weight for layer in row] for row in mixes]), batch.size
            )
        views = [View([row[j].chain() for row in mixes]) for j in range(k)]
        return self_mix.plan_views(batch, share, views)

    def _blended(self, old: list[CropLayer], new: CropLayer, fold: Fold) -> list[CropLayer]:
        """One step of "mix"; the side that weighs less is permuted."""
        old = [replace(layer, weight=layer.weight * fold.lam) for layer in old]
        new = replace(new, weight=1 - fold.lam)
        if not self.permute:
            return [*old, new]
        if fold.lam > 0.5:
            return [*old, new.permuted(fold.channels)]
        return [*(layer.permuted(fold.channels) for layer in old), new]

    def _pasted(self, old: list[CropLayer], new: CropLayer, fold: Fold) -> list[CropLayer]:
        """One step of "cut"; the side that is pasted is permuted, and painted last."""
        under, upper = (old, [new]) if fold.coin else ([new], old)
        if self.permute:
            upper = [layer.permuted(fold.channels) for layer in upper]
        return under + [layer.within(fold.box) for layer in upper]

    def _folds(self, batch: Batch, n: np.ndarray, random: Streams) -> list[list[Fold]]:
        """What is drawn for the steps of each sample, also for those that it will not take."""
        b, steps = len(batch), MOST - 1
        mu = self.mix_ratio / n[:, None]
        lam = random.stage("ratio").beta(mu, mu, (b, steps))
        side = np.sqrt(1 - random.stage("area").random((b, steps)))
        boxes = [
            region.draw_box(batch, side[:, j], random.child(f"box {j}")).box for j in range(steps)
        ]
        coin = random.stage("coin").random((b, steps)) > 0.5
        order = random.stage("channels").random((b, steps, 3)).argsort(2)
        drawn = [d.tolist() for d in (lam, np.stack(boxes, 1), coin, order)]
        return [
            [Fold(*step) for step in zip(*row, strict=True)] for row in zip(*drawn, strict=True)
        ]

    def _crops(self, batch: Batch, n: np.ndarray, random: Streams) -> list[list[Place]]:
        """Each sample's n crops, one a band of areas, shuffled where there are more than two."""
        b, (h, w) = len(batch), batch.size
        u = random.stage("crop").random((b, MOST, TRIES, 2))
        band = (1 - self.smallest) / n[:, None, None]
        area = self.smallest + band * (np.arange(MOST)[:, None] + u[..., 0])
        ratio = np.exp(np.log(3 / 4) + u[..., 1] * np.log(16 / 9))
        sides = np.sqrt(np.stack([area / ratio * w / h, area * ratio * h / w], -1))
        first = (sides <= 1).all(-1).argmax(-1)[..., None, None]
        side = np.minimum(np.take_along_axis(sides, first, 2)[:, :, 0], 1)
        low = random.stage("place").random((b, MOST, 2)) * (1 - side)
        crops = np.stack([low, low + side], -1).reshape(b, MOST, 4).tolist()
        rank = random.stage("order").random((b, MOST))
        return [
            [row[j] for j in (np.argsort(r[:k]) if k > 2 else range(k))]
            for row, r, k in zip(crops, rank, n.tolist(), strict=True)
        ]


Place = Sequence[float]  # y0, y1, x0, x1 as shares of the frame


class Fold(NamedTuple):
    """The draws of one step."""

    lam: float
    box: Window
    coin: bool
    channels: tuple[int, ...]


@dataclass(frozen=True)
class CropLayer:
    """One crop on its way through the steps: its window, its weight, its order of colours."""

    crop: Place | None = None
    box: Window = (0, 0, 0, 0)
    weight: float = 1.0
    channels: tuple[int, ...] = IN_ORDER

    def permuted(self, order: tuple[int, ...]) -> CropLayer:
        return replace(self, channels=tuple(self.channels[i] for i in order))

    def within(self, box: Window) -> CropLayer:
        """Cut by a box; what is left may be nothing."""
        y0, y1, x0, x1 = (f(a, b) for f, a, b in zip((max, min) * 2, self.box, box, strict=True))
        return replace(self, box=(y0, max(y0, y1), x0, max(x0, x1)))

    def chain(self) -> Chain:
        if self.crop is None:
            return ()
        colors = () if self.channels == IN_ORDER else (("channels", self.channels),)
        return (("crop", tuple(self.crop)), *colors)
