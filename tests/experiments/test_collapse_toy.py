"""The toy of neural collapse: networks side by side are as alone, and mix what they are said to."""

import pytest
import torch

from mixcore.experiments.collapse_toy import CollapseToy, ToyArm, draw_classes
from mixcore.losses.soft_squared import soft_squared_error


def cross_entropy(outputs, target):
    return -(target * outputs.log_softmax(-1)).sum(-1)


def make_arms():
    def same(outputs):
        return outputs

    kinds = [(cross_entropy, True), (soft_squared_error, True), (cross_entropy, False)]
    return [ToyArm(loss, mixed, seed, same) for loss, mixed in kinds for seed in (0, 1)]


def test_networks_side_by_side_learn_what_each_learns_alone():
    together = CollapseToy(make_arms())
    together.train(4)
    for i, arm in enumerate(make_arms()):
        alone = CollapseToy([arm])
        alone.train(4)
        for one, other in zip(together.take(i).weights, alone.take(0).weights, strict=True):
            assert torch.allclose(one, other, atol=1e-6)


def test_features_and_outputs_are_those_of_the_networks():
    toy = CollapseToy(make_arms()[:2])
    toy.train(2)
    for i in range(2):
        net = toy.take(i)
        assert torch.allclose(net.features(net.x), toy.nets.hidden(net.x)[i].detach(), atol=1e-5)
        ends = net.mix(*torch.tensor([[0, 70], [100, 3]]), torch.tensor([1.0, 0.0]))
        assert torch.allclose(ends.h, net.features(net.x[[0, 3]]), atol=1e-5)
        assert ends.a.tolist() == net.y[[0, 70]].tolist()
    x, y = draw_classes(0)
    assert x.shape == (180, 16)
    assert torch.bincount(y).tolist() == [60, 60, 60]


def test_squared_error_is_that_of_the_label():
    outputs = torch.tensor([[[0.0, 1.0], [0.5, 0.5]]], requires_grad=True)
    loss = soft_squared_error(outputs, torch.tensor([[0.5, 0.5]]))
    assert loss.tolist() == [[0.5, 0.0]]
    loss.sum().backward()
    assert outputs.grad.tolist() == [[[-1.0, 1.0], [0.0, 0.0]]]
    with pytest.raises(ValueError, match="2 classes, but the labels 3"):
        soft_squared_error(outputs, torch.ones(1, 3))
