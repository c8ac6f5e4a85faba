"""Every page in every window: nothing overlaps, nothing is cut, and the picture stays large.

One load a page and theme, then resized. Zoom is what a browser makes of it: a window of fewer and
denser pixels of CSS, so 1440 x 900 at 125 % is 1152 x 720 at a density of 1.25.
"""

from pathlib import Path

import pytest

from audits import finished
from browser.conftest import PATIENCE, free_port, serving
from browser.explore import Explore
from mixcore import worker
from mixcore.audit.audit_request import AuditRequest
from mixcore.runs import Store
from mixcore.train.training_request import TrainingRequest

FAULTS = (Path(__file__).parent / "layout.js").read_text()
WINDOWS = (
    (360, 800), (390, 844), (600, 960), (768, 1024), (820, 1180), (1024, 768), (1152, 864),
    (1280, 800), (1440, 900), (1920, 1080), (2560, 1440),
)  # fmt: skip
SIZES = [
    *((wide, high, 1) for wide, high in WINDOWS),
    *((w / zoom, h / zoom, zoom) for w, h in ((1440, 900), (1920, 1080)) for zoom in (1.25, 2)),
]
# What a page shows: a picture, a grid of pictures, or where it has none all that came of a run.
PAGES = {
    "": ".pad-picture",
    "?m=mosaic": ".st-key-frame img",
    "compare": ".grid-scroll",
    "audit": ".st-key-audits",
    "train": ".st-key-runs",
    "labs": ".st-key-gallery",
    "labs?lab=cmixup": ".stage-whole",
    "about": ".st-key-about",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The app where one small audit and one small run are done."""
    place = tmp_path_factory.mktemp("widths")
    finished(place, AuditRequest(methods=("cutmix", "fmix"), n=12, batch=6, device="cpu"))
    store = Store(place / "home")
    worker.do_job(store.create(TrainingRequest(images=128, batch=32, epochs=2).job()))
    with serving(store, free_port()) as address:
        yield address


def resized(page, devtools, wide, high, zoom, main):
    """What is wrong with the layout at this size, once it has come to rest."""
    devtools.send(
        "Emulation.setDeviceMetricsOverride",
        {"width": round(wide), "height": round(high), "deviceScaleFactor": zoom, "mobile": False},
    )
    for _ in range(30):  # charts are drawn anew a moment after the window has changed
        page.wait_for_timeout(120)
        faults = page.evaluate(FAULTS, main)
        if not faults:
            break
    return faults


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_stands_in_every_window(profiles, address, path, scheme):
    page = profiles(viewport={"width": 1440, "height": 900}, color_scheme=scheme).new_page()
    page.set_default_timeout(PATIENCE)
    devtools = page.context.new_cdp_session(page)
    page.goto(f"{address}/{path}")
    page.locator(PAGES[path]).first.wait_for()
    Explore(page, address).settle()
    wrong = {
        f"{round(wide)} x {round(high)} at {zoom:.0%}": faults
        for wide, high, zoom in SIZES
        if (faults := resized(page, devtools, wide, high, zoom, PAGES[path]))
    }
    page.close()
    assert wrong == {}
