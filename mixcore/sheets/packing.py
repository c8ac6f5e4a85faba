"""Sheets packed for a browser: plain values and pictures, each panel once."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
import json
import math
import re
import wave
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from mixcore.sheets.panels import Film, Images, Overlay, Panel, Sheet, Sound

DIGITS = 4  # significant ones of every number: finer than any screen


def pack_sheets(sheets: Sequence[Sheet]) -> dict[str, Any]:
    """Frames of one Sheet for a browser: panels once, and what each frame shows of them.

    Returns {"panels": [...], "frames": [{"sentence", "number", "arithmetic", "panels": numbers}]},
    all plain values.
    """
    panels: dict[str, int] = {}
    packed: list[dict[str, Any]] = []
    frames = []
    for sheet in sheets:
        numbers = []
        for panel in sheet.panels:
            one = pack_panel(panel)
            digest = hashlib.sha1(json.dumps(one).encode()).hexdigest()
            if digest not in panels:
                panels[digest] = len(packed)
                packed.append(one)
            numbers.append(panels[digest])
        frames.append(
            {
                "sentence": split_sentence(sheet.sentence),
                "number": dataclasses.asdict(sheet.number),
                "arithmetic": list(sheet.arithmetic),
                "panels": numbers,
            }
        )
    return {"panels": packed, "frames": frames}


def split_sentence(sentence: str) -> list[list[str]]:
    """Pairs of (text, color) of a sentence whose *words*{b} have a color; "" is no color."""
    parts = []
    for text, words, color in re.findall(r"([^*]+)|\*([^*]+)\*(?:\{(\w+)\})?", sentence):
        parts.append([words or text, color])
    return parts


def pack_panel(panel: Panel) -> dict[str, Any]:
    """One panel as plain values; pictures are data addresses, sounds are WAV files."""
    own = _pack_media(panel)
    fields = [field.name for field in dataclasses.fields(panel) if field.name not in own]
    return {"kind": panel.kind} | {name: _pack(getattr(panel, name)) for name in fields} | own


def _pack_media(panel: Panel) -> dict[str, Any]:
    """What is no numbers to a browser, and would be a thousand times as many as such."""
    match panel:
        case Film():
            return {"panels": [pack_panel(one) for one in panel.panels]}
        case Images():
            return {
                "images": [write_picture(image) for image in panel.images],
                "sizes": [list(image.shape[:2]) for image in panel.images],
            }
        case Overlay():
            return {"image": write_picture(panel.image), "size": list(panel.image.shape[:2])}
        case Sound():
            samples = np.asarray(panel.wave, np.float64)
            return {
                "wave": _pack(_envelope(samples)),
                "seconds": len(samples) / panel.rate,
                "file": write_sound(samples, panel.rate),
            }
    return {}


def _pack(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _pack(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return _pack(value.tolist())
    if isinstance(value, tuple | list):
        return [_pack(one) for one in value]
    if isinstance(value, np.generic):
        return _pack(value.item())
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value


def write_picture(image: np.ndarray) -> str:
    """A lossless data address of uint8 (h, w) or (h, w, 3)."""
    data = io.BytesIO()
    Image.fromarray(image).save(data, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()


def write_sound(samples: np.ndarray, rate: int) -> str:
    """A data address of a mono WAV file, 16 bits, of samples (n,) in [-1, 1]."""
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return "data:audio/wav;base64," + base64.b64encode(data.getvalue()).decode()


def _envelope(samples: np.ndarray, columns: int = 600) -> np.ndarray:
    """The lowest and the highest of each column of a drawing, (columns, 2)."""
    columns = min(columns, max(len(samples), 1))
    if not len(samples):
        return np.zeros((columns, 2))
    parts = np.array_split(samples, columns)
    return np.array([(part.min(), part.max()) for part in parts])
