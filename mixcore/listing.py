"""All methods in words and numbers, read from a table: without torch.

The table is made from the registry by `python -m mixcore.docs`; a test holds it to that.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mixcore.methods import methods
from mixcore.params import Param

if TYPE_CHECKING:
    from mixcore.registry import Info

TABLE = Path(__file__).parent / "methods" / "methods.json"
Entry = dict[str, Any]
FOR_PAGES = ("title", "titles", "formerly")  # of a parameter; what a request declares


def load_listing() -> dict[str, Entry]:
    """key -> the facts of a method, with its parameters under "params"."""
    found: dict[str, Entry] = {}
    if TABLE.is_file():
        found = json.loads(TABLE.read_text(encoding="utf-8"))
    if set(found) != set(methods()):  # somebody has added a file: slower, but true
        found = build_listing()
    return found


def read_params(entry: Entry) -> tuple[Param, ...]:
    """A method's declared parameters."""
    return tuple(
        Param(
            **facts
            | {
                "options": tuple(facts["options"]),
                "when": facts["when"] and (facts["when"][0], tuple(facts["when"][1])),
                "accepts": facts["accepts"] and tuple(facts["accepts"]),
            }
        )
        for facts in entry["params"]
    )


def build_listing() -> dict[str, Entry]:
    """Every method with all that is declared of it, as plain values by its key."""
    from mixcore.registry import find_class

    found: dict[str, Entry] = {}
    for key in methods():
        cls = find_class(key)
        facts = asdict(cls.info)
        facts.pop("key")
        facts |= {
            "needs in words": describe_needs(cls.info),
            "params": list(map(_list_facts, cls.params())),
        }
        found[key] = facts
    return found


def _list_facts(param: Param) -> Entry:
    return {name: value for name, value in asdict(param).items() if name not in FOR_PAGES}


def describe_needs(info: Info) -> str:
    """What goes into one mix, in words."""
    count = {1: "one photo", 2: "two photos", 3: "three photos", 4: "four photos"}.get(
        info.sources, f"{info.sources} photos"
    )
    more = {
        "object": "exact objects",
        "grounds": "grounds without them",
        "cam": "class activation maps",
        "attention": "attention maps",
        "saliency": "saliency maps",
    }
    asked = [more.get(name, name) for name in info.needs]
    asked += ["hidden features of a model"] if info.hidden else []
    asked += [f"{name} of the mix" for name in info.after]
    asked += ["real labels"] if info.labels == "real" else []
    asked += ["a network"] if info.space == "features" else []
    return ", ".join([count, *asked])
