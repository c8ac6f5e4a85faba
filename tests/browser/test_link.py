"""The link holds everything; nonsense in it costs nothing."""

import pytest

from browser.explore import expected


@pytest.mark.parametrize(
    ("query", "bad", "given"),
    [
        ("?lam=999&m=nope", 2, {}),
        ("?v=1&seed=-1&a=unicorn&cutmix.alpha=wide&rows=9&how=maybe&layer=x", 6, {"seed": 0}),
    ],
)
def test_nonsense_opens_with_the_nearest_or_defaults_and_no_error(visitor, query, bad, given):
    explore = visitor(query)
    explore.shows(expected(**given)[0])
    assert explore.page.get_by_test_id("stException").count() == 0
    assert "Traceback" not in explore.page.inner_text("body")
    assert all("instead" in notice for notice in explore.notices(bad))
    explore.set_seed(3)
    explore.shows(expected(seed=3)[0])


def test_a_link_keeps_what_is_right_beside_what_is_wrong(visitor):
    explore = visitor("?m=mixup&seed=12&mixup.alpha=77")
    explore.shows(expected("mixup", seed=12, params={"alpha": 8.0})[0])
    assert "alpha" in explore.notices(1)[0]


def test_a_link_to_anothers_photo_says_which(visitor):
    explore = visitor("?a=" + "3f9a" * 8 + "&m=mixup&seed=12")
    assert "a photo that is not here for picture A" in explore.notices(1)[0]
    explore.shows(expected("mixup", seed=12)[0])  # the example stands in, all else holds
