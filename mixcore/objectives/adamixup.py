"""AdaMixUp: a policy learns which lam are safe for a pair, beside a head that knows mixes.

Guo, Mao, Zhang, "MixUp as Locally Linear Out-Of-Manifold Regularization", AAAI 2019. As released:
half of a batch is mixed, the other half is real and unseen by the policy; cross-entropy is over
both; the head shares the classifier's features and sees mixes, the unseen half and the pictures
that are mixed; all networks minimize the one sum, and no sign is turned. All pictures go through
the model in one pass, so that norms treat real ones and mixes alike. Testing uses the classifier
only.

Where this differs: the policy is a small network of its own whatever the classifier is, and reads
both pictures; the released one has the classifier's body and reads a blend under random noise
(gate "noise"). More than two pictures a mix, which the paper allows, are not in its code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mixcore.last_layer import find_last_layer
from mixcore.losses.intrusion_head import intrusion_loss, measure_head
from mixcore.mixers.lam_policy import (
    LamInterval,
    LamPolicy,
    blend_by_noise,
    draw_noise,
    join_pair,
    make_body,
    mix_by_ratio,
)
from mixcore.moment import Losses, Moment, Players, Setting
from mixcore.objectives import Objective, objective
from mixcore.params import choice, real
from mixcore.sheets.panels import Curve, Heat, Images, Line, Number, Sheet

PAIR, NOISE = "pair", "noise"
CLASSES, EACH = 10, 4  # of what is drawn: classes at most, and pictures of each
STRIPS, SIDE = 3, 96  # pairs that are shown, and pixels of a picture


@objective(
    "AdaMixUp",
    paper="MixUp as Locally Linear Out-Of-Manifold Regularization",
    authors="Guo et al.",
    year=2019,
    summary="Learn for each pair an interval of safe mixing ratios, and tell mixes from real ones.",
    mixes="own",
    losses={"cross_entropy": "Cross-entropy", "intrusion": "Mix or real"},
    readings={
        "alpha": "Lowest lam",
        "width": "Width of lam",
        "head": "Head right",
    },
    cost="Half a batch more in the model's pass, and a small network for the ratios.",
    presets={"As released": {"gate": "noise", "min_width": 0.0, "weight": 1.0}},
    says=(
        "Mixing policies are learned from the data by an additional network and an objective that "
        "avoids manifold intrusion (abstract).",
        "AdaMixUp improves upon MixUp with classifiers of its day (abstract).",
    ),
)
class AdaMixUp(Objective):
    """CE(mixes and real ones) + weight * BCE(real or mixed), by model, policy and head together."""

    weight: float = real(
        1.0, 0.0, 5.0, step=0.1, help="Weight of telling mixes from real pictures",
        source="the authors' code",
    )  # fmt: skip
    min_width: float = real(
        0.0, 0.0, 0.5, help="Least width of an interval: without one it may shrink to a point, at "
        "which nothing is mixed", title="Least width", source="ours; the paper has none",
    )  # fmt: skip
    gate: str = choice(
        PAIR, NOISE, help="What the policy reads: both pictures, or as released a blend of them "
        "under random noise",
        titles={PAIR: "Both pictures", NOISE: "A noisy blend, as released"}, source="ours",
    )  # fmt: skip
    policy_lr: float = real(
        1e-3, 1e-5, 1e-1, log=True, help="Highest learning rate of policy and head", source="ours",
        title="Policy's learning rate",
    )  # fmt: skip

    def build(self, setting: Setting) -> Players:
        """Policy and head, each with an Adam of its own."""
        channels = setting.shape[0] * (2 if self.gate == PAIR else 1)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(setting.seed)
            networks: dict[str, nn.Module] = {
                "policy": LamPolicy(make_body(channels), floor=self.min_width),
                "head": nn.Linear(find_last_layer(setting.model).in_features, 1),
            }
        networks = {name: network.to(setting.device) for name, network in networks.items()}
        optimizers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.Adam(network.parameters(), self.policy_lr)
            for name, network in networks.items()
        }
        return Players(networks, optimizers, scheduled=True)

    def compute_losses(self, moment: Moment) -> Losses:
        """Of the mixed first half of the batch and of its second half, which stays real."""
        x, target, half = moment.batch.x, moment.target(None), len(moment.batch.x) // 2
        draws = moment.rng
        index = torch.from_numpy(draws.stage("pair").permutation(half)).to(x.device)
        u = torch.from_numpy(draws.stage("lam").random(half).astype(np.float32)).to(x.device)
        one, other = x[:half], x[:half][index]
        noise = self._draw_noise(one, int(draws.stage("noise").integers(2**62)))
        interval = self._find_interval(moment.players, one, other, noise)
        lam = interval.draw(u)
        mixed = mix_by_ratio(one, other, lam)
        labels = mix_by_ratio(target[:half], target[:half][index], lam)
        with moment.watch_features() as features:
            logits = moment.predict(torch.cat([mixed, x[half:], one]))[: len(x)]
        judged = moment.players["head"](features[0].flatten(1).float())[:, 0]
        wanted = torch.cat([labels, target[half:]])
        return Losses(
            {
                "cross_entropy": F.cross_entropy(logits, wanted),
                "intrusion": self.weight * intrusion_loss(judged[half:], judged[:half]),
            },
            logits, wanted.detach(), joint=("policy", "head"),
            readings={
                "alpha": interval.alpha.detach().mean(), "width": interval.width.detach().mean(),
                "head": measure_head(judged[half:], judged[:half]),
            },
        )  # fmt: skip

    def _find_interval(
        self, players: Players, one: Tensor, other: Tensor, noise: Tensor | None
    ) -> LamInterval:
        if noise is None:
            found: LamInterval = players["policy"](join_pair(one, other))
        else:
            found = players["policy"](blend_by_noise(one, other, noise))
        return found

    def _draw_noise(self, x: Tensor, seed: int) -> Tensor | None:
        if self.gate == PAIR:
            return None
        return draw_noise(tuple(x.shape), torch.Generator("cpu").manual_seed(seed)).to(x.device)

    def draw_sheet(
        self, setting: Setting, players: Players, history: Sequence[Mapping[str, float]]
    ) -> Sheet:
        """Mixes at both ends of their intervals, width over steps, and width by pair of classes."""
        widths = self.measure_pairs(setting, players)
        mean = float(np.nanmean(widths))
        state = "has collapsed: hardly a ratio is left" if mean < 0.05 else (
            "has opened to all ratios" if mean > 0.95 else "leaves some of the ratios"
        )  # fmt: skip
        names = setting.class_names[: len(widths)]
        return Sheet(
            f"The policy *{state}*{{b}}.",
            Number(mean, f"{mean:.2f}", "wide is the interval of lam, mean over classes", "b"),
            (
                self._show_ends(setting, players),
                self._draw_curve(history),
                Heat(
                    title="Width by pair of classes",
                    caption=f"A down, B across, test pictures of {', '.join(names)}.",
                    values=np.nan_to_num(widths), low=0.0, high=1.0, x="B", y="A",
                ),
            ),
            (f"lam = alpha + u · width, u uniform; the least width is {self.min_width:g}",),
        )  # fmt: skip

    @torch.no_grad()
    def measure_pairs(self, setting: Setting, players: Players) -> np.ndarray:
        """Mean width (k, k) for a few test pictures of each of the first classes; NaN of none."""
        x, y = setting.test.floats(), setting.test.y.cpu().numpy()
        k = min(CLASSES, setting.k)
        rows = [np.flatnonzero(y == label)[:EACH] for label in range(k)]
        found = np.full((k, k), np.nan)
        for a in range(k):
            pairs = [(i, j) for b in range(k) for i, j in zip(rows[a], rows[b][::-1], strict=False)]
            if not pairs:
                continue
            one, other = (x[[pair[side] for pair in pairs]].to(setting.device) for side in (0, 1))
            interval = self._find_interval(players, one, other, self._draw_noise(one, 0))
            labels = y[[pair[1] for pair in pairs]]
            width = interval.width.cpu().numpy()
            for b in np.unique(labels):
                found[a, b] = width[labels == b].mean()
        return found

    @torch.no_grad()
    def _show_ends(self, setting: Setting, players: Players) -> Images:
        """Pairs of training pictures, mixed at both ends of their intervals."""
        x = setting.shown.x
        one, other = x[:STRIPS], x.roll(1, 0)[:STRIPS]
        interval = self._find_interval(players, one, other, self._draw_noise(one, 0))
        ends = interval.alpha + interval.width, interval.alpha
        images, captions = [], []
        for i in range(len(one)):
            images += [_show(one[i]), _show(other[i])]
            captions += ["A", "B"]
            for lam in ends:
                images.append(_show(mix_by_ratio(one, other, lam)[i]))
                captions.append(f"lam {float(lam[i]):.2f}")
        return Images(
            title="Pairs, and their mixes at both ends of what the policy allows",
            images=tuple(images), captions=tuple(captions),
            frames=("a", "b", "ink", "ink") * len(one), smooth=False,
        )  # fmt: skip

    def _draw_curve(self, history: Sequence[Mapping[str, float]]) -> Curve:
        steps = [row["step"] for row in history]
        end = [min(steps, default=0), max(steps, default=1)]
        lines = [
            Line(steps, [row[name] for row in history], title, color)
            for name, title, color in (
                ("width", "width", "b"), ("alpha", "lowest lam", "a"), ("head", "head right", "c"),
            )
        ]  # fmt: skip
        floor = Line(end, [self.min_width] * 2, "least width", "mute", dashed=True, width=1)
        return Curve(
            title="The policy over training",
            caption="A width of 0 is a fixed ratio; a head at a half can't tell mixes from real.",
            lines=(*lines, floor), x="step", y="lam", y_range=(0.0, 1.02),
        )  # fmt: skip


def _show(x: Tensor) -> np.ndarray:
    """A picture (c, h, w) as uint8 (h', w') or (h', w', 3), enlarged by whole pixels."""
    levels = (x.detach().float().cpu().clamp(0, 1) * 255).round().byte().movedim(0, 2).numpy()
    times = max(1, SIDE // max(levels.shape[:2]))
    big = levels.repeat(times, 0).repeat(times, 1)
    return big if big.shape[2] == 3 else big[..., 0]
