"""The label kernel of C-Mixup: its table's laws, and the fast draw against the table."""

import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mixcore import Batch, pair
from mixcore import label_kernel as kernels
from mixcore.label_kernel import draw_label_neighbors, label_kernel_table

RANDOM = np.random.default_rng(0)
LABELS = {
    "spread": RANDOM.normal(size=400),
    "ties": RANDOM.integers(0, 7, 400).astype(float),
    "clusters": np.r_[RANDOM.normal(0, 1e-3, 380), RANDOM.normal(5, 1e-3, 20)],
    "heavy tails": RANDOM.standard_cauchy(400),
    "all alike": np.full(400, 3.0),
    "one far away": np.r_[np.linspace(0, 1, 399), 1e9],
}
several = st.integers(2, 40).flatmap(
    lambda n: st.lists(st.floats(-1e6, 1e6), min_size=n, max_size=n)
)


@given(y=several, h=st.floats(1e-100, 1e100))
def test_rows_sum_to_one_however_small_the_bandwidth(y, h):
    table = label_kernel_table(np.array(y), h)
    assert np.isfinite(table).all()
    assert np.allclose(table.sum(1), 1)
    assert (table.diagonal() > 0).all()


@given(y=several, h=st.floats(1e-3, 1e3), seed=st.integers(0, 99))
def test_the_table_follows_the_samples(y, h, seed):
    y = np.array(y)
    table = label_kernel_table(y, h)
    order = np.random.default_rng(seed).permutation(len(y))
    assert np.allclose(label_kernel_table(y[order], h), table[np.ix_(order, order)], atol=1e-9)


@pytest.mark.parametrize("name", LABELS)
def test_a_bandwidth_without_end_is_mixup_and_of_nothing_is_plain_training(name):
    y = LABELS[name]
    n = len(y)
    for h in (1e9, np.inf):
        assert np.allclose(label_kernel_table(y, h), 1 / n)
    alike = y[:, None] == y
    assert np.allclose(label_kernel_table(y, 1e-90), alike / alike.sum(1, keepdims=True))
    # Itself, and so ERM, where no two labels are the same; drawn in either way.
    for part in (y[:100], y):
        drawn = draw_label_neighbors(part, 1e-90, np.random.default_rng(1))
        assert (part[drawn] == part).all()


@pytest.mark.parametrize("kernel", kernels.KERNELS)
def test_units_of_the_label_do_not_matter(kernel):
    y = np.c_[LABELS["spread"], LABELS["ties"]]
    table = label_kernel_table(y, 0.4, kernel=kernel)
    other = label_kernel_table(y * [4, 1024] + [7, -3], 0.4, kernel=kernel)
    assert np.allclose(table, other, atol=1e-12)
    assert np.allclose(label_kernel_table(y, 0.4, kernel=kernel, sd=y.std(0)), table)
    one = y[:, 0]
    scaled = label_kernel_table(one * 3, 0.4, kernel=kernel, sd=3 * one.std())
    assert np.allclose(scaled, label_kernel_table(one, 0.4, kernel=kernel))


def test_the_table_is_the_formula():
    y = LABELS["spread"][:30]
    gap = (y[:, None] - y) / y.std()
    weight = np.exp(-(gap**2) / (2 * 0.3**2))
    assert np.allclose(label_kernel_table(y, 0.3), weight / weight.sum(1, keepdims=True))
    within = np.abs(gap) <= 0.3
    top = label_kernel_table(y, 0.3, kernel="tophat")
    assert np.allclose(top, within / within.sum(1, keepdims=True))
    some = label_kernel_table(y, 0.3, rows=[3, 3, 0])
    assert np.allclose(some, label_kernel_table(y, 0.3)[[3, 3, 0]])


def draw_often(y, h, rows, times, seed, **options):
    """How often each partner is drawn of each row, (len(rows), n)."""
    counts = np.zeros((len(rows), len(y)))
    drawn = draw_label_neighbors(
        y, h, np.random.default_rng(seed), rows=np.repeat(rows, times), **options
    )
    np.add.at(counts, (np.repeat(np.arange(len(rows)), times), drawn), 1)
    return counts


def p_value(counts, p):
    """Of Pearson's test; partners of little probability are one, those of none are never drawn."""
    assert not counts[p * counts.sum() < 1e-9].any()
    expected = p * counts.sum()
    rare = expected < 5
    seen, meant = np.append(counts[~rare], counts[rare].sum()), np.append(expected[~rare], 0)
    meant[-1] = counts.sum() - meant.sum()
    if meant[-1] < 5:
        seen, meant = seen[:-1], meant[:-1]
        meant *= seen.sum() / meant.sum()
    return stats.chisquare(seen, meant).pvalue if len(meant) > 1 else 1.0


@pytest.mark.parametrize("kernel", kernels.KERNELS)
@pytest.mark.parametrize("h", [1e-4, 0.02, 0.15, 1.0, 10.0])
@pytest.mark.parametrize("name", LABELS)
def test_the_fast_draw_follows_the_table(name, h, kernel):
    y = LABELS[name]
    assert len(y) > kernels.TABLE  # by cells
    rows = np.array([0, 1, 50, 120, 201, 333, 380, 398, 399])
    counts = draw_often(y, h, rows, 20_000, 1, kernel=kernel)
    table = label_kernel_table(y, h, kernel=kernel, rows=rows)
    found = [p_value(*pair_) for pair_ in zip(counts, table, strict=True)]
    assert min(found) > 1e-4, found


@pytest.mark.parametrize("h", [0.05, 0.5])
def test_small_batches_and_labels_of_several_numbers_follow_it_too(h):
    for y in (LABELS["spread"][:60], np.c_[LABELS["spread"], LABELS["ties"]][:60]):
        rows = np.array([0, 7, 59])
        counts = draw_often(y, h, rows, 20_000, 2)
        found = map(p_value, counts, label_kernel_table(y, h, rows=rows))
        assert min(found) > 1e-4


def test_a_wrong_law_does_not_pass():
    y = LABELS["spread"]
    counts = draw_often(y, 0.15, np.array([120]), 20_000, 1)
    assert p_value(counts[0], label_kernel_table(y, 0.16, rows=[120])[0]) < 1e-6


def test_long_tables_are_drawn_in_parts(monkeypatch):
    whole = {}
    for chunk in (1 << 22, 500):
        monkeypatch.setattr(kernels, "CHUNK", chunk)
        for name, y in {"few": LABELS["ties"][:90], "many": LABELS["ties"]}.items():
            drawn = draw_label_neighbors(y, 0.01, np.random.default_rng(3))
            assert (y[drawn] == y).all()
            whole.setdefault(name, drawn)
    assert len(set(whole["many"].tolist())) > 150  # not always the same of many alike


@pytest.mark.parametrize("h", [0.01, 0.15, 1.0])
@pytest.mark.parametrize("name", ["spread", "ties", "clusters", "heavy tails"])
def test_two_hundred_thousand_labels_take_a_moment(name, h):
    y = np.repeat(LABELS[name], 500) + (name != "ties") * RANDOM.normal(0, 1e-6, 200_000)
    start = time.process_time()
    drawn = draw_label_neighbors(y, h, np.random.default_rng(4))
    assert time.process_time() - start < 5  # 0.2 s is usual; n x n would take minutes
    assert np.abs(y[drawn] - y).max() <= kernels.REACH * h * y.std() * 1.1


def test_partners_come_from_the_whole_table_or_the_batch():
    y = np.repeat([0.0, 50.0], 500)
    drawn = pair.draw_by_label_kernel(y, 0.1, 7, rows=np.array([3, 997]))
    assert drawn.shape == (2,)
    assert (y[drawn] == [0, 50]).all()
    batch = Batch(torch.rand(1000, 2), torch.from_numpy(y), regression=True)
    of_batch = pair.draw_by_label_kernel(batch, 0.1, 7)
    assert np.array_equal(of_batch, pair.draw_by_label_kernel(batch.y, 0.1, 7))
    fixed = Batch(batch.x[:3], batch.y[:3], given={"index": [2, 0, 1]}, regression=True)
    assert pair.draw_by_label_kernel(fixed, 0.1, 7).tolist() == [2, 0, 1]
    assert pair.draw_by_label_kernel(fixed, 0.1, 7, rows=[1]).tolist() == [0]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda y: label_kernel_table(y, 0), ValueError, "bandwidth must be > 0, .*got 0"),
        (lambda y: label_kernel_table(y, np.nan), ValueError, "bandwidth must be > 0, .*got nan"),
        (lambda y: label_kernel_table(y, 1, kernel="box"), ValueError, "one of gaussian, tophat"),
        (lambda y: label_kernel_table(y[None, None], 1), ValueError, r"\(n,\) or \(n, d\), got"),
        (lambda y: label_kernel_table(y.astype(str), 1), TypeError, "y must hold numbers, got <U"),
        (lambda y: label_kernel_table(y / 0, 1), ValueError, "y must be finite"),
        (lambda y: label_kernel_table(y, 1, sd=-1), ValueError, "sd must be .* got -1"),
        (lambda y: label_kernel_table(y, 1, sd=[1, 2]), ValueError, "sd must be .* got"),
        (lambda y: label_kernel_table(y, 1, rows=[9]), ValueError, r"in \[0, 2\], got 9 to 9"),
        (lambda y: label_kernel_table(y, 1, rows=[0.5]), TypeError, "rows must be positions"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.filterwarnings("ignore:invalid value")
def test_what_cannot_be_drawn_from_is_refused_in_a_sentence(call, error, words):
    with pytest.raises(error, match=words):
        call(np.arange(3.0))
