"""The engine: blocks of pictures in, rows out. A block is the same whoever makes it, and when.

A block is a batch of pictures in a ring, each the A of one mix with the next one as its B, so that
the evidence of a clean picture is made once for two mixes of every method. All methods get the same
pairs and the same seeds. Two controls come with every block: CutMix labelled by area, judged by
uniform evidence, which must agree, and by other pictures' evidence, which must not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mixcore import pictures
from mixcore.audit import looking, mixes, shares, sources
from mixcore.audit.request import Request
from mixcore.audit.rows import Rows, judged
from mixcore.audit.shares import Cover
from mixcore.audit.sources import Shot
from mixcore.evidence import controls, sights, visible
from mixcore.evidence.map import Evidence
from mixcore.hardware import device
from mixcore.pictures import PictureError
from mixcore.plan import Plan
from mixcore.registry import make
from mixcore.rng import Streams
from mixcore.version import __version__

ALWAYS = ("late attention", "CAM", "mean of features")  # they cost no pass of their own
CELLS = 14  # of the uniform control, a side
UNIFORM, SHUFFLED = "uniform", "shuffled"
SEEDS = 2**31 - 1


class StoppedError(Exception):
    """Somebody asked for an end in the middle of a block."""


class Audit:
    """What one request asks for, ready to make any of its blocks.

    Raises ValueError for a data set that cannot be read and for methods that cannot be audited.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.source = sources.opened(request.data, request.n, request.seed)
        given = request.parameters
        self.methods: list[Any] = [make(key, **given.get(key, {})) for key in request.methods]
        for method in self.methods:
            why = mixes.refused(method, self.source.exact)
            if why:
                raise ValueError(why)
        if request.truth == "pixels" and not self.source.exact:
            raise ValueError(
                "Only scenes have exact masks: take the truth 'own' for other pictures."
            )
        see = sights.judge(request.evidence, looking.made_by(self.methods))
        self.judge = sights.EXACT if self.source.exact else see
        self.evidence = tuple(dict.fromkeys((request.evidence, see, *ALWAYS)))
        self._see = see
        self.bounds = _bounds(request)
        torch.set_num_threads(request.threads)
        self.eyes = looking.Eyes(self.evidence, self.methods, device(request.device))

    @property
    def steps(self) -> int:
        """Mixes in all, without controls."""
        return sum(stop - start for start, stop in self.bounds.values()) * len(self.methods)

    def facts(self) -> dict[str, Any]:
        """What the table says about itself; all but what turns out on the way."""
        return {
            "request": self.request.to_dict(), "classes": list(self.source.classes),
            "pictures": len(self.source), "evidence": list(self.evidence), "judge": self.judge,
            "seen": self._see, "notes": self.source.notes, "bound": shares.BOUND,
            "mixcore": __version__, "torch": torch.__version__,
        }  # fmt: skip

    def pictures(self, block: int) -> list[int]:
        """Which pictures a block is of."""
        start, stop = self.bounds[block]
        n = len(self.source)
        return [int(_order(n, self.request.seed, at // n)[at % n]) for at in range(start, stop)]

    def read(self, block: int) -> list[Shot | str]:
        """A block's pictures, or why one cannot be read; ValueError where none of many can."""
        found: list[Shot | str] = []
        for i in self.pictures(block):
            try:
                found.append(self.source.shot(i))
            except PictureError as error:
                found.append(str(error))
        if len(found) > 3 and all(isinstance(one, str) for one in found):
            raise ValueError(
                f"None of the {len(found)} pictures of block {block} can be read ({found[0]}): is "
                "the data set still there? What was finished is kept."
            )
        return found

    def remake(self, row: Mapping[str, Any]) -> NDArray[np.uint8]:
        """The picture of a row of this audit again, uint8 (SIDE, SIDE, 3).

        ValueError where its pictures are not there any more, or the row is of another method.
        """
        method = next((m for m in self.methods if m.info.key == row["method"]), None)
        if method is None:
            raise ValueError(f"{row['method']} is none of this audit's methods.")
        a, b = (self.source.shot(row[side]) for side in "ab")
        fed = self.eyes.clean(mixes.small(a.image, b.image)).fed if method.reads() else {}
        maps = {name: found for (owner, name), found in fed.items() if owner == method.info.key}
        x = pictures.to_tensor(a.image, b.image)
        return mixes.picture(mixes.planned(method, x, a, b, maps, row["seed"]), x)

    def rows(
        self, block: int, read: Sequence[Shot | str], done: Callable[[int], None] = lambda n: None
    ) -> tuple[Rows, dict[str, Any]]:
        """A block's rows, and its own facts: what was skipped, and the sizes of its pictures.

        done is told how many mixes were made since it was last told; what it raises ends the block.
        """
        places = self.pictures(block)
        whole = [(p, one, k) for k, (p, one) in enumerate(zip(places, read, strict=True))
                 if isinstance(one, Shot)]  # fmt: skip
        skipped = {self.source.name(p): one for p, one in zip(places, read, strict=True)
                   if isinstance(one, str)}  # fmt: skip
        rows = Rows(self.evidence)
        facts = {"skipped": skipped, "sizes": _sizes([shot for _, shot, _ in whole])}
        if len(whole) > 1:
            _Block(self, block, whole).into(rows, done)
        return rows, facts


class _Block:
    """One block at work: b pictures that could be read, picture i mixed with picture i + 1."""

    def __init__(self, audit: Audit, number: int, whole: list[tuple[int, Shot, int]]) -> None:
        self.audit, self.number = audit, number
        self.places = [place for place, _, _ in whole]
        self.shots = [shot for _, shot, _ in whole]
        start = audit.bounds[number][0]
        self.at = [start + k for _, _, k in whole]
        draw = Streams(audit.request.seed, number)
        self.seeds = draw.stage("mixes").integers(SEEDS, size=10_000)
        self.b = len(whole)
        self.x = pictures.to_tensor(*(shot.image for shot in self.shots))
        self.clean = audit.eyes.clean(mixes.small(*(shot.image for shot in self.shots)))
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
            seen_in = clean.maps[audit._see].values[[i, j], 0]
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
        return int(self.seeds[self.at[i] - self.audit.bounds[self.number][0]])

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


def _sizes(shots: list[Shot]) -> list[list[int]]:
    """The smallest and the largest picture as [height, width], or nothing."""
    if not shots:
        return []
    known = sorted({shot.size for shot in shots}, key=lambda size: (size[0] * size[1], size))
    return [list(known[0]), list(known[-1])]


@lru_cache(maxsize=4)
def _order(n: int, seed: int, turn: int) -> NDArray[np.int64]:
    """The pictures in the order of one turn through the whole set."""
    return Streams(seed, turn).stage("audit order").permutation(n)


def _bounds(request: Request) -> dict[int, tuple[int, int]]:
    """The blocks of this request's shard by number, each from its first mix to its last."""
    blocks = max(1, request.n // request.batch)
    cuts = np.linspace(0, request.n, blocks + 1).round().astype(int).tolist()
    first, last = (blocks * s // request.shards for s in (request.shard, request.shard + 1))
    return {k: (cuts[k], cuts[k + 1]) for k in range(first, last)}
