"""One declaration, one widget. The key of a widget is its place in the link."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from mixcore.params import Param


def form(params: Iterable[Param], prefix: str) -> dict[str, Any]:
    """A widget for each parameter, bound to `prefix.name` in the link; name -> value."""
    return {param.name: field(param, f"{prefix}.{param.name}") for param in params}


def field(param: Param, key: str) -> Any:
    """The widget of one parameter: slider, choice or switch, by the kind of its declaration."""
    label = param.name.replace("_", " ")
    text = param.help + (f" *Default from: {param.source}.*" if param.source else "")
    common = {"label": label, "key": key, "help": text, "bind": "query-params"}
    match param.kind:
        case "flag":
            return st.toggle(value=param.default, **common)
        case "choice":
            index = param.options.index(param.default)
            return st.selectbox(options=param.options, index=index, **common)
        case "integer":
            bounds = (int(param.low), int(param.high), param.default, int(param.step or 1))
        case _:
            bounds = (float(param.low), float(param.high), float(param.default), param.step)
    names = ("min_value", "max_value", "value", "step")
    return st.slider(**dict(zip(names, bounds, strict=True)), **common)
