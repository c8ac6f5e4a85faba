"""Batches of images as memory: which may be mixed, where the mix goes, and in what layout.

A mix keeps the dtype, device and memory layout of the images that it was made of; bytes are mixed
as numbers in [0, 1], and label maps as numbers that are never blended.
"""

from __future__ import annotations

import torch
from torch import Tensor


def check_images(x: Tensor, b: int, *, any_shape: bool = False) -> None:
    """Raise TypeError or ValueError unless x is a batch of b images, floating or of bytes."""
    if not x.is_floating_point() and x.dtype != torch.uint8:
        raise TypeError(
            f"x must be floating point or uint8, got {x.dtype}; label maps are mixed by "
            "plan.carry(labels)."
        )
    if len(x) != b:
        raise ValueError(f"x must hold the {b} images of the plan, got {len(x)}.")
    if x.ndim != 4 and not any_shape:
        raise ValueError(f"x must have shape (b, c, h, w), got {tuple(x.shape)}.")


def check_buffer(x: Tensor, out: Tensor | None, in_place: bool) -> None:
    """Raise ValueError unless out, where there is one, can take what x is mixed into."""
    if (out is not None or in_place) and torch.is_grad_enabled() and x.requires_grad:
        raise ValueError("apply cannot write into a buffer: x asks for gradients.")
    if out is None:
        return
    if in_place:
        raise ValueError("apply takes out or in_place, not both.")
    if out.shape != x.shape or out.dtype != x.dtype or out.device != x.device:
        raise ValueError(
            f"out must be like x, {tuple(x.shape)} {x.dtype} on {x.device}; "
            f"got {tuple(out.shape)} {out.dtype} on {out.device}."
        )
    if out.untyped_storage().data_ptr() == x.untyped_storage().data_ptr():
        raise ValueError("out must not share memory with x; use in_place=True to overwrite x.")


def as_bytes(mixed: Tensor, out: Tensor | None) -> Tensor:
    """Numbers in [0, 1] as bytes, into out where there is one."""
    mixed = mixed.mul_(255).round_().clamp_(0, 255)
    return mixed.to(torch.uint8) if out is None else out.copy_(mixed)


def as_maps(labels: Tensor, b: int) -> Tensor:
    """Label maps (b, h, w) or (b, c, h, w) as float64 (b, c, h, w), exact up to 2 ** 53."""
    if labels.ndim not in (3, 4) or len(labels) != b:
        raise ValueError(
            f"labels must have shape ({b}, h, w) or ({b}, c, h, w), got {tuple(labels.shape)}."
        )
    return (labels[:, None] if labels.ndim == 3 else labels).double()


def gather_images(x: Tensor, index: Tensor) -> Tensor:
    """The images x[index] in the memory layout of x, which index_select would lose."""
    index = index.to(x.device)
    if is_channels_last(x):
        return x.movedim(1, -1).index_select(0, index).movedim(-1, 1)
    return x.index_select(0, index)


def keep_layout(x: Tensor, mixed: Tensor) -> Tensor:
    """The mix of x, channels last where x is."""
    return mixed.contiguous(memory_format=torch.channels_last) if is_channels_last(x) else mixed


def is_channels_last(x: Tensor) -> bool:
    """Whether images (b, c, h, w) lie channels last in memory, and not in the usual order too."""
    return (
        x.ndim == 4 and x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous()
    )
