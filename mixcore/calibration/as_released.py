"""Temperature fits as papers' codes have them, to repeat their tables and for nothing else.

mixcore.calibration.temperature is the fit to use.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mixcore.calibration.outcomes import check_labels, check_values
from mixcore.calibration.scaling import Temperature

LR, STEPS = 0.01, 20


def fit_too_short(y: Tensor, *, logits: Tensor) -> Temperature:
    """The T at which 20 steps of LBFGS with lr 0.01 stop, far short of the minimum.

    The code released with "On the Limitations of Temperature Scaling for Distributions with
    Overlaps" (Chidambaram and Ge, ICLR 2024) starts at T = 1 and calls torch.optim.LBFGS once,
    without a line search, so that each step goes a hundredth of the way: T ends near 1.1 whether
    2 or 5 would be right, and the model counts as scaled. `why` says how steep the NLL still is
    there.

    Args:
        y: (n,) classes of validation samples.
        logits: (n, k), finite.

    Raises:
        What mixcore.calibration.temperature raises.

    Example:
        >>> import torch
        >>> from mixcore.calibration.as_released import fit_too_short
        >>> logits = torch.tensor([[6.0, 0.0]]).expand(100, 2)
        >>> y = (torch.arange(100) >= 75).long()  # 75 % right: T = 6 / log 3 = 5.46
        >>> round(fit_too_short(y, logits=logits).value, 2)
        1.11
    """
    check_values("logits", logits)
    z = logits.detach().cpu().double()
    y = check_labels(y, *z.shape)
    t = torch.ones((), dtype=torch.float64, device="cpu", requires_grad=True)
    search = torch.optim.LBFGS([t], lr=LR, max_iter=STEPS)

    def loss() -> Tensor:
        search.zero_grad()
        value = F.cross_entropy(z / t, y)
        value.backward()
        return value

    before = search.step(loss).item()  # the loss on the way in
    after = loss().item()
    assert t.grad is not None
    value, slope = t.item(), t.grad.item()
    why = f"Stopped after {STEPS} steps at T = {value:.4g}, where the slope is still {slope:.2g}."
    return Temperature(value, before, after, why)
