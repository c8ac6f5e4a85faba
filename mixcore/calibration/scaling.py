"""Temperature scaling (Guo et al. 2017): one number that divides all logits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from mixcore.calibration.outcomes import check_labels, check_values

FLAT = 1e-7  # converged: the slope of the NLL is less, in nats per unit of log T


@dataclass(frozen=True)
class Temperature:
    """The T that makes these labels likeliest under softmax(logits / T).

    value        T > 0; above 1 for a model that is too sure of itself
    nll_before   nats a sample with T = 1
    nll_after    the same with T = value; never more
    why          empty, or one sentence that says why value is not the minimum; `temperature` then
                 gives 1
    """

    value: float
    nll_before: float
    nll_after: float
    why: str = ""

    @property
    def converged(self) -> bool:
        """Whether value is the minimum, to a slope of FLAT."""
        return not self.why

    def apply(self, logits: Tensor) -> Tensor:
        """logits (n, k) divided by value."""
        return logits / self.value


def temperature(y: Tensor, *, logits: Tensor) -> Temperature:
    """Fit T on logits (n, k) of validation samples with classes y (n,); probs will not do.

    LBFGS in float64 over log T until the slope is flat. The NLL is convex in 1 / T, so that
    minimum is the only one. It has none where the right class always has the largest logit (the
    smaller T the better) or where labels do not go with logits (the larger T the better): `why`
    then says so, and the logits are best left alone.

    Raises what Outcomes raises for wrong kinds, shapes and values.
    """
    check_values("logits", logits)
    z = logits.detach().cpu().double()
    y = check_labels(y, *z.shape)
    before = float(F.cross_entropy(z, y))
    z = z - z.mean(1, keepdim=True)
    spread = float(z.square().mean().sqrt())
    if spread == 0:
        return Temperature(1.0, before, before, "All logits are equal, whatever T divides them.")
    z = z / spread  # so that the search sees logits of one scale, whatever the model's
    own = z.gather(1, y[:, None])[:, 0]
    if float(own.mean()) <= 0:
        why = "Labels do not follow these logits, so the larger T the better it fits."
        return Temperature(1.0, before, before, why)
    if bool((own == z.amax(1)).all()):
        why = "Every sample is classified right, so the smaller T the better it fits."
        return Temperature(1.0, before, before, why)
    log_t, slope = _search(z, y)
    value = spread * math.exp(log_t)
    if abs(slope) > FLAT:
        why = (
            f"The search ended near T = {value:.4g}, where the NLL still fell by {abs(slope):.1g}."
        )
        return Temperature(1.0, before, before, why)
    after = float(F.cross_entropy(z / math.exp(log_t), y))
    return Temperature(value, before, min(after, before))


def _search(z: Tensor, y: Tensor) -> tuple[float, float]:
    """log T where the NLL of z / T is least, and the slope that is left there."""
    log_t = torch.zeros((), dtype=torch.float64, device="cpu", requires_grad=True)
    search = torch.optim.LBFGS(
        [log_t], max_iter=100, tolerance_grad=FLAT / 100, tolerance_change=0,
        line_search_fn="strong_wolfe",
    )  # fmt: skip

    def loss() -> Tensor:
        search.zero_grad()
        value = F.cross_entropy(z / log_t.exp(), y)
        value.backward()
        return value

    search.step(loss)
    loss()
    assert log_t.grad is not None
    return log_t.item(), log_t.grad.item()
