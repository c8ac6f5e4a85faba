"""Golden images: each method's mix of two photos at 64 px, as it was when somebody looked at it.

A change of pixels for a fixed seed breaks links, snippets and papers, so it must be meant:
`make golden` remakes the pictures, in a commit of their own.
"""

from pathlib import Path

import numpy as np
import pytest
import torch

from catalogue import ALL_KEYS
from mixcore import Batch, PlanK, method, pictures
from mixcore.data import gallery, scenes
from mixcore.evidence.models.hidden_features import compute_hidden
from mixcore.registry import find_class

FOLDER = Path(__file__).parents[1] / "golden"


def mixed_by(key):
    info = find_class(key).info
    n = max(2, info.sources)
    made = [scenes.make(seed, 64) for seed in range(n)]
    photos = [pictures.square(gallery.load(p), 64) for p in ("cat", "coffee", "rocket", "dog")[:n]]
    known = {}
    if info.needs:
        photos = [scene.image for scene in made]
        alpha = np.stack([scene.alpha for scene in made])[:, None]
        exact = torch.from_numpy(alpha)
        # No model here: maps of the objects themselves, as coarse as a model's.
        coarse = torch.nn.functional.adaptive_avg_pool2d(exact.double(), 7)
        known["evidence"] = {"object": exact} | dict.fromkeys(
            ("cam", "attention", "saliency"), coarse
        )
        known["grounds"] = pictures.to_tensor(*(scene.empty for scene in made))
    x = pictures.to_tensor(*photos)
    known["hidden"] = compute_hidden(info.hidden, x)
    given = {"index": np.roll(np.arange(n), -1)} if "index" in info.given else {}
    plan = method(key).plan(Batch(x, given=given, **known), rng=7)
    return pictures.to_array(plan.apply(x))[0], plan


def label(plan):
    return (plan.w if isinstance(plan, PlanK) else plan.w_a).numpy()


@pytest.mark.parametrize("key", ALL_KEYS)
def test_the_picture_is_the_one_we_looked_at(key, request):
    mixed, plan = mixed_by(key)
    picture, numbers = FOLDER / f"{key}.png", FOLDER / f"{key}.npz"
    if request.config.getoption("remake_golden"):
        FOLDER.mkdir(exist_ok=True)
        pictures.save(mixed, picture)
        np.savez(numbers, w=label(plan), mask=np.packbits(plan.mask(16, 16).numpy() > 0.5))
    known = pictures.read(picture)
    # One grey level is left to the resampling of other builds of Pillow and torch.
    assert np.abs(mixed.astype(int) - known).max() <= 1
    with np.load(numbers) as plan_then:
        assert label(plan) == pytest.approx(plan_then["w"], abs=1e-9)
        now = np.packbits(plan.mask(16, 16).numpy() > 0.5)
        assert np.array_equal(now, plan_then["mask"])
