"""The lab of learned masks: what is shown is the library's, and what is measured can be undone."""

import numpy as np
import pytest
import torch

from mixcore import pictures
from mixcore.evidence.models.hidden_features import compute_hidden
from mixcore.experiments.trial_progress import Progress
from mixcore.labs import make_lab
from mixcore.labs.automix import ARMS, SIDE, TWENTIETHS, _read_example
from mixcore.mixers.bundled_blocks import load_block


def look(**parameters):
    return make_lab("automix", **parameters).look(np.random.default_rng(0), {})


def test_the_masks_are_those_of_the_bundled_blocks():
    x = pictures.to_tensor(_read_example("owl"), _read_example("castle"))
    features = compute_hidden(["hybrid"], x)["hybrid"][None]
    masks = load_block("automix", "hybrid")(features, torch.tensor([[0.6, 0.4]]), (SIDE, SIDE))
    sheet = look(photo="owl", other="castle", share=12, features="hybrid")
    mixed = pictures.to_array((x[None] * masks[:, :, None]).sum(1))[0]
    assert np.abs(sheet.panels[0].images[1].astype(int) - mixed).max() <= 1
    assert f"{float(masks[0, 0].mean()):.0%} of A" in sheet.panels[0].captions[3]


def test_more_lam_shows_more_of_a_and_the_ends_of_a_blend_are_the_photos():
    sheets = [look(share=share) for share in (0, 5, 10, 15, TWENTIETHS)]
    photo, other = sheets[-1].panels[0].images[0], sheets[0].panels[0].images[0]
    assert (photo == _read_example("cat")).all()
    assert (other == _read_example("castle")).all()
    apart = [np.abs(s.panels[0].images[1].astype(int) - photo).mean() for s in sheets]
    assert apart == sorted(apart, reverse=True)


def test_the_leading_number_is_the_difference_of_the_losses_below():
    sheet = look(share=7)
    blend, helped = (float(line.rpartition("= ")[2]) for line in sheet.arithmetic[1:3])
    assert sheet.number.value == pytest.approx(helped - blend, abs=2e-3)


def test_constant_masks_are_no_better_and_no_worse_than_blends():
    lab = make_lab("automix", epochs=1, images=64)
    (row,) = lab.run("blend", [0], Progress())
    assert (row.values["excess"], row.values["diversity"]) == (0.0, 0.0)
    assert row.values["gap"] == pytest.approx(0, abs=1e-6)
    for arm in ("AutoMix", "AdAutoMix"):
        (row,) = lab.run(arm, [0], Progress())
        assert row.values["gap"] > 1e-5
    assert set(ARMS) == set(lab.card.arms)


def test_an_upload_is_mixed():
    own = np.random.default_rng(1).integers(0, 256, (448, 448, 3), np.uint8)
    lab = make_lab("automix", photo="f" * 32)
    sheet = lab.look(np.random.default_rng(0), lab.prepare({"photo": own}))
    assert sheet.sentence != look().sentence
    assert look(photo="f" * 32).sentence == look(photo="cat").sentence
