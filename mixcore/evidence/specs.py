"""Evidence specs that Explore and audits offer, and those that a label is made from.

What a method is fed is here beside what can judge. The judge is the user's choice, the reference
by default, and never another: a map that made the label only agrees with itself, and says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from torch import Tensor, nn

from mixcore import naming
from mixcore.evidence import kinds
from mixcore.evidence.map import Evidence
from mixcore.evidence.models import bundled
from mixcore.evidence.reference import REFERENCE
from mixcore.moved import find_renamed

__getattr__ = find_renamed(__name__)


@dataclass(frozen=True)
class Spec:
    """One kind of evidence that can be made of a photo.

    kind is a name in mixcore.evidence.kinds; model "late", "plain" or "lite0", or "" where it
    needs none; times another of SIGHTS that it is multiplied with; options those of the provider.
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

# Count it up when providers make other maps of the same picture: stored judgements are stale then.
EDITION = 1

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


@cache
def compute_digest(see: str) -> str:
    """16 hex digits of all that the maps of one of SIGHTS depend on beside the picture.

    Raises naming.NamingError where its model's weights are not here.
    """
    recipe = [
        [one.kind, one.model, one.minus_mean, one.options, _weights(one.model)]
        for one in SPECS[see].factors
    ]
    return hashlib.sha256(json.dumps([EDITION, recipe]).encode()).hexdigest()[:16]


def list_digests() -> dict[str, str]:
    """The digest of each of SPECS, which mixcore.evidence.reference keeps where torch is not."""
    return {name: compute_digest(name) for name in SPECS}


def describe_reference() -> dict[str, str]:
    """Name and digest of the reference evidence, as they are kept with every judgement.

    The digest is "" where the weights of its model are not here.
    """
    try:
        digest = compute_digest(REFERENCE)
    except naming.NamingError:
        digest = ""
    return {"name": REFERENCE, "digest": digest}


def _weights(model: str) -> str:
    if model == "lite0":
        return naming.compute_digest()
    return bundled.compute_digest(model) if model else ""


def make_maps(sight: Spec, x: Tensor, models: Mapping[str, nn.Module]) -> Evidence:
    """The maps of pictures x (b, 3, h, w) in [0, 1], by models with the names of Sight.model.

    ValueError for exact masks, which no model makes.
    """
    found = make_factor(sight, x, models)
    for other in sight.factors[1:]:
        found = found.times(make_factor(other, x, models).minus_mean())
    return found


def make_factor(sight: Spec, x: Tensor, models: Mapping[str, nn.Module]) -> Evidence:
    """The same without what it is multiplied with."""
    if sight.kind == "exact-mask":
        raise ValueError("Exact masks come with generated scenes; no model makes them.")
    source = (models[sight.model],) if sight.model else ()
    found = kinds.provider(sight.kind, *source, **dict(sight.options))(x)
    return found.minus_mean() if sight.minus_mean else found
