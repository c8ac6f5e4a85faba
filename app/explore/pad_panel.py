"""The mix pad on the page: what it is handed, and what follows when the hand rests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from app.components import pad
from app.explore import history, pad_answers, pad_route, stage_panel
from app.link.states import DRAWN, PAINTED, TRUTHS, Keys, State, Values
from app.mixes import bars, evidence_kinds, mismatch, mixing, pad_data, pad_maps
from app.mixes.bars import Bar
from app.mixes.evidence_kinds import EXACT
from app.mixes.known_methods import MethodCard
from app.mixes.label_text import USED, is_told
from app.mixes.mismatch import Judgement
from app.mixes.mixing import Asked, Mix
from app.mixes.photos import CutPhoto
from app.mixes.text import describe_label
from app.session import EXPLORE

BY_HAND = {"lam", "box", "mask"}
SET = ("how", "lam", "rows", "columns", "mask", "layer", "opacity")  # what a hand may set
OWN, PIXELS = TRUTHS


def is_movable(card: MethodCard) -> bool:
    """Whether a hand can move the mixes of this method."""
    return card.photos == 2 and not card.inside and bool(BY_HAND & set(card.info.given))


def show(
    card: MethodCard,
    state: State,
    mix: Mix,
    found: Judgement | None,
    shots: tuple[CutPhoto, ...],
    names: Sequence[str],
    values: Values,
    keys: Keys,
    device: str,
) -> bool:
    """Draw the pad; False where the browser could not draw this mix itself."""
    wanted = mixing.make_request(state, shots, device)
    plan = mixing.make_plan(wanted, shots)[1]
    if not pad_data.is_drawable(card, plan):
        return False
    hands = pad_data.list_hands(card, plan, values["mask"] if state.how == PAINTED else "")
    moves = pad_data.describe_moves(wanted, hands, shots, later=pad_route.are_served())
    table, numbers = pad_data.pack_evidence((state.see,), moves.terms["mirrored"], shots)
    settled, pinned = pad_data.pack_picture(mix.layers["mixed"]), history.get_pinned()
    parcels = [*moves.parcels, settled, *([numbers] if numbers else [])]
    rows = _rows(mix, state, found)
    data = {
        **_state(values, state, bool(state.given(card.info.given)), mix, names),
        "terms": moves.terms | {"maps": table, "numbers": numbers.name if numbers else None},
        "hands": hands,
        "rows": rows,
        "words": _words(mix, found, names),
        "titles": _titles(mix, state, names, table, values["layer"]),
        "missing": found.why if found else "",
        "usual": asdict(found.usual) if found and found.usual else None,
        "unused": stage_panel.explain_missing(USED),
        "judge": _judge(found),
        "account": _account(mix),
        "used": [pad_maps.pack_map(one) for one in mix.used],
        "settled": {
            "picture": settled.name,
            "areas": mix.facts.areas,
            "weights": mix.facts.weights,
            "mismatch": found.mismatch if found else None,
        },
        "pinned": None,
        "report": {"asked": json.loads(wanted.recipe())},
        "route": _route(wanted, shots),
    }
    if pinned:
        parcels.append(pad_data.pack_picture(pinned.picture))
        data["pinned"] = {"picture": parcels[-1].name, "shares": pinned.shares}
    loads = {parcel.name: parcel.data for parcel in parcels}
    pad.mount(data, loads.values(), lambda: _moved(keys), history.follow_pad)
    return True


def _route(wanted: Asked, shots: tuple[CutPhoto, ...]) -> dict[str, str] | None:
    """Where the pad asks while the hand moves, and by which handle; None where no route answers."""
    if not pad_route.are_served():
        return None
    handle = st.session_state.setdefault("explore-pad-handle", pad_answers.make_handle())
    pad_answers.keep_place(handle, wanted, shots)
    base = st.get_option("server.baseUrlPath").strip("/")
    return {"url": "/" + "/".join(filter(None, (base, pad_route.PATH))), "handle": handle}


def _state(
    values: Values, state: State, by_hand: bool, mix: Mix, names: Sequence[str]
) -> dict[str, Any]:
    """What the controls of the pad say."""
    how = values["how"] if by_hand else DRAWN
    return {
        "seq": st.session_state.get("explore-pad-seq", 0),
        "step": history.load_history().at,
        "steps": len(history.load_history().entries),
        "names": list(names),
        "how": how,
        "painting": how == PAINTED,
        "lam": mix.facts.lam,
        "see": state.see,
        **{name: values[name] for name in ("layer", "opacity")},
    }


def _moved(keys: Keys) -> None:
    """Take what a hand has set into the widgets that own it; anything else is not its business."""
    said = st.session_state[pad.KEY].hand
    if not isinstance(said, dict) or EXPLORE.is_behind():
        return
    fresh = {}
    for name, raw in dict(said.get("values", {})).items():
        if name in SET:
            try:
                fresh[name] = keys[name].read(raw)
            except ValueError:
                continue
    st.session_state["explore-pad-seq"] = int(said.get("seq", 0))
    history.note_gesture(int(said.get("gesture", 0)))
    EXPLORE.put_values(fresh)


def _words(mix: Mix, found: Judgement | None, names: Sequence[str]) -> dict[str, Any]:
    told = found and mismatch.describe_verdict(found, mix.facts, names)
    return {
        "verdict": list(told or describe_label(mix.facts, names)),
        "number": mismatch.number_html(found) if found else "",
    }


def _rows(mix: Mix, state: State, found: Judgement | None) -> list[dict[str, Any]]:
    """Every bar, and from what the browser makes it while the hand moves."""
    terms = [f"term:{bar.title}" for bar in bars.term_bars(mix.facts)]
    sources = ["lam", "area", *terms, "label"]
    worth = zip(bars.list_bars(mix.facts, state.how), sources, strict=True)
    rows = [_row(bar, source, "What the label is worth") for bar, source in worth]
    if found is None:
        return rows
    kinds = {OWN: "exact:own", PIXELS: "exact:pixels"}
    sources = [*(kinds[truth] for truth in found.exact), f"map:{state.see}", "still"]
    left = "What is left to see"
    rows += [_row(b, s, left) for b, s in zip(mismatch.list_bars(found), sources, strict=True)]
    others = zip(mismatch.more_bars(found), found.others, strict=True)
    return rows + [_row(bar, f"map:{one.name}", left, slim=True) for bar, one in others]


def _row(bar: Bar, source: str, group: str, slim: bool = False) -> dict[str, Any]:
    return {
        "title": bar.title, "shares": bar.shares, "why": bar.why_not, "source": source,
        "group": group, "slim": slim,
    }  # fmt: skip


def _account(mix: Mix) -> dict[str, Any] | None:
    """The arithmetic of the label; None where nothing is to be told of it."""
    account = mix.facts.account
    return account.to_dict() if account and is_told(account, mix.used) else None


def _judge(found: Judgement | None) -> dict[str, Any] | None:
    """By which map the mismatch moves."""
    if found is None or found.judge is None:
        return None
    exact = bool(found.exact)
    return {
        "see": EXACT if exact else found.judge.name,
        "pixels": exact and found.truth == PIXELS,
    }


def _titles(
    mix: Mix, state: State, names: Sequence[str], table: Sequence[dict[str, Any]], shown: str
) -> dict[str, str]:
    """What each layer is called to who cannot see it.

    How large the difference gets is said where it is shown: to know it costs as much as the mix.
    """
    titles = {
        layer: stage_panel.describe_layer(mix, names, layer, layer == shown)
        for layer in stage_panel.CAPTION
    }
    ends: Sequence[tuple[float, float]] = next(
        (entry["ends"] for entry in table if entry["see"] == state.see), []
    )
    title = evidence_kinds.find_kind(state.see).title
    for side, name, (low, high) in zip("AB", names, ends, strict=False):
        titles[f"sees in {side}"] = (
            f"{title} in {side}, {name}: {low:.1f} to {high:.1f} times an even share"
        )
    return titles | {one.layer: f"{one.title}, {one.what}" for one in mix.used}
