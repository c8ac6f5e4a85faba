"""One block at work: its pictures in a ring, each the A of one mix with the next one as its B.

The evidence of a clean picture is made once for two mixes of every method. All methods get the same
pairs and the same seeds. Two controls come with every block: CutMix labelled by area, judged by
uniform evidence, which must agree, and by other pictures' evidence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor

from mixcore import pictures
from mixcore.audit import looking, mixes, shares
from mixcore.audit.request import Request
from mixcore.audit.rows import Rows, judged
from mixcore.audit.shares import Cover
from mixcore.audit.sources import Shot, Source
from mixcore.evidence import controls, sights, visible
from mixcore.evidence.map import Evidence
from mixcore.plan import Plan
from mixcore.registry import make
from mixcore.rng import Streams

CELLS = 14  # of the uniform control, a side
UNIFORM, SHUFFLED = "uniform", "shuffled"
SEEDS = 2**31 - 1


class Auditing(Protocol):
    """What a block needs of its audit."""

    request: Request
    source: Source
    methods: list[Any]
    judge: str  # evidence that judges
    see: str  # evidence whose entropy is told, which judges where exact masks do not
    eyes: looking.Eyes


class Block:
    """One block at work: b pictures that could be read, picture i mixed with picture i + 1."""

    def __init__(
        self, audit: Auditing, number: int, start: int, whole: list[tuple[int, Shot, int]]
    ) -> None:
        """whole: place in the data set, picture and place in the block of each; start is the
        first mix of the block in the sample."""
        self.audit, self.number, self.start = audit, number, start
        self.places = [place for place, _, _ in whole]
        self.shots = [shot for _, shot, _ in whole]
        self.at = [start + k for _, _, k in whole]
        draw = Streams(audit.request.seed, number)
        self.seeds = draw.stage("mixes").integers(SEEDS, size=10_000)
        self.b = len(whole)
        self.x = pictures.to_tensor(*(shot.image for shot in self.shots))
        self.clean = audit.eyes.clean(pictures.to_tensor(*(shot.small for shot in self.shots)))
        self.objects = (
            [torch.from_numpy(s.object) / 255 for s in self.shots if s.object is not None]
            if audit.source.exact else None
        )  # fmt: skip
        judging = audit.judge
        maps = self._objects() if self.objects else self.clean.maps[judging]
        self.strange = controls.shuffled(maps, seed=int(draw.stage("shuffle").integers(SEEDS)))

    def into(self, rows: Rows, done: Callable[[int], None]) -> None:
        """Append the rows of every method, then those of the controls."""
        for method in self.audit.methods:
            self._method(rows, method)
            done(self.b)
        plain = make("cutmix")
        # CutMix asks for no pixels, so none are copied.
        plans = [self._plan(plain, i, self.x[:2]) for i in range(self.b)]
        covers = [Cover(visible.shown(plan)) for plan in plans]
        even = torch.ones(CELLS, CELLS)
        for i, cover in enumerate(covers):
            s = cover.share(0, even), cover.share(1, even)
            self._control(rows, i, plans[i], UNIFORM, s)
        for i, cover in enumerate(covers):
            self._control(rows, i, plans[i], SHUFFLED, self._strange(cover, i))

    def _strange(self, cover: Cover, i: int) -> tuple[float, float]:
        """What would be in sight of both sources of mix i, had they the maps of other pictures."""
        maps = self.strange.values[:, 0]
        return cover.share(0, maps[i]), cover.share(1, maps[self._next(i)])

    def _method(self, rows: Rows, method: Any) -> None:
        audit, clean = self.audit, self.clean
        plans, images = [], []
        for i in range(self.b):
            pair = self.x[i : i + 2] if i + 1 < self.b else self.x[[i, 0]]
            plans.append(self._plan(method, i, pair))
            images.append(mixes.picture(plans[i], pair))
        probs, seen = audit.eyes.mixed(method, mixes.small(*images))
        for i, plan in enumerate(plans):
            j, cover = self._next(i), Cover(visible.shown(plan))
            if seen is not None:
                plan = looking.weighed(method, plan, seen, i, clean.y[[i, j]])
            maps = {
                name: (found.values[i, 0], found.values[j, 0]) for name, found in clean.maps.items()
            }
            exact = (self.objects[i], self.objects[j]) if self.objects else None
            values = judged(cover, maps, audit.judge, exact)
            right = shares.worth(values["s_a"], values["s_b"])
            if audit.request.truth == "pixels":
                right = self._by_pixels(plan, i, j)
            w_a, w_b = float(plan.w_a[0]), float(plan.w_b[0])
            strange = shares.worth(*self._strange(cover, i))
            seen_in = clean.maps[audit.see].values[[i, j], 0]
            rows.add(
                **self._who(i), **_numbers(plan), **values, method=method.info.key, control="",
                judge=audit.judge, p_a=float(probs[i, clean.best[i]]),
                p_b=float(probs[i, clean.best[j]]),
                entropy=sum(shares.entropy(one) for one in seen_in) / 2,
                shuffled=shares.mismatch(w_a, w_b, strange),
                mismatch=shares.mismatch(w_a, w_b, right),
            )  # fmt: skip

    def _control(
        self, rows: Rows, i: int, plan: Plan, control: str, s: tuple[float, float]
    ) -> None:
        area = float(plan.w_a[0])
        rows.add(
            **self._who(i), **_numbers(plan), method="cutmix", control=control, judge=control,
            s_a=s[0], s_b=s[1], mismatch=shares.mismatch(area, 1 - area, shares.worth(*s)),
        )  # fmt: skip

    def _plan(self, method: Any, i: int, pair: Tensor) -> Plan:
        j, key = self._next(i), method.info.key
        fed = {name: maps[[i, j]] for (owner, name), maps in self.clean.fed.items() if owner == key}
        a, b = self.shots[i], self.shots[j]
        return mixes.planned(method, pair, a, b, fed, self._seed(i))

    def _by_pixels(self, plan: Any, i: int, j: int) -> float:
        assert self.objects is not None
        both = Evidence(torch.stack([self.objects[i], self.objects[j]])[:, None], sights.EXACT)
        return float(visible.worth(plan, both, "pixels")[0, 0])

    def _who(self, i: int) -> dict[str, Any]:
        source, j = self.audit.source, self._next(i)
        a, b = self.places[i], self.places[j]
        return {
            "row": self.at[i], "block": self.number, "a": a, "b": b, "name_a": source.name(a),
            "name_b": source.name(b), "class_a": self.shots[i].label,
            "class_b": self.shots[j].label,
            "seed": self._seed(i),
        }  # fmt: skip

    def _seed(self, i: int) -> int:
        return int(self.seeds[self.at[i] - self.start])

    def _next(self, i: int) -> int:
        return (i + 1) % self.b

    def _objects(self) -> Evidence:
        assert self.objects is not None
        return Evidence(torch.stack(self.objects)[:, None], sights.EXACT)


def _numbers(plan: Any) -> dict[str, float]:
    return {
        "lam": float("nan") if plan.lam is None else float(plan.lam[0]),
        "area": float(plan.area[0]), "w_a": float(plan.w_a[0]), "w_b": float(plan.w_b[0]),
    }  # fmt: skip
