"""Progress of an experiment: how far it is, what it measures meanwhile, and when to end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any


class Interrupted(RuntimeError):  # noqa: N818, no fault of the program
    """The experiment was asked to end; what is not finished is lost, and made again on resuming."""


class Progress:
    """Way of an experiment to say how far it is and what it measures, and to hear of a stop.

    tell   called with (step, steps, message)
    write  called with each row of a curve
    stops  says whether it was asked to end
    """

    def __init__(
        self,
        tell: Callable[[int, int, str], None] = lambda step, steps, message: None,
        write: Callable[[dict[str, Any]], None] = lambda row: None,
        stops: Callable[[], bool] = lambda: False,
    ) -> None:
        self._tell, self._write, self._stops = tell, write, stops

    def at(self, step: int, steps: int, message: str = "") -> None:
        """Say how far this part is; call it at every step, it costs nothing.

        Raises:
            Interrupted: where it was asked to end.
        """
        if self._stops():
            raise Interrupted
        self._tell(step, steps, message)

    def trace(self, arm: str, step: int, values: Mapping[str, Sequence[float]]) -> None:
        """Append a point of live curves: metric -> one number a seed."""
        numbers = {name: [float(v) for v in some] for name, some in values.items()}
        self._write({"kind": "trace", "arm": arm, "at": step, "values": numbers})
