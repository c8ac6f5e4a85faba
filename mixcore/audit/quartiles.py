"""Usual mismatch of each method over pairs of scenes, in quantiles.

`python -m mixcore.audit.quartiles` writes assets/quartiles.json, with which pages say whether a
mismatch is small or large for its method. Methods have their default parameters. Judged are the
same mixes three ways: by exact masks (both truths) and by the reference evidence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mixcore import pictures
from mixcore.audit import audit_sources, model_passes, one_mix
from mixcore.audit.audit_sources import AuditPhoto
from mixcore.audit.evidence_sums import Cover
from mixcore.batch import Batch
from mixcore.data import ASSETS
from mixcore.evidence import spec_maps, specs, visibility
from mixcore.evidence.map import Evidence
from mixcore.evidence.reference import REFERENCE
from mixcore.methods import methods
from mixcore.plan import Plan
from mixcore.plan_k import AnyPlan
from mixcore.registry import find_class
from mixcore.rng import Streams
from mixcore.runs import files
from mixcore.version import __version__

PATH = ASSETS / "quartiles.json"
PAIRS, SEED, BLOCK = 500, 0, 10
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
FIRST = 6  # mixes of which every number is stored, so that a test can make them again
OWN, PIXELS = "own", "pixels"

Numbers = dict[str, list[float]]  # judge -> mismatches, NaN where nothing is in sight


def measure_quartiles(
    n: int = PAIRS, seed: int = SEED, keys: Iterable[str] | None = None
) -> dict[str, Any]:
    """The whole file as plain values: n mixes of each method, of pairs of scenes of that seed."""
    asked = {key: find_class(key)() for key in (methods("classes") if keys is None else keys)}
    made = {key: method for key, method in asked.items() if _has_mismatch(method)}
    found: dict[str, Numbers] = {key: {OWN: [], PIXELS: [], REFERENCE: []} for key in made}
    eyes = model_passes.Eyes((REFERENCE,), made.values(), torch.device("cpu"))
    source = audit_sources.open_source("scenes", 2 * n, seed)
    for start in range(0, n, BLOCK):
        rows = range(start, min(start + BLOCK, n))
        block = _Block([source.shot(k) for i in rows for k in (2 * i, 2 * i + 1)], eyes)
        for key, method in made.items():
            for gaps in block.mismatches(method, [_seed(seed, i) for i in rows]):
                for judge, gap in gaps.items():
                    found[key][judge].append(gap)
    return {
        "made by": "python -m mixcore.audit.quartiles",
        "of": f"{n} mixes of each method with its default parameters, of pairs of scenes",
        "n": n, "seed": seed, "side": audit_sources.SIDE, "quantiles": list(QUANTILES),
        "reference": spec_maps.describe_reference(), "mixcore": __version__,
        "methods": {key: _summary(numbers) for key, numbers in found.items()},
        "without mismatch": [key for key in asked if key not in made],
    }  # fmt: skip


def _has_mismatch(method: Any) -> bool:
    """A mix of one photo keeps its label, and one inside a network has no places."""
    return bool(method.info.sources > 1 and method.info.space == "pixels")


def _seed(seed: int, i: int) -> int:
    return int(Streams(seed, i).stage("quartiles").integers(2**31))


def _summary(found: Numbers) -> dict[str, Any]:
    summary = {}
    for judge, values in found.items():
        known = np.array([value for value in values if not np.isnan(value)])
        summary[judge] = {
            "n": len(known),
            "at": [round(float(q), 4) for q in np.quantile(known, QUANTILES)],
            "first": files.replace_nan([round(value, 4) for value in values[:FIRST]]),
        }
    return summary


class _Block:
    """Scenes in order, photo 2 i being A of mix i, and what was seen in them."""

    def __init__(self, shots: list[AuditPhoto], eyes: model_passes.Eyes) -> None:
        self.shots, self.eyes = shots, eyes
        self.clean = eyes.clean(pictures.to_tensor(*(shot.small for shot in shots)))
        covers = [torch.from_numpy(shot.object) / 255 for shot in shots if shot.object is not None]
        self.objects = torch.stack(covers)

    def mismatches(self, method: Any, seeds: Sequence[int]) -> Iterator[dict[str, float]]:
        """How far the label of each mix is off, by every judge."""
        k = method.info.sources
        plans: list[tuple[list[int], AnyPlan]] = []
        seen_mixes = []
        for i, seed in enumerate(seeds):
            # More than two photos are this pair and the next, the last pair's next the first.
            photos = [(2 * i + j) % len(self.shots) for j in range(k)]
            x = pictures.to_tensor(*(self.shots[p].image for p in photos))
            plans.append((photos, self._plan(method, x, photos, seed)))
            if method.info.after:
                seen_mixes.append(one_mix.make_picture(plans[-1][1], x))
        seen = (
            self.eyes.mixed(method, one_mix.shrink_images(*seen_mixes)).seen if seen_mixes else None
        )
        for i, (photos, plan) in enumerate(plans):
            cover = Cover(visibility.visible_masks(plan))
            if seen is not None:
                plan = model_passes.reweigh_row(method, plan, seen, i, self.clean.y[photos])
            yield self._judge(plan, cover, photos)

    def _plan(self, method: Any, x: Tensor, photos: list[int], seed: int) -> AnyPlan:
        read = self.clean.read(method).rows(photos)
        if len(photos) == 2:
            a, b = (self.shots[p] for p in photos)
            return one_mix.make_plan(method, x, a, b, read, seed)
        k = len(photos)
        given = {"index": [*range(1, k), 0]} if "index" in method.info.given else {}
        plan: AnyPlan = method.plan(Batch(x, given=given, hidden=read.hidden), seed)
        return plan

    def _judge(self, plan: AnyPlan, cover: Cover, photos: list[int]) -> dict[str, float]:
        w = (plan.w_a[0], plan.w_b[0]) if isinstance(plan, Plan) else plan.w[0]
        label = np.array([float(one) for one in w])
        objects = Evidence(self.objects[photos][:, None], specs.EXACT)
        maps = self.clean.maps[REFERENCE].values[photos, 0]
        worth = {
            OWN: _shares([cover.share(j, objects.values[j, 0]) for j in range(len(photos))]),
            PIXELS: visibility.label_weight(plan, objects, PIXELS)[0].numpy(),
            REFERENCE: _shares([cover.share(j, maps[j]) for j in range(len(photos))]),
        }
        return {
            judge: float(np.abs(label / label.sum() - right).sum() / 2)
            for judge, right in worth.items()
        }


def _shares(left: list[float]) -> Any:
    found = np.array(left)
    return found / found.sum() if found.sum() > 1e-9 else np.full(len(found), np.nan)


if __name__ == "__main__":
    PATH.write_text(json.dumps(measure_quartiles(), indent=1) + "\n", encoding="utf-8")
