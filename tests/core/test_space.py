"""Space: a plan applied inside a model, and Manifold Mixup's choice of layer."""

import pytest
import torch
from torch import nn

from mixcore import Batch, Mixer, OneOf, Sometimes, Space, method

X = torch.rand(6, 3, 16, 16, generator=torch.Generator().manual_seed(0))
Y = torch.arange(6) % 3


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, stride=2), nn.ReLU())
        self.body = nn.Sequential(nn.Conv2d(4, 8, 3, padding=1, stride=2), nn.ReLU())
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.body(self.stem(x)).mean((2, 3)))


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Net()


def by_hand(net, plan, depth):
    """The forward pass written out, with the mix at one depth."""
    x = plan.apply(X) if depth == 0 else X
    x = net.stem(x)
    x = plan.apply(x) if depth == 1 else x
    x = net.body(x)
    x = plan.apply(x) if depth == 2 else x
    x = net.head(x.mean((2, 3)))
    return plan.apply(x) if depth == 3 else x


@pytest.mark.parametrize("key", ["mixup", "manifoldmix", "cutmix", "mosaic"])
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_the_plan_is_applied_at_its_layer(net, key, depth):
    plan = method(key).plan(Batch(X, Y), 1)
    space = Space(net, ["stem", "body"])
    with space.mixing(plan, depth):
        out = net(X)
    assert torch.allclose(out, by_hand(net, plan, depth), atol=1e-6)
    assert torch.allclose(net(X), by_hand(net, plan, None))  # the hook is gone


def test_depth_is_the_plans_own_unless_told(net):
    for seed in range(8):
        plan = method("manifoldmix").plan(Batch(X, Y), seed)
        with Space(net, ["stem", "body"]).mixing(plan):
            out = net(X)
        assert torch.allclose(out, by_hand(net, plan, plan.depth), atol=1e-6)


def test_a_linear_layer_does_not_care_where_features_are_mixed(net):
    plan = method("manifoldmix").plan(Batch(X, Y), 4)
    with Space(net, ["head"]).mixing(plan, 1):
        out = net(X)
    assert torch.allclose(out, by_hand(net, plan, 3), atol=1e-6)


def test_gradients_flow_through_the_mix(net):
    plan = method("manifoldmix", first_layer=2, last_layer=2).plan(Batch(X, Y), 0)
    with Space(net, ["stem", "body"]).mixing(plan):
        loss = nn.functional.cross_entropy(net(X), plan.target(Y, 3))
    loss.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.stem.parameters())


def test_layers_are_drawn_evenly_and_lam_does_not_move_with_them():
    batch = Batch(X)
    depths = [method("manifoldmix").plan(batch, seed).depth for seed in range(600)]
    assert [depths.count(d) for d in range(3)] == pytest.approx([200] * 3, rel=0.2)
    one, two = (method("manifoldmix", last_layer=n).plan(batch, 5) for n in (0, 8))
    assert torch.equal(one.lam, two.lam)
    with pytest.raises(
        ValueError, match=r"first_layer must be at most ManifoldMixup.last_layer, got 3 > 2"
    ):
        method("manifoldmix", first_layer=3)


def test_parts_of_one_depth_keep_it_and_others_are_refused():
    deep = method("manifoldmix", first_layer=2, last_layer=2)
    assert Sometimes(deep, 0.5).plan(Batch(X), 0).depth == 2
    assert deep.plan(Batch(X), 0).rows([0, 1]).depth == 2
    assert deep.plan(Batch(X), 0).at(8, 8).depth == 2
    with pytest.raises(ValueError, match=r"different layers \(0, 2\) cannot be one plan"):
        OneOf(deep, method("mixup")).plan(Batch(X), 0)


def test_errors(net):
    with pytest.raises(ValueError, match=r"Net has no layer 'stme'. Near: stem"):
        Space(net, ["stme"])
    plan = method("mixup").plan(Batch(X), 0)
    space = Space(net, ["stem"])
    with pytest.raises(ValueError, match=r"depth must be in \[0, 1\]"), space.mixing(plan, 2):
        pass
    with pytest.raises(RuntimeError, match="layer 'stem' ran 0 times"), space.mixing(plan, 1):
        pass
    with pytest.raises(ValueError, match="Manifold Mixup is applied inside the model"):
        Mixer("manifoldmix", 3)
    assert len(list(net.stem._forward_hooks)) == 0
