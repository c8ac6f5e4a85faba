"""All that is measured of one model on one set, as plain values ready for JSON."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from mixcore.calibration.bins import reliability
from mixcore.calibration.bootstrap import chance, interval
from mixcore.calibration.errors import adaptive_ece, classwise_ece, ece, mce
from mixcore.calibration.outcomes import Outcomes
from mixcore.calibration.scaling import temperature
from mixcore.calibration.scores import accuracy, brier, nll
from mixcore.rng import Rng

DRAWS = 100  # of intervals: this is measured after every epoch
MEASURES = (accuracy, ece, adaptive_ece, classwise_ece, mce, brier, nll)


def facts(
    y: Tensor, logits: Tensor, val_y: Tensor, val_logits: Tensor, rng: Rng = 0
) -> dict[str, Any]:
    """A model on test samples, before and after a temperature fitted on validation samples.

    logits are (n, k) and (m, k), y (n,) and val_y (m,). The result holds

    calibration  `described` for the logits as they are, with "chance": [mean, low, high] of the
                 ECE that predictions like these would have if they were perfectly calibrated
    scaled       `described` for the logits divided by the temperature
    temperature  "value", "why" (empty, or why none could be fitted: value is 1 then),
                 "n" validation samples, and their NLL "before" and "after"
    """
    seen = Outcomes(y, logits=logits)
    found = temperature(val_y, logits=val_logits)
    lucky = chance(ece, seen, rng, DRAWS)
    return {
        "calibration": described(seen, rng) | {"chance": [lucky.value, lucky.low, lucky.high]},
        "scaled": described(Outcomes(y, logits=found.apply(logits)), rng),
        "temperature": {
            "value": found.value, "why": found.why, "n": len(val_y),
            "before": found.nll_before, "after": found.nll_after,
        },
    }  # fmt: skip


def described(outcomes: Outcomes, rng: Rng = 0) -> dict[str, Any]:
    """Every measure by its name, "n", "ece_interval": [low, high], and "bins" of equal width.

    bins holds "count", "confidence" and "accuracy", one entry a bin; None in empty ones.
    """
    bins = reliability(outcomes)
    sure = interval(ece, outcomes, rng, DRAWS)
    return {
        "n": len(outcomes),
        **{measure.__name__: measure(outcomes) for measure in MEASURES},
        "ece_interval": [sure.low, sure.high],
        "bins": {
            "count": [int(c) for c in bins.count],
            "confidence": _listed(bins.confidence),
            "accuracy": _listed(bins.accuracy),
        },
    }


def _listed(values: Tensor) -> list[float | None]:
    return [None if v != v else round(v, 6) for v in values.tolist()]
