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


def go(explore, name):
    """Follow the link to this page."""
    explore.page.get_by_test_id("stTopNavLink").filter(has_text=name).click()
    until(lambda: seen(explore)[0] == name, name)


# The next message to the server waits until the page has been left, as one does on a busy machine;
# strayed turns true when the browser hears of a run of the page that it had left.
LATE = """() => {
    const send = WebSocket.prototype.send, push = history.pushState;
    const left = location.pathname;
    let late = null;
    WebSocket.prototype.send = function (data) {
        if (late === null) { late = data.slice(); return; }
        if (location.pathname === left) { send.call(this, data); return; }
        WebSocket.prototype.send = send;
        this.send(data);
        setTimeout(() => this.send(late), 50);
    };
    history.pushState = (...entry) => {
        window.strayed ||= entry[2].includes(left);
        return push.apply(history, entry);
    };
}"""


def test_what_a_page_says_late_does_not_bring_it_back(visitor):
    explore = visitor()
    page = explore.page
    go(explore, "Compare")
    compare = set_by_hand(explore, "Compare")
    go(explore, "Audit")
    page.evaluate(LATE)
    audit = set_by_hand(explore, "Audit")
    page.go_back()
    page.wait_for_function("window.strayed")
    shows(explore, compare, "back, whatever Audit says")
    page.go_forward()
    shows(explore, audit, "on, with what was set there")


def test_back_and_forward_between_all_pages_lose_nothing(visitor):
    explore = visitor("?m=mixup")
    page = explore.page
    left = {"Explore": set_by_hand(explore, "Explore")}
    names = [*PAGES]
    for at, here in enumerate(names):
        steps = page.evaluate("history.length")
        for name in [*names[at + 2 :], *names[:at], *names[at + 1 : at + 2]]:  # the next one last
            go(explore, name)
            if name not in left:
                left[name] = set_by_hand(explore, name)
            shows(explore, left[name], f"{name} as it was left")
            page.go_back()
            shows(explore, left[here], f"back from {name} to {here}")
            assert page.evaluate("history.length") == steps + 1
        page.go_forward()
        shows(explore, left[name], f"on from {here} to {name}")
    go(explore, "Explore")
    explore.choose_method("ResizeMix")
    until(lambda: "m=resizemix" in page.evaluate("location.search"), "the method in the address")
    page.go_back()
    shows(explore, left["Explore"], "the method before")
    explore.set_seed(7)  # what was chosen on the later step must not come back with it
    held = {"m,mixup", "seed,7"}
    until(lambda: held <= set(seen(explore)[2].split()), "that method, and the new seed")
    assert page.locator(".st-key-method input").input_value().startswith("Mixup")
