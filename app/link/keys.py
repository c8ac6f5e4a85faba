"""Key: one entry of the link, with the values it may take. Pure: no Streamlit."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.link import outlines
from mixcore import cell_masks

MOST = 20  # values of an entry of several
DIGEST = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Key:
    """One entry of the link: its default and the values it may take.

    kind: "text" (high: most characters), "texts" (several of them), "real", "integer", "flag",
    "choice", "span" (two whole numbers in order), "range" (two numbers), "picture" (an option, or
    the digest of an upload), "mask" (a word of mixcore.cell_masks, or "") or "outline" (one of
    app.link.outlines, or "").
    titles: other words for its values, as links of before have them -> what stands there now.
    formerly: its name in links of before.
    """

    name: str
    kind: str
    default: Any
    low: float = -math.inf
    high: float = math.inf
    options: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict, hash=False)
    formerly: str = ""

    def read(self, raw: Any) -> Any:
        """The value in `raw`, a string, number or pair; ValueError with the rule if it has none."""
        try:
            value = self._retitle(_READERS[self.kind](raw))
        except (ValueError, TypeError, OverflowError):
            raise ValueError(self.rule()) from None
        if not self.holds(value):
            raise ValueError(self.rule())
        return value

    def _retitle(self, value: Any) -> Any:
        if self.kind == "texts":
            return tuple(self.titles.get(word, word) for word in value)
        return self.titles.get(value, value) if self.titles else value

    def read_nearest(self, raw: Any) -> Any:
        """The value nearest to what `raw` asks for; ValueError with the rule if none is near."""
        try:
            value = self._bring_near(raw)
        except (ValueError, TypeError):
            raise ValueError(self.rule()) from None
        return self.read(value)

    def _bring_near(self, raw: Any) -> Any:
        match self.kind:
            case "text" if math.isfinite(self.high):
                return _text(raw)[: int(self.high)]
            case "texts":
                words = [word for word in raw if isinstance(word, str)]
                return [word for word in words if self._may_be(word)][:MOST]
            case "choice":
                alike = [one for one in self.options if one.lower() == _text(raw).strip().lower()]
                return alike[0] if alike else _none_near(raw)
            case "real" | "integer":
                return self._clamp(take_last(raw))
            case "span" | "range":
                first, second = _pair(raw)
                return sorted([self._clamp(first), self._clamp(second)])
        return _none_near(raw)

    def _clamp(self, raw: Any) -> float:
        value = min(max(_number(raw), self.low), self.high)
        return value if self.kind in ("real", "range") else round(value)

    def _may_be(self, word: str) -> bool:
        return len(word) <= self.high and (not self.options or word in self.options)

    def holds(self, value: Any) -> bool:
        """Whether `value`, already of this kind, keeps the rule."""
        match self.kind:
            case "text":
                return len(value) <= self.high
            case "texts":
                return len(value) <= MOST and all(map(self._may_be, value))
            case "real" | "integer":
                return self.low <= value <= self.high
            case "choice":
                return value in self.options
            case "picture":
                return value in self.options or DIGEST.fullmatch(value) is not None
            case "span" | "range":
                return self.low <= value[0] <= value[1] <= self.high
            case "mask":
                return not value or _is_word(value, cell_masks.read_mask)
            case "outline":
                return _is_word(value, outlines.read_outline)
        return True

    def rule(self) -> str:
        """What the value must be, as the end of a sentence."""
        match self.kind:
            case "text":
                return f"must be at most {self.high:g} characters long"
            case "texts":
                some = f" of {', '.join(self.options)}" if self.options else ""
                return f"must be at most {MOST}{some}, each of {self.high:g} characters at most"
            case "real" | "integer":
                if self.low == self.high:
                    return f"can only be {self.low:g} here"
                noun = "a whole number" if self.kind == "integer" else "a number"
                return f"must be {noun} from {self.low:,.15g} to {self.high:,.15g}"
            case "choice":
                return "must be one of " + ", ".join(self.options)
            case "picture":
                return "must be the name of an example, “scene”, or the digest of an upload"
            case "span":
                return f"must be two whole numbers in order, from {self.low:g} to {self.high:g}"
            case "range":
                return f"must be two numbers in order, from {self.low:g} to {self.high:g}"
            case "mask":
                return cell_masks.RULE
            case "outline":
                return outlines.RULE
        return "must be true or false"

    def write(self, value: Any) -> str | tuple[str, ...]:
        """The value as it stands in the link."""
        if self.kind in ("span", "texts"):
            return tuple(str(end) for end in value)
        if self.kind == "range":
            return tuple(f"{end:g}" for end in value)
        if self.kind == "flag":
            return str(bool(value)).lower()
        if self.kind == "real":
            return str(int(value)) if value == int(value) else str(round(float(value), 6))
        return str(value)


def take_last(raw: Any) -> Any:
    """The value of an entry that may stand in the link more than once."""
    if not isinstance(raw, list | tuple):
        return raw
    if not raw:
        raise ValueError(raw)
    return raw[-1]


def _none_near(raw: Any) -> Any:
    raise ValueError(raw)


def _is_word(word: str, read: Callable[[str], Any]) -> bool:
    try:
        read(word)
    except ValueError:
        return False
    return True


def _text(raw: Any) -> str:
    value = take_last(raw)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(raw)
    return str(value).encode().decode()  # half of a surrogate pair is no text


def _texts(raw: Any) -> tuple[str, ...]:
    return tuple(map(_text, raw if isinstance(raw, list | tuple) else [raw]))


def _flag(raw: Any) -> bool:
    value = take_last(raw)
    if isinstance(value, bool):
        return value
    text = _text(value).lower()
    if text not in ("true", "false"):
        raise ValueError(raw)
    return text == "true"


def _number(raw: Any) -> float:
    """A number, perhaps an infinite one."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise ValueError(raw)
    try:
        value = float(raw)
    except OverflowError:  # only a whole number can be too large: text reads as infinite
        value = math.inf if isinstance(raw, int) and raw > 0 else -math.inf
    if math.isnan(value):
        raise ValueError(raw)
    return value


def _real(raw: Any) -> float:
    value = _number(take_last(raw))
    if not math.isfinite(value):
        raise ValueError(raw)
    return value


def _integer(raw: Any) -> int:
    value = _real(raw)
    if value != int(value):
        raise ValueError(raw)
    return int(value)


def _pair(raw: Any) -> tuple[Any, Any]:
    if not isinstance(raw, list | tuple):
        raise ValueError(raw)
    first, second = raw
    if isinstance(first, list | tuple) or isinstance(second, list | tuple):
        raise ValueError(raw)
    return first, second


def _span(raw: Any) -> tuple[int, int]:
    first, second = _pair(raw)
    return _integer(first), _integer(second)


def _range(raw: Any) -> tuple[float, float]:
    first, second = _pair(raw)
    return _real(first), _real(second)


_READERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "texts": _texts,
    "choice": _text,
    "picture": _text,
    "mask": _text,
    "outline": _text,
    "real": _real,
    "integer": _integer,
    "flag": _flag,
    "span": _span,
    "range": _range,
}
