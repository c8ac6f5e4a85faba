"""Where no Chromium can be had, everything but the browser tests runs, and nobody overlooks it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import chromium

ROOT = Path(__file__).parents[1]


def test_ways_to_install_are_tried_in_turn_until_one_works(monkeypatch):
    tried = []
    monkeypatch.setattr(chromium, "is_there", lambda: tried == ["apt", "playwright"])
    monkeypatch.setattr(chromium, "install_by_apt", lambda: tried.append("apt"))
    monkeypatch.setattr(chromium, "install_by_playwright", lambda: tried.append("playwright"))
    assert chromium.provide()
    monkeypatch.setattr(chromium, "is_there", lambda: True)
    assert chromium.provide()
    assert tried == ["apt", "playwright"]
    monkeypatch.setattr(chromium, "is_there", lambda: False)
    assert not chromium.provide()


def test_apt_is_asked_only_by_those_who_may(monkeypatch):
    asked = []
    monkeypatch.setattr(chromium, "_try", lambda command, more: asked.append(command) or True)
    monkeypatch.setattr(chromium.shutil, "which", lambda name: name if name == "apt-get" else None)
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 1000)
    chromium.install_by_apt()
    assert asked == []
    monkeypatch.setattr(chromium.shutil, "which", lambda name: name)
    chromium.install_by_apt()
    assert [command[:3] for command in asked] == [["sudo", "-n", "apt-get"]] * 2


def test_without_a_browser_its_tests_are_skipped_loudly_and_the_others_run(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import shutil\nshutil.which = lambda *a, **k: None\n"
    )
    environment = os.environ | {
        "PYTHONPATH": f"{tmp_path}:{ROOT}", "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path),
    }  # fmt: skip
    environment.pop("MIXSCOPE_CHROMIUM", None)
    files = ["tests/browser/test_kinds.py", "tests/core/test_params.py"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *files],
        cwd=ROOT, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    assert "no browser" in ran.stdout
    assert chromium.MISSED in ran.stdout
    assert re.search(r"\d+ passed, \d+ skipped", ran.stdout)
