"""The kinds of evidence that Explore offers, read off those that the library has."""

from __future__ import annotations

from dataclasses import dataclass

from app.state import TRUTHS
from mixcore.evidence import providers, visible


@dataclass(frozen=True)
class Sight:
    """One kind of evidence that the page offers.

    kind is a name in mixcore.evidence.providers; model "late", "plain" or "lite0", or "" where it
    needs none; times another of SIGHTS that it is multiplied with.
    """

    kind: str
    model: str = ""
    minus_mean: bool = False
    times: str = ""
    plain: str = ""

    @property
    def title(self) -> str:
        title = providers.KINDS[self.kind].title + self.plain
        if self.times:
            return f"{title} × {providers.KINDS[SIGHTS[self.times].kind].title}"
        raw = ", raw" if self.kind == "attention" else ""
        return title + (", minus mean" if self.minus_mean else raw)


SIGHTS = {
    "late attention": Sight("attention", "late", True),
    "late attention, raw": Sight("attention", "late"),
    "late attention x CAM": Sight("attention", "late", True, times="CAM"),
    "plain attention": Sight("attention", "plain", True, plain=" of the plain model"),
    "CAM": Sight("cam", "lite0"),
    "mean of features": Sight("features", "lite0", True),
    "spectral residual": Sight("spectral-residual"),
    "exact mask": Sight("exact-mask"),
    "uniform": Sight("uniform"),
}


EXACT = "exact mask"
QUESTIONS = dict(zip(TRUTHS, visible.TRUTHS, strict=True))
