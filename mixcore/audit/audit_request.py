"""Request: everything an audit can be asked for, declared once. No torch."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any, Self

from mixcore.data import PLACES
from mixcore.data.known import name_data
from mixcore.evidence.specs import JUDGES
from mixcore.methods import methods
from mixcore.moved import find_renamed
from mixcore.params import DEVICES, Declared, choice, declared, integer, text
from mixcore.runs import Job

__getattr__ = find_renamed(__name__)

TRUTHS = {"own": "Own object left", "pixels": "Visible object pixels"}


@declared
class AuditRequest(Declared):
    """One audit. `methods` are keys, `parameters` those of a method by its key."""

    OWNER = "The audit's "

    data: str = text(
        "scenes", "cifar10", title="Data", titles=name_data,
        help="Data set: scenes, a folder of MIXSCOPE_DATA, or the path of a folder with a folder a "
        "class, of a zip of one, or of an .npz",
    )  # fmt: skip
    evidence: str = choice(
        *JUDGES,
        title="Evidence",
        help="Evidence that judges where exact masks do not; a label that is made from "
        "it agrees with itself and is not ranked",
    )
    truth: str = choice(
        *TRUTHS, title="What a label should be worth", titles=TRUTHS,
        help="What a label should be worth: each object's share of its own that is left, or whose "
        "object pixels are in the mix (exact masks only)",
    )  # fmt: skip
    n: int = integer(
        2000,
        2,
        100_000_000,
        title="Mixes of each method",
        help="Mixes of each method; more make the intervals narrower",
    )
    batch: int = integer(
        32, 2, 1024, title="Batch size", help="Pictures that go through the model together"
    )
    seed: int = integer(0, 0, 2**31 - 1, title="Seed", help="Seed of pictures, partners and mixes")
    device: str = text(*DEVICES, title="Device", titles=DEVICES, help="Device of the models")
    threads: int = integer(
        1, 1, 256, title="CPU threads", help="CPU cores that the audit may keep busy"
    )
    shards: int = integer(1, 1, 10_000, help="Into how many jobs it is divided")
    shard: int = integer(0, 0, 9_999, help="Which of these this is, from 0")
    methods: tuple[str, ...] = ("cutmix",)
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)

    def check(self) -> None:
        object.__setattr__(self, "methods", tuple(self.methods))
        if not self.methods:
            raise ValueError("The audit's methods must name at least one method, got none.")
        for key in self.methods:
            if key not in methods("classes"):
                raise ValueError(
                    f"The audit's methods: there is no method {key!r}; known: "
                    f"{', '.join(methods('classes'))}."
                )
        if len(set(self.methods)) < len(self.methods):
            raise ValueError(f"The audit's methods hold one twice: {', '.join(self.methods)}.")
        if not isinstance(self.parameters, Mapping):
            raise TypeError(f"The audit's parameters must be a mapping, got {self.parameters!r}.")
        for key in self.parameters:
            if key not in self.methods:
                raise ValueError(f"The audit's parameters are about {key!r}, which is not audited.")
        if not self.data:
            raise ValueError("The audit's data must not be empty: name a data set, folder or file.")
        if self.shard >= self.shards:
            raise ValueError(
                f"The audit's shard must be below its shards, got {self.shard} of {self.shards}."
            )

    def to_dict(self) -> dict[str, Any]:
        """All values, ready for JSON."""
        more = {key: dict(values) for key, values in self.parameters.items()}
        return super().to_dict() | {"methods": list(self.methods), "parameters": more}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of to_dict; names that are not declared raise ValueError."""
        own = ("methods", "parameters")
        plain = super().from_dict({k: v for k, v in values.items() if k not in own})
        return replace(plain, **{name: values[name] for name in own if name in values})

    def job(self, *, owner: str = "") -> Job:
        """The job of a run store that does this."""
        from mixcore.train.training_request import has_gpu

        kind, _, place = self.data.partition(":")
        data = Path(place if kind in PLACES and place else self.data).stem
        part = f" part {self.shard + 1} of {self.shards}" if self.shards > 1 else ""
        gpu = self.device != "cpu" and (self.device != "auto" or has_gpu())
        name = f"audit {data} {' '.join(self.methods)}{part}"
        return Job("audit", self.to_dict(), name, owner, gpu=gpu, threads=self.threads)

    def command(self) -> str:
        """The same audit from a shell; what is left out is the default."""
        words = ["python", "-m", "mixcore", "audit", "--data", self.data]
        words += ["--method", *self.methods]
        for param in self.params():
            value = getattr(self, param.name)
            if param.name != "data" and (value != param.default or param.name in ("n", "seed")):
                words += [f"--{param.name}", str(value)]
        for key, values in self.parameters.items():
            words += [
                w for name, value in values.items() for w in ("--set", f"{key}.{name}={value}")
            ]
        return shlex.join(words)
