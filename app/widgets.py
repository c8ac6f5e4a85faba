"""One declaration, one widget. The key of a widget is its place in the link."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mixcore.params import Param


def draw_form(params: Iterable[Param], prefix: str) -> dict[str, Any]:
    """A widget for each parameter, bound to `prefix.name` in the link; name -> value.

    Those that do not matter beside the others' values are hidden, but keep their values.
    """
    params = list(params)
    now = {p.name: st.session_state.get(f"{prefix}.{p.name}", p.default) for p in params}
    for param in params:
        if param.kind == "integer" and param.low == param.high:  # no choice: the model has but one
            now[param.name] = int(param.low)
            continue
        kept = hide_widgets(not param.used(now), f"{prefix}-{param.name}") if param.when else None
        with kept or nullcontext():
            now[param.name] = draw_field(param, f"{prefix}.{param.name}")
    return now


def hide_widgets(hide: bool, name: str) -> DeltaGenerator:
    """A container that is drawn unseen where `hide`: widgets in it keep their place in the link."""
    return st.container(key=f"unused-{name}" if hide else None)


def draw_field(param: Param, key: str) -> Any:
    """The widget of one parameter: slider, choice or switch, by the kind of its declaration."""
    text = param.help + (f" *Default from: {param.source}.*" if param.source else "")
    common = {"label": param.label, "key": key, "help": text, "bind": "query-params"}
    match param.kind:
        case "flag":
            return st.toggle(value=param.default, **common)
        case "choice":
            index = param.options.index(param.default)
            return st.selectbox(
                options=param.options, index=index, format_func=param.titles, **common
            )
        case "integer":
            bounds = (int(param.low), int(param.high), param.default, int(param.step or 1))
        case _:
            bounds = (float(param.low), float(param.high), float(param.default), param.step)
    names = ("min_value", "max_value", "value", "step")
    return st.slider(**dict(zip(names, bounds, strict=True)), **common)


def draw_entry(param: Param, key: str) -> Any:
    """The same for a form: numbers of a wide range are typed, and names may be new ones."""
    common = {"key": key, "help": param.help, "bind": "query-params"}
    if param.kind == "text":
        return st.selectbox(
            param.label, param.options, format_func=param.titles, accept_new_options=True, **common
        )
    if param.kind in ("integer", "real"):
        kind = int if param.kind == "integer" else float
        low, high, step = kind(param.low), kind(param.high), kind(param.step)
        if (high - low) / step > 300:
            form = "%d" if kind is int else "%.5g"
            return st.number_input(
                param.label, low, high, param.default, step, format=form, **common
            )
    return draw_field(param, key)
