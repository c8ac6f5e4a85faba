"""Findings that ship: rows, parameters, versions and the command, a JSON file each."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mixcore.findings.claims import Claim, Row, Verdict, judge_claim
from mixcore.runs import files

FOLDER = Path(__file__).parents[2] / "assets" / "findings"
PACKAGES = ("torch", "numpy", "scikit-learn")
MOST = 200_000  # bytes of a file
DIGITS = 6  # that are kept of a measured number
APART = "--"  # between a lab and what else it was run on, in the name of a file
NEAR = 1e-4  # how far rows of the same versions may be apart


@dataclass(frozen=True)
class Finding:
    """Rows of an experiment that was run for the record, and what they depend on.

    parameters  those of the lab, by name
    versions    package -> version
    command     makes it again
    day         on which it was made, as 2026-11-30
    seconds     that it took, on `cores` CPU cores
    note        what else must be known of it, in a sentence or two
    """

    name: str
    rows: Sequence[Row]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    day: str = ""
    seconds: float = 0.0
    cores: int = 0
    note: str = ""

    @property
    def seeds(self) -> tuple[int, ...]:
        """Every seed, in order."""
        return tuple(sorted({row.seed for row in self.rows}))

    def judge(self, claims: Iterable[Claim]) -> list[tuple[Claim, Verdict]]:
        """Each claim with what the rows make of it."""
        return [(claim, judge_claim(claim, self.rows)) for claim in claims]


def list_findings(folder: Path = FOLDER) -> tuple[str, ...]:
    """The names of all findings, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.json")))


def list_others(name: str, folder: Path = FOLDER) -> tuple[str, ...]:
    """What else a lab's experiment was run on for the record, such as other data, by short name."""
    return tuple(sorted(p.stem.partition(APART)[2] for p in folder.glob(f"{name}{APART}*.json")))


def load_finding(name: str, folder: Path = FOLDER) -> Finding | None:
    """The finding of that name; None where there is none yet, ValueError where it is damaged."""
    path = folder / f"{name}.json"
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        rows = tuple(Row(row["arm"], row["seed"], row["values"]) for row in values.pop("rows"))
        return Finding(name, rows, **values)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name} is no finding: {error}.") from None


def save_finding(finding: Finding, folder: Path = FOLDER) -> Path:
    """Write it; ValueError where it would be larger than MOST bytes."""
    values = {
        "command": finding.command, "day": finding.day, "seconds": round(finding.seconds, 1),
        "cores": finding.cores, "versions": dict(finding.versions),
        "parameters": dict(finding.parameters),
    }  # fmt: skip
    values |= {"note": finding.note} if finding.note else {}
    lines = [json.dumps(_plain(row)) for row in finding.rows]
    head = json.dumps(values, indent=1).removesuffix("\n}")
    text = head + ',\n "rows": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"
    if len(text) > MOST:
        raise ValueError(f"{finding.name} takes {len(text):,} bytes; {MOST:,} are allowed.")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{finding.name}.json"
    files.write_file(path, text.encode())
    return path


def list_versions() -> dict[str, str]:
    """The versions that rows depend on."""
    known = {name: importlib.metadata.version(name).partition("+")[0] for name in PACKAGES}
    return {"python": platform.python_version(), **known}


def compare_rows(old: Sequence[Row], new: Sequence[Row]) -> str | None:
    """How new rows differ from the old ones by more than NEAR, in a sentence; None if not."""
    known = {(row.arm, row.seed): row.values for row in old}
    again = {(row.arm, row.seed): row.values for row in new}
    if known.keys() != again.keys():
        return f"There are {len(again)} rows now, {len(known)} before."
    worst, where = 0.0, ""
    for place, values in known.items():
        for metric, number in values.items():
            away = abs(number - again[place].get(metric, float("inf")))
            if away / max(1.0, abs(number)) > worst:
                worst = away / max(1.0, abs(number))
                where = f"{metric} of {place[0]}, seed {place[1]}"
    return f"{where} is off by {worst:.2g}." if worst > NEAR else None


def _plain(row: Row) -> dict[str, Any]:
    values = {name: float(f"{value:.{DIGITS}g}") for name, value in row.values.items()}
    return {"arm": row.arm, "seed": row.seed, "values": values}
