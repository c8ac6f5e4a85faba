"""Drawing of the architecture, from the packages' own docstrings.

Above, how a pair of photos becomes a picture and a label; below, the rooms of both packages and the
modules that are the library's vocabulary, each with the first line of its docstring. A room imports
only from rooms below it. A test holds docs/architecture.svg to what this makes.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Sequence
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WIDTH, GAP, LINE = 1120, 12, 15
LETTER = 6.7  # pixels of a letter, about

# What happens to a mix: heading, then what stands under it.
STEPS = (
    ("photos", "pictures, data: uint8, squared"),
    ("Batch", "x (b, c, h, w), y (b,), evidence, what is given by hand"),
    ("method.plan", "pair → ratio → region, warp → label, a random stream each"),
    ("Plan", "who, how much, where, worth what; plain data"),
    ("apply, target", "mixed images (b, c, h, w), soft labels (b, k)"),
    ("visibility", "what evidence is left to see, and the mismatch"),
    ("page", "picture, bars, sentence, snippet, link"),
)
# From the top; in a row nobody imports a neighbor.
APP = (
    ("explore", "compare", "audit", "train", "labs", "about"),
    ("photos", "jobs", "components", "shell"),
    ("mixes", "link"),
)
LIBRARY = (
    ("cli", "docs"),
    ("audit", "trials", "labs"),
    ("train", "runs", "findings"),
    ("objectives", "methods", "experiments"),
    ("mixers", "losses", "distill", "semi", "sheets"),
    ("evidence", "calibration"),
    ("mixer", "wrappers", "registry", "plan", "plan_k"),
    ("pair", "ratio", "region", "label", "space"),
    ("regions", "warps", "data", "decode"),
)
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1b1f27 }
.name { font-weight: 600; font-size: 13px } .cap { font-weight: 700; font-size: 15px }
.step rect { fill: #e6eefb; stroke: #2f6fde } .app rect { fill: #fdeee2; stroke: #e8792b }
.library rect { fill: #eef1f5; stroke: #5c6675 }
.plan rect { fill: #2f6fde } .plan text { fill: #fff }
path { stroke: #5c6675; fill: none; marker-end: url(#end) }
@media (prefers-color-scheme: dark) {
  text { fill: #e8ebf0 } .step rect { fill: #17253f } .app rect { fill: #3a2413 }
  .library rect { fill: #232932 } .page { fill: #0f131a } .plan rect { fill: #2f6fde }
}
""".strip()


def read_purpose(place: Path) -> str:
    """The first line of the docstring of a package, or of a module by its path without .py."""
    path = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    source = path.read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def draw_box(
    x: float, y: float, width: float, height: float, kind: str, name: str, text: str
) -> str:
    """A box with a name and a wrapped text."""
    lines = textwrap.wrap(text, int((width - 16) / LETTER))
    words = "".join(
        f'<text x="{x + 8:g}" y="{y + 34 + i * LINE:g}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    return (
        f'<g class="{kind}">'
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"/>'
        f'<text class="name" x="{x + 8:g}" y="{y + 18:g}">{escape(name)}</text>{words}</g>'
    )


def draw_row(y: float, boxes: Sequence[tuple[str, str, str]]) -> tuple[str, float]:
    """Boxes (class, name, text) side by side, as high as the fullest needs; and their height."""
    width = (WIDTH - GAP * (len(boxes) + 1)) / len(boxes)
    most = max(len(textwrap.wrap(text, int((width - 16) / LETTER))) for _, _, text in boxes)
    height = 30 + most * LINE
    parts = [
        draw_box(GAP + i * (width + GAP), y, width, height, *box) for i, box in enumerate(boxes)
    ]
    return "\n".join(parts), height


def draw_caption(y: float, text: str) -> str:
    """A heading over rows."""
    return f'<text class="cap" x="{GAP}" y="{y:g}">{escape(text)}</text>'


def draw_architecture() -> str:
    """The whole drawing as SVG."""
    parts = [draw_caption(26, "How a pair of photos becomes a picture and a label")]
    steps = [("step plan" if name == "Plan" else "step", name, text) for name, text in STEPS]
    row, height = draw_row(40, steps)
    parts.append(row)
    width = (WIDTH - GAP * (len(STEPS) + 1)) / len(STEPS)
    for i in range(1, len(STEPS)):
        x, y = GAP + i * (width + GAP), 40 + height / 2
        parts.append(f'<path d="M{x - GAP:g} {y:g} H{x - 2:g}"/>')
    y = 40 + height + 40
    for package, caption, rows in (
        ("app", "app: the pages; a room imports from rooms below it only", APP),
        ("mixcore", "mixcore: the library, which never imports app", LIBRARY),
    ):
        parts.append(draw_caption(y, caption))
        y += 14
        kind = "app" if package == "app" else "library"
        for names in rows:
            boxes = [
                (kind, f"{name}/" if (ROOT / package / name).is_dir() else name,
                 read_purpose(ROOT / package / name))
                for name in names
            ]  # fmt: skip
            row, height = draw_row(y, boxes)
            parts.append(row)
            y += height + GAP
        y += 22
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y:g}" role="img" '
        f'aria-label="The rooms of MixScope">\n<style>{STYLE}</style>\n'
        '<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" style="fill:#5c6675;'
        'marker-end:none"/></marker></defs>\n'
        f'<rect class="page" width="{WIDTH}" height="{y:g}" fill="none"/>\n{body}\n</svg>\n'
    )
