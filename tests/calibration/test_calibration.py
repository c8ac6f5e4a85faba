"""The laws of calibration measures, their conventions and what they refuse."""

import doctest
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixcore import calibration
from mixcore.calibration import (
    Outcomes,
    accuracy,
    adaptive_ece,
    brier,
    chance,
    classwise_ece,
    ece,
    errors,
    interval,
    mce,
    nll,
    reliability,
)
from predicted import drawn, saying

ERRORS = (ece, adaptive_ece, mce, classwise_ece)
MEASURES = (*ERRORS, accuracy, brier, nll)

sets = st.builds(
    drawn, st.integers(0, 2**32), st.integers(1, 300), st.integers(2, 12), st.floats(0.1, 30),
)  # fmt: skip


@given(sets)
def test_bins_hold_every_sample_once(data):
    y, z = data
    seen = Outcomes(y, logits=z)
    for binning in ("equal_width", "equal_mass"):
        bins = reliability(seen, binning=binning)
        full = bins.count > 0
        assert int(bins.count.sum()) == len(y)
        sums = (bins.count * bins.confidence)[full], (bins.count * bins.accuracy)[full]
        assert float(sums[0].sum()) == pytest.approx(float(seen.confidence.sum()))
        assert float(sums[1].sum()) == pytest.approx(accuracy(seen) * len(y))
        assert bool((bins.confidence >= bins.low - 1e-12)[full].all())
        assert bool((bins.confidence <= bins.high + 1e-12)[full].all())
        assert bool(bins.gap[~full].isnan().all())


@given(sets)
def test_errors_lie_between_the_overall_gap_and_the_worst_bin(data):
    y, z = data
    seen = Outcomes(y, logits=z)
    overall = abs(float(seen.confidence.mean()) - accuracy(seen))
    assert overall - 1e-12 <= ece(seen) <= mce(seen) + 1e-12 <= 1 + 1e-12
    assert overall - 1e-12 <= adaptive_ece(seen) <= 1
    assert 0 <= classwise_ece(seen) <= 1
    assert ece(seen, 1) == pytest.approx(overall, abs=1e-12)
    assert adaptive_ece(seen, 1) == pytest.approx(overall, abs=1e-12)


@given(sets)
def test_finer_bins_never_hide_an_error(data):
    seen = Outcomes(data[0], logits=data[1])
    assert ece(seen, 5) <= ece(seen, 15) + 1e-12
    assert classwise_ece(seen, 5) <= classwise_ece(seen, 15) + 1e-12


@given(sets, st.randoms(use_true_random=False))
def test_the_order_of_samples_and_of_classes_does_not_matter(data, random):
    y, z = data
    rows, classes = list(range(len(y))), list(range(z.shape[1]))
    random.shuffle(rows)
    random.shuffle(classes)
    other = Outcomes(torch.tensor(classes).argsort()[y[rows]], logits=z[rows][:, classes])
    for measure in MEASURES:
        assert measure(other) == pytest.approx(measure(Outcomes(y, logits=z)), abs=1e-9)


@given(sets, st.integers(0, 2**32))
def test_weights_count_samples_as_if_they_were_repeated(data, seed):
    y, z = data
    times = torch.randint(0, 4, (len(y),), generator=torch.Generator().manual_seed(seed))
    times[0] += 1
    repeated = Outcomes(y.repeat_interleave(times), logits=z.repeat_interleave(times, 0))
    weighted = Outcomes(y, logits=z).weighted(times)
    for measure in MEASURES:
        assert measure(weighted) == pytest.approx(measure(repeated), abs=1e-9)


@given(sets)
def test_logits_and_their_softmax_say_the_same(data):
    y, z = data
    for measure in MEASURES:
        one, two = measure(Outcomes(y, logits=z + 7)), measure(Outcomes(y, probs=z.softmax(1)))
        assert one == pytest.approx(two, abs=1e-9)


def test_perfect_calibration_is_zero():
    exact = saying([0.8] * 5 + [0.6] * 5, [1, 1, 1, 1, 0, 1, 1, 1, 0, 0])
    sure = saying([1.0, 1.0], [1, 1])
    for measure in ERRORS:
        assert measure(exact) == pytest.approx(0, abs=1e-12)
        assert measure(sure) == 0
    assert (accuracy(sure), brier(sure), nll(sure)) == (1, 0, 0)


def test_by_hand():
    # (0.6, 2/3]: 0.62 wrong; (14/15, 1]: 0.95 right, 0.99 wrong, 1.0 right
    seen = saying([0.62, 0.95, 0.99, 1.0], [0, 1, 0, 1])
    top = 2.94 / 3 - 2 / 3
    assert ece(seen) == pytest.approx((0.62 + 3 * top) / 4)
    assert mce(seen) == pytest.approx(0.62)
    assert adaptive_ece(seen, 2) == pytest.approx((abs(1.57 - 1) + abs(1.99 - 1)) / 4)
    assert brier(seen) == pytest.approx(2 * (0.62**2 + 0.05**2 + 0.99**2) / 4)
    assert nll(seen) == pytest.approx(-(math.log(0.38) + math.log(0.95) + math.log(0.01)) / 4)
    bins = reliability(seen)
    assert bins.count.tolist() == [0] * 9 + [1] + [0] * 4 + [3]
    assert float(bins.gap[9]) == pytest.approx(0.62)  # too sure of itself is above 0


def test_bins_of_equal_mass_fill_from_the_middle_and_keep_ties():
    three = reliability(saying([0.6, 0.7, 0.8], [1, 1, 0]), 2, "equal_mass")
    assert three.count.tolist() == [1, 2]
    assert three.low.tolist() == [0.6, 0.7]
    assert three.high.tolist() == [0.6, 0.8]
    tied = reliability(saying([0.6] + [0.7] * 5, [1] * 6), 3, "equal_mass")
    assert tied.count.tolist() == [1, 5, 0]
    assert tied.low.isnan().tolist() == [False, False, True]


def test_classwise_looks_at_every_class():
    probs = torch.tensor([[0.7, 0.2, 0.1], [0.7, 0.1, 0.2]], dtype=torch.float64)
    seen = Outcomes(torch.tensor([0, 1]), probs=probs)
    # by class: 0.7 twice, once right; 0.2 for no and 0.1 for yes apart; 0.1 and 0.2 for no
    assert classwise_ece(seen) == pytest.approx((0.4 / 2 + (0.2 + 0.9) / 2 + (0.1 + 0.2) / 2) / 3)


def test_a_label_that_was_given_no_chance_is_infinitely_surprising():
    probs = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert nll(Outcomes(torch.tensor([0, 1]), probs=probs)) == math.inf
    assert nll(Outcomes(torch.tensor([1]), logits=torch.tensor([[2000.0, 0.0]]))) == 2000
    faint = nll(Outcomes(torch.tensor([1]), logits=torch.tensor([[-30.0, 0.0]])))
    assert faint == pytest.approx(math.exp(-30), rel=1e-2, abs=0)  # float32 says 0
    spared = Outcomes(torch.tensor([0, 1]), probs=probs).weighted(torch.tensor([1, 0]))
    assert nll(spared) == 0


def test_an_edge_has_the_precision_of_the_probabilities():
    for precision in (torch.float64, torch.float32, torch.bfloat16, torch.float16):
        for i in range(8, 16):  # the confidence i / 15, on the edge itself
            p = torch.tensor([i / 15], dtype=torch.float64).to(precision)
            probs = torch.stack([p, (1 - p.double()).to(precision)], 1)
            bins = reliability(Outcomes(torch.tensor([0]), probs=probs))
            assert int(bins.count.argmax()) == i - 1, (precision, i)


@pytest.mark.parametrize("precision", [torch.float32, torch.float16, torch.bfloat16])
def test_lower_precision_is_read_as_it_stands(precision):
    y, z = drawn(n=2000, k=10, sure=3)
    low = Outcomes(y, probs=z.softmax(1).to(precision))
    for measure in (ece, classwise_ece, brier, nll):
        assert measure(low) == pytest.approx(measure(Outcomes(y, logits=z)), rel=0.02)


def test_more_samples_make_the_interval_narrow_and_the_seed_makes_it_the_same():
    few, many = (Outcomes(y, logits=z) for y, z in (drawn(1, 200), drawn(1, 5000)))
    width = [interval(ece, seen).high - interval(ece, seen).low for seen in (few, many)]
    assert width[1] < width[0] / 2
    assert interval(brier, few, 3) == interval(brier, few, 3) != interval(brier, few, 4)
    assert interval(ece, few).value == ece(few)


def test_the_interval_of_a_mean_is_the_textbook_one():
    seen = Outcomes(*drawn(2, 1000)[:1], logits=drawn(2, 1000)[1])
    found = interval(brier, seen, draws=2000)
    half = 1.96 * float(seen.squares.std()) / math.sqrt(1000)
    assert found.low == pytest.approx(found.value - half, abs=0.1 * half)
    assert found.high == pytest.approx(found.value + half, abs=0.1 * half)


@pytest.mark.parametrize("sure", [3, 2.2])
def test_intervals_hold_the_truth_of_a_model_too_sure_of_itself(sure):
    y, z = drawn(0, 200_000, 10, sure)
    truth = ece(Outcomes(y, logits=z))
    parts = zip(y[:40_000].split(1000), z[:40_000].split(1000), strict=True)
    found = [interval(ece, Outcomes(some, logits=said)) for some, said in parts]
    assert truth > 0.03
    # of 40, where 38 would be ideal; when nearly calibrated the plain percentiles hold it in 8
    assert sum(i.low <= truth <= i.high for i in found) >= 32


def test_chance_holds_a_calibrated_model_and_not_another():
    inside = 0
    for seed in range(40):
        seen = Outcomes(drawn(seed, 300)[0], logits=drawn(seed, 300)[1])
        luck = chance(ece, seen, seed)
        inside += luck.low <= ece(seen) <= luck.high
    assert 36 <= inside <= 40  # 38 expected
    y, z = drawn(0, 300, sure=4)
    assert ece(Outcomes(y, logits=z)) > chance(ece, Outcomes(y, logits=z)).high


def test_chance_never_draws_a_class_that_has_none():
    probs = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.5, 0.5]]).repeat(50, 1)
    luck = chance(nll, Outcomes(torch.ones(100).long(), probs=probs))
    assert 0 < luck.value < math.inf


def outcomes(y=None, n=3, k=2, **given):
    given = given or {"probs": torch.full((n, k), 1 / k)}
    return Outcomes(torch.zeros(n).long() if y is None else y, **given)


@pytest.mark.parametrize(
    ("wrong", "kind", "says"),
    [
        (lambda: Outcomes(torch.zeros(3).long()), ValueError, "exactly one of probs= and logits="),
        (lambda: outcomes(probs=torch.rand(3, 2), logits=torch.rand(3, 2)), ValueError, "exactly"),
        (lambda: outcomes(probs=torch.rand(3)), ValueError, r"stack\(\[1 - p, p\], 1\)"),
        (lambda: outcomes(probs=torch.rand(0, 2)), ValueError, "n >= 1 samples"),
        (lambda: outcomes(probs=[[1.0, 0.0]]), TypeError, "floating-point tensor.*got list"),
        (lambda: outcomes(probs=torch.ones(3, 2).long()), TypeError, "got torch.int64"),
        (lambda: outcomes(logits=torch.tensor([[math.nan, 0]] * 3)), ValueError, "NaN or infinity"),
        (
            lambda: outcomes(probs=torch.tensor([[2.0, -1]] * 3)),
            ValueError,
            "got -1 to 2; give log",
        ),
        (lambda: outcomes(probs=torch.full((3, 2), 0.4)), ValueError, "that is 0.2 off"),
        (lambda: outcomes(torch.rand(3, 2)), TypeError, "clean pictures"),
        (lambda: outcomes(torch.zeros(3, 1).long()), TypeError, "class numbers, got torch.int64"),
        (lambda: outcomes(torch.zeros(2).long()), ValueError, r"each of 3 samples, got \(2,\)"),
        (lambda: outcomes(torch.tensor([0, 1, 2])), ValueError, r"\[0, 2\) .*got 0 to 2"),
        (lambda: ece(outcomes(), 0), ValueError, "n_bins must be at least 1, got 0"),
        (lambda: classwise_ece(outcomes(), 1.5), TypeError, "n_bins must be a whole number"),
        (lambda: reliability(outcomes(), binning="wide"), ValueError, "equal_mass, got 'wide'"),
        (lambda: interval(ece, outcomes(), draws=1), ValueError, "draws must be at least 2, got 1"),
        (lambda: chance(ece, outcomes(), draws=0.5), TypeError, "draws must be a whole number"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(wrong, kind, says):
    with pytest.raises(kind, match=says):
        wrong()


def test_the_docstrings_are_right():
    example = errors.ece.__doc__
    found = doctest.DocTestParser().get_doctest(example, vars(errors), "ece", None, 0)
    assert doctest.DocTestRunner().run(found) == (0, 2)
    y, logits = drawn()
    lines = [line.strip() for line in calibration.__doc__.splitlines() if line.startswith("    ")]
    names = dict(vars(calibration), y=y, logits=logits)
    for line in lines:
        exec(line, names)
    assert len(lines) == 6
    assert set(calibration.__all__) <= set(dir(calibration))
