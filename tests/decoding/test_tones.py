"""Tones of a file as a person should see them: depth, transparency, ink, profile, turn."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageCms

from mixcore.decode import tones
from mixcore.pictures import read
from picture_files import (
    BLUE,
    RED,
    WHITE,
    chunk,
    cmyk_that_turns_cyan_ink_red,
    file,
    gray_linear,
    noise,
    png16,
    raw_png,
    sentence,
    swapped_srgb,
)

# 16 bits and other depths


@pytest.mark.parametrize("channels", [1, 3])
def test_16_bit_png_is_scaled_not_clipped(channels):
    levels = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16, 1).repeat(channels, -1)
    out = read(png16(levels)).astype(float)
    assert np.abs(out - levels / 257).max() <= 1
    assert (out.min(), out.max()) == (0, 255)


@pytest.mark.parametrize("channels", [2, 4])
def test_16_bit_png_with_alpha_lies_on_white(channels):
    levels = np.full((8, 8, channels), 65535 // 4, np.uint16)
    levels[..., -1] = 65535
    levels[4:, :, -1] = 0
    out = read(png16(levels))
    assert np.abs(out[:4].astype(int) - 64).max() <= 1
    assert (out[4:] == 255).all()


def test_16_bit_gray_with_a_transparent_tone():
    levels = np.full((8, 8, 1), 1000, np.uint16)
    levels[:4] = 40_000
    out = read(png16(levels, extra=chunk(b"tRNS", struct.pack(">H", 1000))))
    assert (out[:4] == round(40_000 / 257)).all()
    assert (out[4:] == 255).all()


def test_16_bit_tiff_in_both_byte_orders():
    levels = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    for stored in (levels.astype("<u2"), levels.astype(">u2")):
        out = read(file(Image.fromarray(stored), "TIFF"))
        assert np.abs(out - levels[..., None] / 257).max() <= 1


def gray_tiff(width, height, bits, photometric, pixels):
    """An uncompressed grey TIFF of one strip: the kinds that Pillow reads but does not write."""
    entries = {256: width, 257: height, 258: bits, 259: 1, 262: photometric, 273: 8, 277: 1,
               278: height, 279: len(pixels)}  # fmt: skip
    table = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries.items())
    head = b"II*\0" + struct.pack("<I", 8 + len(pixels))
    return head + pixels + struct.pack("<H", len(entries)) + table + bytes(4)


def test_tiff_whose_zero_is_white():
    levels = np.linspace(0, 65535, 256).astype("<u2").reshape(16, 16)
    out = read(gray_tiff(16, 16, 16, 0, levels.tobytes()))
    assert np.abs(out - (255 - levels[..., None] / 257)).max() <= 1


def test_12_bit_tiff_reaches_white():
    # Two levels of 12 bits in three bytes: 0xFFF, 0x800.
    out = read(gray_tiff(8, 8, 12, 1, b"\xff\xf8\x00" * 32))
    assert (out[:, 0::2] == 255).all()
    assert (out[:, 1::2] == 128).all()


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_tiff_numbers_without_a_white_are_refused(dtype):
    text = sentence(file(np.ones((9, 9), dtype), "TIFF"), "scan.tif")
    assert text.startswith("scan.tif stores 32-bit or signed numbers")
    assert "8 or 16 bits" in text


def test_lab_colors_are_refused():
    assert "LAB colours" in sentence(file(Image.new("LAB", (9, 9)), "TIFF"))


def test_one_bit_and_gray():
    bits = np.zeros((16, 16), bool)
    bits[:8] = True
    out = read(file(Image.fromarray(bits)))
    assert (out[:8] == 255).all()
    assert (out[8:] == 0).all()
    gray = noise(c=1)
    assert np.array_equal(read(file(gray)), gray[..., None].repeat(3, -1))


# transparency


def test_transparent_parts_lie_on_white():
    rgba = np.zeros((9, 9, 4), np.uint8)
    rgba[..., :3] = RED
    rgba[:3, :, 3], rgba[3:6, :, 3] = 255, 128
    out = read(file(rgba))
    assert (out[:3] == RED).all()
    assert (out[3:6] == (255, 127, 127)).all()
    assert (out[6:] == WHITE).all()


def test_gray_with_alpha_lies_on_white():
    la = np.zeros((8, 8, 2), np.uint8)
    la[:4, :, 1] = 255
    out = read(file(la))
    assert (out[:4] == 0).all()
    assert (out[4:] == 255).all()


@pytest.mark.parametrize("transparency", [None, 1, bytes([255, 0])])
@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_palettes_with_and_without_transparency(transparency, kind):
    if kind == "GIF" and isinstance(transparency, bytes):
        transparency = 1  # a GIF knows one transparent entry only
    image = Image.new("P", (16, 16), 0)
    image.putpalette([*RED, *BLUE])
    image.paste(1, (0, 8, 16, 16))
    options = {} if transparency is None else {"transparency": transparency}
    out = read(file(image, kind, **options))
    assert (out[:8] == RED).all()
    assert (out[8:] == (BLUE if transparency is None else WHITE)).all()


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("key", [0, 1])
def test_a_transparent_tone_of_a_packed_gray_png(bits, key):
    row = b"\0" + int(f"{0:0{bits}b}{1:0{bits}b}" * 4, 2).to_bytes(bits, "big")
    out = read(raw_png(8, 8, bits, 0, row * 8, chunk(b"tRNS", struct.pack(">H", key))))
    shown = [0, 255 // (2**bits - 1)]
    shown[key] = 255
    assert (out[:, 0::2] == shown[0]).all()
    assert (out[:, 1::2] == shown[1]).all()


def test_a_transparent_color_of_a_16_bit_png():
    levels = np.full((8, 8, 3), (1000, 2000, 60_000), np.uint16)
    levels[4:] = 40_000
    key = chunk(b"tRNS", struct.pack(">3H", 1000, 2000, 60_000))
    out = read(png16(levels, extra=key))
    assert (out[:4] == 255).all()
    assert (out[4:] == 40_000 >> 8).all()


def test_a_transparent_key_color():
    image = np.full((8, 8, 3), RED, np.uint8)
    image[4:] = BLUE
    out = read(file(image, transparency=BLUE))
    assert (out[:4] == RED).all()
    assert (out[4:] == WHITE).all()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_an_animation_gives_its_first_frame(kind):
    frames = [Image.new("RGB", (16, 16), color) for color in (RED, BLUE, WHITE)]
    data = file(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
    with Image.open(io.BytesIO(data)) as opened:
        assert opened.n_frames == 3
    assert (read(data) == RED).all()


# CMYK


def cyan(c=255, k=0):
    return Image.merge("CMYK", [Image.new("L", (16, 16), v) for v in (c, 0, 0, k)])


def without_adobe(data):
    """A JPEG with its Adobe marker cut out."""
    at = data.index(b"\xff\xee")
    size = struct.unpack(">H", data[at + 2 : at + 4])[0]
    return data[:at] + data[at + 2 + size :]


def test_cmyk_jpeg_in_adobe_polarity():
    data = file(cyan(), "JPEG", quality=100)
    assert b"Adobe" in data
    assert np.abs(read(data).astype(int) - (0, 255, 255)).max() <= 2
    assert read(file(cyan(0, 0), "JPEG")).min() >= 253
    assert read(file(cyan(0, 255), "JPEG")).max() <= 2


def test_cmyk_jpeg_without_the_adobe_marker_stores_ink_as_ink():
    data = without_adobe(file(ImageChops.invert(cyan()), "JPEG", quality=100))
    assert b"Adobe" not in data
    assert np.abs(read(data).astype(int) - (0, 255, 255)).max() <= 2


def test_cmyk_tiff():
    assert (read(file(cyan(), "TIFF")) == (0, 255, 255)).all()


def test_cmyk_follows_its_profile():
    data = file(cyan(), "JPEG", quality=100, icc_profile=cmyk_that_turns_cyan_ink_red())
    red = read(data)[8, 8].astype(int)
    assert red[0] >= 250
    assert red[1:].max() <= 12


# colour profiles


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_a_profile_is_applied(kind):
    image = np.full((16, 16, 3), RED, np.uint8)
    out = read(file(image, kind, icc_profile=swapped_srgb(), quality=100)).astype(int)
    assert np.abs(out - BLUE).max() <= 6


def test_a_profile_is_applied_under_transparency():
    rgba = np.full((8, 8, 4), (*RED, 255), np.uint8)
    rgba[4:, :, 3] = 0
    out = read(file(rgba, icc_profile=swapped_srgb())).astype(int)
    assert np.abs(out[:4] - BLUE).max() <= 1
    assert (out[4:] == 255).all()


@pytest.mark.parametrize("alpha", [False, True])
def test_a_gray_profile_is_applied(alpha):
    gray = np.full((8, 8, 2), (55, 255), np.uint8)
    image = gray if alpha else gray[..., 0]
    out = read(file(image, icc_profile=gray_linear()))
    assert np.abs(out.astype(int) - 128).max() <= 1  # light 55/255 is tone 128 in sRGB


def test_an_srgb_profile_changes_nothing():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(read(file(noise(), icc_profile=profile)), noise())


@pytest.mark.parametrize("profile", [b"nonsense", b"\0" * 200, cmyk_that_turns_cyan_ink_red()])
def test_a_broken_or_foreign_profile_means_srgb(profile):
    assert np.array_equal(read(file(noise(), icc_profile=profile)), noise())


# EXIF


def turned(image, orientation):
    """How a camera stores an upright `image` under each EXIF orientation."""
    store = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: np.rot90(a, -1),
    }
    return np.ascontiguousarray(store[orientation](image))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_exif_orientation_is_undone(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = turned(noise(), orientation)
    assert np.array_equal(read(file(stored, kind, exif=exif, lossless=True)), noise())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_read_in_many_bands_is_the_same(orientation, monkeypatch):
    monkeypatch.setattr(tones, "BAND_PIXELS", 100)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = noise(23, 31)
    assert np.array_equal(read(file(turned(image, orientation), exif=exif)), image)


def test_exif_orientation_of_a_jpeg_photo():
    upright = np.zeros((16, 32, 3), np.uint8)
    upright[:, :16] = WHITE
    exif = Image.Exif()
    exif[0x0112] = 6
    out = read(file(turned(upright, 6), "JPEG", exif=exif))
    assert out.shape == (16, 32, 3)
    assert out[:, :14].min() > 250
    assert out[:, 18:].max() < 5


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("exif", [b"nonsense", b"II*\0\xff\xff\xff\xff", b""])
def test_broken_exif_is_no_reason_to_refuse(exif):
    out = read(file(np.full((16, 16, 3), RED, np.uint8), "JPEG", exif=b"Exif\0\0" + exif))
    assert np.abs(out.astype(int) - RED).max() <= 2
