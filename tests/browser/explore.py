"""Explore as a person in a browser sees it, and what mixcore says it must show."""

import base64
import io
import re
import time
from itertools import zip_longest

import numpy as np
import torch
from PIL import Image
from playwright.sync_api import expect

from mixcore import Batch, PlanK, method, pictures
from mixcore.data import gallery, scenes

SIZE, SEED = 448, 1234
PATIENCE = 90  # seconds
NAMED = ":is(img[alt='{0}'], canvas[aria-label='{0}'])"  # a picture of this name


def expected(key="cutmix", seed=SEED, a=None, b=None, params=None, **given):
    """What mixcore makes of the usual photos: the mixed picture and what A's label is worth.

    cat, coffee, kingfisher and castle, as many as the method mixes; or scenes where it needs them.
    """
    info = type(method(key)).info
    known = {}
    if info.needs:
        made = [scenes.make(number, SIZE) for number in (2, 18)]
        alpha = np.stack([scene.alpha for scene in made])[:, None]
        known = {
            "evidence": {"object": torch.from_numpy(alpha)},
            "grounds": pictures.to_tensor(*(scene.empty for scene in made)),
        }
        photos = [scene.image for scene in made]
    else:
        photos = [gallery.load(name) for name in ("cat", "coffee", "kingfisher", "castle")]
        photos = [own if own is not None else photo for own, photo in zip_longest((a, b), photos)]
    used = [pictures.square(photo, SIZE) for photo in photos[: info.sources]]
    if "index" in info.given:
        given["index"] = [*range(1, info.sources), 0]
    x = pictures.to_tensor(*used)
    plan = method(key, **(params or {})).plan(Batch(x, given=given, **known), rng=seed)
    worth = plan.w[0, 0] if isinstance(plan, PlanK) else plan.w_a[0]
    return pictures.to_array(plan.apply(x))[0], float(worth)


def decoded(data):
    """PNG bytes as uint8 (h, w, 3)."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


class Explore:
    """The page object: how to reach things, never what they should be."""

    def __init__(self, page, address):
        self.page, self.address = page, address

    def open(self, query="", wait=True):
        self.page.goto(f"{self.address}/{query}")
        if wait:
            self.page.wait_for_selector("img[alt='Mixed picture'], .pad-picture[aria-label]")
            self.settle()

    def settle(self):
        """Until the script rests and nothing on the page is from an earlier run."""
        self.page.wait_for_function(
            "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState"
            " === 'notRunning' && !document.querySelector('[data-stale=true]')"
            " && !document.querySelector('[data-state=moving]')"
        )

    def box(self, key):
        return self.page.locator(f".st-key-{key}")

    def picture(self, alt="Mixed picture"):
        """The pixels that reached the browser."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            data = self._fetched(alt)
            if data:
                return decoded(base64.b64decode(data))
        raise AssertionError(f"{alt!r} never arrived.")

    def _fetched(self, alt):
        """Its bytes as text; None where the page has just replaced the picture."""
        image = self.page.locator(NAMED.format(alt)).first
        image.wait_for()
        return image.evaluate(
            """async image => {
                let answer;
                if (image instanceof HTMLCanvasElement) {
                    const canvas = new OffscreenCanvas(image.width, image.height);
                    canvas.getContext('2d').putImageData(
                        image.getContext('2d').getImageData(0, 0, image.width, image.height), 0, 0
                    );
                    answer = new Response(await canvas.convertToBlob());
                } else answer = await fetch(image.src);
                if (!answer.ok) return null;
                const bytes = new Uint8Array(await answer.arrayBuffer());
                let text = '';
                for (const byte of bytes) text += String.fromCharCode(byte);
                return btoa(text);
            }"""
        )

    def shows(self, picture):
        """Wait until the mixed picture is this one, pixel for pixel."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.settle()
            if np.array_equal(self.picture(), picture):
                return
        raise AssertionError("The page never showed the picture that mixcore makes.")

    def choose_method(self, title):
        self.box("method").locator("input").click()
        # "Mixup" is in the name of another method too.
        self.page.get_by_role("option", name=re.compile(f"^{title} ")).click()
        self.settle()

    def set_seed(self, seed):
        field = self.box("seed").locator("input")
        field.fill(str(seed))
        field.press("Enter")
        self.settle()

    def lam_by_hand(self, presses):
        """Set lam by hand and move it by so many steps of 0.01, with the keyboard."""
        self.box("how").get_by_role("radio", name="By Hand").click()
        self.page.locator(".pad-lam output", has_text="by hand").wait_for()
        slider = self.page.locator(".pad-lam input")
        slider.focus()
        for _ in range(abs(presses)):
            slider.press("ArrowRight" if presses > 0 else "ArrowLeft")
        self.settle()

    def link(self):
        """The link that the page offers."""
        self.open_popover("share")
        text = self.page.get_by_test_id("stPopoverBody").locator("code").inner_text()
        self.close_popover()
        return text.strip()

    def query(self):
        return "?" + self.link().partition("?")[2]

    def code(self):
        return self.box("details-panel").locator("code").first.inner_text()

    def words(self):
        parts = self.page.locator(".pad-words, .st-key-words").all_inner_texts()
        return " ".join(parts).replace("\xa0", " ")

    def layer(self, title):
        """Choose the large layer."""
        self.page.get_by_role("radiogroup", name="Layer").get_by_role("radio", name=title).click()
        self.settle()

    def notices(self, count):
        """The sentences that the page tells, once there are so many of them."""
        told = self.page.get_by_test_id("stAlert").locator("p")
        expect(told).to_have_count(count, timeout=PATIENCE * 1000)
        return told.all_inner_texts()

    def export(self, key):
        """The bytes of one export."""
        self.open_popover("export")
        with self.page.expect_download() as download:
            self.box(f"save-{key}").get_by_role("button").click()
        path = download.value.path()
        self.close_popover()
        return path.read_bytes()

    def open_popover(self, key):
        """Open it and wait for what the script then draws in it."""
        self.box(key).get_by_role("button").first.click()
        self.page.get_by_test_id("stPopoverBody").wait_for()
        self.settle()

    def close_popover(self):
        """Close it, and wait until the script knows: its buttons answer for one run only."""
        self.page.keyboard.press("Escape")
        self.page.get_by_test_id("stPopoverBody").wait_for(state="detached")
        self.settle()

    def import_config(self, name, data):
        self.open_popover("export")
        file = {"name": name, "mimeType": "application/json", "buffer": data}
        self.page.locator("[class*=st-key-config-] input[type=file]").set_input_files(file)

    def upload(self, files):
        """Bring own photos: name -> bytes."""
        self.open_popover("own")
        picker = self.page.locator("[class*=st-key-files-] input[type=file]")
        picker.set_input_files(
            [{"name": n, "mimeType": "image/jpeg", "buffer": d} for n, d in files.items()]
        )
        self.settle()
