"""Rebuild the cut-outs of `stamps-gpl2/` from an unpacked tuxpaint-stamps-default.

    python assets/build_stamps.py ROOT     ROOT holds usr/share/tuxpaint/stamps

`stamps.json` names the source of every file. Each is cropped to its opaque part, its half
transparent rim takes the colour of the nearest opaque pixels (the source bakes white into it,
which shows as a halo on dark grounds), and its longest side is brought to 320 px at most.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent / "stamps-gpl2"
LONGEST = 320
SOLID = 250  # alpha from here on carries the true colour of the object
FAINT = 12  # alpha below this is dust around the object, not the object


def load(path: Path) -> np.ndarray:
    """The picture as float (h, w, 4) in [0, 255], cropped to where it is opaque."""
    rgba = np.asarray(Image.open(path).convert("RGBA"), dtype=np.float32).copy()
    rgba[rgba[..., 3] < FAINT] = 0
    rows, cols = (np.flatnonzero((rgba[..., 3] >= 128).any(axis)) for axis in (1, 0))
    return rgba[max(rows[0] - 1, 0) : rows[-1] + 2, max(cols[0] - 1, 0) : cols[-1] + 2]


def bleed(rgba: np.ndarray) -> np.ndarray:
    """Give every pixel that is not solid the mean colour of its solid neighbours, outwards."""
    known = rgba[..., 3] >= SOLID
    color = rgba[..., :3] * known[..., None]
    while not known.all():
        padded = np.pad(color, ((1, 1), (1, 1), (0, 0)))
        weight = np.pad(known.astype(np.float32), 1)
        h, w = known.shape
        near = [(i, j) for i in range(3) for j in range(3)]
        total = sum(padded[i : i + h, j : j + w] for i, j in near)
        count = sum(weight[i : i + h, j : j + w] for i, j in near)
        fresh = ~known & (count > 0)
        color[fresh] = total[fresh] / count[fresh][:, None]
        known |= fresh
    return np.dstack([color, rgba[..., 3]])


def shrink(rgba: np.ndarray) -> Image.Image:
    """8-bit RGBA with the longest side at most LONGEST; colour is already bled, so no halo."""
    h, w = rgba.shape[:2]
    scale = min(1.0, LONGEST / max(h, w))
    size = max(1, round(w * scale)), max(1, round(h * scale))
    planes = np.round(rgba).astype(np.uint8).transpose(2, 0, 1)
    small = [Image.fromarray(plane).resize(size, Image.Resampling.LANCZOS) for plane in planes]
    pixels = np.dstack(small)
    pixels[pixels[..., 3] == 0] = 0  # colour that nobody sees only makes the file larger
    return Image.fromarray(pixels)


def main() -> None:
    parser = argparse.ArgumentParser(description="Rebuild assets/stamps-gpl2 from its package.")
    parser.add_argument("root", type=Path, help="folder the package was unpacked into")
    stamps = parser.parse_args().root / "usr/share/tuxpaint/stamps"
    for stamp in json.loads((HERE / "stamps.json").read_text())["stamps"]:
        shrink(bleed(load(stamps / stamp["source"]))).save(HERE / stamp["file"], optimize=True)


if __name__ == "__main__":
    main()
