"""Contents of About, read off the installed packages, the registry and the bundled credits."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from typing import Any

import mixcore
from app.link.states import SIZE
from app.mixes.maps import SIDE
from app.mixes.photo_store import EXPIRY, OWN_BYTES, PHOTOS
from mixcore import labs, objectives, pictures
from mixcore.data import gallery, stamps
from mixcore.docs import findings_page, methods_table
from mixcore.evidence.models import bundled

PACKAGES = ("torch", "torchvision", "timm", "streamlit", "plotly", "pillow", "numpy")

REPORT = "report.json"
SETS = {
    "composites": "generated scenes with exact masks",
    "real": "real photos with boxes",
}

PURPOSE = """
MixScope shows what mixup-family augmentation does to photos and to their labels. Every picture and
every number is computed by **mixcore**, the library beside it, when you look at it; nothing is
stored or drawn by hand. Take the result away as pictures, as a figure, as code or as a link.
"""

PRIVACY = f"""
- Your pictures stay on this machine. The server listens at 127.0.0.1 unless whoever started it
  chose otherwise, and MixScope sends no telemetry and asks no other server for anything.
- Uploads and camera pictures live in the memory of the server, on no disk, under a random key that
  your browser keeps in a cookie: a reload and another tab of the same browser find them again, no
  other browser does. They go {EXPIRY / 3600:g} hours after your last look, when the server stops,
  or at once with *Forget my photos*; one by one, too. Without that cookie they go with the page.
  Their metadata (place, camera, time) is dropped when they are read.
- What you bring to *Audit*, a zip, an .npz or a table, is kept as a file on this machine, for an
  audit outlives its page, until you press *Forget this file*.
- A link holds settings and names you typed, and of an own photo only a fingerprint of its file.
"""

KEYS = """
- **Tab** and **Shift+Tab** go from control to control, **Enter** or **Space** presses a button or
  opens a panel, **Esc** closes it.
- **Arrow keys** move a slider by one step and walk through methods, families and layers;
  **Home** and **End** go to the ends of a slider.
- On the frame of a photo, **arrow keys** move it (with **Shift** five times as far), **+** and
  **-** zoom.
- On Explore, **1** to **6** choose a layer, **D** divides the picture, **B** takes the brush,
  **F** fills the screen with picture and sentence, **Esc** leaves that again.
- On Compare, **arrow keys** walk among the cells, **Enter** opens one in Explore, **P** pins it,
  and **Shift** with an arrow moves the mark.
- On the picture of a lab, **arrow keys** go from point to point or turn it, **Enter** chooses;
  on the slider below it they go through its values.
- Among the mixes of an audit, **J** and **K** go to the next and the one before, **Space** marks it
  as reviewed, **E** opens it in Explore.
"""


def list_versions() -> dict[str, str]:
    """What is installed, and what it runs on."""
    found = {"MixScope and mixcore": mixcore.__version__, "Python": platform.python_version()}
    found |= {name: version(name) for name in PACKAGES}
    return found | {"devices": ", ".join(name.upper() for name in mixcore.devices())}


def list_limits() -> str:
    """What MixScope does not do, with the numbers it uses."""
    return f"""
- Pictures are cut to a square and mixed at {SIZE} x {SIZE} pixels. A file may hold
  {pictures.MAX_BYTES // 10**6} MB and {pictures.MAX_PIXELS // 10**6} megapixels (WebP and AVIF
  less, as they take more memory) and must measure at least {pictures.MIN_SIDE} pixels a side;
  {PHOTOS} own photos of {OWN_BYTES >> 20} MB together are kept at once.
- Transparent pictures are put on white, colours are brought to sRGB, only the first frame of an
  animation is read, and HEIC is not read: save it as JPEG.
- Names are proposals of EfficientNet-Lite0, which knows the 1000 classes of ImageNet and nothing
  else. Its probability is not a promise.
- Beside the batch of eight, A is always mixed with B (and C and D); in training, partners are drawn
  from the batch.
"""


def describe_evidence() -> str:
    """How mismatch is judged, and on what terms the bundled models come."""
    return f"""
- **Mismatch** is how far A's label is from s_A / (s_A + s_B), where s is the share of a photo's own
  evidence that can still be seen in the mix. Scenes know their objects exactly, and those judge;
  photos are judged by the kind of evidence that you choose, unless the label was made of it: then
  by another, and the page says so. Weights that do not sum to 1 count by their shares.
- Models see the whole square at {SIDE} x {SIDE} pixels. Attention knows no classes: where two
  things are in a photo, it follows the busier one. Believe it on photos of one object.
- The two small transformers with a late and a plain class token were trained by this project on
  pictures of ImageNet: for non-commercial research and education only.
"""


def list_methods() -> list[dict[str, str]]:
    """One row a method, as the registry has it."""
    return [
        {
            "Family": row.family,
            "Method": row.method,
            "Paper": f"{row.cite}. {row.paper}.",
            "Parameters and their defaults": row.parameters,
            "Needs": row.needs,
        }
        for row in methods_table.list_rows()
    ]


def list_objectives() -> list[dict[str, str]]:
    """One row an objective of Train."""
    return [
        {
            "Objective": card.title,
            "Paper": f"{card.authors} {card.year}. {card.paper}." if card.paper else "",
            "Asks the model to": card.summary,
        }
        for card in map(objectives.read_objective, objectives.list_objectives())
    ]


def list_labs() -> list[dict[str, str]]:
    """One row a lab, with how many of its claims its finding shows."""
    return [
        {
            "Lab": card.title,
            "Paper": f"{card.cite}. {card.paper}.",
            "Question": card.question,
            "Claims shown": findings_page.count_shown(card),
        }
        for card in map(labs.read_card, labs.list_labs())
    ]


def list_label_errors() -> list[tuple[str, list[dict[str, str]]]]:
    """Which label tracks the truth: a sentence and a table for each set of pictures measured.

    Read off the report that `python -m mixcore evidence --report` wrote; empty where it is not.
    """
    path = bundled.FOLDER / REPORT
    if not path.is_file():
        return []
    found = json.loads(path.read_text(encoding="utf-8"))
    return [_tracked(title, found[key]["weights"]) for key, title in SETS.items() if key in found]


def _tracked(title: str, weights: dict[str, Any]) -> tuple[str, list[dict[str, str]]]:
    rows = sorted(weights["labels"].items(), key=lambda row: row[1]["mae"]["value"])
    said = (
        f"{weights['n']} CutMix pairs of {title}. The truth is the share of each one's own object "
        f"that is left; error is the mean distance of the label from it, with 95 % intervals. Area "
        f"gives 0.2 or more to an object that is under 5 % visible in {weights['errors of area']} "
        "pairs; the last column is how many of those each label repeats."
    )
    return said, [
        {
            "Label by": name,
            "Error": "{value:.3f} [{low:.3f}, {high:.3f}]".format(**row["mae"]),
            "r": f"{row['r']['value']:.3f}",
            "Repeats": f"{100 * row['of the errors of area']:.0f} %",
        }
        for name, row in rows
    ]


def photo_credits() -> list[dict[str, str]]:
    """One row a bundled photo."""
    photos = (gallery.info(name) for name in gallery.names())
    return [
        {"Photo": p.title, "By": p.credit, "Licence": p.licence, "From": p.package} for p in photos
    ]


def stamp_credits() -> str:
    """The credits of the cut-outs, as they lie beside them."""
    return (stamps.FOLDER / "CREDITS.md").read_text(encoding="utf-8").partition("\n")[2]
