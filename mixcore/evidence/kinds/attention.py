"""Attention of a class token: one row of one block, read while the model runs.

The row is made again from the output of the block's qkv layer (the class token's query, every
key, with the block's own norms), so the model keeps its fused attention and runs once: about
0.2 % of a ViT's forward pass. Rollout and gradient x attention are in
`mixcore.evidence.kinds.rollout`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor, nn

from mixcore.evidence.kinds import TOKENS, kind, list_possible
from mixcore.evidence.map import Evidence
from mixcore.evidence.supports import why_no_attention
from mixcore.unwrap import unwrap_model


class AttentionRows:
    """`with Rows(model) as rows: out = model(x)`, then `rows.read()` is the Evidence of x.

    model   a timm ViT or DeiT, or one of the bundled models, called as its user likes
    block   which block, counted from 0; -1 is the last

    What is read has no gradient. Only the thread that opened the block is listened to, so a model
    may be shared. If the model runs several times, the last run counts.
    Raises ValueError for a model that has no such attention, naming what it can give.
    """

    def __init__(self, model: nn.Module, block: int = -1) -> None:
        self._model = unwrap_model(model)
        self._blocks = read_attentions(model)
        if not _within(block, len(self._blocks)):
            raise ValueError(f"block must be in [0, {len(self._blocks) - 1}] or -1, got {block}.")
        self._at = block % len(self._blocks)
        joins = getattr(self._model, "joins", 0)
        if self._at < joins:
            raise ValueError(
                f"Block {self._at} of {name_model(model)} has no class token, which joins in block "
                f"{joins}: ask for block {joins}, or for rollout."
            )
        self._row: Tensor | None = None
        self._frame: tuple[int, int] | None = None
        self._seconds = 0.0

    def __enter__(self) -> Self:
        self._open = hook_modules(
            (self._model.register_forward_pre_hook, self._before),
            (self._blocks[self._at].qkv.register_forward_hook, self._after),
        )
        self._open.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def _before(self, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        self._frame = tuple(inputs[0].shape[-2:]) if inputs else None

    def _after(self, module: nn.Module, inputs: tuple[Any, ...], qkv: Tensor) -> None:
        start = time.perf_counter()
        self._row = class_row(self._blocks[self._at], qkv.detach())
        self._seconds = time.perf_counter() - start

    def read(self, head: int | None = None, *, renormalize: bool = False) -> Evidence:
        """The last run's row over the patches, on their grid; the mean of heads, or one head.

        The shares of the class and register tokens are left out, so a map sums to less than 1
        unless renormalise. RuntimeError where the model has not run inside the block.
        """
        if self._row is None:
            raise RuntimeError(f"{name_model(self._model)} has not run inside `with Rows(model)`.")
        row = self._row[:, :, self._model.num_prefix_tokens :]  # type: ignore[misc]
        if head is not None and not _within(head, row.shape[1]):
            raise ValueError(f"head must be in [0, {row.shape[1] - 1}] or None, got {head}.")
        patches = row.mean(1) if head is None else row[:, head]
        if renormalize:
            patches = patches / patches.sum(1, keepdim=True)
        return Evidence(
            on_grid(patches, self._frame),
            name="class attention",
            model=name_model(self._model),
            layer=f"block {self._at + 1} of {len(self._blocks)}, "
            + ("mean of heads" if head is None else f"head {head + 1} of {row.shape[1]}"),
            scale="renormalised" if renormalize else "raw",
            cost=1000 * self._seconds / len(row),
        )


@kind("attention", "Class attention", needs=TOKENS, cost="under 1 % of a pass")
@dataclass(frozen=True)
class ClassAttention:
    """Provider: x (b, 3, h, w) as the model takes it to its class attention; y is not looked at."""

    model: nn.Module
    block: int = -1
    head: int | None = None
    renormalize: bool = False

    def __call__(self, x: Tensor, y: Tensor | None = None) -> Evidence:
        model = unwrap_model(self.model)
        with torch.no_grad(), AttentionRows(model, self.block) as rows:
            model(x)
        return rows.read(self.head, renormalize=self.renormalize)


@contextmanager
def hook_modules(*hooks: tuple[Callable[..., Any], Callable[..., Any]]) -> Iterator[None]:
    """Hooks as (register, function) that hear this thread only: models are shared by threads."""
    owner = threading.get_ident()

    def here(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *seen: function(*seen) if threading.get_ident() == owner else None

    handles = [register(here(function)) for register, function in hooks]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def class_row(attention: Any, qkv: Tensor) -> Tensor:
    """The class token's row of the attention whose qkv layer gave (b, n, 3 c): (b, heads, n)."""
    q, k, _ = split_qkv(attention, qkv)
    return ((k @ q[:, :, 0, :, None])[..., 0].float() * attention.scale).softmax(-1)


def split_qkv(attention: Any, qkv: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys (with the block's norms) and values, each (b, heads, n, d)."""
    b, n, _ = qkv.shape
    q, k, v = qkv.view(b, n, 3, attention.num_heads, -1).permute(2, 0, 3, 1, 4)
    return attention.q_norm(q), attention.k_norm(k), v


def read_attentions(model: Any) -> list[Any]:
    """The attention of every block, first to last; ValueError where they cannot be read."""
    model = unwrap_model(model)
    reason = why_no_attention(model)
    if reason:
        raise ValueError(
            f"{name_model(model)} gives no class attention ({reason}); it can give: "
            f"{', '.join(list_possible(model))}."
        )
    return [block.attn for block in model.blocks]


def on_grid(patches: Tensor, frame: tuple[int, int] | None) -> Tensor:
    """Values of n patches (b, n) as (b, 1, h, w): the grid nearest in shape to the frame (h, w).

    ValueError where n patches do not fill such a grid, as when a model drops some.
    """
    n = patches.shape[1]
    tall, wide = frame or (1, 1)
    grids = [(h, n // h) for h in range(1, n + 1) if n % h == 0]
    h, w = min(grids, key=lambda grid: abs(grid[0] - grid[1] * tall / wide))
    if abs(h - w * tall / wide) >= 1 and abs(w - h * wide / tall) >= 1:
        raise ValueError(f"{n} patches do not fill the grid of a frame of {tall} x {wide}.")
    return patches.reshape(-1, 1, h, w).float()


def name_model(model: Any) -> str:
    """What a model is called: its own name, timm's, or its class."""
    model = unwrap_model(model)
    configured = getattr(model, "pretrained_cfg", None) or {}
    return getattr(model, "name", "") or configured.get("architecture") or type(model).__name__


def _within(value: Any, n: int) -> bool:
    return isinstance(value, int) and -n <= value < n
