"""TIFF files: which of their images is the picture, and how its numbers become tones.

A TIFF may hold nearly anything. Its tags are read here first, so that what is refused is refused
for what it is. Pillow reads the common kinds; tifffile, where it is installed, many of the rest
(planes stored apart, 16 bits a colour, WebP inside).
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from mixcore.decode.tones import find_white

MAX_PAGES = 256  # images of one file that are looked at
MAX_VALUES = 4096  # numbers of one tag; more are offsets, which are not read here
MAX_BANDS = 16
BLOCK = 2**20  # pixels that a block may have in a picture of any size

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR = 0, 1, 2, 3, 5, 6
CONTIGUOUS = 1
ASSOCIATED, UNASSOCIATED = 1, 2  # alpha: colours multiplied by it, or not
# What is unpacked no further than the tags say. Others (JPEG 2000, JPEG XR, LZMA, ...) have sizes
# of their own inside, which may claim any amount of memory.
NONE, LZW, DEFLATE, ADOBE_DEFLATE, PACKBITS, ZSTD, WEBP = 1, 5, 32946, 8, 32773, 50000, 50001
BOUNDED = {NONE, LZW, DEFLATE, ADOBE_DEFLATE, PACKBITS, ZSTD}
FAX_AND_JPEG = {2, 3, 4, 6, 7}  # Pillow's library checks their sizes
RAW = {32803, 34892}
LAB = {8, 9, 10}

TYPES = {1: "B", 3: "H", 4: "I", 16: "Q"}  # of each type of value its letter for struct
FIRST = {False: 4, True: 8}  # where the place of the first image's tags stands, by is_big


class TiffError(ValueError):
    """Why a TIFF is not read, as the end of a sentence that begins with its name."""


@dataclass(frozen=True)
class Page:
    """One image of a TIFF by its tags; offset is where they lie in the file."""

    offset: int
    tags: dict[int, tuple[int, ...]]

    def one(self, tag: int, default: int) -> int:
        """The first value of a tag."""
        values = self.tags.get(tag, ())
        return values[0] if values else default

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) as stored."""
        return self.one(256, 0), self.one(257, 0)

    @property
    def bits(self) -> int:
        """Bits of the widest sample."""
        return max(self.tags.get(258, (1,)), default=1)

    @property
    def samples(self) -> int:
        """Numbers a pixel."""
        return self.one(277, 1)

    @property
    def is_contiguous(self) -> bool:
        """Whether a pixel's numbers lie together; with one there is no difference."""
        return self.samples == 1 or self.one(284, CONTIGUOUS) == CONTIGUOUS

    @property
    def kind(self) -> int:
        """The photometric interpretation: what the numbers are tones of."""
        return self.one(262, BLACK_IS_ZERO)

    @property
    def compression(self) -> int:
        """How its data are packed."""
        return self.one(259, 1)

    @property
    def colors(self) -> int:
        """Samples that are colour."""
        return {RGB: 3, YCBCR: 3, CMYK: 4}.get(self.kind, 1)

    @property
    def alpha(self) -> int:
        """Which kind of alpha the first sample beyond colour is; 0 where it is none."""
        first = self.one(338, 0)
        return first if self.samples > self.colors and first in (ASSOCIATED, UNASSOCIATED) else 0

    @property
    def is_reduced(self) -> bool:
        """Whether it says that it is a smaller copy of another one."""
        return bool(self.one(254, 0) & 1) or self.one(255, 1) == 2


def read_pages(data: bytes) -> list[Page]:
    """The images of a file by their tags, and those inside them; none where it is broken."""
    order = "<" if data[:2] == b"II" else ">"
    big = is_big(data)
    word, entry = ("Q", 20) if big else ("I", 12)
    pages: list[Page] = []
    seen: set[int] = set()

    def number(letter: str, at: int) -> int:
        return int(struct.unpack_from(order + letter, data, at)[0])

    def read_tags(at: int) -> tuple[dict[int, tuple[int, ...]], int]:
        count, start = number("Q" if big else "H", at), at + (8 if big else 2)
        if count * entry > len(data):
            raise struct.error("more tags than the file has room for")
        tags: dict[int, tuple[int, ...]] = {}
        for place in range(start, start + count * entry, entry):
            tag, kind = number("H", place), number("H", place + 2)
            n, value = number(word, place + 4), place + (12 if big else 8)
            letter = TYPES.get(kind) or (word if kind in (13, 18) else None)
            if letter is None or n > MAX_VALUES:
                continue
            size = n * struct.calcsize(order + letter)
            where = value if size <= (8 if big else 4) else number(word, value)
            if where + size <= len(data):
                tags[tag] = struct.unpack_from(f"{order}{n}{letter}", data, where)
        return tags, number(word, start + count * entry)

    try:
        at = number(word, FIRST[big])
        while at and at not in seen and len(pages) < MAX_PAGES:
            seen.add(at)
            tags, following = read_tags(at)
            pages.append(Page(at, tags))
            for inner in tags.get(330, ()):
                if inner and inner not in seen and len(pages) < MAX_PAGES:
                    seen.add(inner)
                    pages.append(Page(inner, read_tags(inner)[0]))
            at = following
    except (struct.error, OverflowError):
        pass  # what was read so far may do
    return [page for page in pages if min(page.size) > 0]


def is_big(data: bytes) -> bool:
    """Whether it is a BigTIFF, whose places have 64 bits."""
    return data[2:4] in (b"+\0", b"\0+")


def put_first(data: bytes, page: Page) -> bytes:
    """The file with that image as its first, which is the one that readers take."""
    at, order, big = FIRST[is_big(data)], "<" if data[:2] == b"II" else ">", is_big(data)
    place = struct.pack(order + ("Q" if big else "I"), page.offset)
    return data[:at] + place + data[at + len(place) :]


def choose_page(pages: list[Page]) -> Page:
    """The picture: the first image, or the larger one that it is a thumbnail of."""
    first = pages[0]

    def is_original(page: Page) -> bool:
        (w, h), (width, height) = first.size, page.size
        alike = abs(w * height - h * width) <= max(w * height, h * width) * 0.05
        return not page.is_reduced and width > 1.5 * w and (alike or first.is_reduced)

    originals = [page for page in pages if is_original(page)]
    return max(originals, key=lambda page: page.size[0] * page.size[1]) if originals else first


def check_page(page: Page) -> None:
    """TiffError where it cannot be said which tones the numbers are, or how many there are."""
    (width, height), kind = page.size, page.kind
    if page.samples > MAX_BANDS:
        raise TiffError(f"has {page.samples:,} bands, over the limit of {MAX_BANDS}; save three.")
    if kind in RAW:
        raise TiffError("is a camera's raw picture, which is not read here; save it as JPEG.")
    if kind in LAB:
        raise TiffError("is in LAB colours, which are not read here; save it as RGB.")
    if kind not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR):
        raise TiffError("has colours of a kind that is not read here; save it as RGB.")
    if any(form not in (1, 4) for form in page.tags.get(339, (1,))) or page.bits > 16:
        raise TiffError(
            "stores 32-bit or signed numbers, which do not say what is white; save it with 8 or "
            "16 bits a channel."
        )
    if page.colors == 1 and page.samples > 2:
        raise TiffError(
            f"has {page.samples} bands and does not say which are red, green and blue; save three "
            "of them as RGB."
        )
    across, down = page.one(322, width), page.one(323, 0) or min(page.one(278, height), height)
    if page.samples < page.colors or across * down > max(4 * width * height, BLOCK):
        raise TiffError("is damaged: its parts do not fit its size; save or copy it again.")
    if max(page.one(32997, 1), page.one(32998, 1)) > 1:
        raise TiffError("is a stack of pictures in depth; save one of them.")


def is_plain(page: Page) -> bool:
    """Whether Pillow reads such an image rightly, in the tones that the file has."""
    if page.compression not in BOUNDED | FAX_AND_JPEG:
        return False
    if page.samples == 1:
        return True
    if page.bits != 8 or page.samples > 4:
        return False
    if page.colors == 1:  # grey with one more
        return page.is_contiguous and page.alpha == UNASSOCIATED
    return page.is_contiguous or (page.kind == RGB and page.samples == 3)


def needs_tifffile(page: Page) -> bool:
    """Whether tifffile is to read the image; TiffError where it cannot or is not there."""
    if is_plain(page):
        return False
    mixed = len(set(page.tags.get(258, ()))) > 1
    packed = page.compression not in BOUNDED | {WEBP}
    if packed or mixed or page.kind == PALETTE or (page.kind == YCBCR and page.compression != WEBP):
        raise TiffError("is a TIFF of a rare kind; save it with 8 bits a channel and LZW as RGB.")
    if find_spec("tifffile") and find_spec("imagecodecs"):
        return True
    # Good enough: Pillow takes the upper half of each 16-bit number.
    if page.is_contiguous and page.bits == 16 and page.kind == RGB and page.compression != WEBP:
        return False
    raise TiffError(
        "is a TIFF of a kind that only tifffile reads: pip install tifffile imagecodecs, or save "
        "the picture with 8 bits a channel and LZW compression."
    )


def count_bytes(page: Page) -> int:
    """Bytes a pixel that reading takes: packed, unpacked, in 8 bits, as Pillow's, the result."""
    return page.samples * (2 * ((page.bits + 7) // 8) + 1) + 4 + 3


def read_page(data: bytes, page: Page, notes: list[str]) -> Image.Image:
    """The first image of a file, read by tifffile, as one of Pillow's in 8 bits, not turned yet."""
    import tifffile

    with tifffile.TiffFile(io.BytesIO(data)) as file:
        found = file.pages.first
        if page.compression == WEBP and not all(
            _webp_fits(data[start : start + 30], page) for start in found.dataoffsets
        ):
            raise ValueError("a WebP inside is larger than the picture")
        planes = np.asarray(found.asarray(maxworkers=1)).reshape(found.shaped)[:, 0]
        profile = found.tags.valueof(34675)
    tones = planes[0] if page.is_contiguous else np.moveaxis(planes[..., 0], 0, -1)
    n = page.colors
    white = 2**page.bits - 1
    if page.kind in (BLACK_IS_ZERO, RGB):
        white = find_white(int(tones[..., :n].max()), page.bits, notes)
    image = _in_pillow(tones[..., : n + bool(page.alpha and n < 4)], white, page)
    image.info["icc_profile"] = bytes(profile) if profile else None
    image.getexif()[ExifTags.Base.Orientation] = page.one(274, 1)
    return image


def _webp_fits(head: bytes, page: Page) -> bool:
    """Whether a WebP that begins so is no larger than a block of the page; none is at most that."""
    width, height = page.size
    across, down = page.one(322, width), page.one(323, height)
    if head[12:16] == b"VP8X":
        size = int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    elif head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        size = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        size = struct.unpack("<HH", head[26:30].ljust(4, b"\0"))
        size = size[0] & 0x3FFF, size[1] & 0x3FFF
    return size[0] <= across and size[1] <= down


def _in_pillow(tones: NDArray[Any], white: int, page: Page) -> Image.Image:
    """Tones (h, w, n) in 8 bits: grey, RGB or CMYK, each perhaps with alpha. Row by row."""
    height, width, n = tones.shape
    levels = np.empty((height, width, n), np.uint8)
    for y in range(height):
        row = tones[y].astype(np.float32) / white
        if page.alpha and n > page.colors:
            # Alpha has all its bits in use, whatever the colours have.
            cover = tones[y, :, -1].astype(np.float32) / (2**page.bits - 1)
            if page.alpha == ASSOCIATED:
                row /= np.maximum(cover, 1e-6)[:, None]
            row[:, -1] = cover
        if page.kind == WHITE_IS_ZERO:
            row[:, 0] = 1 - row[:, 0]
        levels[y] = (row.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    if page.kind == CMYK:
        return Image.frombytes("CMYK", (width, height), levels.tobytes())
    return Image.fromarray(levels[..., 0] if n == 1 else levels)
