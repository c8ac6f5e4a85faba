"""Job: what is asked for, by whom, and what of the machine it needs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mixcore.version import __version__

COLORS = 8  # that are told apart at a glance


@dataclass(frozen=True)
class Job:
    """One request, as request.json holds it.

    kind     which work it is: a name in mixcore.runs.kinds
    config   that work's own request, plain values
    name     a few words for people
    owner    in whose name it queues; owners take turns
    gpu      whether it needs the GPU, which serves one job at a time
    threads  CPU threads that it keeps busy
    number   its place in the order of asking, from 1; the store gives it
    color    which of COLORS colors is its own for ever, from 1; the store gives it, and 0 is none
    """

    kind: str
    config: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    owner: str = ""
    gpu: bool = False
    threads: int = 1
    number: int = 0
    color: int = 0
    code: str = __version__
    created: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        wanted: dict[str, type | tuple[type, ...]] = {
            "kind": str, "config": Mapping, "name": str, "owner": str, "gpu": bool,
            "threads": int, "number": int, "color": int, "code": str, "created": (int, float),
        }  # fmt: skip
        for name, kind in wanted.items():
            value = getattr(self, name)
            if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
                raise ValueError(f"Job.{name} cannot be {value!r:.60}.")
        if self.threads < 1:
            raise ValueError(f"Job.threads must be >= 1, got {self.threads}.")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self) | {"config": dict(self.config)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Job:
        """The inverse; ValueError for a file that is no request."""
        known = cls.__dataclass_fields__
        strange = [name for name in values if name not in known]
        if strange or "kind" not in values:
            raise ValueError(f"a job has no {strange[0]!r}" if strange else "it has no kind")
        return cls(**values)
