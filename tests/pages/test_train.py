"""The Train page on a store of runs that were written by hand, so that every state is there."""

import json
import re
from dataclasses import asdict

import pytest
from streamlit.testing.v1 import AppTest

from app.jobs import known_runs
from app.shell import visitor
from app.train import sheets_panel
from mixcore import palette
from mixcore.audit import audit_request
from mixcore.runs import Local, Status, Store, files
from mixcore.runs.job import COLORS
from mixcore.sheets.panels import Curve, Number, Sheet
from mixcore.train.epoch_sheets import write_sheet
from mixcore.train.training_request import TrainingRequest
from pages.switching import switch_page

SEEN = {
    "n": 400, "accuracy": 0.9, "ece": 0.0512, "adaptive_ece": 0.05, "classwise_ece": 0.01,
    "mce": 0.2, "brier": 0.15, "nll": 0.4, "ece_interval": [0.04, 0.06],
    "bins": {"count": [0] * 5 + [40] * 10, "confidence": [None] * 5 + [0.6] * 10,
             "accuracy": [None] * 5 + [0.5] * 10},
}  # fmt: skip


def row(epoch, accuracy=0.9, **more):
    return {
        "kind": "epoch", "step": 20 * epoch, "epoch": epoch, "train_loss": 0.5,
        "train_accuracy": 0.8, "label_weights": [5] * 20, "areas": [5] * 20, "test_loss": 0.3,
        "test_accuracy": accuracy, "test_n": 400, "errors": [[3, 5, 9], [8, 1, 2]],
        "calibration": SEEN | {"chance": [0.03, 0.02, 0.05]}, "scaled": SEEN | {"ece": 0.0234},
        "temperature": {"value": 1.4, "why": "", "n": 100, "before": 0.5, "after": 0.4},
        "seconds": 2.0 * epoch,
    } | more  # fmt: skip


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path))
    monkeypatch.setattr(Local, "warm", lambda self: None)
    monkeypatch.setattr(visitor, "get_owner", lambda: "me")  # AppTest has no address
    monkeypatch.setattr(Local, "advance", lambda self: [])  # nothing is started here
    known_runs.get_executor.clear()
    yield Store(tmp_path)
    known_runs.get_executor.clear()


@pytest.fixture
def made(store):
    """made(state, rows, **request): a run with these rows in that state."""

    def make(state="done", rows=None, message="", **request):
        run = store.create(TrainingRequest(**request).job())
        found = rows if rows is not None else [row(1), row(2, 0.95), row(3, 0.93)]
        steps = [{"kind": "step", "step": s, "epoch": s / 20, "loss": 1 / s, "accuracy": 0.5,
                  "rate": 0.1, "seconds": s / 10} for s in range(10, 61, 10)]  # fmt: skip
        lines = b"".join(files.encode_line(one) for one in [*steps, *found])
        (run.folder / "metrics.jsonl").write_bytes(lines if found else b"")
        files.write_json(run.folder / "status.json", asdict(Status(state, 60, 400, message)))
        return run

    return make


@pytest.fixture
def train(main_page):
    """Open Train with this link and hold it to show no exception; returns the AppTest."""

    def train(**query):
        page = AppTest.from_file(str(main_page), default_timeout=30)
        for name, value in query.items():
            page.query_params[name] = value
        return shown(switch_page(page, "train").run())

    return train


@pytest.fixture
def main_page():
    from pages.conftest import MAIN

    return MAIN


def shown(page):
    assert not page.exception, [e.value for e in page.exception]
    return page


def text(page):
    """All HTML of the page without its tags."""
    whole = " ".join(str(one.proto.body) for one in page.get("html"))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", whole))


def test_an_empty_store_shows_the_example_and_marks_it(train, store):
    page = train()
    said = text(page)
    assert "Example These 8 runs ship with MixScope: CutMix and No mixing, 4 seeds each" in said
    assert "Start makes one of your own" in said
    assert "Compared with No mixing, CutMix has an accuracy" in said
    assert "of 359 test pictures on average over 4 seeds (95 % interval" in said
    assert page.multiselect(key="run").value == ["Example"]
    assert len(page.get("vega_lite_chart")) == 8
    assert page.selectbox(key="focus").value == "Example CutMix, seed 0"
    kinds = ("stop-", "resume-", "delete-", "explore-")
    assert not [b.key for b in page.button if (b.key or "").startswith(kinds)]
    assert page.button(key="start").label == "Start"


def test_the_example_makes_room_for_own_runs_and_stays_within_reach(train, made, store):
    page = train()
    made("running")  # by a shell, say
    assert page.session_state["run"] == ["Example"]
    shown(page.run())
    assert page.session_state["run"] == ["1 CutMix"]
    assert "ship with MixScope" not in text(page)
    shown(page.button(key="see-example-run").click().run())
    assert page.session_state["run"] == ["Example"]
    assert "ship with MixScope" in text(page)
    shown(page.run())
    assert page.session_state["run"] == ["Example"]  # as it was asked for
    shown(page.button(key="start").click().run())
    assert page.session_state["run"] == ["2 CutMix"]  # never side by side unasked
    both = train(run=["Example", "1 CutMix"])
    assert set(colors(both)) == {
        "Example CutMix, 4 seeds", "Example No mixing, 4 seeds", "1 CutMix",
    }  # fmt: skip


def test_start_queues_what_the_form_says(train, store):
    page = train(**{"new.data": "scenes", "new.epochs": "7", "new.method": "mixup"})
    shown(page.slider(key="new.seeds").set_value(3).run())
    shown(page.button(key="start").click().run())
    asked = [run.job().config for run in store.runs()]
    assert [one["seed"] for one in asked] == [2, 1, 0]
    assert {(one["data"], one["epochs"], one["method"]) for one in asked} == {
        ("scenes", 7, "mixup")
    }
    assert page.session_state["run"] == ["1 Mixup", "2 Mixup", "3 Mixup"]
    assert "Place 1 in the queue" in text(page)
    assert text(page).count("queued") == 3


def test_a_method_s_own_parameters_reach_the_request(train, store):
    page = train()
    shown(page.toggle(key="new.own").set_value(True).run())
    shown(page.slider(key="new.cutmix.alpha").set_value(0.5).run())
    shown(page.button(key="start").click().run())
    assert store.runs()[0].job().config["parameters"] == {"alpha": 0.5}


def test_a_link_holds_the_whole_form(train, store):
    link = {"new.data": "scenes", "new.rate": "0.01", "new.method": "mixup",  # "new.lr" today
            "new.own": "true", "new.mixup.alpha": "0.3", "new.seed": "7"}  # fmt: skip
    shown(train(**link).button(key="start").click().run())
    asked = store.runs()[0].job().config
    assert (asked["data"], asked["lr"], asked["seed"]) == ("scenes", 0.01, 7)
    assert asked["parameters"] == {"alpha": 0.3}


def test_data_and_models_of_one_s_own_can_be_named(train, store):
    page = train(**{"new.data": "npz:mine.npz", "new.model": "timm:resnet10t"})
    assert page.selectbox(key="new.data").value == "npz:mine.npz"
    assert page.selectbox(key="new.model").value == "timm:resnet10t"


def test_what_makes_no_sense_cannot_be_started(train, store):
    page = train(**{"new.method": "none", "new.other": "mixup"})
    assert "has no parameters and no second method" in text(page)
    assert not [button for button in page.button if button.key == "start"]


def test_a_try_says_what_it_found_and_makes_room_for_the_next(train, store):
    page = train()
    shown(page.button(key="try").click().run())
    assert "The try waits for its turn" in text(page)
    (first,) = store.runs()
    assert first.job().kind == "smoke"
    done = asdict(Status("done", 20, 20, "About 12 s for 400 steps."))
    files.write_json(first.folder / "status.json", done)
    assert "About 12 s for 400 steps." in text(shown(page.run()))
    assert page.session_state["run"] == ["Example"]  # a try is no run
    shown(page.number_input(key="new.epochs").set_value(9).run())
    shown(page.button(key="try").click().run())
    assert [run.id for run in store.runs()] != [first.id]
    assert len(store.runs()) == 1


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        ("done", {"delete-1"}), ("stopped", {"resume-1", "delete-1"}),
        ("failed", {"resume-1", "delete-1"}), ("diverged", {"delete-1"}), ("queued", {"stop-1"}),
    ],
)  # fmt: skip
def test_every_state_is_told_in_words_and_offers_what_makes_sense(train, made, state, buttons):
    made(state, message="The loss left all bounds.")
    page = train()
    assert state in text(page)
    assert "The loss left all bounds." in text(page)
    kinds = ("stop-", "resume-", "delete-")
    assert {b.key for b in page.button if (b.key or "").startswith(kinds)} == buttons


def test_best_and_last_are_both_shown_and_calibration_before_and_after(train, made):
    made()
    said = text(train())
    assert "93.0 % test accuracy best 95.0 % in epoch 2" in said
    assert "0.051 test ECE 0.040 to 0.060, n = 400" in said
    assert "0.051 ECE of 400 test pictures 95 % interval 0.040 to 0.060" in said
    assert "0.023 ECE of 400" in said
    assert "T = 1.400, fitted on 100 validation pictures: the model was too sure of itself" in said
    assert "score 0.030 by luck (0.020 to 0.050). This is more than luck." in said
    assert "3 taken for 5" in said


def test_the_link_chooses_runs_and_how_they_are_drawn(train, made):
    for seed in range(3):
        made(seed=seed)
    page = train(run=["1 cutmix", "2 cutmix"], seeds="true", logx="true", smooth="0.5", x="step")
    assert page.multiselect(key="run").value == ["1 CutMix", "2 CutMix"]
    spec = json.loads(page.get("vega_lite_chart")[0].proto.spec)
    assert spec["layer"][1]["encoding"]["color"]["scale"]["domain"] == ["1 CutMix, 2 seeds"]
    assert spec["layer"][1]["encoding"]["x"]["scale"]["type"] == "log"
    assert spec["layer"][1]["encoding"]["x"]["title"] == "step"
    assert "their range over seeds" in text(page)


def test_new_points_never_change_a_chart_s_spec(train, made):
    run = made("queued", rows=[row(1)])
    page = train()
    before = [json.loads(chart.proto.spec) for chart in page.get("vega_lite_chart")]
    with open(run.folder / "metrics.jsonl", "ab") as file:
        file.write(files.encode_line(row(2, 0.7)) + files.encode_line(row(3, 0.99)))
    shown(page.run())
    assert [json.loads(chart.proto.spec) for chart in page.get("vega_lite_chart")] == before
    assert len(before) == 8
    assert "best 99.0 % in epoch 3" in text(page)


def test_delete_names_the_size_and_does_it(train, made):
    run = made()
    page = train(run="1 cutmix")
    button = page.button(key="delete-1")
    assert re.fullmatch(r"Delete, and free \d+(\.\d)? kB", button.label)
    shown(button.click().run())
    assert not run.folder.exists()
    assert "Run 1 CutMix is deleted; that freed" in page.warning[0].value.replace("\\", "")
    assert page.session_state["run"] == ["Example"]


def test_a_store_changed_by_hand_is_shown_as_it_is(train, made):
    broken, odd = made(), made()
    (broken.folder / "request.json").write_text("{")
    (odd.folder / "status.json").write_text("[]")
    with open(odd.folder / "metrics.jsonl", "ab") as file:
        file.write(b'{"kind":"epoch","step":80,"epoch":4,"test_accuracy":"much"}\n{"half')
    page = train(run=["1 ?", "2 cutmix", "9 gone"])
    assert "runs that are not here: 9 gone" in page.warning[0].value.replace("\\", "")
    assert f"request.json of {broken.id} cannot be read" in text(page)
    assert f"1 line of metrics.jsonl of {odd.id} cannot be read and is left out" in text(page)
    assert "unreadable" in text(page)


def test_the_shell_command_of_a_run_is_there(train, made):
    made(seed=4)
    assert any("python -m mixcore train --data digits" in c.value for c in train().code)


def test_the_page_needs_no_torch(store, made, tmp_path):
    import subprocess
    import sys

    made()
    code = (
        "import sys\n"
        "from mixcore.runs import Local\n"
        "Local.warm = lambda self: None\n"
        "from streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_file(sys.argv[1], default_timeout=60)\n"
        "from tests.pages.switching import switch_page\n"
        "switch_page(page, 'train').run()\n"
        "assert not page.exception, page.exception\n"
        "assert 'torch' not in sys.modules"
    )
    from pages.conftest import MAIN

    subprocess.run([sys.executable, "-c", code, str(MAIN)], cwd=MAIN.parents[1], check=True)


def colors(page):
    """What each run's curve is drawn in: name -> color."""
    spec = json.loads(page.get("vega_lite_chart")[0].proto.spec)
    scale = spec["layer"][1]["encoding"]["color"]["scale"]
    return dict(zip(scale["domain"], scale["range"], strict=True))


def test_a_run_keeps_its_color_whoever_joins_it(train, made):
    made()
    before = colors(train())
    made(method="mixup")
    both = colors(train(run=["2 Mixup", "1 CutMix"]))
    assert before["1 CutMix"] == both["1 CutMix"] != both["2 Mixup"]


def test_nine_runs_in_a_row_repeat_no_color_but_the_first(made):
    colors = [made().job().color for _ in range(9)]
    assert sorted(colors[:8]) == [1, 2, 3, 4, 5, 6, 7, 8] == colors[:8]
    assert colors[8] == 1
    assert len(palette.RUNS["light"]) == len(palette.RUNS["dark"]) == COLORS


def test_a_closer_look_follows_the_run_that_was_chosen_last(train, made):
    made()
    made(method="mixup")
    page = train(run="1 CutMix")
    assert page.selectbox(key="focus").value == "1 CutMix"
    shown(page.multiselect(key="run").set_value(["1 CutMix", "2 Mixup"]).run())
    assert page.selectbox(key="focus").value == "2 Mixup"
    shown(page.selectbox(key="focus").set_value("1 CutMix").run())
    assert page.selectbox(key="focus").value == "1 CutMix"


def test_several_methods_are_started_at_once(train, store):
    page = train(**{"new.method": ["cutmix", "Mixup", "No mixing"], "new.seed": "5"})
    assert page.multiselect(key="new.method").value == ["cutmix", "mixup", "none"]
    button = page.button(key="start")
    assert button.label == "Start 3 runs"
    shown(button.click().run())
    asked = [run.job().config for run in reversed(store.runs())]
    assert [one.pop("method") for one in asked] == ["cutmix", "mixup", "none"]
    assert asked[0] == asked[1] == asked[2]
    assert asked[0]["seed"] == 5
    assert page.session_state["run"] == ["1 CutMix", "2 Mixup", "3 No mixing"]
    shown(page.multiselect(key="new.method").set_value([]).run())
    assert "Choose at least one method." in text(page)


@pytest.mark.parametrize(("methods", "seeds", "each"), [(3, 5, 2), (8, 5, 1), (1, 5, 5), (2, 4, 4)])
def test_runs_that_are_too_many_for_the_curves_are_chosen_fairly(
    train, store, methods, seeds, each
):
    asked = list(TrainingRequest.params()[2].options)[:methods]
    page = train(**{"new.method": asked, "new.seeds": str(seeds)})
    shown(page.button(key="start").click().run())
    assert len(store.runs()) == methods * seeds
    drawn = [known_runs.find_card(run.id) for run in store.runs()]
    drawn = [card.config for card in drawn if card.name in page.session_state["run"]]
    for method in asked:
        assert {one["seed"] for one in drawn if one["method"] == method} == set(range(each))
    said = " ".join(one.value for one in page.warning)
    assert (f"All {methods * seeds} runs" in said) == (each < seeds)


@pytest.mark.parametrize("request_type", [TrainingRequest, audit_request.AuditRequest])
def test_a_form_shows_titles_and_short_tooltips(request_type):
    for param in request_type.params():
        if param.name not in ("shards", "shard"):  # of clusters, in no form
            assert param.title, param.name
            assert len(param.help) <= 140, param.name
        for option in param.options:
            assert "_" not in param.titles(option)


def test_a_page_shows_no_key_of_a_model_or_a_method(train, made):
    made(model="small_cnn")
    page = train()
    assert "Digits · Small CNN · seed 0" in text(page)
    assert "small_cnn" not in text(page)
    assert {"Model", "Methods", "Second method"} <= {
        one.label for one in [*page.selectbox, *page.multiselect]
    }


def test_a_sentence_says_what_the_curves_show(train, made):
    made()
    made(method="mixup", rows=[row(1, 0.5)])
    said = text(train(run=["1 CutMix", "2 Mixup"]))
    assert (
        "1 CutMix is right on 93.0 % of 400 test pictures (95 % interval 90.1 to 95.1 %)." in said
    )
    assert "1 CutMix is more accurate than 2 Mixup." in said


def test_an_objective_and_its_parameters_reach_the_request(train, store):
    page = train(**{"new.method": "augmix", "new.objective": "jensen_shannon"})
    assert "see two mixes of it with itself alike" in text(page)
    assert "Cost:" in text(page)
    shown(page.slider(key="new.objective.jensen_shannon.weight").set_value(3.0).run())
    shown(page.button(key="start").click().run())
    (run,) = store.runs()
    config = run.job().config
    assert (config["objective"], config["objective_parameters"]) == (
        "jensen_shannon", {"weight": 3.0},
    )  # fmt: skip
    assert page.session_state["run"] == ["1 Jensen-Shannon consistency, AugMix"]


def test_an_objective_that_does_not_suit_the_method_is_refused_in_a_sentence(train, store):
    page = train(**{"new.objective": "jensen_shannon"})
    assert "needs mixes of one picture, and CutMix makes them of two pictures" in text(page)
    assert not [b for b in page.button if b.key == "start"]


def test_named_losses_and_what_was_drawn_are_shown(train, made):
    point = {"kind": "step", "epoch": 1.5, "loss": 1.0, "accuracy": 0.5, "rate": 0.1,
             "seconds": 1.0, "losses": {"cross_entropy": 0.6, "consistency": 0.4}}  # fmt: skip
    rows = [row(1), {**point, "step": 30}, row(2), {**point, "step": 50}, row(3)]
    run = made(rows=rows, method="augmix", objective="jensen_shannon")
    made(method="cutmix")
    sheet = Sheet("It *learns*{a}.", Number(0.5, "0.5", "a number"), (Curve("Width"),))
    for step in (20, 40, 60):
        write_sheet(run.folder, "jensen_shannon", step, sheet)
    page = train(run=["1 Jensen-Shannon consistency, AugMix", "2 CutMix"],
                 focus="1 Jensen-Shannon consistency, AugMix")  # fmt: skip
    specs = [json.loads(one.proto.spec) for one in page.get("vega_lite_chart")]
    assert sum("layer" in spec for spec in specs) >= 5  # three as ever, and one a named loss
    assert "Cross-entropy, clean" in text(page)
    assert "Jensen-Shannon divergence" in text(page)
    assert "Jensen-Shannon consistency" in text(page)
    assert sheets_panel.list_sheets(run.folder)["jensen_shannon"][-1].name.endswith("60.json")
    (joined,) = [sheets_panel._join(tuple(paths)) for paths in
                 sheets_panel.list_sheets(run.folder).values()]  # fmt: skip
    assert joined["hero"]["values"] == [20, 40, 60]
    assert joined["at"] == 2
    assert len(joined["frames"]) == 3


def test_a_done_run_can_be_the_teacher(train, made):
    made("done", method="mixup")
    made("running", method="mixup")
    page = train(**{"new.objective": "Distillation (MIX-KD)", "new.method": "Mixup"})
    teacher = page.selectbox(key="new.objective.distillation.teacher")
    assert teacher.value == "first"
    assert teacher.options == ["Train one first", "1 Mixup"]
    shown(teacher.select("1 Mixup").run())
    shown(page.button(key="start").click().run())
    run = known_runs.list_cards()[0]
    assert run.config["objective_parameters"]["teacher"].startswith("run:00001-")
