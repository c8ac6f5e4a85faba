"""Own photos from a phone: upright, in place, in the snippet, and asked for by name."""

import io
import subprocess
import sys

import numpy as np
from PIL import Image, ImageOps

from browser.explore import decoded, expected
from browser.hands import copied_code, copied_link
from mixcore.data import gallery

NAMES = ("first photo.jpg", "zweites Bild – ö.jpg")


def from_a_phone(name, orientation):
    """A photo as a phone keeps it: lying on its side, with a note on how to hold it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    Image.fromarray(gallery.load(name)).save(buffer, "JPEG", quality=92, exif=exif)
    return buffer.getvalue()


def upright(data):
    """What Pillow makes of such a file, uint8 (h, w, 3)."""
    return np.array(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))


FILES = dict(zip(NAMES, (from_a_phone("owl", 6), from_a_phone("dog", 8)), strict=True))
A, B = map(upright, FILES.values())


def test_turned_photos_become_the_pair_and_the_snippet_reads_them(visitor, tmp_path):
    explore = visitor("?seed=4&m=resizemix")
    explore.upload(FILES)
    picture = expected("resizemix", seed=4, a=A, b=B)[0]
    explore.shows(picture)
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "snippet.py").write_text(copied_code(explore), encoding="utf-8")
    subprocess.run([sys.executable, "snippet.py"], cwd=tmp_path, check=True, timeout=120)
    assert np.array_equal(decoded((tmp_path / "mixed.png").read_bytes()), picture)


def test_a_link_asks_for_the_photo_and_takes_it(visitor):
    sender = visitor("?seed=4&m=mixup&a.zoom=2")
    sender.upload({NAMES[0]: FILES[NAMES[0]]})
    sender.shows(expected("mixup", seed=4, a=A)[0])
    link = copied_link(sender)
    receiver = visitor("?" + link.partition("?")[2])
    digest = next(part for part in link.split("&") if part.startswith("a=") or "?a=" in part)
    assert digest.partition("a=")[2][:4] in receiver.notices(1)[0]
    receiver.shows(expected("mixup", seed=4)[0])  # all the rest of the link holds
    receiver.upload({"another name.jpg": FILES[NAMES[0]]})
    receiver.shows(expected("mixup", seed=4, a=A)[0])
    receiver.notices(0)


def test_what_is_refused_leaves_the_pair_and_the_rest_arrives(visitor):
    explore = visitor("?seed=9&m=fmix&how=by+hand&lam=0.4")
    explore.upload({"diary.jpg": b"Dear diary.", NAMES[0]: FILES[NAMES[0]]})
    explore.shows(expected("fmix", seed=9, a=A, lam=0.4)[0])
    (notice,) = explore.notices(1)
    assert "diary.jpg" in notice
    explore.page.get_by_role("button", name="Dismiss").click()
    explore.page.get_by_test_id("stAlert").wait_for(state="detached")
    assert "seed=9" in explore.query()
