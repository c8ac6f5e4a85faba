"""Calibration: whether a model that says 80 % is right 8 times in 10.

    seen = Outcomes(y, logits=logits)          # or probs=probs: asked for by name, never guessed
    ece(seen), mce(seen), adaptive_ece(seen), classwise_ece(seen), brier(seen), nll(seen)
    reliability(seen)                          # the bins behind ece and mce
    interval(ece, seen)                        # 95 %, bootstrap over samples
    chance(ece, seen)                          # what a perfectly calibrated model would score
    temperature(y, logits=logits)              # fitted on validation data

Conventions, each held by a test:

- Confidence is the largest probability; of equal ones the first class is the prediction.
- Equal-width bins are (lo, hi], the first one [0, hi], as in Guo et al. 2017: 15 of them unless
  told otherwise. 0 is in the first bin and 1 in the last; there is no further bin for 1.
- An edge is the number nearest to i / n_bins in the precision of the probabilities, so that a
  float32 0.2 lies on the edge 0.2 and not above it. Logits are turned to float64 first.
- Equal-mass bins keep equal confidences together, so the order of the samples never matters.
- ECE weighs bins by their samples, MCE is the worst bin that has any, empty bins count nothing.
- Brier sums over classes (0 to 2); NLL is in nats and infinite where a label had probability 0.
- Labels are class numbers. A mixed label is no outcome that was right or wrong: calibration is
  measured on clean pictures.

Everything is computed in float64 on the CPU, in torch: that is what a model hands over, and
temperature needs its gradients.
"""

from mixcore.calibration.bins import Bins, reliability
from mixcore.calibration.bootstrap import chance, interval
from mixcore.calibration.errors import adaptive_ece, classwise_ece, ece, mce
from mixcore.calibration.outcomes import Outcomes
from mixcore.calibration.scaling import Temperature, temperature
from mixcore.calibration.scores import accuracy, brier, nll

__all__ = [
    "Bins",
    "Outcomes",
    "Temperature",
    "accuracy",
    "adaptive_ece",
    "brier",
    "chance",
    "classwise_ece",
    "ece",
    "interval",
    "mce",
    "nll",
    "reliability",
    "temperature",
]
