"""TIFF files of all kinds: the picture, or a sentence that is true of the file."""

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image

from mixcore.decode import tiff
from mixcore.pictures import read
from picture_files import file, sentence

H, W = 48, 64
UNASSOCIATED, ASSOCIATED = ["unassalpha"], ["assocalpha"]


def tones(n, h=H, w=W):
    """Smooth tones (h, w, n) in [0, 1], each plane another."""
    y, x = np.mgrid[0:h, 0:w] / max(h, w)
    return np.stack([0.5 + 0.5 * np.sin(3 * x * (k + 1) + 2 * y * (k + 2)) for k in range(n)], -1)


def written(array, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **options)
    return buffer.getvalue()


def levels(values, dtype):
    return np.rint(values * np.iinfo(dtype).max).astype(dtype)


def check(data, expected, off=0.01):
    """The picture is this one, tones in [0, 1], to within rounding."""
    assert np.abs(read(data) / 255 - expected).max() <= off


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("packed", [None, "lzw", "deflate", "zstd"])
@pytest.mark.parametrize("bigtiff", [False, True])
def test_colors_of_8_and_16_bits_stored_together_or_apart(dtype, planar, packed, bigtiff):
    array = levels(tones(3), dtype)
    array = array if planar == "contig" else np.moveaxis(array, -1, 0)
    data = written(
        array, photometric="rgb", planarconfig=planar, compression=packed, bigtiff=bigtiff
    )
    check(data, tones(3))


def test_the_default_of_tifffile_for_planes_is_no_noise():
    planes = np.moveaxis(levels(tones(3), np.uint16), -1, 0)
    check(written(planes, photometric="rgb"), tones(3))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("tile", [None, (16, 16)])
@pytest.mark.parametrize("predictor", [None, True])
def test_byte_orders_tiles_and_differences(order, tile, predictor):
    array = levels(tones(3), np.uint16)
    packed = "deflate" if predictor else None
    data = written(array, byteorder=order, tile=tile, predictor=predictor, compression=packed)
    check(data, tones(3))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("extra", [UNASSOCIATED, ASSOCIATED])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_alpha_lies_on_white_whether_colors_were_multiplied_or_not(dtype, n, extra, planar):
    color, alpha = tones(n), tones(n + 1)[..., n:]
    stored = np.concatenate([color * alpha if extra == ASSOCIATED else color, alpha], -1)
    array = levels(stored, dtype)
    array = array if planar == "contig" else np.moveaxis(array, -1, 0)
    photometric = "rgb" if n == 3 else "minisblack"
    data = written(array, photometric=photometric, planarconfig=planar, extrasamples=extra)
    check(data, np.broadcast_to(color * alpha + 1 - alpha, (H, W, 3)))


@pytest.mark.parametrize("n", [3, 4])
def test_webp_inside(n):
    image = levels(tones(n), np.uint8)
    image[..., 3:] = 255
    extra = UNASSOCIATED if n == 4 else None
    data = written(image, photometric="rgb", compression="webp", extrasamples=extra)
    check(data, image[..., :3] / 255)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_ink(dtype, planar):
    ink = tones(4)
    array = levels(ink, dtype)
    array = array if planar == "contig" else np.moveaxis(array, -1, 0)
    data = written(array, photometric="separated", planarconfig=planar)
    check(data, (1 - ink[..., :3]) * (1 - ink[..., 3:]), 0.02)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_bands_beside_colors_are_left_out(dtype, planar):
    array = levels(tones(5), dtype)
    array = array if planar == "contig" else np.moveaxis(array, -1, 0)
    extra = ["unspecified"] * 2
    data = written(array, photometric="rgb", planarconfig=planar, extrasamples=extra)
    check(data, tones(3))


def test_gray_whose_white_is_0():
    array = levels(1 - tones(1)[..., 0], np.uint16)
    check(written(array, photometric="miniswhite"), tones(1))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_undone_by_either_reader(orientation):
    array = levels(tones(3), np.uint16)
    tag = [(274, 3, 1, orientation, True)]
    plain = read(written(array.astype(np.uint8), extratags=tag))
    assert read(written(array, extratags=tag)).shape == plain.shape
    expected = read(written(levels(tones(3), np.uint8), extratags=tag)).astype(int)
    assert np.abs(read(written(array, extratags=tag)) - expected).max() <= 1


# which image is the picture


def pages(*images, flags=()):
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as file:
        for image, flag in zip(images, flags or [0] * len(images), strict=True):
            file.write(image, photometric="rgb", subfiletype=flag, metadata=None)
    return buffer.getvalue()


@pytest.mark.parametrize("flag", [0, 1])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_thumbnail_in_front_is_not_the_picture(flag, dtype):
    small, large = levels(tones(3, 12, 16), dtype), levels(tones(3), dtype)
    check(pages(small, large, flags=(flag, 0)), tones(3))
    check(pages(large, small, flags=(0, flag)), tones(3))


def test_a_picture_inside_the_tags_of_its_thumbnail_is_found():
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        small, large = (levels(tones(3, h, w), np.uint8) for h, w in ((12, 16), (H, W)))
        writer.write(small, photometric="rgb", subfiletype=1, subifds=1, metadata=None)
        writer.write(large, photometric="rgb", metadata=None)
    check(buffer.getvalue(), tones(3))


def test_of_several_pictures_the_first_one_is_read():
    first, second = levels(tones(3), np.uint8), levels(1 - tones(3), np.uint8)
    check(pages(first, second), tones(3))
    wide = levels(tones(3, 40, 400), np.uint8)  # another picture, no larger copy
    check(pages(first, wide), tones(3))


# bits that are not used


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("bits", [10, 12, 14])
def test_unused_bits_are_no_darkness_and_a_note_says_so(n, bits):
    array = np.rint(tones(n) * (2**bits - 1)).astype(np.uint16)
    array = array[..., 0] if n == 1 else array
    notes = []
    out = read(written(array, photometric="rgb" if n == 3 else "minisblack"), "cells.tif", notes)
    assert np.abs(out / 255 - np.broadcast_to(tones(n), (H, W, 3))).max() < 0.01
    highest = f"{array.max():,}"
    assert notes == [
        f"cells.tif uses {bits} of its 16 bits, so its brightest tone ({highest}) is shown as "
        "white."
    ]


def test_16_bits_that_are_used_are_left_as_they_are():
    notes = []
    array = levels(tones(1)[..., 0] * 0.3, np.uint16)
    assert abs(read(written(array), "a.tif", notes).max() - 0.3 * 255) <= 1
    assert read(written(np.zeros((H, W), np.uint16)), "a.tif", notes).max() == 0
    assert notes == []


def test_12_bits_of_a_png_are_stretched_too():
    levels12 = np.rint(tones(1)[..., 0] * 4095).astype(np.uint16)
    notes = []
    assert read(file(Image.fromarray(levels12)), "a.png", notes).max() == 255
    assert len(notes) == 1


# what is refused


@pytest.mark.parametrize(
    ("array", "options", "said"),
    [
        (tones(3).astype(np.float32), {}, "32-bit or signed numbers"),
        (tones(1).astype(np.float16)[..., 0], {}, "32-bit or signed numbers"),
        (levels(tones(3), np.int16), {}, "32-bit or signed numbers"),
        (levels(tones(3), np.uint32), {}, "32-bit or signed numbers"),
        (levels(tones(5), np.uint8), {"photometric": "minisblack", "planarconfig": "contig"},
         "has 5 bands and does not say which are red, green and blue"),
        (levels(tones(3), np.uint8), {"photometric": "cielab"}, "in LAB colours"),
        (levels(tones(1)[..., 0], np.uint16), {"photometric": "cfa"}, "a camera's raw picture"),
        (levels(tones(3), np.uint8), {"compression": "jpeg2000"}, "a TIFF of a rare kind"),
        (levels(tones(1), np.uint8).reshape(3, 16, 64), {"volumetric": True, "tile": (1, 16, 16)},
         "stack of pictures in depth"),
    ],
)  # fmt: skip
def test_what_has_no_tones_is_refused_for_that(array, options, said):
    if "photometric" not in options:
        options |= {"photometric": "rgb" if array.shape[-1] == 3 else "minisblack"}
    assert said in sentence(written(array, **options), "a.tif")


def test_without_tifffile_its_kinds_are_refused_with_the_way_to_have_them(monkeypatch):
    monkeypatch.setattr(tiff, "find_spec", lambda name: None)
    planes = np.moveaxis(levels(tones(3), np.uint16), -1, 0)
    assert "pip install tifffile imagecodecs" in sentence(written(planes, photometric="rgb"))
    check(written(levels(tones(3), np.uint16), photometric="rgb"), tones(3))
    check(written(levels(tones(3), np.uint8), photometric="rgb", bigtiff=True), tones(3))


def test_a_webp_inside_that_is_larger_than_the_picture_is_not_decoded():
    small, large = np.zeros((16, 16, 3), np.uint8), np.zeros((64, 64, 3), np.uint8)
    data = written(small, photometric="rgb", compression="webp", metadata=None)
    inner = written(large, photometric="rgb", compression="webp", metadata=None)
    place = data.index(b"RIFF")
    changed = data[:place] + inner[inner.index(b"RIFF") :].ljust(len(data) - place, b"\0")
    assert "damaged or a TIFF of a rare kind" in sentence(changed)


def test_sizes_are_refused_from_the_tags():
    data = bytearray(written(levels(tones(3), np.uint16), photometric="rgb"))
    page = tiff.read_pages(bytes(data))[0]
    for tag, claim, said in (
        (256, 2**20, "megapixels, over the limit"),
        (277, 2**15, "has 32,768 bands, over the limit of 16"),
    ):
        changed = bytearray(data)
        start = page.offset + 2
        for at in range(start, start + 12 * struct.unpack_from("<H", data, page.offset)[0], 12):
            if struct.unpack_from("<H", data, at)[0] == tag:
                kind = struct.unpack_from("<H", data, at + 2)[0]
                struct.pack_into("<H" if kind == 3 else "<I", changed, at + 8, claim)
        assert said in sentence(bytes(changed))


def test_tags_that_go_round_in_circles_end():
    data = bytearray(file(Image.new("RGB", (16, 16)), "TIFF"))
    page = tiff.read_pages(bytes(data))[0]
    count = struct.unpack_from("<H", data, page.offset)[0]
    struct.pack_into("<I", data, page.offset + 2 + 12 * count, page.offset)
    assert len(tiff.read_pages(bytes(data))) == 1
