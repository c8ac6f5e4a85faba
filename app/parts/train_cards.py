"""Cards of runs: state, progress, best and last; Stop, Resume, Delete; the command."""

from __future__ import annotations

from html import escape

import streamlit as st

from app.parts import train_notes
from app.running import percent, progress_html, size, state_html
from app.service import runs, tracks
from app.service.runs import Card
from app.service.tracks import Row
from app.state import YOURS
from mixcore.runs.spoken import duration


def show(cards: list[Card], colours: dict[str, str]) -> None:
    """A card for each run; colours: name -> the colour of its curves."""
    with st.container(key="cards"):
        for card in cards:
            with st.container(key=f"card-{card.number}"):
                st.html(_facts(card, colours.get(card.name, "transparent")))
                with st.container(horizontal=True, gap="xsmall", key=f"acts-{card.number}"):
                    _acts(card)


def _facts(card: Card, colour: str) -> str:
    status = card.status
    track = tracks.shelf().track(card)
    waits = f"Place {runs.place(card)} in the queue." if status.state == "queued" else ""
    steps = f"{status.step:,} of {status.steps:,} steps" if status.steps else "no step yet"
    clock = f" · {duration(track.last['seconds'])}" if track.last else ""
    ends = "Stopping, with a checkpoint…" if card.stopping else ""
    said = " ".join(filter(None, [ends or status.message, waits]))
    return (
        f'<p class="run"><i style="background:{colour}"></i><b>{escape(card.name)}</b>'
        f"{state_html(status.state)}</p>"
        f'<p class="note">{escape(card.about)}</p>'
        f"{progress_html(status.step, status.steps)}"
        f'<p class="under">{steps}{clock}</p>'
        f"{_numbers(track.best(), track.last)}"
        + (f'<p class="under said">{escape(said)}</p>' if said else "")
    )


def _numbers(best: Row | None, last: Row | None) -> str:
    if best is None or last is None:
        return ""
    rows = [
        ("test accuracy", percent(last["test_accuracy"]),
         f"best {percent(best['test_accuracy'])} in epoch {best['epoch']}"),
    ]  # fmt: skip
    if "calibration" in last:
        seen = last["calibration"]
        low, high = seen["ece_interval"]
        rows.append(
            ("test ECE", f"{seen['ece']:.3f}", f"{low:.3f} to {high:.3f}, n = {seen['n']:,}")
        )
    return "".join(
        f'<p class="row"><b>{value}</b><span>{name}<br>{more}</span></p>'
        for name, value, more in rows
    )


def _acts(card: Card) -> None:
    state = card.status.state
    if card.active:
        st.button(
            "Stop", icon=":material/stop:", key=f"stop-{card.number}", on_click=_do,
            args=("stop", card), disabled=card.stopping,
        )  # fmt: skip
    elif state in ("stopped", "lost", "failed"):
        st.button(
            "Resume", icon=":material/resume:", key=f"resume-{card.number}", on_click=_do,
            args=("resume", card),
        )  # fmt: skip
    if card.run.checkpoints():
        # A callback may not change the page, and what it sets must be there before the page is.
        seen = st.button(
            "See in Explore", icon=":material/visibility:", key=f"explore-{card.number}",
            on_click=_look_through, args=(card,),
            help="What this run's model sees in photos, epoch by epoch.",
        )  # fmt: skip
        if seen:
            st.switch_page("views/explore.py")
    with st.popover("More", key=f"more-{card.number}"):
        if card.config:
            st.html('<h3 class="cap">The same from a shell</h3>')
            st.code(card.command, language="bash", wrap_lines=True)
        if not card.active:
            freed = size(card.run.size())
            st.html(
                f'<p class="note">Deleting run {escape(card.name)} frees {freed}. Its curves and '
                "checkpoints are gone then.</p>"
            )
            st.button(
                f"Delete, and free {freed}", key=f"delete-{card.number}", on_click=_delete,
                args=(card,),
            )  # fmt: skip
        if log := card.run.log(4000).strip():
            st.html('<h3 class="cap">The end of its log</h3>')
            st.code(log, language=None, height=190)


def _do(what: str, card: Card) -> None:
    try:
        (runs.stop if what == "stop" else runs.resume)(card)
    except (ValueError, OSError) as error:
        train_notes.tell(str(error))
    st.session_state.stir = True


def _look_through(card: Card) -> None:
    from app import session  # it brings torch, which this page does without

    session.load({"see": YOURS, "trained": card.id, "epoch": 0})


def _delete(card: Card) -> None:
    try:
        freed = runs.delete(card)
    except (ValueError, OSError) as error:
        train_notes.tell(str(error))
    else:
        train_notes.tell(f"Run {card.name} is deleted; that freed {size(freed)}.")
        st.session_state.run = [one for one in st.session_state.get("run", []) if one != card.id]
    st.session_state.stir = True
