"""Form of a new audit, from what a request declares; own pictures come in by drag and drop."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app import file_drop, widgets
from app.audit import choices, uploads
from app.audit.audit_state import AUDIT, PREFIX, declare_params
from app.jobs.text import format_size
from app.link import run_keys
from app.shell import address, visitor
from mixcore.audit.audit_request import AuditRequest
from mixcore.methods import get_title
from mixcore.params import Param
from mixcore.runs.error_text import describe_error

LAST = ("batch", "device", "threads")  # what seldom matters
ROOM = 500  # MB an upload may have


def show() -> None:
    """Draw the form, and do what its button says."""
    st.html('<h3 class="cap">New audit</h3>')
    params = declare_params()
    values: dict[str, Any] = {"data": _data(params["data"])}
    exact = values["data"] == "scenes"
    known = choices.by_title(values["data"])
    values["methods"] = _methods(known)
    with widgets.hide_widgets(exact, f"{PREFIX}-evidence"):
        values["evidence"] = _entry(params["evidence"])
    values["n"] = _entry(params["n"])
    values["seed"] = _entry(params["seed"])
    with st.expander("More settings", key="ask-more"):
        with widgets.hide_widgets(not exact, f"{PREFIX}-truth"):
            values["truth"] = _entry(params["truth"])
        for name in LAST:
            values[name] = _entry(params[name])
        values["parameters"] = _own(values["methods"])
    if not exact:
        values["truth"] = params["truth"].default
    request = _request(values)
    if request is not None:
        st.button(
            "Start", type="primary", icon=":material/play_arrow:",
            key="start-audit", on_click=start_audit, args=(request,), width="stretch",
        )  # fmt: skip


def start_audit(request: AuditRequest) -> None:
    """Queue it, and look at it; for callbacks."""
    try:
        AUDIT.put_values({"audit": choices.start_audit(request, visitor.get_owner())})
    except (ValueError, OSError) as error:
        AUDIT.tell(describe_error(error))


def _entry(param: Param) -> Any:
    return widgets.draw_entry(param, f"{PREFIX}.{param.name}")


def _data(param: Param) -> str:
    known = choices.list_data()
    chosen = st.selectbox(
        param.label, [*known], key=f"{PREFIX}.data", bind="query-params", accept_new_options=True,
        help=param.help,
    )  # fmt: skip
    file_drop.draw_uploader(
        "Your own: a zip with a folder a class, or an .npz of images and labels",
        [ending.removeprefix(".") for ending in uploads.PACKS], "ask-file", _keep, _refuse,
        max_upload_size=ROOM,
    )  # fmt: skip
    if refused := st.session_state.get(f"{PREFIX}-refused"):
        st.html(f'<p class="refusal" role="alert">{escape(refused)}</p>')
    offer_removal(chosen, f"{PREFIX}.data")
    return known.get(chosen, chosen or "")


def offer_removal(name: str | None, choice: str) -> None:
    """A button that removes an upload, where one is chosen; choice: the choice's key.

    Audits of it stay, without their pictures.
    """
    if name and uploads.is_here(name):
        st.button(
            "Forget this file", icon=":material/delete:", key=f"forget-{choice}", type="tertiary",
            on_click=_forget, args=(name, choice), help="Audits of it stay, without pictures.",
        )  # fmt: skip


def _forget(name: str, choice: str) -> None:
    try:
        freed = uploads.delete_upload(name)
    except OSError as error:
        AUDIT.tell(describe_error(error))
        return
    AUDIT.tell(f"{name} is deleted; that freed {format_size(freed)}.")
    st.session_state[choice] = None if choice == "audit" else "scenes"


def _keep(files: list[UploadedFile]) -> list[str]:
    """Keep the file that was dropped, and choose it."""
    keep_file(files, f"{PREFIX}.data")
    return []


def keep_file(files: list[UploadedFile], choice: str) -> None:
    """Keep a file that was dropped, and choose it; choice: the choice's key."""
    (file,) = files
    AUDIT.put_values({choice: uploads.keep_upload(file, file.name)})


def _refuse(*sentences: str) -> None:
    """Say beside the uploader why a file was refused."""
    st.session_state[f"{PREFIX}-refused"] = " ".join(sentences)


def _methods(known: dict[str, str]) -> tuple[str, ...]:
    key = f"{PREFIX}.methods"
    if key in st.session_state:  # some ask for objects, which other data do not have
        st.session_state[key] = [name for name in st.session_state[key] if name in known]
    usual = [get_title(one) for one in choices.USUAL]
    chosen = st.multiselect("Methods", [*known], usual, key=key, bind="query-params")
    return tuple(known[name] for name in chosen)


def _own(methods: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """The methods' own parameters, of those that the user wants to change."""
    names = {get_title(key): key for key in methods}
    key = f"{PREFIX}.own"
    if key in st.session_state:
        st.session_state[key] = [name for name in st.session_state[key] if name in names]
    turned = st.multiselect(
        "Turn the parameters of", [*names], key=key, bind="query-params",
        placeholder="as published",
    )  # fmt: skip
    found: dict[str, dict[str, Any]] = {}
    for name in turned:
        from app.mixes import recipe_controls  # the first part of this form that needs torch

        params = recipe_controls.list_params(names[name])
        if not params:
            continue
        st.html(f'<h3 class="cap">{escape(name)}</h3>')
        prefix = f"{PREFIX}.{names[name]}"
        AUDIT.tell_first(*address.clean_link(run_keys.make_keys(params, prefix)))
        values = widgets.draw_form(params, prefix)
        found[names[name]] = {p.name: values[p.name] for p in params if values[p.name] != p.default}
    return {key: values for key, values in found.items() if values}


def _request(values: dict[str, Any]) -> AuditRequest | None:
    try:
        return AuditRequest.from_dict(values)
    except (ValueError, TypeError) as error:
        st.html(f'<p class="refusal" role="alert">{escape(_plain(str(error)))}</p>')
        return None


def _plain(said: str) -> str:
    """The request's own refusals in the words of the form."""
    if said.startswith("The audit's methods must name"):
        return "Choose at least one method."
    return said
