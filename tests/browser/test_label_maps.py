"""The map behind a label under the hand, and the maps and heads of a grid."""

import numpy as np

from browser.hands import until

SUM = "() => document.querySelector('.account').innerText"
OLD = "() => document.querySelector('.account').classList.contains('pad-old')"


def test_the_map_and_the_arithmetic_follow_the_hand(visitor):
    explore = visitor("?m=transmix&layer=used+in+mix", wait=False)
    page = explore.page
    page.get_by_text("Lite0 ready").wait_for()
    page.get_by_role("radio", name="Label map", exact=True).wait_for()
    explore.settle()
    before, map_before = page.evaluate(SUM), explore.picture("Label map, attention of the mix")
    assert ".5 × .658 area + .5 × " in before
    assert "The label is made of it." in page.locator(".pad-caption").inner_text()
    box = page.locator(".pad-box")
    box.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    until(lambda: page.evaluate(SUM) != before and not page.evaluate(OLD), "the label there")
    explore.settle()
    shares = page.locator(".pad-bars .bar", has_text="Attention of the mix").inner_text()
    assert page.evaluate(SUM).split("× ")[2].split(" ")[0][:2] in shares.replace("\n", " ")
    map_after = explore.picture("Label map, attention of the mix")
    assert (np.abs(map_before.astype(int) - map_after.astype(int)) > 2).any()
    assert page.locator(".pad-report").is_hidden()

    explore.choose_method("VisibleMix")
    page.get_by_role("radio", name="Label map B", exact=True).wait_for()
    before = page.evaluate(SUM)
    page.locator(".pad-box").focus()
    page.keyboard.press("ArrowLeft")
    until(lambda: page.evaluate(SUM) != before, "the label worked out in the browser")
    until(lambda: page.evaluate("() => document.querySelector('.pad-state').dataset.state")
          == "settled", "mixcore's answer")  # fmt: skip
    assert page.locator(".pad-report").is_hidden()


def test_heads_of_a_grid_stay_in_sight_above_its_maps(visitor):
    explore = visitor("compare?g.methods=transmix.snapmix.cutmix&g.layer=map+used+in+B", wait=False)
    page = explore.page
    page.get_by_text("Lite0 ready").wait_for()
    page.get_by_text("class map in sight").first.wait_for()
    explore.settle()
    assert page.get_by_text("no map of B").count() == 3
    head = page.get_by_role("columnheader").filter(has_text="SnapMix")
    page.locator(".cell").last.scroll_into_view_if_needed()
    until(lambda: 0 < head.bounding_box()["y"] < 120, "the head at the top")
    page.locator(".cell").last.focus()
    assert head.bounding_box()["y"] < page.locator(".cell").last.bounding_box()["y"]
