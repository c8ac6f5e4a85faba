"""Sheet of a mix block in training: masks of a few pairs, their shares, and its losses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from mixcore import palette
from mixcore.mixers.mix_block import measure_diversity
from mixcore.sheets.panels import Bars, Curve, Images, Line, Number, Sheet

SHARES = (0.25, 0.5, 0.75)
PAIRS = 4
STEPS = 17  # of lam, for the histogram
EDGES = (0.05, 0.1, 0.15, 0.2, 0.3)
SIDE = 64  # pixels that a picture is shown with, at least


def draw_mask_sheet(
    a: Tensor,
    b: Tensor,
    draw: Callable[[float], Tensor],
    history: Sequence[Mapping[str, float]],
) -> Sheet:
    """A Sheet of what a block does with pairs of pictures.

    Args:
        a: (n, c, h, w) in [0, 1].
        b: their partners, alike.
        draw: lam -> A's masks (n, h, w).
        history: readings of the run so far, each with "step".
    """
    masks = {lam: draw(lam).cpu() for lam in SHARES}
    ticks = np.linspace(0, 1, STEPS)
    gaps = np.concatenate([(draw(float(t)).mean((1, 2)).cpu() - t).abs().numpy() for t in ticks])
    diversity = float(measure_diversity(masks[0.5]))
    near = float((gaps <= EDGES[1]).mean())
    return Sheet(
        f"*{near:.0%}*{{good}} of the masks are within .1 of lam; at lam .5 those of two pairs "
        f"differ by *{diversity:.2f}*{{a}}.",
        Number(diversity, f"{diversity:.2f}", "mean IoU distance of the masks at lam .5", "a"),
        (_show_masks(a, b, masks), _count_gaps(gaps), _draw_losses(history)),
        (
            "distance of two masks = 1 − |both| / |either|, where each is at least one half",
            f"mean |mean mask − lam| = {gaps.mean():.3f}",
        ),
    )


def color_mask(mask: np.ndarray) -> np.ndarray:
    """A mask (h, w) in A's blue and B's orange, as uint8 (h, w, 3)."""
    a, b = (
        np.frombuffer(bytes.fromhex(color.light[1:]), np.uint8).astype(float)
        for color in (palette.A, palette.B)
    )
    found: np.ndarray = np.rint(mask[..., None] * (a - b) + b).astype(np.uint8)
    return found


def _show_masks(a: Tensor, b: Tensor, masks: dict[float, Tensor]) -> Images:
    """A, B, their mix at lam .5, and the masks at each share, a pair a row."""
    images, captions = [], []
    for i in range(min(PAIRS, len(a))):
        half = masks[0.5][i]
        mixed = half * a[i].cpu() + (1 - half) * b[i].cpu()
        images += [_as_levels(one) for one in (a[i], b[i], mixed)]
        captions += ["A", "B", "mix at .5"]
        for lam, found in masks.items():
            images.append(_enlarge(color_mask(found[i].numpy())))
            captions.append(f"{lam:g}: {float(found[i].mean()):.0%}")
    return Images(
        title="Masks of the same pairs: A blue, B orange",
        caption="Below each mask lam, and the mask's share of A.",
        images=tuple(images), captions=tuple(captions),
        frames=("a", "b", *["line"] * (1 + len(masks))) * min(PAIRS, len(a)), smooth=False,
    )  # fmt: skip


def _count_gaps(gaps: np.ndarray) -> Bars:
    edges = (0.0, *EDGES, 1.0)
    counts = np.histogram(gaps, edges)[0] / len(gaps)
    names = [f"to {high:g}" for high in EDGES]
    return Bars(
        title="Distance of a mask's share of A from lam", names=(*names, "more"),
        values=100 * counts[:, None], colors=("a",), unit="%",
    )  # fmt: skip


def _draw_losses(history: Sequence[Mapping[str, float]]) -> Curve:
    rows = [row for row in history if "generated" in row]
    x = np.array([row["step"] for row in rows], float)
    y = np.array([row["generated"] for row in rows], float)
    return Curve(
        title="Teacher's loss on the block's mixes", x="step", y="cross-entropy",
        lines=(Line(x, y, "generated", "a"),),
    )  # fmt: skip


def _as_levels(x: Tensor) -> np.ndarray:
    """A picture (c, h, w) in [0, 1] as uint8 (h', w', 3)."""
    levels = (x.detach().cpu().clamp(0, 1) * 255).round().to(torch.uint8)
    return _enlarge(levels.expand(3, -1, -1).movedim(0, 2).numpy())


def _enlarge(levels: np.ndarray) -> np.ndarray:
    times = max(1, -(-SIDE // max(levels.shape[:2])))
    found: np.ndarray = levels.repeat(times, 0).repeat(times, 1)
    return found
