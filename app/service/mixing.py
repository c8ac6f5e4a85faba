"""One mix, computed by mixcore and taken apart into numpy arrays and plain numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

import mixcore
from app import charts, figures
from app.service.photos import Shot
from app.state import State
from app.words import Facts
from mixcore import pair, pictures, registry
from mixcore.params import Param
from mixcore.plank import AnyPlan, PlanK
from mixcore.registry import FAMILIES, Info

Image = NDArray[np.uint8]
Masks = NDArray[np.float32]
Given = tuple[tuple[str, Any], ...]

DRAWS = 20_000
PLAIN = 0.9  # the grey behind an object that stands alone

# Two threads on a busy host of two cores are several times slower than one.
torch.set_num_threads(1)


@dataclass(frozen=True)
class Card:
    """A method as the page knows it: what is known of it and its declared parameters."""

    info: Info
    params: tuple[Param, ...]

    @property
    def photos(self) -> int:
        """How many photos go into one mix."""
        return self.info.sources

    @property
    def shown(self) -> int:
        """How many photos are on the page: never fewer than a pair."""
        return max(2, self.photos)

    @property
    def inside(self) -> bool:
        """Whether it mixes what a network holds, not pixels."""
        return self.info.space == "features"


@dataclass(frozen=True, eq=False)
class View:
    """One source of a mix as it goes in.

    photo: 0 for A, 1 for B; share: of the picture; steps: the operations that changed it.
    """

    photo: int
    share: float
    png: bytes
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Mix:
    """A finished mix. layers: name -> PNG; gap: the largest difference from A, in delta E.

    many   whether its plan is one of k sources, mixcore.PlanK
    box    B's place, (y0, y1, x0, x1), where the method has one
    views  the sources as they go in, where they are not simply the photos
    folds  where the photo is bent, as PNG: how much of it a pixel takes, and the most that it takes
    """

    facts: Facts
    box: tuple[int, ...] | None
    layers: Mapping[str, bytes]
    gap: float
    views: tuple[View, ...] = ()
    folds: tuple[bytes, float] | None = None
    many: bool = False


@st.cache_resource(show_spinner=False, max_entries=1)
def catalogue() -> dict[str, Card]:
    """Every method, family by family, oldest first."""
    classes = [registry.get(key) for key in mixcore.methods()]
    cards = [Card(cls.info, cls.params()) for cls in classes]
    cards.sort(key=lambda card: (FAMILIES.index(card.info.family), card.info.year))
    return {card.info.key: card for card in cards}


def pairings() -> tuple[str, ...]:
    """The ways to pair the samples of a batch."""
    return tuple(pair.PAIRINGS)


def devices() -> tuple[str, ...]:
    """Names of the devices that torch can use here, "cpu" first."""
    return mixcore.devices()


def lacks_objects(card: Card, shots: Sequence[Shot]) -> bool:
    """Whether the method needs exact objects and grounds that these photos do not have."""
    return bool(card.info.needs) and any(shot.alpha is None for shot in shots)


def mix(state: State, shots: Sequence[Shot], device: str) -> Mix:
    """The mix of these photos that `state` asks for; ValueError if its values do not fit."""
    digests = tuple(shot.digest for shot in shots)
    given = tuple(fixed(state).items())
    return _mix(digests, state.method, state.params, given, state.seed, device, _shots=shots)


def fixed(state: State) -> dict[str, Any]:
    """What is not left to chance, for mixcore.Batch: the partners, and what the person fixed.

    Row 0 is A's mix: A goes with B, B with C, and the last with A.
    """
    card = catalogue()[state.method]
    index = {"index": [*range(1, card.photos), 0]} if "index" in card.info.given else {}
    return index | state.given(card.info.given)


def batch_of(card: Card, shots: Sequence[Shot], given: Mapping[str, Any], device: str) -> Any:
    """The photos as a mixcore.Batch, with exact objects and grounds where the method needs them."""
    x = pictures.to_tensor(*(shot.image for shot in shots)).to(device)
    if not card.info.needs:
        return mixcore.Batch(x, given=given)
    alpha = np.stack([shot.alpha for shot in shots])[:, None]
    grounds = pictures.to_tensor(*(shot.ground for shot in shots)).to(device)
    evidence = {"object": torch.from_numpy(alpha).to(device) / 255}
    return mixcore.Batch(x, given=given, evidence=evidence, grounds=grounds)


@st.cache_data(show_spinner=False, max_entries=48)
def _mix(
    digests: tuple[str, ...],
    method: str,
    params: Given,
    given: Given,
    seed: int,
    device: str,
    _shots: Any,
) -> Mix:
    batch = batch_of(catalogue()[method], _shots, dict(given), device)
    plan = mixcore.method(method, **dict(params)).plan(batch, rng=seed)
    mixed = pictures.to_array(plan.apply(batch.x)[:1])[0]
    facts, masks, views = _apart(plan, batch.x)
    if catalogue()[method].inside:
        facts = replace(facts, kind="features")
    colours = figures.COLOURS[: len(masks)] if len(_shots) > 1 else figures.tints(len(masks))
    recipe = {"method": method, "params": dict(params), "given": dict(given), "seed": seed}
    recipe |= {"photos": digests, **versions()}
    layers, gap = _layers(mixed, masks, colours, _shots[0].image, json.dumps(recipe))
    box = getattr(getattr(plan, "region", None), "box", None)
    box = None if box is None else tuple(map(int, box[0]))
    many = isinstance(plan, PlanK)
    return Mix(facts, box, layers, gap, views, _folds(plan, batch.size), many)


def _apart(plan: AnyPlan, x: Tensor) -> tuple[Facts, Masks, tuple[View, ...]]:
    """The numbers of row 0, the masks of its photos (k, h, w), or of its views if it has only
    one photo, and what goes in."""
    if isinstance(plan, PlanK):
        return _many(plan, x)
    mask = plan.mask()[0, 0].cpu().numpy()
    masks = np.stack([mask, 1 - mask])
    area, lam = float(plan.area[0]), None if plan.lam is None else float(plan.lam[0])
    weights = (float(plan.w_a[0]), float(plan.w_b[0]))
    drawn = None if lam is None or np.isnan(lam) else lam
    return Facts(drawn, (area, 1 - area), weights, kind(masks)), masks, ()


def _many(plan: PlanK, x: Tensor) -> tuple[Facts, Masks, tuple[View, ...]]:
    n, area = len(x), plan.area[0].numpy()
    used = np.flatnonzero(area > 0)
    owner, masks = plan.index[0].numpy()[used], plan.mask()[0].cpu().numpy()[used]
    area, w = area[used], plan.w[0].numpy()[used]
    views = [
        View(int(photo), float(share), _piece(plan, x, int(k)), _steps(plan, int(k)))
        for k, photo, share in zip(used, owner, area, strict=True)
        if n == 1 or plan.instead
    ]
    if n > 1:
        masks = np.stack([masks[owner == photo].sum(0) for photo in range(n)])
    facts = Facts(
        None,
        tuple(np.bincount(owner, area, n).tolist()),
        tuple(np.bincount(owner, w, n).tolist()),
        kind(masks),
        views=tuple(area.tolist()) if n == 1 else (),
        folded=_folded(plan),
        ground=bool(plan.instead),
    )
    return facts, masks, tuple(views)


def _piece(plan: PlanK, x: Tensor, k: int) -> bytes:
    """Source k as it goes in; an object alone, where another source gives the ground."""
    piece = plan.piece(x, 0, k)
    if plan.instead and k not in plan.instead:
        seen = plan.mask()[0, k].to(piece)
        piece = piece * seen + PLAIN * (1 - seen)
    return pictures.png(pictures.to_array(piece))


def _steps(plan: PlanK, k: int) -> tuple[str, ...]:
    """What was done to source k, in words."""
    if plan.instead:
        return ("ground",) if k in plan.instead else ("object",)
    chains = getattr(plan.warps[k], "chains", None)
    if plan.warps[k] is None or (chains and not chains[0]):
        return ("as it is",)
    return tuple(name for name, _ in chains[0]) if chains else ()


def _folded(plan: PlanK) -> float | None:
    bent = [warp for warp in plan.warps if hasattr(warp, "folded")]
    return float(bent[0].folded[0]) if bent else None


def _folds(plan: AnyPlan, size: tuple[int, int]) -> tuple[bytes, float] | None:
    bent = [warp for warp in getattr(plan, "warps", ()) if hasattr(warp, "jacobian")]
    if not bent:
        return None
    picture, top = figures.folds(bent[0].jacobian(*size)[0].numpy())
    return pictures.png(picture), top


def _layers(
    mixed: Image, masks: Masks, colours: figures.Colours, a: Image, recipe: str
) -> tuple[dict[str, bytes], float]:
    far = figures.difference(mixed, a)
    drawn = {
        "mixed": mixed,
        "mask": figures.mask_picture(masks, colours),
        "origin": figures.origin_picture(mixed, masks, colours),
        "difference": figures.heat(far),
    }
    layers = {name: pictures.png(image, MixScope=recipe) for name, image in drawn.items()}
    return layers, float(far.max())


def law(state: State) -> tuple[charts.Curve, str] | None:
    """How lam is distributed for this method and these parameters, and that law in words.

    None where there is no lam to draw.
    """
    law = mixcore.method(state.method, **dict(state.params)).lam_law()
    if law is not None:
        return charts.beta_curve(*law), f"drawn from Beta({law[0]:g}, {law[1]:g})"
    return _draws(state.method, state.params), f"as in {DRAWS:,} draws"


@st.cache_data(show_spinner=False, max_entries=24)
def _draws(method: str, params: Given) -> charts.Curve:
    batch = mixcore.Batch(torch.zeros(DRAWS, 1, 8, 8))
    plan = mixcore.method(method, **dict(params)).plan(batch, rng=0)
    return charts.draws_curve(plan.lam.numpy())


def kind(masks: Masks) -> str:
    """ "hard" where each pixel has one owner, "blend" where one weight holds everywhere, or
    "soft"; of masks (k, h, w)."""
    if ((masks == 0) | (masks == 1)).all():
        return "hard"
    return "blend" if (np.ptp(masks, (1, 2)) == 0).all() else "soft"


def versions() -> dict[str, str]:
    """What made the pixels."""
    return {"mixcore": mixcore.__version__, "torch": torch.__version__}
