"""Evidence maps that row 0 of a plan was made of, as pages draw them: numpy and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.link.states import SIZE
from app.mixes import layer_images
from app.mixes.label_text import caption_map, counts_in, name_layer, title_layer
from mixcore import pictures
from mixcore.account import LabelSum
from mixcore.evidence import Evidence
from mixcore.plan_k import AnyPlan, PlanK
from mixcore.regions.shapes import Region


@dataclass(frozen=True, eq=False)
class LabelMap:
    """A map that made the label or the mask of a mix.

    layer   how the link calls it; title: how the page does; what: what it is; caption: in full
    term    the name of the term that was summed on it
    source  whose picture it is of: 0 for A, 1 for B, None for the mix
    values  (h, w), the very numbers that were used
    region  where it counts for A, row 0 only; None where nothing was summed on it
    follows whether that is the region of the mix itself, which a hand may move
    above_least  whether shares are of what is above the least value of the enlarged map
    """

    layer: str
    title: str
    what: str
    term: str
    made: str
    caption: str
    source: int | None
    values: NDArray[Any]
    region: Region | None
    follows: bool
    above_least: bool = False

    def density(self, size: int = SIZE) -> NDArray[np.float64]:
        """The map enlarged to size x size, as multiples of an even share."""
        import torch

        one = Evidence(torch.from_numpy(np.array(self.values, np.float32))[None, None], self.what)
        return one.at(size, size)[0, 0].double().numpy() * size**2

    def masks(self, size: int = SIZE) -> NDArray[np.float32] | None:
        """What counts for A and for B, (2, size, size)."""
        if self.region is None:
            return None
        kept = self.region.at(size, size).mask()[0, 0].float().cpu().numpy()
        return np.stack([kept, 1 - kept])


def read_maps(plan: AnyPlan, account: LabelSum | None) -> tuple[LabelMap, ...]:
    """The maps that row 0 used, those of A first."""
    found = []
    own = None if isinstance(plan, PlanK) else plan.region
    for used in plan.account.maps:
        values = used.map(0)
        if values is None:
            continue
        counts = used.made != "label" or counts_in(account, used.term)
        found.append(
            LabelMap(
                name_layer(used.source),
                title_layer(used.made, used.source),
                used.title,
                used.term,
                used.made,
                caption_map(used.title, used.made, used.why_not, used.origin, used.source, counts),
                used.source,
                values.numpy(),
                None if used.region is None else used.region.rows(np.array([0])),
                used.region is own,
                used.above_least,
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class Drawn:
    """A map over its picture, or alone: PNG, and the ends and the middle of its scale."""

    png: bytes
    low: float
    middle: float
    high: float


def draw_map(one: LabelMap, photos: Sequence[layer_images.Image], alone: bool = False) -> Drawn:
    """The map over its picture in grey, with the line of what counts; photos: A, B, and the mix."""
    picture = photos[-1 if one.source is None else one.source]
    image, ends = paint_map(one, None if alone else picture)
    return Drawn(pictures.png(image), *ends)


def paint_map(
    one: LabelMap, picture: layer_images.Image | None, size: int = SIZE
) -> tuple[layer_images.Image, tuple[float, float, float]]:
    """The same as an array, and the ends and the middle of its scale."""
    density, masks = one.density(size), one.masks(size)
    image = layer_images.draw_overlay(picture, density)
    if masks is not None:
        layer_images.draw_line(image, masks)
    return image, layer_images.scale_ends(density)
