"""Mismatch of a label: how far it is from what can be seen, in numbers and words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from app.link.states import TRUTHS
from app.mixes.bars import Bar
from app.mixes.text import LETTERS, Facts, format_percent, format_share, join_names
from app.mixes.usual import Usual, rate_mismatch, usual_html

OWN, PIXELS = TRUTHS
# Why a label and its judge agree by construction.
OWN_MAP = "made from this map: it agrees with itself"
OWN_MODEL = "made by the attention of this very model: it partly agrees with itself"
ALONE = "only one object is in the picture: its label agrees with any map"
BLEND = "a blend shows the same share of everything: it agrees with any map"
EVEN = "even evidence is area: it agrees with every label by area"


@dataclass(frozen=True)
class Measure:
    """Visible shares of the photos of a mix, by one kind of evidence.

    name     what the evidence is called in the link
    title    and in full
    made     by which model, at which layer, on which scale
    visible  the share of each photo's own evidence that is in sight
    worth    what each label would be worth by it; empty where nothing is in sight
    digest   of all that made it, to tell it from others of the same name
    """

    name: str
    title: str
    made: str
    visible: tuple[float, ...]
    worth: tuple[float, ...]
    digest: str = ""


@dataclass(frozen=True)
class Judgement:
    """A label beside what is in sight.

    chosen    by the evidence that was asked for, or None and `why` it cannot be had
    others    by every other kind of evidence that is at hand
    exact     question -> by the exact masks, where all photos are scenes
    truth     which of the questions is asked, one of app.link.states.TRUTHS
    judge     the measure that judges: the exact one where it is known, else the chosen one, never
              another; None where there is none
    made      whether the label was made from the chosen evidence
    agrees    why label and judge agree by construction, so that the mismatch ranks nothing; or ""
    said      the model's probabilities of the mix for each photo's class, rescaled to sum to 1
    classes   those classes, or why there are none
    mismatch  between the label and the measure that judges; None where there is none
    usual     what is usual for its method by this judge, where that is known
    """

    chosen: Measure | None
    why: str
    others: tuple[Measure, ...]
    exact: Mapping[str, Measure]
    truth: str
    judge: Measure | None
    made: bool
    said: tuple[float, ...]
    classes: str
    mismatch: float | None
    agrees: str = ""
    usual: Usual | None = None


def describe_verdict(
    judged: Judgement, facts: Facts, names: Sequence[str]
) -> tuple[str, str, str] | None:
    """Three sentences of HTML, the first two about the photo whose label says too much.

    What the label says and what it would be by what is left to see: their difference is the
    mismatch of two photos. Then how much of each photo is left. None without a mismatch.
    """
    judge = judged.judge
    if judge is None or judged.mismatch is None:
        return None
    total = sum(facts.weights)
    shares = [w / total for w in facts.weights]
    gaps = [round(w - t, 4) for w, t in zip(shares, judge.worth, strict=True)]
    i = gaps.index(max(gaps))
    # Where weights do not sum to 1, one says nothing of the others.
    if abs(total - 1) < 0.005:
        label, it = _said(i, facts.weights[i], names[i]), "it"
    else:
        every = [_said(k, w, names[k]) for k, w in enumerate(facts.weights)]
        label = f"{join_names(every)}: {_said(i, shares[i])} of it for {_the(names[i])}"
        it = "that"
    says, would = format_percent(shares[i]), format_percent(judge.worth[i])
    too = ", too" if says == would else ""
    left = [
        f"<span>{format_percent(s)} %</span> of {_the(name)}"
        for s, name in zip(judge.visible, names, strict=True)
    ]
    return (
        f"The label says {label}.",
        f"By what is left to see {it} would be <span>{would} %</span>{too}.",
        f"Left to see: {join_names(left)}.",
    )


def _said(i: int, weight: float, name: str = "") -> str:
    share = f"<span>{format_percent(weight)} %</span>\N{NO-BREAK SPACE}{escape(name)}".strip()
    return f"<em class={LETTERS[i]}>{share}</em>"


def _the(name: str) -> str:
    """A name in the middle of a sentence; one that is written large needs no article."""
    return escape(name) if name[:1].isupper() or name.startswith("your ") else f"the {escape(name)}"


def number_html(judged: Judgement) -> str:
    """The mismatch, large, and what it is; or why there is none."""
    if judged.judge is None:
        return f'<p class="no-mismatch" role="status">{escape(judged.why)}</p>'
    if judged.mismatch is None:
        return (
            '<p class="no-mismatch" role="status">Nothing of any object is left to see, so there '
            "is no mismatch to give.</p>"
        )
    sees = "the objects left to see" if judged.exact else "what the model sees"
    if not judged.exact and not judged.judge.made:
        sees = "the evidence left to see"
    how = f"; {judged.agrees}" if judged.agrees else ", 0 is perfect"
    usual = None if judged.agrees else judged.usual
    tone = rate_mismatch(judged.mismatch, usual) if usual else "usual"
    k = len(judged.judge.visible)
    over = f", over all {k} photos" if k > 2 else ""
    mark = f'<p class="usual">{usual_html(judged.mismatch, usual)}</p>' if usual else ""
    return (
        f'<p class="mismatch" data-tone="{tone}"><b>{judged.mismatch:.2f}</b>'
        f"<span>mismatch between the label and {sees}{over}{escape(how)}</span></p>{mark}"
    )


def describe_judge(judged: Judgement) -> str:
    """Which evidence judges, in one sentence."""
    if judged.exact:
        return (
            "Judged by the scenes' exact masks: the share of its own object that each still shows."
            if judged.truth == OWN
            else "Judged by the scenes' exact masks: whose object pixels are in the mix."
        )
    if judged.judge is None:
        return ""
    # What made the map says its scale, too.
    made, title = judged.judge.made, _lower(judged.judge.title).partition(",")[0]
    how = f"Judged by {title} ({made})." if made else f"Judged by {title}."
    return f"{how} {_upper(judged.agrees)}." if judged.agrees else how


def list_bars(judged: Judgement) -> list[Bar]:
    """What each label would be worth by the exact masks, the evidence, and to the model."""
    exact = [_bar(measure, "", f"Exact: {truth}") for truth, measure in judged.exact.items()]
    chosen = _bar(judged.chosen, judged.why)
    if judged.made and judged.chosen:
        chosen = replace(chosen, title=f"{chosen.title}; it made the label")
    title = "Lite0's prediction, a classifier's guess"
    said = Bar(title, judged.said, "" if judged.said else judged.classes)
    return [*exact, chosen, said]


def more_bars(judged: Judgement) -> list[Bar]:
    """The same by every other kind of evidence at hand, in few words."""
    return [_bar(measure, "", _upper(measure.name)) for measure in judged.others]


def _bar(measure: Measure | None, why: str, title: str = "") -> Bar:
    if measure is None:
        return Bar("By what a model sees", (), "no model" if why.startswith("No model") else "none")
    return Bar(title or f"By {_lower(measure.title)}", measure.worth, "nothing is left to see")


def _upper(name: str) -> str:
    return name[:1].upper() + name[1:].replace(" x ", " × ")


def _lower(title: str) -> str:
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def describe_left(measure: Measure, names: Sequence[str]) -> str:
    """How much of each photo's evidence is in sight, as one sentence."""
    parts = [
        f"{format_share(round(s, 2))} of {name}"
        for s, name in zip(measure.visible, names, strict=True)
    ]
    return f"Left to see: {', '.join(parts)}."
