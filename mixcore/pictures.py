"""Pictures outside torch: uint8 arrays (h, w, 3) in sRGB, read, squared, named and written.

`read` lives in `mixcore.decode`. Only `to_tensor` and `to_array` import torch.
"""

from __future__ import annotations

import hashlib
import io
import operator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mixcore.decode import MAX_BYTES, MAX_PIXELS, MIN_SIDE, PictureError, read

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "MIN_SIDE",
    "PADDING",
    "PictureError",
    "digest",
    "fit",
    "frame",
    "png",
    "read",
    "save",
    "square",
    "to_array",
    "to_tensor",
]

Array = NDArray[np.uint8]

# The mean colour of ImageNet: to a network that was trained on it, the border says nothing.
PADDING = (124, 116, 104)


def square(
    image: Array, size: int = 448, zoom: float = 1.0, x: float = 0.5, y: float = 0.5
) -> Array:
    """The square of side `min(h, w) / zoom` around (x, y), resampled to uint8 (size, size, 3).

    `image` is uint8 (h, w, 3); `size` in [8, 2048] pixels; `zoom` in [1, 8]; `x` and `y` in
    [0, 1] are shares of the width and height. A centre near the edge is moved inwards so that
    the square stays inside the frame. The same input gives the same bytes everywhere.
    """
    _check_image(image, channels=(3,))
    size = _whole("size", size, 8, 2048)
    box = frame(image.shape[1], image.shape[0], zoom, x, y)
    return _resized(image, (size, size), box)


def frame(
    width: int, height: int, zoom: float = 1.0, x: float = 0.5, y: float = 0.5
) -> tuple[float, float, float, float]:
    """The part of a photo that `square` takes: left, top, right and bottom, in its pixels."""
    for name, value, low, high in (("zoom", zoom, 1, 8), ("x", x, 0, 1), ("y", y, 0, 1)):
        _within(name, value, low, high)
    side = min(width, height) / zoom
    left = min(max(x * width - side / 2, 0.0), width - side)
    top = min(max(y * height - side / 2, 0.0), height - side)
    return left, top, left + side, top + side


def fit(image: Array, size: int = 448, padding: tuple[int, int, int] = PADDING) -> Array:
    """The whole picture in a square, uint8 (size, size, 3), with `padding` beside it.

    `image` is uint8 (h, w, 3); `size` in [8, 2048] pixels. Nothing is cut off, and a square
    picture is resampled as `square` does it.
    """
    _check_image(image, channels=(3,))
    size = _whole("size", size, 8, 2048)
    height, width = image.shape[:2]
    longer = max(height, width)
    inner = (max(1, round(width * size / longer)), max(1, round(height * size / longer)))
    left, top = (size - inner[0]) // 2, (size - inner[1]) // 2
    out = np.full((size, size, 3), padding, np.uint8)
    photo = _resized(image, inner, (0, 0, width, height))
    out[top : top + inner[1], left : left + inner[0]] = photo
    return out


def _resized(image: Array, size: tuple[int, int], box: tuple[float, float, float, float]) -> Array:
    # Bicubic rings less than Lanczos at hard edges, and a halo would pass for a trace of mixing.
    # Its 8-bit arithmetic is in integers, hence equal on every machine.
    return np.array(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC, box=box))


def digest(image: Array | bytes) -> str:
    """First 32 hex digits of the SHA-256 of a file's bytes, or of a picture's shape and pixels."""
    if isinstance(image, bytes):
        return hashlib.sha256(image).hexdigest()[:32]
    _check_image(image)
    shape = "x".join(map(str, image.shape)).encode()
    return hashlib.sha256(shape + b":" + image.tobytes()).hexdigest()[:32]


def to_tensor(*images: Array) -> Tensor:
    """Pictures uint8 (h, w, 3) of one size as one float32 tensor (n, 3, h, w) in [0, 1]."""
    import torch

    if not images:
        raise ValueError("to_tensor needs at least one picture, got none.")
    for image in images:
        _check_image(image, channels=(3,))
    sizes = {image.shape for image in images}
    if len(sizes) > 1:
        raise ValueError(f"pictures must share one shape, got {sorted(sizes)}: square() them.")
    stack = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
    return stack.contiguous().to(torch.float32).div_(255)


def to_array(x: Tensor) -> Array:
    """Tensor (c, h, w) or (b, c, h, w) in [0, 1] as uint8 (h, w, c) or (b, h, w, c).

    One channel gives (h, w) or (b, h, w). Rounds half up; values outside [0, 1], which
    rounding and overshooting methods make, are clamped; `to_array(to_tensor(a))[0]` is `a`.
    """
    import torch

    if not isinstance(x, torch.Tensor) or not x.is_floating_point():
        kind = x.dtype if isinstance(x, torch.Tensor) else type(x)
        raise TypeError(f"x must be a floating-point tensor, got {kind}.")
    if x.ndim not in (3, 4) or x.shape[-3] not in (1, 3, 4):
        raise ValueError(
            f"x must be (c, h, w) or (b, c, h, w) with 1, 3 or 4 channels, got {tuple(x.shape)}."
        )
    if x.numel() and not torch.stack(torch.aminmax(x.detach())).isfinite().all():  # one pass
        raise ValueError("x must be finite to become a picture, got NaN or infinite values.")
    # bf16 and half cannot hold 255 * x + 0.5 to the level.
    levels = x.detach().to("cpu", torch.float32).mul(255).add_(0.5).floor_().clamp_(0, 255)
    array = levels.to(torch.uint8).movedim(-3, -1).contiguous().numpy()
    return array[..., 0] if array.shape[-1] == 1 else array


def png(image: Array, **text: str) -> bytes:
    """PNG bytes of uint8 (h, w), (h, w, 3) or (h, w, 4), with `text` stored as text chunks."""
    _check_image(image, channels=(1, 3, 4))
    info = PngInfo()
    for key, value in text.items():
        if not isinstance(value, str):
            raise TypeError(f"PNG text {key!r} must be a string, got {type(value)}.")
        info.add_text(key, value)
    buffer = io.BytesIO()
    # Level 1 takes a quarter of the time of the usual 6, for a few percent more bytes.
    Image.fromarray(image).save(buffer, "PNG", pnginfo=info, compress_level=1)
    return buffer.getvalue()


def save(image: Array | Tensor, path: str | Path) -> None:
    """Write a picture, uint8 array or tensor (c, h, w) in [0, 1], to `path` as PNG."""
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise ValueError(f"pictures are saved without loss as PNG: end {path.name!r} in .png.")
    path.write_bytes(png(image if isinstance(image, np.ndarray) else to_array(image)))


def _check_image(image: Any, channels: tuple[int, ...] = (1, 3, 4)) -> None:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        kind = image.dtype if isinstance(image, np.ndarray) else type(image)
        raise TypeError(f"image must be a uint8 numpy array, got {kind}.")
    planes = 1 if image.ndim == 2 else image.shape[2] if image.ndim == 3 else 0
    bare = image.ndim == 3 and planes == 1  # one channel is written (h, w)
    if planes not in channels or bare or 0 in image.shape:
        allowed = " or ".join("(h, w)" if c == 1 else f"(h, w, {c})" for c in channels)
        raise ValueError(f"image must be {allowed} and not empty, got {image.shape}.")


def _within(name: str, value: float, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{name} must be a number, got {type(value)}.")
    if not low <= value <= high:  # false for NaN too
        raise ValueError(f"{name} must be in [{low}, {high}], got {value}.")


def _whole(name: str, value: int, low: int, high: int) -> int:
    _within(name, value, low, high)
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {value}.") from None
