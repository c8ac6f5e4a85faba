"""Labs, one a file, found by listing this folder: an idea to see, and its experiment.

A lab imports its core from the library, so that what is shown is what is imported. `@lab` declares
it: cards of the gallery are read off the declaration without running the file, so that pages can
name every lab without torch. All of a card is therefore written out: texts, numbers, Claims.
"""

from __future__ import annotations

import ast
import dataclasses
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

from mixcore import params
from mixcore.declarations import check_key, load_class, read_facts
from mixcore.experiments.trial_progress import Progress
from mixcore.findings.claims import Claim, Row, Rows

if TYPE_CHECKING:  # cards are read without numpy
    import numpy as np

    from mixcore.sheets.panels import Sheet

__all__ = [
    "Claim", "Lab", "LabCard", "Progress", "Row", "Rows",
    "lab", "list_labs", "make_lab", "read_card",
]  # fmt: skip

GROUPS = (
    "Mix other things",
    "Make labels and losses",
    "Understand why it works",
    "Select, undo, unmix",
    "Learn the mix",
)
FRAMES = 41  # of a hero parameter, at most


@dataclass(frozen=True)
class LabCard:
    """Declaration of a lab.

    title     what the paper's idea is called
    group     one of GROUPS, by which the gallery is ordered
    field     what it is about, in a word or two
    question  what a person comes with; it leads the page
    says      what the paper says, with the source named; primary sources only
    reading   how we read it: "as released, ...", or "our reading: no code is public"
    hero      the parameter that is scrubbed on the page
    absent    what is not in this lab, in one sentence
    more      further reading: (title, address)
    minutes   that the experiment takes on two cores, about
    extra     a package that it needs and that is not always there, or ""
    arms      what the experiment compares
    parts     what `run` is called with, where one run gives several arms; else the arms
    metrics   name -> title, the leading one first; smaller is better where the title ends in "↓"
    claims    what rows can contradict, declared before they are run
    seeds     how many of them the finding has
    brief     parameters with which the experiment takes seconds, for tests
    """

    key: str
    title: str
    group: str
    field: str
    paper: str
    authors: str
    year: int
    question: str
    says: tuple[str, ...] = ()
    reading: str = ""
    hero: str = ""
    absent: str = ""
    more: tuple[tuple[str, str], ...] = ()
    minutes: float = 1.0
    extra: str = ""
    arms: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    metrics: Mapping[str, str] = dataclasses.field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    seeds: int = 5
    brief: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.group not in GROUPS:
            raise ValueError(f"{self.title}.group must be one of {GROUPS}, got {self.group!r}.")
        for claim in self.claims:
            for arm, metric in claim.list_places():
                if arm not in self.arms or metric not in self.metrics:
                    raise ValueError(
                        f"{claim.text!r} is about {metric!r} of {arm!r}; {self.title} has the arms "
                        f"{', '.join(self.arms)} and the metrics {', '.join(self.metrics)}."
                    )

    @property
    def missing(self) -> str:
        """The package that is not installed here and without which the lab cannot run; or ""."""
        return self.extra if self.extra and util.find_spec(self.extra) is None else ""

    @property
    def cite(self) -> str:
        """Who and when."""
        return f"{self.authors} {self.year}"


class Lab(params.Declared):
    """Base of all labs: declared parameters, what is seen, and the experiment.

    A lab is a frozen value. `given` holds what files of the user were read into, by the name of the
    parameter; it is empty where every file parameter names an example.
    """

    card: ClassVar[LabCard]

    def prepare(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """What `look` needs and takes too long for it: kept by what it was made from."""
        return given

    def look(self, rng: np.random.Generator, given: Mapping[str, Any]) -> Sheet:
        """What is seen now; the same for the same parameters, seed and given."""
        raise NotImplementedError

    def run(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        """The experiment for one part, all seeds at once where it can; a row an arm and seed."""
        raise NotImplementedError

    def snippet(self, seed: int) -> str:
        """Python that imports the core and prints the text of the leading number."""
        raise NotImplementedError

    def list_frames(self) -> list[Lab]:
        """This lab with the hero parameter at each of at most FRAMES values, its own among them."""
        if not self.card.hero:
            return [self]
        hero = next(p for p in self.params() if p.name == self.card.hero)
        own = getattr(self, hero.name)
        values = self.to_dict()
        return [self.from_dict(values | {hero.name: v}) for v in spread_values(hero, own)]


def spread_values(param: params.Param, own: Any) -> list[Any]:
    """At most FRAMES values of a parameter over its range, with its own value among them."""
    if param.kind in ("choice", "flag"):
        return list(param.options) if param.kind == "choice" else [False, True]
    low, high = param.bounds
    low = max(low, 1) if param.log and param.kind == "integer" else low
    shares = [i / (FRAMES - 1) for i in range(FRAMES)]
    places = [low * (high / low) ** t if param.log else low + (high - low) * t for t in shares]
    if param.kind == "integer":
        values: list[Any] = sorted({*map(round, places), round(param.bounds[0])})
    else:
        values = [float(f"{place:.4g}") for place in places]
    nearest = min(range(len(values)), key=lambda i: abs(values[i] - own))
    values[nearest] = own
    return values


L = TypeVar("L", bound=Lab)


@dataclass_transform(
    frozen_default=True,
    field_specifiers=(
        params.real, params.integer, params.choice, params.flag, params.text, params.point,
        params.place, params.path, params.brush, params.order, params.file,
    ),
)  # fmt: skip
def lab(title: str, **facts: Any) -> Callable[[type[L]], type[L]]:
    """Class decorator: declare a Lab under the name of its file; facts are those of LabCard."""

    def register(cls: type[L]) -> type[L]:
        cls = dataclass(frozen=True)(cls)
        key = cls.__module__.rpartition(".")[2]
        cls.card = LabCard(key=key, title=title, **facts)
        return cls

    return register


def list_labs() -> tuple[str, ...]:
    """The keys of all labs, sorted; no lab is imported for it."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__)))


@cache
def read_card(key: str) -> LabCard:
    """What a lab declares, read off its file without running it; ValueError for an unknown key."""
    check_key(key, list_labs(), "lab")
    return LabCard(key=key, **read_facts(_find_file(key), "lab", _read_fact))


def find_lab(key: str) -> type[Lab]:
    """The class of a lab, with all that its core needs; ValueError for an unknown key."""
    check_key(key, list_labs(), "lab")
    return load_class(f"{__name__}.{key}", Lab)


def make_lab(key: str, /, **parameters: Any) -> Lab:
    """A lab by its key, with these parameters and the defaults of the rest."""
    return find_lab(key).from_dict(parameters)


def _find_file(key: str) -> Path:
    found = next(one for one in pkgutil.iter_modules(__path__) if one.name == key)
    return Path(found.module_finder.path, f"{key}.py")  # type: ignore[union-attr]


def _read_fact(node: ast.expr) -> Any:
    """A literal, or a tuple of Claims."""
    if isinstance(node, ast.Tuple):
        return tuple(_read_fact(one) for one in node.elts)
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Claim":
        words = {str(word.arg): ast.literal_eval(word.value) for word in node.keywords}
        return Claim(*map(ast.literal_eval, node.args), **words)
    return ast.literal_eval(node)
