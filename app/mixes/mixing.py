"""One mix, computed by mixcore and taken apart into numpy arrays and plain numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import mixcore
from app.link.states import SIZE, State
from app.mixes import layer_images, method_maps
from app.mixes.decompose import Masks, ViewFacts, decompose_plan, measure_folds
from app.mixes.known_methods import Given, MethodCard, load_catalogue
from app.mixes.label_maps import LabelMap, read_maps
from app.mixes.memory import remember
from app.mixes.photos import CutPhoto
from app.mixes.text import Facts
from mixcore import cell_masks, pictures
from mixcore.plan import Plan
from mixcore.plan_k import AnyPlan, PlanK
from mixcore.runs import courtesy, home

Image = NDArray[np.uint8]


# Two threads on a busy host of two cores are several times slower than one; numpy's wait awake.
torch.set_num_threads(1)
threadpool_limits(1, user_api="blas")


class Layers(Mapping[str, bytes]):
    """A mix and its parts as PNG, name -> bytes: drawn when they are asked for, and then kept.

    The mix pad draws all but the mix itself in the browser, so most are never asked for here.
    mixed: the pixels of the mix, (h, w, 3).
    """

    NAMES = ("mixed", "mask", "origin", "difference")

    def __init__(
        self, mixed: Image, masks: Masks, colors: layer_images.Colors, a: Image, recipe: str
    ) -> None:
        self.mixed, self._masks, self._colors, self._a = mixed, masks, colors, a
        self._recipe = recipe
        self._made: dict[str, bytes] = {}

    def __getitem__(self, name: str) -> bytes:
        if name not in self._made:
            self._made[name] = pictures.png(self._draw(name), MixScope=self._recipe)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.NAMES)

    def __len__(self) -> int:
        return len(self.NAMES)

    def __contains__(self, name: object) -> bool:
        return name in self.NAMES

    @cached_property
    def gap(self) -> float:
        """The largest difference from A, in delta E."""
        return float(self._difference.max())

    @cached_property
    def _difference(self) -> NDArray[np.float32]:
        return layer_images.measure_difference(self.mixed, self._a)

    def _draw(self, name: str) -> Image:
        match name:
            case "mixed":
                return self.mixed
            case "mask":
                return layer_images.mask_picture(self._masks, self._colors)
            case "origin":
                return layer_images.origin_picture(self.mixed, self._masks, self._colors)
            case "difference":
                return layer_images.draw_heat(self._difference)
        raise KeyError(name)


@dataclass(frozen=True, eq=False)
class Mix:
    """A finished mix, its layers, and the numbers of its plan.

    many   whether its plan is one of k sources, mixcore.PlanK
    box    B's place, (y0, y1, x0, x1), where the method has one
    views  the sources as they go in, where they are not simply the photos
    folds  where the photo is bent, as PNG: how much of it a pixel takes, and the most that it takes
    used   the maps that made its label or its mask
    """

    facts: Facts
    box: tuple[int, ...] | None
    layers: Layers
    views: tuple[ViewFacts, ...] = ()
    folds: tuple[bytes, float] | None = None
    many: bool = False
    used: tuple[LabelMap, ...] = ()

    @property
    def gap(self) -> float:
        """The largest difference from A, in delta E."""
        return self.layers.gap


@dataclass(frozen=True)
class Asked:
    """One mix as it was asked for, all that its pixels and its label depend on: a cache's key.

    Lists in `given` become tuples, so that it can be one.
    """

    digests: tuple[str, ...]
    method: str
    params: Given
    given: Given
    seed: int
    device: str

    def __post_init__(self) -> None:
        given = ((name, tuple(v) if isinstance(v, list) else v) for name, v in self.given)
        object.__setattr__(self, "given", tuple(given))

    def recipe(self) -> str:
        """The same in JSON, with the versions that made it."""
        photos = {"photos": self.digests, **list_versions()}
        facts = {"method": self.method, "params": dict(self.params), "given": dict(self.given)}
        return json.dumps({**facts, "seed": self.seed, **photos})


def make_request(state: State, shots: Sequence[CutPhoto], device: str) -> Asked:
    """What `state` asks of these photos."""
    digests, given = tuple(shot.digest for shot in shots), tuple(list_given(state).items())
    return Asked(digests, state.method, state.params, given, state.seed, device)


def list_devices() -> tuple[str, ...]:
    """Names of the devices that torch can use here, "cpu" first."""
    return mixcore.devices()


def lacks_objects(card: MethodCard, shots: Sequence[CutPhoto]) -> bool:
    """Whether the method needs exact objects and grounds that these photos do not have."""
    return card.objects and any(shot.alpha is None for shot in shots)


def make_mix(state: State, shots: Sequence[CutPhoto], device: str) -> Mix:
    """The mix of these photos that `state` asks for.

    ValueError if its values do not fit, maps.UnseenError where the method reads a map that cannot
    be had.
    """
    return _mix(make_request(state, shots, device), shots)


def list_given(state: State) -> dict[str, Any]:
    """What is not left to chance, for mixcore.Batch: the partners, and what the user fixed.

    Row 0 is A's mix: A goes with B, B with C, and the last with A.
    """
    card = load_catalogue()[state.method]
    index = {"index": [*range(1, card.photos), 0]} if "index" in card.info.given else {}
    return index | state.given(card.info.given)


def batch_of(
    method: mixcore.Method, shots: Sequence[CutPhoto], given: Mapping[str, Any], device: str
) -> mixcore.Batch:
    """The photos as a batch, with all that the method reads; UnseenError where that is missing."""
    x = pictures.to_tensor(*(shot.image for shot in shots)).to(device)
    evidence, grounds = method_maps.load_maps(method, shots, device), None
    if "mask" in given:
        keep = cell_masks.enlarge_mask(cell_masks.read_mask(given["mask"]), SIZE)
        given = {**given, "mask": torch.from_numpy(keep)}
    if "object" in method.reads():
        alpha = np.stack([_require(shot.alpha, "object") for shot in shots])[:, None]
        evidence["object"] = torch.from_numpy(alpha).to(device) / 255
    if "grounds" in method.reads():
        grounds = pictures.to_tensor(*(_require(shot.ground, "ground") for shot in shots)).to(
            device
        )
    hidden = method_maps.load_hidden(method, shots, device)
    return mixcore.Batch(x, given=given, evidence=evidence, grounds=grounds, hidden=hidden)


def _require(part: Image | None, name: str) -> Image:
    if part is None:
        raise ValueError(f"only generated scenes know their {name}.")
    return part


@remember(16)
def make_plan(wanted: Asked, shots: Sequence[CutPhoto]) -> tuple[mixcore.Batch, AnyPlan]:
    """The photos as a batch, and its plan; ValueError and UnseenError as in `mix`."""
    if wanted.device != "cpu":
        courtesy.claim_gpu(home.get_home())  # a training on the same GPU lets people go first
    method = mixcore.method(wanted.method, **dict(wanted.params))
    batch = batch_of(method, shots, dict(wanted.given), wanted.device)
    return batch, method_maps.reweigh_plan(
        method, method.plan(batch, rng=wanted.seed), batch.x, shots
    )


def make_pair_plan(wanted: Asked, shots: Sequence[CutPhoto]) -> tuple[mixcore.Batch, Plan]:
    """The same of a method that mixes two photos; TypeError for one that mixes more."""
    batch, plan = make_plan(wanted, shots)
    return batch, as_pair_plan(plan, wanted.method)


def as_pair_plan(plan: AnyPlan, method: str) -> Plan:
    """The plan, which must be one of two photos; else TypeError."""
    if not isinstance(plan, Plan):
        raise TypeError(f"a plan of {method} has more than two sources.")
    return plan


@remember(32)
def _mix(wanted: Asked, shots: Sequence[CutPhoto]) -> Mix:
    batch, plan = make_plan(wanted, shots)
    mixed = pictures.to_array(plan.apply(batch.x)[:1])[0]
    facts, masks, views = decompose_plan(plan, batch.x)
    fixed = dict(wanted.given).get("lam")
    if isinstance(plan, PlanK) and fixed is not None:
        facts = replace(facts, lam=float(fixed))
    if load_catalogue()[wanted.method].inside:
        facts = replace(facts, kind="features")
    colors = (
        layer_images.COLORS[: len(masks)] if len(shots) > 1 else layer_images.make_tints(len(masks))
    )
    layers = Layers(mixed, masks, colors, shots[0].image, wanted.recipe())
    box = getattr(getattr(plan, "region", None), "box", None)
    box = None if box is None else tuple(map(int, box[0]))
    many = isinstance(plan, PlanK)
    used = read_maps(plan, facts.account)
    return Mix(facts, box, layers, views, measure_folds(plan, batch.size), many, used)


def list_versions() -> dict[str, str]:
    """What made the pixels."""
    return {"mixcore": mixcore.__version__, "torch": torch.__version__}
