"""Values of the Labs page's link: which lab, and that lab's parameters and seed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from app.link.keys import Key
from app.link.run_keys import make_keys
from app.link.states import Keys
from app.session import PageState
from mixcore.labs import list_labs, read_card
from mixcore.params import Param

LAB = "lab"


def _list_keys() -> Keys:
    return {LAB: Key(LAB, "choice", "", options=("", *list_labs()))}


# The gallery, whose only entry says which lab is open; each lab has a state of its own.
GALLERY = PageState("labs", _list_keys, carriers=(LAB,))


@cache
def find_state(key: str) -> PageState:
    """The state of a lab's page. What hands set, and own files, are bound to unseen widgets."""
    from app.mixes import lab_sheets  # it may bring torch, which the gallery does without

    params = lab_sheets.list_params(key)
    held = tuple(name_entry(key, p) for p in params if p.hand == "file" or is_set_on_stage(key, p))

    def list_keys() -> Keys:
        seed = name_seed(key)
        return {**make_keys(params, key), seed: Key(seed, "integer", 0, 0, 9999)}

    return PageState(f"lab-{key}", list_keys, carriers=held)


def name_entry(key: str, param: Param) -> str:
    """The entry of a parameter in the link."""
    return f"{key}.{param.name}"


def name_seed(key: str) -> str:
    """The entry of a lab's seed."""
    return f"{key}.seed"


def is_set_on_stage(key: str, param: Param) -> bool:
    """Whether a parameter is set on the picture: by a hand, or as the one that is scrubbed."""
    return bool(param.hand and param.hand != "file") or param.name == read_card(key).hero


def list_shown(params: Iterable[Param], key: str) -> list[Param]:
    """The parameters that have a widget beside the stage."""
    return [p for p in params if not p.of and not is_set_on_stage(key, p)]
