"""Train with a real worker: it outlives page, tab and server, and its charts hold still."""

import json
import re

from browser.conftest import free_port, serving
from browser.hands import until

LONG = "new.epochs=300&new.log_every=1"  # goes on for longer than any of these tests


def begin(page, address, query=LONG):
    """Open the page and start a run: the link, then one click."""
    page.goto(f"{address}/train?{query}")
    page.get_by_role("button", name=re.compile(r"^Start( \d+ runs)?$")).click()
    page.locator(".state.running").first.wait_for()
    page.locator(".example").wait_for(state="detached")
    page.locator("[data-stale=true]").first.wait_for(state="detached")  # the example's charts
    page.locator(".st-key-look svg.marks").first.wait_for()


def step(run):
    return run.status().step


def logged(run):
    """The steps that stand in the metrics, in order, without what a resume took back."""
    metrics = run.metrics()
    metrics.update()
    return [row["step"] for row in metrics.steps]


def test_a_run_survives_page_tab_and_server(store, page, chromium):
    port = free_port()
    with serving(store, port) as address:
        begin(page, address)
        (run,) = store.runs()
        first, pid = step(run), run.status().pid
        page.reload()
        page.locator(".state.running").wait_for()
        until(lambda: step(run) > first, "more steps after a refresh")
        page.close()
        second = step(run)
        until(lambda: step(run) > second, "more steps without a tab")
    third = step(run)
    until(lambda: step(run) > third + 5, "more steps without a server")
    with serving(store, port) as address:
        page = chromium.contexts[-1].new_page()
        page.goto(f"{address}/train")
        page.locator(".state.running").wait_for()  # the running one is shown without being asked
        assert run.status().pid == pid
        page.get_by_role("button", name="Stop").click()
        until(lambda: run.status().state == "stopped", "the end of the run")
        assert run.status().wall - (run.folder / "cancel").stat().st_mtime < 3
        at = step(run)
        page.get_by_role("button", name="Resume").click()
        until(lambda: run.status().state == "running" and step(run) > at + 5, "more steps")
        page.locator(".state.running").wait_for()
    steps = logged(run)
    assert steps == list(range(1, len(steps) + 1))  # neither gap nor double
    assert len(steps) > at


def test_live_charts_hold_still_while_a_person_looks_closely(store, page):
    with serving(store, free_port()) as address:
        begin(page, address)
        page.evaluate("window.charts = [...document.querySelectorAll('svg.marks')]")
        count = page.evaluate("charts.length")
        plot = page.locator(".st-key-chart-loss svg.marks")
        place = plot.bounding_box()
        page.mouse.move(place["x"] + place["width"] * 0.6, place["y"] + place["height"] * 0.5)
        page.keyboard.down("Control")
        page.mouse.wheel(0, -300)
        page.mouse.wheel(0, -300)
        page.keyboard.up("Control")
        ticks = plot.locator(".role-axis-label text")
        until(lambda: len(set(map(str, [ticks.all_text_contents(), page.wait_for_timeout(600)
              or ticks.all_text_contents()]))) == 1, "the zoom to settle")  # fmt: skip
        zoomed = ticks.all_text_contents()
        shown = page.locator(".st-key-cards .under").first
        page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 300)")
        before, moved = shown.inner_text(), set()
        for _ in range(16):
            page.wait_for_timeout(500)
            moved.add(shown.inner_text())
            assert page.evaluate("charts.filter((chart) => chart.isConnected).length") == count
            assert ticks.all_text_contents() == zoomed
        assert len(moved - {before}) >= 4  # it did go on meanwhile
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 300


def test_what_is_looked_at_is_in_the_link(store, page):
    with serving(store, free_port()) as address:
        begin(page, address, "new.epochs=2&new.seeds=2&new.method=mixup")
        until(lambda: [run.status().state for run in store.runs()] == ["done"] * 2, "both runs")
        page.get_by_role("button", name="View").click()
        page.get_by_text("Seeds as mean and range").click()
        page.get_by_text("Logarithmic loss").click()
        page.wait_for_url("**logy=true**")
        page.keyboard.press("Escape")
        page.reload()
        page.get_by_text("1 Mixup, 2 seeds").first.wait_for()
        assert page.locator(".st-key-cards .state.done").count() == 2
        data = json.loads((store.runs()[0].folder / "request.json").read_text())
        assert (data["config"]["method"], data["config"]["epochs"]) == ("mixup", 2)
        assert page.locator(".stException").count() == 0
