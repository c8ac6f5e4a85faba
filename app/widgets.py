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
            now[param.name] = int(param.bounds[0])
            continue
        kept = hide_widgets(not param.used(now), f"{prefix}-{param.name}") if param.when else None
        with kept or nullcontext():
            now[param.name] = draw_field(param, f"{prefix}.{param.name}")
    return now


def hide_widgets(hide: bool, name: str) -> DeltaGenerator:
    """A container that is drawn unseen where `hide`: widgets in it keep their place in the link."""
    return st.container(key=f"unused-{name}" if hide else None)


def draw_field(param: Param, key: str) -> Any:
    """The widget of one parameter: slider, choice, switch or name, by its declaration."""
    text = param.help + (f" *Default from: {param.source}.*" if param.source else "")
    label, default = param.label, param.default
    match param.kind:
        case "flag":
            return st.toggle(label, default, key=key, help=text, bind="query-params")
        case "choice":
            return st.selectbox(
                label, param.options, param.options.index(default), format_func=param.titles,
                key=key, help=text, bind="query-params",
            )  # fmt: skip
        case "text":
            return _draw_text(param, key, text)
    low, high, step = _read_bounds(param)
    if param.log and low < 0.01:  # a slider would have its low end in one pixel
        return st.number_input(
            label, low, high, default, low, "%.4g", key=key, help=text, bind="query-params"
        )
    fine = param.kind == "real" and step is not None and step < 0.01  # else two decimals hide it
    return st.slider(
        label, low, high, type(low)(default), step, "%.4g" if fine else None, key=key, help=text,
        bind="query-params",
    )  # fmt: skip


def _draw_text(param: Param, key: str, help: str) -> str:
    """A field to type in, with proposals where some are declared."""
    if not param.options:
        return st.text_input(param.label, param.default, key=key, help=help, bind="query-params")
    return st.selectbox(
        param.label, param.options, format_func=param.titles, accept_new_options=True, key=key,
        help=help, bind="query-params",
    )  # fmt: skip


def _read_bounds(param: Param) -> tuple[Any, Any, Any]:
    """Low, high and step of a number, all of its type, as Streamlit wants them."""
    kind = int if param.kind == "integer" else float
    low, high = param.bounds
    return kind(low), kind(high), None if param.step is None else kind(param.step)


def draw_entry(param: Param, key: str) -> Any:
    """The same for a form: numbers of a wide range are typed."""
    if param.kind in ("integer", "real"):
        low, high, step = _read_bounds(param)
        if (high - low) / step > 300:
            return st.number_input(
                param.label, low, high, param.default, step, key=key, help=param.help,
                format="%d" if param.kind == "integer" else "%.5g", bind="query-params",
            )  # fmt: skip
    return draw_field(param, key)
