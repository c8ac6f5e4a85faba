"""Values of the Audit page's link, kept by its widgets."""

from __future__ import annotations

from dataclasses import replace

from app.link import run_keys
from app.link.states import Keys
from app.session import PageState
from mixcore.audit.audit_request import AuditRequest
from mixcore.params import Param

PREFIX = "ask"  # of the form's entries
USUAL = 500  # mixes


def declare_params() -> dict[str, Param]:
    """What a request declares, with the form's own defaults."""
    params = {param.name: param for param in AuditRequest.params()}
    return params | {"n": replace(params["n"], default=USUAL)}


def _list_keys() -> Keys:
    return run_keys.list_keys(run_keys.AUDIT, declare_params().values(), PREFIX)


AUDIT = PageState("audit", _list_keys)
