"""Decoding of untrusted files to the pixels of a viewer: `read`, or one plain sentence.

The order is the safety: the size in bytes first, the kind by its first bytes (never by the
name), the pixel count from the header, and only then the decoder. What leaves is a bare array,
so no metadata survives.
"""

import io
import unicodedata
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from mixcore.decode import tiff
from mixcore.decode.tones import scale_key, upright_srgb

MAX_BYTES = 10 * 2**20
MAX_PIXELS = 40_000_000
# Bytes that reading one picture may take, decoder and result together: a file of 46 bytes can
# claim to be a picture of any size, and most files are worth less than they claim.
MAX_MEMORY = 480_000_000
# A 1x1 picture could be shown as flat colour, but nobody means to mix one: it is the counting
# pixel or placeholder that came instead of the photo, and saying so helps more.
MIN_SIDE = 8
NAME_LENGTH = 60
# What can be read, and the endings that such files usually have; the bytes decide, not the ending.
ENDINGS = {
    "JPEG": ("jpg", "jpeg", "jfif", "jpe"),
    "PNG": ("png",),
    "WebP": ("webp",),
    "AVIF": ("avif",),
    "GIF": ("gif",),
    "BMP": ("bmp", "dib"),
    "TIFF": ("tif", "tiff"),
}

Source = str | Path | bytes | bytearray | memoryview | IO[bytes]

# Each plugin is called by itself and not through Image.open, which would warn or raise about
# large pictures by its own limit before ours is asked, and knows formats we do not want to run.
KINDS: tuple[tuple[bytes, type[ImageFile]], ...] = (
    (b"\xff\xd8\xff", JpegImageFile),
    (b"\x89PNG\r\n\x1a\n", PngImageFile),
    (b"GIF87a", GifImageFile),
    (b"GIF89a", GifImageFile),
    (b"BM", BmpImageFile),
    (b"II*\0", TiffImageFile),
    (b"MM\0*", TiffImageFile),
    (b"II+\0", TiffImageFile),
    (b"MM\0+", TiffImageFile),
)
# Bytes a pixel that the costliest file of a kind takes to read, whatever this one holds:
# measured on progressive CMYK, animated lossless and 10-bit 4:4:4 files.
COSTS = {WebPImageFile: 16, AvifImageFile: 14}
COST = 12
MAX_SCANS = 100  # of a progressive JPEG, whose every scan goes over the whole picture
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


class PictureError(ValueError):
    """A picture that cannot be taken in; its message is one plain sentence for the user."""


def read(
    source: Source, name: str | None = None, notes: list[str] | None = None
) -> NDArray[np.uint8]:
    """The picture in `source` as uint8 (h, w, 3): sRGB, upright, its first frame, on white.

    `source` is a path, the bytes of a file, or a binary file, which is read from its start;
    `name` is what messages call it. Takes JPEG, PNG, WebP, AVIF, GIF, BMP and TIFF of at most
    `MAX_BYTES` and `MAX_PIXELS`, no side under `MIN_SIDE`. Transparent parts are laid on white;
    16-bit tones are scaled to 8; an embedded colour profile is applied, or ignored if broken.
    Where tones had to be guessed at, a sentence that says so is appended to `notes`.
    Raises `PictureError` naming the file, the rule and the remedy; `TypeError` for other kinds.
    """
    data, shown = _take(source, name)
    kind = _kind(data, shown)
    found: list[str] = []
    if kind is TiffImageFile:
        image = _read_tiff(data, shown, found)
    else:
        image = _open(kind, data, shown)
        _check_size(image.size, shown, COSTS.get(kind, COST))
        if kind is PngImageFile:
            scale_key(image, bits=data[24])
    _check_tones(image, shown)
    try:
        image.load()
        pixels = upright_srgb(image, found)
    except Exception as error:
        raise PictureError(_damaged(shown)) from error
    if notes is not None:
        notes += [f"{shown} {note}" for note in found]
    return pixels


def _open(kind: type[ImageFile], data: bytes, shown: str) -> ImageFile:
    """The picture by its header. Decoders meet hostile bytes: what they raise is open-ended."""
    if kind is JpegImageFile and data.count(b"\xff\xda") > MAX_SCANS:
        raise PictureError(f"{shown} is drawn in over {MAX_SCANS} scans; save it again as JPEG.")
    try:
        return kind(io.BytesIO(data))
    except Image.DecompressionBombError as error:
        raise PictureError(_too_large(shown, f"far more than {MAX_PIXELS // 10**6}")) from error
    except Exception as error:
        raise PictureError(_damaged(shown)) from error


def _read_tiff(data: bytes, shown: str, notes: list[str]) -> Image.Image:
    """The picture among the images of a TIFF: Pillow's, not loaded yet, or tifffile's."""
    pages = tiff.read_pages(data)
    if not pages:
        raise PictureError(_damaged(shown))
    page = tiff.choose_page(pages)
    try:
        tiff.check_page(page)
        _check_size(page.size, shown, max(COST, tiff.count_bytes(page)))
        others = tiff.needs_tifffile(page)
    except tiff.TiffError as error:
        raise PictureError(f"{shown} {error}") from None
    data = tiff.put_first(data, page)
    if not others:
        return _open(TiffImageFile, data, shown)
    try:
        return tiff.read_page(data, page, notes)
    except Exception as error:
        raise PictureError(
            f"{shown} is damaged or a TIFF of a rare kind and cannot be read; save it again as PNG."
        ) from error


def _take(source: Source, name: str | None) -> tuple[bytes, str]:
    """The bytes of `source`, never more than one over the limit, and the name to show."""
    if isinstance(source, bytes | bytearray | memoryview):
        data, shown = bytes(source[: MAX_BYTES + 1]), clean_name(name)
    elif isinstance(source, str | Path):
        path = Path(source)
        shown = clean_name(name or path.name)
        data = _take_path(path, shown)
    elif hasattr(source, "read"):
        shown = clean_name(name or getattr(source, "name", None))
        # A page that runs again is handed the same upload, left at its end by the last reading.
        if source.seekable():
            source.seek(0)
        data = source.read(MAX_BYTES + 1)
        if not isinstance(data, bytes):
            raise TypeError(f"{shown} must be opened in binary mode ('rb') to be read.")
    else:
        raise TypeError(f"source must be a path, bytes or a binary file, got {type(source)}.")
    if not data:
        raise PictureError(f"{shown} is empty (0 bytes); choose a file that holds a picture.")
    if len(data) > MAX_BYTES:
        limit = MAX_BYTES // 2**20
        raise PictureError(f"{shown} is over the limit of {limit} MB; save a smaller copy of it.")
    return data, shown


def _take_path(path: Path, shown: str) -> bytes:
    try:
        if path.is_dir():
            raise PictureError(f"{shown} is a folder; choose one picture file inside it.")
        if not path.is_file():  # pipes and devices too, whose reading may never end
            raise PictureError(f"{shown} was not found as a file; check its name and place.")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        why = error.strerror or "no reason given"
        raise PictureError(f"{shown} cannot be opened ({why}); check name and rights.") from error


def clean_name(name: str | None) -> str:
    """A file's name that can be shown: no folders, no control or direction marks, not endless."""
    last = str(name or "").replace("\\", "/").rstrip("/").rpartition("/")[2]
    spaced = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in last)
    plain = " ".join(spaced.split()) or "the picture"
    if len(plain) <= NAME_LENGTH:
        return plain
    return f"{plain[: NAME_LENGTH - 16]}…{plain[-15:]}"  # the end holds the extension


def _kind(data: bytes, shown: str) -> type[ImageFile]:
    for start, kind in KINDS:
        if data.startswith(start):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WebPImageFile
    if data[4:8] == b"ftyp":
        return _boxed_kind(data, shown)
    what = "holds text" if _is_text(data[:512]) else "holds something else"
    raise PictureError(
        f"{shown} {what}, not a picture; choose a JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF file."
    )


def _boxed_kind(data: bytes, shown: str) -> type[ImageFile]:
    """HEIC, AVIF and films share one container; the brands in its first box tell them apart."""
    box = data[8 : min(int.from_bytes(data[:4], "big"), 256)]
    brands = {box[i : i + 4] for i in range(0, len(box), 4)}
    if brands & {b"avif", b"avis"}:
        return AvifImageFile
    if brands & HEIC_BRANDS:
        raise PictureError(f"{shown} is a HEIC picture, which is not read here; save it as JPEG.")
    raise PictureError(f"{shown} is a film, not a picture; save one frame of it as JPEG.")


def _is_text(start: bytes) -> bool:
    text = start.decode("utf-8", errors="ignore")  # the cut may fall inside a letter
    whole = len(text.encode()) > len(start) - 4
    return whole and all(c.isprintable() or c in "\t\r\n\ufeff" for c in text)


def _check_size(size: tuple[int, int], shown: str, cost: int) -> None:
    """Refuse what is too large or too small, before anything is decoded; cost is bytes a pixel."""
    width, height = size
    limit = min(MAX_PIXELS, MAX_MEMORY // cost)
    if width * height > limit:
        raise PictureError(_too_large(shown, f"{width * height / 1e6:.1f}", limit))
    if min(size) < MIN_SIDE:
        raise PictureError(
            f"{shown} is {width} x {height} pixels, too small to show anything; "
            f"choose one with at least {MIN_SIDE} pixels on each side."
        )


def _check_tones(image: Image.Image, shown: str) -> None:
    if image.mode in ("I", "F"):
        # Such a file may mean 1.0, 255 or its own maximum by white; a guess would be wrong often.
        raise PictureError(
            f"{shown} stores 32-bit or signed numbers, which do not say what is white; "
            "save it with 8 or 16 bits a channel."
        )
    if image.mode == "LAB":
        raise PictureError(f"{shown} is in LAB colours, which are not read here; save it as RGB.")


def _too_large(shown: str, megapixels: str, limit: int = MAX_PIXELS) -> str:
    kind = "" if limit == MAX_PIXELS else " for a file of this kind"
    return (
        f"{shown} has {megapixels} megapixels, over the limit of {limit // 10**6}{kind}; "
        "save a smaller copy."
    )


def _damaged(shown: str) -> str:
    return f"{shown} is damaged or cut short and cannot be read; save or copy it again."
