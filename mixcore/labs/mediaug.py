"""MediAug: six mixes of medical pictures, as their papers have them and as its notebooks do.

The paper says that pictures and labels are mixed. In the notebooks that are released no picture is
mixed with another, and no label is mixed at all. So its table can't tell what mixed labels do; here
both readings are trained on the same pictures, with the same steps.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from mixcore import palette
from mixcore.batch import Batch
from mixcore.cell_masks import read_mask, write_mask
from mixcore.data import lesions
from mixcore.labs import Claim, Lab, Progress, Row, Rows, lab
from mixcore.mixers.larger_label import LargerLabel
from mixcore.mixers.self_mixes import LABEL_MIXED, PUBLISHED, READINGS, make_recipe, measure_left
from mixcore.params import brush, choice, file, integer, point, text
from mixcore.plan import Plan
from mixcore.plan_k import AnyPlan
from mixcore.registry import make_method
from mixcore.sheets.panels import Images, Number, Overlay, Sheet
from mixcore.train.training_request import TrainingRequest

DRAW = 33  # of the mixes, when the page opens
CHOSEN = 6  # slices with a lesion that can be chosen
SLICES = ("rim", "smooth", "base", "rim", "smooth", "base", "none", "none")
CELLS = 16  # a side, of what is painted
SCALE = 2  # pixels a pixel, on the page
OFF = 0.25  # of the label, from which a mix is framed red
BACKBONES = {"cnn": ("small_cnn", 0.002, 1), "vit": ("small_vit", 0.001, 4)}
"""What is trained, its learning rate, and how many times the epochs it needs to learn at all."""
VIT_ARMS = (
    "none", "MixUp", "CutMix", "MixUp, released", "CutMix, released", "SnapMix, released",
)  # fmt: skip
TEST, BATCH, SIZE, HELD = 400, 16, 32, 0.02
CONTROL = "MixUp, larger label"


@lab(
    "MediAug",
    group="Mix other things",
    field="Medical pictures",
    paper="MediAug: Exploring Visual Augmentation in Medical Imaging",
    authors="Qi, Zhang, Gang et al.",
    year=2025,
    question="What was mixed when six mixes were compared on medical pictures?",
    says=(
        "Of six mixes, on tumors of the brain, MixUp gains most with ResNet-50 (79.19 %) and "
        "SnapMix with ViT-B (99.44 %) (abstract).",
        "MixUp is “interpolation between image-label pairs”, CutMix has “interpolated labels”, "
        "SnapMix is “CAM-based” (the authors' README).",
        "In the notebooks of the same repository each picture is mixed with itself and kept in its "
        "own class: no label is mixed.",
    ),
    reading="both: as the methods' papers have them, and as the notebooks do; mixed anew in every "
    "batch, where the notebooks write one copy a picture",
    hero="draw",
    absent="Scans of patients, pretrained networks, AugMix's own loss, and SnapMix as published "
    "with the ViT, which has no class map; the release's six accuracies say nothing about mixed "
    "labels, as none was mixed.",
    more=(
        ("The paper", "https://arxiv.org/abs/2504.18983"),
        ("Notebooks of the authors", "https://github.com/AIGeeksGroup/MediAug"),
    ),
    minutes=13.0,
    arms=(
        "none", "MixUp", "CutMix", "SnapMix", "YOCO", "CropMix", "AugMix",
        "MixUp, released", "CutMix, released", "SnapMix, released", "YOCO, released",
        "CropMix, released", "AugMix, released", "MixUp, larger label",
    ),
    metrics={
        "cnn": "Test accuracy, small CNN",
        "cnn confidence": "Mean confidence, small CNN",
        "cnn ece": "Calibration error, small CNN ↓",
        "vit": "Test accuracy, small ViT",
        "vit confidence": "Mean confidence, small ViT",
        "vit ece": "Calibration error, small ViT ↓",
    },
    claims=(
        Claim("MixUp beats training without mixing, with the CNN", "cnn", higher=("MixUp", "none"),
              least=0.02),
        Claim("As released MixUp beats SnapMix, with the CNN", "cnn",
              higher=("MixUp, released", "SnapMix, released"), least=0.01),
        Claim("As released SnapMix beats MixUp, with the ViT", "vit",
              higher=("SnapMix, released", "MixUp, released"), least=0.01),
        Claim("MixUp of two pictures and labels lowers confidence", "cnn confidence",
              lower=("MixUp", "none"), least=0.05, ours=True),
        Claim("As released it leaves confidence nearly as it is", "cnn confidence",
              higher=("MixUp, released", "none"), near=0.05, ours=True),
        Claim("As published MixUp is less confident than as released", "cnn confidence",
              lower=("MixUp", "MixUp, released"), least=0.05, ours=True),
        Claim("The same of CutMix", "cnn confidence", lower=("CutMix", "CutMix, released"),
              least=0.05, ours=True),
        Claim("It is the label: with the larger one's alone the same pictures leave the CNN more "
              "confident", "cnn confidence", higher=("MixUp, larger label", "MixUp"), least=0.03,
              ours=True),
        Claim("As published MixUp makes the ViT less confident than as released",
              "vit confidence", lower=("MixUp", "MixUp, released"), least=0.02, ours=True),
        Claim("As published MixUp is more accurate than as released, with the CNN", "cnn",
              higher=("MixUp", "MixUp, released"), least=0.01, ours=True),
    ),
    seeds=5,
    brief={"images": 40, "epochs": 1, "test": 20},
)  # fmt: skip
class MediAugLab(Lab):
    """A lesion with its exact mask and six mixes of it, in two readings; and what they teach."""

    reading: str = choice(
        "released", "published", help="Six mixes as MediAug's notebooks make them, or as their "
        "papers have them",
        titles={"released": "As released", "published": "As published"},
    )  # fmt: skip
    draw: int = integer(DRAW, 0, 40, help="Which draw of the six mixes: drag for others")
    slice: int = point(1, CHOSEN, help="The slice that is mixed")
    marked: str = brush(
        write_mask(np.zeros((CELLS, CELLS), bool)), help="What must not get lost, where the exact "
        "mask of the lesion is not what you want",
    )  # fmt: skip
    photo: str = file(
        "drawn slice", takes="photo", title="picture",
        help="A picture of your own instead of the chosen slice",
    )  # fmt: skip
    data: str = text(
        "lesions", of="run", help="What is trained on: lesions, or folder:PATH, zip:FILE or "
        "npz:FILE with pictures of your own",
    )  # fmt: skip
    images: int = integer(120, 20, 5000, of="run", help="Training pictures")
    test: int = integer(TEST, 20, 2000, of="run", help="Drawn lesions that test")
    epochs: int = integer(
        16, 1, 500, of="run", help="Times that each picture is seen by the CNN; four times as "
        "often by the ViT",
    )  # fmt: skip

    def look(self, rng: np.random.Generator, given: Mapping[str, Any]) -> Sheet:
        """The slice, six mixes of it, and how much of the lesion each has left for its label."""
        shown = _draw_shown(rng)
        shown = shown.replace_slice(self.slice, given.get("photo"), self.marked)
        mixes = [_mix(shown, name, self.reading, self.slice, self.draw) for name in PUBLISHED]
        gap = float(np.mean([mix.gap for mix in mixes]))
        worst = max(mixes, key=lambda mix: mix.gap)
        name = "your picture" if "photo" in given else lesions.TITLES[SLICES[self.slice]]
        kept = sum((mix.method, self.reading) in LABEL_MIXED for mix in mixes)
        told = f"As published, {kept} of 6 mix labels" if kept else "As released, no label is mixed"
        if worst.gap >= 0.01:
            told += (
                f". *{worst.method}*{{wrong}} leaves *{worst.left:.0%}*{{a}} of the lesion and "
                f"says *{worst.label:.0%}*{{b}} of its class."
            )
        else:
            told += ". In this draw every label has its lesion."
        return Sheet(
            told,
            Number(
                gap, f"{gap:.1%}", "apart are label and lesion, the mean of these six mixes",
                "wrong" if gap >= OFF / 2 else "ink",
            ),
            (
                _show_mixes(shown, self.slice, mixes, self.reading),
                Images(
                    title="Slices", caption="Click one. Blue: the exact edge of its lesion.",
                    hand="slice",
                    images=tuple(_outline(shown, i) for i in range(CHOSEN)),
                    frames=tuple("a" if i == self.slice else "line" for i in range(CHOSEN)),
                ),
                Overlay(
                    title="What must not get lost", hand="marked", grid=(CELLS, CELLS),
                    caption=f"{name.capitalize()}. Paint cells to mark another place.",
                    image=_enlarge(shown.x[self.slice]),
                    map=shown.masks[self.slice, 0].float().numpy(),
                ),
            ),
            tuple(_explain(mix) for mix in mixes),
        )  # fmt: skip

    def run(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        """One arm: both backbones, for each seed on lesions of its own; the ViT for some arms."""
        from mixcore.train.bare_run import score_model, train_bare

        method, recipe = _find_recipe(part)
        chosen = [short for short in BACKBONES if short != "vit" or part in VIT_ARMS]
        rounds, rows = [BACKBONES[short][2] for short in chosen], []
        for number, seed in enumerate(seeds):
            found: dict[str, float] = {}
            with self._open_data(seed) as data:
                for turn, short in enumerate(chosen):
                    before = sum(rounds) * number + sum(rounds[:turn])
                    tell = partial(
                        _tell, progress, short, before, rounds[turn], sum(rounds) * len(seeds)
                    )
                    job = train_bare(self._ask(data, short, method, seed), recipe, tell)
                    scores = score_model(job)
                    found |= {
                        short: scores.accuracy, f"{short} confidence": scores.confidence,
                        f"{short} ece": scores.ece,
                    }  # fmt: skip
            rows.append(Row(part, seed, found))
            progress.trace(part, number, {name: [value] for name, value in found.items()})
        return rows

    def _ask(self, data: str, short: str, method: str, seed: int) -> TrainingRequest:
        """The training of one backbone."""
        model, lr, times = BACKBONES[short]
        return TrainingRequest.from_dict(
            {
                "data": data, "model": model, "method": method, "seed": seed, "lr": lr,
                "epochs": times * self.epochs, "batch": BATCH, "size": SIZE,
                "images": self.images, "held_out": HELD,
            }
        )  # fmt: skip

    @contextmanager
    def _open_data(self, seed: int) -> Iterator[str]:
        """The name of what is trained on: for drawn lesions those of the seed."""
        if self.data != "lesions":
            yield self.data
            return
        more = self.images // 20 + 2  # which a run holds out
        n = self.images + more
        drawn = lesions.make_lesions(n + self.test, seed, shares=lesions.UNEVEN)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "lesions.npz")
            np.savez(
                path, images=drawn.images[:n], labels=drawn.labels[:n],
                test_images=drawn.images[n:], test_labels=drawn.labels[n:],
                class_names=np.array(lesions.CLASSES),
            )  # fmt: skip
            yield f"npz:{path}"

    def snippet(self, seed: int) -> str:
        """The number of the moment, and the recipes for a training loop."""
        photo = (
            ""
            if self.photo == "drawn slice"
            else "# (of a drawn slice: your picture is not here)\n"
        )
        return f"""\
import numpy as np
import mixcore
from mixcore.labs.mediaug import draw_batch
from mixcore.mixers.self_mixes import PUBLISHED, make_recipe, measure_left
{photo}
random = np.random.default_rng({seed})
batch, masks = draw_batch(random, {self.slice}, "{self.marked}")  # 8 slices, exact masks
apart = []
for method in PUBLISHED:  # MixUp, CutMix, SnapMix, YOCO, CropMix, AugMix
    plan = make_recipe(method, "{self.reading}").plan(batch, rng={self.draw})
    label = float(plan.w_a[{self.slice}] if hasattr(plan, "w_a") else 1)
    left = measure_left(plan, masks, [{self.slice}])[0]
    apart.append(abs(min(label, 1) - left))
print(f"{{np.mean(apart):.1%}}")

# In a training loop:
#   mixer = mixcore.Mixer(make_recipe("CutMix", "{self.reading}"), num_classes=4)
#   x, y = mixer(x, y)
"""


@dataclass(frozen=True, eq=False)
class _Shown:
    """Slices x (8, 3, h, w) in [0, 1], masks bool (8, 1, h, w), and labels (8,)."""

    x: Tensor
    masks: Tensor
    y: Tensor

    def batch(self) -> Batch:
        """As methods take them; the class map is the exact mask, as a perfect model's would be."""
        return Batch(self.x, self.y, evidence={"cam": self.masks.float()})

    def replace_slice(self, i: int, photo: np.ndarray | None, marked: str) -> _Shown:
        """Another picture for slice i where there is one, and what is painted for its mask."""
        x, masks = self.x.clone(), self.masks.clone()
        if photo is not None:
            from mixcore import pictures

            square = pictures.square(photo, lesions.SIDE)
            x[i] = torch.from_numpy(square.copy()).movedim(2, 0).float() / 255
            masks[i] = _middle()
        cells = read_mask(marked) if marked else np.zeros((1, 1), bool)
        if cells.any():
            painted = Image.fromarray(cells.astype(np.uint8) * 255)
            side = (lesions.SIDE, lesions.SIDE)
            masks[i, 0] = torch.from_numpy(np.asarray(painted.resize(side, 0)) > 0)
        return _Shown(x, masks, self.y)


def draw_batch(
    random: np.random.Generator, chosen: int = 0, marked: str = ""
) -> tuple[Batch, Tensor]:
    """The slices of the page as a batch, and their masks bool (8, 1, h, w)."""
    shown = _draw_shown(random)
    shown = shown.replace_slice(chosen, None, marked)
    return shown.batch(), shown.masks


def _draw_shown(random: np.random.Generator) -> _Shown:
    drawn = [lesions.draw_slice(kind, random) for kind in SLICES]
    x = torch.from_numpy(np.stack([image for image, _ in drawn]))[:, None].float() / 255
    masks = torch.from_numpy(np.stack([mask for _, mask in drawn]))[:, None]
    y = torch.from_numpy(np.array([lesions.CLASSES.index(kind) for kind in SLICES]))
    return _Shown(x.repeat(1, 3, 1, 1), masks, y)


def _middle() -> Tensor:
    """A disc in the middle, for a picture whose place of interest nobody has painted."""
    ticks = torch.from_numpy(np.linspace(-1, 1, lesions.SIDE))
    return torch.hypot(ticks[:, None], ticks[None]) < 0.4


@dataclass(frozen=True, eq=False)
class _Mix:
    """One mix of the chosen slice: picture (h, w, 3), label's share, partner's class or ""."""

    method: str
    picture: np.ndarray
    label: float
    left: float
    other: str

    @property
    def gap(self) -> float:
        """How far label and lesion are apart."""
        return abs(self.label - self.left)


def _mix(shown: _Shown, method: str, reading: str, i: int, draw: int) -> _Mix:
    plan: AnyPlan = make_recipe(method, reading).plan(shown.batch(), draw)
    left = float(measure_left(plan, shown.masks, [i])[0])
    label, other = 1.0, ""
    if isinstance(plan, Plan):
        label = min(float(plan.w_a[i]), 1.0)  # SnapMix doubles pairs of one class
        other = lesions.CLASSES[int(shown.y[plan.index[i]])]
    mixed = plan.apply(shown.x)[i].clamp(0, 1)
    return _Mix(method, _enlarge(mixed), label, left, other)


def _show_mixes(shown: _Shown, i: int, mixes: Sequence[_Mix], reading: str) -> Images:
    """The slice and its mixes; red where the label promises more than is there, or less."""
    captions = [
        f"{mix.method}: label {mix.label:.0%}, lesion {mix.left:.0%}"
        + (f"; rest {mix.other}" if mix.other and mix.label < 1 else "")
        for mix in mixes
    ]
    whole = "as the methods' papers have them" if reading == "published" else "as released"
    return Images(
        title=f"One slice and six mixes, {whole}",
        caption="Blue: where the lesion was. Red frames: label and lesion are more than "
        f"{OFF:.0%} apart. SnapMix takes the exact mask for its class map.",
        images=(_outline(shown, i), *(_draw_edge(mix.picture, shown.masks[i, 0]) for mix in mixes)),
        captions=("The slice", *captions),
        frames=("a", *("wrong" if mix.gap > OFF else "line" for mix in mixes)),
    )


def _enlarge(x: Tensor) -> np.ndarray:
    """A picture (3, h, w) in [0, 1] as uint8 (SCALE h, SCALE w, 3)."""
    levels = (x * 255).round().byte().movedim(0, 2).numpy()
    side = (SCALE * levels.shape[1], SCALE * levels.shape[0])
    return np.asarray(Image.fromarray(levels).resize(side, Image.Resampling.BICUBIC))


def _outline(shown: _Shown, i: int) -> np.ndarray:
    return _draw_edge(_enlarge(shown.x[i]), shown.masks[i, 0])


def _draw_edge(picture: np.ndarray, mask: Tensor) -> np.ndarray:
    """The picture with the edge of a mask (h, w) in A's blue."""
    big = np.pad(mask.numpy().repeat(SCALE, 0).repeat(SCALE, 1), 1)
    inner = big[1:-1, 1:-1]
    around = big[:-2, 1:-1] | big[2:, 1:-1] | big[1:-1, :-2] | big[1:-1, 2:]
    drawn = picture.copy()
    drawn[around & ~inner] = np.frombuffer(bytes.fromhex(palette.A.dark[1:]), np.uint8)
    return drawn


def _explain(mix: _Mix) -> str:
    return f"{mix.method}: |label {mix.label:.2f} − lesion {mix.left:.2f}| = {mix.gap:.2f}"


def _tell(
    progress: Progress, short: str, before: int, rounds: int, of: int, step: int, steps: int
) -> None:
    """How far an arm is: a training is as long as its rounds."""
    progress.at(round(1000 * (before + rounds * step / steps)), 1000 * of, short)


def _find_recipe(arm: str) -> tuple[str, Any]:
    """The method of a request, and a recipe that mixes instead of it, for an arm."""
    if arm == "none":
        return "none", None
    if arm == CONTROL:
        return "none", LargerLabel(make_method("mixup"))
    name, _, reading = arm.partition(", ")
    if reading in READINGS:
        return "none", make_recipe(name, reading)
    return name.lower(), None
