"""RankMixup: pictures are learned, and mixes of them only have to be less sure, in order.

Paper: Noh, Park, Lee and Ham, "RankMixup: Ranking-based mixup training for network calibration",
ICCV 2023; the formulas and what the released code does otherwise are in mixcore.losses.rank_mixup.
One thing more: there mixes enter the running means of the model's norms as clean pictures do. Here
they leave them alone, as clean pictures are what is judged, and there may be five passes of mixes
for one of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mixcore.calibration.bins import reliability
from mixcore.calibration.outcomes import Outcomes
from mixcore.losses.rank_mixup import count_violations, find_relevance, margin_ranking, ndcg_loss
from mixcore.mixed_predictions import predict_mixes
from mixcore.moment import Losses, Moment, Players, Setting, leave_running_means
from mixcore.objectives import Objective, objective
from mixcore.params import choice, flag, integer, real
from mixcore.plan import Plan
from mixcore.sheets.panels import Curve, Line, Links, Number, Points, Sheet

SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)  # of A, at which test pictures are asked about
ASKED, DRAWN, BINS = 200, 16, 10  # test pictures, of which so many are drawn one by one


@objective(
    "RankMixup",
    paper="RankMixup: Ranking-Based Mixup Training for Network Calibration",
    authors="Noh et al.",
    year=2023,
    summary="Name clean pictures, and be surer of them than of their mixes, the clearer the surer.",
    mixes="needed",
    sources=2,
    losses={"clean": "Cross-entropy, clean", "ranking": "Ranking term"},
    readings={"violations": "Pairs of versions in the wrong order"},
    cost="A pass for the pictures and one for each mix: four times the time of plain Mixup with "
    "three mixes; M-NDCG keeps all of them in memory at once, MRL two.",
    presets={
        "MRL, CIFAR-10": {"loss": "MRL", "margin": 2.0, "count": 1},
        "MRL, Tiny-ImageNet": {"loss": "MRL", "margin": 1.0, "count": 1},
        "M-NDCG": {"loss": "M-NDCG", "count": 3},
    },
    says=(
        "MRL asks for less confidence in mixes than in pictures, M-NDCG for confidences in the "
        "order of the mixing coefficients; both are shown to calibrate networks (abstract).",
    ),
)
class RankMixup(Objective):
    """CE(clean) + weight * MRL or M-NDCG over a picture and its mixes."""

    loss: str = choice(
        "M-NDCG", "MRL", title="Ranking loss",
        help="M-NDCG: the order of all of a group; MRL: each mix below its picture",
    )  # fmt: skip
    weight: float = real(
        0.1, 0.0, 1.0, step=0.01, help="Weight of the ranking term", source="the authors' code"
    )
    count: int = integer(
        3, 1, 5, title="Mixes", help="Mixes of each picture; each costs a pass",
        source="the authors' code",
    )  # fmt: skip
    margin: float = real(
        2.0, 0.0, 5.0, when=("loss", ("MRL",)), source="the authors' code, for CIFAR",
        help="Logits that MRL wants between a picture and its mix",
    )  # fmt: skip
    as_released: bool = flag(
        False, title="As released", when=("loss", ("MRL",)),
        help="Multiply the means of mask and hinge, as the authors' code comes to do, instead of "
        "leaving pairs of one class out",
    )  # fmt: skip

    def compute_losses(self, moment: Moment) -> Losses:
        """Of the clean batch alone where the run does not mix now."""
        plans = [moment.draw_plan(i) for i in range(self.count)]
        clean, target = moment.predict(moment.batch.x), moment.target(None)
        terms = {"clean": F.cross_entropy(clean, target)}
        group = [plan for plan in plans if isinstance(plan, Plan)]
        if not group:
            return Losses(terms, clean, target)
        rank = self._walk_margins if self.loss == "MRL" else self._rank_group
        terms["ranking"], confidence, relevance = rank(moment, clean, group)
        sure = torch.stack([clean.detach().softmax(1).amax(1), *confidence])
        whole = torch.stack([torch.ones_like(relevance[0]), *relevance])
        violations = count_violations(sure, whole).mean()
        return Losses(terms, clean, target, group[0], {"violations": violations})

    def _rank_group(
        self, moment: Moment, clean: Tensor, plans: Sequence[Plan]
    ) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """M-NDCG needs every mix at once; confidence and relevance (b,) of each come with it."""
        logits, relevance = [], []
        for plan in plans:
            mixed, seen = _forward_mix(moment, plan)
            logits.append(mixed)
            relevance.append(_find_relevance(moment, seen))
        term = self.weight * ndcg_loss(clean, torch.stack(logits), torch.stack(relevance))
        return term, [one.detach().softmax(1).amax(1) for one in logits], relevance

    def _walk_margins(
        self, moment: Moment, clean: Tensor, plans: Sequence[Plan]
    ) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """MRL is a sum over mixes: each is done with before the next is made.

        What they ask of the clean pictures is gathered at a copy of their logits, and handed on by
        a term of the value of all and of that slope.
        """
        ends = clean.detach().requires_grad_()
        total, confidence, relevance = torch.zeros_like(clean[0, 0]), [], []
        for plan in plans:
            mixed, seen = _forward_mix(moment, plan)
            clear = _find_relevance(moment, seen)
            term = margin_ranking(
                ends, mixed, clear >= 1, margin=self.margin, as_released=self.as_released
            )
            total = total + moment.walk(self.weight / len(plans) * term)
            confidence.append(mixed.detach().softmax(1).amax(1))
            relevance.append(clear)
        assert ends.grad is not None
        slope = (clean * ends.grad).sum()
        return total.detach() + slope - slope.detach(), confidence, relevance

    def draw_sheet(
        self, setting: Setting, players: Players, history: Sequence[Mapping[str, float]]
    ) -> Sheet:
        """Confidence in test pictures and in their mixes, and whether it is deserved."""
        test = setting.test
        x, y = test.floats()[:ASKED], test.y[:ASKED]
        asked = [predict_mixes(setting.model, x, y, share) for share in SHARES]
        sure = torch.stack([one.confidence for one in asked])
        clear = sure.new_tensor(SHARES)[:, None].expand_as(sure)
        wrong = float(count_violations(sure, clear).mean())
        seen = Outcomes(y.cpu(), logits=asked[0].logits)
        ece = reliability(seen, BINS).ece
        return Sheet(
            f"Of {len(y)} test pictures the model is *{float(sure[0].mean()):.0%}*{{a}} sure, of "
            f"half and half mixes *{float(sure[-1].mean()):.0%}*{{b}}; it is right "
            f"*{float(seen.correct.mean()):.0%}*{{good}} of the time.",
            Number(
                wrong, f"{wrong:.1%}", "of pairs of a picture's versions are in the wrong order",
                "wrong",
            ),
            (_draw_ladders(sure), _draw_reliability(seen, ece)),
        )  # fmt: skip


def _forward_mix(moment: Moment, plan: Plan) -> tuple[Tensor, Plan]:
    with leave_running_means(moment.model):
        logits, seen = moment.forward(plan)
    assert isinstance(seen, Plan)  # as it is of two sources
    return logits, seen


def _find_relevance(moment: Moment, plan: Plan) -> Tensor:
    """How clear each mix is, (b,); 1 for pairs of one class and for what is not mixed."""
    same = moment.y == moment.y[plan.index.to(moment.y.device)]
    w_a, w_b = (w.float().to(same.device) for w in (plan.w_a, plan.w_b))
    return find_relevance(w_a, w_b, same)


def _draw_ladders(sure: Tensor) -> Curve:
    """Confidence over A's share: the mean, and single pictures with what is in the wrong order."""
    share, few = [100 * s for s in SHARES], 100 * sure[:, :DRAWN].numpy()
    links = []
    for i in range(len(share) - 1):
        start = [[share[i], value] for value in few[i]]
        end = [[share[i + 1], value] for value in few[i + 1]]
        up = few[i + 1] > few[i]
        colors = tuple("wrong" if one else "mute" for one in up)
        links.append(Links(start, end, color=colors, strength=[0.8 if one else 0.35 for one in up]))
    mean = 100 * sure.mean(1).numpy()
    return Curve(
        title="Confidence, from clean pictures to half and half",
        caption=f"Blue: the mean. Thin: {few.shape[1]} pictures, red where a mix gains what it "
        "should lose. Dashed: what M-NDCG draws to.",
        lines=(
            Line([50, 100], [50, 100], color="c", dashed=True, width=1.5),
            Line(share[::-1], mean[::-1], "mean", "a", width=3),
        ),
        links=tuple(links), x="A's share, %", y="confidence, %",
        x_range=(49.0, 101.0), y_range=(0.0, 102.0),
    )  # fmt: skip


def _draw_reliability(seen: Outcomes, ece: float) -> Curve:
    bins = reliability(seen, BINS)
    held = bins.count > 0
    at = 100 * torch.stack([bins.confidence[held], bins.accuracy[held]], 1).numpy()
    size = 3 + 9 * (bins.count[held] / bins.count.sum()).sqrt().numpy()
    return Curve(
        title=f"Sure and right, {len(seen)} clean pictures",
        caption=f"Below the line: too sure. Calibration error {ece:.1%}, high by chance of so few.",
        lines=(
            Line([0, 100], [0, 100], color="mute", dashed=True, width=1),
            Line(at[:, 0], at[:, 1], color="a", width=1),
        ),
        points=(Points(at, color="a", size=size),), x="confidence, %", y="right, %",
        x_range=(0.0, 102.0), y_range=(0.0, 102.0),
    )  # fmt: skip
