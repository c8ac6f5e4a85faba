"""The law that holds for every two-source mix, a bent partner included: images of one colour each
show the mask itself, wherever B's pixels were taken from."""

import pytest
import torch

from catalogue import PAIRS, furnished
from laws.test_laws import name
from mixcore import plan as plan_module


@pytest.mark.parametrize("method", PAIRS, ids=name)
def test_flat_images_show_the_mask(method, monkeypatch):
    x = torch.rand(5, 3, 1, 1, generator=torch.Generator().manual_seed(0)).expand(-1, -1, 24, 24)
    for small in (plan_module.SMALL, 0):  # both ways of applying a plan
        monkeypatch.setattr(plan_module, "SMALL", small)
        for seed in range(3):
            plan = method.plan(furnished(x, torch.arange(5)), seed)
            mask = plan.mask()
            seen = plan.apply(x)
            assert torch.allclose(seen, mask * x + (1 - mask) * x[plan.index], atol=1e-5)
