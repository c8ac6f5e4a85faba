"""All of docs/ that is made from the code, anew: `python -m mixcore.docs`.

What stands between two marks of a page is replaced; the rest of it is left alone. A test holds the
pages to what this makes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from mixcore.docs import (
    api_page,
    audits_table,
    covers,
    drawing,
    findings_page,
    labels_table,
    methods_table,
    objectives_table,
)
from mixcore.evidence import spec_maps
from mixcore.evidence.reference import DIGESTS

DOCS = Path(__file__).resolve().parents[2] / "docs"
AUDITS = ("scenes", "cifar10")


def renew_audits(text: str) -> str:
    """docs/audits.md with its table made from the summaries in docs/audits."""
    paths = [DOCS / "audits" / f"{name}.json" for name in AUDITS]
    return audits_table.renew_text(text, audits_table.read_summaries(paths))


# A page in docs/ and what makes it of what it was.
PAGES: dict[str, Callable[[str], str]] = {
    "api.md": api_page.renew_text,
    "methods.md": methods_table.renew_text,
    "objectives.md": objectives_table.renew_text,
    "evidence.md": lambda text: labels_table.renew_text(text, labels_table.load_report()),
    "audits.md": renew_audits,
    "findings.md": findings_page.renew_text,
    "architecture.svg": lambda text: drawing.draw_architecture(),
}


def write_digests() -> None:
    """The digests that mixcore.evidence.reference reads, anew."""
    text = json.dumps(spec_maps.list_digests(), indent=1)
    DIGESTS.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Write every page, the covers of labs, and the table that the command line reads."""
    methods_table.write_listing()
    write_digests()
    covers.write_covers()
    for name, renew in PAGES.items():
        path = DOCS / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(renew(text), encoding="utf-8")


if __name__ == "__main__":
    main()
