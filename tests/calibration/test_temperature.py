"""Temperature scaling: it finds the minimum, scales as it should, and says when there is none."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

import mixcore.calibration
from mixcore.calibration import Outcomes, accuracy, ece, nll, temperature
from mixcore.calibration.as_released import fit_too_short
from predicted import drawn

seeds = st.integers(0, 2**32)


@pytest.mark.parametrize("true", [0.4, 1.0, 1.7, 6.0])
def test_it_recovers_a_known_temperature(true):
    y, z = drawn(0, 20_000, 10, sure=2 * true)
    found = temperature(y, logits=z)
    assert found.converged
    assert found.value == pytest.approx(true, rel=0.03)
    assert ece(Outcomes(y, logits=found.apply(z))) < 0.015
    assert accuracy(Outcomes(y, logits=found.apply(z))) == accuracy(Outcomes(y, logits=z))


@given(seeds, st.integers(2, 400), st.integers(2, 12), st.floats(0.1, 50))
def test_it_never_worsens_what_it_was_fitted_on(seed, n, k, sure):
    y, z = drawn(seed, n, k, sure)
    found = temperature(y, logits=z)
    after = nll(Outcomes(y, logits=found.apply(z)))
    assert found.nll_before == pytest.approx(nll(Outcomes(y, logits=z)))
    assert found.nll_after == pytest.approx(after, abs=1e-12)
    assert after <= found.nll_before + 1e-12
    assert found.converged == (found.why == "")


@given(seeds, st.floats(0.05, 30))
def test_no_other_temperature_fits_better(seed, sure):
    y, z = drawn(seed, 300, 5, sure)
    found = temperature(y, logits=z)
    if found.converged:
        around = found.value * torch.logspace(-1, 1, 201, dtype=torch.float64)
        best = min(float(F.cross_entropy(z / t, y)) for t in around)
        assert found.nll_after <= best + 1e-12


@given(seeds, st.floats(-6, 6))
def test_logits_of_another_scale_have_a_temperature_of_that_scale(seed, power):
    y, z = drawn(seed, 300, 5, 3)
    one, two = temperature(y, logits=z), temperature(y, logits=10**power * z - 4)
    assert two.value == pytest.approx(10**power * one.value, rel=1e-6)


def test_float32_and_half_logits_are_fitted_as_well():
    y, z = drawn(0, 4000, 10, sure=3.4)
    whole = temperature(y, logits=z).value
    assert temperature(y, logits=z.float()).value == pytest.approx(whole, rel=1e-5)
    assert temperature(y, logits=z.bfloat16()).value == pytest.approx(whole, rel=0.01)


def test_it_says_so_when_no_temperature_is_best():
    z = torch.tensor([[3.0, 1.0], [0.0, 2.0]])
    right, wrong = torch.tensor([0, 1]), torch.tensor([1, 0])
    for y, logits, why in [
        (right, z, "classified right"),
        (wrong, z, "do not follow"),
        (right, torch.ones(2, 2), "All logits are equal"),
    ]:
        found = temperature(y, logits=logits)
        assert found.value == 1
        assert not found.converged
        assert why in found.why
        assert found.nll_after == found.nll_before


def test_it_says_so_when_the_search_ends_too_early(monkeypatch):
    y, z = drawn(n=2000)
    best = temperature(y, logits=z)
    monkeypatch.setattr("mixcore.calibration.scaling.FLAT", 0.0)
    found = temperature(y, logits=z)
    assert not found.converged
    assert f"near T = {best.value:.4g}" in found.why
    assert found.value == 1


def test_it_asks_for_logits():
    with pytest.raises(ValueError, match="must be finite"):
        temperature(torch.tensor([0]), logits=torch.tensor([[math.inf, 0.0]]))
    with pytest.raises(TypeError, match="clean pictures"):
        temperature(torch.rand(1, 2), logits=torch.rand(1, 2))
    with pytest.raises(TypeError):
        temperature(torch.tensor([0]), probs=torch.tensor([[0.5, 0.5]]))


@pytest.mark.parametrize(("true", "released"), [(2.0, 1.08), (5.0, 1.10)])
def test_the_released_fit_hardly_moves_where_ours_arrives(true, released):
    y, z = drawn(0, 20_000, 10, sure=2 * true)
    short, whole = fit_too_short(y, logits=z), temperature(y, logits=z)
    assert short.value == pytest.approx(released, abs=0.01)
    assert whole.value == pytest.approx(true, rel=0.03)
    assert not short.converged
    assert "Stopped after 20 steps" in short.why
    assert short.nll_before > short.nll_after > whole.nll_after + 0.1
    assert short.nll_after == pytest.approx(nll(Outcomes(y, logits=short.apply(z))))


def test_nobody_takes_the_released_fit_by_accident():
    assert not {"fit_too_short", "as_released"} & set(mixcore.calibration.__all__)
