"""Command lines as people type them, right and wrong: what each says, and that it says it at once.

Every case that needs no torch is run in one process, which must not have imported it in the end.
"""

import io
import json
import resource
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

import numpy as np
import pytest
import yaml

from hostile.neighbors import ODD_TEXTS, assert_sentence, run_child
from mixcore import Batch, method, pictures
from mixcore.cli import COMMANDS, main, output
from mixcore.data import gallery
from mixcore.docs.methods_table import build_listing
from mixcore.evidence import spec_maps
from mixcore.evidence.reference import load_digests
from mixcore.listing import load_listing, read_params
from mixcore.methods import methods
from mixcore.registry import find_class
from mixcore.runs import Status

# words, exit code, what is said: on stdout where the code is 0, else in one sentence on stderr.
LIGHT = [
    ("--version", 0, "mixcore 0."),
    ("--help", 0, "train-evidence"),
    ("-h", 0, "COMMAND"),
    ("", 2, "COMMAND"),
    ("--verson", 2, "COMMAND"),
    ("methods", 0, "cutmix       CutMix (Yun et al. 2019)"),
    ("methods cutmix", 0, "Yun et al. 2019, CutMix: Regularization"),
    ("methods mosaic", 0, "four photos"),
    ("methods --json", 0, '"needs in words"'),
    ("methods cutmix --json", 0, '"key": "cutmix"'),
    ("methods --json methods.json", 0, "cutmix       CutMix"),
    ("methods cutmx", 2, "Did you mean 'cutmix'?"),
    ("methods --jsn", 2, "Did you mean '--json'?"),
    ("methods --help", 0, "--json"),
    ("methods --json table.txt", 2, "a FILE ends in .json, got 'table.txt'"),
    ("objectives", 0, "jensen_shannon   Jensen-Shannon consistency (Hendrycks et al. 2020)"),
    ("objectives --json", 0, '"cross_entropy"'),
    ("objectives --help", 0, "KEY"),
    ("objectives jensen", 2, "Did you mean 'jensen_shannon'?"),
    ("train --objective decouple", 2, "--objective"),
    ("method", 2, "Did you mean 'methods'?"),
    ("mxi", 2, "Did you mean 'mix'?"),
    ("cutmix a.png b.png", 2, "There is no COMMAND 'cutmix'"),
    ("mix", 2, "METHOD"),
    ("mix --help", 0, "cutmix"),
    ("mix cutmix --help", 0, "--alpha 0.05..8"),
    ("mix mosaic --help", 0, "photo D"),
    ("mix cutmx a.png b.png", 2, "Did you mean 'cutmix'?"),
    ("mix cutmix a.png", 2, "Photo B is missing: name a file, scene:SEED or example:NAME."),
    ("mix cutmix", 2, "Photo A is missing"),
    ("mix cutmix a.png b.png c.png", 2, "There is no option c.png"),
    ("mix cutmix a.png b.png --alhpa 1", 2, "Did you mean '--alpha'?"),
    ("mix cutmix a.png b.png --alpha much", 2, "--alpha: invalid float value: 'much'"),
    ("mix cutmix a.png b.png --seed 1.5", 2, "--seed: invalid int value: '1.5'"),
    ("mix cutmix a.png b.png --seed -1", 2, "--seed must be a whole number from 0 on, got -1"),
    ("mix fmix a.png b.png --config nowhere.json", 2, "nowhere.json is not there; check its name"),
    ("mix --config nowhere.json", 2, "nowhere.json is not there; check its name"),
    ("mix cutmix --config broken.yaml", 2, "broken.yaml holds neither JSON nor YAML"),
    ("mix cutmix --config strange.json", 2, "A configuration of cutmix has no 'speed'"),
    ("mix --config strange.json", 2, "strange.json names no method"),
    ("mix --config painted.json", 2, "a painted mask, which only the page can mix"),
    ("train --help", 0, "--held-out 0.02..0.5"),
    ("train --epochs 0", 2, "mixcore: --epochs must be in [1, 2000], got 0."),
    ("train --epochs ten", 2, "--epochs: invalid int value: 'ten'"),
    ("train --epcohs 3", 2, "Did you mean '--epochs'?"),
    ("train --method cutmx", 2, "Did you mean 'cutmix'?"),
    ("train --warm-up 2", 2, "--warmup must be in [0, 0.9], got 2.0"),
    ("train --data", 2, "--data: expected one argument"),
    ("train --set alpha", 2, "--set takes NAME=VALUE, got 'alpha'"),
    ("train --resume nowhere", 2, "request.json is missing from nowhere"),
    ("train --config strange.json", 2, "There is no setting 'speed'"),
    ("train --config list.json", 2, "list.json holds no names with values"),
    ("train extra", 2, "There is no option extra"),
    ("audit --help", 0, "--shards 1..10000"),
    ("audit --method cutmx", 2, "Did you mean 'cutmix'?"),
    ("audit --n 1", 2, "--n must be in [2, 1e+08], got 1"),
    ("audit --set alpha=1", 2, "--set takes METHOD.NAME=VALUE, got 'alpha=1'"),
    ("audit --executor rey", 2, "Did you mean 'ray'?"),
    ("audit --config strange.json", 2, "There is no setting 'speed'"),
    ("audit --resume nowhere", 2, "request.json is missing from nowhere"),
    ("data", 2, "VERB"),
    ("data unpack --help", 0, "--json"),
    ("data unpck x", 2, "Did you mean 'unpack'?"),
    ("evidence", 2, "--list --report is required"),
    ("evidence --list", 0, "Needs nothing but the picture; costs"),
    ("evidence --list --json kinds.json", 0, "Spectral residual"),
    ("evidence --list --json", 0, '"title"'),
    ("evidence --list --report", 2, "not allowed with argument"),
    ("lab --help", 0, "--check"),
    ("lab --check --keep", 2, "not allowed with argument"),
    ("lab nosuch", 2, "There is no NAME 'nosuch'"),
    ("examples", 0, "python -m mixcore train --data digits"),
    ("examples --json", 0, '"change": null'),
    ("examples --check --make", 2, "not allowed with argument"),
    ("train-evidence", 2, "the following arguments are required: --data, --out"),
    ("train-evidence --help", 0, "--late"),
    ("train-mix-block", 2, "the following arguments are required: --data, --out"),
    ("train-mix-block --help", 0, "--features"),
]  # fmt: skip

FILES = {
    "broken.yaml": "a: [1, 2\nb: }",
    "strange.json": '{"speed": 3}',
    "list.json": "[1, 2]",
    "painted.json": '{"mixscope": "1", "state": {"m": "cutmix", "how": "painted"}}',
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path / "home"))
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def call(words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command line."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(words.split())
        except SystemExit as end:
            code = int(end.code or 0)
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(("words", "code", "said"), LIGHT, ids=[words for words, *_ in LIGHT])
def test_a_command_line_says(words, code, said, folder):
    got, out, err = call(words)
    assert (got, bool(err)) == (code, code != 0), err
    assert said in (err if code else out)
    if code:
        assert err.startswith("mixcore: ")
        assert_sentence(err.removeprefix("mixcore: ").removesuffix("\n"))
        assert "Request" not in err
        assert not (folder / "home" / "runs").exists()


def test_none_of_them_imports_torch_or_takes_long(folder):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Of the tests' own modules none may be imported, as they bring torch: the words are handed in.
    code = """
import contextlib, io, json, sys, time
from mixcore.cli import main
for words in json.loads(sys.argv[1]):
    start = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try: main(words.split())
        except SystemExit: pass
    assert not {"torch", "numpy"} & set(sys.modules), f"{words} imports them"
    assert time.process_time() - start < 2, f"{words} takes {time.process_time() - start} s"
"""
    run_child(code, json.dumps([words for words, *_ in LIGHT]))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 20  # all of them; 0.1 s each is the aim


def test_the_tables_are_those_of_the_registry():
    assert load_listing() == json.loads(json.dumps(build_listing()))
    assert load_digests() == spec_maps.list_digests()
    for key in methods():
        assert read_params(load_listing()[key]) == find_class(key).params()


def test_json_files_hold_what_is_printed(folder):
    for words, file in (("methods", "methods.json"), ("evidence --list", "kinds.json")):
        assert call(f"{words} --json {file}")[1] == call(words)[1]
        assert json.loads((folder / file).read_text()) == json.loads(call(f"{words} --json")[1])


def test_a_closed_pipe_is_no_error():
    command = f"{sys.executable} -m mixcore methods --json | head -1"
    run = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert run.stdout == "{\n"
    assert run.stderr == ""


@pytest.mark.parametrize("data", ODD_TEXTS)
@pytest.mark.parametrize("command", ["train", "audit"])
def test_a_configuration_that_is_none_is_a_sentence(folder, data, command):
    (folder / "odd.json").write_bytes(data)
    code, _, err = call(f"{command} --config odd.json --threads 0")
    assert code == 2
    assert_sentence(err.removesuffix("\n"))


# with torch


def page_config(**state):
    """A configuration as Explore's Export saves it."""
    usual = {"a": "cat", "b": "coffee", "m": "cutmix", "seed": 7, "cutmix.alpha": 0.5}
    return {"mixscope": "1", "state": usual | state, "about": {"size": 448}}


def as_the_page_mixes(key, seed, images, given, **parameters):
    x = pictures.to_tensor(*(pictures.square(image, 448) for image in images))
    batch = Batch(x, given={"index": [1, 0], **given})
    return pictures.to_array(method(key, **parameters).plan(batch, rng=seed).apply(x))[0]


@pytest.mark.parametrize("form", ["json", "yaml"])
@pytest.mark.parametrize(
    ("state", "given"),
    [({}, {}), ({"how": "by hand", "lam": 0.3}, {"lam": 0.3}),
     ({"how": "box", "rows": [10, 200], "columns": [30, 400]}, {"box": (10, 200, 30, 400)})],
)  # fmt: skip
def test_a_configuration_of_the_page_makes_the_same_mix(folder, form, state, given):
    config = page_config(**state)
    text = json.dumps(config) if form == "json" else yaml.safe_dump(config)
    (folder / f"mixscope.{form}").write_text(text)
    code, out, err = call(f"mix --config mixscope.{form} --out mixed.png --json")
    assert (code, err) == (0, "")
    expected = as_the_page_mixes(
        "cutmix", 7, [gallery.load("cat"), gallery.load("coffee")], given, alpha=0.5
    )
    assert np.array_equal(pictures.read("mixed.png"), expected)
    result = json.loads(out)
    assert result["parameters"]["alpha"] == 0.5
    assert result["seed"] == 7
    assert sum(result["label"].values()) == pytest.approx(1)


def test_flags_and_photos_go_before_the_configuration(folder):
    (folder / "c.json").write_text(json.dumps(page_config(a="0" * 32)))
    code, _, err = call("mix --config c.json")
    assert (code, "Photo A is missing" in err) == (2, True)
    words = "mix cutmix example:dog --config c.json --seed 3 --alpha 2 --size 64 --json"
    code, out, _ = call(words)
    result = json.loads(out)
    assert (code, result["seed"], result["parameters"]["alpha"]) == (0, 3, 2.0)
    code, _, err = call("mix cutmix example:dgo example:cat")
    assert "Did you mean 'dog'?" in err


def test_names_of_flags_are_a_configuration_too(folder):
    (folder / "c.yaml").write_text(
        "method: cutmix\na: example:cat\nb: scene:2\ncrop-a: whole\nseed: 4\nalpha: 0.2\n"
    )
    code, out, err = call("mix --config c.yaml --size 64 --json")
    assert (code, err) == (0, "")
    assert json.loads(out)["parameters"]["alpha"] == 0.2


def test_a_run_s_request_is_a_configuration_and_resume_takes_no_other_wishes(folder):
    out, again = folder / "run", folder / "again"
    few = "--images 64 --batch 32 --epochs 1 --threads 1"
    code, text, _ = call(f"train {few} --out {out} --json")
    result = json.loads(text)
    assert (code, result["state"], len(result["epochs"])) == (0, "done", 1)
    for words in ("--epochs 2", "--set alpha=1", "--config x.json", "--smoke"):
        code, _, err = call(f"train --resume {out} {words}")
        assert code == 2
        assert f"leave out {words.split()[0]}" in err
    code, text, _ = call(f"train --config {out}/request.json --seed 5 --out {again} --json")
    config = json.loads(text)["config"]
    assert (config["epochs"], config["images"], config["seed"]) == (1, 64, 5)


def test_the_bar_is_a_line_now_and_then_in_a_log(capsys):
    bar = output.ProgressBar()
    for step in range(1, 501):
        bar(Status("running", step=step, steps=500), None)
        if step % 100 == 0:
            bar(Status("running", step=step, steps=500),
                {"kind": "epoch", "test_accuracy": 0.5, "test_loss": 1.0})  # fmt: skip
    bar.close()
    said = capsys.readouterr().err
    assert "\r" not in said
    assert 1 <= said.count("\n") <= 3
    assert said.endswith("step 500 of 500, test 50.0%, loss 1.000\n")


def test_the_bar_of_a_terminal_is_one_line(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    bar = output.ProgressBar()
    for step in range(1, 101):
        bar(Status("running", step=step, steps=100), None)
    bar.close()
    said = terminal.getvalue()
    assert "100/100" in said
    assert said.count("\n") == 1


def test_the_bar_says_what_is_done_before_the_run_itself(capsys, monkeypatch):
    def follow():
        bar = output.ProgressBar()
        for step, steps, doing in ((2, 2, "Training the teacher first"), (1, 1, "")):
            bar(Status("running", step=step, steps=steps, message=doing), None)
        bar.close()

    follow()
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["Training the teacher first: step 2 of 2", "step 1 of 1"]
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    follow()
    assert terminal.getvalue().count("\n") == 2
    assert "Training the teacher first: 100%" in terminal.getvalue()


def test_every_command_is_tried():
    assert {words.split()[0] for words, code, _ in LIGHT if code == 0 and words} >= {*COMMANDS}
    assert len(LIGHT) >= 47
