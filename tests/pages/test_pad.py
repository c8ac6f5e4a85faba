"""What the pad is handed, what it may ask the server, and the history it walks through."""

import asyncio
import json
import struct
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from starlette.requests import Request

from app.components.pad import HERE, PAD, PARCEL, join_script
from app.explore import pad_answers, pad_route
from app.explore.history import MOST, Past
from app.link.states import SIZE, list_defaults, pack_state
from app.mixes import known_methods, mixing, pad_data, pad_shapes, photos
from mixcore import Batch, cell_masks, method, pictures
from pages.driving import KEYS, code, html, mixed, run_snippet, shown, values
from pages.driving import pad as handed

CARDS = known_methods.load_catalogue()


def head(parcel):
    """What a parcel says of itself, and what it carries."""
    (length,) = struct.unpack("<I", parcel[:4])
    return json.loads(parcel[4 : 4 + length]), parcel[-(-(4 + length) // 4) * 4 :]


@pytest.mark.parametrize(
    "key", [k for k, c in CARDS.items() if {"lam", "box", "mask"} & set(c.info.given)]
)
def test_every_method_that_a_hand_can_move_has_the_pad(open_page, lite, key):
    card = CARDS[key]
    page = open_page(m=key, see="spectral residual")
    data = handed(page)
    if card.inside or card.photos > 2:
        assert data is None
        return
    assert "lam" in data["hands"]
    assert ("box" in data["hands"]) == ("box" in card.info.given and key != "freemix")
    assert {"cells", "brush"} & set(data["hands"]) or "mask" not in card.info.given
    if card.info.hidden:  # a network draws each mask anew: the server is asked on the way
        assert data["terms"]["strip"] is None
        assert data["terms"]["now"]["kind"] == "dense"
    else:
        assert len(data["terms"]["strip"]["shapes"]) == 101
    label = next(row["shares"] for row in data["rows"] if row["source"] == "label")
    assert data["settled"]["weights"] == pytest.approx(label)
    if looks := {*card.info.needs, *card.info.after} & {"attention", "cam", "saliency"}:
        assert data["account"]["label"] == pytest.approx(label, abs=1e-6), looks
        assert data["used"]
    parcels = [head(e.proto.bytes) for e in page.get("bidi_component") if e.proto.bytes]
    named = {said["name"] for said, _ in parcels}
    asked = data["terms"]
    assert {asked["a"], asked["b"], asked["numbers"], data["settled"]["picture"]} <= named
    assert all(load.startswith(b"\x89PNG") for said, load in parcels if said["kind"] == "png")


def test_a_parcel_of_the_same_bytes_has_the_same_name(open_page):
    page = open_page(m="fmix")
    before = {e.proto.id: e.proto.bytes for e in page.get("bidi_component")}
    shown(page.slider(key="lam").set_value(0.3).run())
    shown(page.segmented_control(key="how").set_value("by hand").run())
    after = {e.proto.id: e.proto.bytes for e in page.get("bidi_component")}
    changed = [name for name in before if before[name] and before[name] != after[name]]
    assert len(changed) == 1  # the settled picture: photos, field and maps need not travel again


def test_a_painted_mask_is_mixed_and_its_code_makes_the_same_pixels(
    open_page, tmp_path, monkeypatch
):
    for side in (5, 56):
        keep = np.random.default_rng(side).random((side, side)) < 0.6
        page = open_page(m="patchmix", how="painted", mask=cell_masks.write_mask(keep))
        mask = cell_masks.enlarge_mask(keep, SIZE)
        assert f"{mask.mean():.4f}" in str(page.table[0].value.to_dict())
        assert "not used: the painted mask decides" in html(page)
        assert (run_snippet(page, tmp_path, monkeypatch) == mixed(page)).all()
        shots = [photos.cut_photo(picture, {}) for picture in pack_state(values(page)).pictures[:2]]
        x = pictures.to_tensor(*(shot.image for shot in shots))
        plan = method("patchmix").plan(Batch(x, given={"index": [1, 0], "mask": mask}), rng=1234)
        assert (pictures.to_array(plan.apply(x))[0] == mixed(page)).all()
        assert '"mask"' in code(page, "json")


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (7, 7), (28, 28), (56, 56), (64, 64)])
def test_words_of_masks_come_back_and_stay_short(shape):
    random = np.random.default_rng(3)
    for share in (0, 0.01, 0.5, 0.99, 1):
        keep = random.random(shape) < share
        word = cell_masks.write_mask(keep)
        assert (cell_masks.read_mask(word) == keep).all()
        assert len(word) <= cell_masks.LONGEST


@pytest.mark.parametrize(
    "word",
    [
        "",
        "7x7",
        "7x7b",
        "7x7bAA",
        "0x4b",
        "65x1bAAAAAAAAAAA",
        "2x2rBQ",
        "2x2r_w",
        "2x2b!!",
        "9" * 900,
    ],
)
def test_words_that_are_no_masks_are_refused(word):
    with pytest.raises(ValueError, match="must be a mask"):
        cell_masks.read_mask(word)


def test_history_holds_a_hundred_steps_and_a_drag_is_one():
    past = Past()
    for i in range(3):
        past.record({"seed": i}, "seed")
    for lam in (0.1, 0.2, 0.3):
        past.record({"seed": 2, "lam": lam}, "drag", gesture=7)
    assert [entry.values for entry in past.entries[2:]] == [{"seed": 2}, {"seed": 2, "lam": 0.3}]
    past.record({"seed": 2, "lam": 0.3, "layer": "mask"}, "look")
    assert len(past.entries) == 4
    assert past.go(past.at - 1) == {"seed": 2}
    assert past.go(-5) == {"seed": 0}
    assert past.go(0) is None
    assert past.go(99) == {"seed": 2, "lam": 0.3, "layer": "mask"}
    past.go(1)
    past.record({"seed": 9}, "anew")  # what was undone is gone
    assert [entry.values["seed"] for entry in past.entries] == [0, 1, 9]
    for i in range(200):
        past.record({"seed": i}, "seed")
    assert len(past.entries) == MOST
    assert past.now.values == {"seed": 199}


def test_what_is_set_in_haste_is_a_step_but_an_echo_is_not():
    past = Past()
    for seed in (1, 2):
        past.record({"seed": seed}, "seed")
    past.catch_up({"seed": 3})  # its run was cut short
    assert past.go(past.at - 1) == {"seed": 2}
    past.catch_up({"seed": 3})  # the browser has not heard of that step yet
    assert past.go(past.at - 1) == {"seed": 1}
    assert past.go(99) == {"seed": 3}
    past.record({"seed": 3}, "seed")
    past.catch_up({"seed": 4})
    assert past.now.values == {"seed": 4}


def test_undo_on_the_page_takes_back_everything(open_page):
    page = open_page(seed="7")
    shown(page.selectbox(key="method").select("mixup").run())
    shown(page.number_input(key="seed").set_value(8).run())
    page.button(key="undo").click().run()
    assert (values(page)["m"], values(page)["seed"]) == ("mixup", 7)
    page.button(key="undo").click().run()
    assert (values(page)["m"], values(page)["seed"]) == ("cutmix", 7)
    page.button(key="redo").click().run()
    assert (values(page)["m"], values(page)["seed"]) == ("mixup", 7)
    assert not [button for button in page.button if button.key.startswith("step-")]
    page.session_state["steps"] = True  # which opens the list
    shown(page.run())
    page.button(key="step-2").click().run()
    assert values(page)["seed"] == 8


def test_scripts_need_no_build_and_no_other_host():
    for modules in (PAD, PARCEL):
        whole = join_script(modules)
        assert "import " not in whole.replace("important", "")
        assert whole.count("export ") == 1
    text = "".join(path.read_text() for path in HERE.glob("*.*"))
    assert "http://" not in text
    assert "https://" not in text


@pytest.fixture
def place():
    state = pack_state(list_defaults(KEYS) | {"m": "mixup", "how": "by hand"})
    shots = tuple(photos.cut_photo(picture, {}) for picture in state.pictures[:2])
    name = pad_answers.make_handle()
    pad_answers.keep_place(name, mixing.make_request(state, shots, "cpu"), shots)
    return name


def ask(body, origin="http://here", host="here"):
    """What the route answers."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin else [])
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/pad/mix",
        "headers": headers,
        "query_string": b"",
    }

    async def receive():
        return {"type": "http.request", "body": sent, "more_body": False}

    # In a thread of its own: a browser test may have a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(
            asyncio.run, pad_route.answer_question(Request(scope, receive))
        ).result()


def test_the_desk_answers_with_the_mix_there(place):
    answer = ask({"handle": place, "number": 1, "asked": {"lam": 0.25}})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    said, load = head(answer.body)
    assert said["weights"] == pytest.approx([0.25, 0.75])
    assert load.startswith(b"\x89PNG")


def test_foreign_pages_wrong_handles_and_odd_questions_are_refused(place):
    good = {"handle": place, "number": 1, "asked": {"lam": 0.25}}
    assert ask(good, origin="http://elsewhere").status_code == 403
    assert ask(good, origin="").status_code == 403
    assert ask(good | {"handle": place[:-1]}).status_code == 404
    assert ask(b"{" + b" " * 5000).status_code == 413
    for bad in (b"nonsense", b"[]", json.dumps(good | {"number": "1"}).encode()):
        assert ask(bad).status_code == 400
    for asked in ({}, {"lam": 2}, {"lam": "nan"}, {"seed": 3}, {"rows": [0, 9]}, {"mask": ""},
                  {"rows": [9, 0], "columns": [0, 9]}, {"lam": 0.5, "mask": "2x2bkA"}):  # fmt: skip
        assert ask(good | {"asked": asked}).status_code == 400, asked


def test_too_many_questions_are_too_many(place):
    good = {"handle": place, "number": 1, "asked": {"seed": 1}}
    answers = [ask(good).status_code for _ in range(int(pad_answers.BURST) + 10)]
    assert answers[0] == 400
    assert answers[-1] == 429
    pad_answers.find_place(place).checked -= 60
    assert ask(good).status_code == 400


def test_a_later_question_wins(place):
    kept = pad_answers.find_place(place)
    kept.latest = 9
    assert ask({"handle": place, "number": 8, "asked": {"lam": 0.5}}).status_code == 409
    assert ask({"handle": place, "number": 9, "asked": {"lam": 0.5}}).status_code == 200


def test_the_desk_holds_so_many_sessions(place):
    kept = pad_answers.find_place(place)
    for _ in range(pad_answers.SESSIONS):
        pad_answers.keep_place(pad_answers.make_handle(), kept.wanted, kept.shots)
    assert pad_answers.find_place(place) is None
    assert pad_data.GRID <= cell_masks.MOST


SWEPT = [k for k, c in CARDS.items() if "lam" in c.info.given and c.photos == 2 and not c.inside]


@pytest.mark.parametrize("key", SWEPT)
def test_the_sweep_of_lam_is_what_is_planned_at_each_step(lite, key):
    state = pack_state(
        list_defaults(KEYS) | {"m": key, "a": "scene", "b": "scene", "b.scene": 3, "seed": 5}
    )
    shots = tuple(photos.cut_photo(picture, {}) for picture in state.pictures[:2])
    wanted, name = mixing.make_request(state, shots, "cpu"), pad_answers.make_handle()
    pad_answers.keep_place(name, wanted, shots)
    said, load = head(ask({"handle": name, "number": 1, "asked": {"sweep": ""}}).body)
    assert said["sweep"] == pad_data.sweep_name(pad_shapes.free_request(wanted))
    for i in (0, 13, 50, 87, 100):
        fixed = tuple(pair for pair in wanted.given if pair[0] == "index")
        at_lam = replace(wanted, given=(*fixed, ("lam", i / 100)))
        plan = mixing.make_plan(at_lam, shots)[1]
        shape = json.loads(json.dumps(pad_shapes.describe_shape(plan.region)))
        if said["strip"] is None:
            assert shape["kind"] == "dense"
            continue
        assert said["strip"]["shapes"][i] == shape
        if said["strip"]["weights"]:
            assert said["strip"]["weights"][i] == [float(plan.w_a[0]), float(plan.w_b[0])]
    if load:  # which does not travel to where it is
        again = ask({"handle": name, "number": 2, "asked": {"sweep": said["name"]}})
        empty = {"kind": "strip", "name": pictures.digest(b"strip")}
        assert head(again.body) == (said | empty, b"")


def test_no_step_of_lam_is_planned_before_a_hand_is_there(open_page, monkeypatch):
    monkeypatch.setattr(pad_route, "are_served", lambda: True)
    monkeypatch.setattr(pad_shapes, "make_strip", lambda *args, **kwargs: pytest.fail("planned"))
    terms = handed(open_page(m="cutmix"))["terms"]
    assert terms["strip"] is None
    assert terms["sweep"]
