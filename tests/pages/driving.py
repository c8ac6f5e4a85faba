"""Driving a page and reading it back, for the tests of pages."""

import io
import json
import re

import numpy as np
from PIL import Image

from app.link import states
from app.mixes import known_methods, mixing, photos
from app.mixes.bars import Bar, bars_html
from app.mixes.photo_store import STORE
from app.session import EXPLORE

KEYS = EXPLORE.keys


def shown(page):
    """The page, which must show no exception."""
    assert [error.message for error in page.exception] == []
    return page


def upload(page, key, files):
    """Bring files, name -> bytes, to the uploader with this key."""
    uploader = page.file_uploader(key=key)
    for name, data in files.items():
        uploader.upload(name, data)
    return shown(page.run())


def told(page):
    """The warnings, without the escapes of Markdown."""
    said = "\n\n".join(warning.value for warning in page.warning)
    return said.replace("\\", "").split("\n\n") if said else []


def code(page, language):
    """The block of code in this language: "python", "json", or "plaintext" for the link."""
    return next(block.value for block in page.code if block.language == language)


def pad(page):
    """What the pad is handed, or None where there is none."""
    found = [json.loads(element.proto.json) for element in page.get("bidi_component")
             if element.proto.component_name == "mixscope_pad"]  # fmt: skip
    return found[0] if found else None


def html(page):
    """All HTML of the page, and what the pad writes of a settled mix."""
    drawn = "".join(element.proto.body for element in page.get("html"))
    data = pad(page)
    if data is None:
        return drawn
    lines = "".join(f"<p>{line}</p>" for line in data["words"]["verdict"])
    rows = [Bar(row["title"], tuple(row["shares"]), row["why"]) for row in data["rows"]]
    said = f'<div class="verdict">{lines}</div>{data["words"]["number"]}'
    return drawn + said + bars_html(rows, data["names"])


def values(page):
    """What the widgets of the page say."""
    found = {name: page.session_state[name] for name in KEYS if name in page.session_state}
    return states.list_defaults(KEYS) | {
        name: KEYS[name].read(value) for name, value in found.items()
    }


def shelf(page):
    """The own photos of this session, by digest."""
    return STORE.load(page.session_state["guest"].key) if "guest" in page.session_state else {}


def mixed(page):
    """The mixed picture of the page as its export holds it, uint8 (h, w, 3)."""
    state = states.pack_state(values(page))
    used = known_methods.load_catalogue()[state.method].photos
    shots = [photos.cut_photo(picture, shelf(page)) for picture in state.pictures[:used]]
    png = mixing.make_mix(state, shots, "cpu").layers["mixed"]
    return np.asarray(Image.open(io.BytesIO(png)))


def run_snippet(page, folder, monkeypatch):
    """The file that the code on the page writes."""
    monkeypatch.chdir(folder)
    exec(compile(code(page, "python"), "snippet", "exec"), {"__name__": "snippet"})
    return np.asarray(Image.open(folder / "mixed.png"))


def verdict(page):
    """The sentences, as text."""
    body = re.search('<div class="verdict".*?</div>', html(page), re.S)[0]
    return re.sub("<[^>]+>", "", body.replace("</p><p", " <p")).replace("\xa0", " ")


def alts(page):
    """What the pictures of the page are called, and the layers of the pad."""
    drawn = [image.alt for element in page.get("image") for image in element.proto.imgs]
    data = pad(page)
    if data is None:
        return drawn
    return drawn + list(data["titles"].values())


def jpeg(color=(200, 30, 30), size=(90, 60)):
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "JPEG")
    return buffer.getvalue()
