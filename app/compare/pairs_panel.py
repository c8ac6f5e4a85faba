"""Pairs of photos, row by row: own photos, chance, and a search for disagreement."""

from __future__ import annotations

import random
from functools import partial
from html import escape

import streamlit as st

from app.compare import spec
from app.compare.compare_state import COMPARE
from app.compare.spec import MOST, PAIRS, Pair
from app.link.states import PhotoCrop
from app.mixes import photos
from app.mixes.photos import PhotoPreview
from app.photos import crop_frame, own_photos, visitor_photos

SCENES = tuple(f"scene{number}" for number in range(12))


def show(word: str, rows: str) -> bool:
    """A line for each pair; whether a surprise is asked for. word: the pairs as in the link."""
    pairs = spec.read_pairs(word)
    shown = pairs if rows == PAIRS else pairs[:1]
    sources = list_sources()
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
        if rows == PAIRS and (waiting := _list_waiting(pairs)):
            st.button(
                "Compare your photos", icon=":material/photo_library:", key="g-use-own",
                type="primary", on_click=_place, args=(waiting,),
            )  # fmt: skip
        own_photos.show("g-", _place, COMPARE.tell, partial(_frames, shown))
    found, said = st.session_state.get("compare-found", ("", ""))
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
                format_func=titles.__getitem__, on_change=_change, args=(i, side, pairs),
                label_visibility="collapsed",
            )  # fmt: skip
        if removable:
            st.button(
                f"Remove row {i + 1}", icon=":material/close:", key=f"g-remove-{i}",
                on_click=_set, args=([*pairs[:i], *pairs[i + 1 :]],),
            )  # fmt: skip


def list_sources() -> dict[str, str]:
    """Every photo to choose from, and what it is called: own ones, the gallery, scenes."""
    shelf = visitor_photos.list_uploads()
    own = {word: photos.name_upload(shelf[digest]) for digest, word in _own().items()}
    examples = {photo.name: photo.title for photo in photos.list_examples()}
    return own | examples | {word: _title(word) for word in SCENES}


def _title(word: str) -> str:
    """What a photo is called that is not among the choices: cut otherwise, another scene, or one
    that is not here."""
    source, _ = spec.split_crop(word)
    if upload := visitor_photos.list_uploads().get(source):
        return photos.name_upload(upload)
    if source in (titles := {photo.name: photo.title for photo in photos.list_examples()}):
        return titles[source]
    number = source.removeprefix("scene")
    return f"scene {number}" if number != source else "a photo that is not here"


def _change(i: int, side: str, pairs: list[Pair]) -> None:
    changed = pairs[i]._replace(**{side: st.session_state[f"g-{side}-{i}"]})
    _set([*pairs[:i], changed, *pairs[i + 1 :]])


def _set(pairs: list[Pair]) -> None:
    words = dict.fromkeys(pair.word for pair in pairs)
    COMPARE.put_values({"g.pairs": ".".join(list(words)[:MOST])})


def list_pool() -> list[str]:
    """The photos to draw from: the user's own, where there are two, else the gallery."""
    own = list(_own().values())
    return own if len(own) >= 2 else [photo.name for photo in photos.list_examples()]


def _random(count: int) -> None:
    sources = list_pool()
    pairs = [Pair(*random.sample(sources, 2)) for _ in range(count)]
    _set(pairs)


def _add(pairs: list[Pair]) -> None:
    known = set(pairs)
    while (fresh := Pair(*random.sample(list_pool(), 2))) in known and len(list_pool()) > 2:
        continue
    _set([*pairs, fresh])


def _place(brought: list[str]) -> None:
    """Pair photos up that were brought; a single one with the first of the others."""
    own = _own()
    if len(brought) == 1:
        brought = [*[digest for digest in own if digest not in brought][:1], *brought]
    if len(brought) > 1:
        words = [own[digest] for digest in brought]
        _set([Pair(*words[i : i + 2]) for i in range(0, len(words) - 1, 2)])


def _own() -> dict[str, str]:
    """The person's own photos, by digest, as words for pairs: each as it was cut last."""
    shelf = visitor_photos.list_uploads().items()
    return {d: spec.with_crop(d, one.crop) for d, one in shelf if not one.borrowed}


def _list_waiting(pairs: list[Pair]) -> list[str]:
    """The person's own photos, where there are two and no pair has one: brought on another page."""
    own = [*_own()]
    words = [word for pair in pairs for word in pair]
    used = any(word.startswith(digest) for word in words for digest in own)
    return [] if used or len(own) < 2 else own[: 2 * MOST]


def _frames(pairs: list[Pair]) -> None:
    """The frames of own photos in these pairs."""
    shelf = visitor_photos.list_uploads()
    with st.container(key="g-own-frames"):
        for digest, cut in dict(spec.split_crop(word) for pair in pairs for word in pair).items():
            if upload := shelf.get(digest):
                preview = PhotoPreview(upload.preview, upload.width, upload.height)
                change = partial(_cut, digest)
                crop_frame.show(
                    f"g-crop-{digest}", photos.name_upload(upload), preview, cut, change
                )


def _cut(digest: str, to: PhotoCrop) -> None:
    """Cut an own photo so in all pairs."""
    visitor_photos.keep_crop(digest, to)
    word = spec.with_crop(digest, to)
    pairs = spec.read_pairs(COMPARE.read_values()["g.pairs"])
    _set([Pair(*(word if one.startswith(digest) else one for one in pair)) for pair in pairs])
