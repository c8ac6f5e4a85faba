"""Find a Chromium for the browser tests, or say in one line how to get one."""

import os
import shutil
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find() -> str | None:
    """Path of the browser: MIXSCOPE_CHROMIUM, or the first known name on the PATH."""
    named = os.environ.get("MIXSCOPE_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


if __name__ == "__main__" and find() is None:
    sys.exit(
        "No Chromium found for the browser tests. Install one (Debian: apt-get install chromium) "
        "or name it with MIXSCOPE_CHROMIUM=/path/to/browser."
    )
