"""Two readings of all or more of a ViT's attention: rollout, and gradient x attention.

Rollout: Abnar and Zuidema, "Quantifying Attention Flow in Transformers", ACL 2020: the mean of
heads, half of it the residual connection, multiplied from block to block. Only the class token's
row is wanted, so it is a vector that goes down from the last block; one map exists at a time.

Gradient x attention: Chefer, Gur and Wolf, "Generic Attention-model Explainability", ICCV 2021,
equation 5, for the last block: mean over heads of max(0, A * dlogit/dA).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mixcore.evidence.kinds import TOKENS, kind
from mixcore.evidence.kinds.attention import (
    class_row,
    hook_modules,
    name_model,
    on_grid,
    read_attentions,
    split_qkv,
)
from mixcore.evidence.map import Evidence
from mixcore.unwrap import unwrap_model


@kind("rollout", "Attention rollout", needs=TOKENS, cost="some per cent of a pass")
@dataclass(frozen=True)
class Rollout:
    """Provider: x (b, 3, h, w) as the model takes it to rollout; y is not looked at.

    Where the class token joins late, its row goes on through the blocks before as a row over
    patches. The maps are diffuse: they rank pixels well, and are best read minus their mean.
    """

    model: nn.Module

    def __call__(self, x: Tensor, y: Tensor | None = None) -> Evidence:
        model = unwrap_model(self.model)
        blocks = read_attentions(model)
        seen: dict[int, Tensor] = {}

        def keep(i: int) -> Callable[[Any, Any, Tensor], None]:
            return lambda module, inputs, qkv: seen.update({i: qkv})

        every = [(blocks[i].qkv.register_forward_hook, keep(i)) for i in range(len(blocks))]
        with torch.no_grad():
            with hook_modules(*every):
                model(x)
            start = time.perf_counter()
            row = _rolled(blocks, seen)
        prefix: int = model.num_prefix_tokens
        late = getattr(model, "joins", 0) > 0
        return Evidence(
            on_grid(row if late else row[:, prefix:], (x.shape[-2], x.shape[-1])),
            name="rollout",
            model=name_model(model),
            layer=f"all {len(blocks)} blocks, mean of heads",
            cost=1000 * (time.perf_counter() - start) / len(x),
        )


def _rolled(blocks: list[Any], seen: dict[int, Tensor]) -> Tensor:
    """The class token's row (b, n) through all blocks, over the tokens of the first one."""
    last = len(blocks) - 1
    row = class_row(blocks[last], seen[last]).mean(1) / 2
    row[:, 0] += 0.5
    for i in range(last - 1, -1, -1):
        row = row[:, row.shape[1] - seen[i].shape[1] :]  # no class token here if it joins later
        q, k, _ = split_qkv(blocks[i], seen[i])
        full = ((q @ k.transpose(-2, -1)).float() * blocks[i].scale).softmax(-1).mean(1)
        row = ((row[:, None] @ full)[:, 0] + row) / 2
    return row


@kind("gradient-attention", "Gradient × attention", needs=TOKENS, cost="under a pass", asks=True)
@dataclass(frozen=True)
class GradientAttention:
    """Provider: x (b, 3, h, w) and classes y (b,), or the likeliest ones, to grad x attention.

    The attention row reaches the logit only through the weighted sum of the values, so the
    gradient of that sum, times the values, is the exact gradient of the row; what lies before the
    last block's attention is never differentiated.
    """

    model: nn.Module

    def __call__(self, x: Tensor, y: Tensor | None = None) -> Evidence:
        model = unwrap_model(self.model)
        attention = read_attentions(model)[-1]
        seen: dict[str, Tensor] = {}

        def cut(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            seen["sum"] = inputs[0].detach().requires_grad_()
            return (seen["sum"], *inputs[1:])

        def keep(module: nn.Module, inputs: tuple[Tensor, ...], qkv: Tensor) -> None:
            seen["qkv"] = qkv.detach()

        after_sum = getattr(attention, "norm", attention.proj)
        hooks = (
            (attention.qkv.register_forward_hook, keep),
            (after_sum.register_forward_pre_hook, cut),
        )
        with torch.enable_grad(), hook_modules(*hooks):
            out = model(x.detach())
        start = time.perf_counter()
        wanted = out.argmax(1) if y is None else y.to(out.device)
        score = out.gather(1, wanted[:, None]).sum()
        (slope,) = torch.autograd.grad(score, seen["sum"])
        row = class_row(attention, seen["qkv"])
        _, _, values = split_qkv(attention, seen["qkv"])
        of_sum = slope[:, 0].view(len(x), attention.num_heads, -1, 1)
        weighted = (row * (values @ of_sum)[..., 0]).clamp(min=0).mean(1)
        prefix: int = model.num_prefix_tokens
        whose = "likeliest" if y is None else "given"
        return Evidence(
            on_grid(weighted[:, prefix:].detach(), (x.shape[-2], x.shape[-1])),
            name=f"gradient x attention of the {whose} class",
            model=name_model(model),
            layer="last block, mean of heads",
            cost=1000 * (time.perf_counter() - start) / len(x),
        )
