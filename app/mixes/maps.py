"""Evidence maps of photos, each made once for all sessions.

A map depends on the photo alone, whatever the sliders do; all people share one model. Nothing
stands in for a map that cannot be made: `UnseenError` says why in one sentence.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
import torch

from app.link.states import SIZE
from app.mixes import evidence_kinds, layer_images, own_models, photo_names
from app.mixes.evidence_kinds import OwnRun, Spec
from app.mixes.memory import Named, remember
from app.mixes.photos import CutPhoto
from mixcore import naming, pictures
from mixcore.evidence import Evidence, kinds, spec_maps
from mixcore.evidence.models import bundled, shared_pass
from mixcore.evidence.models.normalized import fold_norms, lite0
from mixcore.runs.error_text import describe_error

SIDE = 224  # pixels a side that the models see; the whole square
PASSES = 8  # photos whose pass of Lite0 is kept, for the next kind of evidence

LOCK = threading.Lock()  # one forward pass at a time, whoever asks


class UnseenError(RuntimeError):
    """There is no such map of this photo here; the message says why."""


@dataclass(frozen=True)
class MapOverlay:
    """A photo with its map: PNG, and what the ends and the middle of its scale stand for."""

    png: bytes
    low: float
    middle: float
    high: float


def load_map(shot: CutPhoto, sight: Spec) -> Evidence:
    """The map of one photo, (1, 1, h, w) on the CPU; UnseenError where there can be none."""
    if sight.kind == "exact-mask" and shot.alpha is None:
        raise UnseenError("Only generated scenes know exactly where their object is.")
    if isinstance(sight, OwnRun):
        return _by_run(shot, sight)
    if sight.model:
        require_model()
    try:
        return _map(shot, sight, str(_device(sight)))
    except (bundled.WeightsError, naming.NamingError) as error:
        raise UnseenError(f"No model: this evidence cannot be shown. {error}") from None


def require_model() -> None:
    """Raise UnseenError where the bundled model is not in memory, saying why."""
    if naming.ready():
        return
    status = photo_names.get_status()
    if status == "loading":
        raise UnseenError("The model is being loaded; what it sees will be here in a moment.")
    raise UnseenError(f"No model: this evidence cannot be shown. {status}")


def _by_run(shot: CutPhoto, sight: OwnRun) -> Evidence:
    if not sight.run:
        raise UnseenError("No run is chosen: choose one that you trained on the Train page.")
    try:
        return own_models.make_map(
            sight.run, sight.epoch, Named(lambda: shrink_images(shot.image), shot.cache_key)
        )
    except (ValueError, OSError) as error:
        raise UnseenError(f"This run cannot be looked through. {describe_error(error)}") from None


def draw_overlay(shot: CutPhoto, see: str) -> MapOverlay:
    """The photo in dim grey under its map; UnseenError where there can be none."""
    sight = evidence_kinds.find_kind(see)
    load_map(shot, sight)
    return _overlay(shot, sight, str(_device(sight)))


def shrink_images(*images: Any) -> torch.Tensor:
    """Pictures as the models see them, (n, 3, SIDE, SIDE) in [0, 1] on the CPU."""
    return pictures.to_tensor(*(pictures.square(image, SIDE) for image in images))


@st.cache_resource(show_spinner=False, max_entries=2)
def whole_lite0(device: str) -> Any:
    """Lite0 from pictures in [0, 1] to its own logits, the quickest way."""
    return fold_norms(lite0(device))


def _device(sight: Spec) -> torch.device:
    """Where the models are, for what needs one; the rest is made on the CPU."""
    return naming.load().device if sight.model else torch.device("cpu")


@remember(512)
def _map(shot: CutPhoto, sight: Spec, device: str) -> Evidence:
    return _made(sight, shot, device)


def _made(sight: Spec, shot: CutPhoto, device: str) -> Evidence:
    if sight.kind == "exact-mask":
        alpha = torch.from_numpy(shot.alpha)[None, None] / 255
        found = kinds.provider(sight.kind, alpha)(shrink_images(shot.image).to(device))
    else:
        models = {sight.model: model(sight.model, device)} if sight.model else {}
        with LOCK, torch.no_grad():
            found = spec_maps.make_factor(sight, seen(shot, device), models)
    found = replace(found, values=found.values.cpu())  # where what it is multiplied with is, too
    for other in sight.factors[1:]:
        found = found.times(_map(shot, other, device).minus_mean())
    return found


@remember(PASSES)
def seen(shot: CutPhoto, device: str) -> torch.Tensor:
    """A photo as the models see it: the same tensor for all of them, so that they share a pass."""
    return shrink_images(shot.image).to(device)


def model(name: str, device: str) -> torch.nn.Module:
    """ "lite0" or a hybrid for what is `seen`, all on one pass of Lite0; under `LOCK` only."""
    lite0 = naming.load(device).model
    return _on_stem(lite0 if name == "lite0" else bundled.load(name), _stem(lite0))


@remember(2)
def _stem(lite0: torch.nn.Module) -> shared_pass.Stem:
    return shared_pass.Stem(lite0, PASSES)


@remember(8)
def _on_stem(one: torch.nn.Module, stem: shared_pass.Stem) -> torch.nn.Module:
    return shared_pass.place(one, stem)


@remember(64)
def _overlay(shot: CutPhoto, sight: Spec, device: str) -> MapOverlay:
    density = load_map(shot, sight).at(SIZE, SIZE)[0, 0].numpy() * SIZE**2
    drawn = layer_images.draw_overlay(shot.image, density)
    return MapOverlay(pictures.png(drawn), *layer_images.scale_ends(density))
