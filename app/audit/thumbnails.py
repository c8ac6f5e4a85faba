"""Pictures of an audit's rows, made again: thumbnails, and pairs for Explore.

A worker thread of its own makes the thumbnails, so that the page is there at once. Torch is
imported by the first page that asks.
"""

from __future__ import annotations

import io
import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from mixcore.audit.audit_request import AuditRequest
from mixcore.runs.error_text import describe_error

if TYPE_CHECKING:
    from mixcore.audit.engine import Audit

SIDE, QUALITY = 160, 82
KEPT = 2000  # thumbnails, some 10 kB each
Row = Mapping[str, Any]
Name = tuple[str, str]


class GoneError(ValueError):
    """Why a row's pictures cannot be had, in one sentence."""


class Thumbs:
    """Each mix beside itself under the evidence that judged it, as JPEGs by table and row.

    `ask` queues what is missing, `found` says what is there.
    """

    def __init__(self) -> None:
        self._made: OrderedDict[Name, bytes | str] = OrderedDict()
        self._waiting: dict[Name, tuple[Mapping[str, Any], Row]] = {}
        self._lock = threading.Lock()
        self._hands = ThreadPoolExecutor(1, thread_name_prefix="thumbnails")

    def ask(self, place: str, facts: Mapping[str, Any], rows: Iterable[Row]) -> None:
        """Queue these, in this order, before what was asked for earlier and still waits."""
        with self._lock:
            wanted = {(place, row["id"]): (facts, row) for row in rows}
            wanted = {name: one for name, one in wanted.items() if name not in self._made}
            fresh = len(wanted.keys() - self._waiting.keys())
            self._waiting = wanted | {n: w for n, w in self._waiting.items() if n not in wanted}
        for _ in range(fresh):
            self._hands.submit(self._next)

    def found(self, place: str, row: Row) -> bytes | str | None:
        """The JPEG, why there is none in a sentence, or None while it is not made yet."""
        with self._lock:
            return self._made.get((place, row["id"]))

    def _next(self) -> None:
        with self._lock:
            name, (facts, row) = next(iter(self._waiting.items()))
        made: bytes | str
        try:
            made = _jpeg(*_remade(facts, row))
        except Exception as error:  # whatever it is, the others must still be made
            made = str(error) or type(error).__name__
        with self._lock:
            self._waiting.pop(name, None)
            self._made[name] = made
            while len(self._made) > KEPT:
                self._made.popitem(last=False)


@st.cache_resource(show_spinner=False, max_entries=1)
def get_thumbnails() -> Thumbs:
    """Those of all sessions of this server."""
    return Thumbs()


def make_pair(facts: Mapping[str, Any], row: Row) -> list[Any]:
    """The two squares of a row, audit_sources.Shot each; GoneError where one is not there."""
    audit = _audit(facts)
    found = []
    for side in "ab":
        i, said = row[side], row[f"name_{side}"]
        if not 0 <= i < len(audit.source) or audit.source.name(i) != said:
            raise GoneError(
                f"The data set has changed since this audit: picture {i} was {said} then."
            )
        found.append(audit.source.shot(i))
    return found


def _remade(facts: Mapping[str, Any], row: Row) -> list[Any]:
    make_pair(facts, row)
    from app.mixes import maps

    with maps.LOCK:  # the models are everybody's
        audit = _audit(facts)
        found = [audit.remake(row), audit.draw_evidence(row)]
    return [one for one in found if one is not None]


def _audit(facts: Mapping[str, Any]) -> Audit:
    """The audit that made a table, on the CPU; GoneError where its data are not here."""
    try:
        request = AuditRequest.from_dict(facts.get("request", {}))
    except (ValueError, TypeError):
        raise GoneError(
            "This table was written by a training; the pictures of its mixes are not kept."
        ) from None
    return _opened(json.dumps(replace(request, device="cpu", threads=1).to_dict()))


@st.cache_resource(show_spinner=False, max_entries=2)
def _opened(request: str) -> Audit:
    from mixcore.audit.engine import Audit

    try:
        return Audit(AuditRequest.from_dict(json.loads(request)))
    except (ValueError, OSError) as error:
        raise GoneError(f"The pictures cannot be had here: {describe_error(error)}") from None


def _jpeg(*images: Any) -> bytes:
    """The pictures side by side."""
    from PIL import Image

    file, strip = io.BytesIO(), Image.new("RGB", (SIDE * len(images), SIDE))
    for i, image in enumerate(images):
        small = Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        strip.paste(small, (SIDE * i, 0))
    strip.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()
