"""Parameters of methods, wrappers and runs, declared once.

A declaration gives default, range and help. Checks, dictionaries, widgets, links, command-line
flags and docs are all read off it. This module imports neither torch nor numpy.
"""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, dataclass_transform

from mixcore import hand_words


@dataclass(frozen=True)
class Param:
    """One declared parameter.

    kind is "real", "integer", "choice", "flag" or "text"; low, high and step are set for the first
    two, options for a choice; a text may have options too, which are then only proposals. source
    says where the default comes from. when is (name, values) for a parameter that matters only
    while the choice or flag `name` has one of these values. within names what of a model bounds a
    whole number, "layers" or "heads": high is then the most that any model may have. accepts is
    the range that code may ask for where it is wider than the one that is offered, low to high.
    title and titles are what pages call the parameter and each of its options. formerly is its name
    in files, links and flags of earlier releases, which are still read. log says that its scale is
    logarithmic. of is "run" where it matters to an experiment alone, not to what is seen. hand says
    how a hand sets it on the picture: "point" (the number of one that is clicked), or one of
    mixcore.hand_words: a text of that grammar; takes is what a "file" may be.
    """

    name: str
    kind: str
    default: Any
    low: float | None = None
    high: float | None = None
    step: float | None = None
    options: tuple[str, ...] = ()
    help: str = ""
    source: str = ""
    when: tuple[str, tuple[Any, ...]] | None = None
    within: str = ""
    accepts: tuple[float, float] | None = None
    title: str = ""
    titles: Callable[[str], str] = str
    formerly: str = ""
    log: bool = False
    of: str = ""
    hand: str = ""
    takes: str = ""

    @property
    def bounds(self) -> tuple[float, float]:
        """The numbers on offer, low to high; endless on a side where none is declared."""
        return (
            -math.inf if self.low is None else self.low,
            math.inf if self.high is None else self.high,
        )

    @property
    def label(self) -> str:
        """What a page calls it: its title, or else its name in words."""
        return self.title or self.name.replace("_", " ")

    def narrow(self, model: Mapping[str, int]) -> Param:
        """The same for a model that has so many of what bounds it, such as {"layers": 1}."""
        if self.within not in model:
            return self
        high = max(self.low or 0, min(self.high or 0, model[self.within]))
        return dataclasses.replace(self, high=high, default=min(self.default, high))

    def used(self, values: Mapping[str, Any]) -> bool:
        """Whether this parameter matters beside these values of the others."""
        return self.when is None or values[self.when[0]] in self.when[1]

    def check(self, name: str, value: Any) -> Any:
        """The value in its own type, or an error that names it, the rule and the value."""
        if self.kind == "flag":
            if not isinstance(value, bool):
                raise TypeError(f"{name} must be True or False, got {value!r}.")
            return value
        if self.kind == "text":
            if not isinstance(value, str):
                raise TypeError(f"{name} must be text, got {value!r}.")
            return self._check_hand(name, value.strip())
        if self.kind == "choice":
            if value not in self.options:
                allowed = ", ".join(map(repr, self.options))
                raise ValueError(f"{name} must be one of {allowed}, got {value!r}.")
            return value
        wanted = numbers.Integral if self.kind == "integer" else numbers.Real
        if isinstance(value, bool) or not isinstance(value, wanted):
            noun = "a whole number" if self.kind == "integer" else "a number"
            raise TypeError(f"{name} must be {noun}, got {value!r}.")
        number: Any = value
        low, high = self.accepts or self.bounds
        if not low <= number <= high:  # true of NaN, and of what no float can hold
            raise ValueError(f"{name} must be in [{low:g}, {high:g}], got {value!r}.")
        return int(number) if self.kind == "integer" else float(number)

    def _check_hand(self, name: str, value: str) -> str:
        if self.hand and value:
            try:
                hand_words.READERS[self.hand](value)
            except ValueError as error:
                raise ValueError(f"{name} must be {error}, got {value!r:.60}.") from None
        return value


def _declare(kind: str, default: Any, **facts: Any) -> Any:
    return dataclasses.field(
        default=default, metadata={"param": Param(name="", kind=kind, default=default, **facts)}
    )


DEVICES = {"auto": "Automatic", "cpu": "CPU", "cuda": "CUDA GPU", "mps": "Apple GPU"}
BETA = 0.0, 64.0  # shapes of a Beta law that code may ask for; 0 turns mixing off, as in timm

When = tuple[str, tuple[Any, ...]] | None
Titles = Mapping[str, str] | Callable[[str], str]


def real(
    default: float, low: float, high: float, *, step: float = 0.01, help: str, source: str = "",
    when: When = None, accepts: tuple[float, float] | None = None, title: str = "",
    formerly: str = "", log: bool = False, of: str = "",
) -> Any:  # fmt: skip
    """Declare a number in [low, high]; code may ask for any that it accepts, if that is wider."""
    return _declare(
        "real", default, low=low, high=high, step=step, help=help, source=source, when=when,
        accepts=accepts, title=title, formerly=formerly, log=log, of=of,
    )  # fmt: skip


def shape(
    default: float, high: float = 8.0, *, help: str, source: str = "", when: When = None
) -> Any:
    """Declare a shape of a Beta law, offered up to high; code may ask for any in BETA."""
    return real(default, 0.05, high, help=help, source=source, when=when, accepts=BETA)


def integer(
    default: int, low: int, high: int, *, step: int = 1, help: str, source: str = "",
    when: When = None, within: str = "", title: str = "", log: bool = False, of: str = "",
    accepts: tuple[float, float] | None = None,
) -> Any:  # fmt: skip
    """Declare a whole number in [low, high]; code may ask for any that it accepts, as of real."""
    return _declare(
        "integer", default, low=low, high=high, step=step, help=help, source=source, when=when,
        within=within, title=title, log=log, of=of, accepts=accepts,
    )  # fmt: skip


def choice(
    default: str, *others: str, help: str, source: str = "", when: When = None, title: str = "",
    titles: Titles = str, formerly: str = "", of: str = "",
) -> Any:  # fmt: skip
    """Declare one of several words; the first one is the default."""
    return _declare(
        "choice", default, options=(default, *others), help=help, source=source, when=when,
        title=title, titles=_make_namer(titles), formerly=formerly, of=of,
    )  # fmt: skip


def flag(
    default: bool, *, help: str, source: str = "", when: When = None, title: str = "",
    of: str = "",
) -> Any:  # fmt: skip
    """Declare a yes or no."""
    return _declare("flag", default, help=help, source=source, when=when, title=title, of=of)


def text(
    default: str, *others: str, help: str, source: str = "", when: When = None, title: str = "",
    titles: Titles = str, of: str = "",
) -> Any:  # fmt: skip
    """Declare free text; the default and the others are proposals."""
    return _declare(
        "text", default, options=(default, *others) if others else (), help=help, source=source,
        when=when, title=title, titles=_make_namer(titles), of=of,
    )  # fmt: skip


def point(default: int, count: int, *, help: str, title: str = "") -> Any:
    """Declare the number of one of `count` points, from 0, that a click chooses."""
    return _declare(
        "integer", default, low=0, high=count - 1, step=1, help=help, title=title, hand="point"
    )


def place(default: str, *, help: str, title: str = "") -> Any:
    """Declare a place that a hand drags: "x,y", as mixcore.hand_words.read_place reads it."""
    return _declare("text", default, help=help, title=title, hand="place")


def path(default: str, *, help: str, title: str = "") -> Any:
    """Declare a path that a hand draws: "x,y;x,y", as mixcore.hand_words.read_path reads it."""
    return _declare("text", default, help=help, title=title, hand="path")


def brush(default: str, *, help: str, title: str = "") -> Any:
    """Declare cells that a hand paints: a word of mixcore.cell_masks."""
    return _declare("text", default, help=help, title=title, hand="brush")


def order(default: str, *, help: str, title: str = "") -> Any:
    """Declare an order into which a hand drags things: "2-0-1", numbers from 0."""
    return _declare("text", default, help=help, title=title, hand="order")


def file(default: str, *examples: str, takes: str, help: str, title: str = "") -> Any:
    """Declare a file of the user's own: the name of an example, or the digest of an upload.

    takes  "photo", "sound", "cloud" or "table"
    """
    return _declare(
        "text", default, options=(default, *examples), takes=takes, help=help, title=title,
        hand="file",
    )  # fmt: skip


def _make_namer(titles: Titles) -> Callable[[str], str]:
    if not isinstance(titles, Mapping):
        return titles
    table = dict(titles)
    return lambda option: table.get(option, option)


class Declared:
    """Base of everything that is configured by declared parameters.

    Subclasses are frozen dataclasses: one instance is configuration, cache key and record.
    """

    OWNER: ClassVar[str] = ""  # what a person calls it in an error, as in "The run's " epochs

    def __post_init__(self) -> None:
        for param in self.params():
            owner = self.OWNER or f"{type(self).__name__}."
            value = param.check(owner + param.name, getattr(self, param.name))
            object.__setattr__(self, param.name, value)
        self.check()

    def check(self) -> None:
        """Rules between parameters; override where there are some, and raise ValueError."""

    @classmethod
    def params(cls) -> tuple[Param, ...]:
        """The declarations, in the order in which they are written."""
        fields = dataclasses.fields(cls)  # type: ignore[arg-type]
        return tuple(
            dataclasses.replace(f.metadata["param"], name=f.name)
            for f in fields
            if "param" in f.metadata
        )

    def to_dict(self) -> dict[str, Any]:
        """All parameters as plain values, ready for JSON."""
        return {p.name: getattr(self, p.name) for p in self.params()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of to_dict; names that are not declared raise ValueError."""
        former = {p.formerly: p.name for p in cls.params() if p.formerly}
        values = {former.get(name, name): value for name, value in values.items()}
        known = [p.name for p in cls.params()]
        for name in values:
            if name not in known:
                have = ", ".join(known) or "none"
                raise ValueError(f"{cls.__name__} has no parameter {name!r}; it has: {have}.")
        return cls(**values)


@dataclass_transform(
    frozen_default=True,
    field_specifiers=(
        real,
        shape,
        integer,
        choice,
        flag,
        text,
        point,
        place,
        path,
        brush,
        order,
        file,
    ),
)
def declared(cls: type) -> type:
    """Class decorator: freeze a Declared class, so that its fields are its constructor."""
    return dataclass(frozen=True)(cls)
