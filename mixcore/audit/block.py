"""Rows of one block: visible shares of its mixes' sources, and the labels beside them.

The evidence of a clean picture is made once for two mixes of every method. Two controls come with
every block: CutMix labelled by area, judged by uniform evidence, which must agree, and by other
pictures' evidence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch

from mixcore.audit import evidence_sums, model_passes, one_mix
from mixcore.audit.audit_request import AuditRequest
from mixcore.audit.clean_parts import CleanParts
from mixcore.audit.evidence_sums import Cover
from mixcore.audit.pairs import BlockPairs
from mixcore.audit.row_builder import RowBuilder, judge_sources
from mixcore.evidence import visibility
from mixcore.evidence.kinds import control_maps
from mixcore.evidence.map import Evidence
from mixcore.intrusion import find_neighbors
from mixcore.plan_k import AnyPlan
from mixcore.registry import make_method

CELLS = 14  # of the uniform control, a side
UNIFORM, SHUFFLED = "uniform", "shuffled"


class Auditing(Protocol):
    """The parts of an audit that a block needs."""

    request: AuditRequest
    methods: list[Any]
    judge: str  # evidence that judges
    see: str  # evidence whose entropy is told, which judges where exact masks do not

    @property
    def eyes(self) -> model_passes.Eyes:
        """The models."""
        ...


class Block:
    """One block at work: its pairs, and what was seen in their clean pictures."""

    def __init__(self, audit: Auditing, pairs: BlockPairs) -> None:
        self.audit, self.pairs = audit, pairs
        self.clean = audit.eyes.clean(pairs.small)
        maps = self.clean.maps[audit.judge] if pairs.objects is None else pairs.objects
        self.strange = control_maps.shuffle_maps(maps, seed=pairs.shuffle)

    def into(self, rows: RowBuilder, done: Callable[[int], None]) -> None:
        """Append the rows of every method, then those of the controls."""
        for method in self.audit.methods:
            self._method(rows, method)
            done(len(self.pairs))
        plain, pairs = make_method("cutmix"), self.pairs
        any_pair = pairs.pair(0)  # CutMix asks for no pixels
        plans = [pairs.plan(plain, i, any_pair, CleanParts()) for i in range(len(pairs))]
        covers = [Cover(visibility.visible_masks(plan)) for plan in plans]
        even = torch.ones(CELLS, CELLS, dtype=torch.float32, device="cpu")
        for i, cover in enumerate(covers):
            s = cover.share(0, even), cover.share(1, even)
            self._control(rows, i, plans[i], UNIFORM, s)
        for i, cover in enumerate(covers):
            self._control(rows, i, plans[i], SHUFFLED, self._strange(cover, i))

    def _strange(self, cover: Cover, i: int) -> tuple[float, float]:
        """What would be in sight of both sources of mix i, had they the maps of other pictures."""
        maps = self.strange.values[:, 0]
        return cover.share(0, maps[i]), cover.share(1, maps[self.pairs.next(i)])

    def _method(self, rows: RowBuilder, method: Any) -> None:
        audit, clean, pairs = self.audit, self.clean, self.pairs
        plans, mixed = pairs.mixes(method, clean.read(method))
        probs, features, seen = audit.eyes.mixed(method, mixed)
        like = find_neighbors(features, clean.features).index[:, 0].tolist()
        for i, plan in enumerate(plans):
            j, cover = pairs.next(i), Cover(visibility.visible_masks(plan))
            if seen is not None:
                plan = model_passes.reweigh_row(method, plan, seen, i, clean.y[[i, j]])
            maps = {
                name: (found.values[i, 0], found.values[j, 0]) for name, found in clean.maps.items()
            }
            values = judge_sources(cover, maps, audit.judge, pairs.exact(i))
            right = evidence_sums.worth(values["s_a"], values["s_b"])
            if audit.request.truth == "pixels":
                right = _by_pixels(plan, pairs.objects, i, j)
            found = one_mix.read_numbers(plan)
            w_a, w_b = found["w_a"], found["w_b"]
            strange = evidence_sums.worth(*self._strange(cover, i))
            seen_in = clean.maps[audit.see].values[[i, j], 0]
            rows.add(
                **pairs.who(i), **found, **values, **pairs.describe_like(like[i]),
                method=method.info.key, control="",
                judge=audit.judge, p_a=float(probs[i, clean.best[i]]),
                p_b=float(probs[i, clean.best[j]]),
                entropy=sum(evidence_sums.entropy(one) for one in seen_in) / 2,
                shuffled=evidence_sums.mismatch(w_a, w_b, strange),
                mismatch=evidence_sums.mismatch(w_a, w_b, right),
            )  # fmt: skip

    def _control(
        self, rows: RowBuilder, i: int, plan: AnyPlan, control: str, s: tuple[float, float]
    ) -> None:
        found = one_mix.read_numbers(plan)
        area = found["w_a"]
        rows.add(
            **self.pairs.who(i), **found, method="cutmix", control=control, judge=control,
            s_a=s[0], s_b=s[1],
            mismatch=evidence_sums.mismatch(area, 1 - area, evidence_sums.worth(*s)),
        )  # fmt: skip


def _by_pixels(plan: AnyPlan, objects: Evidence | None, i: int, j: int) -> float:
    assert objects is not None
    both = Evidence(objects.values[[i, j]], objects.name)
    return float(visibility.label_weight(plan, both, "pixels")[0, 0])
