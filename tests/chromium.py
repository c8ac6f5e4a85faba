"""A Chromium for the browser tests: found, installed, downloaded, or loudly missed.

`python -m tests.chromium` installs one where that can be done: by apt as root or with sudo, else
Playwright's own build. Where neither works, the browser tests are skipped, and it says so.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATIENCE = 600  # seconds of one try to install
MISSED = (
    "NO CHROMIUM: the browser tests are SKIPPED, everything else is tested. None was found, and "
    "neither apt nor Playwright could install one. Install one (Debian: apt-get install chromium) "
    "or name it with MIXSCOPE_CHROMIUM=/path/to/browser."
)


def find() -> str | None:
    """Path of the browser: MIXSCOPE_CHROMIUM, or the first known name on the PATH.

    Where it is None, Playwright takes its own build, if that is there.
    """
    named = os.environ.get("MIXSCOPE_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def is_there() -> bool:
    """Whether there is a browser, Playwright's own build included."""
    return find() is not None or _has_playwrights()


def provide() -> bool:
    """Install a browser if there is none; whether there is one now."""
    for install in (install_by_apt, install_by_playwright):
        if is_there():
            return True
        install()
    return is_there()


def install_by_apt() -> None:
    """Try the system's package, as root or where sudo asks for no password."""
    root = os.geteuid() == 0
    if shutil.which("apt-get") and (root or shutil.which("sudo")):
        apt = ["apt-get"] if root else ["sudo", "-n", "apt-get"]
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        options = ["install", "-y", "-qq", "--no-install-recommends", "chromium"]
        _try([*apt, "update", "-qq"], quiet) and _try([*apt, *options], quiet)


def install_by_playwright() -> None:
    """Try the build that Playwright downloads for its own use."""
    _try([sys.executable, "-m", "playwright", "install", "chromium"], {})


def _try(command: list[str], environment: dict[str, str]) -> bool:
    sys.stderr.write(f"No Chromium yet; trying: {' '.join(command)}\n")
    try:
        done = subprocess.run(
            command, env=os.environ | environment, stdout=subprocess.DEVNULL, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"That failed: {error}\n")
        return False
    return done.returncode == 0


def _has_playwrights() -> bool:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return False
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


if __name__ == "__main__" and not provide():
    sys.stderr.write(f"{'!' * 78}\n{MISSED}\n{'!' * 78}\n")
