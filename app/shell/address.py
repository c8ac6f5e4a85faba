"""The address of the page, as the browser sent it: cleaned before any widget reads it."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.query_params import QueryParams
from streamlit.runtime.state.session_state_proxy import get_session_state

from app.link.clean import clean_entries
from app.link.states import SPOKEN, Keys


def clean_link(table: Keys) -> list[str]:
    """Bring each entry of the link to a value it may have, or drop it; why, in sentences.

    table: the entries of this page. Call it before the page's widgets are drawn: a bound widget
    reads its entry when it is drawn first, and when the user goes back to an older address.
    """
    with get_session_state().query_params() as params:
        query = {name: params.get_all(name) for name in params}
        changes, sentences = clean_entries(query, table, SPOKEN)
        for name, words in changes.items():
            params.discard_param_no_forward_msg(name)
            if words:
                params.set_with_no_forward_msg(name, words if len(words) > 1 else words[0])
        if changes:
            params.set_initial_query_params_from_current()
            _tell_browser(params)
    return sentences


def is_history_step() -> bool:
    """Whether the browser's Back or Forward asked for this run: what the link says holds then."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def count_history_steps() -> int:
    """How many runs of this session, with this one, Back or Forward asked for; once a run."""
    steps = st.session_state.get("history-steps", 0) + is_history_step()
    st.session_state["history-steps"] = steps
    return steps


def _tell_browser(params: QueryParams) -> None:
    """Let the browser's address say the same; one message, whatever has changed."""
    name = "v" if params.has_param("v") else next(iter(params), None)
    if name is None:
        params.set_corrected_value("v", "1", "string_value")
        return
    params.set_corrected_value(name, params.get_all(name), "string_array_value")
