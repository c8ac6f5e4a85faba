"""Evidence: maps of where a picture shows what it is labelled with.

`Evidence` is the map with its name, model, layer and cost; the other modules of this package make
some. Nothing here mixes anything: methods, label rules and pages read the maps. Importing this
package is cheap: torch comes with the first name that needs it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mixcore.evidence.map import Evidence

__all__ = ["Evidence"]


def __getattr__(name: str) -> Any:
    if name == "Evidence":
        from mixcore.evidence.map import Evidence

        return Evidence
    raise AttributeError(f"module 'mixcore.evidence' has no attribute {name!r}")
