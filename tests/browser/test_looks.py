"""Nothing hangs over the edge, and every picture has a name, also in what opens on demand."""

import pytest

from browser.hands import until

OVER = """wide => [...document.querySelectorAll('[data-testid=stApp] *, [role=dialog] *')]
    .filter(e => {
        const box = e.getBoundingClientRect();
        const drawn = box.width > 1 && box.height > 1 && e.checkVisibility({opacityProperty: true});
        // The thumb stands in for the range input, which is clipped away.
        const told = e.matches('[type=range]') || e.closest('[data-testid=stHeader]');
        return drawn && !told && box.right > wide + 1;
    }).map(e => e.outerHTML.slice(0, 120))"""
UNNAMED = """() => [...document.querySelectorAll('img')]
    .filter(e => !e.alt.trim()).map(e => e.outerHTML.slice(0, 160))"""
ROLLS = """() => [...document.querySelectorAll('[data-testid=stMain], html, body')]
    .filter(e => e.scrollWidth > e.clientWidth).map(e => e.tagName)"""


@pytest.mark.parametrize("query", ["how=box&m=resizemix&layer=difference", "m=mosaic&layer=mask"])
def test_a_phone_shows_all_of_its_width(visitor, query):
    # Streamlit scrolls a box of its own, so the document never tells.
    explore = visitor(f"?{query}", viewport={"width": 390, "height": 844})
    assert explore.page.evaluate(ROLLS) == []
    assert explore.page.evaluate(OVER, 390) == []
    assert explore.page.evaluate(UNNAMED) == []


def test_what_opens_on_a_phone_fits_and_names_its_pictures(visitor):
    explore = visitor(viewport={"width": 390, "height": 844})
    body = explore.page.get_by_test_id("stPopoverBody")
    for key, pictures in {"pick-a": 20, "own": 0, "share": 0, "export": 0, "badge": 0}.items():
        explore.box(key).get_by_role("button").first.click()
        body.wait_for()
        if pictures:
            body.locator("img").nth(pictures).wait_for()
        explore.settle()
        until(lambda: not explore.page.evaluate(OVER, 390), f"{key} drawn within the page")
        assert explore.page.evaluate(UNNAMED) == [], key
        explore.page.keyboard.press("Escape")
        body.wait_for(state="detached")
