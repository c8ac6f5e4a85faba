"""The crop frame of one photo, and what follows when it has been moved."""

from __future__ import annotations

import base64
from collections.abc import Callable

from app.components import crop_box
from app.link.states import CROP, PhotoCrop
from app.mixes.photos import PhotoPreview


def show(
    key: str, name: str, preview: PhotoPreview, crop: PhotoCrop, change: Callable[[PhotoCrop], None]
) -> None:
    """Draw the frame; `change` is called with each new crop, before the page is drawn again."""
    photo = base64.b64encode(preview.jpeg).decode()
    data = {
        "photo": f"data:image/jpeg;base64,{photo}",
        "name": name,
        "width": preview.width,
        "height": preview.height,
        **{part: getattr(crop, part) for part in CROP},
    }
    crop_box.mount(key, data, lambda: _heard(key, change))


def _heard(key: str, change: Callable[[PhotoCrop], None]) -> None:
    """Take what the browser says, if it keeps the rules."""
    message = crop_box.read_crop(key) or {}
    try:
        change(PhotoCrop(**{part: rule.read(message[part]) for part, rule in CROP.items()}))
    except (KeyError, ValueError):
        return
