"""How far a label is from what can be seen, as numbers and in plain words. Pure: no Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from app.bars import Bar
from app.state import TRUTHS
from app.words import LETTERS, Facts, percent, short

OWN, PIXELS = TRUTHS


@dataclass(frozen=True)
class Measure:
    """What is in sight of each photo of a mix, by one kind of evidence.

    title    what the evidence is called
    made     by which model, at which layer, on which scale
    visible  the share of each photo's own evidence that is in sight
    worth    what each label would be worth by it; empty where nothing is in sight
    """

    title: str
    made: str
    visible: tuple[float, ...]
    worth: tuple[float, ...]


@dataclass(frozen=True)
class Judged:
    """A label beside what is in sight.

    chosen    by the evidence that was asked for, or None and `why` it cannot be had
    exact     by the exact masks, where all photos are scenes; it judges where it is known
    truth     which question the exact masks answer, one of app.state.TRUTHS
    said      the model's probabilities of the mix for each photo's class, rescaled to sum to 1
    classes   those classes, or why there are none
    mismatch  between the label and the measure that judges; None where there is none
    """

    chosen: Measure | None
    why: str
    exact: Measure | None
    truth: str
    said: tuple[float, ...]
    classes: str
    mismatch: float | None

    @property
    def judge(self) -> Measure | None:
        return self.exact or self.chosen


def verdict(judged: Judged, facts: Facts, names: Sequence[str]) -> tuple[str, str] | None:
    """Two sentences of HTML on the photo whose label says too much; None without a mismatch."""
    judge = judged.judge
    if judge is None or judged.mismatch is None:
        return None
    gaps = [round(w - t, 4) for w, t in zip(facts.weights, judge.worth, strict=True)]
    i = gaps.index(max(gaps))
    said = f"<span>{percent(facts.weights[i])} %</span>\N{NO-BREAK SPACE}{escape(names[i])}"
    # More may be left of a photo than its label says, and more still of the others.
    if round(judge.visible[i], 4) > round(facts.weights[i], 4):
        left = f"By what is left to see, it would be <span>{percent(judge.worth[i])} %</span>."
    else:
        left = f"<span>{percent(judge.visible[i])} %</span> of {_the(names[i])} is left."
    return f"The label says <em class={LETTERS[i]}>{said}</em>.", left


def _the(name: str) -> str:
    """A name in the middle of a sentence; one that is written large needs no article."""
    return escape(name) if name[:1].isupper() or name.startswith("your ") else f"the {escape(name)}"


def number_html(judged: Judged) -> str:
    """The mismatch, large, and what it is; or why there is none."""
    if judged.judge is None:
        return f'<p class="no-mismatch" role="status">{escape(judged.why)}</p>'
    if judged.mismatch is None:
        return (
            '<p class="no-mismatch" role="status">Nothing of any object is left to see, so there '
            "is no mismatch to give.</p>"
        )
    sees = "the objects left to see" if judged.exact else "what the model sees"
    if judged.exact is None and judged.chosen and not judged.chosen.made:
        sees = "the evidence left to see"
    return (
        f'<p class="mismatch"><b>{judged.mismatch:.2f}</b>'
        f"<span>mismatch between the label and {sees}, 0 is perfect</span></p>"
    )


def by(judged: Judged) -> str:
    """Which evidence judges, in one sentence."""
    if judged.exact:
        return (
            "Judged by the scenes' exact masks: the share of its own object that each still shows."
            if judged.truth == OWN
            else "Judged by the scenes' exact masks: whose object pixels are in the mix."
        )
    if judged.chosen is None:
        return ""
    # What made the map says its scale, too.
    made, title = judged.chosen.made, _lower(judged.chosen.title)
    return f"Judged by {title.partition(',')[0]} ({made})." if made else f"Judged by {title}."


def bars(judged: Judged) -> list[Bar]:
    """What each label would be worth by the evidence, by the exact masks, and to the model."""
    rows = [_bar(judged.chosen, judged.why)]
    if judged.exact:
        rows.append(_bar(judged.exact, "", f"Exact: {judged.truth}"))
    title = "Lite0's prediction"
    rows.append(Bar(title, judged.said, "" if judged.said else judged.classes))
    return rows


def _bar(measure: Measure | None, why: str, title: str = "") -> Bar:
    if measure is None:
        return Bar("By what a model sees", (), "no model" if why.startswith("No model") else "none")
    return Bar(title or f"By {_lower(measure.title)}", measure.worth, "nothing is left to see")


def _lower(title: str) -> str:
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def left(measure: Measure, names: Sequence[str]) -> str:
    """How much of each photo's evidence is in sight, as one sentence."""
    parts = [
        f"{short(round(s, 2))} of {name}" for s, name in zip(measure.visible, names, strict=True)
    ]
    return f"Left to see: {', '.join(parts)}."
