"""Every executor by its name. What a name needs is imported when it is asked for."""

from __future__ import annotations

from mixcore.runs.executor import Executor, Local
from mixcore.runs.store import Store

NAMES = ("local", "ray", "submitit")


def find_executor(name: str, store: Store) -> Executor:
    """The executor of that name on a store; ValueError where it or its package is unknown."""
    if name == "local":
        return Local(store)
    if name == "ray":
        from mixcore.runs.on_ray import OnRay

        return OnRay(store)
    if name == "submitit":
        from mixcore.runs.on_submitit import OnSubmitit

        return OnSubmitit(store)
    raise ValueError(f"There is no executor {name!r}; known: {', '.join(NAMES)}.")
