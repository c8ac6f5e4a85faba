"""The space in which a plan is applied: pixels, or a named layer of a model through Space."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from torch import Tensor, nn

from mixcore.plan_k import AnyPlan
from mixcore.unwrap import hear_hooks, unwrap_model


class Space:
    """The places of one model at which a plan may be applied, the images first.

    `with space.mixing(plan): out = model(x)` gives the output for the mix at plan.depth, where 0
    is the images and k the output of layers[k - 1]. Targets are plan.target(y, k) as ever.
    A region that is Whole mixes features of any shape; others need maps (b, c, h, w), on which
    they take their place at the map's own size.

    Args:
        model: any module whose forward takes the images as its first argument; compiled or
            parallel ones keep the names of the layers inside.
        layers: names of sub-modules, shallow to deep, as in model.named_modules(); their output
            must be one tensor (b, ...).

    Raises:
        ValueError: for a name that the model does not have.

    Example:
        >>> import mixcore, torch
        >>> model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU())
        >>> x = torch.rand(4, 3, 16, 16)
        >>> plan = mixcore.method("mixup").plan(mixcore.Batch(x), rng=0)
        >>> with mixcore.Space(model, ["0"]).mixing(plan, depth=1):
        ...     out = model(x)
        >>> out.shape
        torch.Size([4, 4, 14, 14])
    """

    def __init__(self, model: nn.Module, layers: Sequence[str]) -> None:
        self.model, self.layers = model, tuple(layers)
        inner = unwrap_model(model)
        known = dict(inner.named_modules())
        for name in self.layers:
            if name not in known or not name:
                near = difflib.get_close_matches(name, known, 3)
                hint = f" Near: {', '.join(near)}." if near else ""
                raise ValueError(f"{type(inner).__name__} has no layer {name!r}.{hint}")
        self._modules = [model, *(known[name] for name in self.layers)]

    @contextmanager
    def mixing(self, plan: AnyPlan, depth: int | None = None) -> Iterator[None]:
        """Apply the plan inside the block's forward pass; depth replaces that of the plan.

        Raises ValueError for a depth that is not there, TypeError where the layer does not give
        one tensor, RuntimeError if the layer ran any other number of times than once.
        """
        at = getattr(plan, "depth", 0) if depth is None else depth
        if not 0 <= at <= len(self.layers):
            raise ValueError(
                f"depth must be in [0, {len(self.layers)}], 0 for the images, got {at}; "
                "give Space more layers or the method fewer."
            )
        runs = 0

        def mixed(value: Any) -> Tensor:
            nonlocal runs
            runs += 1
            if not isinstance(value, Tensor):
                raise TypeError(
                    f"{self.name(at)} must give one tensor, got {type(value).__name__}."
                )
            return plan.apply(value)

        def before(module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
            return (mixed(inputs[0]), *inputs[1:])

        def after(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> Tensor:
            return mixed(output)

        module = self._modules[at]
        handle = (
            module.register_forward_hook(after) if at else module.register_forward_pre_hook(before)
        )
        try:
            with hear_hooks(self.model) if at else nullcontext():
                yield
        finally:
            handle.remove()
        if runs != 1:
            raise RuntimeError(f"{self.name(at)} ran {runs} times in the block; it must run once.")

    def name(self, depth: int) -> str:
        """What lies at a depth, in words."""
        return f"layer {self.layers[depth - 1]!r}" if depth else "the images"
