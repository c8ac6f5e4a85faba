"""Files a person may hand in: each gives its picture, or one plain sentence."""

import io
import os
import struct
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from mixcore import decode, pictures
from mixcore.pictures import PictureError, read
from picture_files import file, noise, raw_png, sentence

# pictures that are right as they are


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_files_give_their_pixels(kind):
    image = noise()
    out = read(file(image, kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert np.array_equal(out, image)
    assert out.dtype == np.uint8
    assert out.flags.writeable
    assert out.flags.c_contiguous


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF", "MPO"])
def test_lossy_files_give_their_colors(kind):
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow was built without AVIF")
    image = np.full((16, 24, 3), (200, 80, 40), np.uint8)
    assert np.abs(read(file(image, kind, quality=95)).astype(int) - image).max() <= 3


def test_a_source_may_be_path_bytes_or_file_and_files_are_read_from_their_start(tmp_path):
    image = noise()
    path = tmp_path / "a.png"
    path.write_bytes(file(image))
    upload = io.BytesIO(file(image))
    upload.read()
    for source in (path, str(path), path.read_bytes(), bytearray(file(image)), upload, upload):
        assert np.array_equal(read(source), image)
    with path.open("rb") as opened:
        assert np.array_equal(read(opened), image)


@pytest.mark.parametrize("other", [None, 7, noise()])
def test_other_sources_are_a_type_error(other):
    with pytest.raises(TypeError, match="must be a path, bytes or a binary file"):
        read(other)


def test_a_file_in_text_mode_is_a_type_error():
    with pytest.raises(TypeError, match="opened in binary mode"):
        read(io.StringIO("hello"))


# files that are refused


def test_text_renamed_to_jpg(tmp_path):
    path = tmp_path / "holiday.jpg"
    path.write_text("Dear all,\nthe photos are still on my phone. Grüße\n" * 40)
    text = sentence(path)
    assert text.startswith("holiday.jpg holds text, not a picture; choose a JPEG, PNG")


@pytest.mark.parametrize(
    "data", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7\n\x80\x81"]
)
def test_other_files_are_no_pictures(data):
    assert "not a picture; choose a JPEG, PNG" in sentence(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_truncated_files_are_called_damaged(kind, share):
    data = file(noise(64, 64), kind)
    text = sentence(data[: max(int(len(data) * share), 12)], "cat.xyz")
    assert text == "cat.xyz is damaged or cut short and cannot be read; save or copy it again."


def test_a_broken_checksum_is_called_damaged():
    data = bytearray(file(noise()))
    data[data.index(b"IDAT") + 40] ^= 1
    assert "damaged" in sentence(bytes(data))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_random_damage_never_escapes_as_another_error():
    rng = np.random.default_rng(0)
    for kind in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"):
        good = file(noise(), kind)
        for _ in range(30):
            data = bytearray(good)
            for at in rng.integers(0, len(data), 6):
                data[at] = rng.integers(256)
            try:
                out = read(bytes(data))
            except PictureError:
                continue
            assert out.ndim == 3
            assert out.shape[2] == 3


@pytest.mark.parametrize(
    ("width", "height", "megapixels"),
    [(10_000, 6_000, "60.0"), (12_000, 12_000, "144.0"), (20_000, 20_000, "400.0")],
)
@pytest.mark.filterwarnings("error")
def test_a_huge_png_is_refused_from_its_header(width, height, megapixels):
    data = raw_png(width, height, 8, 2, bytes(1000))
    tracemalloc.start()
    text = sentence(data, "wall.png")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (
        text == f"wall.png has {megapixels} megapixels, over the limit of 40; save a smaller copy."
    )
    assert peak < 2**20


def test_refusing_a_real_60_megapixel_png_takes_no_memory():
    # In a process of its own, because Pillow's pixels are outside what tracemalloc sees.
    code = """
import resource, sys
from mixcore.pictures import PictureError, read
from picture_files import raw_png
data = raw_png(10_000, 6_000, 8, 0, bytes(6_000 * 10_001))
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
try: read(data)
except PictureError: sys.exit(peak() - before > 4_000 and f"grew by {peak() - before} kB")
sys.exit("was not refused")
"""
    paths = os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, sys.path)])
    run = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": paths}, capture_output=True
    )
    assert run.returncode == 0, run.stderr.decode()


@pytest.mark.filterwarnings("error")
def test_huge_pictures_of_other_kinds_are_refused_too():
    gif = b"GIF89a" + struct.pack("<HHBBB", 60_000, 60_000, 0, 0, 0)
    gif += b"," + struct.pack("<HHHHB", 0, 0, 60_000, 60_000, 0) + b"\x08\x01\0\0;"
    assert "3600.0 megapixels, over the limit of 40" in sentence(gif)
    bmp = bytearray(file(noise(), "BMP"))
    bmp[18:26] = struct.pack("<ii", 20_000, 20_000)
    assert "400.0 megapixels" in sentence(bytes(bmp))
    webp = bytearray(file(noise(), "WEBP"))
    at = webp.index(b"\x9d\x01\x2a") + 3
    webp[at : at + 4] = struct.pack("<HH", 16_000, 16_000)
    assert "megapixels, over the limit of 40" in sentence(bytes(webp))


def test_the_limit_itself_is_accepted(monkeypatch):
    monkeypatch.setattr(decode, "MAX_PIXELS", 24 * 32)
    monkeypatch.setattr(decode, "MAX_BYTES", len(file(noise())))
    assert np.array_equal(read(file(noise())), noise())


def test_files_over_the_byte_limit(tmp_path):
    data = file(noise()) + bytes(pictures.MAX_BYTES)
    path = tmp_path / "long.png"
    path.write_bytes(data)
    for source in (path, data, io.BytesIO(data)):
        text = sentence(source, "long.png")
        assert text == "long.png is over the limit of 10 MB; save a smaller copy of it."


def ftyp(*brands):
    body = brands[0] + b"\0\0\0\0" + b"".join(brands[1:])
    return struct.pack(">I", len(body) + 8) + b"ftyp" + body + bytes(64)


@pytest.mark.parametrize("brands", [(b"heic", b"mif1", b"heic"), (b"mif1", b"heic"), (b"heix",)])
def test_heic_is_refused_with_its_remedy(brands):
    text = sentence(ftyp(*brands), "IMG_0042.HEIC")
    assert text == "IMG_0042.HEIC is a HEIC picture, which is not read here; save it as JPEG."


def test_films_are_told_from_pictures():
    assert "is a film, not a picture" in sentence(ftyp(b"isom", b"mp42"))
    assert "damaged" in sentence(ftyp(b"avif", b"mif1"))


@pytest.mark.parametrize("size", [(1, 1), (7, 400), (400, 7)])
def test_tiny_pictures_are_refused_with_their_size(size):
    text = sentence(file(Image.new("RGB", size)), "dot.png")
    assert text.startswith(f"dot.png is {size[0]} x {size[1]} pixels, too small")
    assert "at least 8 pixels on each side" in text


def test_the_smallest_picture_is_read():
    assert np.array_equal(read(file(noise(8, 8))), noise(8, 8))


def test_empty_missing_and_folder(tmp_path):
    (tmp_path / "none.jpg").touch()
    assert sentence(tmp_path / "none.jpg").startswith("none.jpg is empty (0 bytes); choose")
    assert sentence(b"").startswith("the picture is empty")
    assert sentence(tmp_path / "gone.jpg").startswith("gone.jpg was not found as a file; check")
    assert "is a folder; choose one picture file" in sentence(tmp_path, "album")
    assert "was not found" in sentence("a\0b.jpg")
    assert "cannot be opened (File name too long)" in sentence("x" * 5000)


def test_a_file_that_may_not_be_opened(tmp_path, monkeypatch):
    path = tmp_path / "locked.jpg"
    path.touch()

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    assert (
        sentence(path) == "locked.jpg cannot be opened (Permission denied); check name and rights."
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C:\\fakepath\\cat.jpg", "cat.jpg"),
        ("/home/me/cat.jpg", "cat.jpg"),
        ("a\n\x1b[31mb\u202egpj.exe", "a [31mb gpj.exe"),
        ("   ", "the picture"),
        ("", "the picture"),
        ("Größe ☀.png", "Größe ☀.png"),
        ("x" * 300 + ".jpeg", "x" * 44 + "…" + "x" * 10 + ".jpeg"),
    ],
)
def test_names_are_made_fit_to_show(name, shown):
    text = sentence(b"", name)
    assert text.startswith(f"{shown} is empty")
    assert len(shown) <= decode.NAME_LENGTH


def test_an_upload_is_called_by_its_own_name():
    upload = io.BytesIO(b"")
    upload.name = "mine.png"
    assert sentence(upload).startswith("mine.png is empty")
    assert sentence(upload, "yours.png").startswith("yours.png is empty")
