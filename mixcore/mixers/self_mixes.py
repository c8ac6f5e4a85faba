"""Mixes of a picture with itself, as MediAug's notebooks make them under six methods' names.

Paper: Qi, Zhang, Gang et al., "MediAug: Exploring Visual Augmentation in Medical Imaging", MIUA
2025, compares MixUp, CutMix, SnapMix, YOCO, CropMix and AugMix. In the notebooks that are released
no picture is mixed with another and no label is mixed: a copy is written into its own class folder.

Where these differ from the notebooks: they are drawn anew in every batch, where those write one
copy a picture; two of ten choices of MixUp (gamma, noise) and SnapMix's noise are no operations of
this library; blur is one of 3 x 3 pixels. SnapMix pastes the only picture of its batch into itself,
which changes nothing, so that it is left out. Colors of gray pictures stay gray.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mixcore import self_mix
from mixcore.batch import Batch
from mixcore.evidence.map import Evidence
from mixcore.evidence.visibility import visible_share
from mixcore.plan import Plan
from mixcore.plan_k import AnyPlan, PlanK
from mixcore.regions.partition import Tiles, Weights
from mixcore.registry import make_method
from mixcore.rng import Rng, make_streams
from mixcore.warps.geometry import Window
from mixcore.warps.views import Chain, Step, View
from mixcore.wrappers import Recipe

Draw = Callable[[np.random.Generator], Chain]

BLUR: Step = ("sharpness", (0.0,))
INVERT: Step = ("solarize", (0.0,))
FLAT: Step = ("crop", (0.0, 0.001, 0.0, 0.001))  # what their "elastic" does: a corner fills it all
CHAINS, LONGEST = 3, 3  # of AugMix


def _factor(name: str, low: float, high: float) -> Draw:
    return lambda random: ((name, (random.uniform(low, high),)),)


ENHANCEMENTS: tuple[Draw, ...] = (
    _factor("brightness", 0.5, 1.5),
    _factor("contrast", 0.5, 1.5),
    _factor("saturation", 0.5, 1.5),
    lambda random: (BLUR,),
    lambda random: (("equalize", ()),),
    lambda random: (INVERT,),
    lambda random: (FLAT,),
    lambda random: (FLAT,),  # it is listed twice
)
CHANGES: tuple[Draw, ...] = (
    lambda random: (("autocontrast", ()),),
    lambda random: (("equalize", ()),),
    lambda random: (("solarize", (128 / 255,)),),
    lambda random: (("rotate", (float(random.choice((15, 30, 45))),)),),
    _factor("saturation", 1.2, 2.0),
    _factor("brightness", 1.2, 2.0),
    _factor("contrast", 1.2, 2.0),
    _factor("sharpness", 1.2, 2.0),
)


@dataclass(frozen=True)
class BlendWithEnhanced:
    """Self mix released as MixUp: lam of a picture and 1 - lam of an enhanced copy of it."""

    def plan(self, batch: Batch, rng: Rng) -> PlanK:
        """One enhancement a sample, lam ~ Beta(1, 1)."""
        random = make_streams(rng)
        lam, pick = random.stage("ratio").random(len(batch)), random.stage("enhancement")
        chains = [ENHANCEMENTS[pick.integers(len(ENHANCEMENTS))](pick) for _ in lam]
        share = Weights(np.stack([lam, 1 - lam], 1), batch.size)
        return self_mix.plan_views(batch, share, [None, View(chains)])


@dataclass(frozen=True)
class PasteOwnCrop:
    """Self mix released as CutMix: a crop, 1/6 to .9 a side, pasted elsewhere in its picture."""

    low: float = 1 / 6
    high: float = 0.9

    def plan(self, batch: Batch, rng: Rng) -> PlanK:
        """Crops of the picture's shape, moved by whole pixels."""
        (h, w), random = batch.size, make_streams(rng).stage("place")
        boxes, chains = [], []
        for _ in range(len(batch)):
            side = random.uniform(self.low, self.high)
            high, wide = int(h * side), int(w * side)
            y, x = random.integers(0, h - high + 1), random.integers(0, w - wide + 1)
            y0, x0 = random.integers(0, h - high + 1), random.integers(0, w - wide + 1)
            boxes.append([[0, h, 0, w], [y0, y0 + high, x0, x0 + wide]])
            chains.append((("translate", (_share(int(y0 - y), h), _share(int(x0 - x), w))),))
        share = Tiles(np.array(boxes), batch.size)
        return self_mix.plan_views(batch, share, [None, View(chains)])


@dataclass(frozen=True)
class JitterAndBlur:
    """Self mix released as SnapMix: other colors and perhaps a blur; its paste changes nothing."""

    def plan(self, batch: Batch, rng: Rng) -> PlanK:
        """One changed copy, and nothing else."""
        random = make_streams(rng).stage("change")
        chains = [
            (*_jitter(random, 0.4), ("hue", (random.uniform(-0.2, 0.2),)),
             *((BLUR,) if random.random() < 0.5 else ()))
            for _ in range(len(batch))
        ]  # fmt: skip
        share = Weights(np.ones((len(batch), 1)), batch.size)
        return self_mix.plan_views(batch, share, [View(chains)])


@dataclass(frozen=True)
class FlipHalfJitterHalf:
    """Self mix released as YOCO: one half is mirrored, the other has other colors or stays."""

    def plan(self, batch: Batch, rng: Rng) -> PlanK:
        """A coin for the cut, and one for the colors."""
        (h, w), random = batch.size, make_streams(rng).stage("change")
        halves = (
            [[0, h, 0, w // 2], [0, h, w // 2, w]],
            [[0, h // 2, 0, w], [h // 2, h, 0, w]],
        )
        boxes, colors = [], []
        for _ in range(len(batch)):
            boxes.append(halves[random.integers(2)])
            colors.append(_jitter(random, 0.5) if random.random() < 0.5 else ())
        views = [View([(("flip", ()),)] * len(batch), True), View(colors, True)]
        return self_mix.plan_views(batch, Tiles(np.array(boxes), batch.size), views)


@dataclass(frozen=True)
class AugMixTwice:
    """Self mix released as AugMix: its blend of changed copies, blended with such copies again."""

    def plan(self, batch: Batch, rng: Rng) -> TwoMixes:
        """Two Plans, one after the other."""
        random = make_streams(rng)
        first, second = (self._blend(batch, random.stage(name)) for name in ("first", "second"))
        return TwoMixes(first, second)

    def _blend(self, batch: Batch, random: np.random.Generator) -> PlanK:
        b = len(batch)
        w, m = random.dirichlet([1] * CHAINS, b), random.beta(1, 1, (b, 1))
        views = [
            View([
                tuple(step for _ in range(random.integers(1, LONGEST + 1))
                      for step in CHANGES[random.integers(len(CHANGES))](random))
                for _ in range(b)
            ])
            for _ in range(CHAINS)
        ]  # fmt: skip
        share = Weights(np.concatenate([1 - m, m * w], 1), batch.size)
        return self_mix.plan_views(batch, share, [None, *views])


class TwoMixes(PlanK):
    """A mix whose pictures are mixed once more, each with itself: its labels are the first's."""

    def __init__(self, first: PlanK, second: PlanK) -> None:
        super().__init__(first.index.numpy(), first.share, w=first.w.numpy(), warps=first.warps)
        self.first, self.second = first, second

    def apply(self, x: Tensor, *, out: Tensor | None = None, in_place: bool = False) -> Tensor:
        """Both mixes; see PlanK.apply."""
        return self.second.apply(self.first.apply(x, out=out, in_place=in_place).clamp(0, 1))

    def rows(self, rows: np.ndarray, index: np.ndarray | None = None) -> TwoMixes:
        """Both Plans of the chosen samples; index replaces the sources of the first."""
        own = np.arange(len(rows))[:, None].repeat(self.second.index.shape[1], 1)
        return TwoMixes(self.first.rows(rows, index), self.second.rows(rows, own))

    def at(self, height: int, width: int) -> TwoMixes:
        """Both for images of another size."""
        return TwoMixes(self.first.at(height, width), self.second.at(height, width))

    def nearest(self) -> TwoMixes:
        """Both with sources that are moved, but never blended or recolored."""
        return TwoMixes(self.first.nearest(), self.second.nearest())


PUBLISHED: dict[str, Callable[[], Recipe]] = {
    "MixUp": lambda: make_method("mixup"),
    "CutMix": lambda: make_method("cutmix"),
    "SnapMix": lambda: make_method("snapmix"),
    "YOCO": lambda: make_method("yoco"),
    "CropMix": lambda: make_method("cropmix"),
    "AugMix": lambda: make_method("augmix"),
}
RELEASED: dict[str, Callable[[], Recipe]] = {
    "MixUp": BlendWithEnhanced,
    "CutMix": PasteOwnCrop,
    "SnapMix": JitterAndBlur,
    "YOCO": FlipHalfJitterHalf,
    "CropMix": lambda: make_method("cropmix", smallest=0.5, mix_ratio=1.0, crops="2"),
    "AugMix": AugMixTwice,
}
READINGS = {"published": PUBLISHED, "released": RELEASED}
LABEL_MIXED = {(name, "published") for name in ("MixUp", "CutMix", "SnapMix")}
"""Of the methods and their two readings those that mix labels: none that was released."""


def make_recipe(method: str, reading: str) -> Recipe:
    """One of the six methods, "published" or "released", as a recipe for a Mixer.

    Args:
        method: a key of PUBLISHED.
        reading: "published" for the method of its paper, "released" for MediAug's notebook.

    Returns:
        A recipe, as mixcore.Mixer takes it.

    Raises:
        ValueError: for a method or a reading that is not known.

    Example:
        >>> import mixcore, torch
        >>> from mixcore.mixers.self_mixes import is_label_mixed, make_recipe
        >>> batch = mixcore.Batch(torch.rand(4, 1, 16, 16), torch.arange(4))
        >>> is_label_mixed(make_recipe("MixUp", "released").plan(batch, rng=0))
        False
    """
    if reading not in READINGS:
        raise ValueError(f"reading must be one of {', '.join(READINGS)}, got {reading!r}.")
    if method not in PUBLISHED:
        raise ValueError(f"method must be one of {', '.join(PUBLISHED)}, got {method!r}.")
    return READINGS[reading][method]()


def is_label_mixed(plan: AnyPlan) -> bool:
    """Whether the label of some sample of a plan is partly that of another one."""
    own = torch.from_numpy(np.arange(len(plan)))
    if isinstance(plan, Plan):
        return bool(((plan.index != own) & (plan.w_b > 0)).any())
    return bool(((plan.index != own[:, None]) & (plan.w > 0)).any())


def measure_left(plan: AnyPlan, masks: Tensor, rows: Sequence[int] | None = None) -> np.ndarray:
    """How much of what its own mask marks is left in each mix, (b,) float64 in [0, 1].

    Each marked pixel counts with the greatest share of a pixel that shows it, summed over the
    copies of its picture. What a blend fades counts by its share; changes of color do not count.

    Args:
        plan: of b samples, a self mix or a mix of two.
        masks: (b, 1, h, w) bool or in [0, 1]; of no pixel: NaN.
        rows: of which samples, all unless given.

    Returns:
        A share for each of them.

    Raises:
        ValueError: for masks that are not of the plan's samples.
    """
    if len(plan) != len(masks):
        raise ValueError(f"The plan has {len(plan)} mixes, but there are {len(masks)} masks.")
    marked, chosen = masks.double(), list(range(len(plan)) if rows is None else rows)
    if isinstance(plan, Plan):
        left = visible_share(plan, Evidence(marked, "mask"))[chosen, 0].numpy()
    else:
        moved = plan.nearest()
        left = np.array([_count_shown(moved, i, marked[i, 0]) for i in chosen])
    found: np.ndarray = np.where((marked[chosen] > 0.5).flatten(1).any(1).numpy(), left, np.nan)
    return found


Layer = tuple[Tensor, Tensor]
"""One copy of a picture in a mix: its share of each pixel, and which pixel is shown there."""


def _count_shown(plan: PlanK, i: int, mask: Tensor) -> float:
    """The share of the marked pixels of picture i that its mix shows."""
    h, w = mask.shape
    number = torch.from_numpy(np.arange(1.0, h * w + 1, dtype=np.float32)).view(h, w)
    number = number.repeat_interleave(2, 0).repeat_interleave(2, 1)
    layers = [(torch.ones_like(number), number)]
    parts = (plan.first, plan.second) if isinstance(plan, TwoMixes) else (plan,)
    for part in parts:
        layers = _list_copies(part.at(2 * h, 2 * w), i, layers)
    total = torch.zeros(h * w + 1, dtype=torch.float32, device="cpu")
    for share, pixel in layers:
        best = torch.zeros_like(total)
        best.scatter_reduce_(0, pixel.long().flatten(), share.flatten(), "amax")
        total += best
    seen = total[1:].clamp(max=1).double()[mask.flatten() > 0.5]
    return float(seen.mean()) if len(seen) else 0.0


def _list_copies(plan: PlanK, i: int, layers: Sequence[Layer]) -> list[Layer]:
    """The layers of a self mix of a picture that is made of these layers itself."""
    masks, found = plan.share.rows(np.array([i])).mask()[0], []
    for k, warp in enumerate(plan.warps):
        window = plan.share.window(i, k)
        for layer in layers:
            both = torch.stack(layer)
            piece = _cut(both, window) if warp is None else warp.piece(both, i, window)
            found.append((piece[0] * _cut(masks[k], window), piece[1]))
    return found


def _cut(x: Tensor, window: Window) -> Tensor:
    y0, y1, x0, x1 = window
    return x[..., y0:y1, x0:x1]


def _share(pixels: int, n: int) -> float:
    """Whole pixels as a share of n that is cut off to the same number again."""
    return float((pixels + 0.5 * np.sign(pixels)) / n)


def _jitter(random: np.random.Generator, reach: float) -> Chain:
    """Brightness, contrast and saturation times 1 - reach to 1 + reach."""
    names = ("brightness", "contrast", "saturation")
    return tuple((name, (random.uniform(1 - reach, 1 + reach),)) for name in names)
