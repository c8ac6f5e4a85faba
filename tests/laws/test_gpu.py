"""The same Plan gives the same pixels on a GPU."""

import pytest
import torch

from catalogue import ALL, furnished
from mixcore import mix

needs_cuda = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="this machine has no CUDA device"
)


@needs_cuda
def test_a_gpu_gives_the_same_pixels_and_targets():
    x = torch.rand(7, 3, 65, 48, generator=torch.Generator().manual_seed(0))
    y = torch.arange(7) % 3
    for method in ALL:
        plan = method.plan(furnished(x, y), 13)
        same = method.plan(furnished(x.cuda(), y.cuda()), 13)
        mixed = same.apply(x.cuda())
        assert mixed.is_cuda
        assert torch.allclose(mixed.cpu(), plan.apply(x), atol=2e-6), method
        buffer = torch.empty_like(mixed)
        assert torch.equal(plan.apply(x.cuda(), out=buffer), mixed)
        assert torch.equal(plan.apply(x.cuda(), in_place=True), mixed)
        assert torch.equal(plan.target(y.cuda(), 3).cpu(), plan.target(y, 3))


@needs_cuda
def test_a_gpu_gives_the_same_real_targets():
    x = torch.rand(9, 5, generator=torch.Generator().manual_seed(0))
    y = torch.randn(9, 2, generator=torch.Generator().manual_seed(1))
    mixed, target = mix(x, y, "cmixup", rng=3, regression=True, bandwidth=1.0)
    on_gpu = mix(x.cuda(), y.cuda(), "cmixup", rng=3, regression=True, bandwidth=1.0)
    assert all(part.is_cuda for part in on_gpu)
    assert torch.allclose(on_gpu[0].cpu(), mixed, atol=1e-6)
    assert torch.allclose(on_gpu[1].cpu(), target, atol=1e-6)
