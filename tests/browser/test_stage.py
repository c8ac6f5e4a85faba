"""The stage of a lab under a hand, in an empty page, with a throw-away sheet a kind of panel."""

import json

import numpy as np
import pytest

from app.components import stage
from mixcore import cell_masks, hand_words
from mixcore.sheets import packing
from mixcore.sheets.panels import (
    Bars,
    Curve,
    Film,
    Ground,
    Heat,
    Images,
    Line,
    Links,
    Number,
    Overlay,
    Points,
    Scatter,
    Sheet,
    Sound,
    Words,
)

ADDRESS = "http://stage.invalid"  # never asked of the network: every request is answered here
PAGE = """<!doctype html><html style="color-scheme: SCHEME"><title>stage</title>
<style>body { margin: 0; padding: 16px; background: var(--page) } STYLE</style>
<div id="parent"><div class="stage-whole"></div></div>
<script type="module">
import mount from '/stage.js';
const told = globalThis.told = [];
globalThis.show = (data) => mount({ data, parentElement: document.querySelector('#parent'),
  setStateValue: (name, value) => told.push([name, value]) });
globalThis.ready = true;
</script>"""
STYLES = (stage.HERE.parents[1] / "styles/style.css", stage.HERE / "stage.css")
RNG = np.random.default_rng(0)
ROW = np.linspace(-1, 1, 40)
PICTURE = RNG.integers(0, 255, (24, 36, 3), np.uint8)
CLOUD = RNG.normal(size=(200, 3))
AT = np.array([[-0.8, 0.1], [0.0, 0.5], [0.9, 0.9]])


def draw_curve(k):
    points = Points(AT, color="b", size=6, titles=("left", "middle", "right"), ring=0)
    lines = (Line(ROW, ROW**2 * k / 5, "square", "a"), Line(ROW, ROW * k / 5, "line", "mute"))
    links = (Links(AT[:1], AT[1:2], title="pair"),)
    return Curve(lines=lines, points=(points,), links=links, x="x", y="y", hand="anchor")


WORDS = Words(words=("a", "cat", "sat"), weights=[0.1, 0.9, 0.4], changes=("", "new", "gone"))
BARS = Bars(
    names=("plain", "mixed"), values=[[0.2], [0.4]], low=[[0.1], [0.3]], high=[[0.3], [0.5]]
)
WAVE = Sound(wave=np.sin(np.arange(48_000) / 9), marks=(("beat", "b", [0.5, 1.5]),), caption="hum")
MAP = {
    "ground": Ground(np.outer(ROW, ROW), -1, 1, "b"), "x_range": (-1.0, 1.0), "y_range": (0.0, 1.0),
}  # fmt: skip
SHEETS = {
    "scrub": [(draw_curve(k), Heat(values=np.outer(ROW, ROW) * k)) for k in range(6)],
    "cloud": [(Scatter(points=(Points(CLOUD),)), BARS)],
    "brush": [(Overlay(image=PICTURE, map=np.outer(ROW, ROW), hand="cells", grid=(6, 9)), WORDS)],
    "order": [(Images(images=(PICTURE,) * 3, captions=("one", "two", "three"), hand="turn"),)],
    "place": [(Scatter(points=(Points(AT),), hand="where", **MAP), Heat(values=[[1, 2], [3, 4]]))],
    "path": [(Overlay(image=PICTURE, hand="way"),)],
    "sound": [(WAVE, WORDS)],
    "film": [(Film(panels=tuple(Heat(values=[[k, 1]]) for k in range(4)), seconds=0.02), BARS)],
}
HANDS = {
    "anchor": {"hand": "point", "value": 0},
    "cells": {"hand": "brush", "value": cell_masks.write_mask(np.zeros((6, 9), bool))},
    "turn": {"hand": "order", "value": "0-1-2"},
    "where": {"hand": "place", "value": "0.5,0.5"},
    "way": {"hand": "path", "value": "0.1,0.1"},
}
COUNT_COLORS = """canvas => new Set(new Uint32Array(canvas.getContext("2d")
  .getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"""
VALUES = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2]


def pack(name, **more):
    """What app/components/stage hands to the browser for one of SHEETS."""
    frames = [
        Sheet(
            f"Frame *{i}*{{a}}." + " More." * 40 * (i == 4),
            Number(i, f"{i} ×", "as far", "b"),
            panels,
        )
        for i, panels in enumerate(SHEETS[name])
    ]
    hero = {"name": "width", "label": "width", "help": "How wide", "values": VALUES}
    hero |= {"texts": [f"{value} sd" for value in VALUES]}
    several = len(frames) > 1
    data = {"at": 0, "hero": hero if several else None, "hands": HANDS, "seq": 0}
    return packing.pack_sheets(frames) | data | more


class Theater:
    """One page with the stage in it, and what the hand told the server."""

    def __init__(self, page):
        self.page, self.errors = page, []
        page.on("console", lambda m: m.type == "error" and self.errors.append(m.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.route(f"{ADDRESS}/**", self._answer)
        self.scheme = "light"

    def _answer(self, route):
        if route.request.url.endswith(".js"):
            script = stage.join_modules(stage.HERE, stage.MODULES)
            route.fulfill(body=script, content_type="text/javascript")
        else:
            style = "\n".join(path.read_text() for path in STYLES)
            body = PAGE.replace("STYLE", style).replace("SCHEME", self.scheme)
            route.fulfill(body=body, content_type="text/html")

    def open(self, name):
        self.page.goto(f"{ADDRESS}/")
        self.page.wait_for_function("globalThis.ready")
        self.show(pack(name))
        return self

    def show(self, data):
        self.page.evaluate("data => show(data)", json.loads(json.dumps(data, allow_nan=False)))

    def find(self, css):
        return self.page.locator(css).first

    def told(self, count=1):
        """The last message, once there are so many."""
        self.page.wait_for_function("n => told.length >= n", arg=count)
        name, message = self.page.evaluate("told.at(-1)")
        assert name == "hand"
        return message["name"], message["value"]

    def ink(self, css="canvas"):
        """A digest of what is drawn on a canvas."""
        return self.find(css).evaluate("canvas => canvas.toDataURL()")

    def drag(self, css, *places):
        """From place to place, shares of an element."""
        box = self.find(css).bounding_box()
        for i, (x, y) in enumerate(places):
            self.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
            if not i:
                self.page.mouse.down()
        self.page.mouse.up()


@pytest.fixture
def theater(page):
    theater = Theater(page)
    yield theater
    assert theater.errors == []


@pytest.mark.parametrize("width", [390, 1440])
def test_the_hero_is_scrubbed_here_and_told_once_it_rests(theater, width):
    theater.page.set_viewport_size({"width": width, "height": 900})
    theater.open("scrub")
    first, heat = theater.ink(), theater.ink(".stage-helper canvas")
    slider, place = theater.find(".stage-hero input"), theater.find(".stage-panel").bounding_box()
    slider.evaluate(
        "slider => { for (const i of [1, 2, 3, 4]) { slider.value = i;"
        " slider.dispatchEvent(new Event('input', { bubbles: true })); } }"
    )
    assert theater.page.evaluate("told.length") == 0
    assert theater.find(".stage-whole").get_attribute("data-frame") == "4"
    assert theater.find(".stage-sentence").inner_text().startswith("Frame 4.")
    assert theater.find(".stage-number b").inner_text() == "4 ×"
    assert theater.ink() != first
    assert theater.ink(".stage-helper canvas") != heat
    assert slider.get_attribute("aria-valuetext") == "1.6 sd"
    assert theater.find(".stage-panel").bounding_box() == place
    assert theater.told() == ("width", 1.6)
    # What was asked for before the hand moved does not move it back; the answer to it does.
    theater.show(pack("scrub", at=1, seq=0))
    assert theater.find(".stage-whole").get_attribute("data-frame") == "4"
    theater.show(pack("scrub", at=2, seq=1))
    assert theater.find(".stage-whole").get_attribute("data-frame") == "2"


def test_a_point_is_chosen_by_click_and_by_keys(theater):
    theater.open("scrub")
    canvas = theater.find(".stage-panel canvas")
    canvas.focus()
    theater.page.keyboard.press("ArrowRight")
    assert theater.told() == ("anchor", 1)
    theater.page.keyboard.press("ArrowRight")
    assert theater.told(2) == ("anchor", 2)
    assert theater.find(".stage-tip").inner_text() == "right"
    # The tip stands beside the point that it names; a click there chooses it.
    tip = theater.find(".stage-tip").bounding_box()
    box = canvas.bounding_box()
    assert box["x"] < tip["x"] < box["x"] + box["width"]
    theater.page.keyboard.press("ArrowLeft")
    assert theater.told(3) == ("anchor", 1)
    tip = theater.find(".stage-tip").bounding_box()
    at = (tip["x"] - 14, tip["y"] + tip["height"] + 12)
    theater.page.keyboard.press("ArrowLeft")
    assert theater.told(4) == ("anchor", 0)
    theater.page.mouse.move(*at)
    assert theater.find(".stage-tip").inner_text() == "middle"
    theater.page.mouse.down()
    theater.page.mouse.up()
    assert theater.told(5) == ("anchor", 1)


def test_a_cloud_turns(theater):
    theater.open("cloud")
    before = theater.ink()
    theater.drag("canvas", (0.4, 0.5), (0.6, 0.55))
    dragged = theater.ink()
    assert dragged != before
    theater.find("canvas").focus()
    theater.page.keyboard.press("ArrowLeft")
    assert theater.ink() != dragged


def test_what_is_painted_is_what_mixcore_reads(theater):
    theater.open("brush")
    canvas = theater.find("canvas")
    theater.drag("canvas", (0.5 / 9, 0.5 / 6), (3.5 / 9, 0.5 / 6))
    name, word = theater.told()
    mask = np.zeros((6, 9), bool)
    mask[0, :4] = True
    assert name == "cells"
    assert np.array_equal(hand_words.read_cells(word), mask)
    canvas.focus()
    theater.page.keyboard.press("ArrowDown")
    theater.page.keyboard.press(" ")
    mask[1, 3] = True
    assert np.array_equal(hand_words.read_cells(theater.told(2)[1]), mask)


def test_a_handle_and_a_path_are_words_of_mixcore(theater):
    theater.open("place")
    assert theater.find("canvas").evaluate(COUNT_COLORS) > 100  # the map beneath the points
    theater.drag("canvas", (0.5, 0.5), (0.25, 0.75))
    x, y = hand_words.read_place(theater.told()[1])
    assert (x, y) == (pytest.approx(0.25, abs=0.03), pytest.approx(0.75, abs=0.05))
    theater.find("canvas").focus()
    theater.page.keyboard.press("ArrowRight")
    assert hand_words.read_place(theater.told(2)[1]) == (pytest.approx(x + 0.02), y)
    theater.open("path")
    theater.drag("canvas", (0.1, 0.1), (0.5, 0.5), (0.9, 0.1))
    places = hand_words.read_path(theater.told()[1])
    assert len(places) > 4
    assert places[0] == (pytest.approx(0.1, abs=0.01), pytest.approx(0.1, abs=0.01))
    assert places[-1] == (pytest.approx(0.9, abs=0.01), pytest.approx(0.1, abs=0.01))


def test_pictures_are_put_in_order_by_drag_and_by_keys(theater):
    theater.open("order")
    figures = [one.bounding_box() for one in theater.page.locator("figure").all()]
    theater.page.mouse.move(figures[0]["x"] + 20, figures[0]["y"] + 20)
    theater.page.mouse.down()
    for place in figures[1:]:
        theater.page.mouse.move(place["x"] + 25, place["y"] + 25, steps=3)
    theater.page.mouse.up()
    assert theater.told() == ("turn", "1-2-0")
    captions = theater.page.locator("figcaption").all_inner_texts()
    assert captions == ["two", "three", "one"]
    theater.page.keyboard.press("ArrowLeft")
    assert theater.told(2) == ("turn", "1-0-2")


def test_a_sound_and_a_film_play(theater):
    theater.open("sound")
    play = theater.find(".stage-play")
    play.click()
    theater.page.wait_for_function("document.querySelector('.stage-play').ariaPressed === 'true'")
    theater.page.wait_for_function("!document.querySelector('output').innerText.startsWith('0.0')")
    play.click()
    theater.page.wait_for_function("document.querySelector('.stage-play').ariaPressed === 'false'")
    assert theater.page.locator(".stage-word").all_inner_texts()[0] == "a"
    theater.open("film")
    film = theater.find(".stage-film")
    assert film.get_attribute("data-at") == "0"
    theater.find(".stage-play").click()
    theater.page.wait_for_function("document.querySelector('.stage-film').dataset.at === '3'")
    theater.find(".stage-play").click()
    theater.find(".stage-reel input").fill("1")
    assert film.get_attribute("data-at") == "1"


@pytest.mark.parametrize("name", SHEETS)
def test_nothing_is_cut_and_everything_has_a_name(theater, name):
    for scheme, width in (("light", 390), ("dark", 1100)):
        theater.scheme = scheme
        theater.page.set_viewport_size({"width": width, "height": 844})
        theater.open(name)
        assert theater.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert theater.page.evaluate(
            "[...document.querySelectorAll('canvas, button, input')].filter(one =>"
            " one.checkVisibility() && !one.ariaLabel).length"
        ) == 0  # fmt: skip
        side = min(width, 844)
        main = theater.find(".stage-panel .stage-ground").bounding_box()
        assert max(main["width"], main["height"]) >= 0.45 * side


def test_a_switch_of_the_theme_is_followed(theater):
    theater.open("scrub")
    light = theater.ink()
    theater.page.evaluate("document.documentElement.style.colorScheme = 'dark'")
    theater.page.wait_for_function(
        "light => document.querySelector('canvas').toDataURL() !== light", arg=light
    )
