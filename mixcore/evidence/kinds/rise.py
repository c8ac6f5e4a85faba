"""Contrastive RISE: places that speak for a class against its best rival, by random masks.

RISE (Petsiuk, Das, Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models",
BMVC 2018) shows a model a picture under many random masks and averages the masks by the score of
what was left. The contrast is named, not written out, in what could be read of Lee et al. 2023; as
a formula it is ours: the score is the probability of the class less that of the best other one.

The plain average has the mean score at every place, which says nothing about places; it is taken
off, so the map is the covariance of score and mask, which noise of few masks moves less.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mixcore.evidence.kinds import MODEL, kind
from mixcore.evidence.kinds.attention import name_model
from mixcore.evidence.kinds.cam import choose_classes
from mixcore.evidence.map import Evidence
from mixcore.evidence.timing import Clock
from mixcore.rng import Streams
from mixcore.unwrap import unwrap_model

TOGETHER = 32  # pictures of a forward pass


@kind("c-rise", "Contrastive RISE", needs=MODEL, cost="500 passes: many seconds", asks=True)
@dataclass(frozen=True)
class ContrastiveRise:
    """Provider: the positive part of `contrast_masks`, for classes y (b,) or the likeliest ones.

    masks       how many; error falls as their square root
    cells       a side of the grid that masks are drawn on
    keep        probability that a cell is seen
    background  what covers a picture, in the units of x
    seed        of the masks, which are the same for all pictures
    """

    model: nn.Module
    masks: int = 500
    cells: int = 7
    keep: float = 0.5
    background: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        if self.masks < 2 or self.cells < 2 or not 0 < self.keep < 1:
            raise ValueError(
                "ContrastiveRise needs masks >= 2, cells >= 2 and keep between 0 and 1, got "
                f"{self.masks}, {self.cells} and {self.keep}."
            )

    def __call__(self, x: Tensor, y: Tensor | None = None) -> Evidence:
        clock = Clock(x)
        return Evidence(
            self.contrast_masks(x, y).clamp(min=0),
            name=f"contrastive RISE of the {'likeliest' if y is None else 'given'} class",
            model=name_model(self.model),
            layer="pixels",
            scale=f"{self.masks} masks of {self.cells} x {self.cells}",
            cost=clock.cost(),
        )

    def contrast_masks(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """The signed map (b, 1, h, w): above 0 what speaks for the class, below what against it.

        With masks M and s = p(y) - max p(other) of x under M it is mean((s - mean s) M) / keep.

        Args:
            x: (b, 3, h, w) as the model takes them.
            y: (b,) classes, or None for the likeliest ones.
        """
        model, (b, _, h, w) = unwrap_model(self.model), x.shape
        was = model.training
        model.eval()
        with torch.no_grad():
            wanted = choose_classes(model(x), y)
            weighed = torch.zeros(b, h, w, dtype=torch.float32, device=x.device)
            seen, scores = torch.zeros_like(weighed[0]), torch.zeros_like(weighed[:, 0, 0])
            for mask in self.draw_masks(h, w):
                mask = mask.to(x)
                score = _contrast(model, x, mask, wanted, self.background)
                weighed += torch.einsum("bm,mhw->bhw", score, mask)
                seen += mask.sum(0)
                scores += score.sum(1)
        model.train(was)
        n = self.masks
        return ((weighed - scores[:, None, None] / n * seen) / (n * self.keep))[:, None].float()

    def draw_masks(self, h: int, w: int) -> Iterator[Tensor]:
        """All masks in [0, 1], some (m, h, w) at a time: coarse ones, enlarged and shifted."""
        streams = Streams(self.seed)
        grids = streams.stage("masks").random((self.masks, 1, self.cells, self.cells)) < self.keep
        high, wide = -(-h // self.cells), -(-w // self.cells)
        shifts = streams.stage("shifts").integers((high, wide), size=(self.masks, 2))
        large = ((self.cells + 1) * high, (self.cells + 1) * wide)
        for start in range(0, self.masks, TOGETHER):
            some = torch.from_numpy(grids[start : start + TOGETHER].astype(np.float32))
            soft = F.interpolate(some, large, mode="bilinear", align_corners=False)[:, 0]
            yield torch.stack(
                [
                    one[top : top + h, left : left + w]
                    for one, (top, left) in zip(soft, shifts[start : start + TOGETHER], strict=True)
                ]
            )


def _contrast(model: nn.Module, x: Tensor, mask: Tensor, y: Tensor, ground: float) -> Tensor:
    """The score of each picture under each mask, (b, m): p(y) less the best other p."""
    rows = []
    for picture, own in zip(x, y.tolist(), strict=True):
        p = model(picture * mask[:, None] + ground * (1 - mask[:, None])).float().softmax(1)
        mine = p[:, own].clone()
        p[:, own] = -1
        rows.append(mine - p.amax(1))
    return torch.stack(rows)
