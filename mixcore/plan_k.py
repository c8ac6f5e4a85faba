"""PlanK: one mix of k sources as data, with the same verbs as Plan.

Two sources stay the simple case.

The sources of a self mix are changed copies of the sample itself: its index repeats the sample,
so its label stays whole without a rule of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import torch
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
from mixcore.plan import Plan, apply_to_rows, make_target
from mixcore.regions.partition import Share, Weights
from mixcore.warps.geometry import Warp, Window, crop_image, resize_image


class PlanK:
    """A mix of b samples from k sources each.

    Args:
        index: (b, k) int64, the sources of each sample; source 0 is the sample itself by custom.
        share: how the sources divide the frame: Weights, Tiles or Masks.
        w: (b, k) in [0, 1], what each source's label is worth; the realised areas where it is
            None; rows sum to 1.
        warps: how each of the k sources is bent or changed first, or None for it.
        instead: k -> (b, c, h, w) images that source k is taken from instead of x, by the same
            index.
        account: as that of a Plan.

    Raises:
        ValueError: where shapes disagree or weights do not sum to one.

    Example:
        >>> import mixcore, torch
        >>> x, y = torch.rand(4, 3, 32, 32), torch.arange(4)
        >>> plan = mixcore.method("mosaic").plan(mixcore.Batch(x, y), rng=0)
        >>> plan.w.shape, plan.apply(x).shape
        (torch.Size([4, 4]), torch.Size([4, 3, 32, 32]))
    """

    def __init__(
        self,
        index: np.ndarray,
        share: Share,
        *,
        w: np.ndarray | None = None,
        warps: Sequence[Warp | None] | None = None,
        instead: Mapping[int, Tensor] | None = None,
        account: Account | None = None,
    ) -> None:
        self.share, self._index = share, index
        self._account = account or Account()
        if self._account.terms and w is None:
            w = self._account.weights()
        self._w = share.area() if w is None else w
        if index.ndim != 2 or self._w.shape != index.shape or share.area().shape != index.shape:
            raise ValueError(
                "PlanK.index, w and share must all be of shape (b, k), got "
                f"{index.shape}, {self._w.shape}, {share.area().shape}."
            )
        if not np.allclose(self._w.sum(1), 1, atol=1e-6):
            raise ValueError(
                f"PlanK.w must sum to 1 for every sample, got {self._w.sum(1).tolist()}."
            )
        self.warps = tuple(warps) if warps is not None else (None,) * index.shape[1]
        if len(self.warps) != index.shape[1]:
            raise ValueError(
                f"PlanK.warps must be {index.shape[1]}, one a source, got {len(self.warps)}."
            )
        self.instead = dict(instead or {})

    def __len__(self) -> int:
        return len(self._index)

    def __repr__(self) -> str:
        b, k = self._index.shape
        how = type(self.share).__name__.lower()
        return f"PlanK({b} mixes of {k} sources, {how})"

    @cached_property
    def index(self) -> Tensor:
        """Sources of each sample, (b, k) int64."""
        return torch.from_numpy(self._index)

    @cached_property
    def w(self) -> Tensor:
        """Label weights, (b, k) float64."""
        return torch.from_numpy(self._w)

    @cached_property
    def area(self) -> Tensor:
        """Each source's realised share of the frame, (b, k) float64."""
        return torch.from_numpy(self.share.area())

    @cached_property
    def account(self) -> Account:
        """How the labels came about: terms that add up to w, and the maps behind label or mask."""
        if self._account.terms:
            return self._account
        return explain_weights(self._w, self.share.area(), None, self._account.maps)

    @isolate
    def mask(self, height: int | None = None, width: int | None = None) -> Tensor:
        """Each source's share of every pixel, (b, k, h, w) float32, at any size."""
        h, w = self.share.size
        return self.share.at(height or h, width or w).mask()

    def rows(self, rows: np.ndarray, index: np.ndarray | None = None) -> PlanK:
        """The plan of the chosen samples; index (b, k) replaces their sources."""
        return PlanK(
            self._index[rows] if index is None else index,
            self.share.rows(rows),
            w=self._w[rows],
            warps=[None if warp is None else warp.rows(rows) for warp in self.warps],
            instead=self.instead,
            account=self._account.rows(rows),
        )

    def at(self, height: int, width: int) -> PlanK:
        """The same plan for images of another size; labels stay what they were worth."""
        share = self.share.at(height, width)
        return PlanK(
            self._index,
            share,
            w=self._w,
            warps=self.warps,
            instead=self.instead,
            account=self.account,
        )

    @property
    def blends_whole(self) -> bool:
        """Whether each sample is blended as a whole, so that rows of a table will do."""
        plain = not self.instead and all(warp is None for warp in self.warps)
        return plain and isinstance(self.share, Weights)

    @isolate
    def apply(self, x: Tensor, *, out: Tensor | None = None, in_place: bool = False) -> Tensor:
        """Mix x (b, c, h, w); dtype and device are kept, and so is x unless in_place.

        out and in_place as in Plan.apply; in_place still needs one spare batch, as any source
        may be wanted more than once. Gradients flow to x where it asks for them.
        """
        if x.ndim == 2 and self.share.size == (1, 1):
            return apply_to_rows(self, x, out, in_place)
        check_images(x, len(self))
        check_buffer(x, out, in_place)
        if x.dtype == torch.uint8:
            return as_bytes(self.apply(x.float() / 255), x if in_place else out)
        share = self.share.at(x.shape[-2], x.shape[-1])

        def piece(i: int, k: int, window: Window) -> Tensor:
            return self.piece(x, i, k, window)

        def whole(k: int) -> Tensor:
            return self._whole(x, k)

        mixed = keep_layout(x, share.mix(whole, piece, x))
        destination = x if in_place else out
        return mixed if destination is None else destination.copy_(mixed)

    @isolate
    def carry(self, labels: Tensor) -> Tensor:
        """Label maps (b, h, w) or (b, c, h, w), mixed as the images are; see Plan.carry.

        A pixel is of the source that has most of it. ValueError where a source is taken from
        other images, whose label maps were not given.
        """
        x, plan = as_maps(labels, len(self)), self.nearest()
        masks = plan.share.at(x.shape[-2], x.shape[-1]).mask(x.device)
        owner = masks.argmax(1, keepdim=True)
        mixed = x
        for k in range(masks.shape[1]):
            mixed = torch.where(owner == k, plan._whole(x, k), mixed)
        return mixed.to(labels.dtype).view_as(labels)

    def nearest(self) -> PlanK:
        """The same plan with sources that are moved, but never blended or recoloured."""
        if self.instead:
            raise ValueError(
                "This plan takes a source from other images than the batch's, such as De-DA's "
                "grounds, which have no label maps."
            )
        warps = [None if warp is None else warp.nearest() for warp in self.warps]
        return PlanK(self._index, self.share, w=self._w, warps=warps)

    def _whole(self, x: Tensor, k: int) -> Tensor:
        """Every sample's source k as whole frames, (b, c, h, w)."""
        if self.warps[k] is None and k not in self.instead:
            return gather_images(x, self.index[:, k])
        frame = (0, x.shape[-2], 0, x.shape[-1])
        return torch.stack([self.piece(x, i, k, frame) for i in range(len(self))])

    def piece(self, x: Tensor, i: int, k: int, window: Window | None = None) -> Tensor:
        """What sample i takes of its source k for a window of the frame, bent where it is bent.

        The window is the source's own unless given.
        """
        if window is None:
            window = self.share.at(x.shape[-2], x.shape[-1]).window(i, k)
        row = self.instead.get(k, x)[int(self._index[i, k])].to(x)
        if row.shape[-2:] != x.shape[-2:]:
            row = resize_image(row, x.shape[-2], x.shape[-1], "bilinear")
        warp = self.warps[k]
        return crop_image(row, window) if warp is None else warp.piece(row, i, window)

    @isolate
    def target(self, y: Tensor, num_classes: int | None = None, smoothing: float = 0.0) -> Tensor:
        """Soft labels (b, k classes) float32 on y's device; smoothing as in Plan.target.

        Without num_classes the means of real labels, (b,) or (b, d) as y: the sum of w_k y_k.
        """
        return make_target(y, self.index, self.w, num_classes, smoothing)


AnyPlan = Plan | PlanK
