"""At a projector: the picture over the whole screen, and a line for every term and control."""

import re

import pytest

from app.shell.glossary import TERMS, find_tip
from browser.hands import until

# Controls by the names that a screen reader has; those with a line of their own are left out.
NAMES = """() => {
    const app = document.querySelector('[data-testid=stApp]'), found = new Set();
    const add = (e, name) => {
        const told = e.title || e.closest('[data-testid=stTooltipHoverTarget]')
            || e.closest('.stElementContainer')?.querySelector('[data-testid=stTooltipIcon]');
        if (!told && name && e.checkVisibility({visibilityProperty: true})) found.add(name.trim());
    };
    const text = e => {
        const copy = e.cloneNode(true);
        copy.querySelectorAll('[data-testid=stIconMaterial]').forEach(icon => icon.remove());
        copy.querySelectorAll('*').forEach(part => part.before(' ') ?? part.after(' '));
        return copy.textContent.replace(/\\s+/g, ' ');
    };
    const groups = '[role=radiogroup], [data-testid=stButtonGroup]';
    for (const e of app.querySelectorAll('[data-testid=stWidgetLabel]')) add(e, text(e));
    for (const e of app.querySelectorAll('.stMain :is(button, summary)'))
        if (!e.closest(groups + ', [class*=st-key-pick-]'
            + ', [data-testid=stToolbarButton], [data-testid=stSelectbox],'
            + ' [data-testid=stMultiSelect], [data-testid=stNumberInput], .modebar'))
            add(e, e.getAttribute('aria-label') ?? text(e));
    for (const e of app.querySelectorAll('.stMain [role=radiogroup][aria-label]'))
        add(e, e.getAttribute('aria-label'));
    for (const e of app.querySelectorAll('.pad-stage input')) add(e, e.getAttribute('aria-label'));
    for (const e of app.querySelectorAll('h3.cap, .bar b')) add(e, text(e));
    return [...found];
}"""
# Named by what they show or do: a photo, a device, a cell of a grid, a row, a picture of a list.
OWN = re.compile(
    r"(cat|coffee|castle|kingfisher|flower|Fullscreen.*|(CPU|CUDA|MPS).*|Remove .*"
    r"|Explore this mix of .*|Picture [A-D] of row \d|Open|Pin|.* on .* and .*: label .*"
    r"|(Copy Vega|Download as PNG|Show data).*|Mix, of [\d,]+|Clear all|Decrement|Increment"
    r"|Your own: .*|Audit 200 scenes)"
)


@pytest.mark.parametrize("path", ["", "?m=mosaic", "compare", "train", "audit"])
def test_every_control_and_term_has_its_line(visitor, path):
    explore = visitor(path, wait=not path)
    explore.page.locator("[data-testid=stMain] button").first.wait_for()
    explore.settle()
    names = until(lambda: explore.page.evaluate(NAMES), "the controls")
    assert [name for name in names if not OWN.fullmatch(name) and not find_tip(name)] == []


def test_a_line_shows_where_the_pointer_rests(visitor):
    page = visitor().page
    for css, term in {
        ".st-key-seed-panel h3": "seed",
        ".pad-words .bar b": "share drawn, lam",
        ".pad-layers [aria-label='Mask']": "mask",
        ".pad-lam input": "lam, the share of a",
    }.items():
        page.locator(css).first.hover()
        until(lambda css=css: page.locator(f"{css}[title]").count(), f"the line of {term}")
        assert page.locator(f"{css}[title]").first.get_attribute("title") == TERMS[term]


def test_f_fills_the_screen_and_escape_leaves(visitor):
    explore = visitor(viewport={"width": 1024, "height": 768})
    page = explore.page
    before = page.locator(".pad-picture").bounding_box()
    page.keyboard.press("f")
    page.locator(".pad-full").wait_for(state="attached")
    picture = until(lambda: page.locator(".pad-full .pad-picture").bounding_box(), "the picture")
    assert min(picture["width"], picture["height"]) > 0.75 * 768
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    assert page.locator(".pad-words .verdict p").first.evaluate(size) >= 26
    assert page.locator(".pad-words .bar b").first.evaluate(size) >= 17
    for css in (".pad-words .verdict", ".pad-words .bar", ".pad-lam"):
        box = page.locator(css).first.bounding_box()
        assert box["y"] >= 0, css
        assert box["y"] + box["height"] <= 768, css
    page.locator(".pad-box").focus()
    page.keyboard.press("ArrowRight")  # the hand goes on working
    explore.settle()
    page.keyboard.press("Escape")
    page.locator(".pad-full").wait_for(state="detached")
    assert page.locator(".pad-picture").bounding_box() == before
    page.locator(".pad-whole").click()  # the same without a keyboard
    page.locator(".pad-full .pad-whole", has_text="Leave").click()
    page.locator(".pad-full").wait_for(state="detached")
