"""The reference evidence: the one map that judges labels unless the user chooses another.

It is the same for every method, on every page and the command line, and never changes by itself.
No label of a bundled method is made from it with any parameters, so none agrees with itself. Of the
kinds of evidence with that property it errs least on real pairs: mean error and intervals are in
assets/evidence/report.json, made by `python -m mixcore evidence --report`. Never imports torch.
"""

from __future__ import annotations

import json
from pathlib import Path

REFERENCE = "mean of features"
"""Its name in mixcore.evidence.specs.SPECS."""

DIGESTS = Path(__file__).with_name("digests.json")


def load_digests() -> dict[str, str]:
    """What judges -> the digest of its maps as this version makes them; see `spec_maps`."""
    found: dict[str, str] = json.loads(DIGESTS.read_text(encoding="utf-8"))
    return found
