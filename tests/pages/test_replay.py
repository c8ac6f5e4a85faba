"""A run of the Train page looks at the photos of Explore, epoch by epoch."""

import json
import re

import pytest
import torch

from app.jobs import known_runs
from app.link import states
from app.mixes import evidence_kinds, maps, own_models
from app.shell import visitor
from mixcore import worker
from mixcore.runs import Local, Store
from mixcore.train.model_map import sees
from mixcore.train.training_request import TrainingRequest
from pages.driving import alts, code, html, shown, values
from pages.switching import switch_page
from pages.test_seen import printed, read_mismatch, unread

SMALL = {"images": 128, "batch": 32, "epochs": 3, "log_every": 4}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A store with a run of each kind: a convolutional network, and a transformer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIXSCOPE_HOME", str(tmp_path_factory.mktemp("home")))
        for model in ("small_cnn", "small_vit"):
            worker.do_job(Store().create(TrainingRequest(**SMALL, model=model).job()))
        yield Store().root


@pytest.fixture(autouse=True)
def _home(home, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(home))


def run_of(model):
    return next(run.id for run in Store().runs() if run.job().config["model"] == model)


@pytest.mark.parametrize(
    ("model", "kind", "grid"),
    [("small_cnn", "CAM of the likeliest class", (4, 4)), ("small_vit", "class attention", (4, 4))],
)
def test_a_model_shows_what_its_kind_can(model, kind, grid):
    run = Store().run(run_of(model))
    x = torch.rand(2, 3, 40, 40, generator=torch.Generator().manual_seed(0))
    found = sees(run)(x)
    assert (found.name, tuple(found.values.shape)) == (kind, (2, 1, *grid))
    assert "epoch 0003" in found.model
    assert not torch.equal(found.values, sees(run, 1)(x).values)
    with pytest.raises(ValueError, match="has no weights of epoch 9"):
        sees(run, 9)


def test_gray_models_see_colors_as_grays():
    look = sees(Store().run(run_of("small_cnn")))
    x = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    gray = (0.299 * x[:, :1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:]).expand(-1, 3, -1, -1)
    assert torch.allclose(look(x).values, look(gray).values, atol=1e-4)


@pytest.mark.parametrize("model", ["small_cnn", "small_vit"])
def test_a_run_judges_and_its_code_gives_the_same_number(open_page, model, tmp_path, monkeypatch):
    run = run_of(model)
    page = open_page(see=states.YOURS, trained=run, epoch="2")
    assert read_mismatch(page) is not None
    assert f"Judged by run {int(run[:5])}" in html(page)
    assert "epoch 0002" in html(page)
    about = json.loads(code(page, "json"))["about"]["seen"]
    said = float(printed(page, tmp_path, monkeypatch).removeprefix("mismatch "))
    assert said == pytest.approx(about["mismatch"], abs=2e-4)


def test_the_epochs_are_replayed(open_page):
    run = run_of("small_vit")
    page = open_page(see=states.YOURS, trained=run)
    assert "As training went on" in html(page)
    ends = re.search(r"sees: (\d\.\d\d) after epoch 1, (\d\.\d\d) after 3", html(page))
    seen = json.loads(code(page, "json"))["about"]["seen"]
    assert float(ends[2]) == pytest.approx(seen["chosen"]["share"]["a"], abs=0.006)
    before = read_mismatch(page)
    shown(page.slider(key="epoch").set_value(1).run())
    first = json.loads(code(page, "json"))["about"]["seen"]["chosen"]["share"]["a"]
    assert first == pytest.approx(float(ends[1]), abs=0.006)
    assert values(page)["epoch"] == 1
    assert before is not None


def test_a_running_run_is_asked_for_its_latest_epoch():
    run = run_of("small_cnn")
    state = states.pack_state(
        states.list_defaults(states.list_keys({}, ["cat"], ["shuffle"]))
        | {"see": states.YOURS, "trained": run}
    )
    assert own_models.settle_epoch(state).see == f"{states.YOURS} {run} 3"
    chosen = evidence_kinds.find_kind(own_models.settle_epoch(state).see)
    assert (chosen.run, chosen.epoch) == (run, 3)


def test_without_a_run_it_is_said_what_to_do(open_page, monkeypatch, tmp_path):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path / "empty"))
    page = open_page(see=states.YOURS)
    assert unread(page).startswith("No run is chosen")
    assert "Train one on the Train page" in html(page)
    gone = open_page(see=states.YOURS, trained="00077-gone", layer="sees in A")
    assert "The run 00077-gone is not on this machine." in html(gone)
    assert "This run cannot be looked through." in unread(gone)
    assert values(gone)["trained"] == "00077-gone"
    assert not [alt for alt in alts(gone) if "an even share" in alt]


def test_a_map_outlives_no_other_epoch(open_page):
    run = run_of("small_vit")
    maps._map.clear()
    one, three = (
        json.loads(code(open_page(see=states.YOURS, trained=run, epoch=e), "json"))["about"]["seen"]
        for e in ("1", "3")
    )
    assert one["chosen"]["share"] != three["chosen"]["share"]


def test_the_train_page_leads_to_what_a_run_sees(open_page, monkeypatch):
    monkeypatch.setattr(Local, "warm", lambda self: None)
    monkeypatch.setattr(visitor, "get_owner", lambda: "me")  # AppTest has no address
    known_runs.get_executor.clear()
    page = open_page(a="cat")
    switch_page(page, "train")
    shown(page.run())
    run = run_of("small_vit")
    page.button(key=f"explore-{int(run[:5])}").click().run()
    assert page.session_state["trained"] == run
    switch_page(page, "explore")  # as the browser follows the unseen link
    shown(page.run())
    assert [values(page)[name] for name in ("see", "trained")] == [states.YOURS, run]
    assert f"Judged by run {int(run[:5])}" in html(page)


def test_the_epoch_that_is_used_is_shown(open_page):
    run = run_of("small_vit")
    page = open_page(see=states.YOURS, trained=run)
    assert page.slider(key="epoch").value == 3
    assert values(page)["epoch"] == 3
    asked = open_page(see=states.YOURS, trained=run, epoch="0")
    assert asked.slider(key="epoch").value == 3
    late = open_page(see=states.YOURS, trained=run, epoch="40")
    assert late.slider(key="epoch").value == 3


def test_a_model_of_digits_says_so_and_offers_digits(open_page):
    run = run_of("small_cnn")
    page = open_page(see=states.YOURS, trained=run)
    assert "learned from handwritten digits" in html(page)
    assert "on a photo its map means nothing" in html(page)
    shown(page.button(key="own-data").click().run())
    assert "Digits, class" in html(page)
    assert read_mismatch(page) is not None
