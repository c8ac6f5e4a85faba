"""One kind of evidence a file, found by listing this folder; near relatives may share one.

A class declares itself by `@kind`. The files are read for that, not imported, so that pages and the
command line can name what there is without torch; a kind's own libraries come when it is made.
"""

from __future__ import annotations

import ast
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mixcore.declarations import find_declarations
from mixcore.evidence import supports
from mixcore.evidence.supports import MAPS, MASKS, MODEL, NEEDS, NOTHING, OTHER, TOKENS
from mixcore.moved import find_renamed

if TYPE_CHECKING:
    from torch import Tensor, nn

    from mixcore.evidence.map import Evidence

__all__ = [
    "MAPS", "MASKS", "MODEL", "NEEDS", "NOTHING", "OTHER", "TOKENS",
    "Kind", "Provider", "kind", "list_kinds", "list_possible", "provider", "providers",
]  # fmt: skip

__getattr__ = find_renamed(__name__)

Provider = Callable[..., "Evidence"]
"""provider(x, y=None) -> Evidence: pictures (b, 3, h, w), classes (b,) where it asks for one."""

C = TypeVar("C", bound=type)


@dataclass(frozen=True)
class Kind:
    """One kind of evidence, as it is declared: its name, title, what it needs and what it costs.

    needs  one of NEEDS, which says what its provider is made from
    home   "module:Class" of its provider
    asks   whether it is about one class, which is the likeliest where none is given
    """

    name: str
    title: str
    home: str
    needs: str
    cost: str
    asks: bool = False

    def __post_init__(self) -> None:
        if self.needs not in NEEDS:
            raise ValueError(f"{self.title}.needs must be one of {NEEDS}, got {self.needs!r}.")


def kind(name: str, title: str, *, needs: str, cost: str, asks: bool = False) -> Callable[[C], C]:
    """Class decorator: declare a provider, whose `kind` then says what it is.

    All is written out, as it is read without running it: texts, True or False, a name of NEEDS.
    """

    def declare(cls: C) -> C:
        home = f"{cls.__module__}:{cls.__name__}"
        cls.kind = Kind(name, title, home, needs, cost, asks)  # type: ignore[attr-defined]
        return cls

    return declare


@cache
def list_kinds() -> dict[str, Kind]:
    """Every kind of evidence by its name: by what it needs, then by name."""
    declared: dict[str, Kind] = {}
    for one in sorted(_read_folder(), key=lambda one: (NEEDS.index(one.needs), one.name)):
        if one.name in declared:
            raise ValueError(f"Both {declared[one.name].home} and {one.home} are {one.name!r}.")
        declared[one.name] = one
    return declared


def providers() -> dict[str, str]:
    """Every kind of evidence by name, and what it needs in words."""
    return {name: one.needs for name, one in list_kinds().items()}


def provider(name: str, *source: nn.Module | Tensor | Provider, **options: Any) -> Provider:
    """The provider of that name, for its source: a model, the exact masks, another provider.

    ValueError for a name that is not known, and for a source where none or another is needed.
    """
    if name not in list_kinds():
        raise ValueError(f"There is no evidence {name!r}; known: {', '.join(list_kinds())}.")
    one = list_kinds()[name]
    if len(source) != (0 if one.needs == NOTHING else 1):
        raise ValueError(f"{one.title} needs {one.needs}, got {len(source)} sources.")
    made: Provider = pkgutil.resolve_name(one.home)(*source, **options)
    return made


def list_possible(model: nn.Module) -> tuple[str, ...]:
    """The names of what this model can give, judged by its parts, without running it."""
    met = supports.list_met(model)
    return tuple(name for name, one in list_kinds().items() if one.needs in met)


def _read_folder() -> Iterator[Kind]:
    """What the files of this folder declare."""
    for found in pkgutil.iter_modules(__path__):
        path = Path(found.module_finder.path, f"{found.name}.py")  # type: ignore[union-attr]
        for name, call in find_declarations(path, "kind"):
            yield _read_kind(call, home=f"{__name__}.{found.name}:{name}")


def _read_kind(call: ast.Call, home: str) -> Kind:
    """What a decorator in a file declares; a bare name there is one of those in supports."""
    name, title = map(ast.literal_eval, call.args)
    facts = {
        str(word.arg): getattr(supports, word.value.id)
        if isinstance(word.value, ast.Name)
        else ast.literal_eval(word.value)
        for word in call.keywords
    }
    return Kind(name, title, home, **facts)
