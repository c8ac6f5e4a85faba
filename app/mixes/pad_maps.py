"""The maps behind a label as the pad in the browser takes them."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from app.mixes import pad_shapes
from app.mixes.label_maps import LabelMap
from mixcore.regions.shapes import Region


def pack_map(one: LabelMap) -> dict[str, Any]:
    """A map for the browser: its numbers exact, in single precision where that holds them."""
    single = one.values.astype(np.float32)
    exact = bool((single.astype(np.float64) == one.values).all())
    data = np.ascontiguousarray(single if exact else one.values.astype(np.float64))
    rows, columns = data.shape
    return {
        "layer": one.layer, "title": one.title, "what": one.what, "term": one.term,
        "caption": one.caption, "aboveLeast": one.above_least,
        "source": one.source, "rows": rows, "columns": columns, "double": not exact,
        "values": base64.b64encode(data.tobytes()).decode(), "outlined": one.region is not None,
        "shape": None if one.follows or one.region is None else _shape(one.region),
    }  # fmt: skip


def _shape(region: Region) -> pad_shapes.Shape:
    """A region in terms that the browser knows; a small mask pixel by pixel becomes cells."""
    made = pad_shapes.describe_shape(region)
    if made["kind"] != "dense":
        return made
    keep = region.mask()[0, 0].float().cpu().numpy() >= 0.5
    rows, columns = keep.shape
    return {"kind": "cells", "rows": rows, "columns": columns, "keep": pad_shapes.pack_bits(keep)}
