"""Streams: one seed, one independent stream a stage."""

import numpy as np
import torch

from mixcore import Batch, method
from mixcore.rng import Streams, make_streams


def test_stages_are_independent():
    one, two = Streams(7), Streams(7)
    one.stage("ratio").random(1000)
    place = one.stage("place").random(50)
    assert np.array_equal(place, two.stage("place").random(50))
    assert not np.array_equal(place, two.stage("ratio").random(50))
    assert not np.array_equal(place, Streams(8).stage("place").random(50))


def test_a_stage_goes_on_where_it_stopped():
    one, two = Streams(7), Streams(7)
    assert np.array_equal(
        np.concatenate([one.stage("x").random(3), one.stage("x").random(3)]),
        two.stage("x").random(6),
    )


def test_children_differ_from_each_other_and_from_their_parent():
    draws = [
        tuple(s.stage("x").random(3))
        for s in (Streams(1), Streams(1).child("0"), Streams(1).child("1"))
    ]
    assert len(set(draws)) == 3
    assert tuple(Streams(1).child("0").stage("x").random(3)) == draws[1]


def test_a_generator_advances():
    rng = np.random.default_rng(0)
    first, second = (make_streams(rng).stage("x").random() for _ in range(2))
    assert first != second


def test_the_place_of_a_box_tells_nothing_of_its_share():
    x = torch.empty(1, 1, 64, 64).expand(5000, -1, -1, -1)
    plan = method("cutmix").plan(Batch(x, given={}), 3)
    y0, y1, _, _ = plan.region.box.T
    whole = (y0 > 0) & (y1 < 64)
    correlation = np.corrcoef(plan.lam.numpy()[whole], ((y0 + y1) / 2)[whole])[0, 1]
    assert whole.sum() > 1000
    assert abs(correlation) < 0.06
