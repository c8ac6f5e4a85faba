"""VisibleMix: CutMix, labelled by how much of each picture's own object is still visible.

This is a proposal of MixScope, not a published method. What a label should say is which share of
its own object is left: with s the share of a clean picture's evidence that is still in sight,
w_A = s_A / (s_A + s_B). The evidence is the class token's attention in the clean picture, by a
model whose token joins late, minus its mean (Batch.evidence["attention"]); alone, or times the CAM
of the class (Batch.evidence["cam"], also minus its mean), the geometric mean of both. Unlike
TransMix it looks at the clean pictures: the mix does not show what was covered.

Measured with the bundled model (its card has intervals): on 1,200 pairs of composites with exact
masks the mean error against the true visible share was .045, times CAM of the true class .034, by
area .227, by attention of the mix alone with the same model .115. On 700 pairs of real photos with
boxes it was .100 and .101 against .181, no better than CAM alone; attention follows whatever is
busiest. Whether training gets better was not measured.
"""

from mixcore import label, pair, ratio, region
from mixcore.account import AREA, Account, pair_term
from mixcore.batch import Batch
from mixcore.evidence.map import Evidence
from mixcore.evidence.used_maps import LABEL, use_clean
from mixcore.params import choice, flag, shape
from mixcore.plan import Plan
from mixcore.regions.shapes import Box
from mixcore.registry import Method, method
from mixcore.rng import Rng


@method(
    "VisibleMix",
    family="Paste",
    paper="A proposal of MixScope's own, not published",
    authors="MixScope",
    year=2026,
    summary="A box of B replaces the same box of A; the label is what is left to see of each.",
    look="Cover A's object with the box: its label goes, however much of A's background is left.",
    given=("index", "lam", "box"),
    needs=("attention",),
    label_by=("attention", "cam"),
    presets={
        "Attention alone": {"evidence": "attention"},
        "Attention times CAM": {"evidence": "attention x CAM"},
    },
    says=(
        "1,200 pairs of composites with exact masks: mean error of the weight .045, times CAM of "
        "the true class .034, by area .227 (MixScope's own tables, in assets/evidence).",
        "700 pairs of real photos with boxes: .100, times CAM .101, by area .181 "
        "(MixScope's own tables, in assets/evidence).",
    ),
    exemptions={
        "brightness": "labels follow the visible share of each picture's evidence, not the area",
    },
)
class VisibleMix(Method):
    alpha: float = shape(1.0, help="Shape of Beta(alpha, alpha), as in CutMix")
    evidence: str = choice(
        "attention", "attention x CAM", help="What says where an object is",
        source="MixScope's measurement",
    )  # fmt: skip
    minus_mean: bool = flag(
        True, help="Subtract each map's mean first: only what stands out counts",
        source="MixScope's measurement",
    )  # fmt: skip

    def reads(self) -> tuple[str, ...]:
        return ("attention",) if self.evidence == "attention" else ("attention", "cam")

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        index = pair.shuffle_batch(batch, rng)
        lam = ratio.draw_beta(batch, self.alpha, rng)
        box = region.draw_box(batch, (1 - lam) ** 0.5, rng)
        drawn = None if "box" in batch.given else lam
        return self.weigh(Plan(index, box, lam=drawn), batch)

    def weigh(self, plan: Plan, batch: Batch) -> Plan:
        """The same mix, weighed by the visible share of each picture's own evidence."""
        assert isinstance(plan.region, Box)
        values = self._evidence(batch).values
        s_a = 1 - label.share_inside_box(values, plan.region)
        s_b = label.share_inside_box(values[plan.index.to(values.device)], plan.region)
        blind = s_a + s_b <= 0  # nothing in sight of either
        title = self.title()
        left = f"{title} in sight"
        terms = (
            pair_term(left, s_a, s_b, ~blind),
            pair_term(AREA, plan.area.numpy(), weight=blind),
        )
        maps = (
            use_clean(title, self.evidence, values, LABEL, plan.region, term=left),
            use_clean(title, self.evidence, values, LABEL, plan.region, plan.index, term=left),
        )
        return plan.with_account(Account(terms, maps, normalized=~blind))

    def title(self) -> str:
        """What its map is, in a few words."""
        maps = self.evidence.replace(" x ", " × ")
        return f"{maps} minus mean" if self.minus_mean else maps

    def _evidence(self, batch: Batch) -> Evidence:
        attention = self._read(batch, "attention")
        if self.evidence == "attention":
            return attention
        return attention.times(self._read(batch, "cam"))

    def _read(self, batch: Batch, name: str) -> Evidence:
        found = Evidence(batch.evidence[name].detach().cpu().double(), name)
        return found.minus_mean() if self.minus_mean else found

    def lam_law(self) -> tuple[float, float]:
        return self.alpha, self.alpha
