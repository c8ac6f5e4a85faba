"""Training objectives, one a file, found by listing this folder.

`@objective` declares one. The declaration is read off the file without running it, so that pages
and the command line can name every objective without torch: all of it is written out. What a step
hands to an objective, and what it gives back, is in mixcore.moment.
"""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

from mixcore import params
from mixcore.declarations import check_key, load_class, read_facts

if TYPE_CHECKING:  # names of objectives are read without torch
    from mixcore.moment import Losses, Moment, Players, Setting
    from mixcore.sheets.panels import Sheet

__all__ = [
    "DEFAULT", "Objective", "ObjectiveCard", "find_objective", "list_objectives", "make_objective",
    "objective", "read_objective",
]  # fmt: skip

DEFAULT = "cross_entropy"
MIXES = ("any", "needed", "own")
COUNTS = {1: "one picture", 2: "two pictures"}


@dataclass(frozen=True)
class ObjectiveCard:
    """Declaration of an objective.

    title     what the paper's idea is called
    summary   what it asks of the model, in a sentence
    paper     the paper, its authors and year; empty for what no paper is needed for
    mixes     "any": with a method that mixes or without; "needed": only with one; "own": it mixes
              by itself, beside no method
    sources   how many pictures a mix of that method must be made of; 0 for any
    losses    name -> title of each term of the loss, and of each player's own
    readings  name -> title of numbers that are watched and not minimized
    cost      what a step costs beside one of plain Mixup, in a sentence
    presets   name -> parameters, settings that were released
    says      what the paper says, with the source named; primary sources only
    exemptions law -> reason, laws of objectives that this one rightly breaks
    """

    key: str
    title: str
    summary: str
    paper: str = ""
    authors: str = ""
    year: int = 0
    mixes: str = "any"
    sources: int = 0
    losses: Mapping[str, str] = dataclasses.field(default_factory=dict)
    readings: Mapping[str, str] = dataclasses.field(default_factory=dict)
    cost: str = ""
    presets: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    says: tuple[str, ...] = ()
    exemptions: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.mixes not in MIXES:
            raise ValueError(f"{self.title}.mixes must be one of {MIXES}, got {self.mixes!r}.")

    def describe_mismatch(self, methods: Mapping[str, int]) -> str | None:
        """Why it cannot train with these methods that mix, title -> sources; None where it can."""
        if self.mixes == "needed" and not methods:
            return f"{self.title} learns from mixes: choose a method, 'none' does not mix."
        if self.mixes == "own" and methods:
            return (
                f"{self.title} mixes by itself: set the run's method to 'none', it is now "
                f"{next(iter(methods))}."
            )
        for title, sources in methods.items():
            if self.sources and sources != self.sources:
                return (
                    f"{self.title} needs mixes of {COUNTS[self.sources]}, and {title} makes them "
                    f"of {COUNTS.get(sources, f'{sources} pictures')}: choose another method."
                )
        return None


class Objective(params.Declared):
    """Base of all objectives: declared parameters, and the losses of a step.

    An objective is a frozen value. What changes as training goes on belongs to its Players, which
    checkpoints keep.
    """

    card: ClassVar[ObjectiveCard]

    def build(self, setting: Setting) -> Players | None:
        """Networks of its own with their optimizers, and teachers; None where it has none.

        ValueError says in a sentence why the setting does not allow this objective.
        """
        return None

    def compute_losses(self, moment: Moment) -> Losses:
        """The terms whose sum the model minimizes at this step."""
        raise NotImplementedError

    def draw_sheet(
        self, setting: Setting, players: Players, history: Sequence[Mapping[str, float]]
    ) -> Sheet | None:
        """Sheet of a run after an epoch; None where curves say it all.

        history  the readings of the run so far, each with its "step"
        """
        return None

    @property
    def draws(self) -> bool:
        """Whether there is anything to be seen."""
        return type(self).draw_sheet is not Objective.draw_sheet


O = TypeVar("O", bound=Objective)  # noqa: E741


@dataclass_transform(
    frozen_default=True,
    field_specifiers=(
        params.real, params.shape, params.integer, params.choice, params.flag, params.text,
    ),
)  # fmt: skip
def objective(title: str, **facts: Any) -> Callable[[type[O]], type[O]]:
    """Class decorator: declare an Objective under the name of its file."""

    def register(cls: type[O]) -> type[O]:
        cls = dataclass(frozen=True)(cls)
        key = cls.__module__.rpartition(".")[2]
        cls.card = ObjectiveCard(key=key, title=title, **facts)
        return cls

    return register


@cache
def list_objectives() -> tuple[str, ...]:
    """The keys of all objectives, the usual one first, then sorted; none is imported for it."""
    keys = {found.name for found in pkgutil.iter_modules(__path__)}
    return (DEFAULT, *sorted(keys - {DEFAULT}))


@cache
def read_objective(key: str) -> ObjectiveCard:
    """What an objective declares, read off its file; ValueError for an unknown key."""
    check_key(key, list_objectives(), "objective")
    return ObjectiveCard(key=key, **read_facts(Path(__path__[0], f"{key}.py"), "objective"))


def find_objective(key: str) -> type[Objective]:
    """The class of an objective; ValueError for an unknown key."""
    check_key(key, list_objectives(), "objective")
    return load_class(f"{__name__}.{key}", Objective)


def make_objective(key: str, /, **parameters: Any) -> Objective:
    """An objective by its key, with these parameters and the defaults of the rest."""
    return find_objective(key).from_dict(parameters)
