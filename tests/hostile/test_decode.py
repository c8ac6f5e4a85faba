"""Broken picture files: each gives a picture or one sentence, in little memory."""

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.WebPImagePlugin import WebPImageFile

from hostile.neighbors import assert_sentence, measure_child, neighbors
from mixcore import decode
from mixcore.decode.tiff import Page, count_bytes
from mixcore.pictures import PictureError, read
from picture_files import file, noise, png16, sentence


def tiff(array, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, photometric="rgb", **options)
    return buffer.getvalue()


def deep(planar):
    """16 bits a colour, (h, w, 3) or its planes."""
    array = np.arange(24 * 32 * 3, dtype=np.uint16).reshape(24, 32, 3) * 28
    return np.moveaxis(array, -1, 0) if planar else array


FILES = {
    **{kind: file(noise(24, 32), kind) for kind in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP")},
    "lossless WebP": file(noise(24, 32), "WEBP", lossless=True),
    "AVIF": file(noise(24, 32), "AVIF"),
    "progressive JPEG": file(noise(24, 32), "JPEG", progressive=True),
    "16-bit PNG": png16(deep(False)),
    "planar TIFF": tiff(deep(True)),
    "planar TIFF, packed": tiff(deep(True), compression="lzw"),
    "BigTIFF in tiles": tiff(deep(False), bigtiff=True, tile=(16, 16), compression="deflate"),
    "TIFF of WebP": tiff(noise(24, 32), compression="webp"),
}


def try_neighbors(n: int) -> None:
    """Read n neighbors of each file; each one's name is printed before it is read."""
    for kind, data in FILES.items():
        for how, changed in neighbors(data, n):
            print(kind, how, flush=True)
            try:
                image = read(changed, "a.file")
            except PictureError as error:
                assert_sentence(error)
            else:
                assert image.dtype == np.uint8
                assert image.ndim == 3


def test_a_neighbor_of_a_picture_is_a_picture_or_a_sentence_in_bounded_memory(effort):
    # In a process of its own: decoders are C, and the last line that it printed names what broke.
    code = (
        "import warnings, logging; warnings.simplefilter('ignore')\n"
        "logging.disable()\n"
        "from hostile.test_decode import try_neighbors\n"
        "try_neighbors(1); begin()\ntry_neighbors(int(sys.argv[1]))"
    )
    grew = measure_child(code, str(effort(60)))
    assert grew < decode.MAX_MEMORY / 2**20


def vp8l(width, height):
    """A lossless WebP of one colour in 46 bytes or so, whatever its size."""
    small = file(Image.new("RGB", (8, 8)), "WEBP", lossless=True, quality=0, method=0)
    at = small.index(b"VP8L") + 9
    bits = int.from_bytes(small[at : at + 4], "little") >> 28 << 28
    bits |= (width - 1) | (height - 1) << 14
    return small[:at] + struct.pack("<I", bits) + small[at + 4 :]


def test_a_tiny_lossless_webp_of_40_megapixels_is_refused_from_its_header():
    data = vp8l(16383, 2440)
    assert len(data) <= 46
    said = sentence(data, "tiny.webp")
    assert said.startswith("tiny.webp has 40.0 megapixels, over the limit of 30 for a file of")
    code = (
        "from mixcore.pictures import read\nbegin()\n"
        "try: read(bytes.fromhex(sys.argv[1]))\nexcept ValueError: pass"
    )
    assert measure_child(code, data.hex()) < 8


SIDE = 2000  # 4 megapixels, enough to tell the cost of a pixel from all else
COSTLY = {
    "WebP": (lambda: vp8l(SIDE, SIDE), decode.COSTS[WebPImageFile]),
    "AVIF": (
        lambda: file(Image.new("RGB", (SIDE, SIDE)), "AVIF", speed=10, subsampling="4:4:4"),
        decode.COSTS[AvifImageFile],
    ),
    "JPEG": (
        lambda: file(Image.new("CMYK", (SIDE, SIDE)), "JPEG", progressive=True, subsampling=0),
        decode.COST,
    ),
    "PNG": (lambda: file(Image.new("RGBA", (SIDE, SIDE)), "PNG"), decode.COST),
    "GIF": (lambda: file(Image.new("P", (SIDE, SIDE)), "GIF"), decode.COST),
    "TIFF": (
        lambda: tiff(np.zeros((3, SIDE, SIDE), np.uint16), compression="deflate"),
        count_bytes(Page(0, {258: (16,), 277: (3,)})),
    ),
}


@pytest.mark.parametrize("kind", COSTLY)
def test_the_costs_that_the_caps_count_with_are_those_of_the_decoders(kind, tmp_path):
    make, cost = COSTLY[kind]
    (tmp_path / "a.file").write_bytes(make())
    code = "from mixcore.pictures import read\nimport tifffile\nbegin()\nread(sys.argv[1])"
    assert measure_child(code, str(tmp_path / "a.file")) <= SIDE * SIDE * cost / 2**20 + 12


def test_a_jpeg_of_very_many_scans_is_refused():
    data = file(noise(24, 32), "JPEG", progressive=True)
    start = data.rindex(b"\xff\xda")
    scan = data[start : data.rindex(b"\xff\xd9")]
    many = data[:start] + scan * 200 + b"\xff\xd9"
    assert "drawn in over 100 scans" in sentence(many)
    assert read(data).shape == (24, 32, 3)
