"""The door: what a Batch lets in, and how it says no."""

import pytest
import torch

from mixcore import Batch

X = torch.rand(3, 3, 8, 10)
Y = torch.tensor([0, 1, 2])


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (([1, 2],), TypeError, "x must be a torch.Tensor, got list"),
        ((X[0],), ValueError, r"got \(3, 8, 10\); a single image needs x\[None\]"),
        ((torch.zeros(0, 3, 8, 8),), ValueError, "no empty side"),
        ((X.mul(255).long(),), TypeError, r"convert with x.float\(\) / 255"),
        ((X, [0, 1, 2]), TypeError, "y must be a torch.Tensor of labels, got list"),
        ((X, Y.float()), TypeError, r"whole numbers \(class indices\), got torch.float32"),
        ((X, Y[:2]), ValueError, r"shape \(3,\), one label an image, got \(2,\)"),
        ((X, Y - 1), ValueError, "y must be >= 0, got -1"),
    ],
)
def test_wrong_images_and_labels(arguments, error, words):
    with pytest.raises(error, match=words):
        Batch(*arguments)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"lamda": 1}, ValueError, "given\\['lamda'\\] is not known; a batch may give: index, lam"),
        ({"index": [0, 1]}, ValueError, r"shape \(3,\), got \(2,\)"),
        ({"index": [0, 1, 3]}, ValueError, r"in \[0, 2\], got \[0, 1, 3\]"),
        ({"index": [0.0, 1.0, 2.0]}, TypeError, "whole numbers"),
        ({"lam": 1.01}, ValueError, r"in \[0, 1\], got 1.01"),
        ({"lam": float("nan")}, ValueError, r"in \[0, 1\], got nan"),
        ({"lam": "half"}, TypeError, "must be numbers, got 'half'"),
        ({"lam": [0.1, 0.2]}, ValueError, "must be a number or have shape"),
        ({"box": (0, 9, 0, 5)}, ValueError, "y0 <= y1 <= 8 and 0 <= x0 <= x1 <= 10, got"),
        ({"box": (5, 4, 0, 5)}, ValueError, r"got \[5, 4, 0, 5\]"),
        ({"box": (0, 1, 2)}, ValueError, r"\(y0, y1, x0, x1\) or have shape \(3, 4\)"),
        ({"mask": torch.zeros(8, 9)}, ValueError, r"\(8, 10\) or \(3, 1, 8, 10\), got \(8, 9\)"),
        ({"mask": torch.full((8, 10), 1.5)}, ValueError, r"in \[0, 1\] everywhere"),
        ({"mask": "a mask"}, TypeError, "must be an array, got str"),
    ],
)
def test_wrong_things_given(given, error, words):
    with pytest.raises(error, match=words):
        Batch(X, Y, given=given)


@pytest.mark.parametrize(
    ("evidence", "error", "words"),
    [
        ({"cam": [1]}, TypeError, r"evidence\['cam'\] must be a torch.Tensor"),
        ({"cam": torch.ones(3, 8, 8)}, ValueError, r"shape \(3, 1, h, w\), got \(3, 8, 8\)"),
        ({"cam": -torch.ones(3, 1, 8, 8)}, ValueError, "must be >= 0 everywhere, got -1"),
    ],
)
def test_wrong_evidence(evidence, error, words):
    with pytest.raises(error, match=words):
        Batch(X, Y, evidence=evidence)


@pytest.mark.parametrize(
    ("hidden", "error", "words"),
    [
        ({"lite0": [1]}, TypeError, r"hidden\['lite0'\] must be a torch.Tensor, got list"),
        ({"lite0": torch.ones(3, 4, 2, 2).int()}, TypeError, "must be floating point, got"),
        (
            {"lite0": torch.ones(2, 4, 2, 2)},
            ValueError,
            r"shape \(3, c, h, w\) .*got \(2, 4, 2, 2\)",
        ),
        ({"lite0": torch.ones(3, 4)}, ValueError, r"shape \(3, c, h, w\) .*got \(3, 4\)"),
        ({"lite0": torch.ones(3, 4, 0, 2)}, ValueError, "with no empty side"),
        ({"lite0": torch.full((3, 4, 2, 2), float("nan"))}, ValueError, "must be finite"),
    ],
)
def test_wrong_hidden_features(hidden, error, words):
    with pytest.raises(error, match=words):
        Batch(X, Y, hidden=hidden)


def test_what_is_given_is_spread_over_the_batch():
    batch = Batch(X, Y, given={"lam": 0.3, "box": (1, 2, 3, 4), "mask": torch.ones(8, 10)})
    assert batch.given["lam"].tolist() == [0.3] * 3
    assert batch.given["box"].tolist() == [[1, 2, 3, 4]] * 3
    assert batch.given["mask"].shape == (3, 1, 8, 10)
    assert batch.size == (8, 10)
    assert len(batch) == 3


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            {"grounds": torch.zeros(3, 3, 8, 9)},
            r"grounds must have the shape of x, \(3, 3, 8, 10\)",
        ),
        ({"features": torch.zeros(2, 5)}, r"features must have shape \(3, d\), got \(2, 5\)"),
    ],
)
def test_wrong_facts_about_the_images(facts, words):
    with pytest.raises(ValueError, match=words):
        Batch(X, Y, **facts)
