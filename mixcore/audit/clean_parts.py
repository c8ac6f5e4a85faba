"""Evidence maps and hidden features of clean pictures, as one method reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True, eq=False)
class CleanParts:
    """Maps (b, 1, h, w) and hidden features (b, c, h, w) of b clean pictures, by name."""

    maps: Mapping[str, Tensor] = field(default_factory=dict)
    hidden: Mapping[str, Tensor] = field(default_factory=dict)

    def rows(self, rows: Sequence[int]) -> CleanParts:
        """The same of the chosen pictures."""
        chosen = list(rows)
        maps, hidden = (
            {name: found[chosen] for name, found in parts.items()}
            for parts in (self.maps, self.hidden)
        )
        return CleanParts(maps, hidden)
