"""Folders of this machine: one for runs and caches, another for the user's data sets."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def get_home() -> Path:
    """The folder of runs and caches: MIXSCOPE_HOME, or a folder among the user's own data."""
    named = os.environ.get("MIXSCOPE_HOME")
    if named:
        return Path(named).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "MixScope"
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "mixscope"


def get_data_home() -> Path:
    """The folder of data sets: MIXSCOPE_DATA, or `data` beside the runs."""
    named = os.environ.get("MIXSCOPE_DATA")
    return Path(named).expanduser() if named else get_home() / "data"
