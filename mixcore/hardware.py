"""Choice of the device to compute on."""

from __future__ import annotations

import torch


def devices() -> tuple[str, ...]:
    """The usable kinds of device, best first; "cpu" is always the last.

    Returns:
        Some of "cuda" and "mps", and "cpu".

    Example:
        >>> import mixcore
        >>> mixcore.devices()[-1]
        'cpu'
    """
    found = []
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return (*found, "cpu")


def device(name: str = "auto") -> torch.device:
    """The device called name, or the best one for "auto".

    Args:
        name: "auto", a kind of device such as "cuda", or one with its number, as "cuda:1".

    Returns:
        The torch.device.

    Raises:
        ValueError: where this machine does not have it.

    Example:
        >>> import mixcore
        >>> mixcore.device("cpu")
        device(type='cpu')
    """
    if name == "auto":
        return torch.device(devices()[0])
    if name.partition(":")[0] not in devices():
        raise ValueError(
            f"device must be 'auto' or one of {', '.join(devices())} here, got {name!r}."
        )
    return torch.device(name)
