"""The shipped models: there, undamaged, loaded once, and as good as their card says."""

import threading

import pytest
import torch

from mixcore import naming
from mixcore.evidence.kinds.attention import ClassAttention
from mixcore.evidence.models import bundled
from mixcore.evidence.study import composites, label_scores


def test_everybody_gets_the_same_model_and_lite0():
    found = []
    threads = [threading.Thread(target=lambda: found.append(bundled.load("late"))) for _ in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] is found[1] is found[2] is bundled.load("late", "cpu")
    assert found[0].lite0 is naming.load().model is bundled.load("plain").lite0
    assert not found[0].training
    assert not any(p.requires_grad for p in found[0].parameters())


def test_the_models_are_what_they_are_called():
    late, plain = bundled.load("late"), bundled.load("plain")
    assert (late.joins, plain.joins) == (2, 0)
    assert late.name == "hybrid with a late class token"
    with pytest.raises(ValueError, match="late and plain, got 'early'"):
        bundled.load("early")


def test_late_attention_finds_the_object_and_plain_attention_less_so():
    """A sample of the protocol; the whole of it is `python -m mixcore evidence --report`."""
    judged = composites.make_composites(40)
    x = torch.from_numpy(judged.images).permute(0, 3, 1, 2).float() / 255
    masks = torch.from_numpy(judged.masks)[:, None]
    energy = {}
    for name in bundled.NAMES:
        evidence = ClassAttention(bundled.load(name))(x)
        assert evidence.values.shape == (40, 1, 14, 14)
        assert evidence.layer == "block 3 of 3, mean of heads"
        fine = evidence.minus_mean().at(composites.SIDE, composites.SIDE)
        energy[name] = float((fine * masks).sum((1, 2, 3)).mean())
        if name == "late":
            assert label_scores.pointing(fine, masks).mean() > 0.8
    assert energy["late"] > 0.6
    assert energy["late"] > energy["plain"] + 0.03
    assert float(masks.float().mean()) < 0.25  # chance
