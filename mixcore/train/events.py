"""TensorBoard's event files beside metrics.jsonl, where TensorBoard is installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from mixcore.runs import Run, Status

if find_spec("tensorboard") is None:
    raise ValueError(
        "TensorBoard is not installed here: leave out --tensorboard, or install `tensorboard`; "
        "metrics.jsonl holds the same numbers."
    )


class Events:
    """Watches a worker, and writes each number of its rows as a scalar."""

    def __init__(self, run: Run) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(run.folder / "tensorboard"))

    def __call__(self, now: Status, row: dict[str, Any] | None) -> None:
        if row is None:
            if now.step == now.steps:
                self._writer.flush()
            return
        groups = [row, *(row.get(group, {}) for group in ("losses", "readings"))]
        for name, value in ((name, value) for group in groups for name, value in group.items()):
            if isinstance(value, int | float) and name not in ("step", "epoch"):
                self._writer.add_scalar(f"{row['kind']}/{name}", value, row["step"])
