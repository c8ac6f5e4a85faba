"""Partitions of the frame among k sources: by weight, tile or pixel. PlanK reads these.

Letters: b samples, k sources, h and w pixels. Masks sum to 1 over the sources at every pixel.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mixcore.warps.geometry import Window

# piece(i, k, window): what sample i takes of its source k for a window, (c, y1 - y0, x1 - x0)
Piece = Callable[[int, int, Window], Tensor]


class Share(ABC):
    """The shares of k sources in each pixel of b mixes, planned for a frame of size (h, w)."""

    size: tuple[int, int]

    @abstractmethod
    def area(self) -> np.ndarray:
        """Each source's realised share of the frame, (b, k) float64; rows sum to 1."""

    @abstractmethod
    def mask(self, device: torch.device | str = "cpu") -> Tensor:
        """Each source's share of every pixel, (b, k, h, w) float32."""

    @abstractmethod
    def rows(self, rows: np.ndarray) -> Share:
        """The shares of the chosen samples, in that order."""

    @abstractmethod
    def at(self, height: int, width: int) -> Share:
        """The same shares on a frame of another size."""

    def window(self, i: int, k: int) -> Window:
        """The part of the frame that sample i takes from its source k."""
        return 0, self.size[0], 0, self.size[1]

    def mix(self, whole: Callable[[int], Tensor], piece: Piece, x: Tensor) -> Tensor:
        """The mixes as a new tensor like x. whole(k) gives all samples' source k, (b, c, h, w).

        A pixel that weighs nothing is not read, so what is not a number there stays out.
        """
        masks = self.mask(x.device).to(x.dtype)
        mixed = torch.zeros_like(x)
        for k in range(masks.shape[1]):
            weight = masks[:, k, None]
            mixed = torch.addcmul(mixed, weight, whole(k).masked_fill(weight == 0, 0))
        return mixed


class Weights(Share):
    """Whole frames, summed with one weight a source. weight is (b, k), rows sum to 1."""

    def __init__(self, weight: np.ndarray, size: tuple[int, int]) -> None:
        self.weight, self.size = weight, size

    def area(self) -> np.ndarray:
        return self.weight

    def mask(self, device: torch.device | str = "cpu") -> Tensor:
        weight = torch.from_numpy(self.weight.astype(np.float32)).to(device)
        return weight[:, :, None, None].expand(-1, -1, *self.size)

    def rows(self, rows: np.ndarray) -> Weights:
        return Weights(self.weight[rows], self.size)

    def at(self, height: int, width: int) -> Weights:
        return Weights(self.weight, (height, width))


class Tiles(Share):
    """Half-open boxes painted one over the other: of two that overlap, the later one is seen.

    box is (b, k, 4) of y0, y1, x0, x1. ValueError where they leave a pixel of the frame bare.
    """

    def __init__(self, box: np.ndarray, size: tuple[int, int]) -> None:
        self.box, self.size = box, size
        self._list = box.tolist()
        bare = 1 - self.area().sum(1).min(initial=1)
        if bare > 1e-9:
            raise ValueError(
                f"Tiles must cover the frame of {size[0]} x {size[1]} pixels, but leave "
                f"{bare:.1%} of it bare."
            )

    def area(self) -> np.ndarray:
        owner, high, wide = self._plots()
        pixels = high[:, :, None] * wide[:, None]
        own = owner[:, None] == np.arange(self.box.shape[1])[:, None, None]
        shares: np.ndarray = (own * pixels[:, None]).sum((2, 3)) / (self.size[0] * self.size[1])
        return shares

    def _plots(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The frame cut along all edges of the boxes: who owns each plot, heights, widths."""
        edges = []
        for low, high, side in ((0, 1, self.size[0]), (2, 3, self.size[1])):
            ends = np.zeros((len(self.box), 1), np.int64)
            found = np.concatenate([self.box[..., low], self.box[..., high], ends, ends + side], 1)
            edges.append(np.sort(found, 1))
        y, x = edges
        owner = np.full((len(self.box), y.shape[1] - 1, x.shape[1] - 1), -1)
        for k, (y0, y1, x0, x1) in enumerate(self.box.transpose(1, 2, 0)[..., None]):
            rows = (y[:, :-1] >= y0) & (y[:, :-1] < y1)
            columns = (x[:, :-1] >= x0) & (x[:, :-1] < x1)
            owner[rows[:, :, None] & columns[:, None]] = k
        return owner, np.diff(y, axis=1), np.diff(x, axis=1)

    def mask(self, device: torch.device | str = "cpu") -> Tensor:
        b, k = self.box.shape[:2]
        masks = torch.zeros(b, k, *self.size, dtype=torch.float32, device=device)
        for i, boxes in enumerate(self._list):
            for j, (y0, y1, x0, x1) in enumerate(boxes):
                masks[i, :, y0:y1, x0:x1] = 0
                masks[i, j, y0:y1, x0:x1] = 1
        return masks

    def rows(self, rows: np.ndarray) -> Tiles:
        return Tiles(self.box[rows], self.size)

    def at(self, height: int, width: int) -> Tiles:
        if (height, width) == self.size:
            return self
        scale = np.array([height / self.size[0]] * 2 + [width / self.size[1]] * 2)
        return Tiles(np.rint(self.box * scale).astype(np.int64), (height, width))

    def window(self, i: int, k: int) -> Window:
        y0, y1, x0, x1 = self._list[i][k]
        return y0, y1, x0, x1

    def mix(self, whole: Callable[[int], Tensor], piece: Piece, x: Tensor) -> Tensor:
        mixed = torch.empty_like(x)
        for i, boxes in enumerate(self._list):
            for k, (y0, y1, x0, x1) in enumerate(boxes):
                if y0 < y1 and x0 < x1:
                    mixed[i, :, y0:y1, x0:x1] = piece(i, k, (y0, y1, x0, x1))
        return mixed


class Masks(Share):
    """Pixel by pixel. masks is (b, k, h, w) floating; ValueError where they do not sum to 1."""

    def __init__(self, masks: Tensor) -> None:
        off = float((masks.double().sum(1) - 1).abs().max())
        if not off <= 1e-5:
            raise ValueError(f"Masks must sum to 1 at every pixel, off by {off:.2g}.")
        self._masks = masks
        self.size = (masks.shape[-2], masks.shape[-1])

    def area(self) -> np.ndarray:
        area: np.ndarray = self._masks.double().mean((2, 3)).cpu().numpy()
        return area

    def mask(self, device: torch.device | str = "cpu") -> Tensor:
        return self._masks.to(device, torch.float32)

    def rows(self, rows: np.ndarray) -> Masks:
        return Masks(self._masks[torch.from_numpy(rows).to(self._masks.device)])

    def at(self, height: int, width: int) -> Masks:
        if (height, width) == self.size:
            return self
        masks = self._masks.float()
        if height <= self.size[0] and width <= self.size[1]:
            return Masks(F.adaptive_avg_pool2d(masks, (height, width)))
        return Masks(F.interpolate(masks, (height, width), mode="nearest-exact"))
