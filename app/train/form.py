"""The form of new runs, from what a request declares; three clicks to a running run."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from app import widgets
from app.jobs import known_runs
from app.jobs.known_runs import RunCard
from app.link import run_keys
from app.shell import address, visitor
from app.train import objective_panel, tracks
from app.train.train_state import PREFIX, TRAIN, declare_params
from mixcore.objectives import ObjectiveCard, read_objective
from mixcore.params import Param
from mixcore.runs.error_text import describe_error
from mixcore.runs.number_text import format_duration
from mixcore.train.training_request import TrainingRequest
from mixcore.train_names import name_method

FIRST = ("data", "model", "objective", "method", "epochs")


def show(known: list[RunCard]) -> None:
    """Draw the form, and do what its buttons say."""
    st.html('<h3 class="cap">New run</h3>')
    params = declare_params()
    values = {name: _entry(params[name]) for name in FIRST if name not in ("method", "epochs")}
    card = read_objective(values["objective"])
    methods = _choose_methods(params["method"], card)
    values["objective_parameters"] = objective_panel.show(card)
    values["epochs"] = _entry(params["epochs"])
    seeds = st.slider(
        "Seeds", 1, run_keys.SEEDS, 1, key=f"{PREFIX}.seeds", bind="query-params",
        help="As many runs, alike but for their seed: their spread shows how much is luck.",
    )  # fmt: skip
    with st.expander("More settings", key="new-more"):
        for name, param in params.items():
            if name not in FIRST:
                with widgets.hide_widgets(not param.used(values), f"new-{name}"):
                    values[name] = _entry(param)
        own = _own(methods, values["model"])
    values["observe_parameters"] = objective_panel.tune_observer(values["observe"])
    requests = _make_requests(values, methods, own)
    if not requests:
        return
    tried = st.session_state.get("train-tried")
    trying = tried and tried[0] in requests and _active(tried[1])
    draw = st.fragment(_takes, run_every=1.0 if trying else None)
    draw(requests, seeds, known, bool(trying))
    count = len(requests) * seeds
    with st.container(horizontal=True, gap="small"):
        st.button(
            f"Start {count} runs" if count > 1 else "Start", type="primary",
            icon=":material/play_arrow:", key="start", on_click=_start, args=(requests, seeds),
            width="stretch",
        )  # fmt: skip
        st.button(
            "Try 20 steps", key="try", on_click=_try, args=(requests[0],), width="stretch",
            help="Measures time and memory of the first run, and shows whether it works at all",
        )  # fmt: skip


def _entry(param: Param) -> Any:
    return widgets.draw_entry(param, f"{PREFIX}.{param.name}")


def _choose_methods(param: Param, card: ObjectiveCard) -> list[str]:
    """The methods that mix; none where the objective does that itself."""
    alone = card.mixes == "own"
    with widgets.hide_widgets(alone, "new-method"):
        methods = st.multiselect(
            "Methods", param.options, [param.default], key=f"{PREFIX}.method",
            format_func=param.titles, max_selections=known_runs.MOST, bind="query-params",
            help="One run each, alike in everything else, so that their curves can be compared.",
        )  # fmt: skip
    return ["none"] if alone else methods


def _own(methods: Sequence[str], model: str) -> dict[str, dict[str, Any]]:
    """The methods' own parameters, once the user wants to change them."""
    mixing = [method for method in methods if method != "none"]
    label = "Turn the methods’ own parameters"
    if not mixing or not st.toggle(label, key=f"{PREFIX}.own", bind="query-params"):
        return {}
    return {method: _tune(method, model, headed=len(mixing) > 1) for method in mixing}


def _tune(method: str, model: str, headed: bool) -> dict[str, Any]:
    from app.mixes import recipe_controls  # the first part of this page that needs torch

    params = recipe_controls.list_params(method, model)
    if headed and params:
        st.html(f'<h3 class="cap">{escape(name_method(method))}</h3>')
    prefix = f"{PREFIX}.{method}"
    TRAIN.tell_first(*address.clean_link(run_keys.make_keys(params, prefix)))
    values = widgets.draw_form(params, prefix)
    return {p.name: values[p.name] for p in params if values[p.name] != p.default}


def _make_requests(
    values: dict[str, Any], methods: Sequence[str], own: dict[str, dict[str, Any]]
) -> list[TrainingRequest]:
    """One for each method; none, and why in a sentence, where one makes no sense."""
    if not methods:
        st.html('<p class="refusal" role="alert">Choose at least one method.</p>')
    try:
        return [
            TrainingRequest.from_dict(
                {**values, "method": method, "parameters": own.get(method, {})}
            )
            for method in methods
        ]
    except (ValueError, TypeError) as error:
        st.html(f'<p class="refusal" role="alert">{escape(str(error))}</p>')
        return []


def _takes(requests: list[TrainingRequest], seeds: int, known: list[RunCard], trying: bool) -> None:
    """How long it will take, as far as a try or an earlier run can tell."""
    tried = st.session_state.get("train-tried")
    if trying and not (tried and _active(tried[1])):
        st.rerun()
    mine = tried and tried[0] in requests
    said = _tried(tried[1]) if tried and mine else _guess(requests, seeds, known)
    st.html(f'<p class="note" role="status">{escape(said)}</p>')


def _guess(requests: list[TrainingRequest], seeds: int, known: list[RunCard]) -> str:
    found = [guess for request in requests if (guess := tracks.estimate_seconds(request, known))]
    if len(found) < len(requests):
        return "How long this takes is not known here yet: try 20 steps."
    total = seeds * sum(seconds for seconds, _ in found)
    names = list(dict.fromkeys(name for _, name in found))
    by = f"going by run{'s' if len(names) > 1 else ''} {', '.join(names)}."
    if seeds * len(requests) == 1:
        return f"About {format_duration(total)}, {by}"
    each = f" {format_duration(found[0][0])} each," if len(requests) == 1 else ""
    return f"About{each} {format_duration(total)} in all, {by}"


def _active(name: str) -> bool:
    card = known_runs.find_card(name)
    return card is not None and card.active


def _tried(name: str) -> str:
    card = known_runs.find_card(name)
    if card is None:
        return "The try is gone; make another."
    if card.active:
        return (
            "The try waits for its turn." if card.status.state == "queued" else "Trying 20 steps…"
        )
    return card.status.message or "The try ended without a word."


def _start(requests: list[TrainingRequest], seeds: int) -> None:
    """Queue the runs and look at them; those that were queued before one failed stay."""
    started: list[list[str]] = []
    try:
        for request in requests:
            started.append(known_runs.start_runs(request, seeds, visitor.get_owner()))
    except (ValueError, OSError) as error:
        TRAIN.tell(describe_error(error))
    _choose(started)


def _choose(started: list[list[str]]) -> None:
    """Draw the runs just started, a list a method; where they are too many, some of each method."""
    each = known_runs.MOST // max(1, len(started))
    some = [name for names in started for name in names[:each]]
    total = sum(map(len, started))
    if len(some) < total:
        seeds = "first seed" if each == 1 else f"first {each} seeds"
        TRAIN.tell_first(
            f"All {total} runs are in the queue. Side by side there is room for {known_runs.MOST}, "
            f"so the curves are of the {seeds} of each method; choose others at Runs side by side."
        )  # fmt: skip
    chosen = [name for name in st.session_state.get("run", []) if name != known_runs.EXAMPLE]
    TRAIN.put_values({"run": [*some, *chosen][: known_runs.MOST]})


def _try(request: TrainingRequest) -> None:
    try:
        name = known_runs.start_try(request, visitor.get_owner())
        st.session_state["train-tried"] = request, name
    except (ValueError, OSError) as error:
        TRAIN.tell(describe_error(error))
