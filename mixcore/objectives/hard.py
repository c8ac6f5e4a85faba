"""Distillation where an augmentor learns to make teacher and student disagree, as in HARD.

Paper: Nix, Burg, Sinz, "HARD: Hard Augmentations for Robust Distillation", 2023. No code is public:
losses, family and bounds are those of mixcore.distill.hard_augmentor. Each step the student learns
the teacher's answers to moved pictures; then the augmentor climbs, with the student held still.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor

from mixcore.distill.hard_augmentor import (
    BOUNDS,
    DRAWS,
    FAMILIES,
    START,
    Augmentor,
    Turns,
    challenge,
    shift_images,
    teach,
)
from mixcore.distill.soft_labels import diverge
from mixcore.moment import Losses, Moment, Players, Setting, hold_still
from mixcore.objectives import Objective, objective
from mixcore.params import choice, flag, real
from mixcore.sheets.panels import Curve, Images, Line, Number, Panel, Sheet
from mixcore.taught import Taught

LOOKED, SHOWN = 256, 12  # test pictures that are measured, and augmentations that are shown
SHARES = np.arange(0, 7) / 16  # of the side, by which test pictures are shifted
ENLARGED = 64  # pixels a side, at least, of a picture that is shown


@objective(
    "HARD augmentations",
    paper="HARD: Hard Augmentations for Robust Distillation",
    authors="Nix et al.",
    year=2023,
    summary="Answer as a teacher does where an augmentor that learns makes the two disagree.",
    mixes="own",
    losses={
        "student": "Divergence from the teacher",
        "augmentor": "The augmentor's, which it lowers",
    },
    readings={
        "sigma": "Width of the shifts",
        "disagreement": "Disagreement, nats",
        "drift": "Teacher's drift, nats",
    },
    cost="The teacher twice and the student once more a step, and gradients through both to the "
    "pictures: about three plain steps.",
    says=(
        "Distillation is unsuitable to transfer simple inductive biases like shift equivariance; "
        "augmentations on which teacher and student disagree solve that in a toy (abstract).",
        "The learned augmentations improve distillation in and out of domain, and outperform "
        "state-of-the-art data augmentations (abstract).",
    ),
)  # fmt: skip
class Hard(Taught, Objective):
    """min KL(T(g x) || S(g x)) for the student; for g the same is raised, as far as T knows it."""

    family: str = choice(
        *FAMILIES, titles={"shift": "Shifts", "affine": "Shifts, turns and sizes"},
        help="Movements whose width is learned",
    )  # fmt: skip
    reward: float = real(
        1.0, 0.0, 10.0, step=0.1, help="Weight of the disagreement that the augmentor raises"
    )
    penalty: float = real(
        1.0, 0.0, 100.0, step=0.1, help="Weight of what the teacher itself no longer knows; a "
        "large one drives to no augmentation",
    )  # fmt: skip
    start: float = real(
        START, 0.01, 0.3, step=0.005, help="Width of the shifts at first, as a share of the side"
    )
    augmentor_lr: float = real(
        0.02, 1e-4, 1.0, step=0.001, title="Augmentor's rate", help="Learning rate of the augmentor"
    )
    turns: bool = flag(
        False, title="In turns", help="One player at a time, until the disagreement passes a bound"
    )
    upper: float = real(
        0.5, 0.01, 10.0, step=0.01, title="Upper bound", when=("turns", (True,)),
        help="Disagreement, in nats, above which the student takes over",
    )  # fmt: skip
    lower: float = real(
        0.2, 0.0, 0.95, step=0.01, title="Lower bound, of the upper", when=("turns", (True,)),
        help="Share of the upper bound below which the augmentor takes over",
    )  # fmt: skip

    def build(self, setting: Setting) -> Players:
        """The teacher, the augmentor with its optimizer, and whose turn it is."""
        augmentor = Augmentor(self.family, self.start).to(setting.device)
        turns = Turns(self.lower * self.upper, self.upper)
        return Players(
            {"augmentor": augmentor, "turns": turns.to(setting.device)},
            {"augmentor": torch.optim.Adam(augmentor.parameters(), self.augmentor_lr)},
            {"teacher": setting.find_teacher(self)},
        )

    def compute_losses(self, moment: Moment) -> Losses:
        """The student's loss on moved pictures; the augmentor's step is done on the way."""
        augmentor, turns = (moment.players[name] for name in ("augmentor", "turns"))
        teacher, x, target = moment.players["teacher"], moment.batch.x, moment.target(None)
        eps = _draw(moment.rng.stage("augment").standard_normal((len(x), DRAWS)), x)
        moved = augmentor(x, eps)
        with torch.no_grad():
            clean = moment.predict(x, teacher)
        known = moment.predict(moved, teacher)
        with hold_still(moment.model):
            logits = moment.predict(moved)
        now = challenge(logits, known, clean, reward=self.reward, penalty=self.penalty)
        own = cast(Turns, turns).update(now.disagreement.item()) if self.turns else True
        sigma = cast(Augmentor, augmentor).sigmas["shift"].detach().clone()
        if not (self.turns and own):
            moment.descend("augmentor", now.loss)
            cast(Augmentor, augmentor).clamp()
        if own:
            logits = moment.predict(moved.detach())
        loss = teach(logits, known)
        readings: dict[str, Tensor | float] = {
            "sigma": sigma, "disagreement": now.disagreement.detach(), "drift": now.drift.detach()
        }  # fmt: skip
        # In the augmentor's turn nothing is left to learn from, so that the model does not move.
        return Losses({"student": loss if own else loss.detach()}, logits, target, None, readings)

    def draw_sheet(
        self, setting: Setting, players: Players, history: Sequence[Mapping[str, float]]
    ) -> Sheet:
        """Current augmentations by disagreement, accuracy against shift, and sigma so far."""
        augmentor, teacher = cast(Augmentor, players["augmentor"]), players["teacher"]
        sigma = augmentor.sigmas["shift"].item()
        with torch.no_grad(), hold_still(setting.model):
            nets = (teacher, setting.model)
            moved, apart = _move_shown(setting, augmentor, teacher)
            accuracies = [_measure_shifts(setting, net) for net in nets]
        panels: list[Panel] = [
            _draw_moved(moved, apart),
            Curve(
                title="Accuracy against shift",
                caption=f"Of {min(LOOKED, len(setting.test.y))} test pictures, four directions.",
                lines=tuple(
                    Line(100 * SHARES, some, name, color)
                    for some, name, color in zip(
                        accuracies, ("teacher", "student"), ("a", "b"), strict=True
                    )
                ),
                x="shift, % of the side", y="accuracy", y_range=(0.0, 1.02),
            ),
        ]  # fmt: skip
        if history:
            panels.append(_draw_sigma(history))
        lost = accuracies[1][0] - accuracies[1][2]
        return Sheet(
            f"Pictures are moved by *{sigma:.1%}*{{b}} of their side, in the width of a normal "
            f"law; a shift of an eighth costs the student *{lost:.1%}*{{wrong}} of the pictures, "
            f"the teacher *{accuracies[0][0] - accuracies[0][2]:.1%}*{{a}}.",
            Number(sigma, f"{sigma:.3f}", "of the side is the width of the shifts", "b"),
            tuple(panels),
        )


def _draw(values: np.ndarray, like: Tensor) -> Tensor:
    return torch.from_numpy(values.astype(np.float32)).to(like.device)


def _move_shown(
    setting: Setting, augmentor: Augmentor, teacher: torch.nn.Module
) -> tuple[Tensor, Tensor]:
    """A few training pictures moved, most disputed first, and their disagreement (n,)."""
    x = setting.shown.x
    x = x.repeat(-(-SHOWN // len(x)), 1, 1, 1)[:SHOWN]
    random = np.random.default_rng([setting.seed, 7])
    moved = augmentor(x, _draw(random.standard_normal((len(x), DRAWS)), x))
    apart = diverge(setting.model(moved).float(), teacher(moved).float(), 1.0)
    order = apart.argsort(descending=True)
    return moved[order], apart[order]


def _draw_moved(moved: Tensor, apart: Tensor) -> Images:
    size = max(1, -(-ENLARGED // moved.shape[-1]))
    levels = moved.clamp(0, 1).mul(255).round().byte().cpu().movedim(1, 3).numpy()
    pictures = levels.repeat(size, 1).repeat(size, 2)
    return Images(
        title="Augmentations now, most disputed first",
        caption="In nats: how far the student's answer is from the teacher's.",
        images=tuple(np.ascontiguousarray(one[..., 0] if one.shape[2] == 1 else one)
                     for one in pictures),
        captions=tuple(f"{value:.2f}" for value in apart.tolist()),
    )  # fmt: skip


def _measure_shifts(setting: Setting, net: torch.nn.Module) -> list[float]:
    """Accuracy on test pictures at each of SHARES, over four directions."""
    y = setting.test.y[:LOOKED].to(setting.device)
    x = setting.test.x[:LOOKED].to(setting.device).float().div(255)
    found = []
    for share in SHARES.tolist():
        hits = []
        for direction in ((1, 0), (-1, 0), (0, 1), (0, -1)) if share else ((0, 0),):
            shift = share * torch.tensor(direction, dtype=torch.float32, device=x.device)
            hits.append(float((net(shift_images(x, shift)).argmax(1) == y).float().mean()))
        found.append(float(np.mean(hits)))
    return found


def _draw_sigma(history: Sequence[Mapping[str, float]]) -> Curve:
    steps = [row["step"] for row in history]
    low, high = BOUNDS["shift"]
    return Curve(
        title="Width of the shifts",
        caption=f"It is held between {low:g} and {high:g} of the side.",
        lines=(Line(steps, [row["sigma"] for row in history], "sigma", "b"),),
        x="step", y="share of the side",
    )  # fmt: skip
