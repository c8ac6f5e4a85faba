"""Picture files made by hand, for the tests of reading: odd depths, profiles, broken parts."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from mixcore.pictures import PictureError, read

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def noise(h=24, w=32, c=3, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (h, w, c), dtype=np.uint8).squeeze()


def file(image, kind="PNG", **options):
    """The bytes of a Pillow image or array saved as `kind`."""
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def raw_png(width, height, bits, color, rows=b"", extra=b""):
    """A PNG from its parts: what Pillow does not write (16-bit colour, huge sizes)."""
    head = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + pixels


def png16(levels, extra=b""):
    """A 16-bit PNG of uint16 (h, w, c), c = 1, 2, 3 or 4 channels."""
    h, w, c = levels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in levels)
    return raw_png(w, h, 16, {1: 0, 2: 4, 3: 2, 4: 6}[c], rows, extra)


def icc(space, cell, **tags):
    """A minimal ICC profile: header, tag table, tags. `cell` is the profile connection space."""
    table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += name.encode().ljust(4) + struct.pack(">II", at + len(body), len(data))
        body += data
    kind = b"prtr" if cell == "Lab" else b"mntr"
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"", 0x02100000, kind, space.encode(),
                       cell.encode().ljust(4))  # fmt: skip
    head = head.ljust(36, b"\0") + b"acsp"
    head = head.ljust(68, b"\0") + struct.pack(">III", 0xF6D6, 0x10000, 0xD32D)
    return head.ljust(128, b"\0") + table + body


def swapped_srgb():
    """sRGB with the primaries of red and blue exchanged: what is stored red must show blue."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    count = struct.unpack(">I", profile[128:132])[0]
    table = profile[132 : 132 + 12 * count]
    table = table.replace(b"rXYZ", b"tmp!").replace(b"bXYZ", b"rXYZ").replace(b"tmp!", b"bXYZ")
    return profile[:132] + table + profile[132 + 12 * count :]


def gray_linear():
    """A grey profile of gamma 1: the stored tone is light, not the usual sRGB curve."""
    curve = b"curv" + struct.pack(">IIH", 0, 1, 0x0100)
    white = b"XYZ " + struct.pack(">IIII", 0, 0xF6D6, 0x10000, 0xD32D)
    return icc("GRAY", "XYZ", wtpt=white, kTRC=curve)


def cmyk_that_turns_cyan_ink_red():
    """A CMYK profile of one table: no ink is white, cyan ink is red, any other ink black."""
    red, white, black = (136, 208, 195), (255, 128, 128), (0, 128, 128)
    grid = [black] * 16
    grid[0b0000], grid[0b1000] = white, red
    even = bytes(range(256))
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = b"mft1" + struct.pack(">IBBBB", 0, 4, 3, 2, 0) + matrix + even * 4
    return icc("CMYK", "Lab", A2B0=table + b"".join(map(bytes, grid)) + even * 3)


def sentence(source, name=None):
    """What `read` says about a file it refuses; always one sentence without machine words."""
    with pytest.raises(PictureError) as caught:
        read(source, name)
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert "Error" not in text
    assert "<" not in text
    return text
