"""The lab of MIX-KD: two teachers along a path, a batch of which a share is mixed, and its arms."""

import re

import numpy as np
import pytest

from mixcore.experiments.trial_progress import Progress
from mixcore.findings import records
from mixcore.findings.claims import list_values
from mixcore.labs import make_lab
from mixcore.labs.mix_kd import ARMS, BATCH, CLASSES, DigitTask, fit_teachers


def look(seed=0, **parameters):
    return make_lab("mix_kd", **parameters).look(np.random.default_rng(seed), {})


def test_the_teacher_that_mixed_is_less_sure_unless_logits_go_by_their_spread():
    assert look(lam=0.5, scaling="T = 1").number.value > 0.3
    assert look(lam=0.0, scaling="T = 4").number.value > 0.3
    assert look(lam=0.0, scaling="own spread").number.value < 0


def test_entropies_are_between_none_and_that_of_no_idea():
    known = fit_teachers()
    for divide in (1.0, 4.0, None):
        entropy = known.measure_entropy([0.0, 0.3, 1.0], divide)
        assert (entropy >= 0).all()
        assert (entropy <= np.log(CLASSES) + 1e-9).all()
    p = known.answer(0, [0.5], 1.0)
    assert p.sum(2) == pytest.approx(np.ones((2, 1)))


@pytest.mark.parametrize(("count", "low", "high"), [("exact", 6, 6), ("as released", 18, 34)])
def test_the_sentence_counts_what_stays_mixed(count, low, high):
    sentence = look(count=count, share=0.1).sentence
    mixed = int(re.search(rf"\*(\d+) of {BATCH}\*", sentence)[1])
    assert low <= mixed <= high
    assert "10% were asked for" in sentence


def test_the_four_bars_are_those_of_the_finding():
    bars = look().panels[2]
    finding = records.load_finding("mix_kd")
    for i, teacher in enumerate(("plain", "mixup")):
        for j, student in enumerate(("plain", "mixup")):
            right = list_values(finding.rows, f"{teacher} → {student}", "accuracy")
            assert bars.values[i, j] == pytest.approx(100 - 100 * np.mean(right))
            assert bars.low[i, j] < bars.values[i, j] < bars.high[i, j]


def test_pairs_are_of_two_classes_and_pictures_go_from_b_to_a():
    known = fit_teachers()
    first, second = known.choose_pairs()
    assert (known.y[first] != known.y[second]).all()
    ends = look(lam=0.0).panels[0].images
    assert (ends[2] == ends[1]).all()
    assert (ends[2] != ends[0]).any()


def test_digits_of_a_task_are_apart():
    task = DigitTask(0, 50)
    assert (len(task.y), len(task.held_y)) == (50, 200)
    assert len(task.y) + len(task.held_y) + len(task.test_y) == 1797
    assert not (task.x[:, None] == task.test_x[None]).all(2).any()


def test_other_data_is_trained_by_requests(monkeypatch, tmp_path):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path))
    random = np.random.default_rng(0)
    labels = np.arange(80) % 2
    images = random.integers(0, 99, (80, 16, 16)) + 120 * labels[:, None, None]
    np.savez(tmp_path / "own.npz", images=images.astype(np.uint8), labels=labels)
    made = make_lab("mix_kd", data=f"npz:{tmp_path}/own.npz", images=40, epochs=1,
                    teacher_epochs=1, batch=20)  # fmt: skip
    rows = made.run("mixup", [0], Progress())
    assert [row.arm for row in rows] == [arm for arm in ARMS if arm.startswith("mixup")]
    assert set(rows[0].values) == set(made.card.metrics)
    assert len(list((tmp_path / "teachers").iterdir())) == 1
