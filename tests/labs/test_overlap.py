"""The lab of overlaps: its parts are what the library makes of them."""

import numpy as np
import pytest
import torch

import mixcore
from mixcore.experiments.overlaps import OverlappingLine, fit_every_label
from mixcore.labs import make_lab
from mixcore.labs.overlap import (
    AS_IS,
    CONVERGED,
    RELEASED,
    LineModel,
    OverlapTask,
    measure_regions,
    mix_points,
)


@pytest.mark.parametrize("scaling", [AS_IS, RELEASED, CONVERGED])
@pytest.mark.parametrize("more", [{"overlap": 0.0}, {"overlap": 0.6, "d": 1, "points": 33}])
def test_the_snippet_prints_what_is_shown(scaling, more, capsys):
    shown = make_lab("overlap", scaling=scaling, **more)
    exec(shown.snippet(5), {})
    sheet = shown.look(np.random.default_rng(5), {})
    assert capsys.readouterr().out.strip() == sheet.number.text


def test_the_released_fit_hardly_differs_from_none_and_the_best_one_flattens_everything():
    sheets = [
        make_lab("overlap", scaling=scaling).look(np.random.default_rng(0), {})
        for scaling in (AS_IS, RELEASED, CONVERGED)
    ]
    as_is, released, best = (sheet.panels[2].values[:, 0] for sheet in sheets)  # of every label
    assert as_is[0] > released[0] > best[0] + 0.5  # in the overlap
    assert as_is[1] < released[1] < best[1] - 0.05  # where labels are certain
    assert as_is[0] - released[0] < 0.2 * (as_is[0] - best[0])


def test_regions_add_up_and_none_is_left_of_no_overlap():
    random = np.random.default_rng(0)
    for overlap in (0.0, 0.3, 0.9):
        line = OverlappingLine(overlap)
        model = LineModel(fit_every_label(*line.draw(50, random), 6.0), 2.0)
        inside, outside, whole = measure_regions(line, model)
        assert whole == pytest.approx(overlap * inside + (1 - overlap) * outside, abs=5e-3)
        assert inside >= np.log(2) * (overlap > 0) - 1e-9


@pytest.mark.parametrize("d", [1, 3, 5])
def test_mixes_are_weighted_means_of_their_samples_and_labels(d):
    random = np.random.default_rng(1)
    x, y = OverlappingLine(0.4).draw(30, random)
    sources, w, z, share = mix_points(x, y, d, random)
    assert sources.shape == w.shape == (len(z), d + 1)
    assert w.sum(1) == pytest.approx(np.ones(len(z)))
    assert z == pytest.approx((w * x[sources]).sum(1), abs=1e-6)
    assert share == pytest.approx((w * y[sources]).sum(1), abs=1e-6)


def test_every_part_is_trained_on_the_same_batches_and_plain_ones_are_not_mixed():
    task = OverlapTask(0, samples=300, steps=3)
    x, target = task.mix(1, 0)
    assert (x[:, None] == task.train.x[None]).all(2).any(1).all()
    assert set(target.unique().tolist()) == {0, 1}
    z, soft = OverlapTask(0, samples=300, steps=3).mix(1, 3)
    assert z.shape == x.shape
    assert torch.allclose(soft.sum(1), torch.ones(len(z)))
    assert (soft.max(1).values < 1).float().mean() > 0.5  # the rest are of one class


def test_each_part_has_a_row_for_each_way_to_scale_it():
    task = OverlapTask(0, samples=300, steps=3)
    random = torch.Generator().manual_seed(0)
    held, test = (
        torch.randn(len(part.y), 10, generator=random) * 4
        + 6 * torch.nn.functional.one_hot(part.y, 10)
        for part in (task.held, task.test)
    )
    rows = {row.arm: row.values for row in task.measure("plain", held, test)}
    plain, released, best = (
        rows[arm] for arm in ("plain", "plain, T as released", "plain, T converged")
    )
    fitted = mixcore.calibration.temperature(task.held.y, logits=held)
    assert (plain["t"], best["t"]) == (1, fitted.value)
    assert 1 < released["t"] < best["t"]
    assert plain["nll"] > released["nll"] > best["nll"]
    share = task.test.inside.double().mean().item()
    for row in rows.values():
        parts = share * row["overlap"] + (1 - share) * row["clean"]
        assert row["nll"] == pytest.approx(parts)
