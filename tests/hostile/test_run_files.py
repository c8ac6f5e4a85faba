"""Run folders full of rubbish: each says what of it cannot be read, and the others go on."""

import json
import os
import re
import shutil

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.audit import reviews
from app.jobs import known_runs, run_examples, text
from app.shell import visitor
from app.train import cards, curve_tables, epoch_panel, epoch_tables, tracks
from audits import REQUEST as ASKED
from audits import finished
from hostile.neighbors import (
    ODD_TEXTS,
    assert_sentence,
    document_neighbors,
    neighbors,
    nest,
    write_json,
)
from mixcore.cli.train_command import describe_end
from mixcore.runs import Job, Local, Run, Status, Store, files
from mixcore.train.metric_rows import is_whole
from mixcore.train.training_request import TrainingRequest
from pages.auditing import audit
from pages.conftest import MAIN
from pages.switching import switch_page
from pages.test_train import row

STATUS, REQUEST, METRICS = "status.json", "request.json", "metrics.jsonl"
POINTS = [{"kind": "step", "step": s, "epoch": s / 20, "loss": 1 / s, "accuracy": 0.5,
           "rate": 0.1, "seconds": s / 10} for s in range(10, 61, 10)]  # fmt: skip


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path))
    monkeypatch.setattr(Local, "warm", lambda self: None)
    monkeypatch.setattr(visitor, "get_owner", lambda: "me")  # AppTest has no address
    monkeypatch.setattr(Local, "_spawn", spawn)
    known_runs.get_executor.clear()
    yield Store(tmp_path)
    known_runs.get_executor.clear()


class Child:
    """A worker that has just died."""

    pid, stdin = 0, None

    def poll(self):
        return 0


def spawn(self, argument, log=None):
    return Child()


def fill(run, rows=None, state="done"):
    """Let a run look as if it had been trained."""
    rows = rows or [row(1), row(2, 0.95)]
    lines = b"".join(files.encode_line(one) for one in [*POINTS, *rows])
    (run.folder / METRICS).write_bytes(lines)
    files.write_json(run.folder / STATUS, vars(Status(state, 60, 400)))
    return run


def train(*names):
    """The Train page with these runs side by side."""
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    page.query_params["run"] = list(names)
    switch_page(page, "train").run()
    assert [error.message for error in page.exception] == [], names
    return re.sub(r"<[^>]+>", " ", " ".join(str(one.proto.body) for one in page.get("html")))


def damage(run, name, content):
    """Put something else in the place of a file."""
    path = run.folder / name
    if path.is_file():
        path.unlink()
    if content is not None:
        path.write_bytes(content)


def remove(run, name):
    (run.folder / name).unlink(missing_ok=True)


def as_folder(run, name):
    remove(run, name)
    (run.folder / name).mkdir()


def as_pipe(run, name):
    remove(run, name)
    os.mkfifo(run.folder / name)


def as_link(run, name, to):
    remove(run, name)
    (run.folder / name).symlink_to(to)


def changed(file, /, **values):
    """A document of the run with other values, which JSON of others may hold."""

    def change(run):
        before = json.loads((run.folder / file).read_text())
        damage(run, file, write_json(before | values))

    return change


def with_line(line):
    def change(run):
        with (run.folder / METRICS).open("ab") as file:
            file.write(line + b"\n")

    return change


def with_row(**values):
    return with_line(write_json(row(3) | values))


SEEN = row(1)["calibration"]
KINDS = {
    "a status of brackets": lambda run: damage(run, STATUS, nest(100_000)),
    "a request of brackets": lambda run: damage(run, REQUEST, nest(100_000)),
    "metrics of brackets": with_line(nest(3)),
    "metrics of deep brackets": with_line(nest(100_000)),
    "a step of 400 digits": changed(STATUS, step=10**400),
    "steps of 400 digits": changed(STATUS, steps=10**400),
    "a step below 0": changed(STATUS, steps=-3),
    "a beat that is no number": changed(STATUS, state="running", beat=float("nan")),
    "half a surrogate": changed(STATUS, message="\ud800"),
    "half a surrogate in the request": changed(REQUEST, name="\ud800"),
    "half a surrogate in its data": changed(REQUEST, config={"data": "\ud800"}),
    "a list for a request": lambda run: damage(run, REQUEST, b"[]"),
    "an unknown kind": changed(REQUEST, kind="dance"),
    "a config of 400 digits": changed(REQUEST, config={"epochs": 10**400}),
    "a config that is none": changed(REQUEST, config={"methods": 5}),
    "parameters that are none": changed(REQUEST, config={"parameters": [1]}),
    "an ECE of null": with_row(calibration=SEEN | {"ece": None}),
    "an interval of three": with_row(calibration=SEEN | {"ece_interval": [0, 1, 2]}),
    "bins of two lengths": with_row(scaled=SEEN | {"bins": SEEN["bins"] | {"count": [1]}}),
    "a temperature of text": with_row(temperature="hot"),
    "a temperature's value of text": with_row(temperature=row(1)["temperature"] | {"value": "x"}),
    "errors that are none": with_row(errors=[[1, 2]]),
    "an error of no class": with_row(errors=[[-5, 10**15, 0]]),
    "epoch 0": with_row(epoch=0),
    "an epoch of 400 digits": with_row(step=10**400),
    "classes that are none": with_line(b'{"kind":"data","step":0,"classes":[3]}'),
    "points of lists": with_line(b'{"kind":"step","step":70,"loss":[1,2]}'),
    "a kind that is none": with_line(b'{"kind":[],"step":70}'),
    "a status that is missing": lambda run: remove(run, STATUS),
    "metrics that are a folder": lambda run: as_folder(run, METRICS),
    "a log that is a folder": lambda run: as_folder(run, "log.txt"),
    "a status that is a folder": lambda run: as_folder(run, STATUS),
    "a status that is a pipe": lambda run: as_pipe(run, STATUS),
    "metrics that are a pipe": lambda run: as_pipe(run, METRICS),
    "a log that is a pipe": lambda run: as_pipe(run, "log.txt"),
    "a lock that is a pipe": lambda run: as_pipe(run, "lock"),
    "a request without end": lambda run: as_link(run, REQUEST, "/dev/zero"),
    "metrics without end": lambda run: as_link(run, METRICS, "/dev/zero"),
    "a link to itself": lambda run: as_link(run, STATUS, STATUS),
    "a megabyte of status": lambda run: damage(run, STATUS, b" " * (1 << 21)),
    "a line of megabytes": with_line(b"x" * (3 << 20)),
    "no line at all": lambda run: damage(run, METRICS, b"\0" * 5000),
    "a weight of epoch x": lambda run: damage(run, "checkpoints/epoch-x.safetensors", b""),
    "a mix of step x": lambda run: damage(run, "plans/step-x.npz", b""),
    "a mix that is none": lambda run: damage(run, "plans/step-00000020.npz", b"PK\3\4 and no more"),
    "a mix that is a folder": lambda run: (run.folder / "plans/step-00000020.npz").mkdir(),
}


def test_each_kind_of_bad_folder_leaves_the_page_and_the_others_alone(store):
    good = fill(store.create(TrainingRequest().job()))
    for change in KINDS.values():
        change(fill(store.create(TrainingRequest().job())))
    known = {card.name: card for card in known_runs.list_cards()}
    assert len(known) == len(KINDS) + 1
    others = [name for name, card in known.items() if card.run != good]
    for i in range(0, len(others), 7):
        assert "95.0 %" in train("1 cutmix", *others[i : i + 7])


def test_whatever_is_bad_comes_into_focus_on_the_page(store):
    for kind in (
        "an ECE of null",
        "a mix that is none",
        "errors that are none",
        "metrics of brackets",
    ):
        run = fill(store.create(TrainingRequest().job()))
        KINDS[kind](run)
        said = train(known_runs.read_card(run).name)
        name = "step-00000020.npz" if "mix" in kind else f"1 line of metrics.jsonl of {run.id}"
        assert f"{name} cannot be read" in said, kind


def test_a_bad_folder_says_which_file_it_is(store):
    for kind, change in KINDS.items():
        run = fill(store.create(TrainingRequest().job()))
        change(run)
        card = known_runs.read_card(run)
        problems = [card.why, tracks.get_readers().track(card).metrics.describe_problem()]
        if card.status.state == "unreadable":
            problems.append(card.status.message)
        for problem in filter(None, problems):
            assert_sentence(problem)
            assert run.id in problem, kind
            assert re.search(r"(status|request)\.json|metrics\.jsonl", problem), kind


def test_every_neighbor_of_a_status_is_read_or_refused(store):
    run = fill(store.create(TrainingRequest().job()))
    whole = json.loads((run.folder / STATUS).read_text()) | {"state": "running", "pid": 1}
    texts = [(str(text[:20]), text) for text in ODD_TEXTS]
    for name, content in [*texts, *((n, write_json(one)) for n, one in document_neighbors(whole))]:
        damage(run, STATUS, content)
        status = run.status()
        assert status.state in ("running", "lost", "unreadable", "done"), name
        assert text.progress_html(status.step, status.steps), name
        if status.state in ("lost", "unreadable"):
            assert_sentence(status.message)
        assert status.message.encode() is not None, name


def test_every_neighbor_of_a_request_is_read_or_refused(store):
    run = fill(store.create(TrainingRequest(parameters={"alpha": 0.5}).job()))
    whole = json.loads((run.folder / REQUEST).read_text())
    texts = [(str(text[:20]), text) for text in ODD_TEXTS]
    for name, content in [*texts, *((n, write_json(one)) for n, one in document_neighbors(whole))]:
        damage(run, REQUEST, content)
        known_runs._asked.clear()
        card = known_runs.read_card(run)
        assert card.name.encode(), name
        assert card.about.encode(), name
        if card.config:
            assert card.command.encode(), name
        else:
            assert run.id in assert_sentence(card.about), name


def test_every_neighbor_of_an_epoch_is_drawn_or_left_out(store, effort):
    run = fill(store.create(TrainingRequest().job()))
    odd = [*document_neighbors(row(3))]
    points = list(document_neighbors(POINTS[0]))
    random = np.random.default_rng(0)
    for start in random.permutation(len(odd))[: effort(60)]:
        name, one = odd[start]
        extra = points[start % len(points)][1]
        (run.folder / METRICS).write_bytes(
            b"".join(files.encode_line(p) for p in [*POINTS, row(1)])
            + b"".join(write_json(value) + b"\n" for value in (one, extra))
        )
        try:
            draw(run)
        except Exception as error:
            raise AssertionError(f"{name}: {one}") from error


def draw(run):
    """Everything that the Train page and the shell make of a run's metrics."""
    tracks.get_readers.clear()
    card = known_runs.read_card(run)
    track = tracks.get_readers().track(card)
    assert cards._facts(card, "red").encode()
    for axis, what in (("epoch", "loss"), ("minutes", "accuracy")):
        curve_tables.list_points([card, card], what, axis, 0.5, seeds=True)
        curve_tables.list_errors([card], axis)
    last = track.last
    for stage in epoch_panel.STAGES:
        epoch_tables.list_reliability(last[stage])
        epoch_tables.list_confidences(last[stage])
        assert epoch_panel._says(last, stage)
    epoch_tables.list_weights(last)
    names = epoch_tables.list_classes(track.metrics.of("data"), card.config)
    assert text.errors_html(epoch_tables.list_confusions(last, names))
    assert text.measures_html(last["calibration"], last["scaled"], epoch_panel.MEASURES)
    assert tracks.last_epoch(card) is None or tracks.last_epoch(card)["epoch"] >= 1
    assert describe_end(run, card.status, TrainingRequest())


def test_the_queue_goes_on_past_what_cannot_be_started(store):
    for change in KINDS.values():
        change(fill(store.create(TrainingRequest().job()), state="queued"))
    good = store.create(Job("train", owner="me"))
    local = Local(store, cores=10_000)
    assert good in local.queue()
    assert good in local.advance()
    assert all(run.stored().state == "running" for run in [good])
    for run in store.runs():
        status = run.status()
        if status.message and status.state in ("failed", "unreadable"):
            assert_sentence(status.message)


def test_a_copied_folder_is_a_run_of_its_own(store):
    run = fill(store.create(TrainingRequest().job()))
    shutil.copytree(run.folder, run.folder.with_name(f"{run.id}-copy"))
    names = [card.name for card in known_runs.list_cards()]
    assert len(set(names)) == 2
    assert "95.0 %" in train(*names)
    for one in store.runs():
        files.write_json(one.folder / STATUS, vars(Status("queued")))
    assert set(Local(store, cores=99).advance()) == set(store.runs())


@pytest.mark.parametrize("count", [b"9" * 5000, b"-7", b"", b"[", b"9" * 15])
def test_a_count_of_runs_that_is_rubbish_gives_a_name_that_is_found(store, count):
    store.create(Job("train"))
    (store.folder / ".count").write_bytes(count)
    (store.folder / ("9" * 12 + "-far")).mkdir()
    (store.folder / ("9" * 100 + "-farther")).mkdir()
    run = store.create(Job("train"))
    assert run.id == "00002-train"
    assert run in store.runs()


def test_metrics_that_were_written_by_a_worker_are_whole(store):
    assert is_whole(row(1))
    assert all(is_whole(one) for one in POINTS)


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """The folder of a small audit of scenes."""
    return finished(tmp_path_factory.mktemp("audited"), ASKED)


def test_bad_audits_leave_the_page_and_the_others_alone(audited, store):
    changes = [
        KINDS["a status of brackets"],
        lambda run: damage(run, "table.parquet", b"PAR1"),
        lambda run: as_folder(run, "table.parquet"),
        lambda run: damage(run, reviews.FILE, nest(100_000)),
    ]  # fmt: skip
    for i, change in enumerate([lambda run: None, *changes], 1):
        place = store.folder / f"{i:05d}-audit-scenes"
        shutil.copytree(audited, place)
        change(Run(place))
    for card in known_runs.list_cards(known_runs.AUDIT):
        assert audit(audit=card.name).session_state["audit-last"] == card.name
    assert len(known_runs.list_cards(known_runs.AUDIT)) == len(changes) + 1


def test_reviews_that_are_rubbish_are_none(tmp_path):
    whole = {"reviewed": ["cutmix:3"]}
    odd = [*ODD_TEXTS, *(write_json(one) for _, one in document_neighbors(whole))]
    for content in odd:
        (tmp_path / reviews.FILE).write_bytes(content)
        assert all(isinstance(one, str) for one in reviews.read_reviews(tmp_path))
    assert reviews.mark_reviewed(tmp_path, "cutmix:4", True) >= {"cutmix:4"}


def test_neighbors_of_example_mixes_are_read_or_refused(store, tmp_path, effort):
    run = fill(store.create(TrainingRequest().job()))
    path = run.folder / "plans" / "step-00000020.npz"
    arrays = {
        "sources": np.zeros((4, 8, 8, 3), np.uint8), "mixed": np.zeros((2, 8, 8, 3), np.uint8),
        "y": np.arange(4), "index": np.array([[0, 1], [1, 2]]),
        "weights": np.full((2, 2), 0.5), "areas": np.full((2, 2), 0.5),
        "probs": np.full((2, 10), 0.1, np.float16), "evidence": np.zeros((2, 0, 0), np.float16),
        "evidence_name": np.array("none"),
    }  # fmt: skip
    np.savez_compressed(path, **arrays)
    whole, card = path.read_bytes(), known_runs.read_card(run)
    assert len(run_examples.load_examples(card, 20)[0]) == 2
    for name, content in neighbors(whole, effort(60)):
        path.write_bytes(content)
        run_examples._read.clear()
        try:
            run_examples.load_examples(card, 20)
        except ValueError as error:
            assert_sentence(error), name


def test_runs_are_read_from_a_shell_without_a_trace(store, capsys):
    from mixcore import cli

    for change in KINDS.values():
        run = fill(store.create(TrainingRequest().job()), state="stopped")
        change(run)
        try:
            Run(run.folder).job()
        except ValueError:
            assert cli.main(["train", "--resume", str(run.folder)]) != 0
            assert "Traceback" not in capsys.readouterr().err
