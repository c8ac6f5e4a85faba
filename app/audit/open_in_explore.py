"""One mix of an audit as a state of Explore: same photos, method, seed and evidence.

It imports torch, as Explore does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.audit import thumbnails
from app.link.states import DRAWN, SCENE, SEES, TRUTHS, PhotoCrop
from app.mixes import evidence_kinds, known_methods, photos
from app.photos import visitor_photos
from mixcore import pictures

NAME = 40  # letters that a picture's name may have in a link


def make_values(facts: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """The state that shows this row's mix; own photos are put on the session's shelf.

    audit_pictures.GoneError where its pictures cannot be had.
    """
    request, key = facts.get("request", {}), row["method"]
    shots = thumbnails.make_pair(facts, row)
    found: dict[str, Any] = {}
    for side, shot in zip("ab", shots, strict=True):
        found |= _side(side, row[f"name_{side}"], shot, _name_class(facts, row[f"class_{side}"]))
    given = request.get("parameters", {}).get(key, {})
    found |= {f"{key}.{p.name}": given.get(p.name, p.default) for p in _params(key)}
    asked = dict(zip(evidence_kinds.QUESTIONS.values(), TRUTHS, strict=True))
    seen = facts.get("seen", "")
    return found | {
        "m": key, "how": DRAWN, "seed": row["seed"], "layer": "mixed", "lock": False,
        "see": seen if seen in SEES else SEES[0],
        "truth": asked.get(request.get("truth", ""), TRUTHS[0]),
    }  # fmt: skip


def _name_class(facts: Mapping[str, Any], k: int) -> str:
    """What its label says, which is what is spoken of; a file's name seldom is."""
    classes = facts.get("classes", [])
    return str(classes[k])[:NAME] if 0 <= k < len(classes) else ""


def _side(side: str, name: str, shot: Any, called: str) -> dict[str, Any]:
    place = {**PhotoCrop().values(side), f"{side}.name": ""}
    if name.startswith("scene:") and shot.object is not None:
        return place | {side: SCENE, f"{side}.scene": int(name.removeprefix("scene:"))}
    upload = photos.admit_file(pictures.png(shot.image), name, borrowed=True)
    visitor_photos.keep_uploads([upload])
    return place | {side: upload.digest, f"{side}.name": called}


def _params(key: str) -> Any:
    return known_methods.load_catalogue()[key].params
