"""The engine: blocks of pictures in, rows out. A block is the same in every worker."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mixcore import pictures
from mixcore.audit import audit_sources, evidence_sums, model_passes, one_mix, tint
from mixcore.audit.audit_request import AuditRequest
from mixcore.audit.audit_sources import AuditPhoto
from mixcore.audit.block import Block
from mixcore.audit.clean_parts import CleanParts
from mixcore.audit.pairs import BlockPairs
from mixcore.audit.row_builder import RowBuilder
from mixcore.evidence import spec_maps, specs
from mixcore.evidence.map import Evidence
from mixcore.hardware import device
from mixcore.pictures import PictureError
from mixcore.plan_k import AnyPlan
from mixcore.registry import make_method
from mixcore.rng import Streams
from mixcore.version import __version__

ALWAYS = ("late attention", "CAM", "mean of features")  # they cost no pass of their own


class StoppedError(Exception):
    """An end was asked for in the middle of a block."""


@dataclass(frozen=True, eq=False)
class Laid:
    """Block `number` of n pictures, ready for models; no pairs where fewer than two are whole.

    facts  its own: what was skipped, and the sizes of its pictures
    """

    number: int
    n: int
    pairs: BlockPairs | None
    facts: dict[str, Any]


class Audit:
    """One request made ready: it can make any of its blocks.

    Raises ValueError for a data set that cannot be read and for methods that cannot be audited.
    """

    def __init__(self, request: AuditRequest) -> None:
        self.request = request
        self.source = audit_sources.open_source(request.data, request.n, request.seed)
        given = request.parameters
        self.methods: list[Any] = [
            make_method(key, **given.get(key, {})) for key in request.methods
        ]
        for method in self.methods:
            why = one_mix.why_not_audited(method, self.source.exact)
            if why:
                raise ValueError(why)
        if request.truth == "pixels" and not self.source.exact:
            raise ValueError(
                "Only scenes have exact masks: take the truth 'own' for other pictures."
            )
        self.see = see = request.evidence
        self.judge = specs.EXACT if self.source.exact else see
        self.evidence = tuple(dict.fromkeys((see, *ALWAYS)))
        # Judged by the map that made its label, a method agrees with itself.
        self.own = [
            method.info.key
            for method in self.methods
            if specs.makes_label(self.judge, method.labels_by())
        ]
        self.bounds = _bounds(request)
        torch.set_num_threads(request.threads)

    @cached_property
    def eyes(self) -> model_passes.Eyes:
        """The models, which are loaded when they are first needed."""
        return model_passes.Eyes(self.evidence, self.methods, device(self.request.device))

    @property
    def steps(self) -> int:
        """Mixes in all, without controls."""
        return sum(stop - start for start, stop in self.bounds.values()) * len(self.methods)

    def facts(self) -> dict[str, Any]:
        """What the table says about itself; all but what turns out on the way."""
        return {
            "request": self.request.to_dict(), "classes": list(self.source.classes),
            "pictures": len(self.source), "evidence": list(self.evidence), "judge": self.judge,
            "seen": self.see, "own map": self.own, "reference": spec_maps.describe_reference(),
            "digests": {
                name: spec_maps.compute_digest(name) for name in (self.judge, *self.evidence)
            },
            "notes": self.source.notes, "bound": evidence_sums.BOUND,
            "mixcore": __version__, "torch": torch.__version__,
        }  # fmt: skip

    def pictures(self, block: int) -> list[int]:
        """Which pictures a block is of."""
        start, stop = self.bounds[block]
        n = len(self.source)
        return [int(_order(n, self.request.seed, at // n)[at % n]) for at in range(start, stop)]

    def read(self, block: int) -> list[AuditPhoto | str]:
        """A block's pictures, or why one cannot be read; ValueError where none of many can."""
        found: list[AuditPhoto | str] = []
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

    def lay(self, block: int) -> Laid:
        """All of a block that no model is asked for."""
        places, read = self.pictures(block), self.read(block)
        whole = [(p, one, k) for k, (p, one) in enumerate(zip(places, read, strict=True))
                 if isinstance(one, AuditPhoto)]  # fmt: skip
        skipped = {self.source.name(p): one for p, one in zip(places, read, strict=True)
                   if isinstance(one, str)}  # fmt: skip
        pairs = None
        if len(whole) > 1:
            start, seed = self.bounds[block][0], self.request.seed
            pairs = BlockPairs(self.source, seed, block, start, whole, self.methods)
        sizes = _sizes([shot for _, shot, _ in whole])
        return Laid(block, len(read), pairs, {"skipped": skipped, "sizes": sizes})

    def ahead(self, blocks: Sequence[int]) -> Generator[Laid, None, None]:
        """These blocks; while the models see one, the next is read and mixed."""
        with ThreadPoolExecutor(1) as pool:
            coming: Future[Laid] | None = None
            for block, then in pairwise([*blocks, None]):
                assert block is not None
                laid = coming.result() if coming else self.lay(block)
                coming = None if then is None else pool.submit(self.lay, then)
                yield laid

    def remake(self, row: Mapping[str, Any]) -> NDArray[np.uint8]:
        """The picture of a row of this audit again, uint8 (SIDE, SIDE, 3).

        ValueError where its pictures are not there any more, or the row is of another method.
        """
        return one_mix.make_picture(*self._plan(row)[:2])

    def draw_evidence(self, row: Mapping[str, Any]) -> NDArray[np.uint8] | None:
        """The same under the evidence that judged it; None where this audit knows no such map."""
        plan, x, shots = self._plan(row)
        objects = [shot.object for shot in shots if shot.object is not None]
        if row["judge"] == specs.EXACT and len(objects) == len(shots):
            masks = np.stack(objects)[:, None]
            maps = Evidence(torch.from_numpy(masks).float() / 255, specs.EXACT)
        elif row["judge"] in self.evidence:
            small = pictures.to_tensor(*(shot.small for shot in shots)).to(self.eyes.device)
            with torch.no_grad():
                maps = spec_maps.make_maps(specs.SPECS[row["judge"]], small, self.eyes.models)
            maps = Evidence(maps.values.cpu(), maps.name)
        else:
            return None
        return tint.draw_tint(plan, x, maps)

    def _plan(self, row: Mapping[str, Any]) -> tuple[AnyPlan, Tensor, list[AuditPhoto]]:
        """The plan of a row, and its two pictures as a tensor and as shots."""
        method = next((m for m in self.methods if m.info.key == row["method"]), None)
        if method is None:
            raise ValueError(f"{row['method']} is none of this audit's methods.")
        a, b = (self.source.shot(row[side]) for side in "ab")
        x = pictures.to_tensor(a.small, b.small)
        reading = method.reads() or method.reads_hidden()
        read = self.eyes.fed(method, x) if reading else CleanParts()
        x = pictures.to_tensor(a.image, b.image)
        return one_mix.make_plan(method, x, a, b, read, row["seed"]), x, [a, b]

    def rows(self, laid: Laid, done: Callable[[int], None] = lambda n: None) -> RowBuilder:
        """A block's rows.

        done is told how many mixes were made since it was last told; what it raises ends the block.
        """
        rows = RowBuilder(self.evidence)
        if laid.pairs is not None:
            Block(self, laid.pairs).into(rows, done)
        return rows


def _sizes(shots: list[AuditPhoto]) -> list[list[int]]:
    """The smallest and the largest picture as [height, width], or nothing."""
    if not shots:
        return []
    known = sorted({shot.size for shot in shots}, key=lambda size: (size[0] * size[1], size))
    return [list(known[0]), list(known[-1])]


@lru_cache(maxsize=4)
def _order(n: int, seed: int, turn: int) -> NDArray[np.int64]:
    """The pictures in the order of one turn through the whole set."""
    return Streams(seed, turn).stage("audit order").permutation(n)


def _bounds(request: AuditRequest) -> dict[int, tuple[int, int]]:
    """The blocks of this request's shard by number, each from its first mix to its last."""
    blocks = max(1, request.n // request.batch)
    cuts = np.linspace(0, request.n, blocks + 1).round().astype(int).tolist()
    first, last = (blocks * s // request.shards for s in (request.shard, request.shard + 1))
    return {k: (cuts[k], cuts[k + 1]) for k in range(first, last)}
