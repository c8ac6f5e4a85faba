"""Audit with real workers: from the first click to the very mix in Explore, through restarts."""

import re

import pytest

from audits import finished
from browser.conftest import PATIENCE, free_port, serving
from browser.hands import until
from mixcore.audit.audit_request import AuditRequest
from mixcore.runs import Store

SMALL = "ask.n=9&ask.batch=3&ask.methods=CutMix&ask.methods=FMix&ask.device=cpu"
LONG = "ask.n=5000&ask.batch=8&ask.methods=CutMix&ask.device=cpu"


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A store with one small audit, done."""
    place = tmp_path_factory.mktemp("done")
    asked = AuditRequest(methods=("cutmix", "fmix"), n=20, batch=10, device="cpu")
    finished(place, asked)
    return Store(place / "home")


def start(page, address, query):
    page.goto(f"{address}/audit?{query}")
    page.get_by_role("button", name="Start", exact=True).click()


def now(page):
    """The mismatch of the mix in focus, as it is printed."""
    return page.locator(".mix.now figcaption b").inner_text()


def listed(page):
    """How many mixes there are to go through."""
    label = page.locator(".st-key-mix label").inner_text()
    return int(re.search(r"of ([\d,]+)", label)[1].replace(",", ""))


def test_the_worst_mix_of_an_audit_is_the_very_same_in_explore(store, page):
    with serving(store, free_port()) as address:
        start(page, address, f"{SMALL}&by=FMix")
        page.locator(".state.done").wait_for(timeout=3 * PATIENCE)  # workers are nice
        page.locator(".found h2").wait_for()
        assert "stays within the bound of rounding" in page.locator(".controls").inner_text()
        page.locator(".st-key-mixes img").first.wait_for()  # made by a thread, a moment later
        shown = page.locator(".mix figcaption .row b").all_inner_texts()
        assert shown == sorted(shown, reverse=True)
        many = listed(page)
        assert many == len(shown)
        page.get_by_role("button", name="Download", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("button", name="All rows, CSV").click()
        lines = download.value.path().read_text().splitlines()
        assert len(lines) == 1 + 9 * (2 + 2)  # two methods, two controls
        page.keyboard.press("Escape")
        page.locator(".st-key-open-0 button").click()
        page.locator(".mismatch b").wait_for()
        numbers = page.get_by_text(re.compile(r"^Mismatch \d\.\d{4}\.")).first
        numbers.wait_for(state="attached")
        found = re.search(r"Mismatch (\d\.\d{4})", numbers.text_content())[1]
        assert abs(float(found) - float(shown[0])) < 1e-3
        page.go_back()
        page.locator(".found h2").wait_for()
        until(lambda: listed(page) == many and now(page) == shown[0], "the audit as it was left")


def test_back_returns_to_the_very_tile_and_the_worst_stand_on_the_first_screen(done, page):
    page.set_viewport_size({"width": 1440, "height": 900})
    with serving(done, free_port()) as address:
        page.goto(f"{address}/audit")
        page.locator(".st-key-mixes img").first.wait_for()
        until(lambda: page.locator(".skeleton").count() == 0, "the thumbnails")
        first = page.locator(".st-key-mixed-0").bounding_box()
        assert page.locator(".found h2").bounding_box()["y"] > 0
        assert first["y"] + first["height"] <= 900
        picture = page.locator(".st-key-mixes img").first
        wide, high = picture.evaluate("one => [one.naturalWidth, one.naturalHeight]")
        assert wide == 2 * high  # the mix, and beside it its evidence
        assert page.locator(".mix").first.locator(".weigh").count() == 2
        chosen = page.locator(".mix").nth(9).locator(".row b").inner_text()
        top = "document.querySelector('[data-testid=stMain]').scrollTop"
        page.evaluate(f"{top} = 400")
        page.locator(".st-key-open-9 button").click()
        page.locator(".mismatch b").wait_for()
        page.go_back()
        until(lambda: page.evaluate(top) == 400, "the place on the page")
        assert now(page) == chosen
        assert page.locator(".st-key-mixed-9 .now").count() == 1


def test_on_a_phone_the_worst_mixes_stand_on_the_first_screen_until_filters_are_asked_for(
    done, page
):
    page.set_viewport_size({"width": 390, "height": 844})
    with serving(done, free_port()) as address:
        page.goto(f"{address}/audit")
        page.locator(".st-key-mixes img").first.wait_for()
        until(lambda: page.locator(".skeleton").count() == 0, "the thumbnails")
        first = page.locator(".st-key-mixed-0").bounding_box()
        assert page.locator(".found h2").bounding_box()["y"] > 0
        assert first["y"] + first["height"] <= 844
        assert not page.locator(".st-key-filters").is_visible()
        page.get_by_text("Filters, order and review").click()
        page.locator(".st-key-filters").wait_for()
        page.get_by_role("button", name="Next").wait_for()


def test_an_audit_survives_page_and_server(store, page, chromium):
    port = free_port()
    with serving(store, port) as address:
        start(page, address, LONG)
        page.locator(".state.running").wait_for()
        page.wait_for_url("**audit=1+scenes**")
        (run,) = store.runs()
        until(lambda: run.status().step > 8, "the first blocks")
        page.locator(".found h2").wait_for()
        assert "So far: " in page.locator(".found .note").inner_text()
        pid, first = run.status().pid, run.status().step
        page.reload()
        page.locator(".state.running").wait_for()
        assert "audit=1+scenes" in page.url
        until(lambda: run.status().step > first, "more mixes after a refresh")
        page.close()
    second = run.status().step
    until(lambda: run.status().step > second, "more mixes without a server")
    with serving(store, port) as address:
        page = chromium.contexts[-1].new_page()
        page.goto(f"{address}/audit")
        page.locator(".state.running").wait_for()  # shown without being asked
        assert run.status().pid == pid
        page.get_by_role("button", name="Stop").click()
        until(lambda: run.status().state == "stopped", "the end of the run")
        assert run.status().wall - (run.folder / "cancel").stat().st_mtime < 3
        at = run.status().step
        page.get_by_role("button", name="Resume").click()
        until(lambda: run.status().step > at, "more mixes")
        assert [one.id for one in store.runs()] == [run.id]


def test_a_review_goes_by_keys_and_keys_leave_fields_alone(done, page):
    with serving(done, free_port()) as address:
        page.goto(f"{address}/audit?by=CutMix")
        page.locator(".mix.now").wait_for()
        first, all_ = now(page), listed(page)
        # Streamlit may lose a key that is pressed while the page is being drawn anew.
        until(lambda: page.locator(".skeleton").count() == 0, "the thumbnails")
        page.wait_for_load_state("networkidle")
        page.keyboard.press("j")
        until(lambda: now(page) != first, "the next one")
        page.keyboard.press("k")
        until(lambda: now(page) == first, "the one before")
        page.keyboard.press("Space")
        page.get_by_text("1 reviewed").wait_for()
        page.locator(".st-key-ask-more summary").focus()
        page.keyboard.press("Space")  # what has the focus is pressed, and nothing is reviewed
        page.locator(".st-key-ask-more details[open]").wait_for()
        assert page.get_by_text("1 reviewed").is_visible()
        page.locator(".st-key-ask-data, .st-key-ask\\.data").get_by_role("combobox").first.click()
        page.keyboard.type("jjk")
        page.keyboard.press("Escape")
        page.reload()
        page.get_by_text("1 reviewed").wait_for()
        assert now(page) == first
        page.get_by_text("not yet", exact=True).click()
        until(lambda: listed(page) == all_ - 1, "the ones that are left")
        page.wait_for_url("**seen=not+yet**")


def draw(page, box):
    """Draw a box around the upper half of a chart."""
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.5, steps=8)
    page.mouse.up()


def test_what_is_drawn_around_in_the_chart_is_listed_after_back_too(done, page):
    with serving(done, free_port()) as address:
        page.goto(f"{address}/audit")
        plot = page.locator(".st-key-panel-shares .plotly .draglayer .nsewdrag")
        plot.wait_for()
        page.locator(".mix.now").wait_for()
        all_ = listed(page)
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        draw(page, box)
        page.get_by_role("button", name="Show all again").wait_for()
        until(lambda: 0 < listed(page) < all_, "the ones in the box")
        inside = listed(page)
        page.mouse.dblclick(box["x"] + 6, box["y"] + box["height"] - 6)  # beside it
        until(lambda: listed(page) == all_, "all of them")
        draw(page, box)
        until(lambda: listed(page) == inside, "the ones in the box again")
        page.wait_for_url("**box=*")
        page.locator(".st-key-open-0 button").click()
        page.locator(".mismatch b").wait_for()
        page.go_back()
        outline = page.locator(".st-key-panel-shares .selectionlayer path")
        outline.first.wait_for(state="attached")
        until(lambda: listed(page) == inside, "the ones in the box after Back")
        page.get_by_role("button", name="Show all again").click()
        until(lambda: listed(page) == all_, "all of them")
        until(lambda: outline.count() == 0, "a chart with nothing drawn")
