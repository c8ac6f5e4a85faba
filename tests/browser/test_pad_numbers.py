"""The pad's arithmetic against mixcore's, for every method that the browser draws itself."""

import base64
import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from app.link import states
from app.mixes import (
    known_methods,
    label_maps,
    mismatch,
    mixing,
    pad_data,
    pad_maps,
    pad_shapes,
    photos,
    text,
)
from app.mixes.evidence_kinds import EXACT, FED, SPECS
from app.mixes.mismatch import Judgement, Measure
from app.mixes.text import Facts
from app.mixes.usual import Usual, rate_mismatch, usual_html
from mixcore import cell_masks, naming, pictures
from mixcore.evidence import Evidence, visibility
from mixcore.plan import Plan
from mixcore.regions.shapes import Dense
from pages.driving import KEYS

STRENGTHS = (0.0, 0.13, 0.5, 0.87, 1.0)
PHOTOS = {"a": "scene", "b": "scene", "see": "spectral residual"}


def wanted(method, **values):
    """What a state asks for, its photos, and the card of its method."""
    state = states.pack_state(states.list_defaults(KEYS) | PHOTOS | {"m": method} | values)
    shots = tuple(photos.cut_photo(picture, {}) for picture in state.pictures[:2])
    return mixing.make_request(state, shots, "cpu"), shots, known_methods.load_catalogue()[method]


def drawable():
    """The methods whose mix a hand can move, and by what."""
    for key, card in known_methods.load_catalogue().items():
        if (
            card.photos == 2
            and not card.inside
            and not {*card.info.needs, *card.info.after, *card.info.hidden}
        ):
            asked, shots, _ = wanted(key)
            plan = mixing.make_plan(asked, shots)[1]
            if pad_data.is_drawable(card, plan) and (found := pad_data.list_hands(card, plan, "")):
                yield pytest.param(key, found, id=key)


def handed(asked, shots, hands):
    """What the browser is given: terms, and parcels in base64."""
    moves = pad_data.describe_moves(asked, hands, shots)
    table, numbers = pad_data.pack_evidence(("spectral residual",), moves.terms["mirrored"], shots)
    terms = moves.terms | {"maps": table, "numbers": numbers.name}
    parcels = {one.name: base64.b64encode(one.data).decode() for one in (*moves.parcels, numbers)}
    return json.loads(json.dumps(terms)), parcels


def truth(asked, shots):
    """The settled picture, area, weights, and what is in sight by two kinds of evidence."""
    batch, plan = mixing.make_plan(asked, shots)
    picture = pictures.to_array(plan.apply(batch.x)[:1])[0].astype(int)
    found = {}
    for see in ("spectral residual", EXACT):
        maps = [mixing.method_maps.maps.load_map(shot, SPECS[see]) for shot in shots]
        whole = Evidence(torch.cat([m.values for m in maps]), see)
        found[see] = visibility.visible_share(plan, whole)[0].tolist()
        found["pixels"] = visibility.label_weight(plan, whole, "pixels")[0].tolist()
    weights = [float(plan.w_a[0]), float(plan.w_b[0])]
    return picture, float(plan.area[0]), weights, found


def agrees(said, right):
    picture, area, weights, found = right
    drawn = np.frombuffer(base64.b64decode(said["picture"]), np.uint8).reshape(448, 448, 4)
    assert np.abs(drawn[..., :3].astype(int) - picture).max() <= 1
    assert said["areas"][0] == pytest.approx(area, abs=4e-5)
    if said["weights"]:
        assert said["weights"] == pytest.approx(weights, abs=4e-5)
    for see in ("spectral residual", EXACT):
        assert said["seen"][see] == pytest.approx(found[see], abs=4e-5), see
    if said["pixels"]:
        assert said["pixels"] == pytest.approx(found["pixels"], abs=4e-5)


@pytest.mark.parametrize(("method", "hands"), list(drawable()))
def test_the_browser_draws_what_mixcore_mixes_at_five_strengths(bench, method, hands):
    asked, shots, _ = wanted(method, how="by hand", lam=0.65)
    bench.load(*handed(asked, shots, hands))
    agrees(bench.frame({"by": "now"}), truth(asked, shots))
    for lam in STRENGTHS:
        place = {"by": "lam", "i": round(lam * 100)}
        at_lam = replace(asked, given=(*[g for g in asked.given if g[0] == "index"], ("lam", lam)))
        agrees(bench.frame(place), truth(at_lam, shots))


LOOKING = [
    key
    for key, card in known_methods.load_catalogue().items()
    if {*card.info.needs, *card.info.after} & {*FED}
]


@pytest.mark.parametrize("method", LOOKING)
def test_the_same_of_methods_that_look_at_the_photos(bench, method):
    naming.load()
    asked, shots, card = wanted(method, how="by hand", lam=0.65)
    plan = mixing.make_plan(asked, shots)[1]
    assert pad_data.is_drawable(card, plan)
    hands = pad_data.list_hands(card, plan, "")
    account = plan.account.read_row()
    used = label_maps.read_maps(plan, account)
    packed = [pad_maps.pack_map(one) for one in used]
    for one, sent in zip(plan.account.maps, packed, strict=True):
        kind = np.float64 if sent["double"] else np.float32
        values = np.frombuffer(base64.b64decode(sent["values"]), kind)
        very = one.map(0).numpy()
        assert (values.reshape(sent["rows"], sent["columns"]) == very).all()  # bit for bit
    bench.load(*handed(asked, shots, hands), account.to_dict(), packed)
    agrees(bench.frame({"by": "now"}), truth(asked, shots))
    index = [g for g in asked.given if g[0] == "index"]
    places = [({"by": "lam", "i": round(lam * 100)}, ("lam", lam)) for lam in STRENGTHS]
    boxes = [(0, 448, 0, 448), (7, 200, 31, 430), (60, 61, 0, 300)]
    places += [({"by": "box", "box": b}, ("box", b)) for b in boxes if "box" in hands]
    for place, fixed in places:
        there = replace(asked, given=(*index, fixed))
        said = bench.frame(place)
        agrees(said, truth(there, shots))
        if card.info.after or any(one.above_least for one in used):
            assert said["sum"] is None  # only the server knows
            continue
        right = mixing.make_plan(there, shots)[1].account.read_row()
        assert said["weights"] == pytest.approx(right.weights(), abs=4e-5)
        lines = bench.page.evaluate("([sum, names]) => equations(sum, names)", [
            right.to_dict() | {"label": right.weights()}, ["cat", "cup"]])  # fmt: skip
        assert "\n".join(lines) == right.describe(("cat", "cup"))


@pytest.mark.parametrize("method", ["cutmix", "resizemix"])
@pytest.mark.parametrize(
    "box", [(0, 448, 0, 448), (100, 100, 50, 90), (7, 8, 440, 448), (31, 300, 199, 421)]
)
def test_a_box_of_any_place_and_size(bench, method, box):
    asked, shots, _ = wanted(method, how="box", rows=box[:2], columns=box[2:])
    bench.load(*handed(asked, shots, ("box",)))
    agrees(bench.frame({"by": "box", "box": box}), truth(asked, shots))


def test_resizing_by_the_nearest_pixel_and_a_mirrored_partner(bench):
    box = {"how": "box", "rows": (20, 215), "columns": (100, 411)}
    for method, more in {
        "resizemix": {"resizemix.interpolation": "nearest"},
        "freemix": {"freemix.region": "box", "freemix.shrink": True, "freemix.mirror": True},
    }.items():
        asked, shots, _ = wanted(method, **box, **more)
        bench.load(*handed(asked, shots, ("box",)))
        agrees(bench.frame({"by": "now"}), truth(asked, shots))
    asked, shots, _ = wanted("freemix", **{"freemix.region": "whole", "freemix.mirror": True})
    bench.load(*handed(asked, shots, ("lam",)))
    agrees(bench.frame({"by": "now"}), truth(asked, shots))


def test_a_mask_that_has_no_terms_is_drawn_from_its_pixels(bench):
    asked, shots, _ = wanted("mixup")
    terms, parcels = handed(asked, shots, ())
    for mask in (torch.rand(1, 1, 448, 448), torch.rand(1, 1, 448, 448) < 0.3):
        region = Dense(mask.repeat(2, 1, 1, 1))
        load = pad_data.pack_asset("heights", pad_shapes.compute_field(region).tobytes())
        more = {"now": pad_shapes.describe_shape(region), "field": load.name}
        bench.load(terms | more, parcels | {load.name: base64.b64encode(load.data).decode()})
        said = bench.frame({"by": "now"})
        x = pictures.to_tensor(*(shot.image for shot in shots))
        plan = Plan(np.array([1, 0]), region)
        picture = pictures.to_array(plan.apply(x)[:1])[0].astype(int)
        drawn = np.frombuffer(base64.b64decode(said["picture"]), np.uint8).reshape(448, 448, 4)
        assert np.abs(drawn[..., :3].astype(int) - picture).max() <= 1
        assert said["areas"][0] == pytest.approx(float(plan.area[0]), abs=4e-5)


@pytest.mark.parametrize("side", [2, 5, 7, 56])
def test_a_mask_by_hand_and_its_word(bench, side):
    keep = np.random.default_rng(side).random((side, side)) < 0.5
    keep[: side // 2] = True
    word = cell_masks.write_mask(keep)
    assert bench.page.evaluate("word => codeOf(cellsOf(word))", word) == word
    asked, shots, _ = wanted("freemix", how="painted", mask=word)
    bench.load(*handed(asked, shots, ("lam", "brush")))
    agrees(bench.frame({"by": "now"}), truth(asked, shots))
    at_lam = replace(asked, given=(("index", [1, 0]), ("lam", 0.3)))
    agrees(bench.frame({"by": "lam", "i": 30}), truth(at_lam, shots))


def told(facts, judge, names):
    """The sentences as Python writes them."""
    if judge is None:
        return list(text.describe_label(facts, names))
    measure = Measure("", "CAM", "", *judge)
    found = Judgement(measure, "", (), {}, "", measure, False, (), "", 0.1)
    return list(mismatch.describe_verdict(found, facts, names))


def test_sentences_are_those_of_the_settled_page(bench):
    random = np.random.default_rng(5)
    names = ("<cat>", "Bob's cup")
    shares = [0.0, 1.0, 0.999, 0.001, 0.125, 0.375, 0.5, 0.6649, 0.665, *random.random(30).tolist()]
    for share in shares:
        for kind in ("blend", "hard", "soft"):
            facts = Facts(share, (share, 1 - share), (share, 1 - share), kind)
            a, b = random.random(2).tolist()
            for judge in (None, ((a, b), (a / (a + b), b / (a + b)))):
                said = bench.page.evaluate(
                    "([facts, judge, names]) => verdict(facts, judge, names)",
                    [
                        {"areas": facts.areas, "weights": facts.weights, "kind": kind},
                        judge and {"visible": judge[0], "worth": judge[1]},
                        names,
                    ],
                )
                assert said == told(facts, judge, names), (share, kind, judge)
    both = Facts(None, (0.4, 0.6), (0.9, 0.7), "hard")
    for judge in (((0.9, 0.2), (0.8, 0.2)), ((1.0, 0.9), (0.5, 0.5))):
        said = bench.page.evaluate(
            "([facts, judge, names]) => verdict(facts, judge, names)",
            [
                {"areas": both.areas, "weights": both.weights, "kind": "hard"},
                {"visible": judge[0], "worth": judge[1]},
                names,
            ],
        )
        assert said == told(both, judge, names)


def test_how_usual_a_mismatch_is_is_said_and_drawn_alike(bench):
    gaps = [0.0, 0.05, 0.099, 0.125, 0.25, 0.3, 0.64, 1.0, *np.linspace(0, 1, 41).tolist()]
    for low, high in ((0.0, 0.0), (0.02, 0.06), (0.0625, 0.2655), (0.125, 0.375)):
        found = Usual("Bob's <Mix>", 500, low, high)
        said = bench.page.evaluate(
            "([gaps, u]) => gaps.map((gap) => [rateMismatch(gap, u), usualHtml(gap, u)])",
            [gaps, asdict(found)],
        )
        assert said == [[rate_mismatch(gap, found), usual_html(gap, found)] for gap in gaps]


def test_shares_are_written_alike(bench):
    shares = [0, 1, 0.005, 0.125, 0.375, 0.995, 0.666666, *np.linspace(0, 1, 97).tolist()]
    written = bench.page.evaluate("all => all.map((w) => [short(w), percent(w)])", shares)
    assert written == [[text.format_share(w), text.format_percent(w)] for w in shares]
