"""Unwrapping: the model inside torch.compile, DataParallel and DistributedDataParallel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

WRAPPERS = (nn.DataParallel, nn.parallel.DistributedDataParallel)


def unwrap_model(model: Any) -> Any:
    """The module whose parts have the names that its author gave them, out of any wrappers."""
    while True:
        if is_compiled(model):
            model = model._orig_mod
        elif isinstance(model, WRAPPERS):
            model = model.module
        else:
            return model


def is_compiled(model: Any) -> bool:
    """Whether this is what torch.compile made of a module."""
    return isinstance(getattr(model, "_modules", {}).get("_orig_mod"), nn.Module)


@contextmanager
def hear_hooks(model: Any) -> Iterator[None]:
    """Inside, hooks that were registered on a compiled model's parts are called.

    torch.compile leaves out those that come after it, so there the model runs as it was written.
    """
    inside = model
    while not is_compiled(inside) and isinstance(inside, WRAPPERS):
        inside = inside.module
    if not is_compiled(inside):
        yield
        return
    with torch.compiler.set_stance("force_eager"):
        yield
