"""Intra-Cluster Mixup: its noise from one cluster to one a sample, and arms that share the rest."""

import numpy as np
import pytest

from mixcore.experiments.trial_progress import Progress
from mixcore.labs import make_lab
from mixcore.labs.icm import MIXES, SHOWN
from mixcore.semi.complementary_labels import expect_noise


def look(seed=0, **parameters):
    return make_lab("icm", **parameters).look(np.random.default_rng(seed), {})


def find_scatter(sheet):
    return next(panel for panel in sheet.panels if panel.kind == "scatter")


@pytest.mark.parametrize("data", ["digits", "clouds"])
def test_noise_goes_from_that_of_random_pairs_to_none(data):
    rates = [look(data=data, clusters=count).number.value for count in (1, 5, 25, SHOWN)]
    assert rates[0] == pytest.approx(expect_noise(10), abs=0.01)
    assert rates == sorted(rates, reverse=True)
    assert rates[2] < rates[0] / 3
    assert rates[3] == 0


@pytest.mark.parametrize("data", ["digits", "clouds"])
@pytest.mark.parametrize("count", [1, 25, SHOWN])
def test_red_pairs_are_as_many_as_the_sentence_says(data, count):
    sheet = look(data=data, clusters=count)
    wrong = next(links for links in find_scatter(sheet).links if links.color == "wrong")
    assert sheet.sentence.startswith(f"*{len(wrong.start)} of {SHOWN}*{{wrong}}")
    assert len(wrong.start) > 0 or count > 1
    assert len(wrong.start) == 0 or count < SHOWN


def test_red_pictures_are_those_whose_label_denies_a_digit():
    images = look(clusters=1).panels[0]
    assert len(images.images) == len(images.captions) == MIXES
    for caption, frame in zip(images.captions, images.frames, strict=True):
        pair, _, label = caption.partition(": not ")
        digits, denied = set(pair.removesuffix(" alone").split(" + ")), set(label.split(", "))
        assert (frame == "wrong") == bool(digits & denied), caption
    assert {"wrong", "line"} == set(images.frames)


def test_a_clicked_sample_lights_up_its_cluster_and_no_more():
    points = find_scatter(look(clusters=25, anchor=7)).points[0]
    assert points.ring == 7
    assert points.color[7] == "a"
    assert 1 < sum(color != "ink" for color in points.color) < 60
    alone = find_scatter(look(clusters=SHOWN, anchor=7)).points[0]
    assert [i for i, color in enumerate(alone.color) if color != "ink"] == [7]


def test_only_pairs_of_several_classes_have_noise():
    lab = make_lab("icm", steps=16)
    rows = {arm: lab.run(arm, [0, 1], Progress()) for arm in lab.card.arms}
    for metric in ("noise", "digits noise"):
        noise = {arm: np.mean([row.values[metric] for row in rows[arm]]) for arm in rows}
        assert noise["none"] == noise["same class"] == 0
        assert 0 < noise["ICM"] < noise["mixup"] / 2
        assert noise["mixup"] == pytest.approx(expect_noise(10), abs=0.04)


@pytest.mark.parametrize("loss", ["SCL-EXP", "FWD", "DM", "URE"])
def test_every_loss_trains(loss):
    rows = make_lab("icm", steps=2, loss=loss).run("ICM", [0], Progress())
    assert 0 <= rows[0].values["accuracy"] <= 1
