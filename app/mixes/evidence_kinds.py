"""Evidence specs that Explore offers: the library's, own runs, and two questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.link.states import TRUTHS, YOURS
from mixcore.evidence import spec_maps, specs, visibility
from mixcore.evidence.spec_maps import describe_reference
from mixcore.evidence.specs import EXACT, FED, FED_TO, LOADED, Spec, spec_for_method

__all__ = [
    "EXACT",
    "FED",
    "FED_TO",
    "LOADED",
    "QUESTIONS",
    "SPECS",
    "OwnRun",
    "Spec",
    "describe_digest",
    "describe_reference",
    "find_kind",
    "makes_label",
    "spec_for_method",
]  # fmt: skip

QUESTIONS = dict(zip(TRUTHS, visibility.TRUTHS, strict=True))


@dataclass(frozen=True)
class OwnRun(Spec):
    """Evidence of a run's model after an epoch, by the map that its kind can give."""

    kind: str = YOURS
    run: str = ""
    epoch: int = 0

    @property
    def title(self) -> str:
        if not self.run:
            return "Your run"
        return f"Run {int(self.run.partition('-')[0])}, epoch {self.epoch}"


SPECS = {**specs.SPECS, YOURS: OwnRun()}


def find_kind(see: str) -> Spec:
    """The kind of evidence that app.link.states.State.see names."""
    if see in SPECS:
        return SPECS[see]
    run, _, epoch = see.removeprefix(f"{YOURS} ").rpartition(" ")
    return OwnRun(run=run, epoch=int(epoch))


def makes_label(see: str, labels_by: Iterable[str]) -> bool:
    """Whether a label is made from the very maps of `see`; one's own run never made any here."""
    return see in specs.SPECS and specs.makes_label(see, labels_by)


def describe_digest(see: str) -> str:
    """What tells these maps from others of the same name: a digest, or a run and its epoch."""
    return spec_maps.compute_digest(see) if see in specs.SPECS else see
