"""Distillation from a teacher, plain or as MIX-KD has it, with a share of each batch mixed.

Paper: Choi, Jeon, Shukla, Turaga, "Understanding the Role of Mixup in Knowledge Distillation: An
Empirical Study", WACV 2023; plain distillation is Hinton, Vinyals, Dean 2015. Teacher and student
see the same mix. The loss is mixcore.distill.soft_labels, the share mixcore.mixers.partial_mixup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from mixcore.distill.soft_labels import distill, diverge, soften
from mixcore.mixers.partial_mixup import draw_mixed, leave_whole
from mixcore.moment import Losses, Moment, Players, Setting, hold_still
from mixcore.objectives import Objective, objective
from mixcore.params import choice, flag, real
from mixcore.sheets.panels import Curve, Line, Number, Points, Sheet
from mixcore.taught import Taught

SPREAD, FIXED = "spread", "fixed"
LOOKED = 256  # test pictures
SEED = 17  # of the pairs that are looked at


@objective(
    "Distillation (MIX-KD)",
    paper="Understanding the Role of Mixup in Knowledge Distillation: An Empirical Study",
    authors="Choi et al.",
    year=2023,
    summary="Answer as a teacher does, who sees the same mixes.",
    losses={"cross_entropy": "Cross-entropy", "distillation": "Divergence from the teacher"},
    readings={"agreement": "Agreement with the teacher"},
    cost="A pass of the teacher more a step, without gradients.",
    presets={
        "MIX-KD, as released": {
            "temperature": "spread", "gamma": 0.1, "alpha": 0.9, "share": 0.1,
            "count": "as released",
        },
        "Plain distillation, T = 4": {"temperature": "fixed", "t": 4.0, "squared": True},
    },
    says=(
        "Smoothness is what links mixup and distillation, and it is crucial to how they go "
        "together (abstract).",
    ),
    exemptions={"count": "It matters only where a share of the batch stays mixed."},
)  # fmt: skip
class Distillation(Taught, Objective):
    """gamma CE + alpha KL(teacher || student), softened by a temperature or by logits' spread."""

    temperature: str = choice(
        SPREAD, FIXED, titles={SPREAD: "Own spread", FIXED: "Fixed"},
        help="What logits are divided by: each network's own spread over the classes, or T",
        source="spread: the authors' code",
    )  # fmt: skip
    t: float = real(
        4.0, 0.5, 20.0, step=0.5, title="T", help="Temperature", when=("temperature", (FIXED,)),
        source="the authors' code, for plain distillation",
    )  # fmt: skip
    squared: bool = flag(
        False, title="Times T²", help="Multiply the divergence by T², as Hinton et al. do",
        when=("temperature", (FIXED,)),
    )  # fmt: skip
    gamma: float = real(0.1, 0.0, 1.0, step=0.05, help="Weight of the cross-entropy",
                        source="the authors' code")  # fmt: skip
    alpha: float = real(0.9, 0.0, 10.0, step=0.05, help="Weight of the divergence",
                        source="the authors' code")  # fmt: skip
    share: float = real(
        1.0, 0.0, 1.0, title="Share that stays mixed",
        help="Share of each batch that stays mixed, where the run mixes", source="0.1: the code",
    )  # fmt: skip
    count: str = choice(
        "exact", "as released", title="How they are counted", help="Exactly that share, or as the "
        "released code draws it: of 64 pictures 41 % where 10 % are meant",
    )  # fmt: skip

    def build(self, setting: Setting) -> Players:
        """The teacher alone."""
        return Players(teachers={"teacher": setting.find_teacher(self)})

    def compute_losses(self, moment: Moment) -> Losses:
        """Both terms, of the mix that teacher and student see."""
        plan, x = moment.draw_plan(), moment.batch.x
        if plan is not None:
            random = moment.rng.stage("partial")
            mixed = draw_mixed(len(x), self.share, random, self.count)
            plan = plan if mixed.all() else leave_whole(plan, moment.batch, mixed)
        logits, plan = moment.forward(plan)
        with torch.no_grad():
            seen = x if plan is None else plan.apply(x)
            known = moment.predict(seen, moment.players["teacher"])
        target = moment.target(plan)
        loss = distill(
            logits, known, target, gamma=self.gamma, alpha=self.alpha, squared=self.squared,
            temperature=self._divisor,
        )  # fmt: skip
        agreement = (logits.detach().argmax(1) == known.argmax(1)).float().mean()
        return Losses(loss._asdict(), logits, target, plan, {"agreement": agreement})

    @property
    def _divisor(self) -> float | None:
        """What logits are divided by; None for their own spread."""
        return self.t if self.temperature == FIXED else None

    def draw_sheet(
        self, setting: Setting, players: Players, history: Sequence[Mapping[str, float]]
    ) -> Sheet:
        """Both networks on the path from one test picture to another."""
        return _draw_path(setting, players["teacher"], self._divisor)


def _draw_path(setting: Setting, teacher: torch.nn.Module, divisor: float | None) -> Sheet:
    """How unsure teacher and student are between two pictures, and how far apart."""
    x = setting.test.x[:LOOKED].to(setting.device).float().div(255)
    lams = np.linspace(0, 1, 9)
    entropies, apart, agree = [], [], 0.0
    partner = torch.from_numpy(np.random.default_rng(SEED).permutation(len(x))).to(x.device)
    with torch.no_grad(), hold_still(setting.model):
        for lam in lams.tolist():
            mix = lam * x + (1 - lam) * x[partner]
            logits = [net(mix).float() for net in (teacher, setting.model)]
            p = [soften(z, divisor).softmax(1) for z in logits]
            entropies.append([float(torch.special.entr(one).sum(1).mean()) for one in p])
            apart.append(float(diverge(logits[1], logits[0], divisor).mean()))
        agree = float((logits[0].argmax(1) == logits[1].argmax(1)).float().mean())
    known, own = zip(*entropies, strict=True)
    return Sheet(
        f"Half-way between two test pictures the teacher is *{known[4]:.2f}*{{a}} nats unsure and "
        f"the student *{own[4]:.2f}*{{b}}; they are *{apart[4]:.2f}*{{ink}} apart.",
        Number(agree, f"{agree:.1%}", f"of {len(x)} test pictures are answered as the teacher "
               "answers them"),
        (
            Curve(
                title="On the path from B to A",
                caption=f"Softened as the loss does it; means over {len(x)} pairs of pictures.",
                lines=(
                    Line(lams, known, "teacher's entropy", "a"),
                    Line(lams, own, "student's entropy", "b"),
                    Line(lams, apart, "divergence", "ink", dashed=True),
                ),
                points=(Points([[lams[4], apart[4]]], color="ink", size=4.0),),
                x="lam, share of A", y="nats", x_range=(0.0, 1.0),
            ),
        ),
    )  # fmt: skip
