"""Values of the Compare page's link, kept by its widgets; app/compare/spec.py declares them."""

from __future__ import annotations

from app.compare import spec
from app.compare.spec import Ask
from app.link.states import Keys
from app.mixes import cell_mix, photos
from app.photos import visitor_photos
from app.session import PageState


def _list_keys() -> Keys:
    cards = cell_mix.list_cards()
    by_hand = [key for key, card in cards.items() if "lam" in card.info.given]
    return spec.list_keys([photo.name for photo in photos.list_examples()], list(cards), by_hand)


COMPARE = PageState(
    "compare", _list_keys,
    # What buttons, the grid, and widgets that call things by other names set.
    carriers=("g.pairs", "g.pin", "g.methods", "g.of"),
)  # fmt: skip


def begin_page() -> None:
    """Read the link, and let go of pairs of own photos that were removed, on whatever page."""
    COMPARE.begin_page()
    gone = visitor_photos.list_removed()
    pairs = spec.read_pairs(COMPARE.read_value("g.pairs")) if gone else []
    kept = [pair for pair in pairs if not any(digest in pair.word for digest in gone)]
    if kept != pairs:
        COMPARE.put_values({"g.pairs": ".".join(pair.word for pair in kept) or spec.OPENING})


def read_ask() -> Ask:
    """The whole grid as it is asked for now."""
    return spec.pack_ask(COMPARE.read_values())
