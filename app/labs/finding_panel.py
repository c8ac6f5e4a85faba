"""Does it hold? The stored finding: a guess first, then arms with intervals, and verdicts."""

from __future__ import annotations

from html import escape

import streamlit as st

from app.labs import text
from mixcore.findings import records
from mixcore.findings.claims import Rows
from mixcore.findings.records import Finding
from mixcore.labs import LabCard

SKIP, USUAL = "Show me", "the lab’s own data"


def show(card: LabCard) -> None:
    """Ask for a guess, or show what was found."""
    st.html('<h3 class="cap">Does it hold?</h3>')
    finding = records.load_finding(card.key)
    if finding is None:
        st.html('<p class="note">This experiment has not been run for the record yet.</p>')
        return
    guess = st.session_state.get(f"lab-guess-{card.key}")
    if guess is None:
        _ask(card)
        return
    leading = next(iter(card.metrics))
    if guess != SKIP:
        st.html(f'<p class="note">You guessed {guess}.</p>')
    metric = leading
    if len(card.metrics) > 1:
        metric = st.selectbox(
            "Measure", [*card.metrics], format_func=lambda name: card.metrics[name],
            key=f"lab-metric-{card.key}",
        )  # fmt: skip
    else:
        st.html(f'<p class="note">{card.metrics[leading]}</p>')
    finding = _choose_finding(card, finding)
    st.html(text.dots_html(card, finding.rows, metric))
    _judge(card, finding)


def _choose_finding(card: LabCard, usual: Finding) -> Finding:
    """The finding on what the reader chooses, where the experiment was run on more than one."""
    others = records.list_others(card.key)
    if not others:
        return usual
    chosen = st.segmented_control(
        "Run on", (USUAL, *others), default=USUAL, required=True, key=f"lab-on-{card.key}"
    )
    if chosen == USUAL:
        return usual
    return records.load_finding(f"{card.key}{records.APART}{chosen}") or usual


def list_open_rows(card: LabCard) -> Rows:
    """The rows of the finding once the reader has guessed; none before."""
    finding = records.load_finding(card.key)
    guessed = st.session_state.get(f"lab-guess-{card.key}") is not None
    return finding.rows if finding and guessed else ()


def _ask(card: LabCard) -> None:
    """One click before the answer is seen; it can be skipped."""
    leading = next(iter(card.metrics.values()))
    st.html(f'<p class="lab-guess">Which does best? <small>{leading}</small></p>')
    with st.container(key="lab-guess", horizontal=True, gap="small"):
        for number, arm in enumerate((*card.arms, SKIP)):
            st.button(
                arm, key=f"guess-{number}", on_click=_keep_guess, args=(card.key, arm),
                type="tertiary" if arm == SKIP else "secondary",
            )  # fmt: skip


def _keep_guess(key: str, arm: str) -> None:
    st.session_state[f"lab-guess-{key}"] = arm


def _judge(card: LabCard, finding: Finding) -> None:
    judged = finding.judge(card.claims)
    lines = "".join(text.verdict_html(claim, verdict) for claim, verdict in judged)
    st.html(f'<ul class="lab-claims">{lines}</ul>' + text.says_html(card))
    if finding.note:
        st.html(f'<p class="note">{escape(finding.note)}</p>')
    n, took = len(finding.seeds), finding.seconds
    cores = "one core" if finding.cores == 1 else f"{finding.cores} cores"
    st.html(
        f'<p class="note">We found: n = {n} seeds of each arm, paired t-intervals at 95 %, run on '
        f"{finding.day} in {took:.0f} s on {cores}, torch "
        f"{finding.versions.get('torch', '?')}. Claims, measures and seeds were "
        "committed before it was run for the record.</p>"
    )
    st.code(finding.command, language="bash", wrap_lines=True)
