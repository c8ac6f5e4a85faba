"""What goes wrong with files, told in sentences wherever it comes to the surface."""

import ast
import errno
import io
from pathlib import Path

import pytest

from app.audit import uploads
from mixcore.cli import main
from mixcore.runs import Store
from mixcore.runs.error_text import WHY, describe_error
from mixcore.train.training_request import TrainingRequest

APP = Path(__file__).parents[2] / "app"


@pytest.mark.parametrize("number", sorted(WHY))
def test_errors_of_files_are_told_without_the_system_s_number(number):
    said = describe_error(OSError(number, "so it says", "/data/pets"))
    assert said.startswith("/data/pets ")
    assert said.endswith(".")
    assert "Errno" not in said


def test_a_read_only_disk_is_told_with_what_helps():
    assert describe_error(OSError(errno.EROFS, "Read-only file system", "/ro/runs")) == (
        "/ro/runs cannot be written: its disk is read-only; name another place by MIXSCOPE_HOME."
    )
    assert (
        describe_error(OSError(200, "Odd", b"/a\xff\nb"))
        == "/a\ufffd b cannot be used (Odd); check it."
    )
    assert (
        describe_error(OSError(111, "Connection refused"))
        == "The system refused (Connection refused)."
    )


def test_no_such_number_reaches_a_person(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path / "file"))
    for act in (
        lambda: Store().create(TrainingRequest().job()),
        lambda: uploads.keep_upload(io.BytesIO(b""), "a.zip"),
    ):
        with pytest.raises(OSError, match="Errno") as caught:
            act()
        assert "is not there: a part of its path is no folder" in describe_error(caught.value)
    assert main(["train", "--data", "digits", "--device", "cpu"]) == 2
    said = capsys.readouterr().err
    assert "Errno" not in said
    assert str(tmp_path / "file") in said


def test_pages_tell_what_they_catch():
    """Whoever catches an OSError shows it by `told`, never as Python writes it."""
    found = []
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and node.type and node.name:
                if "OSError" not in ast.unparse(node.type):
                    continue
                body = "\n".join(map(ast.unparse, node.body))
                if f"str({node.name})" in body or f"{{{node.name}}}" in body:
                    found.append(f"{path.relative_to(APP)}:{node.lineno}")
    assert found == []
