"""The kinds of evidence that Explore and audits offer, and which of them may judge a label.

The map that made a label never judges it: what a method is fed is here beside what can judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from mixcore.evidence import providers
from mixcore.evidence.map import Evidence


@dataclass(frozen=True)
class Sight:
    """One kind of evidence that can be made of a photo.

    kind is a name in mixcore.evidence.providers; model "late", "plain" or "lite0", or "" where it
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
        title = providers.KINDS[self.kind].title + self.plain
        if self.times:
            return f"{title} × {providers.KINDS[SIGHTS[self.times].kind].title}"
        raw = ", raw" if self.kind == "attention" else ""
        return title + (", minus mean" if self.minus_mean else raw)

    @property
    def factors(self) -> tuple[Sight, ...]:
        """Itself, and what it is multiplied with."""
        return (self, SIGHTS[self.times]) if self.times else (self,)

    def shares(self, other: Sight) -> bool:
        """Whether both come from the same maps of the same model."""
        return (other.kind, other.model) in [(s.kind, s.model) for s in self.factors]


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

# Each gets its bar beside the one that was asked for, the better tracker of the truth first.
LOADED = (
    "late attention", "late attention x CAM", "mean of features", "CAM", "plain attention",
    "spectral residual",
)  # fmt: skip

# What a method gets that asks for evidence of the clean photos by one of these names.
FED = {
    "attention": SIGHTS["late attention, raw"],
    "cam": SIGHTS["CAM"],
    "saliency": SIGHTS["spectral residual"],
}
# SnapMix's paper has its class maps stand on their least value.
FED_TO = {("snapmix", "cam"): Sight("cam", "lite0", options=(("floor", "min"),))}


def fed(method: str, name: str) -> Sight:
    """What a method gets for the evidence that it calls `name`."""
    return FED_TO.get((method, name), FED[name])


def judge(see: str, made_label: Iterable[str]) -> str:
    """Which of SIGHTS judges a label: what was asked for, unless the label was made of it.

    made_label: names in FED of what made the label.
    """
    own = [FED[name] for name in made_label]
    return next(
        name for name in (see, *LOADED) if not any(SIGHTS[name].shares(sight) for sight in own)
    )


def make(sight: Sight, x: Tensor, models: Mapping[str, nn.Module]) -> Evidence:
    """The maps of pictures x (b, 3, h, w) in [0, 1], by models with the names of Sight.model.

    ValueError for exact masks, which no model makes.
    """
    found = alone(sight, x, models)
    for other in sight.factors[1:]:
        found = found.times(alone(other, x, models).minus_mean())
    return found


def alone(sight: Sight, x: Tensor, models: Mapping[str, nn.Module]) -> Evidence:
    """The same without what it is multiplied with."""
    if sight.kind == "exact-mask":
        raise ValueError("Exact masks come with generated scenes; no model makes them.")
    source = (models[sight.model],) if sight.model else ()
    found = providers.provider(sight.kind, *source, **dict(sight.options))(x)
    return found.minus_mean() if sight.minus_mean else found
