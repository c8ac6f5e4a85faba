"""Request of a lab's experiment, declared once. No torch."""

from __future__ import annotations

import json
import shlex
from typing import Any

from mixcore.labs import LabCard, read_card
from mixcore.params import Declared, declared, integer, text
from mixcore.runs import Job


@declared
class LabRequest(Declared):
    """One experiment: a lab, how many seeds, and the parameters that are not the usual ones."""

    OWNER = "The experiment's "

    lab: str = text("", title="Lab", help="Key of a lab")
    seeds: int = integer(3, 1, 100, title="Seeds", help="Seeds of each arm; more are surer")
    first: int = integer(0, 0, 2**31 - 1, title="First seed", help="The first of the seeds")
    settings: str = text(
        "{}", title="Settings", help="Parameters of the lab that are not the usual ones, as JSON"
    )

    def check(self) -> None:
        """ValueError for a lab that is not known, and for settings that are no parameters."""
        if self.lab:
            read_card(self.lab)
        if not isinstance(self._read_settings(), dict):
            raise ValueError(f"The experiment's settings must be JSON, got {self.settings!r:.60}.")

    @property
    def card(self) -> LabCard:
        """What the lab declares."""
        return read_card(self.lab)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that are not the usual ones."""
        found: dict[str, Any] = self._read_settings()
        return found

    def _read_settings(self) -> Any:
        try:
            return json.loads(self.settings)
        except ValueError:
            return None

    def list_seeds(self) -> list[int]:
        """Its seeds, in order."""
        return [*range(self.first, self.first + self.seeds)]

    def job(self, *, owner: str = "") -> Job:
        """The job of a run store that does this."""
        return Job("lab", self.to_dict(), f"lab {self.lab}", owner, threads=2)

    def command(self) -> str:
        """The same from a shell."""
        words = ["python", "-m", "mixcore", "lab", self.lab, "--seeds", str(self.seeds)]
        words += ["--first", str(self.first)] if self.first else []
        for name, value in self.parameters.items():
            words += ["--set", f"{name}={value}"]
        return shlex.join(words)
