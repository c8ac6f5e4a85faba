"""The pad as a hand finds it: what moves, how fast, where it ends up, and how it is taken back."""

import re
import time

import numpy as np
import pytest

from browser.explore import decoded, expected
from browser.hands import address_holds, tab_to, until

WATCH = """() => {
    globalThis.seen = new Set();
    globalThis.bars = new Set();
    const canvas = document.querySelector('.pad-picture');
    const label = document.querySelector('.pad-bars .bar:nth-of-type(2) .track');
    const look = () => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, 448, 448);
        let sum = 0;
        for (let i = 0; i < data.length; i += 37) sum = (sum * 31 + data[i]) | 0;
        seen.add(sum);
        bars.add(document.querySelector('.pad-words').innerText);
        requestAnimationFrame(look);
    };
    look();
}"""
STATE = "() => document.querySelector('.pad-stage').parentElement.dataset.state"


def off(explore):
    """By how many levels the last preview and mixcore's picture were apart."""
    return int(explore.page.locator("[data-off]").get_attribute("data-off"))


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(explore, locator, dx, dy, seconds=0.5, steps=15):
    """Take something from its middle by so many pixels of the screen."""
    x, y = middle(locator)
    mouse = explore.page.mouse
    mouse.move(x, y)
    mouse.down()
    for i in range(1, steps + 1):
        mouse.move(x + dx * i / steps, y + dy * i / steps)
        time.sleep(seconds / steps)
    mouse.up()


def state_of(explore):
    return explore.page.evaluate(STATE)


def settled(explore):
    until(lambda: state_of(explore) == "settled", "mixcore's answer")
    explore.settle()


def bounds(explore):
    """The box in the address, as (y0, y1, x0, x1)."""
    return tuple(
        int(v)
        for name in ("rows", "columns")
        for v in explore.page.evaluate(
            "name => new URLSearchParams(location.search).getAll(name)", name
        )
    )


def test_lam_dragged_for_two_seconds_paints_many_pictures_and_moves_the_bars(visitor):
    explore = visitor("?m=mixup&how=by+hand&lam=0")
    slider = explore.page.locator(".pad-lam input")
    explore.page.evaluate(WATCH)
    box = slider.bounding_box()
    mouse = explore.page.mouse
    mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    mouse.down()
    for i in range(60):
        mouse.move(box["x"] + 8 + (box["width"] - 16) * i / 59, box["y"] + box["height"] / 2)
        time.sleep(2 / 60)
    mouse.up()
    painted, words = explore.page.evaluate("() => [seen.size, bars.size]")
    assert painted >= 20
    assert words >= 20
    settled(explore)
    explore.shows(expected("mixup", lam=1.0)[0])


def test_a_dragged_box_is_a_box_of_mixcore_and_one_step_back(visitor):
    explore = visitor()
    first = explore.picture()
    drag(explore, explore.page.locator(".pad-box"), 90, 55)
    settled(explore)
    address_holds(explore, "how=box", "rows=", "columns=")
    assert off(explore) <= 1
    box = bounds(explore)
    second = expected(box=box)[0]
    explore.shows(second)
    assert f"({', '.join(map(str, box))})" in explore.code()
    corner = explore.page.locator(".pad-box [data-end=se]")
    drag(explore, corner, -70, 40)
    settled(explore)
    third = expected(box=bounds(explore))[0]
    explore.shows(third)
    explore.set_seed(5)
    for picture in (third, second, first):
        explore.page.keyboard.press("Escape")
        explore.page.locator(".pad-surface").focus()
        explore.page.keyboard.press("Control+z")
        explore.shows(picture)
    for picture in (second, third):
        explore.page.keyboard.press("Control+Shift+Z")
        explore.shows(picture)
    explore.box("undo").get_by_role("button").click()
    explore.shows(second)


@pytest.mark.parametrize(
    "method", ["patchmix", "fmix", "resizemix", "fieldmix", "gridmix", "freemix"]
)
def test_what_the_hand_leaves_is_what_mixcore_makes(visitor, method):
    explore = visitor(f"?m={method}")
    slider, asked = explore.page.locator(".pad-lam input"), []
    explore.page.on("request", lambda r: r.url.endswith("/pad/mix") and asked.append(r.post_data))
    slider.focus()
    for key in ("End", "PageDown", "ArrowLeft", "ArrowLeft", "ArrowLeft"):
        slider.press(key)
    settled(explore)
    assert len(asked) == 1  # all steps of lam at once, when the hand came
    assert '"sweep"' in asked[0]
    lam = int(slider.input_value()) / 100
    assert 0 < lam < 1
    assert off(explore) <= 1
    explore.shows(expected(method, lam=lam)[0])
    assert explore.page.locator(".pad-report").is_hidden()


def test_cells_and_a_brush_make_masks_that_fit_into_the_link(visitor):
    explore = visitor("?m=patchmix&patchmix.cells=4")
    surface = explore.page.locator(".pad-surface")
    box = surface.bounding_box()
    before = explore.picture()
    explore.page.mouse.click(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.1)
    settled(explore)
    address_holds(explore, "how=painted", "mask=4x4b")
    changed = (explore.picture() != before).any(-1)
    assert changed[:112, :112].mean() > 0.9
    assert not changed[:, 112:].any()
    surface.focus()
    explore.page.keyboard.press("ArrowRight")
    explore.page.keyboard.press("Space")
    settled(explore)
    assert (explore.picture() != before).any(-1)[:112, 112:224].mean() > 0.9
    picture, query = explore.picture(), explore.query()
    other = visitor(query, alone=True)
    other.shows(picture)

    explore = visitor("?m=freemix&freemix.region=whole")
    explore.page.keyboard.press("b")
    drag(explore, explore.page.locator(".pad-surface"), 80, 0)
    settled(explore)
    assert off(explore) <= 1
    address_holds(explore, "mask=56x56")


def test_layers_divider_and_pixel_by_key(visitor):
    explore = visitor("?m=mixup&how=by+hand&lam=0.25")
    page = explore.page
    mixed = explore.picture()
    for key, name in (("2", "Mask"), ("5", "Difference"), ("6", "Owners"), ("1", "Mixed")):
        page.keyboard.press(key)
        page.locator(f"canvas.pad-picture[aria-label^='{name}']").wait_for()
    until(lambda: np.array_equal(explore.picture(), mixed), "the mixed picture again")
    page.keyboard.press("d")
    divider = page.get_by_role("slider", name="Before and after")
    divider.focus()
    page.keyboard.press("End")
    a = explore.picture("Picture A: cat")
    until(lambda: np.array_equal(explore.picture(), a), "A, wholly before the divider")
    page.keyboard.press("d")
    page.locator(".pad-surface").focus()
    page.keyboard.press("ArrowRight")
    said = page.locator(".pad-pixel code").inner_text()
    b = explore.picture("Picture B: coffee")
    x, y = re.findall(r"\d+", page.locator(".pad-pixel h3").inner_text())
    row, column = int(y), int(x)
    values = [", ".join(map(str, p[row, column])) for p in (a, b, mixed)]
    assert said == f"0.25 · A({values[0]}) + 0.75 · B({values[1]}) = ({values[2]})"


def test_a_pinned_state_is_compared_with(visitor):
    explore = visitor("?m=mixup&how=by+hand&lam=0.3")
    pinned = explore.picture()
    explore.box("pin").get_by_role("button").click()
    explore.settle()
    explore.page.locator(".pad-lam input").press("End")
    settled(explore)
    assert explore.page.locator(".pad-bars .track s:visible").count() >= 2
    explore.page.keyboard.press("d")
    divider = explore.page.get_by_role("slider", name="Before and after")
    divider.press("End")
    until(lambda: np.array_equal(explore.picture(), pinned), "the pinned picture")


def test_a_disagreement_is_shown_with_a_report(visitor):
    explore = visitor("?m=mixup&how=by+hand&lam=0.3")
    # A preview that errs: the arithmetic of the page is disturbed on purpose.
    explore.page.evaluate(
        "() => { const put = Uint8ClampedArray.prototype.fill; const real = Math.fround;"
        " Float32Array.prototype.fill = function (w) {"
        " for (let i = 0; i < this.length; i++) this[i] = w * 0.9; return this; } }"
    )
    explore.page.locator(".pad-lam input").press("ArrowRight")
    explore.page.locator(".pad-report").wait_for()
    assert "differ" in explore.page.locator(".pad-state").inner_text()
    explore.shows(expected("mixup", lam=0.31)[0])  # what is shown is mixcore's


def test_a_label_that_a_model_makes_moves_too(visitor):
    explore = visitor("?m=transmix", wait=False)
    explore.page.get_by_text("Lite0 ready").wait_for()
    explore.page.wait_for_selector("[data-state=settled]")
    explore.settle()
    with explore.page.expect_response("**/pad/mix") as asked:
        explore.page.locator(".pad-lam input").press("ArrowLeft")
    response = asked.value
    assert response.status == 200
    assert response.headers["cache-control"] == "no-store"
    settled(explore)
    assert off(explore) <= 1


def test_the_pad_works_by_keyboard_alone_and_says_where_it_is(visitor):
    explore = visitor()
    tab_to(explore, ".pad-box")
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowLeft"):
        explore.page.keyboard.press(key)
    settled(explore)
    assert "Arrows move it" in explore.page.locator(".pad-box").get_attribute("aria-label")
    explore.shows(expected(box=bounds(explore))[0])
    said = explore.page.locator(".pad-live").inner_text()
    assert said.startswith("Label ")
    saved = decoded(explore.export("mixed-png"))
    assert np.array_equal(saved, explore.picture())
