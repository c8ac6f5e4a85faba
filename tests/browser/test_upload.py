"""Own photos: the right picture or one plain sentence, and nothing lost."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from browser.explore import expected
from browser.hands import until
from mixcore.data import gallery

DOG = gallery.load("dog")


def saved(image, form, **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def huge_png():
    """A true PNG of 10,000 x 6,000 pixels in a few kilobytes."""

    def chunk(kind, body):
        checksum = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + checksum

    header = struct.pack(">IIBBBBB", 10_000, 6_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1251 * 6000))
    body = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


REFUSED = {
    "notes.jpg": b"Dear diary, this is not a photo.\n" * 40,
    "cut.jpg": saved(Image.fromarray(DOG), "JPEG")[:9000],
    "huge.png": huge_png(),
    "dot.png": saved(Image.new("RGB", (1, 1)), "PNG"),
    "phone.heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(200),
}


def test_files_that_are_no_pictures_cost_one_sentence_each(visitor):
    explore = visitor("?m=mixup&seed=31")
    explore.upload(REFUSED)
    notices = explore.notices(len(REFUSED))
    for name in REFUSED:
        assert sum(name in notice for notice in notices) == 1
    assert "Traceback" not in explore.page.inner_text("body")
    explore.shows(expected("mixup", seed=31)[0])


def gray16():
    tones = (np.linspace(0, 65535, 64 * 64).reshape(64, 64)).astype(np.uint16)
    return saved(Image.fromarray(tones), "PNG"), np.stack([np.rint(tones / 257)] * 3, -1)


def rotated():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side
    turned = Image.fromarray(DOG).rotate(90, expand=True)
    return saved(turned, "JPEG", quality=95, exif=exif), DOG


def see_through():
    rgba = np.dstack([DOG, np.full(DOG.shape[:2], 255, np.uint8)])
    rgba[:100, :, 3] = 0
    white = DOG.copy()
    white[:100] = 255
    return saved(Image.fromarray(rgba), "PNG"), white


def palette():
    image = Image.fromarray(DOG).quantize(64)
    return saved(image, "PNG"), np.asarray(image.convert("RGB"))


def animation():
    first, second = Image.fromarray(DOG).quantize(32), Image.new("P", DOG.shape[1::-1])
    data = saved(first, "GIF", save_all=True, append_images=[second])
    return data, np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def cmyk():
    return saved(Image.fromarray(DOG).convert("CMYK"), "JPEG", quality=95), DOG


@pytest.mark.parametrize("make", [gray16, rotated, see_through, palette, animation, cmyk])
def test_odd_files_give_the_right_picture(visitor, make):
    data, truth = make()
    explore = visitor("?how=by+hand&lam=1&m=mixup")
    explore.upload({f"{make.__name__}.img.png": data})
    wanted = expected("mixup", lam=1.0, a=truth.astype(np.uint8))[0].astype(int)
    # lam 1: the mix is A itself, but for what the file's own kind has lost.
    until(lambda: np.abs(explore.picture() - wanted).mean() < 3, "the picture in the file")
    explore.notices(0)


def test_two_photos_make_the_pair_and_are_there_after_a_reload(visitor):
    explore = visitor("?seed=2")
    kitten = gallery.load("kitten")
    png = {n: saved(Image.fromarray(i), "PNG") for n, i in (("d.png", DOG), ("k.png", kitten))}
    explore.upload(png)
    picture = expected(seed=2, a=DOG, b=kitten)[0]
    explore.shows(picture)
    explore.page.reload()
    explore.shows(picture)
    explore.notices(0)
