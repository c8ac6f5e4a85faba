"""Observers of any training, one a file, found by listing this folder.

An observer looks at the model after every epoch and changes nothing. `@observer` declares it; the
declaration is read off the file without running it.
"""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar, dataclass_transform

from mixcore import params
from mixcore.declarations import load_class, read_facts

if TYPE_CHECKING:
    from mixcore.moment import Setting
    from mixcore.sheets.panels import Sheet

NONE = "none"


@dataclass(frozen=True)
class ObserverCard:
    """Declaration of an observer.

    title     what it watches
    summary   what is to be seen, in a sentence
    cost      what it adds to an epoch, in a sentence
    readings  name -> title of the numbers that it measures
    """

    key: str
    title: str
    summary: str
    cost: str
    readings: Mapping[str, str] = dataclasses.field(default_factory=dict)


class Observation(NamedTuple):
    """Numbers by their declared names, and what is to be seen."""

    readings: dict[str, float]
    sheet: Sheet | None


class Observer(params.Declared):
    """Base of all observers: declared parameters, and one look after an epoch."""

    card: ClassVar[ObserverCard]

    def why_not(self, setting: Setting) -> str | None:
        """Why a training cannot be watched so, in a sentence, before its first step."""
        return None

    def observe(self, setting: Setting) -> Observation:
        """What the model is like now; draws come from the setting's seed."""
        raise NotImplementedError


V = TypeVar("V", bound=Observer)


@dataclass_transform(
    frozen_default=True,
    field_specifiers=(params.real, params.integer, params.choice, params.flag, params.text),
)
def observer(title: str, **facts: Any) -> Callable[[type[V]], type[V]]:
    """Class decorator: declare an Observer under the name of its file."""

    def register(cls: type[V]) -> type[V]:
        cls = dataclass(frozen=True)(cls)
        key = cls.__module__.rpartition(".")[2]
        cls.card = ObserverCard(key=key, title=title, **facts)
        return cls

    return register


@cache
def list_observers() -> tuple[str, ...]:
    """The keys of all observers, sorted; none is imported for it."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__)))


@cache
def read_observer(key: str) -> ObserverCard:
    """What an observer declares, read off its file."""
    return ObserverCard(key=key, **read_facts(Path(__path__[0], f"{key}.py"), "observer"))


def find_observer(key: str) -> type[Observer]:
    """The class of an observer."""
    return load_class(f"{__name__}.{key}", Observer)


def make_observer(key: str, /, **parameters: Any) -> Observer:
    """An observer by its key, with these parameters and the defaults of the rest."""
    return find_observer(key).from_dict(parameters)


def name_observer(key: str) -> str:
    """What the choice of an observer is called."""
    return "Nothing more" if key == NONE else read_observer(key).title
