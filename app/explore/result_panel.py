"""The result: what the mix comes to, in a sentence, in bars, in code and in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from app import widgets
from app.explore import replay_panel
from app.explore.photos_panel import use_scenes
from app.link.states import TRUTHS, YOURS, Keys, State
from app.mixes import mismatch, mixing, visible_shares
from app.mixes.bars import bars_html, list_bars, slim_html
from app.mixes.known_methods import MethodCard
from app.mixes.label_text import account_html
from app.mixes.maps import UnseenError
from app.mixes.mismatch import Judgement
from app.mixes.mixing import Mix
from app.mixes.numbers import list_numbers, table_rows
from app.mixes.photos import CutPhoto
from app.mixes.text import describe_label, describe_remark, said_html

LACKS = "needs to know exactly where the object is and what is behind it; only scenes know that."


def make_mix(
    card: MethodCard, state: State, shots: Sequence[CutPhoto], device: str, keys: Keys
) -> tuple[Mix | None, list[str]]:
    """The mix, or None and why there is none; where other photos would do, the way to them."""
    if mixing.lacks_objects(card, shots):
        st.html(f'<p class="waiting" role="status">{escape(card.info.title)} {LACKS}</p>')
        st.button("Use two scenes", key="use-scenes", on_click=use_scenes, args=(keys, len(shots)))
        return None, []
    try:
        return mixing.make_mix(state, shots, device), []
    except UnseenError as error:
        said = f"{card.info.title} looks at what a model sees in the photos. {error}"
        st.html(f'<p class="waiting" role="status">{escape(said)}</p>')
        return None, []
    except ValueError as error:  # a combination of parameters that the method refuses
        return None, [f"{error} Change it under Parameters; everything else is kept."]


def judge_mix(
    card: MethodCard, state: State, shots: Sequence[CutPhoto], device: str
) -> Judgement | None:
    """The label beside what is in sight; None for a self mix and a mix inside a network."""
    if card.photos == 1 or card.inside:
        return None
    return visible_shares.judge_mix(state, shots, device)


def show_words(
    card: MethodCard,
    mix: Mix,
    found: Judgement | None,
    names: Sequence[str],
    state: State,
    keys: Keys,
) -> None:
    """The sentence and the mismatch first, then the bars, then what to look for."""
    says, holds = describe_label(mix.facts, names)
    told = found and mismatch.describe_verdict(found, mix.facts, names)
    note = " ".join(
        filter(
            None,
            (holds if told and mix.facts.ground else "", escape(describe_remark(mix.facts, names))),
        )
    )
    first, second, *left = told or (says, holds)
    rest = "".join(f'<p class="left">{one}</p>' for one in left)
    st.html(
        f'<div class="verdict" role="status"><p>{first}</p><p>{second}</p>{rest}</div>'
        + (mismatch.number_html(found) if found else "")
        + '<h3 class="cap">What the label is worth</h3>'
        + bars_html(list_bars(mix.facts, state.how), names)
        + account_html(mix.facts.account, names, mix.used)
        + (f'<p class="note">{note}</p>' if note else "")
    )
    _in_sight(card, found, names, keys)
    _look(card)


def show_beside(
    card: MethodCard, mix: Mix, found: Judgement | None, names: Sequence[str], keys: Keys
) -> None:
    """What is said of a mix that the pad shows: by what it is judged, and what to look for."""
    st.html('<h3 class="cap">Judged by</h3>')
    _ask(found, keys)
    said = [describe_remark(mix.facts, names), *(_said(found, names) if found else ())]
    st.html(f'<p class="note">{escape(" ".join(filter(None, said)))}</p>')
    _look(card)


def _look(card: MethodCard) -> None:
    st.html(f'<p class="note look"><b>What to look for.</b> {escape(card.info.look)}</p>')


def _in_sight(card: MethodCard, found: Judgement | None, names: Sequence[str], keys: Keys) -> None:
    """By which evidence the label is judged, and what it would be worth by each."""
    if found is None:
        why = "one photo keeps its whole label" if card.photos == 1 else "features have no places"
        st.html(
            '<h3 class="cap">What is left to see</h3>'
            f'<p class="note">Mismatch is not used here: {why}.</p>'
        )
    else:
        st.html('<h3 class="cap">What is left to see</h3>')
    _ask(found, keys)
    if found is not None:
        st.html(
            bars_html(mismatch.list_bars(found), names)
            + slim_html(mismatch.more_bars(found), names)
            + f'<p class="note">{escape(" ".join(_said(found, names)))}</p>'
        )


def _ask(found: Judgement | None, keys: Keys) -> None:
    """Which evidence is asked, and what."""
    with widgets.hide_widgets(found is None, "see"):
        st.selectbox(
            "Evidence", keys["see"].options, key="see", bind="query-params",
            label_visibility="collapsed",
        )  # fmt: skip
    replay_panel.choose_run(keys, found is not None and st.session_state["see"] == YOURS)
    with widgets.hide_widgets(found is None or not found.exact, "truth"):
        st.segmented_control(
            "What exact masks are asked", TRUTHS, default=TRUTHS[0], required=True, key="truth",
            bind="query-params", label_visibility="collapsed", width="stretch",
        )  # fmt: skip


def _said(found: Judgement, names: Sequence[str]) -> list[str]:
    """By what a label is judged, and what is left to see by that."""
    said = [mismatch.describe_judge(found), found.why if found.exact else ""]
    if found.judge:
        said.append(mismatch.describe_left(found.judge, names))
    if found.said:
        said.append(
            f"The prediction is on the mix, for {found.classes}. Lite0 names what it recognizes, "
            "however little of it is left, so it may contradict the other bars."
        )
    return list(filter(None, said))


def show_reported(says: Sequence[str]) -> None:
    """The numbers of the paper, its code or a benchmark; nothing where none could be read."""
    if says:
        st.html(said_html(says))


def show_details(
    mix: Mix, found: Judgement | None, names: Sequence[str], code: str, config: str, inside: bool
) -> None:
    """The same mix as code, as a configuration, and as a table of numbers."""
    tabs = st.tabs(["Code", "Config", "Numbers"], key="details")
    with tabs[0]:
        st.code(code, language="python", wrap_lines=True)
        makes = "prints these very numbers" if inside else "makes these very pixels"
        st.html(f'<p class="note">Needs nothing but mixcore, and {makes}.</p>')
    with tabs[1]:
        st.code(config, language="json", wrap_lines=True, height=320)
    with tabs[2]:
        st.table(_numbers(mix, found, names))
        if found is not None and found.mismatch is not None:
            st.html(
                f'<p class="note">Mismatch {found.mismatch:.4f}. '
                f"{escape(mismatch.describe_judge(found))}</p>"
            )


def _numbers(mix: Mix, found: Judgement | None, names: Sequence[str]) -> list[dict[str, str]]:
    views = [f"view {i + 1}" for i in range(len(mix.facts.views))]
    names = views or names
    rows = [(what, _four(values)) for what, values in list_numbers(mix.facts, found)]
    if mix.box is not None:
        y0, y1, x0, x1 = mix.box
        rows.append(("box, pixels", ("–", f"{y0}–{y1} down, {x0}–{x1} across")))
    return table_rows(rows, names)


def _four(shares: Sequence[float | None]) -> tuple[str, ...]:
    return tuple("–" if share is None else f"{share:.4f}" for share in shares)
