"""Evidence maps made by specs, and the digests that tell one edition of them from another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache

from torch import Tensor, nn

from mixcore import naming
from mixcore.evidence import kinds
from mixcore.evidence.map import Evidence
from mixcore.evidence.models import bundled
from mixcore.evidence.reference import REFERENCE
from mixcore.evidence.specs import SPECS, Spec

# Count it up when providers make other maps of the same picture: stored judgements are stale then.
EDITION = 1


@cache
def compute_digest(see: str) -> str:
    """16 hex digits of all that the maps of one of SPECS depend on beside the picture.

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
