"""AdaMixUp's policy: an interval inside of [0, 1], lam inside of it, and where gradients go."""

import pytest
import torch
from torch import nn

from mixcore.losses.intrusion_head import intrusion_loss, measure_head
from mixcore.mixers.lam_policy import (
    LamPolicy,
    blend_by_noise,
    bound_interval,
    draw_noise,
    join_pair,
    mix_by_ratio,
)


@pytest.mark.parametrize("floor", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("scale", [0.1, 3.0, 300.0])
def test_intervals_lie_in_the_unit_interval_and_lam_in_them(floor, scale):
    random = torch.Generator().manual_seed(0)
    interval = bound_interval(scale * torch.randn(2, 500, 3, generator=random), floor)
    lam = interval.draw(torch.rand(2, 500, generator=random))
    end = interval.alpha + interval.width
    assert (interval.alpha >= 0).all()
    assert (interval.width >= floor - 1e-6).all()
    assert (end <= 1 + 1e-6).all()
    assert ((lam >= interval.alpha - 1e-6) & (lam <= end + 1e-6)).all()


def test_without_a_floor_it_is_the_softmax_as_published():
    logits = torch.randn(9, 3, generator=torch.Generator().manual_seed(1))
    interval = bound_interval(logits)
    alpha, width, _ = logits.softmax(1).unbind(1)
    assert torch.allclose(interval.alpha, alpha)
    assert torch.allclose(interval.width, width)


def test_gradients_reach_both_ends_by_their_share():
    logits = torch.zeros(1, 3, requires_grad=True)
    interval = bound_interval(logits)
    interval.draw(torch.tensor([0.25])).sum().backward()
    # d lam = d alpha + d width / 4, each softmax with slope p (1 - p) or -p q
    third = 1 / 3
    want = [third * (1 - third) - third**2 / 4, -(third**2) + third * (1 - third) / 4]
    assert logits.grad[0, :2].tolist() == pytest.approx(want)


def test_mixing_is_linear_in_pictures_and_labels():
    a, b = torch.rand(2, 3, 1, 4, 4, generator=torch.Generator().manual_seed(2))
    lam = torch.tensor([1.0, 0.0, 0.25])
    mixed = mix_by_ratio(a, b, lam)
    assert torch.equal(mixed[0], a[0])
    assert torch.equal(mixed[1], b[1])
    assert torch.allclose(mixed[2], 0.25 * a[2] + 0.75 * b[2])
    batched = mix_by_ratio(torch.ones(2, 3, 5), torch.zeros(2, 3, 5), torch.rand(2, 3))
    assert batched.shape == (2, 3, 5)


def make_policy(floor=0.0):
    torch.manual_seed(0)
    return LamPolicy(nn.Sequential(nn.Flatten(), nn.Linear(32, 100)), floor=floor)


def test_the_joined_pair_is_read_the_same_each_time_and_the_noisy_one_is_not():
    policy = make_policy()
    a, b = torch.rand(2, 4, 1, 4, 4)
    assert torch.equal(policy(join_pair(a, b)).alpha, policy(join_pair(a, b)).alpha)
    wide = torch.rand(2, 4, 2, 4, 4)
    blends = [blend_by_noise(*wide, draw_noise(wide.shape[1:])) for _ in range(2)]
    assert not torch.equal(policy(blends[0]).alpha, policy(blends[1]).alpha)
    assert float(draw_noise((1000,)).abs().max()) <= 2
    half = blend_by_noise(*wide, torch.ones_like(wide))
    assert torch.allclose(half, wide.mean(0))


def test_the_head_loss_is_binary_cross_entropy_of_all_alike():
    real, mixed = torch.randn(2, 6), torch.randn(2, 3)
    whole = torch.cat([real, mixed], 1)
    target = torch.tensor([1.0] * 6 + [0.0] * 3).expand(2, 9)
    want = nn.functional.binary_cross_entropy_with_logits(whole, target, reduction="none").mean(1)
    assert torch.allclose(intrusion_loss(real, mixed), want)
    assert measure_head(torch.tensor([1.0, -1.0]), torch.tensor([-1.0])).item() == 0.75
    with pytest.raises(ValueError, match="0 mixes"):
        intrusion_loss(real, torch.zeros(2, 0))


def test_both_losses_move_the_policy_and_the_head_learns_of_shared_features():
    """The path of every gradient: head and classifier share features, the policy is moved by both,
    and none of them has the sign of an adversary."""
    policy, body = make_policy(), nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.Tanh())
    classify, head = nn.Linear(8, 3), nn.Linear(8, 1)
    a, b, clean = torch.rand(3, 4, 1, 4, 4)
    y = torch.eye(3)[torch.tensor([0, 1, 2, 0])]

    def losses():
        lam = policy(join_pair(a, b)).draw(torch.full((4,), 0.5))
        x = mix_by_ratio(a, b, lam)
        target = mix_by_ratio(y, y.flip(0), lam)
        ce = nn.functional.cross_entropy(classify(body(x)), target)
        judge = [head(body(some))[:, 0] for some in (torch.cat([a, clean]), x)]
        return ce, intrusion_loss(*judge)

    def moved(loss):
        nets = {"policy": policy, "body": body, "classify": classify, "head": head}
        for net in nets.values():
            net.zero_grad()
        loss.backward()
        return {n for n, net in nets.items() if any(p.grad is not None for p in net.parameters())}

    assert moved(losses()[0]) == {"policy", "body", "classify"}
    assert moved(losses()[1]) == {"policy", "body", "head"}
    everything = [p for net in (policy, body, classify, head) for p in net.parameters()]
    optimizer, first = torch.optim.SGD(everything, 0.05), sum(losses()).item()
    for _ in range(20):
        optimizer.zero_grad()
        sum(losses()).backward()
        optimizer.step()
    assert sum(losses()).item() < first


def test_what_is_out_of_range_is_said():
    with pytest.raises(ValueError, match="three logits"):
        bound_interval(torch.zeros(2, 2))
    with pytest.raises(ValueError, match=r"\[0, 0.5\], got 0.6"):
        bound_interval(torch.zeros(2, 3), 0.6)
