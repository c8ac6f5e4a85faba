"""Every entry of the links of Train and Audit, read off what their requests declare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.link.keys import Key
from mixcore.params import Param

NAME = 200  # characters of a run's, a class's or a file's name
SMOOTHEST = 0.98
SEEDS = 5  # runs of one start
COUNT = 10**9

TRAIN = (
    Key("x", "choice", "epoch", options=("epoch", "step", "minutes")),
    Key("smooth", "real", 0.0, 0.0, SMOOTHEST),
    Key("logx", "flag", False),
    Key("logy", "flag", False),
    Key("seeds", "flag", False),
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
    Key("box", "outline", ""),
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
    return {f"{prefix}.{param.name}": _make_key(param, prefix) for param in params}


def make_list_key(param: Param, name: str) -> Key:
    """The entry of a choice of which a form takes several."""
    titles = {option: param.titles(option) for option in param.options}
    options = ("", *titles.values())  # nothing is chosen: the entry is there, and empty
    return Key(name, "texts", (titles[param.default],), high=NAME, options=options, titles=titles)


def _make_key(param: Param, prefix: str) -> Key:
    """What has titles stands by them in the link, as its widget writes them there."""
    name = f"{prefix}.{param.name}"
    former = f"{prefix}.{param.formerly}" if param.formerly else ""
    if param.kind not in ("choice", "text"):
        return Key(name, param.kind, param.default, *param.bounds, formerly=former)
    titles = {option: param.titles(option) for option in param.options}
    default = titles.get(param.default, param.default)
    if param.kind == "text":  # its options are proposals only
        return Key(name, "text", default, high=1000, titles=titles)
    return Key(
        name, "choice", default, options=tuple(titles.values()), titles=titles, formerly=former
    )
