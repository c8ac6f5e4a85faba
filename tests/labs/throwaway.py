"""Throw-away labs, one for each part of the vocabulary that the real ones do not use yet."""

PREFACE = """
from __future__ import annotations

import numpy as np

from mixcore import hand_words, params
from mixcore.labs import Claim, Lab, Row, lab
from mixcore.sheets.panels import Bars, Curve, Film, Heat, Images, Line, Number, Overlay
from mixcore.sheets.panels import Points, Scatter, Sheet, Sound, Words

"""

HEAD = """
@lab(
    "{title}", group="Mix other things", field="Tests", paper="None", authors="Nobody", year=2026,
    question="What is {title}?", arms=("one", "two"), metrics={{"error": "Error"}},
    claims=(Claim("two is worse", "error", higher=("two", "one"), least=0.5),),{more}
)
"""

RUN = """
    def run(self, part, seeds, progress):
        rows = []
        for i, seed in enumerate(seeds):
            progress.at(i, len(seeds))
            progress.trace(part, i, {"error": [float(seed)]})
            rows.append(Row(part, seed, {"error": seed + 2.0 * (part == "two")}))
        return rows

    def snippet(self, seed):
        return f"print({self.look(np.random.default_rng(seed), {}).number.text!r})"
"""

BODIES = {
    "throwsound": (
        "Beat", 'hero="pitch",', '''
class Beat(Lab):
    pitch: float = params.real(220.0, 50.0, 2000.0, log=True, help="Pitch in Hz")
    tune: str = params.order("0-1-2", help="Order of the tones")
    clip: str = params.file("loop", takes="sound", help="A sound of your own")

    def look(self, rng, given):
        seconds = np.arange(4000) / 8000
        order = hand_words.read_order(self.tune)
        tones = np.sin(2 * np.pi * self.pitch * np.outer(1 + np.arange(3), seconds))
        wave = tones.T @ (1 / (1 + np.array(order)))
        if "clip" in given:
            wave = given["clip"]
        wave = wave / np.abs(wave).max()
        return Sheet(
            f"A tone of *{self.pitch:.0f} Hz*{{a}}.", Number(self.pitch, f"{self.pitch:.0f}", "Hz"),
            (Sound(title="Tones", wave=wave, rate=8000, marks=(("beat", "b", [0.1, 0.3]),)),
             Words(words=("low", "middle", "high"), weights=[(1 + i) / 3 for i in order],
                   changes=("", "new", "gone"), hand="tune")),
        )
''',
    ),
    "throwbrush": (
        "Brush", 'hero="depth",', '''
class Brush(Lab):
    depth: int = params.integer(2, 0, 5, help="How deep")
    cells: str = params.brush("4x4b__8", help="Cells that are painted")
    spot: str = params.place("0.5,0.5", help="A place")
    way: str = params.path("0.1,0.1;0.9,0.9", help="A way")

    def look(self, rng, given):
        image = rng.integers(0, 255, (32, 32, 3), np.uint8)
        keep = hand_words.read_cells(self.cells)
        x, y = hand_words.read_place(self.spot)
        way = np.array(hand_words.read_path(self.way))
        share = float(keep.mean())
        film = Film(panels=tuple(Heat(values=keep * k) for k in range(self.depth + 1)),
                    captions=tuple(map(str, range(self.depth + 1))))
        return Sheet(
            f"*{share:.0%}*{{b}} are painted.", Number(share, f"{share:.2f}", "of the cells"),
            (Overlay(image=image, map=keep.astype(float), grid=keep.shape, hand="cells"),
             Curve(lines=(Line(way[:, 0], way[:, 1], "way", "a"),), handle=(x, y), hand="spot"),
             film),
        )
''',
    ),
    "throwcloud": (
        "Cloud", "", '''
class Cloud(Lab):
    turn: float = params.real(0.3, 0.0, 3.0, help="How far it is turned")
    anchor: int = params.point(3, 40, help="A point")

    def look(self, rng, given):
        at = rng.standard_normal((40, 3))
        at[:, 0] += self.turn
        far = float(np.linalg.norm(at[self.anchor]))
        return Sheet(
            f"Point {self.anchor} is *{far:.2f}*{{c}} away.", Number(far, f"{far:.2f}", "away"),
            (Scatter(points=(Points(at, color="a", ring=self.anchor),), hand="anchor"),
             Bars(names=("x", "y", "z"), values=at[self.anchor][:, None], unit="m")),
        )
''',
    ),
    "throwphoto": (
        "Photo", "", '''
class Photo(Lab):
    photo: str = params.file("cat", "coffee", takes="photo", help="A photo of your own")
    side: int = params.integer(16, 4, 32, help="Pixels a side")

    def look(self, rng, given):
        from mixcore import pictures
        from mixcore.data import gallery

        image = given["photo"] if "photo" in given else np.asarray(gallery.load(self.photo))
        step = max(1, len(image) // self.side)
        small = np.ascontiguousarray(image[::step, ::step])
        mean = float(small.mean())
        return Sheet(
            f"Its mean is *{mean:.0f}*{{d}}.", Number(mean, f"{mean:.0f}", "of 255"),
            (Images(images=(small,), captions=("small",), frames=("b",)),),
        )
''',
    ),
}  # fmt: skip


def write_labs(folder):
    """The files of all throw-away labs."""
    for key, (title, more, body) in BODIES.items():
        text = PREFACE + HEAD.format(title=title, more=more) + body.lstrip("\n") + RUN
        (folder / f"{key}.py").write_text(text)
    return tuple(BODIES)
