"""A sound, a brush, a 3-D cloud and a file of one's own: labs that are one file each."""

import numpy as np
import pytest

from labs import laws
from labs.throwaway import BODIES
from mixcore import labs
from mixcore.cli import main
from mixcore.runs import Store
from mixcore.trials.lab_request import LabRequest
from mixcore.trials.rows import read_rows
from mixcore.worker import do_job


@pytest.mark.parametrize("law", laws.LAWS + laws.TRIALS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("key", BODIES)
def test_laws_hold(thrown, key, law):
    assert key in labs.list_labs()
    law(key)


def test_a_file_of_ones_own_is_seen(thrown):
    lab = labs.make_lab("throwphoto")
    own = np.full((40, 40, 3), 7, np.uint8)
    rng = np.random.default_rng(0)
    assert lab.look(rng, {"photo": own}).number.value == 7 != lab.look(rng, {}).number.value


def test_the_experiment_is_a_job_that_goes_on(thrown, tmp_path):
    store = Store(tmp_path / "home")
    run = store.create(LabRequest.from_dict({"lab": "throwcloud", "seeds": 6}).job())
    assert do_job(run) == "done"
    rows = read_rows(run.metrics())
    assert {(row.arm, row.seed) for row in rows} == {
        (a, s) for a in ("one", "two") for s in range(6)
    }
    laws.check_claims("throwcloud", rows)
    # What was cut off after its first part makes the second one only.
    lines = (run.folder / "metrics.jsonl").read_text().splitlines()
    cut = max(i for i, line in enumerate(lines) if '"part":"one"' in line) + 1
    (run.folder / "metrics.jsonl").write_text("\n".join(lines[:cut]) + "\n")
    assert [row.arm for row in read_rows(run.metrics())] == ["one"] * 6
    assert do_job(run) == "done"
    assert read_rows(run.metrics()) == rows


def test_the_command_lists_runs_and_writes(thrown, tmp_path, capsys):
    assert main(["lab"]) == 0
    assert "throwsound" in capsys.readouterr().out
    assert main(["lab", "throwsound", "--seeds", "6", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "shown: two is worse (2.0000 [2.0000, 2.0000], n 6)" in said
    assert (tmp_path / "out" / "rows.csv").read_text().startswith('"arm","seed","error"')
    assert main(["lab", "throwsound", "--set", "pitch=100", "--about"]) == 0
    assert "What is Beat?" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["throwsond"], "Did you mean 'throwsound'?"),
        (["throwsound", "--set", "pitch"], "--set takes NAME=VALUE, got 'pitch'."),
        (["throwsound", "--set", "pith=3"], "Beat has no parameter 'pith'; it has: pitch"),
        (["throwsound", "--keep", "--seeds", "2"], "--keep takes at least 5 seeds"),
        (["icm", "--keep", "--seeds", "19"], "--keep takes at least 20 seeds"),
        (["icm", "--keep", "clouds", "--seeds", "4"], "--keep takes at least 5 seeds"),
        (["throwsound", "--check"], "Beat has no finding yet; make one with --keep."),
    ],
)
def test_what_is_wrong_is_a_sentence(thrown, words, says, capsys):
    assert main(["lab", *words]) == 2
    assert says in capsys.readouterr().err


def test_a_claim_is_about_what_there_is():
    with pytest.raises(ValueError, match="'loss' of 'one'"):
        labs.LabCard(
            key="x", title="X", group="Mix other things", field="", paper="", authors="", year=1,
            question="?", arms=("one", "two"), metrics={"error": ""},
            claims=(labs.Claim("c", "loss", higher=("one", "two"), least=1),),
        )  # fmt: skip
