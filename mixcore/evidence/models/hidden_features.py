"""Hidden features of the bundled models, for `Batch.hidden` and the methods that read it.

"lite0" is the fifth stage of EfficientNet-Lite0, one cell for 16 x 16 pixels; "hybrid" are the
cells of the hybrid transformer with a late class token, after the blocks that have none yet. Both
come of one pass through the first half of Lite0.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor

from mixcore import naming
from mixcore.evidence.models import bundled
from mixcore.evidence.models.hybrid import CHANNELS, DIM
from mixcore.evidence.models.lite0_halves import compute_features

WIDTHS = {"lite0": CHANNELS, "hybrid": DIM}
"""Channels of each kind of hidden features."""

SMALL, LARGE = 128, 224  # pixels a side that the models are shown


def compute_hidden(names: Iterable[str], x: Tensor, *, half: bool = False) -> dict[str, Tensor]:
    """Hidden features of pictures by name, of the bundled models where these are in memory.

    Args:
        names: of WIDTHS.
        x: (b, 3, h, w) or (b, 1, h, w), floating point in [0, 1] or uint8. They are brought to 128
            pixels a side, or to 224 where a side is longer than 128.
        half: whether the models compute in half precision, for trainings on pictures.

    Returns:
        name -> (b, c, h / 16, w / 16) float32 on the device of x.

    Raises:
        ValueError: for a name that is not known.
        bundled.WeightsError, naming.NamingError: where the weights are not here.

    Example:
        >>> import torch
        >>> from mixcore.evidence.models.hidden_features import compute_hidden
        >>> compute_hidden(["lite0"], torch.rand(2, 3, 32, 32))["lite0"].shape
        torch.Size([2, 112, 8, 8])
    """
    wanted = tuple(names)
    for name in wanted:
        if name not in WIDTHS:
            raise ValueError(f"Hidden features are of {' or '.join(WIDTHS)}, got {name!r}.")
    if not wanted:
        return {}
    with torch.no_grad(), torch.autocast(x.device.type, torch.bfloat16, enabled=half):
        cells = compute_features(naming.load(x.device).model, show_whole(x))
        found = {"lite0": cells} if "lite0" in wanted else {}
        if "hybrid" in wanted:
            found["hybrid"] = bundled.load("late", x.device).hybrid.compute_cells(cells)
    return {name: value.float() for name, value in found.items()}


def show_whole(x: Tensor) -> Tensor:
    """Whole pictures as the models are shown them: float, three channels, 128 or 224 pixels."""
    x = x.float() / 255 if x.dtype == torch.uint8 else x.float()
    if x.shape[1] == 1:
        x = x.expand(-1, 3, -1, -1)
    side = SMALL if max(x.shape[-2:]) <= SMALL else LARGE
    if x.shape[-2:] == (side, side):
        return x
    shown = F.interpolate(x, (side, side), mode="bilinear", align_corners=False, antialias=True)
    return shown.clamp(0, 1)
