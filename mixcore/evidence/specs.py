"""Evidence specs that Explore and audits offer, and those that a label is made from.

What a method is fed is here beside what can judge. The judge is the user's choice, the reference
by default, and never another: a map that made the label only agrees with itself, and says so. The
one list of them, which links, requests and pages read; their maps are made by `spec_maps`. Never
imports torch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mixcore.evidence import kinds
from mixcore.evidence.reference import REFERENCE
from mixcore.moved import find_renamed

__getattr__ = find_renamed(__name__)


@dataclass(frozen=True)
class Spec:
    """One kind of evidence that can be made of a photo.

    kind is a name in mixcore.evidence.kinds; model "late", "plain" or "lite0", or "" where it
    needs none; times another of SPECS that it is multiplied with; options those of the provider.
    """

    kind: str
    model: str = ""
    minus_mean: bool = False
    times: str = ""
    plain: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        title = kinds.list_kinds()[self.kind].title + self.plain
        if self.times:
            return f"{title} × {kinds.list_kinds()[SPECS[self.times].kind].title}"
        raw = ", raw" if self.kind == "attention" else ""
        return title + (", minus mean" if self.minus_mean else raw)

    @property
    def factors(self) -> tuple[Spec, ...]:
        """Itself, and what it is multiplied with."""
        return (self, SPECS[self.times]) if self.times else (self,)

    def shares(self, other: Spec) -> bool:
        """Whether both come from the same maps of the same model."""
        return (other.kind, other.model) in [(s.kind, s.model) for s in self.factors]


SPECS = {
    "late attention": Spec("attention", "late", True),
    "late attention, raw": Spec("attention", "late"),
    "late attention x CAM": Spec("attention", "late", True, times="CAM"),
    "plain attention": Spec("attention", "plain", True, plain=" of the plain model"),
    "CAM": Spec("cam", "lite0"),
    "mean of features": Spec("features", "lite0", True),
    "spectral residual": Spec("spectral-residual"),
    "exact mask": Spec("exact-mask"),
    "uniform": Spec("uniform"),
}

EXACT = "exact mask"

# Each gets its bar beside the one that was asked for, the better tracker of the truth first.
LOADED = (
    "late attention", "late attention x CAM", "mean of features", "CAM", "plain attention",
    "spectral residual",
)  # fmt: skip

# What an audit may be judged by where objects are not known exactly, the default first.
JUDGES = (REFERENCE, *(name for name in LOADED if name != REFERENCE))

# What a method gets that asks for evidence of the clean photos by one of these names.
FED = {
    "attention": SPECS["late attention, raw"],
    "cam": SPECS["CAM"],
    "saliency": SPECS["spectral residual"],
}
# SnapMix's paper has its class maps stand on their least value.
FED_TO = {("snapmix", "cam"): Spec("cam", "lite0", options=(("floor", "min"),))}


def spec_for_method(method: str, name: str) -> Spec:
    """What a method gets for the evidence that it calls `name`."""
    return FED_TO.get((method, name), FED[name])


def makes_label(see: str, labels_by: Iterable[str]) -> bool:
    """Whether a label made by `labels_by`, names in FED, is made from the very maps of `see`."""
    return any(SPECS[see].shares(FED[name]) for name in labels_by if name in FED)
