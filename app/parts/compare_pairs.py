"""PAIRS: which photos meet, row by row; own photos; chance, and a search for disagreement."""

from __future__ import annotations

import random
from html import escape

import streamlit as st

from app import asked, comparing, session
from app.comparing import MOST, PAIRS, Pair
from app.parts.picker import TYPES
from app.service import photos
from app.service.photos import PictureError

SCENES = tuple(f"scene{number}" for number in range(12))


def show(word: str, rows: str) -> bool:
    """A line for each pair; whether a surprise is asked for. word: the pairs as in the link."""
    pairs = comparing.pairs(word)
    shown = pairs if rows == PAIRS else pairs[:1]
    sources = _sources()
    for i, pair in enumerate(shown):
        _line(i, pair, pairs, sources, removable=len(shown) > 1)
    with st.container(key="g-actions", horizontal=True, gap="xsmall"):
        surprise = st.button(
            "Surprise me", icon=":material/bolt:", key="g-surprise",
            help="Tries pairs of your photos, or of the gallery, and shows those on which the "
            "mismatches of these columns are spread the widest. Takes up to 20 seconds.",
        )  # fmt: skip
        if rows == PAIRS:
            st.button(
                "Random pairs", icon=":material/shuffle:", key="g-random", on_click=_random,
                args=(len(pairs),),
            )  # fmt: skip
            st.button(
                "Add", icon=":material/add:", key="g-add", disabled=len(pairs) >= MOST,
                on_click=_add, args=(pairs,),
            )  # fmt: skip
        _own()
    found, said = st.session_state.get("g-found", ("", ""))
    if found == word and rows == PAIRS:
        st.html(f'<p class="note" role="status">{escape(said)}</p>')
    return surprise


def _line(i: int, pair: Pair, pairs: list[Pair], sources: dict[str, str], removable: bool) -> None:
    with st.container(key=f"g-pair-{i}", horizontal=True, gap="xxsmall", wrap=False):
        for side, source in zip("ab", pair, strict=True):
            key, titles = f"g-{side}-{i}", {**sources, source: sources.get(source, _title(source))}
            st.session_state[key] = source  # it follows the bound word
            st.selectbox(
                f"Picture {side.upper()} of row {i + 1}", [*titles], key=key,
                format_func=titles.get, on_change=_change, args=(i, side, pairs),
                label_visibility="collapsed",
            )  # fmt: skip
        if removable:
            st.button(
                f"Remove row {i + 1}", icon=":material/close:", key=f"g-remove-{i}",
                on_click=_set, args=([*pairs[:i], *pairs[i + 1 :]],),
            )  # fmt: skip


def _sources() -> dict[str, str]:
    """Every photo to choose from, and what it is called: own ones, the gallery, scenes."""
    own = {digest: upload.name for digest, upload in session.shelf().items()}
    examples = {photo.name: photo.title for photo in photos.examples()}
    return own | examples | {word: _title(word) for word in SCENES}


def _title(source: str) -> str:
    """What a photo is called that is not among the choices: any other scene, or one not here."""
    number = source.removeprefix("scene")
    return f"scene {number}" if number != source else f"image {source[:4]}…"


def _change(i: int, side: str, pairs: list[Pair]) -> None:
    changed = pairs[i]._replace(**{side: st.session_state[f"g-{side}-{i}"]})
    _set([*pairs[:i], changed, *pairs[i + 1 :]])


def _set(pairs: list[Pair]) -> None:
    words = dict.fromkeys(pair.word for pair in pairs)
    asked.put({"g.pairs": ".".join(list(words)[:MOST])})


def pool() -> list[str]:
    """The photos to draw from: a person's own, where there are two, else the gallery."""
    own = list(session.shelf())
    return own if len(own) >= 2 else [photo.name for photo in photos.examples()]


def _random(count: int) -> None:
    sources = pool()
    pairs = [Pair(*random.sample(sources, 2)) for _ in range(count)]
    _set(pairs)


def _add(pairs: list[Pair]) -> None:
    known = set(pairs)
    while (fresh := Pair(*random.sample(pool(), 2))) in known and len(pool()) > 2:
        continue
    _set([*pairs, fresh])


def _own() -> None:
    files = f"g-files-{session.generation()}"
    with st.popover("Your photos", icon=":material/upload:", key="g-own"):
        st.file_uploader(
            "Two photos make a pair; bring up to twelve", TYPES, key=files, on_change=_take,
            accept_multiple_files=True, args=(files,),
            help="They stay on this machine and are forgotten when you close the page.",
        )  # fmt: skip


def _take(widget: str) -> None:
    uploads, said = [], []
    for file in st.session_state[widget] or []:
        try:
            uploads.append(photos.admit(file.getvalue(), file.name, said))
        except PictureError as error:
            said.append(str(error))
    asked.tell(*dict.fromkeys(said))
    fresh = {one.digest: one for one in uploads if one.digest not in session.shelf()}
    session.keep(fresh)
    digests = list(fresh)
    if len(digests) == 1 and len(session.shelf()) > 1:
        digests = [next(one for one in session.shelf() if one != digests[0]), *digests]
    if len(digests) > 1:
        _set([Pair(*digests[i : i + 2]) for i in range(0, len(digests) - 1, 2)])
