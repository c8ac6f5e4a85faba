"""Evidence: maps that say where a picture shows what it is labelled with.

`Evidence` is the map with its name, model, layer and cost; the other modules of this package make
some. Nothing here mixes anything: methods, label rules and pages read the maps.
"""

from mixcore.evidence.map import Evidence

__all__ = ["Evidence"]
