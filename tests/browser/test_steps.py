"""Back and Forward: to go to another page is one step, and nothing that was set is lost by it."""

from browser.hands import until

# Each page: a field of it, what a hand writes there, and the entry of the link that keeps it.
PAGES = {
    "Explore": (".st-key-seed input", "77", "seed=77"),
    "Compare": (".st-key-g-seed input", "78", "g.seed=78"),
    "Audit": (".st-key-ask-n input", "79", "ask.n=79"),
    "Train": (".st-key-new-epochs input", "7", "new.epochs=7"),
    "About": (None, None, ""),
}
# From each page to each other, once: steps of 1, 2, 3 and 4 places around five of them.
WALK = [[*PAGES][(step * n) % 5] for step in range(1, 5) for n in range(1, 6)]

SEEN = """fields => [
    document.querySelector('[data-testid=stTopNavLink][aria-current=page]')?.innerText,
    location.pathname, [...new URLSearchParams(location.search)].map(String).sort().join(' '),
    ...fields.map(css => document.querySelector(css)?.value ?? ''),
]"""
FIELDS = [".st-key-method input", *(css for css, *_ in PAGES.values() if css)]


def seen(explore):
    """Which page is shown, its address, and what its fields hold, once it has come to rest."""
    explore.settle()
    return explore.page.evaluate(SEEN, FIELDS)


def shows(explore, expected, what):
    """Wait until the page is as it was left."""
    last = []
    try:
        until(lambda: last.append(seen(explore)) or last[-1] == expected, what)
    except AssertionError:
        assert last[-1] == expected, what
        raise


def set_by_hand(explore, name):
    """Set what there is to set on this page; what is seen then."""
    css, value, entry = PAGES[name]
    if css:
        explore.page.locator(css).fill(value)
        explore.page.locator(css).press("Enter")
    until(lambda: entry in explore.page.evaluate("location.search"), entry)
    return seen(explore)


def test_back_and_forward_between_all_pages_lose_nothing(visitor):
    explore = visitor("?m=mixup")
    page = explore.page
    here, left = "Explore", {"Explore": set_by_hand(explore, "Explore")}
    for name in WALK:
        steps = page.evaluate("history.length")
        page.get_by_test_id("stTopNavLink").filter(has_text=name).click()
        until(lambda name=name: seen(explore)[0] == name, f"{name} from {here}")
        if name not in left:
            left[name] = set_by_hand(explore, name)
        shows(explore, left[name], f"{name} as it was left")
        page.go_back()
        shows(explore, left[here], f"back from {name} to {here}")
        page.go_forward()
        shows(explore, left[name], f"on from {here} to {name}")
        assert page.evaluate("history.length") == steps + 1
        here = name
    explore.choose_method("ResizeMix")
    until(lambda: "m=resizemix" in page.evaluate("location.search"), "the method in the address")
    page.go_back()
    shows(explore, left["Explore"], "the method before")
    explore.set_seed(7)  # what was chosen on the later step must not come back with it
    held = {"m,mixup", "seed,7"}
    until(lambda: held <= set(seen(explore)[2].split()), "that method, and the new seed")
    assert page.locator(".st-key-method input").input_value().startswith("Mixup")
