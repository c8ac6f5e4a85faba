"""The lab of Decoupled Mixup: pulls, ways down, and that two classes leave nothing to pull."""

import numpy as np
import pytest

from mixcore.labs import make_lab
from mixcore.labs.decoupled import ARMS, HIGH, LOW, list_logits
from mixcore.train.small_tasks import open_task
from mixcore.train.training_request import TrainingRequest


def look(**parameters):
    return make_lab("decoupled", **parameters).look(np.random.default_rng(0), {})


def pulls(sheet):
    """Of cross-entropy and of the term, on A and on B."""
    return np.asarray(sheet.panels[2].values)


@pytest.mark.parametrize(
    "more", [{"eta": 0.5, "lam": 0.2, "mode": "less"}, {"classes": 2}, {"spot": "0.1,0.9"}]
)
def test_the_snippet_prints_what_is_shown(more, capsys):
    exec(make_lab("decoupled", **more).snippet(0), {})
    assert capsys.readouterr().out.strip() == look(**more).number.text.replace("-0.000", "+0.000")


@pytest.mark.parametrize("spot", ["0.1,0.1", "0.9,0.1", "0.9,0.9", "0.5,0.5"])
def test_the_term_never_pulls_down_and_cross_entropy_does(spot):
    found = pulls(look(spot=spot, eta=1.0))
    assert (found[:, 1] >= 0).all()
    assert (found[:, 0].min() < 0) == (spot in ("0.1,0.1", "0.9,0.9"))


def test_where_a_is_certain_only_the_term_still_pulls_both_together():
    sheet = look(spot="1,0.75")  # A at 8, B at -1
    plain, term = pulls(sheet).sum(0)
    assert term > 10 * plain > 0


def test_two_classes_are_said_to_be_void():
    sheet = look(classes=2, eta=1.0)
    assert "Of two classes nothing is left" in sheet.sentence
    assert sheet.number.value == 0
    assert (pulls(sheet)[:, 1] == 0).all()
    with_term, plain = sheet.panels[:2]
    assert np.array_equal(with_term.ground.values, plain.ground.values)


def test_the_way_goes_down_and_the_map_is_the_loss():
    sheet = look(eta=0.5)
    for panel in sheet.panels[:2]:
        x, y = panel.lines[0].x, panel.lines[0].y
        assert (x[0], y[0]) == panel.handle
        values = np.asarray(panel.ground.values)
        cells = [
            (np.array([HIGH - v, u - LOW]) / (HIGH - LOW) * (len(values) - 1)).round().astype(int)
            for u, v in zip(x, y, strict=True)
        ]
        heights = [values[row, column] for row, column in cells]
        assert heights[-1] < heights[0] - 0.3
        assert max(np.diff(heights)) < 0.2  # no climb beyond a cell


def test_arms_differ_in_method_and_objective_alone():
    with open_task("digits", 64, 0.3, 1) as task:
        asked = {arm: make_lab("decoupled")._ask(arm, task) for arm in ARMS}
        names = {arm: (one.method, one.objective) for arm, one in asked.items()}
        assert names == {
            "mixup": ("mixup", "cross_entropy"), "mixup, decoupled": ("mixup", "decoupled"),
            "CutMix": ("cutmix", "cross_entropy"), "CutMix, decoupled": ("cutmix", "decoupled"),
        }  # fmt: skip
    with open_task("cifar10", 10_000, 0.3, 4) as task:
        request = TrainingRequest.from_dict(task)
        assert (request.data, request.model, request.size) == ("cifar10", "small_vit", 32)
        assert (request.seed, request.images) == (4, 10_000)


def test_logits_of_other_classes_are_0():
    import torch

    z = list_logits(torch.tensor([[1.0, 2.0]]), 4)
    assert z.tolist() == [[1, 2, 0, 0]]
