"""The maps that a plan was made of: of which source, for mask or label, and what counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from mixcore.regions.shapes import Region

LABEL, MASK = "label", "mask"
UNUSED = -1


@dataclass(frozen=True, eq=False)
class UsedMap:
    """An evidence map that made the labels or the masks of b mixes.

    title   what it is, in a few words
    term    the name of the term that was summed on it; the title unless given
    name    what the method calls it: in Batch.evidence, or a field of mixcore.Seen
    values  (n, 1, h, w), the maps as they were used, not enlarged
    pick    (b,) which of them each mix used; -1 for none
    source  whose picture they are of: 0 for A, 1 for B; None for the mix itself
    made    "label" or "mask"
    region  1 where the map counts for A, 0 where for B; None where nothing was summed on it
    why_not why it made nothing after all ("the box is set by hand"), or ""
    origin  by which model and layer, where that is known
    above_least  whether shares are of what is above the least value of the enlarged map
    """

    title: str
    name: str
    values: Tensor
    pick: NDArray[np.int64]
    source: int | None
    made: str
    region: Region | None = None
    why_not: str = ""
    origin: str = ""
    term: str = ""
    above_least: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "term", self.term or self.title)

    def map(self, i: int) -> Tensor | None:
        """The map that mix i used, (h, w) on the CPU; None where it used none."""
        j = int(self.pick[i])
        return None if j == UNUSED else self.values[j, 0].detach().cpu()

    def rows(self, rows: NDArray[Any]) -> UsedMap:
        """The same for the chosen samples."""
        region = None if self.region is None else self.region.rows(rows)
        return replace(self, pick=self.pick[rows], region=region)

    def keep_for(self, used: NDArray[np.bool_]) -> UsedMap:
        """The same where `used` (b,), and nothing for the other samples."""
        return replace(self, pick=np.where(used, self.pick, UNUSED))


def use_clean(
    title: str,
    name: str,
    values: Tensor,
    made: str,
    region: Region | None,
    index: Tensor | NDArray[np.int64] | None = None,
    why_not: str = "",
    term: str = "",
) -> UsedMap:
    """A map of each clean picture, A's own, or its partner's where the index is given."""
    if index is None:
        own = np.arange(len(values))
        return UsedMap(title, name, values, own, 0, made, region, why_not, term=term)
    partners = np.asarray(index.cpu() if isinstance(index, Tensor) else index)
    return UsedMap(title, name, values, partners, 1, made, region, why_not, term=term)
