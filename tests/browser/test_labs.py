"""Labs in a browser: every one opens and moves under the hand, and a run outlives its tab."""

import re

import pytest

from browser.conftest import PATIENCE, free_port, serving
from browser.explore import Explore
from browser.hands import until
from mixcore.labs import list_labs, read_card
from mixcore.runs import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    home = tmp_path_factory.mktemp("labs") / "home"
    home.mkdir()
    return Store(home)


@pytest.fixture(scope="module")
def address(store):
    with serving(store, free_port()) as address:
        yield address


@pytest.fixture
def page(profiles, address):
    page = profiles(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    page.close()


def _fault(message):
    """What a console says of a fault; Streamlit looks for its server below the page's address."""
    return [message.text] if message.type == "error" and "404" not in message.text else []


def test_every_lab_opens_from_its_card_and_moves(page, address):
    wrong, outside = [], []
    inside = (address, address.replace("http", "ws"), "data:", "blob:")
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: r.url.startswith(inside) or outside.append(r.url))
    page.on("console", lambda m: wrong.extend(_fault(m)))
    explore = Explore(page, address)
    page.goto(f"{address}/labs")
    for key in list_labs():
        card = read_card(key)
        page.locator(f".st-key-open-{key} button").click()
        page.locator("h1", has_text=card.question).wait_for()
        page.locator(".stage-main canvas, .stage-main svg, .stage-main img").first.wait_for()
        explore.settle()
        if card.hero:
            number = page.locator(".stage-whole").inner_text()
            slider = page.locator(".stage-hero input")
            slider.focus()
            slider.press("Home")
            assert page.locator(".stage-whole").inner_text() != number, key  # without the server
            page.wait_for_url(re.compile(rf"{key}\.{card.hero}="))
            explore.settle()
        page.locator(".st-key-all-labs button").click()
        page.locator(".lab-card").first.wait_for()
    assert wrong == []
    assert outside == []


def test_a_point_is_clicked_and_taken_back(page, address):
    explore = Explore(page, address)
    page.goto(f"{address}/labs?lab=cmixup")
    picture = page.locator(".stage-main canvas, .stage-main svg").first
    picture.wait_for()
    explore.settle()  # what stands before the page is there rests, too: only now it says something
    box = picture.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.8)
    page.wait_for_url(re.compile(r"cmixup\.anchor=\d+"))
    explore.settle()
    page.locator(".st-key-lab-undo button").click()
    page.wait_for_url(re.compile(r"^(?!.*cmixup\.anchor=)"))


def test_a_run_goes_on_without_its_tab(profiles, store, address):
    page = profiles(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/labs?lab=icm")
    Explore(page, address).settle()
    field = page.get_by_label("Seeds", exact=True)
    field.fill("1")
    field.press("Enter")
    Explore(page, address).settle()
    page.locator(".st-key-lab-run button").click()
    until(lambda: [run.status().state for run in store.runs()] == ["running"], "the run")
    page.close()
    until(lambda: store.runs()[0].status().state == "done", "its end")
    page = profiles(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/labs?lab=icm")
    page.locator(".st-key-lab-finding .state.done").wait_for()
    assert page.locator(".st-key-lab-finding .lab-track .live").count() >= len(
        read_card("icm").arms
    )
    page.close()
