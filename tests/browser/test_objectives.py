"""Every objective, started from the Train page and finished, with what it draws."""

import re
from urllib.parse import quote

from browser.conftest import free_port, serving
from browser.hands import until
from mixcore.objectives import DEFAULT, find_objective, list_objectives, read_objective
from mixcore.taught import Taught
from mixcore.train.epoch_sheets import list_sheets

QUICK = "new.log_every=2&new.epochs=2&new.images=64&new.batch=16"


def ask(key):
    """The link of a form that asks for two epochs of an objective."""
    card = read_objective(key)
    method = "AugMix" if card.sources == 1 else "Mixup"
    link = f"{QUICK}&new.method={method}&new.objective={quote(card.title)}"
    if key == DEFAULT:
        link += "&new.observe=Neural%20collapse"
    if issubclass(find_objective(key), Taught):
        link += f"&new.objective.{key}.teacher_epochs=1"
    return link


def test_every_objective_is_trained_from_the_page(store, page):
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    with serving(store, free_port()) as address:
        for number, key in enumerate(list_objectives(), 1):
            page.goto(f"{address}/train?{ask(key)}")
            page.get_by_role("button", name=re.compile("^Start$")).click()
            until(lambda n=number: len(store.runs()) == n, f"a run of {key}")
            run = store.runs()[0]
            until(lambda run=run: run.status().ended, f"the end of {key}")
            assert run.status().state == "done", (key, run.status().message)
            assert run.job().config["objective"] == key
            page.locator(".st-key-cards .state.done").first.wait_for()
            drawn = list_sheets(run.folder)
            assert ("neural_collapse" in drawn) == (key == DEFAULT)
            for name in drawn:
                page.locator(f".st-key-drawn-{name} .stage-whole canvas, "
                             f".st-key-drawn-{name} .stage-whole svg, "
                             f".st-key-drawn-{name} .stage-whole img").first.wait_for()  # fmt: skip
            for name in read_objective(key).readings:
                page.locator(f".st-key-chart-readings-{name} svg.marks").wait_for()
            assert page.locator(".stException, .refusal").count() == 0, key
    assert faults == []
