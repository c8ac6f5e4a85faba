"""Compare under a hand: a pixel in every cell, to Explore and back, a reload, a telephone."""

import re

import pytest

from browser.hands import until

SMALL = "compare?g.methods=cutmix.resizemix.visiblemix&g.pairs=flower~cat.dog~owl&g.seed=77"


@pytest.fixture
def compare(visitor):
    """Open Compare with this link; returns the page once its grid is drawn with its mismatches."""

    def compare(query=SMALL, **options):
        page = visitor(query, wait=False, **options).page
        drawn(page)
        return page

    return compare


def drawn(page):
    page.locator(".cell-miss:not(.none)").first.wait_for()


def cells(page):
    """What the cells say of themselves."""
    return [cell.get_attribute("aria-label") for cell in page.locator(".cell").all()]


def marks(page):
    """Where each cell is marked, as shares of its picture."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.cell-view')].map((view) => {
            const all = view.getBoundingClientRect();
            const one = view.querySelector('.cell-mark').getBoundingClientRect();
            return [(one.x - all.x) / all.width, (one.y - all.y) / all.height];
        })"""
    )


def test_a_pixel_is_marked_in_every_cell(compare):
    page = compare()
    place = page.locator(".cell-view").nth(4).bounding_box()
    page.mouse.move(place["x"] + place["width"] * 0.25, place["y"] + place["height"] * 0.75)
    until(lambda: page.locator(".grid-whole[data-mark]").count(), "the mark")
    x, y = map(int, page.locator(".grid-whole").get_attribute("data-mark").split(","))
    assert (x, y) == (pytest.approx(112, abs=2), pytest.approx(336, abs=2))
    found = marks(page)
    assert len(found) == 6
    for at in found:
        assert at == pytest.approx([(x + 0.5) / 448, (y + 0.5) / 448], abs=0.004)
    assert page.locator(".cell-value:visible").count() == 6
    assert set(page.locator(".cell-value").all_inner_texts()[:3]) <= {"flower", "cat"}
    page.locator(".cell").first.focus()
    page.keyboard.press("Shift+ArrowRight")
    assert page.locator(".grid-whole").get_attribute("data-mark") == f"{x + 8},{y}"
    said = page.locator(".grid-spoken").text_content()
    assert said == f"Pixel {x + 8},{y}: {page.locator('.cell-value').first.inner_text()}"


def test_a_cell_opens_in_explore_and_back_returns(compare):
    page = compare()
    before, name = cells(page), cells(page)[4]
    page.locator(".cell").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.ariaLabel") == name
    page.keyboard.press("Enter")
    number = re.search(r"mismatch (\d\.\d\d)", name)[1]
    page.locator(".pad-words .mismatch b", has_text=number).wait_for()
    assert "ResizeMix" in page.locator(".st-key-method input").input_value()
    until(lambda: "seed=77" in page.evaluate("location.search"), "the seed in the address")
    page.go_back()
    drawn(page)
    assert page.evaluate("location.pathname") == "/compare"
    until(lambda: cells(page) == before, "the very grid")


def test_a_reload_returns_what_was_set(compare):
    page = compare()
    page.locator(".cell").nth(1).focus()
    page.keyboard.press("p")
    page.get_by_text("pinned", exact=True).wait_for()
    page.get_by_text("Sort by mismatch").click()
    page.wait_for_function("location.search.includes('g.sort=true')")
    until(lambda: "ResizeMix" in cells(page)[0], "the order")
    before = cells(page)
    page.reload()
    page.get_by_text("pinned", exact=True).wait_for()
    until(lambda: cells(page) == before, "the same grid")
    assert page.locator(".stException").count() == 0


def test_on_a_telephone_the_grid_scrolls_in_its_own_box_and_a_tap_marks(compare):
    page = compare(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    box = "document.querySelector('{}')"
    wide = f"{box}.scrollWidth - {box}.clientWidth"
    assert page.evaluate(wide.replace("{}", "[data-testid=stMain]")) == 0
    assert page.evaluate(wide.replace("{}", ".grid-scroll")) > 0
    page.locator(".cell-view").first.tap()
    until(lambda: page.locator(".grid-whole[data-mark]").count(), "the mark")
    page.get_by_role("button", name="Pin", exact=True).first.tap()
    page.get_by_text("pinned", exact=True).wait_for()
    page.get_by_role("button", name="Open in Explore").first.tap()
    page.locator(".pad-words .mismatch b").wait_for()
