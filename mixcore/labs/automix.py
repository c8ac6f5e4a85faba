"""AutoMix and AdAutoMix: masks drawn by a network that helps the model, or works against it.

What is seen needs no training: two blocks that were trained once, against Lite0, draw masks for the
same photos and the same share. The experiment trains small networks with blocks beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from mixcore import pictures
from mixcore.data import gallery
from mixcore.labs import Claim, Lab, Progress, Row, Rows, lab
from mixcore.params import choice, file, integer, real, text
from mixcore.sheets.panels import Curve, Images, Line, Number, Points, Sheet

if TYPE_CHECKING:
    from torch import Tensor

SIDE, ZOOM = 224, 256 / 224  # how Lite0 takes a photo
PHOTOS = ("cat", "parrot", "owl", "panda", "red-panda", "dog", "coffee", "hedgehog")
OTHERS = ("castle", "coffee", "dog", "rocket", "panda")
PAIRS = (("owl", "rocket"), ("parrot", "panda"), ("coffee", "dog"))
"""Whose masks stand beside those of the chosen pair."""
TWENTIETHS = 20
THIN = 4  # every which pixel of a small mask is shown
BLOCKS = ("automix", "adautomix")

SHARES = (0.3, 0.5, 0.7)  # at which mixes of test pictures are judged
JUDGED = 500  # test pictures
BATCH, LR, BLOCK_LR, MOMENTUM = 32, 2e-3, 0.01, 0.98
TRACED = 3  # epochs between two points of the live curves
ARMS: dict[str, tuple[str, dict[str, Any]]] = {
    "blend": ("automix", {"margin": 0.5}),
    "AutoMix": ("automix", {"mask_weight": 1.0}),
    "AdAutoMix": ("adautomix", {"sources": 2}),
    "AdAutoMix, always against": ("adautomix", {"sources": 2, "adv_interval": 1}),
}
"""The objective of an arm and its parameters; with the widest margin all masks are constant."""


@lab(
    "AutoMix and AdAutoMix",
    group="Learn the mix",
    field="Learned masks",
    paper="AutoMix: Unveiling the Power of Mixup for Stronger Classifiers; Adversarial AutoMixup",
    authors="Liu et al.; Qin et al.",
    year=2024,
    question="Who should draw the mask: a helper of the model, or its opponent?",
    says=(
        "A generator that minimizes the classifier's own loss makes consistent instead of diverse "
        "mixes; an adversarial one makes hard ones (abstract of Adversarial AutoMixup).",
        "CIFAR-100, ResNet-18: AdAutoMix 82.32 %, AutoMix 82.04 % (authors' README).",
        "CIFAR-100, ResNet-18: AutoMix 82.04 % after 800 epochs, without mixing 78.04 % "
        "(OpenMixup's tables).",
    ),
    reading="as released, but for two pictures a mix in both, Adam for the block, an average that "
    "follows faster as there are 600 steps, and AutoMix's mask loss at weight 1",
    hero="share",
    absent="Mixes of three pictures, which the method AdAutoMix on Explore makes; and the networks "
    "and data of both papers.",
    more=(
        ("AutoMix", "https://arxiv.org/abs/2103.13027"),
        ("Adversarial AutoMixup", "https://arxiv.org/abs/2312.11954"),
    ),
    minutes=6.0,
    arms=("blend", "AutoMix", "AdAutoMix", "AdAutoMix, always against"),
    metrics={
        "excess": "Teacher's loss on generated mixes, less that on blends",
        "diversity": "Mean IoU distance of the masks",
        "gap": "Distance of a mask's share from lam ↓",
        "accuracy": "Test accuracy",
    },
    claims=(
        Claim("AutoMix's mixes are easier for the teacher than blends", "excess",
              lower=("AutoMix", "blend"), least=0.02),
        Claim("AdAutoMix's mixes are harder than blends", "excess",
              higher=("AdAutoMix", "blend"), least=0.02),
        Claim("AdAutoMix's masks differ more from pair to pair than AutoMix's", "diversity",
              higher=("AdAutoMix", "AutoMix"), least=0.03),
        Claim("AutoMix is more accurate than blending alone", "accuracy",
              higher=("AutoMix", "blend"), least=0.005),
        Claim("AdAutoMix is more accurate than AutoMix", "accuracy",
              higher=("AdAutoMix", "AutoMix"), least=0.005),
        Claim("Without its cooperative steps AdAutoMix makes harder mixes than with them", "excess",
              higher=("AdAutoMix, always against", "AdAutoMix"), least=0.02, ours=True),
        Claim("So it makes harder mixes than blends", "excess",
              higher=("AdAutoMix, always against", "blend"), least=0.02, ours=True),
        Claim("And masks that differ more than AutoMix's", "diversity",
              higher=("AdAutoMix, always against", "AutoMix"), least=0.03, ours=True),
    ),
    seeds=5,
    brief={"epochs": 1, "images": 64},
)  # fmt: skip
class AutoMixLab(Lab):
    """One pair under two learned masks and a blend; masks of other pairs; shares against lam."""

    photo: str = file(*PHOTOS, takes="photo", help="Photo A", title="Photo A")
    other: str = choice(
        *OTHERS, help="Photo B", title="Photo B", titles=lambda name: gallery.info(name).title
    )
    share: int = integer(10, 0, TWENTIETHS, help="A's share, in twentieths", title="A's share")
    features: str = choice(
        "lite0", "hybrid", help="Whose features the blocks read", title="Features",
        titles={"lite0": "EfficientNet-Lite0", "hybrid": "Hybrid ViT"},
    )  # fmt: skip
    data: str = text("digits", of="run", help="Data set of the experiment", title="Data")
    model: str = choice(
        "small_cnn", "small_vit", "resnet18", of="run", help="Network that is trained",
        title="Model",
    )  # fmt: skip
    epochs: int = integer(15, 1, 400, of="run", help="Times that each network sees every picture")
    images: int = integer(0, 0, 50_000, of="run", help="Pictures to train on; 0 for all")
    batch: int = integer(BATCH, 2, 512, of="run", help="Pictures of a step", title="Batch size")
    lr: float = real(LR, 1e-5, 0.1, step=0.001, of="run", help="Highest learning rate", log=True)

    def prepare(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Mixes of the pair at every share, and what Lite0 says of them."""
        return {**given, "pair": self._draw_pair(given)}

    def look(self, rng: np.random.Generator, given: Mapping[str, Any]) -> Sheet:
        """Three mixes of one share, masks of four pairs, and the masks' shares against lam."""
        from mixcore.mixers.mask_sheet import color_mask

        pair: _Pair = given.get("pair") or self._draw_pair(given)
        at, lam = self.share, self.share / TWENTIETHS
        losses = pair.find_losses(at)
        blend, helped, hard = losses
        return Sheet(
            f"With {lam:.0%} of the label for “{pair.names[0]}” Lite0's loss is *{helped:.2f}*"
            f"{{good}} on AutoMix's mix, {blend:.2f} on a blend, and *{hard:.2f}*{{wrong}} on "
            "AdAutoMix's.",
            Number(
                helped - blend, f"{helped - blend:+.2f}",
                "AutoMix's loss against the blend's, in nats", "a",
            ),
            (
                Images(
                    title="The same photos, the same share",
                    images=(*pair.mixes[at], color_mask(pair.masks[at, 0])),
                    captions=(
                        *(
                            f"{name}: {pair.describe(at, k)}"
                            for k, name in enumerate(("Blend", "AutoMix", "AdAutoMix"))
                        ),
                        f"AutoMix's mask, {pair.means[at, 0]:.0%} of A, which is blue",
                    ),
                    frames=("line", "good", "wrong", "good"),
                ),
                self._show_masks(pair, at),
                _draw_shares(pair, at),
            ),
            (
                f"loss = −{lam:.2f} · log p({pair.names[0]}) − {1 - lam:.2f} · "
                f"log p({pair.names[1]})",
                *(
                    f"{name}: {pair.explain(at, k)} = {losses[k]:.3f}"
                    for k, name in enumerate(("blend", "AutoMix", "AdAutoMix"))
                ),
                f"mean mask: AutoMix {pair.means[at, 0]:.3f}, AdAutoMix {pair.means[at, 1]:.3f}, "
                f"lam {lam:.3f}",
            ),
        )  # fmt: skip

    def run(self, part: str, seeds: Sequence[int], progress: Progress) -> Rows:
        """One arm, all seeds side by side; its mixes of test pictures judged by its own teacher."""
        from mixcore.train.together import train_together
        from mixcore.train.training import Training

        def tell(epoch: int, jobs: list[Training]) -> None:
            if epoch % TRACED == 0:
                rows = [_measure(job) for job in jobs]
                traced = {name: [row[name] for row in rows] for name in ("excess", "diversity")}
                progress.trace(part, epoch, traced)

        jobs = train_together([self._ask(part, seed) for seed in seeds], progress.at, tell)
        return [Row(part, seed, _measure(job)) for seed, job in zip(seeds, jobs, strict=True)]

    def snippet(self, seed: int) -> str:
        """Losses of AutoMix's mix and of a blend."""
        photo = self.photo if self.photo in PHOTOS else PHOTOS[0]
        return f"""\
import torch
from mixcore import naming, pictures
from mixcore.data import gallery
from mixcore.evidence.models.hidden_features import compute_hidden
from mixcore.losses.mix_generator import soft_cross_entropy
from mixcore.mixers.bundled_blocks import load_block
from mixcore.mixers.mix_block import mix_pictures

def read(name):  # your own: pictures.read(bytes of the file)
    return pictures.square(gallery.load(name), {SIDE}, zoom=256 / 224)

x = pictures.to_tensor(read("{photo}"), read("{self.other}"))[None]
lam = torch.tensor([[{self.share / TWENTIETHS}, {1 - self.share / TWENTIETHS}]])
features = compute_hidden(["{self.features}"], x[0])["{self.features}"][None]
model = naming.load().model
with torch.inference_mode():
    masks = load_block("automix", "{self.features}")(features, lam, ({SIDE}, {SIDE}))
    y = model((x[0] - 0.5) / 0.5).argmax(1)[None]
    blend, mixed = (
        soft_cross_entropy(model((mix_pictures(x, m) - 0.5) / 0.5), y, lam)
        for m in (lam[..., None, None].expand_as(masks), masks)
    )
print(f"{{mixed - blend:+.2f}}")

# To train with it:
#   python -m mixcore train --objective automix --data digits --model small_cnn --method none
"""

    def _draw_pair(self, given: Mapping[str, Any]) -> _Pair:
        """The chosen photos; the first example where an upload is not here."""
        if "photo" in given:
            photo = pictures.square(given["photo"], SIDE, ZOOM)
        else:
            photo = _read_example(self.photo if self.photo in PHOTOS else PHOTOS[0])
        return _mix_pair(photo.tobytes(), _read_example(self.other).tobytes(), self.features)

    def _show_masks(self, pair: _Pair, at: int) -> Images:
        """Masks of the chosen pair and of three others, with the model above, against it below."""
        from mixcore.mixers.mask_sheet import color_mask

        pairs = [pair.masks, *(_mask_example(a, b, self.features) for a, b in PAIRS)]
        return Images(
            title="Masks of four pairs: A blue, B orange",
            caption="Above drawn by the helper, AutoMix; below by the opponent, AdAutoMix.",
            images=tuple(
                color_mask(masks[at, k, ::THIN, ::THIN]) for k in range(2) for masks in pairs
            ),
            captions=tuple(f"{masks[at, k].mean():.0%} of A" for k in range(2) for masks in pairs),
            frames=("good",) * len(pairs) + ("wrong",) * len(pairs),
        )

    def _ask(self, arm: str, seed: int) -> Any:
        """The training of an arm."""
        from mixcore.train.training_request import TrainingRequest
        from mixcore.train_names import NONE

        objective, parameters = ARMS[arm]
        return TrainingRequest.from_dict({
            "data": self.data, "model": self.model, "method": NONE, "objective": objective,
            "objective_parameters": {
                "block_lr": BLOCK_LR, "momentum": MOMENTUM,
                "catch_up": False, **parameters,
            },
            "epochs": self.epochs, "batch": self.batch, "lr": self.lr, "images": self.images,
            "seed": seed, "device": "cpu",
        })  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two photos at every share: n = 21.

    names  what Lite0 takes each for
    mixes  (n, 3, h, w, 3) uint8: a blend, AutoMix's and AdAutoMix's
    masks  (n, 2, h, w) A's masks of the two blocks
    p      (n, 3, 2) how sure Lite0 is of both in each mix
    """

    names: tuple[str, str]
    mixes: np.ndarray
    masks: np.ndarray
    p: np.ndarray

    @property
    def means(self) -> np.ndarray:
        """The masks' shares of A, (n, 2)."""
        found: np.ndarray = self.masks.mean((2, 3))
        return found

    def find_losses(self, at: int) -> list[float]:
        """The loss of each mix, with the shares as its label."""
        w = np.array([at / TWENTIETHS, 1 - at / TWENTIETHS])
        return [float(-(w * np.log(p)).sum()) for p in self.p[at]]

    def describe(self, at: int, k: int) -> str:
        """How sure of both."""
        return ", ".join(f"{n} {p:.0%}" for n, p in zip(self.names, self.p[at, k], strict=True))

    def explain(self, at: int, k: int) -> str:
        """The loss with its numbers."""
        w = at / TWENTIETHS
        a, b = self.p[at, k]
        return f"−{w:.2f} · log {a:.4f} − {1 - w:.2f} · log {b:.4f}"


@lru_cache(4)
def _mix_pair(a: bytes, b: bytes, features: str) -> _Pair:
    import torch

    from mixcore import naming
    from mixcore.mixers.mix_block import mix_pictures

    namer = naming.load()
    x = pictures.to_tensor(*map(_unpack, (a, b))).to(namer.device)
    masks = _draw_masks(x, features)
    lam = _spread_lam(masks)
    flat = lam[:, :1, None, None].expand_as(masks[:, :1])
    mixes, p = [], []
    with torch.inference_mode():
        best = namer.model((x - 0.5) / 0.5).argmax(1)
        for own in (flat[:, 0], masks[:, 0], masks[:, 1]):
            both = torch.stack([own, 1 - own], 1)
            mixed = mix_pictures(x[None].expand(len(both), -1, -1, -1, -1), both)
            p.append(namer.model((mixed - 0.5) / 0.5).softmax(1)[:, best])
            mixes.append(pictures.to_array(mixed))
    names = tuple(namer.names[int(k)] for k in best)
    return _Pair(
        (names[0], names[1]), np.stack(mixes, 1), masks.cpu().numpy(),
        torch.stack(p, 1).clamp(min=1e-6).cpu().numpy(),
    )  # fmt: skip


@lru_cache(8)
def _mask_example(a: str, b: str, features: str) -> np.ndarray:
    x = pictures.to_tensor(_read_example(a), _read_example(b))
    found: np.ndarray = _draw_masks(x, features).cpu().numpy()
    return found


def _draw_masks(x: Tensor, features: str) -> Tensor:
    """A's masks (n, 2, h, w) of both blocks at every share, for photos (2, 3, h, w)."""
    import torch

    from mixcore.evidence.models.hidden_features import compute_hidden
    from mixcore.mixers.bundled_blocks import load_block

    cells = compute_hidden([features], x)[features].cpu()
    share = torch.arange(TWENTIETHS + 1, dtype=torch.float32, device="cpu") / TWENTIETHS
    lam = torch.stack([share, 1 - share], 1)
    several = cells[None].expand(len(lam), -1, -1, -1, -1)
    with torch.inference_mode():
        found = [load_block(name, features)(several, lam, (SIDE, SIDE))[:, 0] for name in BLOCKS]
    return torch.stack(found, 1).to(x.device)


def _spread_lam(masks: Tensor) -> Tensor:
    """Every share, (n, 1), beside masks (n, ...)."""
    import torch

    steps = torch.arange(len(masks), dtype=torch.float32, device=masks.device)
    return steps[:, None] / TWENTIETHS


def _draw_shares(pair: _Pair, at: int) -> Curve:
    lam = np.arange(TWENTIETHS + 1) / TWENTIETHS
    helped, hard = pair.means.T
    return Curve(
        title="A's share of the mask against lam",
        lines=(
            Line([0, 1], [0, 1], "lam itself", "mute", dashed=True, width=1.0),
            Line(lam, helped, "AutoMix", "good"),
            Line(lam, hard, "AdAutoMix", "wrong"),
        ),
        points=(
            Points([[lam[at], helped[at]]], color="good", size=6, strength=1.0),
            Points([[lam[at], hard[at]]], color="wrong", size=6, strength=1.0),
        ),
        x="lam", y="share of A", x_range=(0.0, 1.0), y_range=(0.0, 1.0),
    )  # fmt: skip


def _unpack(pixels: bytes) -> np.ndarray:
    return np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE, 3)


@lru_cache(16)
def _read_example(name: str) -> np.ndarray:
    image: np.ndarray = pictures.square(gallery.load(name), SIDE, ZOOM)
    image.flags.writeable = False
    return image


def _measure(job: Any) -> dict[str, float]:
    """Everything that is measured of a training, on test pictures in pairs."""
    import torch

    from mixcore.learned_mix import MixDraw, read_maps
    from mixcore.losses.mix_generator import soft_cross_entropy
    from mixcore.mixers.mix_block import measure_diversity, mix_pictures
    from mixcore.train.evaluate import predict_logits

    test, objective, players = job.data.test, job.objective, job.players
    x, y = test.floats()[:JUDGED], test.y[:JUDGED]
    teacher, block = players["teacher"], players["block"]
    own = torch.arange(len(x), dtype=torch.int64, device=x.device)
    index = torch.stack([own, own.roll(1)], 1)
    maps = read_maps(teacher, objective.name_layer(job.setting), x)
    excess, gaps, diversity = [], [], 0.0
    for lam in SHARES:
        draw = MixDraw(index, torch.tensor([lam, 1 - lam], dtype=torch.float32, device=x.device))
        with torch.no_grad():
            masks = draw.lam[:, None, None].expand(len(x), 2, *x.shape[-2:])
            if objective.card.key != "automix" or objective.margin < 0.5:
                masks = objective.draw_masks(block, draw, maps, x)
            generated, blended = (
                soft_cross_entropy(teacher(mixed), y[index], draw.shares)
                for mixed in (mix_pictures(x[index], masks), draw.blend(x))
            )
        excess.append(float(generated - blended))
        gaps.append(float((masks[:, 0].mean((1, 2)) - lam).abs().mean()))
        if lam == 0.5:
            diversity = float(measure_diversity(masks[:, 0]))
    right = predict_logits(job.judged, test, job.device).argmax(1) == test.y.cpu()
    return {
        "excess": float(np.mean(excess)),
        "diversity": diversity,
        "gap": float(np.mean(gaps)),
        "accuracy": float(right.float().mean()),
    }
