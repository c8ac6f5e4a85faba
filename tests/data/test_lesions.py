"""Drawn lesions: the same from a seed, exactly masked, neither hopeless nor trivial to learn."""

import numpy as np
import pytest

from mixcore.data import lesions
from mixcore.data.lesions import CLASSES, UNEVEN, draw_slice, make_lesions


def test_pictures_follow_the_seed_and_not_how_many_are_asked_for():
    few, more, other = make_lesions(6, seed=3), make_lesions(9, seed=3), make_lesions(6, seed=4)
    for one, same, another in zip(few, more, other, strict=True):
        np.testing.assert_array_equal(one, same[:6])
        assert (one != another).any()
    assert make_lesions(2, side=32).masks.shape == (2, 32, 32)


@pytest.mark.parametrize("kind", CLASSES)
def test_a_mask_is_just_where_the_lesion_changes_the_light(kind, monkeypatch):
    """The same draws with and without the lesion differ inside the mask, and hardly outside."""
    with_it, mask = draw_slice(kind, np.random.default_rng(5), 64)
    own = lesions._draw_lesion

    def draw_nothing(*given):
        added, inside = own(*given)
        return 0 * added, inside & False

    monkeypatch.setattr(lesions, "_draw_lesion", draw_nothing)
    change = np.abs(with_it.astype(float) - draw_slice(kind, np.random.default_rng(5), 64)[0])
    if kind == "none":
        assert not mask.any()
        assert change.max() == 0
        return
    assert 10 < mask.sum() < 500
    assert change[mask].mean() > 10 * (change[~mask].mean() + 0.1)


def test_shares_make_classes_rare():
    even, uneven = (
        np.bincount(make_lesions(400, 1, side=16, shares=shares).labels, minlength=4)
        for shares in ((1, 1, 1, 1), UNEVEN)
    )
    assert even.min() > 70
    assert uneven[3] < 0.7 * uneven[:3].min()


@pytest.mark.parametrize(
    ("given", "said"), [({"side": 8}, "16 pixels a side"), ({"shares": (1, 2)}, "4 numbers above")]
)
def test_what_cannot_be_drawn_is_named(given, said):
    with pytest.raises(ValueError, match=said):
        make_lesions(2, **given)


def test_a_simple_classifier_is_above_chance_and_below_perfect():
    from sklearn.linear_model import LogisticRegression

    found = make_lesions(500, 2, side=16)
    x = found.images.reshape(len(found.images), -1) / 255
    model = LogisticRegression(C=0.1, max_iter=300).fit(x[:200], found.labels[:200])
    assert 0.35 < model.score(x[200:], found.labels[200:]) < 0.9
