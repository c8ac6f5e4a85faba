"""How a page arrives: its frame from the first paint, nothing jumps, little is sent."""

import pytest

from browser.explore import Explore
from browser.hands import until

# Every shift of the layout since the page began, as the browser counts it.
SHIFTS = """
window.shifts = 0;
new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""
STANDS = "!document.documentElement.classList.contains('arriving')"
MOST = 4e6  # bytes of a first visit; it was 11.6 million


@pytest.fixture(scope="module")
def warm(server, chromium):
    """The server after its first visitor, for whom it has made what it then keeps."""
    page = chromium.new_page()
    Explore(page, server).open()
    page.get_by_text("Lite0 ready").wait_for()
    page.close()
    return server


DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.mark.parametrize(
    ("path", "size"),
    [*((path, DESK) for path in ("", "compare", "audit", "train", "about")), ("", PHONE)],
)
def test_a_page_arrives_in_one_step(warm, chromium, path, size):
    context = chromium.new_context(viewport=size)
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.add_init_script(SHIFTS)
    network, sent = context.new_cdp_session(page), []
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    loaded = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(f"{warm}/{path}", wait_until="commit")
    page.locator(".front").wait_for()  # before the app has drawn anything
    until(lambda: page.evaluate(STANDS), "the page itself")
    assert page.locator(".front").is_hidden()
    Explore(page, warm).settle()
    assert page.evaluate("shifts") < 0.05
    assert sum(sent) < MOST
    # An audit is explored in Plotly; 4.7 MB for anything less would be a waste.
    assert path == "audit" or not [url for url in loaded if "Plotly" in url]
    context.close()
