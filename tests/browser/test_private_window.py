"""The link as it is copied, opened by somebody who shares nothing else: pixels and numbers."""

import numpy as np
import pytest

from browser.explore import Explore, decoded, expected
from browser.hands import address_holds, copied_link

STATES = {
    "cut, named and parametrised": "?a=owl&a.zoom=1.7&a.x=0.2&a.name=Uhu%20%C3%BC&b=dog&b.y=0.9"
    "&m=cutmix&cutmix.alpha=0.4&cutmix.correct_lam=false&seed=31&layer=mask",
    "scene and box": "?a=scene&a.scene=21&m=resizemix&how=box&rows=10&rows=120&columns=5"
    "&columns=400&seed=8&lock=true",
}


def told(explore):
    """All numbers: the sentences, the bars and the table."""
    # What a model sees is there with the names that it proposes.
    explore.page.locator(".sees", has_text="The model sees").wait_for()
    bars = explore.page.locator(".pad-words .track")
    explore.page.get_by_role("tab", name="Numbers").click()
    table = explore.page.get_by_test_id("stTable").inner_text()
    labels = bars.evaluate_all("all => all.map(track => track.getAttribute('aria-label'))")
    return explore.words(), labels, table


def large(explore):
    """The large picture, whatever layer it is."""
    return explore.picture(explore.page.locator(".pad-picture").get_attribute("aria-label"))


@pytest.mark.parametrize("query", STATES.values(), ids=STATES)
def test_a_copied_link_opens_the_same(visitor, query):
    sender = visitor(query)
    sender.notices(0)
    receiver = visitor("?" + copied_link(sender).partition("?")[2], alone=True)
    assert np.array_equal(large(receiver), large(sender))
    mixes = [decoded(person.export("mixed-png")) for person in (sender, receiver)]
    assert np.array_equal(*mixes)
    assert told(receiver) == told(sender)
    assert copied_link(receiver) == copied_link(sender)


def test_the_address_bar_follows_the_widgets_and_is_a_link_too(visitor):
    sender = visitor()
    sender.choose_method("FMix")
    sender.shows(expected("fmix")[0])  # at a person's pace: look, then go on
    sender.set_seed(41)
    sender.shows(expected("fmix", seed=41)[0])
    sender.lam_by_hand(-12)
    sender.shows(expected("fmix", seed=41, lam=0.53)[0])
    address_holds(sender, "m=fmix", "seed=41", "lam=0.53", "how=by")
    receiver = visitor("?" + sender.page.url.partition("?")[2], alone=True)
    receiver.shows(sender.picture())
    assert told(receiver) == told(sender)
    receiver.page.reload()
    receiver.shows(sender.picture())
    assert receiver.box("seed").locator("input").input_value() == "41"


def test_nothing_leaves_and_nothing_is_complained_of(server, chromium):
    context = chromium.new_context(viewport={"width": 1440, "height": 960})
    page, sockets, complaints = context.new_page(), [], []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.on("console", lambda m: m.type == "error" and complaints.append(m.text))
    explore = Explore(page, server)
    explore.open("?m=nope&lam=999")
    explore.choose_method("FMix")
    explore.export("figure-png")
    loaded = page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
    strange = [u for u in loaded if not u.startswith((server, "data:", "blob:"))]
    context.close()
    assert len(loaded) > 5, "nothing was seen, so nothing is proved"
    assert strange == []
    assert {url.startswith(server.replace("http", "ws")) for url in sockets} == {True}
    assert complaints == []
