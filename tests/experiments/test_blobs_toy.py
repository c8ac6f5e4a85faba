"""Three blobs: networks side by side are as alone, and the policy keeps its floor."""

import numpy as np
import pytest
import torch

from mixcore.experiments.blobs_toy import MIXUP, PLAIN, POLICY, BlobArm, BlobsToy


@pytest.mark.parametrize("way", [PLAIN, MIXUP, POLICY])
def test_networks_side_by_side_learn_what_each_learns_alone(way):
    arms = [BlobArm(way, 0), BlobArm(way, 1, 0.2)]
    together = BlobsToy(arms)
    together.train(5)
    for i, arm in enumerate(arms):
        alone = BlobsToy([arm])
        alone.train(5)
        for one, other in zip(together.net.weights, alone.net.weights, strict=True):
            assert torch.allclose(one[i], other[0], atol=1e-6)


def test_the_policy_learns_and_keeps_its_floor():
    toy = BlobsToy([BlobArm(POLICY, 0), BlobArm(POLICY, 0, 0.4)])
    before = [p.clone() for p in (*toy.policy.parameters(), *toy.head.parameters())]
    toy.train(30, every=10)
    for old, new in zip(before, (*toy.policy.parameters(), *toy.head.parameters()), strict=True):
        assert not torch.equal(old, new)
    assert [row[0].step for row in toy.moments] == [0, 10, 20]
    assert all(row[1].width >= 0.4 for row in toy.moments)
    one, other = np.zeros((7, 2)), np.ones((7, 2))
    for i, floor in enumerate((0.0, 0.4)):
        interval = toy.find_interval(i, one, other)
        assert (interval.width >= floor).all()
        assert (interval.alpha + interval.width <= 1 + 1e-6).all()


def test_what_is_measured_is_of_the_way():
    assert set(BlobsToy([BlobArm(PLAIN, 0)]).measure(0)) == {"accuracy", "middle"}
    mixup = BlobsToy([BlobArm(MIXUP, 0)]).measure(0)
    assert mixup["width"] == 1
    assert mixup["risky"] == pytest.approx(0.2, abs=0.03)
    with pytest.raises(ValueError, match="one way only"):
        BlobsToy([BlobArm(PLAIN, 0), BlobArm(MIXUP, 0)])
