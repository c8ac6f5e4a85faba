"""Record the README's moving picture: ten seconds of a hand on the mix pad, as an animated WebP.

python bench/record.py [--seconds 10] [--rate 10]

Starts the app and a Chromium, drags the box along a smooth path, sets it larger and smaller, and
takes a picture a step. It is the app itself: nothing is drawn for the occasion.
"""

import argparse
import io
import math
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from pad import FLAGS, opened, serve  # noqa: E402

from chromium import find  # noqa: E402

OUT = ROOT / "docs" / "pad.webp"
WIDTH = 760
QUERY = "?a=kingfisher&b=coffee&how=box&rows=130&rows=310&columns=130&columns=310"
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def path(t):
    """Where the hand is at t in [0, 1], as parts of the picture from its middle."""
    return 0.26 * math.sin(2 * math.pi * t), 0.2 * math.sin(4 * math.pi * t + 0.6) - 0.02


def frames(page, count):
    """One picture a step of the drag."""
    box, view = (page.locator(css).bounding_box() for css in (".pad-box", ".pad-view"))
    stage, words = (page.locator(css).bounding_box() for css in (".pad-stage", ".pad-words"))
    clip = {"x": stage["x"] - 12, "y": stage["y"] - 10, "height": stage["height"] - 24}
    clip["width"] = words["x"] + words["width"] - clip["x"] + 12
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for i in range(count):
        across, down = path(i / count)
        side, top, left = view["width"], view["y"], view["x"]
        page.mouse.move(left + side * (0.5 + across), top + side * (0.5 + down))
        page.evaluate(PAINTED)
        image = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
        yield image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.LANCZOS)
    page.mouse.up()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=float, default=10, help="pictures a second")
    options = parser.parse_args()
    process, address = serve()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
            page = opened(browser, f"{address}/{QUERY}")
            page.wait_for_timeout(2000)
            made = list(frames(page, round(options.seconds * options.rate)))
            browser.close()
    finally:
        process.terminate()
        process.wait(30)
    made[0].save(
        OUT, save_all=True, append_images=made[1:], duration=round(1000 / options.rate), loop=0,
        quality=52, method=4,
    )  # fmt: skip
    print(f"{OUT}: {len(made)} pictures, {OUT.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
