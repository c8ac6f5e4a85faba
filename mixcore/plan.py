"""Plan: one mix as data. Who, how much, where, worth what; everything else only reads it.

Letters used throughout: b samples, c channels, h and w pixels, k classes. A is the sample
itself, B its partner; lam, area and w_a are A's, and every mask is 1 where the pixel is A's.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import chain, pairwise
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mixcore.account import Account, explain_weights
from mixcore.isolate import isolate
from mixcore.pixels import (
    as_bytes,
    as_maps,
    check_buffer,
    check_images,
    gather_images,
    keep_layout,
)
from mixcore.regions.shapes import Region, Whole
from mixcore.warps.geometry import Warp

# Below this many bytes an image is cheaper to mix in one batched call than in a call of its own.
# 128 images on two cores: Mixup breaks even near 90 pixels a side, CutMix near 70.
SMALL = 3 * 80 * 80 * 4


class Plan:
    """A two-source mix of b samples.

    The numbers live on the CPU and may be read at any time; pixels are made by apply, targets by
    target. Methods make plans: to write one by hand is seldom needed.

    Args:
        index: (b,) int64, partner of each sample.
        region: where B goes, of b samples.
        lam: (b,) in [0, 1], the share of A that was drawn, or None where nothing was drawn.
        warp: how B is bent first, or None.
        w_a: (b,) in [0, 1], what A's label is worth; the realised area where it is None.
        w_b: (b,) the same for B; 1 - w_a where it is None.
        depth: where to apply it: 0 for the images, k for the k-th layer of a mixcore.Space.
        account: what the label is made of, and the maps that made it or the mask; its terms,
            where it has any, make w_a and w_b.

    Raises:
        ValueError: where an array has not the shape (b,).

    Example:
        >>> import mixcore, torch
        >>> x, y = torch.rand(4, 3, 32, 32), torch.arange(4)
        >>> plan = mixcore.method("cutmix").plan(mixcore.Batch(x, y), rng=0)
        >>> plan.apply(x).shape, plan.target(y, 4).shape
        (torch.Size([4, 3, 32, 32]), torch.Size([4, 4]))
        >>> bool((plan.w_a == plan.area).all())  # CutMix labels by area
        True
    """

    def __init__(
        self,
        index: np.ndarray,
        region: Region,
        *,
        lam: np.ndarray | None = None,
        warp: Warp | None = None,
        w_a: np.ndarray | None = None,
        w_b: np.ndarray | None = None,
        depth: int = 0,
        account: Account | None = None,
    ) -> None:
        self.region, self.warp, self.depth = region, warp, depth
        self._account = account or Account()
        if self._account.terms and w_a is None:
            w_a, w_b = _split_weights(self._account)
        self._index, self._lam, self._w_a, self._w_b = index, lam, w_a, w_b
        for name, value in {"index": index, "lam": lam, "w_a": w_a, "w_b": w_b}.items():
            if value is not None and value.shape != (len(region),):
                raise ValueError(
                    f"Plan.{name} must have shape ({len(region)},), got {value.shape}."
                )

    def __len__(self) -> int:
        return len(self.region)

    def __repr__(self) -> str:
        where = type(self.region).__name__.lower()
        h, w = self.region.size
        return (
            f"Plan({len(self)} mixes of {h} x {w}, {where}, w_a {self.w_a.mean():.2f} on average)"
        )

    @cached_property
    def index(self) -> Tensor:
        """Partner of each sample, (b,) int64."""
        return torch.from_numpy(self._index)

    @cached_property
    def lam(self) -> Tensor | None:
        """The drawn share of A, (b,) float64; None where nothing was drawn."""
        return None if self._lam is None else torch.from_numpy(self._lam)

    @cached_property
    def area(self) -> Tensor:
        """The realised share of A in the frame, (b,) float64."""
        return torch.from_numpy(self.region.area())

    @cached_property
    def w_a(self) -> Tensor:
        """What A's label is worth, (b,) float64."""
        return self.area if self._w_a is None else torch.from_numpy(self._w_a)

    @cached_property
    def w_b(self) -> Tensor:
        """What B's label is worth, (b,) float64."""
        return 1 - self.w_a if self._w_b is None else torch.from_numpy(self._w_b)

    @cached_property
    def account(self) -> Account:
        """How the labels came about: terms that add up to w_a and w_b, and the maps behind them."""
        if self._account.terms:
            return self._account
        w = torch.stack([self.w_a, self.w_b], 1).numpy()
        area = torch.stack([self.area, 1 - self.area], 1).numpy()
        return explain_weights(w, area, self._lam, self._account.maps)

    @property
    def by_area(self) -> bool:
        """Whether labels are worth the realised area, so that they follow from it."""
        return self._w_a is None and self._w_b is None

    @isolate
    def mask(self, height: int | None = None, width: int | None = None) -> Tensor:
        """A's share of every pixel, (b, 1, h, w) float32, at the planned or another size."""
        h, w = self.region.size
        return self.region.at(height or h, width or w).mask().float()

    def rows(self, rows: np.ndarray, index: np.ndarray | None = None) -> Plan:
        """The plan of the chosen samples; index replaces their partners."""
        return Plan(
            self._index[rows] if index is None else index,
            self.region.rows(rows),
            lam=None if self._lam is None else self._lam[rows],
            warp=None if self.warp is None else self.warp.rows(rows),
            w_a=None if self._w_a is None else self._w_a[rows],
            w_b=None if self._w_b is None else self._w_b[rows],
            depth=self.depth,
            account=self._account.rows(rows),
        )

    def weighing(self, w_a: np.ndarray | Tensor, w_b: np.ndarray | Tensor | None = None) -> Plan:
        """The same mix with labels worth something else, (b,) each; w_b is 1 - w_a if not given.

        ValueError unless all are finite and >= 0; they need not sum to 1.
        """
        worth = []
        for name, w in (("w_a", w_a), ("w_b", w_b)):
            array = None if w is None else as_numbers(w)
            low = 0.0 if array is None else float(array.min())
            if array is not None and not (low >= 0 and np.isfinite(array).all()):
                raise ValueError(f"{name} must be finite and >= 0, got {low:g} at its lowest.")
            worth.append(array)
        return self._labeled(worth[0], worth[1], Account(maps=self._account.maps))

    def with_account(self, account: Account) -> Plan:
        """The same mix, with labels worth what the terms of this account add up to.

        Its maps join those that the mix has already. ValueError as in `weighing`.
        """
        w_a, w_b = _split_weights(account)
        checked = self.weighing(w_a, w_b)
        maps = (*self._account.maps, *account.maps)
        return self._labeled(checked._w_a, checked._w_b, replace(account, maps=maps))

    def _labeled(self, w_a: np.ndarray | None, w_b: np.ndarray | None, account: Account) -> Plan:
        return Plan(
            self._index,
            self.region,
            lam=self._lam,
            warp=self.warp,
            w_a=w_a,
            w_b=w_b,
            depth=self.depth,
            account=account,
        )

    def at(self, height: int, width: int) -> Plan:
        """The same plan for images of another size; labels stay what they were worth."""
        return Plan(
            self._index,
            self.region.at(height, width),
            lam=self._lam,
            warp=self.warp,
            w_a=self.w_a.numpy(),
            w_b=self.w_b.numpy(),
            depth=self.depth,
            account=self.account,
        )

    @property
    def blends_whole(self) -> bool:
        """Whether each sample is blended as a whole, so that rows of a table will do."""
        return self.warp is None and isinstance(self.region, Whole)

    @isolate
    def apply(self, x: Tensor, *, out: Tensor | None = None, in_place: bool = False) -> Tensor:
        """Mix x (b, c, h, w); dtype and device are kept, and so is x unless in_place.

        x is floating point, or uint8 pictures, which are mixed as numbers in [0, 1] and rounded.
        Label maps are for `carry`.

        out       a buffer like x to write into and return; it must not share memory with x
        in_place  overwrite x, which needs one spare image instead of one spare batch

        Gradients flow to x where it asks for them; out and in_place are then refused.
        A region that is Whole mixes tensors of any shape (b, ...), features too. A plan of rows
        (b, d) mixes these, as pictures of one pixel.
        """
        if x.ndim == 2 and self.region.size == (1, 1) and not self.blends_whole:
            return apply_to_rows(self, x, out, in_place)
        self._check(x, out, in_place)
        if x.dtype == torch.uint8:
            return as_bytes(self.apply(x.float() / 255), x if in_place else out)
        region = self.region.at(x.shape[-2], x.shape[-1])
        bent = self.warp is not None or region.bent
        if torch.is_grad_enabled() and x.requires_grad:
            return keep_layout(x, region.blend(x, self._partner(region, x, bent)))
        buffer = x if in_place else out
        one_call = x[0].nbytes < SMALL or x.device.type != "cpu"
        if one_call and not bent:
            mixed = region.blend(x, self._partner(region, x, bent), buffer)
            return keep_layout(x, mixed) if buffer is None else mixed
        chains = find_cycles(self._index)
        if in_place and chains is None:  # some image is wanted twice: no order can save it
            return region.blend(x, self._partner(region, x, bent), x)
        if in_place:
            self._walk_in_place(region, x, chains or [])
            return x
        buffer = torch.empty_like(x) if buffer is None else buffer
        self._walk(region, x, buffer, chains or [list(range(len(x)))])
        return buffer

    @isolate
    def carry(self, labels: Tensor) -> Tensor:
        """Label maps of the images, (b, h, w) or (b, c, h, w) of any dtype, mixed as these are.

        Nothing is blended: a pixel is A's where the mask is 0.5 or more and B's elsewhere, and a
        bent partner is read at the nearest pixel; what is read from beyond its frame is 0.
        """
        x, plan = as_maps(labels, len(self)), self.nearest()
        region = plan.region.at(x.shape[-2], x.shape[-1])
        partner = plan._partner(region, x, plan.warp is not None or region.bent)
        mixed = torch.where(region.mask(x.device) >= 0.5, x, partner)
        return mixed.to(labels.dtype).view_as(labels)

    def nearest(self) -> Plan:
        """The same plan with partners that are moved, but never blended or recoloured."""
        warp = None if self.warp is None else self.warp.nearest()
        return Plan(
            self._index, self.region.nearest(),
            lam=self._lam, warp=warp, w_a=self._w_a, w_b=self._w_b, depth=self.depth,
        )  # fmt: skip

    @isolate
    def target(self, y: Tensor, num_classes: int | None = None, smoothing: float = 0.0) -> Tensor:
        """Soft labels (b, k) float32 on y's device; rows sum to w_a + w_b.

        y is (b,) class indices below num_classes. smoothing gives that share of every label to
        all classes alike: 1 - s + s / k for the class, s / k for the others.

        Without num_classes y are real labels, (b,) or (b, d), and so is the target, of y's shape
        and dtype: w_a y + w_b y[index].
        """
        index = torch.from_numpy(np.stack([np.arange(len(self)), self._index], 1))
        w = torch.stack([self.w_a, self.w_b], 1)
        return make_target(y, index, w, num_classes, smoothing)

    def piece(self, region: Region, row: Tensor, i: int) -> Tensor:
        """What sample i takes of its partner image row (c, h, w), bent where there is a warp."""
        if self.warp is None:
            return region.piece(row, i)
        return self.warp.piece(row, i, region.window(i))

    def _partner(self, region: Region, x: Tensor, bent: bool) -> Tensor:
        """Every sample's partner as a whole batch; only what the region takes of it is right."""
        if not bent:
            return gather_images(x, self.index)
        h, w = region.size
        frames = []
        for i, j in enumerate(self._index.tolist()):
            y0, y1, x0, x1 = region.window(i)
            frames.append(F.pad(self.piece(region, x[j], i), (x0, w - x1, y0, h - y1)))
        return torch.stack(frames)

    def _walk(self, region: Region, x: Tensor, out: Tensor, chains: list[list[int]]) -> None:
        """Image by image along the chains, so that a partner is still in the cache when used."""
        rows, outs, partner = x.unbind(0), out.unbind(0), self._index.tolist()
        for i in chain.from_iterable(chains):
            region.put(outs[i], rows[i], self.piece(region, rows[partner[i]], i), i)

    def _walk_in_place(self, region: Region, x: Tensor, chains: list[list[int]]) -> None:
        """The same, over x itself, exact for any permutation: along a cycle every image is read
        as partner before it is overwritten, but for the first one, whose piece is saved."""
        rows = x.unbind(0)
        for cycle in chains:
            last = cycle[-1]
            saved = self.piece(region, rows[cycle[0]], last).clone()
            for i, j in pairwise(cycle):
                region.put(rows[i], rows[i], self.piece(region, rows[j], i), i)
            region.put(rows[last], rows[last], saved, last)

    def _check(self, x: Tensor, out: Tensor | None, in_place: bool) -> None:
        check_images(x, len(self), any_shape=isinstance(self.region, Whole))
        check_buffer(x, out, in_place)


def _split_weights(account: Account) -> tuple[np.ndarray, np.ndarray | None]:
    """w_a and w_b of an account; None for a w_b that is the rest, so that both sum to 1 exactly."""
    w = account.weights()
    rest = np.allclose(w.sum(1), 1, rtol=0, atol=1e-9)
    return np.ascontiguousarray(w[:, 0]), None if rest else np.ascontiguousarray(w[:, 1])


def as_numbers(values: np.ndarray | Tensor) -> np.ndarray:
    """A tensor or array as float64 on the CPU, whatever the default dtype and device."""
    if isinstance(values, Tensor):
        return values.detach().cpu().double().numpy()
    return np.asarray(values, np.float64)


def apply_to_rows(plan: Any, x: Tensor, out: Tensor | None, in_place: bool) -> Tensor:
    """Mix rows (b, d) as pictures of one pixel and d channels, which share their memory."""
    pictures = None if out is None else out[:, :, None, None]
    mixed: Tensor = plan.apply(x[:, :, None, None], out=pictures, in_place=in_place)
    return (x if in_place else mixed[:, :, 0, 0]) if out is None else out


def make_target(
    y: Tensor, index: Tensor, w: Tensor, num_classes: int | None, smoothing: float = 0.0
) -> Tensor:
    """Targets of the sources index (b, k) with weights w (b, k): soft classes, or real labels."""
    if num_classes is not None:
        return soft_target(y, index, w, num_classes, smoothing)
    if smoothing:
        raise ValueError(
            f"smoothing is for classes, got {smoothing} for real labels; leave it out or give "
            "num_classes."
        )
    return blend_labels(y, index, w)


def blend_labels(y: Tensor, index: Tensor, w: Tensor) -> Tensor:
    """Real labels y (b,) or (b, d), of the sources index (b, k) with the weights w (b, k)."""
    if not y.is_floating_point():
        raise TypeError(
            f"y must be floating point for regression, got {y.dtype}; for class indices give "
            "num_classes."
        )
    if y.ndim not in (1, 2) or len(y) != len(index):
        b = len(index)
        raise ValueError(f"y must have shape ({b},) or ({b}, d), got {tuple(y.shape)}.")
    if not np.allclose(w.sum(1).cpu().numpy(), 1, rtol=0, atol=1e-6):
        raise ValueError(
            "Label weights that do not sum to 1, such as SnapMix's, make no real label; use a "
            "method whose weights do."
        )
    dtype = torch.promote_types(y.dtype, torch.float32)  # half precision would round weights
    weight = w.to(y.device, dtype).view(*w.shape, *[1] * (y.ndim - 1))
    return (weight * y[index.to(y.device)].to(dtype)).sum(1).to(y.dtype)


def soft_target(
    y: Tensor, index: Tensor, w: Tensor, num_classes: int, smoothing: float = 0.0
) -> Tensor:
    """Labels y (b,) of the sources index (b, k) with the weights w (b, k), as (b, classes)."""
    _check_labels(y, len(index), num_classes)
    check_smoothing(smoothing)
    weight = w.to(y.device, torch.float32)
    target = torch.zeros(len(y), num_classes, dtype=torch.float32, device=y.device)
    target.scatter_add_(1, y.long()[index.to(y.device)], weight)
    if smoothing:
        target = target * (1 - smoothing) + weight.sum(1, keepdim=True) * (smoothing / num_classes)
    return target


def check_smoothing(smoothing: float) -> None:
    """Raise ValueError unless smoothing is in [0, 1)."""
    if not 0 <= smoothing < 1:
        raise ValueError(f"smoothing must be in [0, 1), got {smoothing}.")


def _check_labels(y: Tensor, b: int, num_classes: int) -> None:
    if y.shape != (b,):
        raise ValueError(f"y must have shape ({b},), got {tuple(y.shape)}.")
    if y.is_floating_point():
        raise TypeError(
            f"y must hold class indices, got {y.dtype}; real labels are mixed without num_classes."
        )
    if y.device.type == "cpu" and not (int(y.min()) >= 0 and int(y.max()) < num_classes):
        raise ValueError(
            f"y must be in [0, {num_classes - 1}], got {int(y.min())} to {int(y.max())}; "
            "num_classes is the number of classes of the data set."
        )


def find_cycles(index: np.ndarray) -> list[list[int]] | None:
    """The cycles i, index[i], index[index[i]], ... of a permutation; None if it is not one."""
    step = index.tolist()
    if len(set(step)) < len(step):
        return None
    found, unseen = [], [True] * len(step)
    for start in step:
        cycle, i = [], start
        while unseen[i]:
            unseen[i] = False
            cycle.append(i)
            i = step[i]
        if cycle:
            found.append(cycle)
    return found
