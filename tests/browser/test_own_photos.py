"""Own photos from a phone: upright, in place, in the snippet, and asked for by name."""

import io
import subprocess
import sys

import numpy as np
from PIL import Image, ImageOps

from browser.explore import decoded, expected
from browser.hands import address_holds, copied_code, copied_link, until
from mixcore import pictures
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
    assert "a photo that is not here for picture A" in receiver.notices(1)[0]
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


def portrait():
    """A portrait of 3000 x 4000 pixels, its head at the top."""
    image = Image.fromarray(gallery.load("astronaut")).crop((64, 0, 448, 512))
    buffer = io.BytesIO()
    image.resize((3000, 4000)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def test_a_portrait_is_framed_kept_and_seen_by_nobody_else(visitor):
    """Brought without an ending, framed by hand and keys, undone; elsewhere, and gone at last."""
    data = portrait()
    whole = upright(data)
    explore = visitor("?seed=4&m=mixup", alone=True)
    page = explore.page
    explore.box("own").get_by_role("button").first.click()
    files = page.locator("[class*=st-key-files-] input[type=file]")
    offered = until(lambda: files.get_attribute("accept"), "the kinds of files to choose")
    assert {".jpg", ".jfif"} <= set(offered.split(","))
    assert "hei" not in offered
    files.set_input_files({"name": "Ms Collins", "mimeType": "", "buffer": data})
    frame = explore.box("own-crop-a").locator(".crop-photo")
    frame.wait_for()  # at once, where the photo was brought
    explore.shows(mixed(pictures.square(whole)))
    box = frame.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0], box["y"] - 50, steps=5)
    page.mouse.up()
    address_holds(explore, "a.y=0.375")  # half a frame below the top edge
    explore.shows(mixed(pictures.square(whole, y=0.375)))
    frame.press("+")
    address_holds(explore, "a.zoom=1.1")
    explore.shows(mixed(pictures.square(whole, zoom=1.1, y=0.375)))
    inner = explore.box("own-crop-a").locator(".crop-frame").bounding_box()
    left, top, right, bottom = pictures.frame(3000, 4000, 1.1, 0.5, 0.375)
    told = [inner["x"] - box["x"], inner["y"] - box["y"], inner["width"], inner["height"]]
    scale = box["width"] / 3000
    assert np.allclose(told, np.multiply([left, top, right - left, bottom - top], scale), atol=1.5)
    explore.box("own-crop-a").get_by_role("button", name="Fit whole").click()
    explore.shows(mixed(pictures.fit(whole)))
    frame.press("Control+z")  # each of the three was one step
    explore.shows(mixed(pictures.square(whole, zoom=1.1, y=0.375)))
    frame.press("Control+z")
    explore.shows(mixed(pictures.square(whole, y=0.375)))
    page.reload()
    explore.shows(mixed(pictures.square(whole, y=0.375)))
    explore.notices(0)
    assert "Ms Collins" in explore.words()
    stranger = visitor("?" + page.url.partition("?")[2], alone=True)
    assert "a photo that is not here" in stranger.notices(1)[0]
    stranger.shows(expected("mixup", seed=4)[0])
    stranger.page.close()
    page.goto(f"{explore.address}/compare")  # as another tab of the same browser does
    explore.box("g-own").get_by_role("button").first.click()
    mine = page.get_by_role("img", name="Your photo Ms Collins")
    mine.first.wait_for()
    explore.settle()  # while the panel opens, it may be there twice
    page.get_by_role("button", name="Remove Ms Collins").click()
    until(lambda: not mine.count(), "the end of the photo")
    page.goto(f"{explore.address}/?seed=4&m=mixup")
    explore.shows(expected("mixup", seed=4)[0])
    explore.box("own").get_by_role("button").first.click()
    page.get_by_text("Two photos make a pair").wait_for()
    assert mine.count() == 0


def mixed(a):
    """The mix of this square with the usual B."""
    return expected("mixup", seed=4, a=a)[0]
