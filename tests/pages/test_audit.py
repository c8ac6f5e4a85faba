"""The Audit page on small audits that were really made, and on a table written by hand."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from dataclasses import asdict

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from app.audit import (
    audit_files,
    choice_panel,
    choices,
    reviews,
    summary_panel,
    table_rows,
    thumbnails,
)  # fmt: skip
from app.audit.selection import is_inside, read_corners
from app.audit.table_rows import SORTS, Filter, Mixes
from app.link import outlines
from app.link.outlines import read_outline, write_outline
from audits import finished
from mixcore.audit import schema, table_files
from mixcore.audit.audit_request import AuditRequest
from mixcore.evidence import spec_maps
from mixcore.evidence.reference import load_digests
from mixcore.methods import get_title, methods, read_declaration
from mixcore.registry import find_class
from mixcore.runs import Status, files, home, process, showcase
from pages.auditing import ASKED, SIX, audit, text
from pages.conftest import MAIN
from pages.driving import html, shelf, shown, told
from pages.switching import switch_page


def worst(page):
    """The mismatch in focus, as the page prints it."""
    return re.search(r'class="mix now".*?<b>([\d.]+)</b>', html(page), re.S)[1]


def test_an_empty_page_shows_the_example_and_start_makes_one_s_own(no_audit):
    page = audit()
    said = text(page)
    assert "Example An audit mixes a sample of a data set with several methods" in said
    assert "300 pairs of generated scenes" in said
    assert "Judged by the exact masks, the labels of VisibleMix" in said
    assert page.selectbox(key="audit").options == ["Example"]
    keys = {button.key for button in page.button}
    assert not {key for key in keys if (key or "").startswith(("stop-", "resume-", "delete-"))}
    shown(page.button(key="review").click().run())  # which is kept, but not beside the example
    assert "1 reviewed" in text(page)
    assert not list(showcase.FOLDER.rglob(reviews.FILE))
    shown(page.button(key="start-audit").click().run())
    (run,) = no_audit.runs()
    asked = run.job()
    assert (asked.kind, asked.config["data"], asked.config["n"]) == ("audit", "scenes", 500)
    assert page.selectbox(key="audit").value == "1 scenes"
    assert "Place 1 in the queue" in text(page)
    assert page.button(key="stop-1").label == "Stop"
    assert "ships with MixScope" not in text(page)
    shown(page.button(key="see-example-audit").click().run())
    assert "300 pairs of generated scenes" in text(page)
    assert audit().selectbox(key="audit").placeholder == "1 scenes"  # own ones come first


@pytest.mark.usefixtures("lite", "no_audit")
def test_the_worst_mix_of_the_example_is_the_very_same_in_explore():
    page = shown(AppTest.from_file(str(MAIN), default_timeout=120).run())
    page = shown(switch_page(page, "audit").run())
    said = worst(page)
    shown(page.button(key="open-0").click().run())
    page.query_params.clear()  # as the browser does, which follows the unseen link
    shown(switch_page(page, "explore").run())
    found = re.search(r"Mismatch (\d\.\d{4})\.", html(page))
    assert abs(float(found[1]) - float(said)) < 1e-3


def test_the_form_is_in_the_link_and_reaches_the_request(no_audit):
    link = {"ask.methods": ["FMix", "CutMix"], "ask.n": "64", "ask.seed": "5",
            "ask.truth": "pixels", "ask.own": ["CutMix"], "ask.cutmix.alpha": "0.5"}  # fmt: skip
    shown(audit(**link).button(key="start-audit").click().run())
    asked = AuditRequest.from_dict(no_audit.runs()[0].job().config)
    assert (asked.methods, asked.n, asked.seed) == (("fmix", "cutmix"), 64, 5)
    assert (asked.truth, asked.parameters) == ("pixels", {"cutmix": {"alpha": 0.5}})


def test_an_audit_of_no_method_cannot_be_started(no_audit):
    page = audit()
    shown(page.multiselect(key="ask.methods").set_value([]).run())
    assert "Choose at least one method." in text(page)
    assert "start-audit" not in [button.key for button in page.button]


def test_only_methods_that_can_be_audited_are_offered():
    offered = choices.by_title("scenes")
    assert {"CutMix", "De-DA"} <= set(offered)
    assert not {"Mosaic", "YOCO", "Manifold Mixup", "C-Mixup"} & set(offered)
    assert "De-DA" not in choices.by_title("cifar10")


@pytest.mark.parametrize("key", methods())
def test_a_method_s_declaration_is_read_without_importing_it(key):
    info = find_class(key).info
    assert get_title(key) == info.title
    found = read_declaration(key)
    assert (found.get("sources", 2), found.get("needs", ())) == (info.sources, info.needs)
    assert found.get("labels", "any") == info.labels


def test_the_conclusion_stands_first_with_its_numbers(at_hand):
    said = text(audit(audit="1 scenes"))
    found = Mixes(at_hand.run(at_hand.runs()[-1].id).folder)
    assert found.conclusion[1].split(".")[0] in said
    assert "Judged by the exact masks" in said
    assert "seed 3" in said
    assert "CutMix n = " in said
    assert "Control: uniform evidence" in said
    assert "it stays within the bound of rounding, 1e-06" in said


def test_the_judge_is_the_reference_and_its_digest_is_kept(at_hand):
    assert "Judged by the evidence 'mean of features'" in text(audit(audit="2 photos"))
    for run in at_hand.runs():
        facts = Mixes(run.folder).facts
        assert facts["reference"] == spec_maps.describe_reference()
        rows = csv.DictReader(io.StringIO(audit_files.make_csv(run.folder).decode()))
        digests = {row["judge_digest"] for row in rows if not row["control"]}
        assert digests == {spec_maps.compute_digest(facts["judge"])}


def test_filters_are_in_the_link_and_are_counted(at_hand):
    mixes = Mixes(at_hand.runs()[-1].folder)
    which = mixes.which(Filter(methods=("cutmix", "fmix"), low=0.1))
    page = audit(audit="1 scenes", by=["CutMix", "FMix"], off=["0.1", "1"])
    assert f"Below are the {which.sum():,} of {mixes.n:,} mixes" in text(page)
    assert f"Mix, of {which.sum():,}" in [one.label for one in page.number_input]
    assert "TransMix n =" not in text(page)
    by = page.multiselect(key="by")
    assert by.value == ["CutMix", "FMix"]


def test_mixes_that_look_like_a_third_class_are_counted_and_filtered(at_hand):
    """A made audit whose every third mix is said to be like a class that neither picture has."""
    rows = pq.read_table(at_hand.runs()[-1].folder / table_files.TABLE)
    a, b = (rows[f"class_{side}"].to_pylist() for side in "ab")
    third = [min({0, 1, 2} - {x, y}) for x, y in zip(a, b, strict=True)]
    like = [third[i] if i % 3 == 0 else a[i] for i in range(len(rows))]
    place = rows.column_names.index("class_like")
    rows = rows.set_column(place, "class_like", pa.array(like, pa.int32()))
    path = home.get_home() / "third.parquet"
    table_files.write_table(path, [rows])
    mixes = Mixes(path)
    which = mixes.which(Filter(third=True))
    assert 0 < which.sum() < mixes.n
    assert set(np.flatnonzero(which) % 3) == {0}
    lines = mixes.lines(mixes.counts, 0.3)
    assert sum(line.third.value * line.n for line in lines) == pytest.approx(which.sum())
    page = audit(audit="third.parquet", third="true")
    said = text(page)
    assert f"Below are the {which.sum():,} of {mixes.n:,} mixes" in said
    assert "Looks like a third class" in said
    assert said.count("looks like ") == min(24, which.sum())


def test_an_audit_of_an_earlier_version_says_nothing_of_third_classes(at_hand, tmp_path):
    whole = pq.read_table(at_hand.runs()[-1].folder / table_files.TABLE)
    old = whole.drop_columns(list(schema.LATER))
    path = tmp_path / "old.parquet"
    table_files.write_table(path, [old])
    mixes = Mixes(path)
    assert not mixes.knows_third
    assert all(line.third is None for line in mixes.lines(mixes.counts, 0.3))


@pytest.mark.parametrize("sort", SORTS)
def test_mixes_are_sorted_by_what_is_asked(at_hand, sort):
    mixes = Mixes(at_hand.runs()[-1].folder)
    rows = mixes.rows(mixes.order(mixes.counts, sort))
    values = {
        SORTS[0]: lambda row: row["mismatch"],
        SORTS[1]: lambda row: row["entropy"],
        SORTS[2]: lambda row: -sum(row[f"w_{s}"] * np.log(row[f"p_{s}"]) for s in "ab"),
    }[sort]
    assert [values(row) for row in rows] == sorted(map(values, rows), reverse=True)
    page = audit(audit="1 scenes", sort=sort)
    assert worst(page) == f"{rows[0]['mismatch']:.3f}"


def test_a_review_is_kept_and_can_be_filtered_by(at_hand):
    page = audit(audit="1 scenes")
    first = worst(page)
    shown(page.button(key="review").click().run())
    place = at_hand.runs()[-1].folder
    (row,) = reviews.read_reviews(place)
    assert "1 reviewed" in text(page)
    shown(page.button(key="next").click().run())
    assert page.number_input(key="mix").value == 2
    shown(page.button(key="previous").click().run())
    assert page.button(key="review").label.startswith("Not reviewed")
    only = audit(audit="1 scenes", seen="reviewed")
    assert worst(only) == first
    assert "Mix, of 1" in [one.label for one in only.number_input]
    reviews.mark_reviewed(place, row, False)
    assert "No mix is left" in text(audit(audit="1 scenes", seen="reviewed"))


def test_what_is_drawn_around_is_what_is_listed(at_hand):
    mixes = Mixes(at_hand.runs()[-1].folder)
    x, y = mixes.share(np.arange(len(mixes.counts)))
    box = read_corners({"box": [{"x": [0.2, 0.8], "y": [0.6, 1.1]}], "lasso": []})
    inside = mixes.which(Filter(box=box))
    assert inside.tolist() == (mixes.counts & (x > 0.2) & (x < 0.8) & (y > 0.6)).tolist()
    lasso = read_corners({"lasso": [{"x": [0, 1, 0], "y": [0, 0, 1]}]})
    assert mixes.which(Filter(box=lasso)).tolist() == (mixes.counts & (x + y < 1)).tolist()
    assert read_corners({}) == ()


def test_what_is_drawn_around_is_in_the_link_and_can_be_let_go(at_hand):
    mixes = Mixes(at_hand.runs()[-1].folder)
    drawn = ((0.2, 0.6), (0.8, 0.6), (0.8, 1.1), (0.2, 1.1))
    n = int(mixes.which(Filter(box=drawn)).sum())
    assert 0 < n < mixes.n
    page = audit(audit="1 scenes", box=write_outline(drawn))
    assert f"Mix, of {n:,}" in [one.label for one in page.number_input]
    assert f"Only the {n:,} drawn around in the chart below." in text(page)
    (figure,) = [json.loads(one.proto.spec) for one in page.get("plotly_chart")
                 if "entropy" in one.proto.spec]  # fmt: skip
    (selection,) = figure["layout"]["selections"]
    assert selection["path"] == "M0.2,0.6L0.8,0.6L0.8,1.1L0.2,1.1Z"
    shown(page.button(key="box-off").click().run())
    assert f"Mix, of {mixes.n:,}" in [one.label for one in page.number_input]
    assert page.text_input(key="box").value == ""


def test_an_outline_of_more_corners_than_a_link_takes_keeps_its_shape():
    turn = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    drawn = tuple(zip(0.5 + 0.3 * np.cos(turn), 0.5 + 0.3 * np.sin(turn), strict=True))
    kept = read_outline(write_outline(drawn))
    assert len(kept) == outlines.MOST
    x, y = np.random.default_rng(0).random((2, 5000))
    assert (is_inside(x, y, kept) == is_inside(x, y, drawn)).mean() > 0.99
    assert write_outline(()) == ""
    assert read_outline("") == ()
    for word in ("1_2", "1_2.3_4.x", "1_2.3_4.99999_5"):
        with pytest.raises(ValueError, match="must be an outline"):
            read_outline(word)


def test_the_fold_of_the_filters_says_how_many_are_set(at_hand):
    fold = "Filters, order and review"
    assert audit(audit="1 scenes").toggle(key="filters-open").label == fold
    page = audit(audit="1 scenes", by=["CutMix", "FMix"], off=["0.1", "1"])
    assert page.toggle(key="filters-open").label == f"{fold} · 2 set"
    shown(page.multiselect(key="by").set_value([]).run())
    assert page.toggle(key="filters-open").label == f"{fold} · 1 set"


def test_an_audit_that_another_edition_of_its_judge_made_says_so(at_hand, monkeypatch):
    assert "another edition" not in text(audit(audit="2 photos"))
    then = {"mean of features": "0" * 16}
    monkeypatch.setattr(summary_panel, "load_digests", lambda: load_digests() | then)
    assert "judged by another edition of “mean of features” than" in text(audit(audit="2 photos"))
    assert "another edition" not in text(audit(audit="1 scenes"))  # by exact masks


@pytest.mark.usefixtures("lite", "at_hand")
@pytest.mark.parametrize("name", ["1 scenes", "2 photos"])
def test_explore_shows_the_very_mix_with_the_same_mismatch(name):
    """For each method: its worst mix, clicked, is off in Explore by what the audit said."""
    page = shown(AppTest.from_file(str(MAIN), default_timeout=120).run())
    for key in SIX:
        page = shown(switch_page(page, "audit").run())
        shown(page.selectbox(key="audit").set_value(name).run())
        said = worst(shown(page.multiselect(key="by").set_value([get_title(key)]).run()))
        shown(page.button(key="open-0").click().run())
        page.query_params.clear()  # as the browser does, which follows the unseen link
        shown(switch_page(page, "explore").run())
        found = re.search(r"Mismatch (\d\.\d{4})\.", html(page))
        assert found, key
        assert abs(float(found[1]) - float(said)) < 1e-3, key
        assert page.session_state["m"] == key
    if name == "2 photos":
        assert len(shelf(page)) >= 2
        assert {page.session_state[f"{side}.name"] for side in "ab"} == {"cat", "dog"}


def test_thumbnails_are_made_beside_the_page(at_hand):
    mixes = Mixes(at_hand.runs()[-1].folder)
    rows = mixes.rows(mixes.order(mixes.counts, SORTS[0])[:3])
    thumbs = thumbnails.Thumbs()
    thumbs.ask("here", mixes.facts, rows)
    thumbs._hands.shutdown(wait=True)
    assert all(thumbs.found("here", row)[:2] == b"\xff\xd8" for row in rows)


def test_pictures_that_have_changed_are_not_shown_for_those_of_the_audit(at_hand):
    mixes = Mixes(at_hand.runs()[0].folder)
    row = mixes.rows([0])[0]
    thumbnails.make_pair(mixes.facts, row)
    with pytest.raises(thumbnails.GoneError, match="has changed since"):
        thumbnails.make_pair(mixes.facts, row | {"name_a": "cat/other.png"})
    moved = mixes.facts | {"request": mixes.facts["request"] | {"data": "/nowhere"}}
    with pytest.raises(thumbnails.GoneError, match="cannot be had here"):
        thumbnails.make_pair(moved, row)


@pytest.mark.parametrize(
    ("name", "why"),
    [("7 gone", "There is no audit '7 gone' here"), ("../..", "lies outside MIXSCOPE_HOME")],
)
def test_a_link_to_what_is_not_here_says_so(no_audit, name, why):
    assert why in text(audit(audit=name))


@pytest.mark.parametrize(
    ("state", "buttons"),
    [("done", {"delete-1"}), ("stopped", {"resume-1", "delete-1"}), ("queued", {"stop-1"}),
     ("running", {"resume-1", "delete-1"})],
)  # fmt: skip
def test_every_state_offers_what_makes_sense(no_audit, state, buttons):
    run = no_audit.create(AuditRequest().job())
    status = Status(state, 3, 10, pid=2**30, machine=process.identify_machine())
    files.write_json(run.folder / "status.json", asdict(status))
    page = audit(audit="1 scenes")
    kinds = ("stop-", "resume-", "delete-")
    assert {b.key for b in page.button if (b.key or "").startswith(kinds)} == buttons
    assert ("lost" if state == "running" else state) in text(page)  # nobody has that process
    assert ("3 of 10 mixes" in text(page)) == (state != "done")  # what is done is one slim line
    assert any("python -m mixcore audit --data scenes" in block.value for block in page.code)


def test_the_page_needs_no_torch_until_there_is_a_mix_to_see(no_audit):
    no_audit.create(AuditRequest().job())
    code = (
        "import sys\n"
        "from mixcore.runs import Local\n"
        "Local.warm = Local.advance = lambda self: []\n"
        "from app.shell import visitor\n"
        "visitor.get_owner = lambda: 'me'\n"
        "from streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_file('app/main.py', default_timeout=60)\n"
        "from tests.pages.switching import switch_page\n"
        "switch_page(page, 'audit').run()\n"
        "assert not page.exception, page.exception\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=MAIN.parents[1], check=True)


def test_what_is_finished_of_a_running_audit_is_shown(no_audit, audited):
    run = no_audit.create(AuditRequest(methods=SIX, **ASKED).job())
    whole = next((audited / "home" / "runs").glob("*scenes*")) / table_files.TABLE
    part = table_files.name_part(run.folder, 0)
    part.parent.mkdir()
    shutil.copy(whole, part)
    said = text(audit())
    assert "So far: " in said
    assert "CutMix n = " in said
    assert "The mixes, worst first" in said
    assert len(audit_files.make_csv(run.folder).splitlines()) == ASKED["n"] * (len(SIX) + 2) + 1


def test_a_link_with_nonsense_opens_all_the_same(at_hand):
    nonsense = {"mix": "9999", "off": ["5", "9"], "sort": "nope", "by": ["Nope"], "over": "7",
                "seen": "x", "class-a": "zzz", "pairs": "Nope", "ask.n": "x", "ask.seed": "-3",
                "ask.methods": ["Nope"], "ask.evidence": "nope", "box": "0_0"}  # fmt: skip
    page = audit(audit="1 scenes", **nonsense)
    assert "Judged by the exact masks" in text(page)
    assert page.number_input(key="ask.seed").value == 0


def test_a_failed_audit_says_why_on_its_card(no_audit):
    run = no_audit.create(AuditRequest(data="/nowhere").job())
    said = "There is no data set '/nowhere'."
    files.write_json(run.folder / "status.json", asdict(Status("failed", 0, 10, said)))
    page = audit()
    assert "failed" in text(page)
    assert "There is no data set '/nowhere'." in text(page)
    shown(page.button(key="delete-1").click().run())
    assert "is deleted" in told(page)[0]
    assert "300 pairs of generated scenes" in text(page)
    assert choice_panel.KEY in page.session_state


def test_a_table_that_grows_is_read_anew(tmp_path):
    made = Mixes  # one object for one state of the files
    folder = finished(tmp_path, AuditRequest(methods=("cutmix",), n=4, batch=2, device="cpu"))
    before = table_rows.load_rows(folder)
    assert isinstance(before, made)
    assert table_rows.load_rows(folder) is before
    (folder / table_files.TABLE).touch()
    assert table_rows.load_rows(folder) is not before
