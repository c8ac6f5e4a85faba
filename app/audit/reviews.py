"""Reviews: which mixes of an audit have been looked at, kept beside its table. No torch.

Those of the example, which is never written to, are kept in MIXSCOPE_HOME.
"""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

from mixcore.runs import files, home, showcase
from mixcore.runs.types import find_problem

FILE, LOCK = "reviewed.json", ".reviewed.lock"


def read_reviews(place: Path) -> frozenset[str]:
    """The ids of the reviewed rows of a folder or a table's file; none where nothing is kept."""
    try:
        found = files.read_json(_folder(place) / FILE)
    except ValueError:
        return frozenset()
    rows = [] if find_problem(found, {"reviewed": [str]}) else found["reviewed"]
    return frozenset(rows)


def mark_reviewed(place: Path, row: str, reviewed: bool) -> Set[str]:
    """Say of one row whether it is reviewed; all that are. OSError where it cannot be written."""
    folder = _folder(place)
    folder.mkdir(parents=True, exist_ok=True)
    with files.lock_file(folder / LOCK):
        known = read_reviews(place) | {row} if reviewed else read_reviews(place) - {row}
        files.write_json(folder / FILE, {"reviewed": sorted(known)})
    return known


def _folder(place: Path) -> Path:
    folder = place if place.is_dir() else place.parent
    if showcase.is_example(folder):  # which nobody writes to
        return home.get_home() / "reviewed" / folder.name
    return folder
