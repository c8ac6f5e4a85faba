"""What an audit says, held to tables made by hand; the one-file page; the command; the log."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch
from torch import nn

import mixcore
from audits import picture_folder
from mixcore.audit import conclusion, report, schema, summary, svg, table_files
from mixcore.audit.intervals import Blocks, are_apart
from mixcore.audit.row_builder import RowBuilder
from mixcore.cli import main
from mixcore.docs import audits_table
from mixcore.evidence.map import Evidence
from mixcore.statistics import Interval

FACTS = {
    "request": {"seed": 1, "data": "made", "methods": ["cutmix", "fmix"]}, "judge": "exact mask",
    "classes": ["cat", "dog"], "evidence": ["CAM"], "bound": 1e-6, "skipped": {}, "sizes": [],
    "notes": [],
}  # fmt: skip


def made(folder, rows, facts=None):
    """A table of these rows; what they do not say is as in a mix that is half and half."""
    usual = {
        "method": "cutmix", "control": "", "class_a": 0, "class_b": 1, "area": 0.5, "w_a": 0.5,
        "w_b": 0.5, "s_a": 0.5, "s_b": 0.5, "object_a": 0.5, "object_b": 0.5, "shuffled": 0.5,
        "mismatch": 0.0, "judge": "exact mask", "a": 0, "b": 1, "seed": 0,
    }  # fmt: skip
    columns = RowBuilder(("CAM",))
    for k, row in enumerate(rows):
        columns.add(**usual | {"row": k, "block": k // 2} | row)
    like = schema.make_schema(("CAM",), table_files.pack_facts(FACTS | (facts or {})))
    table_files.write_table(folder / table_files.TABLE, [schema.make_batch(columns.columns, like)])
    return folder


def test_means_hidden_shares_and_pairs_are_counted_by_hand(tmp_path):
    rows = [
        {"mismatch": 0.1}, {"mismatch": 0.3},
        {"mismatch": 0.4, "object_a": 0.01, "w_a": 0.2, "w_b": 0.8},  # hidden
        {"mismatch": 0.4, "object_a": 0.01, "w_a": 0.19, "w_b": 0.81},  # says too little of it
        {"mismatch": 0.9, "class_b": 0},  # one class: not wrong
        {"mismatch": float("nan"), "object_a": 0.0, "object_b": 0.0},  # nothing in sight
        {"method": "fmix", "mismatch": 0.2, "class_a": 1, "class_b": 0},
        {"control": "uniform", "mismatch": 3e-7}, {"control": "shuffled", "mismatch": 0.6},
    ]  # fmt: skip
    found = summary.summarize_audit(made(tmp_path, rows))
    one = found["methods"]["cutmix"]
    assert (one["n"], one["one class"], one["nothing in sight"]) == (4, 1, 1)
    assert one["mismatch"]["value"] == pytest.approx(0.3)
    assert one["quantiles"]["0.5"] == pytest.approx(0.35)
    assert (one["hidden"]["value"], one["hidden n"]) == (0.25, 1)
    assert sum(one["histogram"]) == 4
    assert found["pairs"]["cutmix"]["mean"] == [[None, pytest.approx(0.3)], [None, None]]
    assert found["pairs"]["fmix"]["n"] == [[0, 0], [1, 0]]
    assert found["controls"]["uniform"] | {"mismatch": 0} == {
        "n": 1, "largest": 3e-7, "bound": 1e-6, "holds": True, "mismatch": 0,
    }  # fmt: skip
    assert found["resampled"] == {"unit": "pairs", "n": 9}
    assert [row["row"] for row in summary.list_worst(tmp_path, 2)] == [2, 3]


def test_mixes_that_look_like_a_third_class_are_counted_by_hand(tmp_path):
    facts = {"classes": ["cat", "dog", "owl"]}
    rows = [
        {"class_like": 0}, {"class_like": 1}, {"class_like": 2, "mismatch": 0.9},
        {"class_like": 2, "class_b": 0},  # of one class, so not counted
        {"class_like": None},  # not known
        {"method": "fmix"},
    ]  # fmt: skip
    found = report.write_report(made(tmp_path, rows, facts))
    one = found["methods"]["cutmix"]
    assert (one["third n"], one["third of"]) == (1, 3)
    assert one["third"]["value"] == pytest.approx(1 / 3)
    assert "third" not in found["methods"]["fmix"]
    assert "is of a third class for 33.3% [" in " ".join(found["conclusion"])
    page = (tmp_path / report.PAGE).read_text()
    assert "Mixes that look like a third class" in page
    assert page.count("looks like owl") == 1


def test_a_table_that_does_not_say_what_mixes_look_like_says_nothing_of_it(tmp_path):
    found = report.write_report(made(tmp_path, [{}, {}]))
    assert "third" not in found["methods"]["cutmix"]
    assert "third class" not in " ".join(found["conclusion"])
    assert "third class" not in (tmp_path / report.PAGE).read_text()


def test_intervals_resample_blocks_of_pictures_and_hold_the_truth():
    rng = np.random.default_rng(0)
    held, wide, single = 0, [], np.arange(1000)
    for _ in range(40):
        common = rng.normal(0, 1, 40).repeat(25)  # mixes of a block are alike
        values, block = common + rng.normal(0, 0.1, 1000), np.arange(40).repeat(25)
        found = Blocks(block, single, draws=300).mean(values, np.ones(1000, bool))
        alone = Blocks(single, single, draws=100).mean(values, np.ones(1000, bool))
        held += found.low <= 0 <= found.high
        wide.append((found.high - found.low) / (alone.high - alone.low))
    assert 33 <= held <= 40, "of 95 %"
    assert np.mean(wide) > 4, "a thousand alike mixes are not a thousand draws"
    few = Blocks(np.zeros(6), np.array([0, 1, 2, 0, 1, 2]))
    assert (few.unit, few.n) == ("pairs", 3), "two methods mix the same three pairs"
    assert np.isnan(found.value) == np.False_
    assert np.isnan(Blocks(block, single).mean(values, np.zeros(1000, bool)).value)


def test_overlapping_methods_are_never_ranked(tmp_path):
    rng = np.random.default_rng(3)

    def sentence(mean_a, mean_b, folder):
        folder.mkdir()
        rows = [
            {"method": key, "mismatch": float(mean + 0.05 * rng.random()), "block": k}
            for k in range(100)
            for key, mean in (("cutmix", mean_a), ("fmix", mean_b))
        ]
        return conclusion.write_conclusion(summary.summarize_audit(made(folder, rows)))[0]

    assert "cannot tell the methods apart" in sentence(0.2, 0.2, tmp_path / "same")
    assert re.match(
        r"Judged by the exact masks, the labels of FMix \(0\.12\d .*closer .* CutMix",
        sentence(0.4, 0.1, tmp_path / "other"),
    )
    assert not are_apart(Interval(0.1, 0.0, 0.2), Interval(0.3, 0.2, 0.4))
    assert are_apart(Interval(0.1, 0.0, 0.2), Interval(0.3, 0.21, 0.4))


def test_what_agrees_by_construction_has_no_place_in_the_order(tmp_path):
    rng = np.random.default_rng(3)
    means = {"cutmix": 0.4, "fmix": 0.2, "visiblemix": 0.05, "mixup": 0.0}
    rows = [
        {"method": key, "mismatch": mean and float(mean + 0.05 * rng.random()), "block": k}
        for k in range(50)
        for key, mean in means.items()
    ]
    found = summary.summarize_audit(made(tmp_path, rows, {"own map": ["visiblemix"]}))
    assert [key for key, one in found["methods"].items() if one["agrees"]] == [
        "visiblemix",
        "mixup",
    ]
    first = conclusion.write_conclusion(found)[0]
    assert re.match(
        r"Judged by the exact masks, the labels of FMix \(0\.2.*than those of CutMix", first
    )
    assert f"is not ranked, {summary.OWN_MAP}." in first
    assert f"is not ranked, {summary.BLENDS}." in first


@pytest.mark.parametrize(
    ("areas", "said"),
    [
        ((0.95, 0.9), "the guess holds here"),
        ((0.95, 0.7), "here it does not hold. Of 2 patches"),
        ((), "among 20 patches none shows under 5%"),
    ],
)
def test_the_guess_about_small_patches_is_answered_by_counting(tmp_path, areas, said):
    rows = [{}] * (20 - len(areas)) + [{"area": area, "object_b": 0.01} for area in areas]
    told = conclusion.write_conclusion(summary.summarize_audit(made(tmp_path, rows)))
    assert any(said in sentence for sentence in told)


def test_labels_that_follow_their_pictures_are_told_from_those_that_cannot(tmp_path):
    rng = np.random.default_rng(5)
    rows = []
    for k in range(200):
        own = float(rng.random() / 2)  # wide, so that the two means' intervals overlap
        for key, more in (("fmix", 0.02), ("cutmix", 0.0)):
            strange = own + more + 0.01 * float(rng.normal())
            rows.append({"method": key, "block": k // 10, "mismatch": own, "shuffled": strange})
    rows.append({"control": "uniform", "block": 20})
    told = conclusion.write_conclusion(summary.summarize_audit(made(tmp_path, rows)))[-1]
    assert re.search(r"the labels of FMix \(.*\) are further off", told)
    assert re.search(r"For CutMix \(.*\) no such difference", told)


def test_a_table_without_anything_to_judge_says_so(tmp_path):
    found = summary.summarize_audit(made(tmp_path, [{"class_b": 0}, {"class_b": 0}]))
    assert conclusion.write_conclusion(found) == [
        "No mix of two classes could be judged, so there is nothing to conclude."
    ]
    assert "nothing to judge" in report.make_html(found | {"conclusion": ["-"]}, [])


class Page(HTMLParser):
    """Everything that a page refers to, and whether its elements close."""

    def __init__(self, text):
        super().__init__()
        self.refers, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.refers += [v for k, v in attrs if k in ("src", "href", "xlink:href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_one_file_and_names_are_escaped(tmp_path):
    facts = {
        "classes": ["<script>", "dog"],
        "skipped": {"a<b>.png": "x"},
        "sizes": [[8, 9], [9, 9]],
    }
    rows = [{"mismatch": 0.5 + 0.01 * k} for k in range(30)]
    folder = made(tmp_path, [*rows, {"control": "uniform", "mismatch": 0.0}], facts)
    pictures = []

    def remake(row):
        pictures.append(row["row"])
        if row["row"] == 29:
            raise ValueError("It is gone.")
        return np.full((448, 448, 3), row["row"], np.uint8)

    report.write_report(folder, remake)
    text = (folder / report.PAGE).read_text()
    page = Page(text.removeprefix("<!doctype html>"))
    assert pictures == list(range(29, 5, -1)), "24 of them, the worst first"
    assert len(page.refers) == 23
    assert all(one.startswith("data:image/jpeg;base64,") for one in page.refers)
    assert "It is gone." in text
    assert "<script" not in text
    assert not page.open
    said = json.loads((folder / report.SUMMARY).read_text())
    assert all(sentence in unescape(text) for sentence in said["conclusion"])
    assert "95 % bootstrap intervals over 16 blocks" in text
    assert "seed 1" in text


def test_charts_keep_to_their_axis_and_skip_what_does_not_exist():
    drawn = svg.draw_dots(
        [("a", Interval(0.5, 0.4, 0.7)), ("b", Interval(*[float("nan")] * 3))], "x"
    )
    assert "nan" not in drawn
    xs = [float(x) for x in re.findall(r'cx="([\d.]+)"', drawn)]
    assert len(xs) == 1
    assert svg.LEFT < xs[0] < svg.WIDTH - svg.RIGHT


def test_the_command_writes_the_three_files_and_refuses_a_full_folder(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path / "home"))
    data = picture_folder(tmp_path / "set", {"cat": 3, "dog": 3})
    command = [
        "audit",
        "--data",
        str(data),
        "--method",
        "cutmix",
        "fmix",
        "--n",
        "4",
        "--batch",
        "4",
    ]
    command += ["--set", "cutmix.alpha=0.5", "--device", "cpu", "--out", str(tmp_path / "report")]
    assert main(command) == 0
    said = capsys.readouterr()
    assert "Judged by the evidence 'mean of features'" in said.out
    assert "mix 8 of 8" in said.err
    files = {path.name for path in (tmp_path / "report").iterdir()}
    assert {"table.parquet", "summary.json", "report.html"} <= files
    facts = table_files.read_facts(tmp_path / "report" / "table.parquet")
    assert facts["request"]["parameters"] == {"cutmix": {"alpha": 0.5}}
    assert main(command) == 2
    assert "is not empty" in capsys.readouterr().err
    assert main(["audit", "--data", str(tmp_path / "none"), "--n", "4"]) == 2
    assert "There is no data set" in capsys.readouterr().err
    assert main(["audit", "--set", "alpha=1"]) == 2
    assert "--set takes METHOD.NAME=VALUE" in capsys.readouterr().err


def test_a_log_keeps_the_mixes_of_a_loop(tmp_path):
    x, y = torch.rand(6, 3, 32, 32), torch.tensor([0, 1, 2, 0, 1, 2])
    plan = mixcore.method("cutmix").plan(mixcore.Batch(x, y), rng=3)
    maps, probs = torch.rand(6, 1, 8, 8), torch.rand(6, 3).softmax(1)
    with mixcore.AuditLog(tmp_path / "log", classes=("a", "b", "c")) as log:
        for _ in range(3):
            log(plan, y, probs, maps, index=torch.arange(10, 16))
    from mixcore.evidence.visibility import mismatch

    rows = table_files.read_table(tmp_path / "log").to_pylist()
    assert len(rows) == 18
    assert [row["block"] for row in rows] == [0] * 6 + [1] * 6 + [2] * 6
    want = mismatch(plan, Evidence(maps, "maps"))
    assert [row["mismatch"] for row in rows[:6]] == pytest.approx(want.tolist(), abs=1e-5)
    assert rows[2]["b"] == 10 + int(plan.index[2])
    assert rows[2]["p_b"] == pytest.approx(float(probs[2, y[plan.index[2]]]))
    assert "training" in json.loads((tmp_path / "log" / "summary.json").read_text())["methods"]
    with pytest.raises(ValueError, match="already holds a table"):
        mixcore.AuditLog(tmp_path / "log")


@pytest.mark.parametrize(("n", "size"), [(17, 8), (6, 2), (9, 1)])
def test_a_log_lives_through_an_ordinary_epoch(tmp_path, n, size):
    """The last batch may hold one picture, and a shuffle of two is the identity half the time."""
    method, alone = mixcore.method("cutmix"), 0
    with mixcore.AuditLog(tmp_path / "log") as log:
        for step, start in enumerate(range(0, n + 8, size)):
            b = min(size, max(n - start, 8))
            plan = method.plan(mixcore.Batch(torch.rand(b, 3, 16, 16)), rng=step)
            alone += int((plan.index == torch.arange(b)).sum())
            log(plan, torch.arange(b), None, torch.rand(b, 1, 4, 4))
        plan = method.plan(mixcore.Batch(torch.rand(1, 3, 16, 16)), rng=0)
        log(plan, torch.arange(1), None, torch.rand(1, 1, 4, 4))
        mixed = method.plan(mixcore.Batch(torch.rand(2, 3, 16, 16), given={"index": [1, 0]}), 0)
        log(mixed, torch.arange(2), None, torch.rand(2, 1, 4, 4))
    rows = table_files.read_table(tmp_path / "log").to_pylist()
    assert rows
    assert all(row["a"] != row["b"] for row in rows)
    assert f"itself, which have no row: {alone + 1}" in (tmp_path / "log/report.html").read_text()


def test_a_log_that_breaks_off_keeps_what_it_had(tmp_path):
    x, y = torch.rand(4, 3, 16, 16), torch.arange(4)
    plan = mixcore.method("cutmix").plan(mixcore.Batch(x, y, given={"index": [1, 2, 3, 0]}), rng=1)

    def run():
        with mixcore.AuditLog(tmp_path / "log") as log:
            log(plan, y, None, torch.rand(4, 1, 4, 4))
            raise RuntimeError("the loop broke")

    with pytest.raises(RuntimeError, match="the loop broke"):
        run()
    assert table_files.read_table(tmp_path / "log").num_rows == 4
    assert pa.types.is_dictionary(
        table_files.read_table(tmp_path / "log").schema.field("method").type
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"y": torch.arange(3)}, r"y must have shape \(4,\)"),
        ({"maps": torch.rand(3, 1, 4, 4)}, "4 mixes, but there are 3 maps"),
        ({"probs": torch.rand(4, 2)}, "probs has 2 classes, but y one of 3"),
        ({"probs": torch.rand(4)}, "probs must have shape"),
        ({"probs": 5 * torch.randn(4, 4)}, r"give logits\.softmax\(1\)"),
        ({"maps": -torch.ones(4, 1, 4, 4)}, "finite and >= 0"),
        ({"plan": "yoco"}, "plans that mix two pictures"),
    ],
)
def test_a_log_refuses_what_does_not_fit(tmp_path, change, said):
    x, y = torch.rand(4, 3, 16, 16), torch.arange(4)
    key = change.pop("plan", "cutmix") if "plan" in change else "cutmix"
    plan = mixcore.method(key).plan(mixcore.Batch(x, y), rng=1)
    asked = {"y": y, "probs": torch.rand(4, 4).softmax(1), "maps": torch.rand(4, 1, 4, 4)} | change
    log = mixcore.AuditLog(tmp_path / "log")
    with pytest.raises(ValueError, match=said):
        log(plan, **asked)


def test_the_examples_of_the_docs_log_a_loop(tmp_path, monkeypatch):
    text = (Path(__file__).parents[2] / "docs/audits.md").read_text()
    examples = [
        code for code in re.findall(r"```python\n(.*?)```", text, re.S) if "AuditLog" in code
    ]
    assert len(examples) == 2
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    data = [(torch.rand(8, 3, 32, 32), torch.randint(0, 10, (8,))) for _ in range(2)]
    for code in examples:
        assert len(code.strip().splitlines()) <= 10
        small = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 10))
        exec(code, {"loader": data, "model": small, "saliency": lambda x: x.mean(1, keepdim=True)})
    for name in ("log", "log-timm"):
        rows = table_files.read_table(tmp_path / name).to_pylist()
        assert 12 <= len(rows) <= 16  # a shuffle of eight leaves one picture alone on average
        assert {row["block"] for row in rows} == {0, 1}
        assert (tmp_path / name / "report.html").is_file()


def test_the_audits_that_are_printed_say_what_was_found():
    root = Path(__file__).parents[2]
    found = audits_table.read_summaries(sorted((root / "docs/audits").glob("*.json")))
    assert len(found) == 2
    for one in found.values():
        assert conclusion.write_conclusion(one) == one["conclusion"]
        assert one["controls"]["uniform"]["holds"]
    with pytest.raises(ValueError, match="must hold the lines"):
        audits_table.renew_text("no marks", found)
