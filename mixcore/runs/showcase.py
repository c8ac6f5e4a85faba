"""Places of the example runs that ship with MixScope; they are read, and never written.

They are no runs of a home: `Store().runs()` has none of them. `python -m mixcore examples` lists,
checks and makes them (mixcore/cli/examples_command.py).
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "examples"


def is_example(folder: Path) -> bool:
    """Whether a run's folder, or a table in it, is one of those that ship."""
    return folder.resolve().is_relative_to(FOLDER)


def check_own(folder: Path) -> None:
    """ValueError for a folder of those that ship: nothing may change it."""
    if is_example(folder):
        raise ValueError(
            f"{folder.name} is an example that ships with MixScope and stays as it is: start a run "
            "of your own instead."
        )
