"""Opening the app: what is there without a click, on a desk and on a phone."""

import pytest

from browser.explore import expected
from browser.hands import address_holds


def test_the_first_page_is_a_computed_mix(visitor):
    explore = visitor()
    picture, w_a = expected()
    explore.shows(picture)
    for alt in ("Picture A: cat", "Picture B: coffee"):
        assert explore.picture(alt).shape == (448, 448, 3)
    assert explore.page.get_by_role("radio", name="Mask").is_visible()
    label = explore.page.locator(".pad-words").locator(".track[aria-label^='Share of the label']")
    assert f"cat {w_a:.2f}" in label.get_attribute("aria-label")
    assert explore.words().startswith("The label says ")
    explore.notices(0)


def test_a_newcomer_sees_the_point_and_has_a_link_to_it(visitor):
    explore = visitor("")
    explore.page.locator(".pad-words", has_text="The label says 66 % horse.").wait_for()
    assert "By what is left to see it would be 1 %." in explore.words().replace("\xa0", " ")
    assert explore.page.locator(".pad-words .mismatch[data-tone=high] + .usual").is_visible()
    address_holds(explore, "a=scene", "a.scene=494", "b=scene", "b.scene=269")
    explore.notices(0)


def test_the_model_names_the_photos_when_it_is_ready(visitor):
    explore = visitor()
    sees = explore.page.locator(".sees", has_text="The model sees")
    sees.wait_for()
    assert "espresso .9" in sees.inner_text()


# Icons are pictures, and the value of a slider stands over the page, not over its thumb.
SKIP = "code, [disabled], style, [data-testid=stIconMaterial], [data-testid=stSliderThumbValue]"
CONTRAST = """
() => {
  const parse = c => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > .99) return c;
    }
    return [255, 255, 255];
  };
  const seen = {};
  const walker = document.createTreeWalker(
    document.querySelector('[data-testid=stApp]'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim();
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    const hidden = !text || !box.width || style.visibility === 'hidden' || +style.opacity < 1;
    if (hidden || e.closest(SKIP)) continue;
    const [one, two] = [light(parse(style.color)), light(ground(e))];
    const ratio = (Math.max(one, two) + .05) / (Math.min(one, two) + .05);
    if (ratio < 4.5) seen[text.slice(0, 40)] = +ratio.toFixed(2);
  }
  return seen;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_both_themes(visitor, scheme):
    explore = visitor(color_scheme=scheme)
    dark = explore.page.evaluate(
        "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    assert (dark == "rgb(15, 18, 22)") == (scheme == "dark")
    assert explore.page.evaluate(CONTRAST.replace("SKIP", repr(SKIP))) == {}


def test_a_phone_shows_the_mix_first(visitor):
    explore = visitor(viewport={"width": 390, "height": 844})
    mixed = explore.page.locator("canvas[aria-label='Mixed picture']").bounding_box()
    words, method = (
        explore.page.locator(css).bounding_box() for css in (".pad-words", ".st-key-method-panel")
    )
    assert mixed["y"] < words["y"] < method["y"]
    assert mixed["y"] + mixed["height"] < 844
    assert mixed["width"] > 300
