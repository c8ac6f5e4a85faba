"""A link as it arrives, made into one that every widget can read.

Streamlit hands a widget what its entry in the link says, and not every value survives that. So each
entry is brought to the nearest value that it may have, or dropped, with a sentence, before any
widget is drawn; the rest of the link stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from app.link.keys import Key

LONGEST, MOST = 2000, 100  # characters of a value, and values of an entry, that no page knows
OWN = 2  # dots in the name of a method's own parameter in a form, which the form reads itself
SHOWN = 40  # characters of a value that a sentence repeats

Entries = Mapping[str, Sequence[str]]


def read_entry(key: Key, raw: object, name: str) -> tuple[object, str]:
    """The value of an entry, and a sentence where it is not what the entry says, else "".

    What is near is taken for what was meant, anything else for the default. name: what a sentence
    calls the entry.
    """
    try:
        return key.read(raw), ""
    except ValueError as rule:
        reason = str(rule)
    try:
        value = key.read_nearest(raw)
    except ValueError:
        value = key.default
    words = key.write(value)
    taken = words if isinstance(words, str) else " to ".join(words)
    return value, (
        f"In this link {name} was {shorten(raw)}, but it {reason}: "
        f"{shorten(taken) or 'nothing'} is used instead."
    )


def clean_entries(
    query: Entries, table: Mapping[str, Key], names: Mapping[str, str]
) -> tuple[dict[str, list[str]], list[str]]:
    """What must change in a link: entry -> new values, none to drop it; and why, in sentences.

    table: the entries that the page knows; names: what sentences call them. Entries of others may
    hold anything that is short and, if it is a number, finite.
    """
    query, changes = rename_entries(query, table)
    sentences = []
    for name, raw in query.items():
        if name in table:
            value, sentence = read_entry(table[name], list(raw), names.get(name, name))
            words = table[name].write(value)
            whole = [words] if isinstance(words, str) else list(words)
            if sentence or (table[name].titles and whole != list(raw)):
                changes[name] = [] if value == table[name].default else whole
        else:
            sentence = _describe_unknown(name, raw)
            if sentence:
                changes[name] = []
        if sentence:
            sentences.append(sentence)
    return changes, sentences


def rename_entries(
    query: Entries, table: Mapping[str, Key]
) -> tuple[Entries, dict[str, list[str]]]:
    """A link with the names of today, and what must change in it for that."""
    former = {key.formerly: name for name, key in table.items() if key.formerly}
    old = [name for name in query if name in former]
    fresh = {former[name]: list(query[name]) for name in old if former[name] not in query}
    kept = {name: raw for name, raw in query.items() if name not in former}
    return kept | fresh, {name: [] for name in old} | fresh


def _describe_unknown(name: str, raw: Sequence[str]) -> str:
    """Why an entry that this page does not know is dropped; "" where it may stay."""
    rule = ""
    if len(raw) > MOST:
        rule = f"stood {len(raw):,} times in this link, and {MOST} times is the most"
    elif any(len(word) > LONGEST for word in raw):
        rule = f"was longer than {LONGEST:,} characters in this link"
    elif name.count(".") < OWN and any(map(_is_endless, raw)):
        rule = f"was {shorten(raw)} in this link, which is no finite number"
    return f"{shorten(name)} {rule}: it is left out." if rule else ""


def _is_endless(word: str) -> bool:
    """Whether a word is a number that is not finite."""
    try:
        return not math.isfinite(float(word))
    except ValueError:
        return False


def shorten(raw: object) -> str:
    """A value as a sentence can repeat it."""
    text = " ".join(map(str, raw)) if isinstance(raw, list | tuple) else str(raw)
    text = "".join(sign if sign.isprintable() else "?" for sign in " ".join(text.split()))
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
