"""Choices of the Audit page: what can be audited, and what can be looked at. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.audit import uploads
from app.jobs import known_runs
from app.jobs.known_runs import RunCard
from mixcore.audit import table_files
from mixcore.audit.audit_request import AuditRequest
from mixcore.methods import methods, read_declaration
from mixcore.runs import home

USUAL = ("cutmix", "transmix")
NEEDS = {"object", "grounds"}  # what scenes alone have


@dataclass(frozen=True)
class Shown:
    """One audit to look at: a run of the store, or a table that was written elsewhere.

    place  its folder, or the table's file
    """

    name: str
    place: Path
    card: RunCard | None = None

    @property
    def busy(self) -> bool:
        return self.card is not None and self.card.active

    @property
    def begun(self) -> bool:
        """Whether there is a row to see yet."""
        try:
            return bool(table_files.files_of(self.place))
        except (ValueError, OSError):
            return False


def by_title(data: str) -> dict[str, str]:
    """Title -> key of the methods that can be audited on this data, in the order of titles."""
    found = {}
    for key in methods("classes"):
        facts = read_declaration(key)
        pair = facts.get("sources", 2) == 2 and facts.get("space", "pixels") == "pixels"
        if pair and (data == "scenes" or not NEEDS & set(facts.get("needs", ()))):
            found[facts["title"]] = key
    return dict(sorted(found.items(), key=lambda one: one[0].lower()))


def list_data() -> dict[str, str]:
    """What can be audited here: its name on the page -> Request.data."""
    found = {"scenes": "scenes"}
    own = home.get_data_home()
    if own.is_dir():
        found |= {
            path.name: path.name
            for path in sorted(own.iterdir())
            if not path.name.startswith(".") and (path.is_dir() or path.suffix in uploads.PACKS)
        }
    return found | {name: str(path) for name, path in uploads.list_packs().items()}


def find_audit(name: str, known: list[RunCard]) -> Shown:
    """The audit of that name: a run, a table that was brought, or a path inside MIXSCOPE_HOME.

    ValueError says in one sentence why there is none.
    """
    for card in known:
        if card.name == name:
            return Shown(name, card.run.folder, card)
    if name in (own := uploads.list_tables()):
        return Shown(name, own[name])
    root = home.get_home().resolve()
    try:
        place = (root / name).resolve()
    except RuntimeError:  # links in a circle
        raise ValueError(f"{name!r} leads nowhere: it is a link to itself.") from None
    if not place.is_relative_to(root):
        raise ValueError(
            f"{name!r} lies outside MIXSCOPE_HOME: copy the table there, or upload its .parquet."
        )
    if not place.exists():
        raise ValueError(f"There is no audit {name!r} here; it may have been deleted.")
    uploads.check_table(table_files.files_of(place)[0])
    return Shown(name, place)


def start_audit(request: AuditRequest, owner: str = "") -> str:
    """Queue an audit; its name on the page."""
    return known_runs.start_runs(request, owner=owner)[0]
