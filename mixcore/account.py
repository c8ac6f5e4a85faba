"""Account: how a label came about, as data. Read it as `plan.account`.

A label weight is a sum of terms, each a share of something (the area, the attention of the mix)
times what it counts; a method that trusts evidence says so here, and its weights are made of it.
Pure numpy, and one row of it is plain numbers: pages, files and command lines print the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Terms that no map was needed for.
PLAIN = AREA, LAM, WHOLE, SET = "area", "lam", "whole label", "set by hand"

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Term:
    """One term of the label weights of b mixes of k sources: `weight` times `share`.

    name    what is shared out, in a few words; that of a map where it was summed on one
    share   (b, k) what each source has of it
    weight  (b, k) how much it counts; a number or (b,) is spread
    """

    name: str
    share: Array
    weight: Any = 1.0

    def __post_init__(self) -> None:
        weight = np.asarray(self.weight, np.float64)
        spread = weight[:, None] if weight.ndim == 1 else weight
        object.__setattr__(self, "weight", np.broadcast_to(spread, self.share.shape))

    def rows(self, rows: NDArray[Any]) -> Term:
        """The same for the chosen samples."""
        return Term(self.name, self.share[rows], self.weight[rows])


def pair_term(name: str, a: Array, b: Array | None = None, weight: Any = 1.0) -> Term:
    """A term of two sources: A's share (b,), and B's, which is the rest unless given."""
    return Term(name, np.stack([a, 1 - a if b is None else b], 1), weight)


@dataclass(frozen=True, eq=False)
class Account:
    """Terms of the labels of b mixes, and the maps that made them or their masks.

    terms       add up to the label weights; none where labels are worth the realised area
    maps        what was looked at: mixcore.evidence.used_maps.UsedMap
    normalized  (b,) whether the sums are divided by their total over all sources; none if None
    """

    terms: tuple[Term, ...] = ()
    maps: tuple[Any, ...] = ()
    normalized: NDArray[np.bool_] | None = None

    def weights(self) -> Array:
        """What the terms add up to, (b, k)."""
        sums = sum((term.weight * term.share for term in self.terms[1:]), self._first())
        if self.normalized is None:
            return sums
        total = sums.sum(1, keepdims=True)
        divided: Array = np.where(
            self.normalized[:, None], sums / np.where(total > 0, total, 1), sums
        )
        return divided

    def _first(self) -> Array:
        found: Array = self.terms[0].weight * self.terms[0].share
        return found

    def rows(self, rows: NDArray[Any]) -> Account:
        """The same for the chosen samples."""
        return Account(
            tuple(term.rows(rows) for term in self.terms),
            tuple(one.rows(rows) for one in self.maps),
            None if self.normalized is None else self.normalized[rows],
        )

    def read_row(self, i: int = 0, owners: Sequence[int] | None = None) -> LabelSum:
        """The arithmetic of one label as plain numbers.

        owners: whose each of the k sources is, where several belong to one photo.
        """
        terms = [term.rows(np.array([i])) for term in self.terms]
        divided = self.normalized is not None and bool(self.normalized[i])
        counted = [term for term in terms if term.weight.any()]
        lines = [SumTerm(t.name, *_group(t.weight[0], t.share[0], owners)) for t in counted]
        return LabelSum(tuple(lines), divided)


def _group(
    weight: Array, share: Array, owners: Sequence[int] | None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if owners is None:
        return tuple(weight.tolist()), tuple(share.tolist())
    n = max(owners) + 1
    one = bool((weight == weight[0]).all())
    found = np.bincount(owners, share if one else weight * share, n)
    return (float(weight[0]) if one else 1.0,) * n, tuple(found.tolist())


def explain_weights(
    w: Array, area: Array, lam: Array | None, maps: tuple[Any, ...] = ()
) -> Account:
    """The account of weights (b, k) that came without one: of one term, named after its value."""
    name = SET
    if np.allclose(w, area, atol=1e-9):
        name = AREA
    elif lam is not None and np.allclose(w[:, 0], lam, atol=1e-9):
        name = LAM
    elif np.allclose(w[:, 0], 1, atol=1e-9):
        name = WHOLE
    return Account((Term(name, w),), maps)


def join_accounts(accounts: Sequence[Account], owner: NDArray[Any]) -> Account:
    """One account whose row i is that of accounts[owner[i]]; each is as long as the batch.

    Terms of one name become one; those that a sample does not have weigh nothing for it.
    """
    k = max(term.share.shape[1] for account in accounts for term in account.terms)
    named: dict[str, Term] = {}
    for j, account in enumerate(accounts):
        own = (owner == j)[:, None]
        for term in account.terms:
            gap = ((0, 0), (0, k - term.share.shape[1]))
            share, weight = np.pad(term.share, gap), np.pad(term.weight, gap)
            old = named.get(term.name) or Term(term.name, np.zeros(share.shape), 0.0)
            named[term.name] = Term(
                term.name, np.where(own, share, old.share), np.where(own, weight, old.weight)
            )
    divided = [
        np.zeros(len(owner), bool) if account.normalized is None else account.normalized
        for account in accounts
    ]
    maps = [one.keep_for(owner == j) for j, account in enumerate(accounts) for one in account.maps]
    return Account(
        tuple(named.values()), tuple(maps), np.stack(divided)[owner, np.arange(len(owner))]
    )


@dataclass(frozen=True)
class SumTerm:
    """One term of one label: what counts how much for each source, and what each has of it."""

    name: str
    weights: tuple[float, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class LabelSum:
    """The arithmetic of one label in plain numbers, a source after the other."""

    terms: tuple[SumTerm, ...]
    normalized: bool = False

    def sums(self) -> tuple[float, ...]:
        """What the terms add up to, before any division."""
        parts = [[w * s for w, s in zip(t.weights, t.shares, strict=True)] for t in self.terms]
        return tuple(map(sum, zip(*parts, strict=True)))

    def weights(self) -> tuple[float, ...]:
        """What each source's label is worth."""
        sums = self.sums()
        total = sum(sums) if self.normalized else 1.0
        return tuple(value / (total or 1.0) for value in sums)

    def equation(self, i: int = 0) -> str:
        """The label of source i: ".5 × .664 area + .5 × .457 attention of the mix = .561"."""
        parts = [
            f"{_times(t.weights[i])}{format_share(t.shares[i])} {t.name}"
            for t in self.terms
            if t.weights[i]
        ]
        whole, result = " + ".join(parts), format_share(self.weights()[i])
        if not self.normalized:
            return f"{whole} = {result}"
        over = " + ".join(map(format_share, self.sums()))
        return f"{f'({whole})' if len(parts) > 1 else whole} / ({over}) = {result}"

    def describe(self, names: Sequence[str] = ()) -> str:
        """A line for each source whose label does not follow from the other's.

        names: of the sources; letters unless given.
        """
        weights = self.weights()
        names = names or [chr(ord("A") + i) for i in range(len(weights))]
        several = len(weights) != 2 or abs(sum(weights) - 1) >= 5e-4
        used = range(len(weights)) if several else (0,)
        return "\n".join(f"{names[i]}: {self.equation(i)}" for i in used)

    def to_dict(self) -> dict[str, Any]:
        """The same for JSON."""
        terms = [
            {"name": t.name, "weights": list(t.weights), "shares": list(t.shares)}
            for t in self.terms
        ]
        return {"terms": terms, "normalized": self.normalized, "label": list(self.weights())}


def _times(weight: float) -> str:
    return "" if weight == 1 else f"{format_share(weight)} × "


def format_share(share: float) -> str:
    """Three decimals at most, without the 0 before them: ".5", ".664", "1"."""
    text = f"{share:.3f}".rstrip("0").rstrip(".")
    return text.removeprefix("0") or "0"
