"""Rows as they are made: columns that grow a mix at a time, and what is derived of a mix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor

from mixcore.audit import evidence_sums, schema
from mixcore.audit.evidence_sums import Cover


class RowBuilder:
    """Columns of mixscope's audit table, for some kinds of evidence."""

    def __init__(self, evidence: Iterable[str]) -> None:
        self.evidence = tuple(evidence)
        self.columns: dict[str, list[Any]] = {
            name: [] for name in schema.make_schema(self.evidence).names
        }

    def __len__(self) -> int:
        return len(self.columns["row"])

    def add(self, **values: Any) -> None:
        """One row; what is not named does not exist for it."""
        for name, column in self.columns.items():
            column.append(values.get(name))

    def clear(self) -> None:
        """Forget the rows."""
        for column in self.columns.values():
            column.clear()


def judge_sources(
    cover: Cover,
    maps: Mapping[str, tuple[Tensor, Tensor]],
    judge: str,
    exact: tuple[Tensor, Tensor] | None = None,
) -> dict[str, Any]:
    """What is in sight of both sources of a mix, by every kind of evidence.

    maps   evidence -> the map of A and that of B, each (gh, gw)
    judge  one of these; the exact masks (h, w) are what judges where they are known
    """
    found: dict[str, Any] = {}
    by: dict[str, tuple[float, float]] = {}
    for name, (a, b) in maps.items():
        by[name] = cover.share(0, a), cover.share(1, b)
        found[schema.share_of(name)] = evidence_sums.worth(*by[name])
    if exact is not None:
        found["object_a"], found["object_b"] = (cover.share(k, m) for k, m in enumerate(exact))
        found["s_a"], found["s_b"] = found["object_a"], found["object_b"]
    else:
        found["s_a"], found["s_b"] = by[judge]
    return found
