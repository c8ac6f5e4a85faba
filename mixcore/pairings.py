"""Pairings: ways of choosing partners in a batch, declared for pages and methods. No torch."""

from __future__ import annotations

from typing import NamedTuple


class PairingFacts(NamedTuple):
    """One way of choosing partners, which mixcore.pair does.

    about  what it does, in a line without its full stop
    needs  what of the batch it goes by: "", "labels", "real labels" or "features"
    """

    about: str
    needs: str = ""


PAIRINGS = {
    "shuffle": PairingFacts("A random order, as in most papers; a photo may meet itself"),
    "roll": PairingFacts("Each with the one before it, as torchvision does"),
    "flip": PairingFacts("The first with the last, as timm does"),
    "same class": PairingFacts(
        "Within a class: the label stays whole wherever there is a partner", "labels"
    ),
    "other class": PairingFacts("Never within a class, where that can be", "labels"),
    "nearest label": PairingFacts("The label nearest as a number", "labels"),
    "farthest label": PairingFacts("The label farthest as a number", "labels"),
    "same cluster": PairingFacts("Within a cluster", "features"),
    "near label": PairingFacts("By lot, the nearer in label the likelier", "real labels"),
}

FOR_CLASSES = tuple(key for key, facts in PAIRINGS.items() if facts.needs != "real labels")
"""Those of batches whose labels are classes."""

WITHOUT_FEATURES = tuple(key for key in FOR_CLASSES if PAIRINGS[key].needs != "features")
"""Those that any batch with classes can have."""
