"""With the mouse unplugged: every choice can be made, and the focus can be seen."""

import io

import numpy as np
import pytest
from PIL import Image

from browser.explore import decoded, expected
from browser.hands import tab_to, until


def test_a_mix_is_set_up_and_saved_by_keyboard_alone(visitor):
    explore = visitor()
    keyboard = explore.page.keyboard
    tab_to(explore, ".st-key-method")
    keyboard.type("Mixup")
    keyboard.press("Enter")
    explore.shows(expected("mixup")[0])
    tab_to(explore, ".st-key-how")
    keyboard.press("ArrowRight")
    keyboard.press("Space")
    explore.shows(expected("mixup", lam=0.65)[0])
    tab_to(explore, ".pad-lam", presses=200)
    for _ in range(5):
        keyboard.press("ArrowLeft")
    explore.shows(expected("mixup", lam=0.6)[0])
    tab_to(explore, ".st-key-seed", presses=200)
    keyboard.press("Control+A")
    keyboard.type("77")
    keyboard.press("Enter")
    picture = expected("mixup", seed=77, lam=0.6)[0]
    explore.shows(picture)
    tab_to(explore, ".st-key-export", presses=200)
    keyboard.press("Enter")
    explore.box("save-mixed-png").wait_for()
    tab_to(explore, ".st-key-save-mixed-png")
    with explore.page.expect_download() as download:
        keyboard.press("Enter")
    assert np.array_equal(decoded(download.value.path().read_bytes()), picture)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_focus_can_be_seen(visitor, scheme):
    explore = visitor("?how=by+hand", color_scheme=scheme)
    explore.page.get_by_text("Lite0 ready").wait_for()  # no name may arrive between two looks
    for key in (
        ".st-key-share", ".st-key-export", ".pad-surface", ".pad-box", ".pad-lam", ".pad-layers",
        ".pad-split", ".st-key-pick-a", ".st-key-random", ".st-key-method", ".st-key-family",
        ".st-key-member", ".st-key-how", ".st-key-seed", ".st-key-lock",
    ):  # fmt: skip
        tab_to(explore, key)
        focused = _look(explore, key)
        explore.page.evaluate("document.activeElement.blur()")
        changed = np.abs(focused - _look(explore, key)).max(-1) > 40
        assert changed.sum() > 20, f"{key}: nobody sees that it has the focus"
        # The browser goes on from where the focus was, so the walk needs no start anew.


def _look(explore, key, margin=6):
    """The pixels of a control and a little around it, as int (h, w, 3)."""
    box = explore.page.locator(key).bounding_box()
    clip = {side: box[side] - margin for side in ("x", "y")}
    clip |= {side: box[side] + 2 * margin for side in ("width", "height")}
    png = explore.page.screenshot(clip=clip, animations="disabled")
    return np.array(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_keys_are_the_page_s_again_once_a_pointer_has_chosen_a_method(visitor):
    explore = visitor(viewport={"width": 1024, "height": 768})  # a projector
    page = explore.page
    method = page.locator(".st-key-method input").bounding_box()
    assert method["y"] + method["height"] <= 768  # beside the picture, not a screen below it
    picture = page.locator(".pad-picture").bounding_box()
    assert picture["y"] > 0
    assert picture["y"] + picture["height"] < method["y"]
    explore.choose_method("ResizeMix")
    until(lambda: page.evaluate("document.activeElement === document.body"), "the free keyboard")
    page.keyboard.press("2")
    page.locator(".pad-layers [aria-checked=true]", has_text="Mask").wait_for()
    assert page.locator(".st-key-method input").input_value().startswith("ResizeMix")
