"""Every entry of the links of Train and Audit, read off what their requests declare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.keys import Key
from mixcore.params import Param

NAME = 200  # characters of a run's, a class's or a file's name
SMOOTHEST = 0.98
SEEDS = 5  # runs of one start
COUNT = 10**9

TRAIN = (
    Key("run", "texts", (), high=NAME),
    Key("x", "choice", "epoch", options=("epoch", "step", "minutes")),
    Key("smooth", "real", 0.0, 0.0, SMOOTHEST),
    Key("logx", "flag", False),
    Key("logy", "flag", False),
    Key("seeds", "flag", False),
    Key("focus", "text", "", high=NAME),
    Key("at", "text", "", high=NAME),  # a step as it is written there
    Key("new.seeds", "integer", 1, 1, SEEDS),
    Key("new.own", "flag", False),
)
AUDIT = (
    Key("audit", "text", "", high=1000),
    Key("by", "texts", (), high=NAME),
    Key("class-a", "text", "", high=NAME),
    Key("class-b", "text", "", high=NAME),
    Key("off", "range", (0.0, 1.0), 0.0, 1.0),
    Key("seen", "text", "all", high=NAME),
    Key("over", "real", 0.3, 0.0, 1.0),
    Key("pairs", "text", "", high=NAME),
    Key("sort", "text", "", high=NAME),
    Key("mix", "integer", 1, 1, COUNT),
    Key("ask.methods", "texts", (), high=NAME),
    Key("ask.own", "texts", (), high=NAME),
)


def list_keys(own: Iterable[Key], params: Iterable[Param], prefix: str) -> dict[str, Key]:
    """The entries of a page: its own, and one for each parameter of its form."""
    table = [*own, *make_keys(params, prefix).values()]
    return {key.name: key for key in table}


def make_keys(params: Iterable[Param], prefix: str) -> Mapping[str, Key]:
    """An entry for each parameter, called `prefix.name`."""
    keys = [Key(f"{prefix}.{p.name}", p.kind, p.default, p.low, p.high, p.options) for p in params]
    # A text's options are proposals only.
    keys = [replace(k, high=1000, options=()) if k.kind == "text" else k for k in keys]
    return {key.name: key for key in keys}
