"""The whole state of Explore as data: a frozen State, the link and the config file.

Widgets bind flat keys to the address (`lam`, `a.zoom`, `cutmix.alpha`). One flat dict, key ->
value, is the common form; the link and the config hold the same dict. Pure: no Streamlit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from app.link.clean import read_entry, shorten
from app.link.keys import Key
from mixcore.evidence.reference import REFERENCE
from mixcore.evidence.specs import SPECS
from mixcore.params import Param
from mixcore.runs.files import parse_json

VERSION = "1"
SIZE = 448
SCENE = "scene"
DRAWN, BY_HAND, BOX, PAINTED = "drawn", "by hand", "box", "painted"
SEEDS = 2**31 - 1
SIDES = ("a", "b", "c", "d")
# Of a picture: which part of it becomes the square.
CROP = {
    "zoom": Key("zoom", "real", 1.0, 1, 8),
    "x": Key("x", "real", 0.5, 0, 1),
    "y": Key("y", "real", 0.5, 0, 1),
    "whole": Key("whole", "flag", False),
}
LAYERS = (
    "mixed", "mask", "origin", "difference", "sees in A", "sees in B",
    "used in A", "used in B", "used in mix",
)  # fmt: skip
# Kinds of evidence, the reference first, and what exact masks are asked.
YOURS = "your run"  # what a model of the Train page sees; "trained" and "epoch" say which
SEES = (REFERENCE, *(name for name in SPECS if name != REFERENCE), YOURS)
TRUTHS = ("own object left", "visible object pixels")
EXAMPLES = {"a": ("cat", 2), "b": ("coffee", 18), "c": ("kingfisher", 7), "d": ("castle", 24)}
# What who comes without a link sees first: a label of 66 % for a horse that a tiger hides. Links
# that name no photos still open with EXAMPLES.
OPENING = {"a": SCENE, "a.scene": 494, "b": SCENE, "b.scene": 269}
# Keys are short for the link's sake; sentences call them what the page calls them.
SPOKEN = {
    "a": "picture A",
    "b": "picture B",
    "c": "picture C",
    "d": "picture D",
    "m": "the method",
    "how": "the way lam is set",
    "rows": "the box, top to bottom,",
    "columns": "the box, left to right,",
    "mask": "the painted mask",
    "opacity": "the opacity of the layer",
    "seed": "the seed",
    "layer": "the layer",
    "see": "the evidence",
    "truth": "the question to the exact masks",
    "trained": "the run that sees",
    "epoch": "the epoch of the run",
    "pairing": "the pairing of the batch",
    "g.rows": "what the rows are",
    "g.columns": "what the columns are",
    "g.pairs": "the list of pairs",
    "g.methods": "the list of methods",
    "g.of": "the method of the strengths",
    "g.strengths": "the number of strengths",
    "g.seeds": "the number of seeds",
    "g.seed": "the seed of the grid",
    "g.lam": "lam of the grid",
    "g.see": "the evidence of the grid",
    "g.layer": "what the cells show",
}

Values = dict[str, Any]
Keys = Mapping[str, Key]


@dataclass(frozen=True)
class PhotoCrop:
    """The part of a photo that becomes its square: a frame, or the whole of it, padded."""

    zoom: float = 1.0
    x: float = 0.5
    y: float = 0.5
    whole: bool = False

    @classmethod
    def read(cls, word: str) -> PhotoCrop:
        """The crop in a word: "whole", "150_500_200" for zoom 1.5 at .5 and .2, or ""."""
        if word in ("", "whole"):
            return cls(whole=word == "whole")
        zoom, x, y = map(int, word.split("_"))
        raw = {"zoom": zoom / 100, "x": x / 1000, "y": y / 1000}
        return cls(**{part: CROP[part].read(value) for part, value in raw.items()})

    @property
    def word(self) -> str:
        """As `read` reads it, in thousandths; "" for the usual crop."""
        if self.whole:
            return "whole"
        if self == PhotoCrop():
            return ""
        return f"{round(self.zoom * 100)}_{round(self.x * 1000)}_{round(self.y * 1000)}"

    def values(self, side: str) -> Values:
        """The entries of the link that cut the picture of this side so."""
        return {f"{side}.{part}": getattr(self, part) for part in CROP}


@dataclass(frozen=True)
class Picture:
    """One of the photos: where it comes from and how it is cut to a square.

    whole: nothing is cut off, the square is padded; zoom, x and y wait.
    """

    source: str
    scene: int
    zoom: float
    x: float
    y: float
    name: str
    whole: bool = False

    @property
    def crop(self) -> PhotoCrop:
        return PhotoCrop(self.zoom, self.x, self.y, self.whole)

    @property
    def is_scene(self) -> bool:
        return self.source == SCENE


@dataclass(frozen=True)
class State:
    """Everything a mix depends on, and the names typed for its pictures, A to D.

    Most methods use two of the four; the others wait for one that uses them. see and truth say by
    what the mix is judged, and do not change it; see is one of SEES, or YOURS followed by the name
    of a run and an epoch, 0 for its last.
    """

    pictures: tuple[Picture, ...]
    method: str
    params: tuple[tuple[str, Any], ...]
    how: str
    lam: float
    rows: tuple[int, int]
    columns: tuple[int, int]
    mask: str
    seed: int
    pairing: str
    see: str
    truth: str

    def given(self, allowed: Iterable[str]) -> dict[str, Any]:
        """What the user fixed, as far as the method lets it be fixed.

        A painted mask is its word, which mixcore.cell_masks reads.
        """
        allowed = set(allowed)
        if self.how == BY_HAND and "lam" in allowed:
            return {"lam": self.lam}
        if self.how == BOX and "box" in allowed:
            return {"box": (*self.rows, *self.columns)}
        if self.how == PAINTED and self.mask and "mask" in allowed:
            return {"mask": self.mask}
        return {}


def list_keys(
    methods: Mapping[str, Iterable[Param]], photos: Iterable[str], pairings: Iterable[str]
) -> dict[str, Key]:
    """Every key of the link.

    methods: key -> its parameters; photos: names of the examples; pairings: ways to pair a batch,
    the usual one first.
    """
    sources, pairings = (*photos, SCENE), tuple(pairings)
    table = [
        *(key for side in SIDES for key in _picture(side, *EXAMPLES[side], sources)),
        Key("m", "choice", "cutmix", options=tuple(methods)),
        Key("how", "choice", DRAWN, options=(DRAWN, BY_HAND, BOX, PAINTED)),
        Key("lam", "real", 0.65, 0, 1),
        Key("rows", "span", (112, 368), 0, SIZE),
        Key("columns", "span", (112, 368), 0, SIZE),
        Key("mask", "mask", ""),
        Key("seed", "integer", 1234, 0, SEEDS),
        Key("lock", "flag", False),
        Key("layer", "choice", "mixed", options=LAYERS),
        Key("opacity", "integer", 100, 0, 100),
        Key("see", "choice", SEES[0], options=SEES),
        Key("truth", "choice", TRUTHS[0], options=TRUTHS),
        Key("trained", "text", "", high=120),
        Key("epoch", "integer", 0, 0, 2000),
        Key("pairing", "choice", pairings[0], options=pairings),
    ]
    for method, params in methods.items():
        table += [
            Key(f"{method}.{p.name}", p.kind, p.default, *p.bounds, p.options) for p in params
        ]
    return {key.name: key for key in table}


def _picture(side: str, source: str, scene: int, sources: tuple[str, ...]) -> list[Key]:
    return [
        Key(side, "picture", source, options=sources),
        Key(f"{side}.scene", "integer", scene, 0, SEEDS),
        *(replace(rule, name=f"{side}.{part}") for part, rule in CROP.items()),
        Key(f"{side}.name", "text", "", high=40),
    ]


def pack_state(values: Values) -> State:
    """The State in a full flat dict."""
    parts = ("scene", "zoom", "x", "y", "name", "whole")
    pictures = tuple(
        Picture(values[side], *(values[f"{side}.{part}"] for part in parts)) for side in SIDES
    )
    prefix = values["m"] + "."
    params = tuple((k.removeprefix(prefix), v) for k, v in values.items() if k.startswith(prefix))
    plain = ("how", "lam", "rows", "columns", "mask", "seed", "pairing", "see", "truth")
    rest = {name: values[name] for name in plain}
    if rest["see"] == YOURS and values["trained"]:
        rest["see"] = f"{YOURS} {values['trained']} {values['epoch']}"
    return State(pictures, method=values["m"], params=params, **rest)


def list_defaults(table: Keys) -> Values:
    """The state the page opens with."""
    return {name: key.default for name, key in table.items()}


def from_query(query: Mapping[str, Any], table: Keys) -> tuple[Values, list[str]]:
    """Values of a link, and one sentence for each that could not be used.

    Unknown keys are ignored, as a newer link may hold some. A bad value gives way to the nearest
    good one or to its default.
    """
    version = query.get("v", VERSION)
    version = version[-1] if isinstance(version, list) and version else version
    if str(version) != VERSION:
        note = f"This link is of version {shorten(version)}; this page reads version {VERSION}"
        return list_defaults(table), [f"{note}, so it opens with the examples."]
    values, notes = list_defaults(table), []
    for name, key in table.items():
        if name in query:
            values[name], note = read_entry(key, query[name], SPOKEN.get(name, name))
            notes += [note] if note else []
    return values, notes


def to_query(values: Values, table: Keys) -> dict[str, str | tuple[str, ...]]:
    """What the link must hold: the version, and what differs from the defaults and is in use."""
    query: dict[str, str | tuple[str, ...]] = {}
    for name, key in table.items():
        method, dot, _ = name.partition(".")
        if dot and method not in (*SIDES, values["m"]):
            continue  # a parameter of another method
        if values[name] != key.default:
            query[name] = key.write(values[name])
    return {"v": VERSION, **query}


def make_link(base: str, values: Values, table: Keys) -> str:
    """The address that opens this very state."""
    return f"{base}?{urlencode(to_query(values, table), doseq=True)}"


def to_config(
    values: Values, table: Keys, about: Mapping[str, Any], sides: Iterable[str] = ("a", "b")
) -> str:
    """The state as a JSON file; `about` (versions, digests, numbers) is never read back.

    It names the method, the seed and the pictures of `sides` even where they are the defaults.
    """
    used = {"m", "seed", *sides, *to_query(values, table)} - {"v"}
    used |= {name for name in table if name.startswith(values["m"] + ".")}
    state = {name: values[name] for name in table if name in used}
    return json.dumps({"mixscope": VERSION, "state": state, "about": about}, indent=2) + "\n"


def from_config(text: str | bytes, table: Keys) -> tuple[Values, list[str]]:
    """Values of a config file and notes as `from_query` gives them; ValueError if it is none."""
    try:
        config = parse_json(text)
        query = {"v": config["mixscope"], **config["state"]}
        if not isinstance(query["v"], str | int):
            raise TypeError(query["v"])
    except (ValueError, KeyError, TypeError):
        raise ValueError(
            "this file is no MixScope configuration; choose a .json file saved with Export."
        ) from None
    values, notes = from_query(query, table)
    if str(query["v"]) != VERSION:
        raise ValueError(notes[0].replace("This link", "This file"))
    return values, [note.replace("In this link", "In this file", 1) for note in notes]
