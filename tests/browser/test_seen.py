"""What the model sees, as it reaches a browser: one number that leads, and maps with a scale."""

import re

import torch

from browser.explore import SEED, SIZE
from browser.hands import until
from mixcore import Batch, method, pictures
from mixcore.data import gallery
from mixcore.evidence.kinds import provider
from mixcore.evidence.visibility import mismatch

LARGEST = """() => {
  let best = [0, ''];
  for (const element of document.querySelectorAll('[data-testid=stApp] *')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const size = parseFloat(getComputedStyle(element).fontSize);
    const shown = element.checkVisibility() && !element.matches('[data-testid*=Icon]');
    if (own && shown && size > best[0]) best = [size, element.textContent];
  }
  return best[1];
}"""

RESTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def test_the_mismatch_leads_and_follows_the_evidence(visitor):
    photos = [pictures.square(gallery.load(name), SIZE) for name in ("cat", "coffee")]
    x = pictures.to_tensor(*photos)
    plan = method("cutmix").plan(Batch(x, given={"index": [1, 0]}), rng=SEED)
    small = torch.cat([pictures.to_tensor(pictures.square(photo, 224)) for photo in photos])
    gap = float(mismatch(plan, provider("spectral-residual")(small))[0])

    explore = visitor("?see=spectral+residual")
    number = explore.page.locator(".mismatch b")
    assert number.inner_text() == f"{gap:.2f}"
    assert explore.page.evaluate(LARGEST) == f"{gap:.2f}"
    explore.layer("Sees in A")
    large = explore.page.locator("canvas[aria-label^='Spectral residual in A']")
    alt = large.get_attribute("aria-label")
    low, high = re.search(r"cat: ([\d.]+) to ([\d.]+) times an even share", alt).groups()
    legend = explore.page.locator(".pad-legend")
    ends = legend.inner_text().split()
    assert (ends[0], *ends[2:]) == (low, high, "×")
    assert float(low) < float(ends[1]) < float(high)  # the middle of the scale, drawn by its root
    field = explore.box("see").locator("input")
    field.scroll_into_view_if_needed()
    explore.page.evaluate(RESTED)  # a list that opens while the page scrolls is closed again
    field.click()
    explore.page.get_by_role("option", name="uniform").click()
    until(lambda: number.inner_text() == "0.00", "the mismatch by even evidence")
    explore.settle()
    assert {"see=uniform", "layer=sees+in+A"} <= set(explore.query().removeprefix("?").split("&"))
