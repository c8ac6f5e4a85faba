"""Model passes over a block: evidence of its clean pictures and of its mixes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mixcore.audit.clean_parts import CleanParts
from mixcore.evidence import spec_maps, specs
from mixcore.evidence.map import Evidence
from mixcore.evidence.models import shared_pass
from mixcore.evidence.models.hidden_features import compute_hidden
from mixcore.plan_k import AnyPlan
from mixcore.registry import Method
from mixcore.seen import Seen


@dataclass(frozen=True, eq=False)
class Clean:
    """Model outputs on b clean pictures.

    maps  evidence by its name in specs.SPECS, values on the CPU
    fed   (method's key, name) -> (b, 1, h, w): what that method gets
    hidden  name -> (b, c, h, w) hidden features that some method reads
    best  (b,) the likeliest class by Lite0, in its own classes
    y     (b,) the same by the late hybrid, which `look` counts by
    features (b, d) Lite0's last ones, pooled, each of length 1
    """

    maps: dict[str, Evidence]
    fed: dict[tuple[str, str], Tensor]
    best: Tensor
    y: Tensor
    features: Tensor
    hidden: dict[str, Tensor] = field(default_factory=dict)

    def read(self, method: Method) -> CleanParts:
        """What one method reads of all pictures."""
        key = method.info.key
        fed = {name: maps for (owner, name), maps in self.fed.items() if owner == key}
        return CleanParts(fed, {name: self.hidden[name] for name in method.reads_hidden()})


class MixedViews(NamedTuple):
    """Model outputs on b mixes.

    probs     (b, 1000) Lite0's probabilities
    features  (b, d) its last features, pooled, each of length 1
    seen      what a label that is made afterwards asks for
    """

    probs: Tensor
    features: Tensor
    seen: Seen | None


class Eyes:
    """The models of an audit on one device."""

    def __init__(
        self, evidence: Iterable[str], methods: Iterable[Any], device: torch.device
    ) -> None:
        self._evidence, self._methods = tuple(evidence), tuple(methods)
        wanted = [specs.SPECS[name] for name in self._evidence]
        wanted += [specs.spec_for_method(key, name) for key, name in self._feeds()]
        names = {factor.model for sight in wanted for factor in sight.factors}
        hybrids = tuple(sorted({"late", *names} - {"lite0", ""}))
        self.device, self.models = device, shared_pass.load_models(device, hybrids)

    def _feeds(self) -> list[tuple[str, str]]:
        return [
            (method.info.key, name)
            for method in self._methods
            for name in method.reads()
            if name in specs.FED
        ]

    def clean(self, x: Tensor) -> Clean:
        """Everything that is asked of the clean pictures x (b, 3, h, w)."""
        x = x.to(self.device)
        made: dict[specs.Spec, Evidence] = {}

        def seen(sight: specs.Spec) -> Evidence:
            if sight not in made:
                found = spec_maps.make_maps(sight, x, self.models)
                made[sight] = replace(found, values=found.values.cpu())
            return made[sight]

        with torch.no_grad():
            maps = {name: seen(specs.SPECS[name]) for name in self._evidence}
            fed = {key: seen(specs.spec_for_method(*key)).values for key in self._feeds()}
            best = self.models["lite0"](x).argmax(1).cpu()
            later = any(method.info.after for method in self._methods)
            late: Any = self.models["late"]
            y = late.logits(x).argmax(1).cpu() if later else best
            features = self._pool_features(x)
        asked = {name for method in self._methods for name in method.reads_hidden()}
        return Clean(maps, fed, best, y, features, self._hidden(asked, x))

    def _pool_features(self, x: Tensor) -> Tensor:
        """Lite0's last features of x, (b, d) of length 1; no pass of their own after one of x."""
        lite0: Any = self.models["lite0"]
        pooled = lite0.forward_head(lite0.forward_features(x), pre_logits=True)
        return torch.nn.functional.normalize(pooled.float(), dim=1).cpu()

    def fed(self, method: Method, x: Tensor) -> CleanParts:
        """Only what one method reads of the clean pictures x (b, 3, h, w)."""
        key, x = method.info.key, x.to(self.device)
        names = [name for name in method.reads() if name in specs.FED]
        with torch.no_grad():
            maps = {
                name: spec_maps.make_maps(
                    specs.spec_for_method(key, name), x, self.models
                ).values.cpu()
                for name in names
            }
        return CleanParts(maps, self._hidden(method.reads_hidden(), x))

    def _hidden(self, names: Iterable[str], x: Tensor) -> dict[str, Tensor]:
        found = compute_hidden(sorted(names), x)
        return {name: value.cpu() for name, value in found.items()}

    def mixed(self, method: Any, x: Tensor) -> MixedViews:
        """What the models give of mixes x (b, 3, h, w)."""
        x = x.to(self.device)
        with torch.no_grad():
            seen = None
            if method.info.after:
                seen = method.look(self.models["late"], x)[1]
            probs = self.models["lite0"](x).float().softmax(1).cpu()
            features = self._pool_features(x)
        return MixedViews(probs, features, seen)


def reweigh_row(method: Any, plan: AnyPlan, seen: Seen, i: int, y: Tensor) -> AnyPlan:
    """Row 0 of a plan of two as the method weighs it by mix i of what was seen.

    y (2,) are the classes of A and B. A label that depends on how far a training has come is that
    of its end. Row 1 is not meant, and gets what row 0 was seen with.
    """
    twice = [i, i]
    attention = seen.attention
    if attention is not None:
        attention = replace(attention, values=attention.values[twice].cpu())
    logits = None if seen.logits is None else seen.logits[twice].cpu()
    found: AnyPlan = method.reweigh(plan, Seen(attention, logits, y, progress=1.0))
    return found
