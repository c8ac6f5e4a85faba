"""Against torchmetrics, netcal and scikit-learn: where all agree, and where a peer is wrong.

Each trap shows the peer's number and ours, so that a release that mends one is noticed.
"""

import pytest
import torch
from sklearn.metrics import brier_score_loss, log_loss
from torchmetrics.functional.classification import multiclass_calibration_error

from mixcore.calibration import (
    Outcomes,
    adaptive_ece,
    brier,
    chance,
    ece,
    mce,
    nll,
    reliability,
    temperature,
)
from peers_calibration import netcal
from predicted import drawn, saying

SETS = [(seed, n, k, sure) for seed, (n, k, sure) in enumerate(
    [(50, 2, 1.0), (300, 3, 0.5), (300, 10, 3.0), (4000, 10, 2.0), (1000, 100, 2.5)]
)]  # fmt: skip


def torchmetrics(seen, n_bins=15, norm="l1"):
    k = seen.probs.shape[1]
    return float(multiclass_calibration_error(seen.probs, seen.y, k, n_bins=n_bins, norm=norm))


def measured(peer, seen, n_bins=15):
    # netcal bins one probability of two classes, so the prediction's is given to it as the only one
    top = seen.confidence.numpy(), seen.correct.numpy().astype(int)
    return float(peer(n_bins).measure(*top))


@pytest.mark.parametrize("n_bins", [1, 10, 15])
@pytest.mark.parametrize("data", SETS)
def test_away_from_edges_all_agree(data, n_bins):
    y, z = drawn(*data)
    seen = Outcomes(y, logits=z)
    assert ece(seen, n_bins) == pytest.approx(torchmetrics(seen, n_bins), abs=1e-6)
    assert ece(seen, n_bins) == pytest.approx(measured(netcal().ECE, seen, n_bins), abs=1e-6)
    assert mce(seen, n_bins) == pytest.approx(torchmetrics(seen, n_bins, "max"), abs=1e-6)
    assert mce(seen, n_bins) == pytest.approx(measured(netcal().MCE, seen, n_bins), abs=1e-6)


@pytest.mark.parametrize("data", SETS)
def test_scores_are_those_of_scikit_learn(data):
    y, z = drawn(*data)
    seen, classes = Outcomes(y, logits=z), range(z.shape[1])
    assert nll(seen) == pytest.approx(log_loss(y, seen.probs, labels=classes), rel=1e-9)
    whole = brier_score_loss(y, seen.probs, labels=classes, scale_by_half=False)
    assert brier(seen) == pytest.approx(whole, rel=1e-9)


def test_trap_two_classes_are_scored_by_half():
    y, z = drawn(0, 100, 2)
    seen = Outcomes(y, logits=z)
    peer = brier_score_loss(y, seen.probs[:, 1])
    assert brier(seen) == pytest.approx(2 * peer)


def test_trap_a_confidence_of_one_falls_in_a_bin_of_its_own():
    seen = saying([1.0, 0.95], [0, 1])
    assert torchmetrics(seen) == pytest.approx(0.525)  # Lightning-AI/torchmetrics#3510
    assert measured(netcal().ECE, seen) == pytest.approx(0.475)
    assert ece(seen) == pytest.approx(0.475)


def test_trap_a_saturated_softmax_hits_it():
    y, z = drawn(0, 200, 4)
    probs = (20 * z).float().softmax(1)
    confidence, predicted = probs.max(1)
    sure = Outcomes(torch.where(confidence < 1, predicted, y), probs=probs)
    bins = reliability(sure)
    assert float((sure.confidence == 1).double().mean()) > 0.2
    assert int(bins.count.sum()) == 200
    assert torchmetrics(sure) > ece(sure) + 0.003
    assert ece(sure) == pytest.approx(measured(netcal().ECE, sure), abs=1e-6)


def test_trap_an_edge_belongs_to_the_bin_below():
    probs = torch.tensor([[0.5, 0.3, 0.2], [0.45, 0.35, 0.2]], dtype=torch.float64)
    seen = Outcomes(torch.tensor([0, 1]), probs=probs)
    assert torchmetrics(seen, 2) == pytest.approx(0.475)  # [lo, hi): 0.5 in the upper bin
    assert ece(seen, 2) == pytest.approx(0.025)  # (lo, hi]: both in the lower


def test_trap_logits_within_0_and_1_are_taken_for_probabilities():
    rng = torch.Generator().manual_seed(0)
    z = torch.rand(500, 10, generator=rng, dtype=torch.float64)
    y = torch.multinomial(z.softmax(1), 1, generator=rng)[:, 0]
    peer = float(multiclass_calibration_error(z, y, 10))
    assert peer > 0.7
    assert ece(Outcomes(y, logits=z)) < 0.1
    with pytest.raises(ValueError, match=r"sum to 1.*give logits="):
        Outcomes(y, probs=z)


def test_trap_soft_labels():
    seen, soft = Outcomes(*drawn(0)[:1], logits=drawn(0)[1]), drawn(1)[1].softmax(1)
    with pytest.raises(RuntimeError):
        multiclass_calibration_error(seen.probs, soft, 5)
    with pytest.raises(TypeError, match="measure calibration on clean pictures"):
        Outcomes(soft, probs=seen.probs)


@pytest.mark.filterwarnings("ignore:independent is deprecated")  # pyro's own affair
def test_trap_netcal_fits_no_temperature_to_float32_and_inverts_it_otherwise():
    y, z = drawn(0, 4000, 10, sure=3.4)
    fitted = {}
    for precision in (torch.float32, torch.float64):
        peer = netcal().TemperatureScaling()
        peer.fit(z.softmax(1).to(precision).numpy(), y.numpy())
        fitted[precision] = float(peer.temperature[0])
    ours = temperature(y, logits=z.float())
    assert ours.converged
    assert fitted[torch.float32] == 1
    assert fitted[torch.float64] == pytest.approx(1 / ours.value, rel=1e-3)
    assert ours.value == pytest.approx(1.7, rel=0.05)


def test_trap_netcal_s_ace_is_another_measure():
    y, z = drawn(0, 4000, 10, sure=8)
    seen = Outcomes(y, logits=z)
    bins = reliability(seen)
    average = float(bins.gap[bins.count > 0].abs().mean())
    assert measured(netcal().ACE, seen) == pytest.approx(average, abs=1e-6)  # not equal mass
    assert adaptive_ece(seen) == pytest.approx(plain_adaptive(seen), abs=1e-3)
    assert abs(adaptive_ece(seen) - average) > 0.01


def plain_adaptive(seen, n_bins=15):
    """The definition as it is often coded: sort, split, compare."""
    order = seen.confidence.argsort(stable=True)
    gap = (seen.confidence - seen.correct)[order].tensor_split(n_bins)
    return sum(abs(float(part.sum())) for part in gap) / len(seen)


def test_trap_equal_confidences_are_split_by_the_order_they_came_in():
    right = [1] * 30 + [0] * 30
    one, two = saying([0.9] * 60, right), saying([0.9] * 60, right[::-1])
    mixed = saying([0.9] * 60, [1, 0] * 30)
    assert plain_adaptive(one, 10) == pytest.approx(0.5)  # five bins all right, five all wrong
    assert plain_adaptive(mixed, 10) == pytest.approx(0.4)
    for seen in (one, two, mixed):
        assert adaptive_ece(seen, 10) == pytest.approx(0.4)


def test_trap_few_samples_look_miscalibrated():
    """A model that is perfectly calibrated scores far from 0, and `chance` says how far."""
    for n, low, high in [(100, 0.09, 0.15), (1000, 0.03, 0.05), (10_000, 0.008, 0.018)]:
        scores = []
        for seed in range(5):
            seen = Outcomes(*drawn(seed, n, 10)[:1], logits=drawn(seed, n, 10)[1])
            scores.append(ece(seen))
        luck = chance(ece, seen, draws=50)
        assert low < sum(scores) / 5 < high
        assert luck.value == pytest.approx(sum(scores) / 5, rel=0.3)
        assert luck.low <= ece(seen) <= luck.high
