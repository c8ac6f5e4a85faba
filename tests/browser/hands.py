"""What hands do beyond pressing one button: copying a block, walking the page by Tab."""

import time

PATIENCE = 90  # seconds; a busy machine of two cores may need them


def until(holds, what):
    """The first true value of `holds()`; AssertionError naming `what` when it never comes."""
    end = time.monotonic() + PATIENCE
    while not (value := holds()):
        assert time.monotonic() < end, f"waited {PATIENCE} s in vain: {what}"
        time.sleep(0.1)
    return value


def copied(explore, block):
    """Press the copy button of a block of code; returns what a paste would give."""
    page = explore.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('')")
    block.hover()
    block.get_by_role("button", name="Copy to clipboard").click()
    return until(lambda: page.evaluate("navigator.clipboard.readText()"), "the copy")


def copied_link(explore):
    """The link as Share gives it to the clipboard."""
    explore.open_popover("share")
    link = copied(explore, explore.page.get_by_test_id("stPopoverBody").get_by_test_id("stCode"))
    explore.close_popover()
    return link


def copied_code(explore):
    """The snippet as its copy button gives it."""
    return copied(explore, explore.box("details-panel").get_by_test_id("stCode").first)


def address_holds(explore, *parts):
    """Wait until the address bar holds these entries, such as "seed=7"."""
    # Asked of the page: Playwright's own notion of the address stands still while we sleep.
    holds = "parts => parts.every(part => location.search.includes(part))"
    until(lambda: explore.page.evaluate(holds, parts), f"{parts} in the address")


def tab_to(explore, css, presses=90):
    """Press Tab until the focus is inside `css`; the element is never touched otherwise."""
    inside = f"() => Boolean(document.activeElement.closest({css!r}))"
    for _ in range(presses):
        explore.page.keyboard.press("Tab")
        if explore.page.evaluate(inside):
            return
    raise AssertionError(f"{presses} presses of Tab never reached {css}")
