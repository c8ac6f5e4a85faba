"""Visible shares of the photos of a mix by each evidence, and the mismatch of its label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

import mixcore
from app.link.states import YOURS, State
from app.mixes import evidence_kinds, maps, own_models
from app.mixes.evidence_kinds import EXACT, LOADED, QUESTIONS, SPECS
from app.mixes.maps import UnseenError
from app.mixes.memory import remember
from app.mixes.mismatch import ALONE, BLEND, EVEN, OWN, OWN_MAP, OWN_MODEL, Judgement, Measure
from app.mixes.mixing import Asked, make_plan, make_request
from app.mixes.photos import CutPhoto
from app.mixes.usual import find_usual
from mixcore import naming, pictures
from mixcore.audit.evidence_sums import Cover
from mixcore.evidence import Evidence, visibility
from mixcore.plan import Plan
from mixcore.plan_k import AnyPlan


def judge_mix(state: State, shots: Sequence[CutPhoto], device: str) -> Judgement:
    """What is in sight of each photo, and how far the label of row 0 is from it."""
    wanted, why = make_request(state, shots, device), why_not_visible(state.see, shots)
    return _judged(wanted, state.see, state.truth, why, naming.ready(), shots)


def why_not_visible(see: str, shots: Sequence[CutPhoto]) -> str:
    """Why this evidence cannot be had of these photos, or ""."""
    try:
        for shot in shots:
            maps.load_map(shot, evidence_kinds.find_kind(see))
    except UnseenError as error:
        return str(error)
    return ""


@remember(96)
def _judged(
    wanted: Asked, see: str, truth: str, why: str, ready: bool, shots: Sequence[CutPhoto]
) -> Judgement:
    batch, plan = make_plan(wanted, shots)
    found = measure_mismatch(plan, wanted, see, truth, why, shots, LOADED)
    if not ready:
        return found
    said, classes = _said(shots, pictures.to_array(plan.apply(batch.x)[:1])[0])
    return replace(found, said=said, classes=classes)


def measure_mismatch(
    plan: AnyPlan,
    wanted: Asked,
    see: str,
    truth: str,
    why: str,
    shots: Sequence[CutPhoto],
    more: Sequence[str] = (),
) -> Judgement:
    """The mismatch of row 0 and what judges it, and `more` kinds of evidence beside it."""
    method = mixcore.method(wanted.method, **dict(wanted.params))
    kept = visibility.visible_masks(plan)
    cover = Cover(kept)
    measures = {name: _measure(cover, name, shots) for name in _asked_for((see, *more), shots)}
    exact = {}
    if all(shot.alpha is not None for shot in shots):
        exact = {truth: _exact(plan, truth, shots) for truth in QUESTIONS}
    chosen = measures.pop(see, None)
    judging = exact.get(truth) or chosen
    others = tuple(measures.values())
    made = evidence_kinds.makes_label(see, method.labels_by())
    gap, agrees = None, ""
    if judging and judging.worth:
        gap = _gap(plan, judging.worth)
        agrees = _explain_agreement(method, kept, gap, judging, made, truth)
    by = QUESTIONS[truth] if exact else see
    usual = find_usual(method.info.key, method.info.title, by)
    return Judgement(
        chosen, why, others, exact, truth, judging, made, (), "no model", gap, agrees, usual
    )


def _explain_agreement(
    method: mixcore.Method, kept: Tensor, gap: float, judging: Measure, made: bool, truth: str
) -> str:
    """Why label and judge agree by construction, "" where they do not."""
    exact = judging.name == EXACT
    perfect = gap <= 1e-6 and not (exact and truth != OWN)
    if perfect and int((kept.flatten(1).amax(1) > 0).sum()) == 1:
        return ALONE
    if perfect and bool((kept == kept[:, :1, :1]).all()):
        return BLEND
    if made and not exact:
        return OWN_MODEL if set(method.labels_by()) & set(method.info.after) else OWN_MAP
    return EVEN if perfect and judging.name == "uniform" else ""


def by_epoch(state: State, shots: Sequence[CutPhoto], device: str) -> list[tuple[int, float]]:
    """What A's label would be worth by the chosen run after each kept epoch; none where blind."""
    kind = evidence_kinds.find_kind(state.see)
    if not isinstance(kind, evidence_kinds.OwnRun):
        return []
    kept = tuple(own_models.list_epochs(kind.run))
    return _by_epoch(make_request(state, shots, device), kind.run, kept, shots)


@remember(32)
def _by_epoch(
    wanted: Asked, run: str, epochs: tuple[int, ...], shots: Sequence[CutPhoto]
) -> list[tuple[int, float]]:
    cover = Cover(visibility.visible_masks(make_plan(wanted, shots)[1]))
    names = {epoch: f"{YOURS} {run} {epoch}" for epoch in epochs}
    found = [
        (epoch, _measure(cover, name, shots).worth)
        for epoch, name in names.items()
        if _can(name, shots)
    ]
    return [(epoch, worth[0]) for epoch, worth in found if worth]


def _gap(plan: AnyPlan, worth: Sequence[float]) -> float:
    """mixcore.evidence.visibility.mismatch of row 0, where each label should be worth this much."""
    w = (plan.w_a[0], plan.w_b[0]) if isinstance(plan, Plan) else plan.w[0]
    given = np.asarray([float(one) for one in w])
    return float(np.abs(given / given.sum() - worth).sum() / 2)


def _asked_for(names: Sequence[str], shots: Sequence[CutPhoto]) -> list[str]:
    """Those that can be made now, each once."""
    return [name for name in dict.fromkeys(names) if _can(name, shots)]


def _can(name: str, shots: Sequence[CutPhoto]) -> bool:
    try:
        for shot in shots:
            maps.load_map(shot, evidence_kinds.find_kind(name))
    except UnseenError:
        return False
    return True


def _measure(cover: Cover, name: str, shots: Sequence[CutPhoto]) -> Measure:
    """Row 0 by one kind of evidence."""
    found = [maps.load_map(shot, evidence_kinds.find_kind(name)) for shot in shots]
    first, seen = found[0], [cover.share(k, one.values[0, 0]) for k, one in enumerate(found)]
    made = ", ".join(filter(None, (first.model, first.layer, first.model and first.scale)))
    # Maps sum to one in single precision: what is left over of them is not a share.
    left, total = tuple(round(s, 6) for s in seen), sum(seen)
    worth = tuple(s / total for s in seen) if total > 1e-9 else ()
    digest = evidence_kinds.describe_digest(name)
    return Measure(name, evidence_kinds.find_kind(name).title, made, left, worth, digest)


def _exact(plan: AnyPlan, truth: str, shots: Sequence[CutPhoto]) -> Measure:
    """Row 0 by the scenes' exact masks, as an answer to one of app.link.states.TRUTHS."""
    masks = [maps.load_map(shot, SPECS[EXACT]) for shot in shots]
    whole = Evidence(torch.cat([mask.values for mask in masks]), EXACT)
    seen = visibility.visible_share(plan, whole)[0]
    worth = visibility.label_weight(plan, whole, QUESTIONS[truth])[0]
    shares = () if worth.isnan().any() else tuple(worth.tolist())
    left = tuple(seen.round(decimals=6).tolist())
    return Measure(
        EXACT, SPECS[EXACT].title, "", left, shares, evidence_kinds.describe_digest(EXACT)
    )


def _said(shots: Sequence[CutPhoto], mixed: Any) -> tuple[tuple[float, ...], str]:
    """Lite0's probabilities of the mix for its likeliest class of each photo, summing to 1."""
    namer = naming.load()
    device = str(namer.device)
    best = [_likeliest(shot, device) for shot in shots]
    called = [namer.names[i] for i in best]
    if len(set(best)) < len(best):
        return (), f"not used: {called[0]} for both" if len(best) == 2 else "not used: one class"
    p = _probabilities(maps.whole_lite0(device), maps.shrink_images(mixed).to(device))[best]
    shares = p / p.sum()
    return tuple(np.asarray(shares).tolist()), ", ".join(called)


@remember(512)
def _likeliest(shot: CutPhoto, device: str) -> int:
    """The class that Lite0 finds in a clean photo."""
    x = maps.seen(shot, device)
    return int(_probabilities(maps.model("lite0", device), x).argmax())


def _probabilities(lite0: torch.nn.Module, x: Tensor) -> Tensor:
    """Lite0's for all classes, of one picture: (classes,) float64 on the CPU."""
    with maps.LOCK, torch.no_grad():
        return lite0(x).softmax(1)[0].double().cpu()
