"""Bars of a label: what a hand has set of one of three photos leaves the rest to the others."""

import pytest

from app.mixes.bars import list_bars
from app.mixes.text import Facts


def test_a_share_set_by_hand_is_shown_for_three_photos_too():
    facts = Facts(0.7, (0.5, 0.3, 0.2), (0.7, 0.12, 0.18), "soft")
    bar = list_bars(facts, "by hand")[0]
    assert bar.title == "Share set by hand, lam"
    assert bar.shares == pytest.approx((0.7, 0.12, 0.18))
    pair = list_bars(Facts(0.7, (0.5, 0.5), (0.6, 0.4), "soft"), "by hand")[0]
    assert pair.shares == pytest.approx((0.7, 0.3))
