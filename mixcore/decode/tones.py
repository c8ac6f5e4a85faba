"""Tones of a decoded Pillow image as a viewer shows them: upright, sRGB, on white.

Kinds handled: 1-bit, grey, grey of 9 to 16 bits, palette, RGB, CMYK, each with or without
transparency and an embedded colour profile.
"""

import io
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageChops, ImageCms
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile

# Work is done in bands, or each step would hold one more copy of a 40-megapixel picture.
BAND_PIXELS = 2**20

# White is this many times brighter than the brightest tone where two bits or more are unused.
UNUSED = 4

# Under each EXIF orientation, the upright array seen in the order in which it is stored.
STORED: dict[int, Callable[[NDArray], NDArray]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a.swapaxes(0, 1)[::-1],
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: a.swapaxes(0, 1)[:, ::-1],
}


def upright_srgb(image: Image.Image, notes: list[str]) -> NDArray[np.uint8]:
    """A loaded `image` as uint8 (h, w, 3): profile applied, laid on white, turned as EXIF says.

    notes  where it is said what was done to the tones, as the end of a sentence about the picture
    """
    width, height = image.size
    white = _white_of(image, notes) if image.mode.startswith("I;16") else 255
    # Asked for after loading: PNG may store EXIF behind the pixels, TIFF has turned itself.
    turn = _orientation(image)
    upright = np.empty((width, height, 3) if turn > 4 else (height, width, 3), np.uint8)
    stored = STORED[turn](upright)
    for top, band in _bands(image):
        stored[top : top + band.height] = np.asarray(_on_white(_in_8_bits(band, image, white)))
    return upright


def _bands(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """The image from above, some rows at a time, each with the number of its first row."""
    rows = max(1, BAND_PIXELS // image.width)
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(top + rows, image.height)))


def scale_key(image: ImageFile, bits: int) -> None:
    """Bring the transparent colour of a PNG of `bits` a sample to the 8 bits Pillow decodes to.

    Pillow leaves it in file units and so finds no pixel of it, but for 1 and 8 bits and 16-bit
    grey. To be called before the image is loaded.
    """
    key = image.info.get("transparency")
    if image.mode == "L" and isinstance(key, int) and bits in (2, 4):
        image.info["transparency"] = key * 255 // (2**bits - 1)
    elif image.mode == "RGB" and isinstance(key, tuple) and bits == 16:
        image.info["transparency"] = tuple(tone >> 8 for tone in key)


def find_white(highest: int, bits: int, notes: list[str]) -> int:
    """The number that is white: the largest of so many bits, or the picture's own maximum.

    Its own where many bits are unused, as of a camera of 12 bits whose file has 16; a note says so.
    """
    white = 2**bits - 1
    if bits <= 8 or not 0 < highest < white / UNUSED:
        return white
    notes.append(
        f"uses {highest.bit_length()} of its {bits} bits, so its brightest tone ({highest:,}) is "
        "shown as white."
    )
    return highest


def _white_of(image: Image.Image, notes: list[str]) -> int:
    """What is white in a grey picture of more than 8 bits."""
    tags = getattr(image, "tag_v2", {})
    bits = tags.get(ExifTags.Base.BitsPerSample, (16,))[0]  # TIFF has 12 bits too
    if tags.get(ExifTags.Base.PhotometricInterpretation) == 0:  # its highest number is its black
        return int(2**bits - 1)
    highest = max(int(np.asarray(band).max()) for _, band in _bands(image))
    return find_white(highest, bits, notes)


def _in_8_bits(band: Image.Image, image: Image.Image, white: int) -> Image.Image:
    """A `band` of `image` in 8 bits a channel, where Pillow's reading of the file needs mending."""
    if band.mode.startswith("I;16"):
        return _gray_in_8_bits(band, white, getattr(image, "tag_v2", {}))
    if band.mode == "CMYK" and isinstance(image, JpegImageFile) and "adobe" not in image.info:
        # Pillow takes every CMYK JPEG for Adobe's, which store ink inverted and say so.
        return ImageChops.invert(band)
    return band


def _gray_in_8_bits(band: Image.Image, white: int, tags: dict) -> Image.Image:
    """16-bit grey scaled to 8 bits, by hand because Pillow's own conversion clips at 255."""
    tones = np.asarray(band).astype(np.uint32)
    gray = (tones * 255 + white // 2) // white
    if tags.get(ExifTags.Base.PhotometricInterpretation) == 0:  # 0 is white
        gray = 255 - gray
    key = band.info.get("transparency")
    planes = gray if key is None else np.stack([gray, np.where(tones == key, 0, 255)], -1)
    result = Image.fromarray(planes.astype(np.uint8))
    result.info["icc_profile"] = band.info.get("icc_profile")
    return result


def _on_white(band: Image.Image) -> Image.Image:
    """RGB in sRGB, transparent parts on white: the paper most of such pictures are made for."""
    profile = band.info.get("icc_profile")
    if not band.has_transparency_data:
        return _to_srgb(band, profile)
    gray = band.mode in ("1", "L", "LA")
    rgba = band.convert("RGBA")
    color = rgba.getchannel("R") if gray else rgba.convert("RGB")
    white = Image.new("RGB", rgba.size, "white")
    white.paste(_to_srgb(color, profile), mask=rgba.getchannel("A"))
    return white


def _to_srgb(band: Image.Image, profile: bytes | None) -> Image.Image:
    band = band.convert("L") if band.mode == "1" else band
    band = band if band.mode in ("L", "RGB", "CMYK") else band.convert("RGB")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(band, source, target, outputMode="RGB")
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken or foreign profile says nothing: sRGB, as browsers do
    return band if band.mode == "RGB" else band.convert("RGB")


def _orientation(image: Image.Image) -> int:
    try:
        turn = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # unreadable EXIF says nothing of the pixels, which were read well
        return 1
    return turn if turn in STORED else 1
