"""One kind of job a file: `KIND` in NAME.py, where NAME is what request.json calls it.

The files say in words where a job's request and its work are, and import neither: a page reads the
requests of every kind without torch, and a worker imports what it does alone.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from mixcore.runs.work import Work


class Request(Protocol):
    """A job's request: plain values and back, and the command that asks for the same."""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], /) -> Self: ...

    def to_dict(self) -> dict[str, Any]: ...

    def command(self) -> str: ...


@dataclass(frozen=True)
class JobKind:
    """One kind of job.

    title    what it is, in a word or two
    request  "module:Class" of what it is asked for, a Request
    doer     "module:function" that does it: the Work in, (state, sentence) out
    """

    title: str
    request: str
    doer: str

    def load_request(self) -> type[Request]:
        """The class of its requests; never imports torch."""
        cls: type[Request] = pkgutil.resolve_name(self.request)
        return cls

    def load_doer(self) -> Callable[[Work], tuple[str, str]]:
        """The function that does it, with all that this needs."""
        doer: Callable[[Work], tuple[str, str]] = pkgutil.resolve_name(self.doer)
        return doer


@cache
def list_job_kinds() -> dict[str, JobKind]:
    """Every kind of job by the name of its file."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    return {name: import_module(f"{__name__}.{name}").KIND for name in names}


def find_job_kind(name: str) -> JobKind:
    """The kind of job of that name; ValueError where there is none."""
    if name not in list_job_kinds():
        raise ValueError(f"There is no kind of job {name!r}; known: {', '.join(list_job_kinds())}.")
    return list_job_kinds()[name]
