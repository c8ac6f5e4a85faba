"""Nothing hangs over the edge, and every picture has a name, also in what opens on demand."""

import pytest

OVER = """wide => [...document.querySelectorAll('[data-testid=stApp] *, [role=dialog] *')]
    .filter(e => {
        const box = e.getBoundingClientRect();
        const drawn = box.width > 1 && box.height > 1 && e.checkVisibility({opacityProperty: true});
        // The thumb stands in for the range input, which is clipped away.
        const told = e.matches('[type=range]') || e.closest('[data-testid=stHeader]');
        return drawn && !told && box.right > wide + 1;
    }).map(e => e.outerHTML.slice(0, 120))"""
# A picture in the picker is silent, as the button below it says the same name.
UNNAMED = """() => [...document.querySelectorAll('img')]
    .filter(e => !e.alt.trim())
    .filter(e => !e.closest('[class*=st-key-grid-] .stVerticalBlock')?.innerText.trim())
    .map(e => e.outerHTML.slice(0, 160))"""
ROLLS = """() => [...document.querySelectorAll('[data-testid=stMain], html, body')]
    .filter(e => e.scrollWidth > e.clientWidth).map(e => e.tagName)"""


@pytest.mark.parametrize("query", ["", "?how=box&m=resizemix&layer=difference"])
def test_a_phone_shows_all_of_its_width(visitor, query):
    # Streamlit scrolls a box of its own, so the document never tells.
    explore = visitor(query, viewport={"width": 390, "height": 844})
    assert explore.page.evaluate(ROLLS) == []
    assert explore.page.evaluate(OVER, 390) == []


@pytest.mark.parametrize("key", ["pick-a", "own", "share", "export", "badge"])
def test_what_opens_on_a_phone_fits_and_names_its_pictures(visitor, key):
    explore = visitor(viewport={"width": 390, "height": 844})
    explore.box(key).get_by_role("button").first.click()
    explore.page.get_by_test_id("stPopoverBody").wait_for()
    explore.settle()
    if key == "pick-a":
        explore.page.get_by_test_id("stPopoverBody").locator("img").nth(20).wait_for()
    assert explore.page.evaluate(OVER, 390) == []
    assert explore.page.evaluate(UNNAMED) == []
