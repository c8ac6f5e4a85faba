"""Modules that have moved are found by their old paths, too, with a warning that names the new."""

import importlib
import subprocess
import sys

import pytest

from mixcore.moved import MOVED, RENAMED


@pytest.fixture
def old_paths():
    """No old path is loaded, before and after."""
    names = [f"mixcore.{old}" for old in MOVED]
    for name in names:
        sys.modules.pop(name, None)
    yield
    for name in names:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(("old", "new"), MOVED.items())
def test_an_old_path_gives_the_very_module_and_says_where_it_is(old_paths, old, new):
    module = importlib.import_module(f"mixcore.{new}")
    spec = module.__spec__
    with pytest.warns(DeprecationWarning, match=f"mixcore.{old} has moved to mixcore.{new};"):
        assert importlib.import_module(f"mixcore.{old}") is module
    assert module.__spec__ is spec
    assert spec.name == f"mixcore.{new}"


def test_the_warning_points_at_the_line_that_imports():
    code = (
        "import warnings\n"
        "warnings.simplefilter('error')\n"
        "warnings.filterwarnings('default', category=DeprecationWarning, module='__main__')\n"
        "from mixcore.evidence.providers import provider\n"
        "from mixcore.evidence.visible import mismatch\n"
        "import mixcore.plank\n"
        "from mixcore.region import Box, Region\n"
        "print(mixcore.plank.PlanK is mixcore.PlanK)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "True\n"
    assert run.stderr.count("DeprecationWarning") == 3
    assert "<string>:4: DeprecationWarning: mixcore.evidence.providers has moved" in run.stderr


def test_a_path_that_never_was_is_still_an_error():
    with pytest.raises(ModuleNotFoundError, match=r"mixcore\.nowhere"):
        importlib.import_module("mixcore.nowhere")


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [(module, old, new) for module, names in RENAMED.items() for old, new in names.items()],
)
def test_an_old_name_gives_the_very_thing_and_says_what_it_is_called(module, old, new):
    holder = importlib.import_module(f"mixcore.{module}")
    with pytest.warns(DeprecationWarning, match=rf"{module}\.{old} has moved to .*\.{new};"):
        assert getattr(holder, old) is getattr(holder, new)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = holder.nothing
