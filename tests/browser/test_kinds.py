"""Kinds of methods beside two photos in one picture, as they reach a browser."""

from browser.explore import SIZE, expected
from browser.hands import tab_to, until


def test_scenes_are_one_press_away_where_only_they_will_do(visitor):
    explore = visitor("?m=deda", wait=False)
    explore.page.get_by_role("button", name="Use two scenes").click()
    explore.page.wait_for_selector("img[alt='Mixed picture']")
    explore.shows(expected("deda")[0])


def test_a_network_shows_the_layer_at_which_it_mixes(visitor):
    explore = visitor("?m=manifoldmix&manifoldmix.first_layer=5&manifoldmix.last_layer=5")
    explore.page.get_by_text("What Lite0 says of it").wait_for()
    maps = explore.page.locator("img[alt^='Mean absolute activation at layer 5']")
    assert maps.count() == 3
    alt = maps.first.get_attribute("alt")
    cells = explore.picture(alt).reshape(14, SIZE // 14, 14, SIZE // 14, 3)
    assert (cells == cells[:, :1, :, :1]).all()  # sharp cells, not a smear
    assert explore.box("words").locator(".answers li").count() == 6


def test_another_pairing_makes_another_batch(visitor):
    explore = visitor()
    explore.box("batch").locator("summary").click()
    mixes = explore.page.locator("img[alt^='Mix of the batch']")
    mixes.nth(7).wait_for()
    explore.settle()
    tab_to(explore, ".st-key-pairing", presses=200)
    explore.page.keyboard.type("same class")
    explore.page.keyboard.press("Enter")

    def whole():
        said = mixes.evaluate_all("all => all.map(one => one.alt)")
        return len(said) == 8 and not any("+" in one for one in said)

    until(whole, "eight mixes within a class")
    explore.settle()  # the link is drawn last
    assert "pairing=same+class" in explore.query()
