"""Mosaic: four images meet at one point; the label follows the areas of the four tiles.

Paper: Bochkovskiy, Wang, Liao, "YOLOv4: Optimal Speed and Accuracy of Object Detection", 2020,
section 3.3: four training images are put together, so that one image shows four contexts.

The paper trains a detector: all boxes of the four are kept and no label is weighed, and how the
point and the pieces are chosen is left to its code. For classification we label by area. The point
is uniform in the middle of the frame (`margin` away from its sides); "squeeze" brings every image
whole into its tile, "crop" takes of each what lies at the tile's own place. The four are the
sample, its partner, its partner's partner and the next, so that any pairing serves. Where that
chain comes back to its start, a photo fills more than one tile: of a shuffled batch of 16, 3.6 of
the four differ on average.
"""

import numpy as np

from mixcore import pair
from mixcore.batch import Batch
from mixcore.params import choice, real
from mixcore.plan_k import PlanK
from mixcore.regions.partition import Tiles
from mixcore.registry import Method, method
from mixcore.rng import Rng, make_streams
from mixcore.warps.geometry import Resize


@method(
    "Mosaic",
    family="Grid",
    paper="YOLOv4: Optimal Speed and Accuracy of Object Detection",
    authors="Bochkovskiy et al.",
    year=2020,
    summary="Four photos meet at one point; the label is shared by the areas of their tiles.",
    look="Squeezed, every object is there, small and out of shape. Cropped, a tile may hold "
    "background only, and its label counts all the same. In a small batch a photo may come twice.",
    sources=4,
    given=("index",),
)
class Mosaic(Method):
    margin: float = real(
        0.25, 0.0, 0.45, help="How far the meeting point stays from the sides of the frame"
    )
    fit: str = choice("squeeze", "crop", help="How a photo gets into its tile")

    def plan(self, batch: Batch, rng: Rng) -> PlanK:
        index = pair.chain_partners(batch, rng, 4)
        h, w = batch.size
        place = make_streams(rng).stage("place").random((len(batch), 2))
        y, x = np.rint((self.margin + (1 - 2 * self.margin) * place) * (h, w)).astype(np.int64).T
        top, left, low, right = np.zeros_like(y), np.zeros_like(x), y * 0 + h, x * 0 + w
        tiles = [(top, y, left, x), (top, y, x, right), (y, low, left, x), (y, low, x, right)]
        box = np.stack([np.stack(tile, 1) for tile in tiles], 1)
        warp = Resize() if self.fit == "squeeze" else None
        return PlanK(index, Tiles(box, batch.size), warps=[warp] * 4)
