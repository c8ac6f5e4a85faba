"""Values of the Train page's link, kept by its widgets."""

from __future__ import annotations

from app.link import run_keys
from app.link.states import Keys
from app.session import PageState
from mixcore.params import Param
from mixcore.train.training_request import TrainingRequest

PREFIX = "new"  # of the form's entries


def declare_params() -> dict[str, Param]:
    """What a request declares."""
    return {param.name: param for param in TrainingRequest.params()}


def _list_keys() -> Keys:
    """Every entry but for the names of runs."""
    methods = f"{PREFIX}.method"  # the form takes several
    table = run_keys.list_keys(run_keys.TRAIN, TrainingRequest.params(), PREFIX)
    return table | {methods: run_keys.make_list_key(declare_params()["method"], methods)}


TRAIN = PageState("train", _list_keys)
