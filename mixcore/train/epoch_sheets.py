"""Packed Sheets in a run's folder, drawn after every epoch by an objective or an observer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mixcore.runs import files
from mixcore.sheets.packing import pack_sheets
from mixcore.sheets.panels import Sheet

FOLDER = "sheets"
KEEP = 60  # of one name


def write_sheet(run: Path, name: str, step: int, sheet: Sheet) -> None:
    """Keep what is seen after this step; where there are too many, every second one goes."""
    folder = run / FOLDER
    folder.mkdir(exist_ok=True)
    kept = list_sheets(run).get(name, [])
    if len(kept) >= KEEP:
        for path in kept[1::2]:
            path.unlink()
    text = json.dumps(pack_sheets([sheet]), allow_nan=False)
    files.write_file(folder / f"{name}-{step:08d}.json", text.encode())


def list_sheets(run: Path) -> dict[str, list[Path]]:
    """Who drew -> the files, in the order of their steps."""
    found: dict[str, list[Path]] = {}
    for path in sorted((run / FOLDER).glob("*-????????.json")):
        found.setdefault(path.stem.rpartition("-")[0], []).append(path)
    return found


def join_sheets(packs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Several packed Sheets as the frames of one."""
    panels: list[Any] = []
    frames: list[Any] = []
    for pack in packs:
        moved = len(panels)
        panels += pack["panels"]
        frames += [
            {**frame, "panels": [i + moved for i in frame["panels"]]} for frame in pack["frames"]
        ]
    return {"panels": panels, "frames": frames}
