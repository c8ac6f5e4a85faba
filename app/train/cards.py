"""Cards of trainings: state, progress, best and last, and what can be done with them."""

from __future__ import annotations

from html import escape

import streamlit as st

from app.components import navigate
from app.jobs import controls, known_runs
from app.jobs.known_runs import RunCard
from app.jobs.text import format_percent, progress_html, state_html
from app.link.states import YOURS
from app.train import tracks
from app.train.train_state import TRAIN
from mixcore.runs.number_text import format_duration
from mixcore.train.metric_rows import Row


def show(cards: list[RunCard], colors: dict[str, str]) -> None:
    """A card for each run; colors: id -> the color of its curves."""
    with st.container(key="cards"):
        for card in cards:
            with st.container(key=f"card-{card.tag}"):
                st.html(_facts(card, colors.get(card.id, "transparent")))
                with st.container(horizontal=True, gap="xsmall", key=f"acts-{card.tag}"):
                    _acts(card)


def _facts(card: RunCard, color: str) -> str:
    status = card.status
    track = tracks.get_readers().track(card)
    waits = f"Place {known_runs.find_place(card)} in the queue." if status.state == "queued" else ""
    steps = f"{status.step:,} of {status.steps:,} steps" if status.steps else "no step yet"
    clock = f" · {format_duration(track.last['seconds'])}" if track.last else ""
    ends = "Stopping, with a checkpoint…" if card.stopping else ""
    problem = track.metrics.describe_problem()
    said = " ".join(filter(None, [ends or status.message, waits, problem]))
    return (
        f'<p class="run"><i style="background:{color}"></i><b>{escape(card.name)}</b>'
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
        ("test accuracy", format_percent(last["test_accuracy"]),
         f"best {format_percent(best['test_accuracy'])} in epoch {best['epoch']}"),
    ]  # fmt: skip
    seen = last["calibration"]
    low, high = seen["ece_interval"]
    rows.append(("test ECE", f"{seen['ece']:.3f}", f"{low:.3f} to {high:.3f}, n = {seen['n']:,}"))
    return "".join(
        f'<p class="row"><b>{value}</b><span>{name}<br>{more}</span></p>'
        for name, value, more in rows
    )


def _acts(card: RunCard) -> None:
    controls.stop_or_resume(card, TRAIN)
    if card.run.checkpoints():
        st.button(
            "See in Explore", icon=":material/visibility:", key=f"explore-{card.tag}",
            on_click=_look_through, args=(card,),
            help="What this run's model sees in photos, epoch by epoch.",
        )  # fmt: skip
    controls.show_more(card, "Its curves and checkpoints", TRAIN)


def _look_through(card: RunCard) -> None:
    last = card.run.checkpoints()[-1]
    epoch = int(last.stem.rpartition("-")[2])
    navigate.leave_page({"see": YOURS, "trained": card.id, "epoch": epoch})
