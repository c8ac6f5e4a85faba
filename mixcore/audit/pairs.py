"""Pairs of a block: its pictures in a ring, each A of one mix and B of another.

What no model is asked for is made here, so that it can be made while the models see another block.
All methods get the same pairs and the same seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mixcore import pictures
from mixcore.audit import one_mix
from mixcore.audit.audit_sources import AuditPhoto, Source
from mixcore.audit.clean_parts import CleanParts
from mixcore.evidence import specs
from mixcore.evidence.map import Evidence
from mixcore.plan_k import AnyPlan
from mixcore.rng import Streams

SEEDS = 2**31 - 1
Made = tuple[list[AnyPlan], Tensor]  # plans of two, of which row 0 counts; the mixes (b, 3, h, w)


class BlockPairs:
    """b pictures of a block that could be read, picture i mixed with picture i + 1.

    small    (b, 3, MODEL_SIDE, MODEL_SIDE) the pictures as the models see them
    objects  their exact masks, or None
    shuffle  seed of the control by other pictures' evidence
    """

    def __init__(
        self, source: Source, seed: int, number: int, start: int,
        whole: Sequence[tuple[int, AuditPhoto, int]], methods: Sequence[Any],
    ) -> None:  # fmt: skip
        """whole: place in the data set, picture and place in the block of each; start is the
        first mix of block `number` in the sample. Mixes of methods that read maps come later."""
        self.number, self._source = number, source
        self._places = [place for place, _, _ in whole]
        self.shots = [shot for _, shot, _ in whole]
        self._at = [start + k for _, _, k in whole]
        draw = Streams(seed, number)
        seeds = draw.stage("mixes").integers(SEEDS, size=10_000)
        self._seeds = [int(seeds[at - start]) for at in self._at]
        self.shuffle = int(draw.stage("shuffle").integers(SEEDS))
        self.small = pictures.to_tensor(*(shot.small for shot in self.shots))
        self.objects = self._objects() if source.exact else None
        blind = [
            method for method in methods
            if not set(method.reads()) & set(specs.FED) and not method.reads_hidden()
        ]  # fmt: skip
        self._made = {method.info.key: self._mixes(method, CleanParts()) for method in blind}

    def __len__(self) -> int:
        return len(self.shots)

    def next(self, i: int) -> int:
        """Whose picture is B of mix i."""
        return (i + 1) % len(self)

    def pair(self, i: int) -> Tensor:
        """Both pictures of mix i, (2, 3, SIDE, SIDE); a whole block of them would be large."""
        return pictures.to_tensor(self.shots[i].image, self.shots[self.next(i)].image)

    def mixes(self, method: Any, read: CleanParts) -> Made:
        """The mixes of a method that reads this of the clean pictures, as models see them."""
        made = self._made.pop(method.info.key, None)
        return made if made is not None else self._mixes(method, read)

    def plan(self, method: Any, i: int, pair: Tensor, read: CleanParts) -> AnyPlan:
        """Mix i's plan; pair is both pictures, or any other where the method asks for no pixels."""
        j = self.next(i)
        read, seed = read.rows([i, j]), self._seeds[i]
        return one_mix.make_plan(method, pair, self.shots[i], self.shots[j], read, seed)

    def exact(self, i: int) -> tuple[Tensor, Tensor] | None:
        """The exact masks of both pictures of mix i, (h, w) each, where they are known."""
        if self.objects is None:
            return None
        return self.objects.values[i, 0], self.objects.values[self.next(i), 0]

    def who(self, i: int) -> dict[str, Any]:
        """Mix i's columns that say what it is of."""
        j = self.next(i)
        a, b = self._places[i], self._places[j]
        return {
            "row": self._at[i], "block": self.number, "a": a, "b": b,
            "name_a": self._source.name(a), "name_b": self._source.name(b),
            "class_a": self.shots[i].label, "class_b": self.shots[j].label, "seed": self._seeds[i],
        }  # fmt: skip

    def describe_like(self, j: int) -> dict[str, int]:
        """The columns that say to which picture of the block a mix is most alike."""
        return {"like": self._places[j], "class_like": self.shots[j].label}

    def _mixes(self, method: Any, read: CleanParts) -> Made:
        plans, images = [], []
        for i in range(len(self)):
            pair = self.pair(i)
            plans.append(self.plan(method, i, pair, read))
            images.append(one_mix.make_picture(plans[i], pair))
        return plans, one_mix.shrink_images(*images)

    def _objects(self) -> Evidence:
        found = [torch.from_numpy(s.object) / 255 for s in self.shots if s.object is not None]
        return Evidence(torch.stack(found)[:, None], specs.EXACT)
