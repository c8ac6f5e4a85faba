"""MixPro: how far attention is trusted, by hand and against the paper's lines."""

import pytest
import torch
import torch.nn.functional as F

from mixcore import Batch, Seen, method
from mixcore.evidence.map import Evidence

X = torch.rand(6, 3, 32, 32, generator=torch.Generator().manual_seed(0))
Y = torch.arange(6) % 3
ATTENTION = Evidence(torch.rand(6, 1, 4, 4, generator=torch.Generator().manual_seed(1)), "any")
LOGITS = 3 * torch.randn(6, 5, generator=torch.Generator().manual_seed(2))


def planned(**options):
    mixpro = method("mixpro", rounding="nearest", **options)
    return mixpro, mixpro.plan(Batch(X, Y), 4)


def test_the_region_is_maskmixs():
    _, plan = planned()
    twin = method("maskmix", rounding="nearest").plan(Batch(X, Y), 4)
    assert torch.equal(plan.mask(), twin.mask())
    assert torch.equal(plan.w_a, twin.w_a)


def test_the_label_goes_from_area_to_attention_by_agreement():
    mixpro, plan = planned()
    found = mixpro.reweigh(plan, Seen(ATTENTION, LOGITS, Y)).w_a
    kept = plan.mask()[:, 0, ::8, ::8].flatten(1)  # a cell is one token here
    a = ATTENTION.values.flatten(1)
    attended = (kept * a).sum(1) / a.sum(1)
    area = plan.area.float()
    hot = F.one_hot(Y, 5) * area[:, None] + F.one_hot(Y[plan.index], 5) * (1 - area)[:, None]
    smooth = hot * 0.9 + 0.1 / 5
    z = LOGITS.softmax(1)
    alpha = (smooth * z).sum(1) / smooth.norm(dim=1) / z.norm(dim=1)
    assert torch.allclose(found.float(), alpha * attended + (1 - alpha) * area, atol=1e-5)
    assert float((found - plan.area).abs().max()) > 0.02


def test_the_ends_of_trust():
    mixpro, plan = planned(smoothing=0.0)
    target = plan.target(Y, 5)
    agreeing = (target + 1e-12).log()
    assert mixpro.trust(plan, Seen(ATTENTION, agreeing, Y)) == pytest.approx(1, abs=1e-5)
    elsewhere = torch.full((6, 5), -50.0).index_fill(1, torch.tensor([4]), 50.0)
    assert mixpro.trust(plan, Seen(ATTENTION, elsewhere, Y)) == pytest.approx(0, abs=1e-6)
    untrusted = mixpro.reweigh(plan, Seen(ATTENTION, elsewhere, Y))
    assert torch.allclose(untrusted.w_a, plan.area, atol=1e-6)


def test_linear_follows_the_training_and_off_is_the_area():
    mixpro, plan = planned(progress="linear")
    start, middle, end = (
        mixpro.reweigh(plan, Seen(ATTENTION, progress=p)).w_a for p in (0.0, 0.5, 1.0)
    )
    assert torch.allclose(start, plan.area)
    assert torch.allclose(middle, (start + end) / 2)
    assert float((end - start).abs().max()) > 0.02
    off, plan = planned(progress="off")
    assert torch.equal(off.reweigh(plan, Seen()).w_a, plan.area)


def test_the_label_has_no_gradient():
    mixpro, plan = planned()
    logits = LOGITS.clone().requires_grad_()
    target = mixpro.reweigh(plan, Seen(ATTENTION, logits, Y)).target(Y, 5)
    assert not target.requires_grad


def test_what_is_missing_is_said():
    mixpro, plan = planned()
    with pytest.raises(ValueError, match="needs the logits of the mixed images and the labels"):
        mixpro.reweigh(plan, Seen(ATTENTION, LOGITS))
    linear, plan = planned(progress="linear")
    with pytest.raises(ValueError, match=r"needs Seen\.progress, the share of the training"):
        linear.reweigh(plan, Seen(ATTENTION))
    with pytest.raises(ValueError, match=r"Seen\.progress must be in \[0, 1\], got 2"):
        Seen(progress=2)
