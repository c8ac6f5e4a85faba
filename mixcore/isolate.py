"""Isolation from the training step: one plan gives one picture, whatever surrounds the call.

Autocast would round coordinates to half precision, so that AugMix and YOCO snap pixels to 0 or 1
and fields bend the picture elsewhere. torch.compile would cut planning, which is numpy, into
dozens of small graphs; as one call it costs one break.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import ExitStack
from typing import ParamSpec, TypeVar

import torch

P = ParamSpec("P")
R = TypeVar("R")

AUTOCASTING = ("cpu", "cuda", "mps", "xpu")  # kinds of device whose autocast somebody may be in


def isolate(call: Callable[P, R]) -> Callable[P, R]:
    """Decorator: the call runs without autocast, and torch.compile takes it for one opaque step.

    Gradients flow through it as ever.
    """

    @functools.wraps(call)
    def alone(*args: P.args, **kwargs: P.kwargs) -> R:
        casting = [kind for kind in AUTOCASTING if torch.is_autocast_enabled(kind)]
        if not casting:
            return call(*args, **kwargs)
        with ExitStack() as stack:
            for kind in casting:
                stack.enter_context(torch.autocast(kind, enabled=False))
            return call(*args, **kwargs)

    opaque: Callable[P, R] = torch.compiler.disable(alone)
    return opaque
