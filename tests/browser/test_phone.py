"""A phone in one hand: the drawer is out of the way, and what matters is under the thumb."""

import pytest

from browser.hands import until

PHONE = {"width": 390, "height": 844}
DRAWN = "document.querySelector('[data-testid=stSidebar]')?.dataset.collapsed"


@pytest.fixture
def phone(visitor):
    return visitor(viewport=PHONE)


def test_the_drawer_closes_after_a_choice_and_after_a_reload(visitor):
    explore = visitor(viewport=PHONE, alone=True)  # the browser remembers an open drawer
    page = explore.page
    page.get_by_test_id("stExpandSidebarButton").click()
    until(lambda: page.evaluate(DRAWN) == "false", "the open drawer")
    page.reload()
    explore.settle()
    until(lambda: page.evaluate(DRAWN) == "true", "a closed drawer after a reload")
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNav").get_by_text("About").click()
    page.locator(".st-key-about").wait_for()
    until(lambda: page.evaluate(DRAWN) == "true", "a closed drawer after a choice")
    page.reload()
    page.locator(".st-key-about").wait_for()
    explore.settle()
    assert page.evaluate(DRAWN) == "true"


def test_method_strength_and_seed_are_under_the_thumb_beside_the_picture(phone):
    """The lower two thirds of the screen, where a thumb goes, with the picture in sight."""
    page = phone.page
    picture = page.locator(".pad-picture").bounding_box()
    assert picture["y"] + picture["height"] < PHONE["height"]
    for name, css in {
        "method": ".st-key-method [role=group]",
        "strength": ".pad-lam input",
        "seed": ".st-key-seed input",
        "another seed": ".st-key-seed-new button",
    }.items():
        box = page.locator(css).first.bounding_box()
        assert box["y"] > PHONE["height"] / 3, name
        assert box["y"] + box["height"] <= PHONE["height"], name
        assert box["height"] >= 24, name
    before = page.locator(".st-key-seed input").input_value()
    page.locator(".pad-words").evaluate("e => e.scrollIntoView({block: 'start'})")
    page.locator(".st-key-seed-new button").click()  # still there, beside the sentence
    until(lambda: page.locator(".st-key-seed input").input_value() != before, "another seed")
