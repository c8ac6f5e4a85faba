"""Patch Mixing: patches of another photo mislead a network more than missing ones do.

What is seen needs no training: the network that comes with this is asked about a photo with some
patches taken from another one, and with the same patches grey. The experiment is the race of the
paper at the size of a digit: a CNN and a ViT, each with and without Patch Mixing, under attack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from mixcore import hand_words, pictures
from mixcore.data import gallery
from mixcore.findings import records
from mixcore.findings.claims import find_interval, list_values
from mixcore.labs import Claim, Lab, Progress, Row, Rows, lab
from mixcore.params import choice, file, integer, place, real
from mixcore.sheets.panels import Curve, Images, Line, Number, Overlay, Sheet

if TYPE_CHECKING:
    from torch import Tensor

    from mixcore.train.in_memory import Part

SIDE, ZOOM = 224, 256 / 224  # how Lite0 takes a photo
PHOTOS = ("red-panda", "hedgehog", "panda", "castle", "dog", "hens", "parrot", "polar-bear")
OTHERS = ("bridge", "citrus", "coins", "flower", "meadow")
GREY = 0.5  # what Lite0 takes for nothing
SIXTEENTHS = 16
# Contrastive RISE looks at small photos: many masks of them say more than few of large ones.
MASKS, SMALL, DRAWN = 500, 96, 28

CELLS = 4  # of the digits, a side: 2 pixels each, which is just a patch of the ViT
TEXTURES = ("brick", "grass", "gravel")
ATTACKS = {"clean": 0.0, "at25": 0.25, "at50": 0.5, "at75": 0.75}  # metric -> share replaced
BATCH, LR, SMOOTHING, MIXED = 32, 2e-3, 0.1, 0.5
TRACED = 5  # epochs between two points of the live curves
NETWORKS = {"CNN": "small_cnn", "ViT": "small_vit"}
COLORS = {"CNN": "b", "ViT": "a"}


@lab(
    "Patch Mixing",
    group="Understand why it works",
    field="Occlusion",
    paper="Hardwiring ViT Patch Selectivity into CNNs using Patch Mixing",
    authors="Lee et al.",
    year=2023,
    question="What misleads a network more: what is missing, or what does not belong?",
    says=(
        "ViTs ignore patches that do not belong better than CNNs; a ConvNeXt trained with Patch "
        "Mixing matches a Swin when patches are replaced, and the Swin itself improves little "
        "(project page, no figures given there).",
    ),
    reading="our reading, as no code is public: half of the pictures are mixed, a uniform share "
    "of 4 x 4 patches",
    hero="share",
    absent="The paper's networks and its two sets of occluded photos: the race is run by small "
    "networks on digits of 8 x 8 pixels.",
    more=(("The project's page", "https://arielnlee.github.io/PatchMixing/"),),
    minutes=5.2,
    arms=("CNN", "CNN, Patch Mixing", "ViT", "ViT, Patch Mixing"),
    metrics={
        "at50": "Accuracy with half of the patches replaced",
        "at25": "Accuracy with a quarter of the patches replaced",
        "at75": "Accuracy with three quarters of the patches replaced",
        "clean": "Accuracy on clean digits",
        "texture": "Accuracy with half of the patches from a texture",
        "empty": "Accuracy with half of the patches empty",
        "ece": "Calibration error on clean digits ↓",
        "confidence": "Mean confidence on clean digits",
    },
    claims=(
        Claim("Patch Mixing helps the CNN where half of the patches are replaced", "at50",
              higher=("CNN, Patch Mixing", "CNN"), least=0.03),
        Claim("It helps the CNN where a quarter is replaced", "at25",
              higher=("CNN, Patch Mixing", "CNN"), least=0.02),
        Claim("It does nothing for the ViT, which does as well without it", "at50",
              higher=("ViT", "ViT, Patch Mixing"), near=0.03),
        Claim("Without it the ViT stands the attack better than the CNN", "at50",
              higher=("ViT", "CNN"), least=0.03),
        Claim("With it the CNN stands the attack as well as the ViT", "at50",
              higher=("CNN, Patch Mixing", "ViT"), near=0.03),
        Claim("It helps the CNN against textures, which no label names", "texture",
              higher=("CNN, Patch Mixing", "CNN"), least=0.03, ours=True),
        Claim("It costs the CNN no accuracy on clean digits", "clean",
              higher=("CNN, Patch Mixing", "CNN"), near=0.01, ours=True),
        Claim("It costs the CNN calibration", "ece", higher=("CNN, Patch Mixing", "CNN"),
              least=0.02, ours=True),
        Claim("It costs the ViT calibration", "ece", higher=("ViT, Patch Mixing", "ViT"),
              least=0.02, ours=True),
    ),
    seeds=5,
    brief={"epochs": 1, "images": 64, "repeats": 1},
)  # fmt: skip
class OcclusionLab(Lab):
    """A photo under attack, a block that a hand drags over it, and four networks in a race."""

    photo: str = file(*PHOTOS, takes="photo", help="Photo that is attacked", title="Photo")
    other: str = choice(
        *OTHERS, help="Photo that the patches and the block are cut from", title="Other photo",
        titles=lambda name: gallery.info(name).title,
    )  # fmt: skip
    share: int = integer(
        8, 0, 12, help="Patches replaced, in sixteenths of the photo", title="Replaced"
    )
    cells: int = integer(7, 2, 14, help="Patches a side", title="Patches a side")
    spot: str = place("0.5,0.5", help="Where the block lies")
    block: float = real(
        0.6, 0.1, 0.8, help="Side of the block, as a share of the photo's", title="Block"
    )
    epochs: int = integer(20, 1, 200, of="run", help="Times that each network sees every digit")
    images: int = integer(0, 0, 1294, of="run", help="Digits to train on; 0 for all 1,294")
    repeats: int = integer(
        4, 1, 20, of="run", help="Times that each network is attacked, with other patches each time"
    )  # fmt: skip

    def prepare(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """What speaks for the photo's class, place by place, which takes hundreds of looks."""
        photo = self._read_photo(given)
        return {**given, "map": _find_evidence(photo.tobytes())}

    def look(self, rng: np.random.Generator, given: Mapping[str, Any]) -> Sheet:
        """The photo with patches of another one, and grey ones; under the block; and the race."""
        photo, other = self._read_photo(given), _read_example(self.other)
        seed = int(rng.integers(2**31))
        own = _judge(photo)
        replaced = self._attack(photo, other, seed)
        empty = self._attack(photo, np.full_like(photo, round(GREY * 255)), seed)
        covered, box = self._cover(photo, other)
        clean, left, kept, shown = (
            _judge(one).of(own.best) for one in (photo, replaced, empty, covered)
        )
        asked, patches, name = self.share / SIXTEENTHS, self.cells**2, own.name
        count = patches - round((1 - asked) * patches)  # as draw_cells rounds what is kept
        share, under = count / patches, _share_inside(given["map"], box)
        return Sheet(
            f"With {share:.0%} from another photo, a network is *{left:.0%}*{{wrong}} sure of "
            f"“{name}”; with the same patches grey, *{kept:.0%}*{{good}}.",
            Number(left, f"{left:.1%}", f"for “{name}”, {clean:.1%} on the clean photo", "wrong"),
            (
                Images(
                    title="Patches of another photo, and grey ones",
                    images=(replaced, empty),
                    captions=tuple(_judge(one).describe() for one in (replaced, empty)),
                    frames=tuple(
                        "good" if _judge(one).best == own.best else "wrong"
                        for one in (replaced, empty)
                    ),
                ),
                Overlay(
                    title="What speaks for it more than most (blue)",
                    caption=f"Drag the block: {_judge(covered).describe()}, seen in color.",
                    hand="spot", image=_fade(covered, box), map=given["map"], signed=True,
                    boxes=[[v / SIDE for v in box]],
                ),
                self._draw_race(share),
            ),
            (
                f"patches: {asked:g} · {patches} = {asked * patches:.4g}, so {count} of {patches}",
                f"p({name}): {clean:.3f} clean, {left:.3f} replaced, {kept:.3f} grey",
                f"the block leaves {shown:.3f}; it hides {under:.0%} of what is blue",
                f"map = mean over {MASKS} masks of mask · (score − mean score) / 0.5, less "
                "its mean; score = p(own) − p(best other)",
            ),
        )  # fmt: skip

    def run(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        """One network with or without Patch Mixing, all seeds side by side, then attacked."""
        from mixcore.train.together import train_together
        from mixcore.train.training import Training

        def tell(epoch: int, jobs: list[Training]) -> None:
            if epoch % TRACED == 0:
                rows = [_measure(job, 1) for job in jobs]
                traced = {name: [row[name] for row in rows] for name in ("at50", "clean")}
                progress.trace(part, epoch, traced)

        jobs = train_together([self._ask(part, seed) for seed in seeds], progress.at, tell)
        return [
            Row(part, seed, _measure(job, self.repeats))
            for seed, job in zip(seeds, jobs, strict=True)
        ]

    def snippet(self, seed: int) -> str:
        """The network's answer to the attacked photo."""
        photo = self.photo if self.photo in PHOTOS else PHOTOS[0]
        return f"""\
import numpy as np
import torch
from mixcore import naming, pictures
from mixcore.data import gallery
from mixcore.patch_attack import replace_patches

def read(name):  # your own: pictures.read(bytes of the file)
    return pictures.to_tensor(pictures.square(gallery.load(name), {SIDE}, zoom=256 / 224))

model, x = naming.load().model, read("{photo}")
seed = int(np.random.default_rng({seed}).integers(2**31))
attacked = replace_patches(x, read("{self.other}"), {self.share} / {SIXTEENTHS}, {self.cells}, seed)
with torch.inference_mode():
    clean, now = (model((one - 0.5) / 0.5).softmax(1)[0] for one in (x, attacked))
print(f"{{now[clean.argmax()]:.1%}}")

# To train against it:
#   mixer = mixcore.Mixer("patchmix", num_classes, cells={self.cells}, smoothing={SMOOTHING})
"""

    def _read_photo(self, given: Mapping[str, Any]) -> np.ndarray:
        """The photo as the network takes it; the first example where an upload is not here."""
        if "photo" in given:
            return pictures.square(given["photo"], SIDE, ZOOM)
        return _read_example(self.photo if self.photo in gallery.names() else PHOTOS[0])

    def _attack(self, photo: np.ndarray, other: np.ndarray, seed: int) -> np.ndarray:
        from mixcore.patch_attack import replace_patches

        x, y = pictures.to_tensor(photo), pictures.to_tensor(other)
        found = replace_patches(x, y, self.share / SIXTEENTHS, self.cells, seed)
        return pictures.to_array(found)[0]

    def _cover(
        self, photo: np.ndarray, other: np.ndarray
    ) -> tuple[np.ndarray, tuple[int, int, int, int]]:
        """The photo under a block of the other one, which stays inside; y0, y1, x0, x1."""
        side = max(1, round(self.block * SIDE))
        x, y = (round(v * SIDE - side / 2) for v in hand_words.read_place(self.spot))
        left, top = (min(max(v, 0), SIDE - side) for v in (x, y))
        covered = photo.copy()
        inside = np.s_[top : top + side, left : left + side]
        covered[inside] = other[inside]
        return covered, (top, top + side, left, left + side)

    def _draw_race(self, share: float) -> Curve:
        """Attack curves of the stored finding, with bands over seeds; and where the photo is."""
        finding = records.load_finding(self.card.key)
        lines = [Line([share * 100] * 2, [0, 1], color="mute", dashed=True, width=1.0)]
        rows = finding.rows if finding else ()
        for arm in dict.fromkeys(row.arm for row in rows):
            found = [find_interval(list_values(rows, arm, name)) for name in ATTACKS]
            mean, low, high = (np.array(some) for some in zip(*found, strict=True))
            lines.append(
                Line(
                    [100 * share for share in ATTACKS.values()], mean, arm,
                    COLORS[arm.partition(",")[0]], dashed="Mixing" not in arm, low=low, high=high,
                )
            )  # fmt: skip
        seeds = f"{len(finding.seeds)} seeds each" if finding else "not run yet"
        return Curve(
            title=f"Small networks on digits, {seeds}",
            lines=tuple(lines), x="patches replaced, %", y="accuracy",
            x_range=(0.0, 75.0), y_range=(0.0, 1.0),
        )  # fmt: skip

    def _ask(self, arm: str, seed: int) -> Any:
        """The training of an arm."""
        from mixcore.train.training_request import TrainingRequest
        from mixcore.train_names import NONE

        network, _, mixing = arm.partition(", ")
        return TrainingRequest.from_dict({
            "data": "digits", "model": NETWORKS[network],
            "method": "patchmix" if mixing else NONE,
            "parameters": {"cells": CELLS} if mixing else {}, "p": MIXED if mixing else 1.0,
            "epochs": self.epochs, "batch": BATCH, "lr": LR, "label_smoothing": SMOOTHING,
            "images": self.images, "seed": seed, "device": "cpu",
        })  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Answer:
    """Probabilities of Lite0's classes, and their names."""

    p: np.ndarray
    names: tuple[str, ...]

    @property
    def best(self) -> int:
        """The likeliest class."""
        return int(self.p.argmax())

    @property
    def name(self) -> str:
        """What it is called."""
        return self.names[self.best]

    def of(self, k: int) -> float:
        """The probability of a class."""
        return float(self.p[k])

    def describe(self) -> str:
        """The likeliest class and how sure of it."""
        return f"{self.name} {self.of(self.best):.0%}"


def _judge(image: np.ndarray) -> _Answer:
    return _ask_lite0(image.tobytes())


@lru_cache(96)
def _ask_lite0(pixels: bytes) -> _Answer:
    import torch

    from mixcore import naming

    namer = naming.load()
    x = pictures.to_tensor(_unpack(pixels)).to(namer.device)
    with torch.inference_mode():
        p = namer.model((x - 0.5) / 0.5).softmax(1)[0]
    return _Answer(p.cpu().numpy(), namer.names)


@lru_cache(8)
def _find_evidence(pixels: bytes) -> np.ndarray:
    """Contrastive RISE for what Lite0 says of the photo, less its mean over places, (28, 28)."""
    import torch
    import torch.nn.functional as F

    from mixcore import naming
    from mixcore.evidence.kinds.rise import ContrastiveRise
    from mixcore.evidence.models.normalized import lite0

    best = torch.from_numpy(np.array([_ask_lite0(pixels).best]))
    x = pictures.to_tensor(pictures.square(_unpack(pixels), SMALL)).to(naming.load().device)
    found = ContrastiveRise(lite0(), masks=MASKS).contrast_masks(x, best)
    small: np.ndarray = F.interpolate(found, (DRAWN, DRAWN), mode="area")[0, 0].cpu().numpy()
    return small - small.mean()  # to see anything at all helps, wherever: that is taken off


def _unpack(pixels: bytes) -> np.ndarray:
    return np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE, 3)


@lru_cache(16)
def _read_example(name: str) -> np.ndarray:
    image: np.ndarray = pictures.square(gallery.load(name), SIDE, ZOOM)
    image.flags.writeable = False
    return image


def _fade(image: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """The picture in light grey outside a box, so that the colors of a map over it are seen."""
    y0, y1, x0, x1 = box
    grey = 90 + image.mean(2, keepdims=True) * (165 / 255)
    faded = np.repeat(grey.astype(np.uint8), 3, 2)
    faded[y0:y1, x0:x1] = image[y0:y1, x0:x1]
    return faded


def _share_inside(evidence: np.ndarray, box: tuple[int, int, int, int]) -> float:
    """How much of the map's part above 0 lies in a box."""
    y0, y1, x0, x1 = box
    fine = np.kron(evidence.clip(0), np.ones((SIDE // DRAWN,) * 2))
    return float(fine[y0:y1, x0:x1].sum() / max(fine.sum(), 1e-12))


def _measure(job: Any, repeats: int) -> dict[str, float]:
    """Everything that is measured of a trained network, on test digits."""
    from mixcore.calibration.errors import ece
    from mixcore.calibration.outcomes import Outcomes
    from mixcore.train.evaluate import predict_logits

    test: Part = job.data.test
    seen = Outcomes(test.y, logits=predict_logits(job.judged, test, job.device))
    return {
        **_attack_digits(job, repeats),
        "ece": ece(seen),
        "confidence": float(seen.confidence.mean()),
    }


def _attack_digits(job: Any, repeats: int) -> dict[str, float]:
    """Accuracy on test digits under each attack: the same cells and rivals for every network."""
    import torch

    from mixcore.batch import Batch
    from mixcore.pair import choose_partners
    from mixcore.patch_attack import measure_attack

    test, model = job.data.test, job.judged.eval()
    x, y = test.floats(), test.y
    found: dict[str, list[float]] = {}
    with torch.inference_mode():
        for seed in range(repeats):
            rivals = torch.from_numpy(choose_partners("other class", Batch(x, y), seed))
            curve = measure_attack(
                model, x, y, x[rivals], [*ATTACKS.values()], cells=CELLS, rng=seed
            )
            values = dict(zip(ATTACKS, curve, strict=True))
            nothing = torch.zeros_like(x[:1])
            for name, other in (("texture", _draw_textures(x, seed)), ("empty", nothing)):
                other = other.expand_as(x)
                values[name] = measure_attack(model, x, y, other, [0.5], cells=CELLS, rng=seed)[0]
            for name, value in values.items():
                found.setdefault(name, []).append(value)
    return {name: float(np.mean(values)) for name, values in found.items()}


def _draw_textures(x: Tensor, seed: int) -> Tensor:
    """For each picture (b, 1, h, w) a piece of a bundled texture at random, of its size."""
    import torch

    random, side = np.random.default_rng(seed), x.shape[-1]
    textures = [_read_grey(name) for name in TEXTURES]
    pieces = []
    for _ in range(len(x)):
        texture = textures[random.integers(len(textures))]
        top, left = (random.integers(length - side + 1) for length in texture.shape)
        pieces.append(texture[top : top + side, left : left + side])
    return torch.from_numpy(np.stack(pieces))[:, None].to(x)


@lru_cache(len(TEXTURES))
def _read_grey(name: str) -> np.ndarray:
    """A texture in [0, 1], small enough that a piece of 8 pixels has a structure."""
    image: np.ndarray = pictures.square(gallery.load(name), 64).mean(2) / 255
    return image
