"""Attack by replaced patches: cells of a grid come from another picture, or are emptied.

Paper: Lee et al., "Hardwiring ViT Patch Selectivity into CNNs using Patch Mixing", 2023, who probe
networks by what they train on: the region of Patch Mixing, used at test time. With one seed the
cells of a smaller share are among those of a larger one, so that a curve over the share never
uncovers what it covered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from torch import Tensor

from mixcore import region
from mixcore.batch import Batch
from mixcore.rng import Rng


def replace_patches(x: Tensor, other: Tensor, share: float, cells: int, rng: Rng) -> Tensor:
    """Pictures with a share of their patches taken from other ones, at the same places.

    Args:
        x: (b, c, h, w) pictures.
        other: of the same shape, or such that it broadcasts: what the patches are replaced by.
        share: of the cells that are replaced, in [0, 1], rounded to whole cells.
        cells: of the grid, a side; a frame that they do not divide has smaller ones at its end.
        rng: a seed or generator that says which cells, picture by picture.

    Raises:
        ValueError: for a share outside [0, 1].

    Example:
        >>> import torch
        >>> from mixcore.patch_attack import replace_patches
        >>> x = torch.zeros(2, 3, 32, 32)
        >>> replace_patches(x, torch.ones(1, 1, 1, 1), share=0.25, cells=4, rng=0).mean().item()
        0.25
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be in [0, 1], got {share!r}.")
    kept = region.draw_cells(Batch(x), np.full(len(x), 1.0 - share), cells, rng)
    return kept.blend(x, other.expand_as(x))


def measure_attack(
    predict: Callable[[Tensor], Tensor],
    x: Tensor,
    y: Tensor,
    other: Tensor,
    shares: Sequence[float],
    *,
    cells: int,
    rng: Rng,
) -> list[float]:
    """Accuracy at each share of replaced patches; the same rng draws the same cells for all.

    Args:
        predict: pictures (b, c, h, w) to logits (b, k).
        x: pictures, with labels y (b,).
        other: as of `replace_patches`.
        shares: of the cells, each in [0, 1].
        cells: of the grid, a side.
        rng: a seed; with a generator each share would draw cells of its own.
    """
    return [
        float(
            (predict(replace_patches(x, other, share, cells, rng)).argmax(1) == y).double().mean()
        )
        for share in shares
    ]
