"""The form of a new run, from what a request declares; three clicks to a running run."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import Any

import streamlit as st

from app import address, widgets
from app.link import run_keys
from app.parts import run_notes
from app.service import runs, tracks
from app.service.runs import Card, Request
from app.state import Keys
from mixcore.runs.spoken import duration
from mixcore.runs.told import told

FIRST = ("data", "model", "method", "epochs")
PREFIX = "new"


@cache
def list_entries() -> Keys:
    """Every entry of the page's link."""
    return run_keys.list_keys(run_keys.TRAIN, Request.params(), PREFIX)


def show(known: list[Card]) -> None:
    """Draw the form, and do what its buttons say."""
    st.html('<h3 class="cap">New run</h3>')
    params = {param.name: param for param in Request.params()}
    values = {name: widgets.entry(params[name], f"{PREFIX}.{name}") for name in FIRST}
    seeds = st.slider(
        "seeds", 1, run_keys.SEEDS, 1, key=f"{PREFIX}.seeds", bind="query-params",
        help="As many runs, alike but for their seed: their spread shows how much is luck.",
    )  # fmt: skip
    with st.expander("More settings", key="new-more"):
        for name, param in params.items():
            if name not in FIRST:
                with widgets.hidden(not param.used(values), f"new-{name}"):
                    values[name] = widgets.entry(param, f"{PREFIX}.{name}")
        values["parameters"] = _own(values["method"], values["model"])
    request = _request(values)
    if request is None:
        return
    tried = st.session_state.get("tried")
    trying = tried and tried[0] == request and _active(tried[1])
    st.fragment(_takes, run_every=1.0 if trying else None)(request, seeds, known, bool(trying))
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Start", type="primary", icon=":material/play_arrow:", key="start", on_click=_start,
            args=(request, seeds), width="stretch",
        )  # fmt: skip
        st.button(
            "Try 20 steps", key="try", on_click=_try, args=(request,), width="stretch",
            help="Measures time and memory, and shows whether it works at all",
        )  # fmt: skip


def _own(method: str, model: str) -> dict[str, Any]:
    """The method's own parameters, once somebody wants to turn them."""
    if method == "none":
        return {}
    if not st.toggle(f"Turn {method}'s own parameters", key=f"{PREFIX}.own", bind="query-params"):
        return {}
    from app.service import recipes  # the first part of this page that needs torch

    params = recipes.params(method, model)
    prefix = f"{PREFIX}.{method}"
    run_notes.tell_first(address.clean_link(run_keys.make_keys(params, prefix)))
    values = widgets.form(params, prefix)
    return {p.name: values[p.name] for p in params if values[p.name] != p.default}


def _request(values: dict[str, Any]) -> Request | None:
    try:
        return Request.from_dict(values)
    except (ValueError, TypeError) as error:
        st.html(f'<p class="refusal" role="alert">{escape(str(error))}</p>')
        return None


def _takes(request: Request, seeds: int, known: list[Card], trying: bool) -> None:
    """How long it will take, as far as a try or an earlier run can tell."""
    tried = st.session_state.get("tried")
    mine = tried and tried[0] == request
    if trying and not _active(tried[1]):
        st.rerun()
    said = _tried(tried[1]) if mine else _guess(request, seeds, known)
    st.html(f'<p class="note" role="status">{escape(said)}</p>')


def _guess(request: Request, seeds: int, known: list[Card]) -> str:
    found = tracks.estimate(request, known)
    if found is None:
        return "How long this takes is not known here yet: try 20 steps."
    seconds, name = found
    many = f" each, {duration(seeds * seconds)} in all" if seeds > 1 else ""
    return f"About {duration(seconds)}{many}, going by run {name}."


def _active(name: str) -> bool:
    card = runs.find(name)
    return card is not None and card.active


def _tried(name: str) -> str:
    card = runs.find(name)
    if card is None:
        return "The try is gone; make another."
    if card.active:
        return (
            "The try waits for its turn." if card.status.state == "queued" else "Trying 20 steps…"
        )
    return card.status.message or "The try ended without a word."


def _start(request: Request, seeds: int) -> None:
    try:
        started = runs.start(request, seeds, run_notes.owner())
    except (ValueError, OSError) as error:
        run_notes.tell(told(error))
        return
    chosen = st.session_state.get("run", [])
    st.session_state.run = [*started, *chosen][: runs.MOST]


def _try(request: Request) -> None:
    try:
        st.session_state.tried = request, runs.smoke(request, run_notes.owner())
    except (ValueError, OSError) as error:
        run_notes.tell(told(error))
