"""The account of a label in words: its terms, and the maps behind it. Pure.

Whatever the method: all of this is read from the account of its plan (mixcore.account).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from mixcore.account import PLAIN, LabelSum

OF = {0: "A", 1: "B", None: "mix"}
USED = "used in "


def name_layer(source: int | None) -> str:
    """What the layer of a map is called in the link, by whose picture it is of."""
    return f"{USED}{OF[source]}"


def title_layer(made: str, source: int | None) -> str:
    """What it is called on the page: "Label map", "Mask map B"."""
    side = "" if source is None else f" {OF[source]}"
    return f"{made.capitalize()} map{side}"


def capitalize(text: str) -> str:
    """The text with a capital, whatever follows left as it is."""
    return text[:1].upper() + text[1:]


COUNTS = {
    0: "What the line takes away is lost; what is left counts for A.",
    1: "What lies inside the line counts for B.",
    None: "What lies inside the line counts for B, the rest for A.",
}


def caption_map(
    title: str, made: str, why_not: str, origin: str, source: int | None, counts: bool = True
) -> str:
    """What a used map is, what it did, and what of it counts."""
    what = capitalize(title) + (f" ({origin})" if origin else "")
    if made == "label":
        if not counts:
            return f"{what}. It counts nothing in this label."
        return f"{what}. The label is made of it. {COUNTS[source]}"
    if why_not:
        return f"{what}. It would choose what comes from B, but {why_not}."
    return f"{what}. It chose what comes from whom."


def counts_in(account: LabelSum | None, title: str) -> bool:
    """Whether the term that was summed on a map weighs anything."""
    return account is not None and any(term.name == title for term in account.terms)


def is_told(account: LabelSum | None, used: Sequence[object]) -> bool:
    """Whether there is more to say of a label than that it is the area."""
    if account is None:
        return False
    return bool(used) or len(account.terms) > 1 or account.terms[0].name not in PLAIN


def account_html(account: LabelSum | None, names: Sequence[str], used: Sequence[object]) -> str:
    """The label as arithmetic, a line a photo; nothing where the area is all there is to it."""
    if account is None or not is_told(account, used):
        return ""
    lines = "".join(f"<span>{escape(line)}</span>" for line in account.describe(names).split("\n"))
    return f'<p class="account">{lines}</p>'
