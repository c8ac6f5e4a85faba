"""Key: one entry of the link, with the values it may take. Pure: no Streamlit."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app import cells

DIGEST = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Key:
    """One entry of the link: its default and the values it may take.

    kind: "text" (high: most characters), "real", "integer", "flag", "choice", "span" (two
    integers in order), "picture" (an option, or the digest of an upload) or "mask" (a word of
    app.cells, or "").
    """

    name: str
    kind: str
    default: Any
    low: float | None = None
    high: float | None = None
    options: tuple[str, ...] = ()

    def read(self, raw: Any) -> Any:
        """The value in `raw`, a string, number or pair; ValueError with the rule if it has none."""
        try:
            value = _READERS[self.kind](raw)
        except (ValueError, TypeError, OverflowError):
            raise ValueError(self.rule()) from None
        if not self.holds(value):
            raise ValueError(self.rule())
        return value

    def holds(self, value: Any) -> bool:
        """Whether `value`, already of this kind, keeps the rule."""
        match self.kind:
            case "text":
                return len(value) <= (self.high or math.inf)
            case "real" | "integer":
                return self.low <= value <= self.high
            case "choice":
                return value in self.options
            case "picture":
                return value in self.options or DIGEST.fullmatch(value) is not None
            case "span":
                return self.low <= value[0] <= value[1] <= self.high
            case "mask":
                return not value or _is_mask(value)
        return True

    def rule(self) -> str:
        """What the value must be, as the end of a sentence."""
        match self.kind:
            case "text":
                return f"must be at most {self.high:g} characters long"
            case "real" | "integer":
                noun = "a whole number" if self.kind == "integer" else "a number"
                return f"must be {noun} from {self.low:,.15g} to {self.high:,.15g}"
            case "choice":
                return "must be one of " + ", ".join(self.options)
            case "picture":
                return "must be the name of an example, “scene”, or the digest of an upload"
            case "span":
                return f"must be two whole numbers in order, from {self.low:g} to {self.high:g}"
            case "mask":
                return cells.RULE
        return "must be true or false"

    def write(self, value: Any) -> str | tuple[str, ...]:
        """The value as it stands in the link."""
        if self.kind == "span":
            return tuple(str(end) for end in value)
        if self.kind == "flag":
            return str(bool(value)).lower()
        if self.kind == "real":
            return str(int(value)) if value == int(value) else str(round(float(value), 6))
        return str(value)


def last(raw: Any) -> Any:
    """The value of an entry that may stand in the link more than once."""
    return raw[-1] if isinstance(raw, list | tuple) else raw


def _is_mask(word: str) -> bool:
    try:
        cells.read(word)
    except ValueError:
        return False
    return True


def _text(raw: Any) -> str:
    return str(last(raw))


def _flag(raw: Any) -> bool:
    text = _text(raw).lower()
    if text not in ("true", "false"):
        raise ValueError(raw)
    return text == "true"


def _real(raw: Any) -> float:
    value = float(last(raw))
    if not math.isfinite(value):
        raise ValueError(raw)
    return value


def _integer(raw: Any) -> int:
    value = _real(raw)
    if value != int(value):
        raise ValueError(raw)
    return int(value)


def _span(raw: Any) -> tuple[int, int]:
    first, second = raw
    return _integer(first), _integer(second)


_READERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "choice": _text,
    "picture": _text,
    "mask": _text,
    "real": _real,
    "integer": _integer,
    "flag": _flag,
    "span": _span,
}
