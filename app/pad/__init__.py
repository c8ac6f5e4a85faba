"""The mix pad: plain JavaScript that draws a mix and follows the hand, as a Streamlit component.

No build step and nothing from elsewhere: the modules of this folder are read and joined when the
app starts. They run as they are in a browser, which is how the tests hold them to mixcore.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
MODULES = ("packing", "mixing", "looks", "words", "view", "hand", "pad")


@cache
def script() -> str:
    """All modules as one, in order: imports go, and only the last one exports."""
    parts = [(HERE / f"{name}.js").read_text() for name in MODULES]
    whole = "\n".join(re.sub(r"^import .*?;\n", "", part, flags=re.M | re.S) for part in parts)
    return re.sub(r"^export (?!default)", "", whole, flags=re.M)


@cache
def style() -> str:
    return (HERE / "pad.css").read_text()


@cache
def markup() -> str:
    return (HERE / "pad.html").read_text()
