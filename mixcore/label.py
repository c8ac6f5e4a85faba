"""Label weights of A, (b,). A Plan takes the realised area unless told otherwise."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mixcore.account import Term, pair_term
from mixcore.batch import Batch
from mixcore.evidence.map import Evidence, spread_matrix
from mixcore.evidence.used_maps import LABEL, UsedMap
from mixcore.moved import find_renamed
from mixcore.plan import Plan
from mixcore.regions.shapes import Box, Dense
from mixcore.seen import Seen

__getattr__ = find_renamed(__name__)

ATTENDED = "attention of the mix"


def by_lam(lam: np.ndarray) -> np.ndarray:
    """The drawn share, whatever the region made of it."""
    return lam


def hard_weight(batch: Batch) -> np.ndarray:
    """A's label in full, whatever is seen of it."""
    return np.ones(len(batch))


def share_under_mask(evidence: Tensor | Evidence, mask: Tensor) -> np.ndarray:
    """The share of each picture's evidence (b, 1, h', w') under its mask (b, 1, h, w), (b,).

    Summed on the CPU, so that one plan weighs the same on every device.
    """
    values = evidence.values if isinstance(evidence, Evidence) else evidence
    share = Evidence(values.detach().float().cpu(), "evidence").under(mask.cpu())
    return share.double().clamp(0, 1).numpy()  # sums of shares round to a hair above 1


def share_inside_box(evidence: Tensor, box: Box, *, above_least: bool = False) -> np.ndarray:
    """The share of each picture's evidence (b, 1, h', w') inside its box, (b,).

    As `under` the box's mask, but the map is never enlarged: bilinear weights are a product of
    rows and columns, so a box is a sum over them. A hundred times faster at 224 pixels.
    above_least takes the least value of the enlarged map from all of it first, for which alone it
    is enlarged. A map without any evidence counts by area.
    """
    values = evidence.detach().cpu().double()[:, 0]
    part, whole = [], []
    grid = values.shape[1:]
    for axis, n in enumerate(box.size):
        reach = _reach(grid[axis], n)
        ends = torch.from_numpy(box.box[:, 2 * axis : 2 * axis + 2])
        part.append(reach[ends[:, 1]] - reach[ends[:, 0]])
        whole.append(reach[-1].expand(len(values), -1))
    some, every = (torch.einsum("bhw,bh,bw->b", values, *sums) for sums in (part, whole))
    if above_least:
        down, across = (spread_matrix(*sides) for sides in zip(grid, box.size, strict=True))
        least = box.size[0] * box.size[1] * (down @ values @ across.T).amin((1, 2))
        some, rest = some - least * torch.from_numpy(1 - box.area()), every - least
        every = torch.where(rest > 1e-9 * every, rest, 0)  # an even map has none, but for rounding
    share = np.where(every > 0, some / every.clamp(min=1e-30), 1 - box.area())
    return np.clip(share, 0, 1)


def _reach(cells: int, n: int) -> Tensor:
    """What each cell of a map adds to the first 0, 1, ... n pixels of a side: (n + 1, cells)."""
    return F.pad(spread_matrix(cells, n).cumsum(0), (0, 0, 1, 0))


def by_attention(plan: Plan, seen: Seen, to_tokens: str = "nearest") -> np.ndarray:
    """A's share of what the model attends to in the mixed images, (b,).

    The mask is brought to the grid of the attention by the top left pixel of each token
    ("nearest", as TransMix and MixPro do) or by the mean of all of them ("area").
    ValueError where there is no attention, or that of another batch.
    """
    attention = seen.attention
    if attention is None:
        raise ValueError(
            "This label needs the attention of the mixed images; write "
            "logits, seen = method.look(model, plan.apply(x), y) in the training step."
        )
    if len(attention) != len(plan):
        raise ValueError(f"The plan has {len(plan)} mixes, the attention {len(attention)} maps.")
    return share_under_mask(attention, _to_tokens(plan, attention, to_tokens))


def attention_term(
    plan: Plan, seen: Seen, weight: np.ndarray | float, to_tokens: str = "nearest"
) -> tuple[Term, UsedMap]:
    """What `by_attention` gives as a term that counts `weight`, and the map it is summed on."""
    term = pair_term(ATTENDED, by_attention(plan, seen, to_tokens), weight=weight)
    attention = seen.attention
    assert attention is not None
    made_by = ", ".join(filter(None, (attention.model, attention.layer)))
    tokens = Dense(_to_tokens(plan, attention, to_tokens))
    everyone = np.arange(len(plan))
    used = UsedMap(
        ATTENDED, "attention", attention.values, everyone, None, LABEL, tokens, origin=made_by
    )
    return term, used


def _to_tokens(plan: Plan, attention: Evidence, how: str) -> Tensor:
    return F.interpolate(plan.mask(), attention.values.shape[-2:], mode=how)


def cosine_agreement(plan: Plan, seen: Seen, smoothing: float) -> np.ndarray:
    """The cosine of the smoothed label by area and the model's softmax, (b,) in [0, 1].

    ValueError where the logits of the mixed images or the labels of the clean ones are missing.
    """
    if seen.logits is None or seen.y is None:
        raise ValueError(
            "This label needs the logits of the mixed images and the labels y; write "
            "logits, seen = method.look(model, plan.apply(x), y) in the training step."
        )
    logits = seen.logits.detach().float()
    target = plan.weighing(plan.area).target(seen.y, logits.shape[1], smoothing)
    found = F.cosine_similarity(target.to(logits.device), logits.softmax(1), dim=1)
    return found.cpu().double().clamp(0, 1).numpy()
