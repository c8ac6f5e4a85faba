"""Report on evidence: how far each kind can be believed, and which label tracks the truth.

Every map is made for the clean pictures once; label weights of a pair are then shares of those
maps under the pair's mask. Only labels that look at the mixed picture (TransMix, a model's own
probabilities) run a model on every mix. "minus mean" is Evidence.minus_mean. A row that has a
method's name is labelled as that method ships, but for SnapMix's weights, which are made to sum
to 1 as all others do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mixcore import naming
from mixcore.evidence.kinds.attention import ClassAttention
from mixcore.evidence.kinds.cam import CAM, FeatureMean
from mixcore.evidence.kinds.control_maps import Center, Uniform
from mixcore.evidence.map import Evidence
from mixcore.evidence.models import bundled
from mixcore.evidence.models.normalized import Normalized
from mixcore.evidence.reference import REFERENCE
from mixcore.evidence.study import composites, label_scores
from mixcore.evidence.study.composites import SIDE, CompositePairs, JudgedSet
from mixcore.evidence.study.label_scores import Bootstrap
from mixcore.evidence.study.progress import show_progress
from mixcore.statistics import Numbers

BATCH = 50
COARSE = 4  # every how many pixels the AUC looks
HIDDEN, MUCH = 0.05, 0.2  # an object this little visible should get less than this much of a label
SMALL_BOX = 0.35  # of the frame; larger boxes are found by pointing at the middle
MEAN = ", minus mean"
FLOORED = "CAM, true class, floor min"  # SnapMix's map
SNAPMIX, TRANSMIX = f"SnapMix: {FLOORED}, to sum 1", "TransMix: half of it the area"
# What no label is made from, and so may be the reference: its name in SPECS -> in the tables.
CALLED = {
    "mean of features": f"clean mean of last features{MEAN}",
    "plain attention": f"clean plain attention{MEAN}",
}

Maps = dict[str, Evidence]


@dataclass(frozen=True)
class Models:
    """The models that are judged, on one device."""

    late: torch.nn.Module
    plain: torch.nn.Module
    lite0: torch.nn.Module
    device: torch.device

    @classmethod
    def bundled(cls, device: torch.device) -> Models:
        """The shipped ones."""
        late, plain = bundled.load("late", device), bundled.load("plain", device)
        return cls(late, plain, Once(naming.load(device).model).eval(), device)


class Once(Normalized):
    """Lite0 that runs once for a batch, although several kinds of evidence ask for it in turn."""

    _seen: Tensor | None = None
    _features: Tensor | None = None

    def forward_features(self, x: Tensor) -> Tensor:
        if self._features is None or x is not self._seen:
            self._seen, self._features = x, super().forward_features(x)
        return self._features

    def forward(self, x: Tensor) -> Tensor:
        return self.inner.forward_head(self.forward_features(x))  # type: ignore[operator]


def make_tables(data: Path | None, device: torch.device) -> dict[str, Any]:
    """All tables as plain values: the protocol's composites, and real pictures where data is."""
    models = Models.bundled(device)
    judged = composites.make_composites()
    found = {"composites": judge_set(judged, composites.make_pairs(judged), models)}
    if data is not None:
        real = composites.load_real(data)
        mixes = composites.make_pairs(real, composites.REAL_PAIRS, largest=composites.LESS)
        found["real"] = judge_set(real, mixes, models, small_boxes=True)
    return found


def judge_set(
    judged: JudgedSet, mixes: CompositePairs, models: Models, *, small_boxes: bool = False
) -> dict[str, Any]:
    """Both tables of one set of pictures; small_boxes adds the first for these alone."""
    maps, y = clean_maps(judged, models)
    weights = {
        **clean_weights(judged, mixes, {**maps, FLOORED: floored_map(judged, y, models)}),
        **mixed_weights(judged, mixes, y, models),
    }
    small = judged.masks.mean((1, 2)) < SMALL_BOX
    extra = {"small boxes": measure_localization(judged, maps, small)} if small_boxes else {}
    return {
        "pictures": len(judged), "sources": len(np.unique(judged.sources)), "pairs": len(mixes),
        "mask share": float(judged.masks.mean()),
        "localisation": measure_localization(judged, maps),
        "weights": label_table(judged, mixes, weights), **extra,
    }  # fmt: skip


def clean_maps(judged: JudgedSet, models: Models) -> tuple[Maps, Tensor]:
    """Every kind of evidence of every picture, by what the tables call it, and its class (n,)."""
    providers: dict[str, Callable[..., Evidence]] = {
        "uniform": Uniform(cells=14),
        "centred Gaussian": Center(),
        "late attention": ClassAttention(models.late),
        "plain attention": ClassAttention(models.plain),
        "CAM, true class": CAM(models.lite0),
        "CAM, predicted class": CAM(models.lite0),
        "mean of last features": FeatureMean(models.lite0),
    }
    parts: dict[str, list[Evidence]] = {name: [] for name in providers}
    true: list[Tensor] = []
    starts = range(0, len(judged), BATCH)
    for start in show_progress(starts, len(starts), "evidence of clean pictures"):
        rows = slice(start, start + BATCH)
        x = to_images(judged.images[rows], models)
        y = find_likeliest(models.lite0, x, judged.classes[rows])
        true.append(y)
        for name, provider in providers.items():
            parts[name].append(provider(x, y if name == "CAM, true class" else None))
    found = {name: _joined(part) for name, part in parts.items()}
    for name in list(found)[1:]:
        found[name + MEAN] = found[name].minus_mean()
    late = found["late attention" + MEAN]
    for whose in ("true class", "predicted class"):  # as VisibleMix makes them
        found[f"late x CAM, {whose}"] = late.times(found[f"CAM, {whose}{MEAN}"])
    return found, torch.cat(true)


def floored_map(judged: JudgedSet, y: Tensor, models: Models) -> Evidence:
    """SnapMix's map of every picture: the CAM of its class y (n,), less its least value."""
    cam = CAM(models.lite0, floor="min")
    starts = range(0, len(judged), BATCH)
    return _joined(
        [
            cam(to_images(judged.images[start : start + BATCH], models), y[start : start + BATCH])
            for start in show_progress(starts, len(starts), "SnapMix's maps of clean pictures")
        ]
    )


def measure_localization(judged: JudgedSet, maps: Maps, which: Any = None) -> dict[str, Any]:
    """Pointing, energy in the mask and pixel AUC of each map, over the pictures `which`."""
    rows = np.arange(len(judged)) if which is None else np.flatnonzero(which)
    resampled = Bootstrap(judged.sources[rows])
    table = {}
    for name, evidence in maps.items():
        columns: dict[str, list[Numbers]] = {"pointing": [], "energy": [], "auc": []}
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH]
            masks = torch.from_numpy(judged.masks[some])[:, None]
            part = replace(evidence, values=evidence.values[torch.from_numpy(some)])
            fine = part.at(SIDE, SIDE)
            columns["pointing"].append(label_scores.pointing(fine, masks))
            columns["energy"].append((fine.double() * masks).sum((1, 2, 3)).numpy())
            coarse = np.s_[..., COARSE // 2 :: COARSE, COARSE // 2 :: COARSE]
            columns["auc"].append(label_scores.auc(fine[coarse], masks[coarse]))
        table[name] = {
            key: asdict(resampled.mean(np.concatenate(values))) for key, values in columns.items()
        }
    return {"n": len(rows), "mask share": float(judged.masks[rows].mean()), "maps": table}


def clean_weights(judged: JudgedSet, mixes: CompositePairs, maps: Maps) -> dict[str, Numbers]:
    """A's weight by the clean pictures: s_A / (s_A + s_B) of each map, each (m,)."""
    boxed = torch.from_numpy(judged.boxed()).float()[:, None]
    known = {"area": maps["uniform"], "true box": Evidence(boxed, "true box")}
    known |= {f"clean {name}": maps[name] for name in list(maps)[1:]}
    for name in ("CAM, true class", "CAM, predicted class"):
        known[name] = known.pop(f"clean {name}")
    if FLOORED in maps:
        known[SNAPMIX] = known.pop(f"clean {FLOORED}")
    found: dict[str, list[Numbers]] = {name: [] for name in known}
    for start in range(0, len(mixes), BATCH):
        rows = slice(start, start + BATCH)
        kept = torch.from_numpy(mixes.kept(rows))[:, None].float()
        a, b = torch.from_numpy(mixes.a[rows]), torch.from_numpy(mixes.b[rows])
        for name, evidence in known.items():
            seen_a = replace(evidence, values=evidence.values[a]).under(kept)
            seen_b = replace(evidence, values=evidence.values[b]).under(1 - kept)
            found[name].append(_share(seen_a, seen_b))
    return {name: np.concatenate(values) for name, values in found.items()}


def mixed_weights(
    judged: JudgedSet, mixes: CompositePairs, y: Tensor, models: Models
) -> dict[str, Numbers]:
    """A's weight by the mixed picture: its attention, and Lite0's own probabilities.

    y (n,) are the classes of the clean pictures.

    The mask goes to the tokens by the nearest pixel, as TransMix's code has it. As released, half
    of TransMix's label is the area's; attention of the mix alone is the formula of its paper.
    """
    found: dict[str, list[Numbers]] = {"Lite0's p_A / (p_A + p_B)": []}
    starts = range(0, len(mixes), BATCH)
    for start in show_progress(starts, len(starts), "evidence of mixed pictures"):
        rows = slice(start, start + BATCH)
        kept = torch.from_numpy(mixes.kept(rows))[:, None].to(models.device)
        a = to_images(judged.images[mixes.a[rows]], models)
        b = to_images(judged.images[mixes.b[rows]], models)
        mixed = torch.where(kept, a, b)
        for name in ("late", "plain"):
            seen = ClassAttention(getattr(models, name))(mixed)
            tokens = F.interpolate(kept.float(), seen.values.shape[-2:], mode="nearest")
            for scale, evidence in (("", seen), (MEAN, seen.minus_mean())):
                share = evidence.under(tokens)
                row = f"attention of the mix, {name}{scale}"
                found.setdefault(row, []).append(_share(share, 1 - share))
        with torch.no_grad():
            p = models.lite0(mixed).softmax(1)
        p_a, p_b = (p.gather(1, y[i[rows], None])[:, 0] for i in (mixes.a, mixes.b))
        found["Lite0's p_A / (p_A + p_B)"].append(_share(p_a, p_b))
    weights = {name: np.concatenate(values) for name, values in found.items()}
    area = mixes.kept().mean((1, 2))
    weights[TRANSMIX] = (weights["attention of the mix, late"] + area) / 2
    return weights


def label_table(
    judged: JudgedSet, mixes: CompositePairs, weights: dict[str, Numbers]
) -> dict[str, Any]:
    """How each label weight agrees with both truths, and what it gives to hidden objects."""
    resampled = Bootstrap(np.stack([judged.sources[mixes.a], judged.sources[mixes.b]], 1))
    area = weights["area"]
    than = {"area's": area}
    if (reference := weights.get(CALLED[REFERENCE])) is not None:
        than["reference's"] = reference
    hidden = np.minimum(mixes.seen_a, mixes.seen_b) < HIDDEN
    a_hidden = mixes.seen_a < HIDDEN

    def given(w: Numbers) -> Numbers:
        return np.where(a_hidden, w, 1 - w)[hidden]

    wrong = given(area) >= MUCH
    rows = {}
    for name, w in weights.items():
        errors = np.abs(w - mixes.own)
        rows[name] = {
            "r": asdict(resampled.correlation(w, mixes.own)),
            "mae": asdict(resampled.mean(errors)),
            **{
                f"mae - {whose}": asdict(resampled.mean(errors - np.abs(other - mixes.own)))
                for whose, other in than.items()
            },
            "r, pixels": resampled.correlation(w, mixes.pixels).value,
            "mae, pixels": float(np.abs(w - mixes.pixels).mean()),
            "hidden: mean": float(given(w).mean()),
            "hidden: >= .2": float((given(w) >= MUCH).mean()),
            "of the errors of area": float((given(w)[wrong] >= MUCH).mean()),
        }
    return {
        "n": len(mixes), "hidden": int(hidden.sum()), "errors of area": int(wrong.sum()),
        "labels": rows,
    }  # fmt: skip


def to_images(array: Any, models: Models) -> Tensor:
    """uint8 (b, h, w, 3) as the models take it, (b, 3, h, w) in [0, 1]."""
    x = torch.from_numpy(np.ascontiguousarray(array)).to(models.device)
    return x.permute(0, 3, 1, 2).float() / 255


def find_likeliest(model: torch.nn.Module, x: Tensor, classes: Any) -> Tensor:
    """The likeliest of each picture's right classes, or of all where none is known: (b,)."""
    with torch.no_grad():
        out = model(x)
    barred = torch.ones_like(out, dtype=torch.bool)
    for row, right in zip(barred, classes, strict=True):
        row[list(right) or slice(None)] = False
    return out.masked_fill(barred, -torch.inf).argmax(1)


def _joined(parts: list[Evidence]) -> Evidence:
    values = torch.cat([part.values for part in parts]).cpu()
    return replace(parts[-1], values=values)


def _share(a: Tensor, b: Tensor) -> Numbers:
    """a / (a + b), and one half where neither has anything."""
    a, b = a.double().cpu(), b.double().cpu()
    total = a + b
    even = torch.full_like(total, 0.5)
    return torch.where(total > 1e-12, a / total.clamp(min=1e-12), even).numpy()
