"""What the model sees, on the page: the mismatch and by what it is judged, or why there is none."""

import contextlib
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from app.about import content
from app.explore import result_panel, takeaway
from app.link import states
from app.mixes import (
    bars,
    evidence_kinds,
    layer_images,
    maps,
    mismatch,
    mixing,
    photos,
    text,
    visible_shares,
)
from app.mixes.mismatch import Judgement, Measure
from app.mixes.text import Facts
from mixcore import naming
from mixcore.evidence import kinds, spec_maps, visibility
from mixcore.evidence.models import bundled
from mixcore.evidence.models.hybrid import Hybrid
from mixcore.evidence.models.normalized import lite0
from mixcore.evidence.reference import REFERENCE
from mixcore.evidence.spec_maps import make_maps
from pages.driving import alts, code, html, mixed, shown, told, values, verdict
from pages.switching import switch_page

SCENES = {"a": "scene", "b": "scene"}
PHOTOS = {"a": "cat", "b": "coffee"}


def read_mismatch(page):
    """The large number, or None."""
    found = re.search(r'class="mismatch"[^>]*><b>(\d\.\d\d)</b>', html(page))
    return float(found[1]) if found else None


def unread(page):
    """Why there is none."""
    return re.search('class="no-mismatch".*?>(.*?)</p>', html(page), re.S)[1]


def printed(page, folder, monkeypatch):
    """What the code on the page prints."""
    monkeypatch.chdir(folder)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code(page, "python"), "snippet", "exec"), {})
    return said.getvalue().strip()


@pytest.fixture
def untrained(lite, monkeypatch, tmp_path):
    """Bundled models of the right make that have learnt nothing."""
    torch.manual_seed(0)
    for name in bundled.NAMES:
        bundled.write_weights(Hybrid(late=name == "late"), tmp_path / f"{name}.safetensors")
    monkeypatch.setattr(bundled, "FOLDER", tmp_path)
    monkeypatch.setattr(bundled, "_loaded", {})
    forget()
    yield
    forget()


def forget():
    """What was made of other weights."""
    for cached in (maps._map, maps._overlay, visible_shares._judged, mixing.make_plan, mixing._mix):
        cached.clear()
    spec_maps.compute_digest.cache_clear()


def test_every_kind_has_its_key_in_the_link_and_its_provider():
    assert set(evidence_kinds.SPECS) == set(states.SEES)
    assert states.SEES[0] == REFERENCE
    shown = {sight.kind for sight in evidence_kinds.SPECS.values()} - {states.YOURS}
    assert shown <= set(kinds.list_kinds())
    assert len({sight.title for sight in evidence_kinds.SPECS.values()}) == len(states.SEES)
    assert tuple(evidence_kinds.QUESTIONS.values()) == visibility.TRUTHS


def test_opens_with_a_mismatch_or_says_why_not(open_page, lite):
    page = open_page(**PHOTOS)
    assert read_mismatch(page) is not None
    assert "Judged by mean of the last features (tf_efficientnet_lite0, " in html(page)


def test_a_missing_model_is_said_and_nothing_stands_in(open_page, lite, monkeypatch, tmp_path):
    monkeypatch.setattr(bundled, "FOLDER", tmp_path)
    monkeypatch.setattr(bundled, "_loaded", {})
    forget()
    page = open_page(layer="sees in A", see="late attention")
    assert read_mismatch(page) is None
    assert unread(page).startswith("No model: this evidence cannot be shown.")
    assert "late.safetensors is missing" in unread(page)
    assert not [alt for alt in alts(page) if "an even share" in alt]
    assert "mismatch" not in code(page, "python")
    assert verdict(page).startswith("The label says 66 % cat. 34 % of the picture is coffee")


def test_while_the_model_is_loaded_the_mix_is_there_already(open_page):
    page = open_page(**PHOTOS)
    assert "The model is being loaded" in unread(page)
    assert "Mixed picture" in alts(page)


def test_a_model_that_comes_while_the_page_is_drawn_is_not_missed(open_page, loaded, monkeypatch):
    here, real = [], result_panel.judge_mix
    monkeypatch.setattr(naming, "ready", lambda: bool(here))

    def judge_here(*given):
        found = real(*given)
        here.append("the model")
        return found

    monkeypatch.setattr(result_panel, "judge_mix", judge_here)
    assert read_mismatch(open_page(**PHOTOS)) is not None


def test_scenes_are_judged_by_their_exact_masks(open_page, tmp_path, monkeypatch):
    page = open_page(**SCENES)
    own = read_mismatch(page)
    assert "Judged by the scenes&#x27; exact masks: the share of its own object" in html(page)
    assert printed(page, tmp_path, monkeypatch).startswith(f"mismatch {own:.2f}"[:-1])
    shown(page.segmented_control(key="truth").set_value("visible object pixels").run())
    assert read_mismatch(page) != own
    about = json.loads(code(page, "json"))["about"]["seen"]
    assert about["mismatch"] == pytest.approx(read_mismatch(page), abs=0.005)
    assert printed(page, tmp_path, monkeypatch) == f"mismatch {about['mismatch']:.4f}"


def test_a_photo_beside_a_scene_is_judged_by_what_was_chosen(open_page):
    page = open_page(a="scene", see="spectral residual")
    assert "Judged by spectral residual." in html(page)
    page = open_page(a="scene", see="exact mask")
    assert unread(page) == "Only generated scenes know exactly where their object is."


def test_even_evidence_agrees_with_the_area(open_page):
    page = open_page(see="uniform")
    assert read_mismatch(page) == 0
    assert verdict(page) == (
        "The label says 66 % cat. By what is left to see it would be 66 %, too. "
        "Left to see: 66 % of the cat and 34 % of the coffee."
    )


def test_all_of_b_is_left_where_it_is_resized(open_page):
    page = open_page(m="resizemix", see="uniform")
    seen = json.loads(code(page, "json"))["about"]["seen"]
    assert seen["chosen"]["left"]["b"] == 1
    assert seen["chosen"]["left"]["a"] < 1


@pytest.mark.parametrize("see", ["CAM", "mean of features"])
def test_what_a_model_sees_is_drawn_and_its_code_gives_the_same_number(
    open_page, lite, see, tmp_path, monkeypatch
):
    page = open_page(see=see, layer="sees in B")
    seen = [alt for alt in alts(page) if "times an even share" in alt]
    assert [re.search(" in ([AB]), ", alt)[1] for alt in seen] == ["A", "B"]
    assert "tf_efficientnet_lite0" in html(page)
    assert "The prediction is on the mix, for Egyptian cat, espresso." in html(page)
    about = json.loads(code(page, "json"))["about"]["seen"]
    assert sum(about["prediction"].values()) == pytest.approx(1)
    said = float(printed(page, tmp_path, monkeypatch).removeprefix("mismatch "))
    assert said == pytest.approx(about["mismatch"], abs=2e-4)


@pytest.mark.parametrize(
    ("see", "made"),
    [
        ("late attention", "hybrid with a late class token, block 3 of 3, mean of heads, minus"),
        ("late attention, raw", "hybrid with a late class token, block 3 of 3, mean of heads, raw"),
        ("late attention x CAM", "times CAM of the likeliest class"),
        ("plain attention", "hybrid with a plain class token, block 3 of 3"),
    ],
)
def test_attention_of_the_bundled_models(open_page, untrained, see, made, tmp_path, monkeypatch):
    page = open_page(see=see)
    assert made in html(page)
    assert sum("times an even share" in alt for alt in alts(page)) == 2
    assert "from mixcore.evidence.models.bundled import load" in code(page, "python")
    about = json.loads(code(page, "json"))["about"]["seen"]
    said = float(printed(page, tmp_path, monkeypatch).removeprefix("mismatch "))
    assert said == pytest.approx(about["mismatch"], abs=2e-4)


def test_four_photos_are_judged_together(open_page):
    page = open_page(m="mosaic", see="spectral residual", c="owl")
    assert read_mismatch(page) < 0.1
    assert sum(alt.startswith("Spectral residual in ") for alt in alts(page)) == 4
    assert all(
        s == 1 for s in json.loads(code(page, "json"))["about"]["seen"]["chosen"]["left"].values()
    )


@pytest.mark.parametrize("method", ["augmix", "manifoldmix"])
def test_where_nothing_is_covered_it_is_not_used(open_page, method):
    page = open_page(m=method)
    assert read_mismatch(page) is None
    assert "Mismatch is not used here" in html(page)
    assert values(page)["see"] == REFERENCE


def test_the_link_holds_evidence_layer_and_question(open_page):
    link = {
        "see": "spectral residual",
        "truth": "visible object pixels",
        "layer": "sees in B",
        "m": "augmix",
    }
    page = open_page(**link)
    assert {name: values(page)[name] for name in link} == link
    query = code(page, "plaintext").partition("?")[2]
    assert {"see=spectral+residual", "truth=visible+object+pixels", "layer=sees+in+B"} <= set(
        query.split("&")
    )
    assert "the evidence was xray" in " ".join(told(open_page(see="xray")))


def test_a_map_is_made_once_whatever_the_sliders_do(open_page, monkeypatch):
    asked = []
    real = kinds.provider
    monkeypatch.setattr(kinds, "provider", lambda *a, **k: asked.append(a[0]) or real(*a, **k))
    maps._map.clear()
    page = open_page(see="spectral residual")
    assert asked == ["spectral-residual"] * 2
    shown(page.number_input(key="seed").set_value(7).run())
    shown(page.selectbox(key="method").select("mixup").run())
    assert len(asked) == 2


def test_all_kinds_of_evidence_of_a_photo_share_one_pass(lite):
    """And they are the maps that each model makes alone."""
    shot = photos.cut_photo(states.Picture("giraffe", 0, 1, 0.5, 0.5, ""), {})
    for cached in (maps._map, maps.seen, visible_shares._likeliest):
        cached.clear()
    passes = []
    hook = naming.load().model.conv_stem.register_forward_hook(lambda *_: passes.append(1))
    found = {
        see: maps.load_map(shot, evidence_kinds.find_kind(see)) for see in evidence_kinds.LOADED
    }
    visible_shares._likeliest(shot, "cpu")
    hook.remove()
    assert len(passes) <= 2  # the second is CAM's look at whether it fits a model that it never met
    x, models = maps.shrink_images(shot.image), {name: bundled.load(name) for name in bundled.NAMES}
    quick, whole = maps.whole_lite0("cpu"), lite0("cpu")
    with torch.no_grad():
        assert torch.allclose(quick(x).softmax(1), whole(x).softmax(1), atol=1e-6, rtol=0)
    for see, one in found.items():
        alone = make_maps(evidence_kinds.find_kind(see), x, models | {"lite0": lite0("cpu")})
        assert torch.equal(one.values, alone.values), see


def test_about_shows_which_label_tracks_the_truth_where_it_was_measured(
    open_page, monkeypatch, tmp_path
):
    monkeypatch.setattr(bundled, "FOLDER", tmp_path)
    assert content.list_label_errors() == []
    interval = {"value": 0.171, "low": 0.158, "high": 0.186}
    area = {"r": interval, "mae": interval, "of the errors of area": 1.0}
    best = {**area, "mae": {**interval, "value": 0.05}, "of the errors of area": 0.13}
    weights = {"n": 1200, "errors of area": 178, "labels": {"area": area, "late": best}}
    (tmp_path / "report.json").write_text(json.dumps({"composites": {"weights": weights}}))
    page = open_page(**PHOTOS)
    switch_page(page, "about")
    shown(page.run())
    assert "non-commercial" in " ".join(block.value for block in page.markdown)
    assert any(header.value == "Which label tracks the truth" for header in page.header)
    table = page.table[0].value
    assert list(table["Label by"]) == ["late", "area"]
    assert list(table["Error"])[1] == "0.171 [0.158, 0.186]"
    assert list(table["Repeats"]) == ["13 %", "100 %"]


def judged_as(visible_, worth, gap, **more):
    measure = Measure("late", "Class attention", "late, block 3", visible_, worth)
    fields = {"chosen": measure, "why": "", "others": (), "exact": {}, "truth": mismatch.OWN,
              "judge": measure, "made": False, "said": (), "classes": "no model",
              "mismatch": gap}  # fmt: skip
    return Judgement(**fields | more)


def plain_text(parts):
    return re.sub("<[^>]+>", "", " ".join(parts)).replace("\xa0", " ")


def test_the_sentences_name_the_two_numbers_whose_difference_is_the_mismatch():
    found = judged_as((0.16, 0.84), (0.16, 0.84), 0.51)
    facts = Facts(None, (0.67, 0.33), (0.67, 0.33), "hard")
    names = ("flower", "espresso")
    assert plain_text(mismatch.describe_verdict(found, facts, names)) == (
        "The label says 67 % flower. By what is left to see it would be 16 %. "
        "Left to see: 16 % of the flower and 84 % of the espresso."
    )
    other = judged_as((0.9, 0.05), (0.947, 0.053), 0.28)
    said = plain_text(mismatch.describe_verdict(other, facts, ("flower", "<b>Bob")))
    assert said.startswith("The label says 33 % &lt;b&gt;Bob. By what is left to see it would be 5")
    assert said.endswith("90 % of the flower and 5 % of the &lt;b&gt;Bob.")
    fair = judged_as((0.67, 0.33), (0.67, 0.33), 0.0)
    assert "it would be 67 %, too." in plain_text(mismatch.describe_verdict(fair, facts, names))


def test_the_number_of_three_photos_is_of_all_of_them():
    found = judged_as((0.2, 0.6, 0.2), (0.2, 0.6, 0.2), 0.27)
    assert "left to see, over all 3 photos, 0 is perfect" in mismatch.number_html(
        replace(found, judge=replace(found.judge, made=""))
    )


def test_no_number_where_nothing_is_left_to_see():
    found = judged_as((0.0, 0.0), (), None)
    assert (
        mismatch.describe_verdict(found, Facts(None, (0.5, 0.5), (0.5, 0.5), "hard"), "ab") is None
    )
    assert "Nothing of any object is left" in mismatch.number_html(found)
    assert mismatch.list_bars(found)[0].why_not == "nothing is left to see"


def test_a_map_lies_over_a_dim_gray_photo():
    photo = np.full((4, 4, 3), (250, 120, 10), np.uint8)
    density = np.zeros((4, 4))
    density[0, 0] = 5
    drawn = layer_images.draw_overlay(photo, density).astype(int)
    assert drawn[0, 0].sum() > drawn[3, 3].sum()
    assert drawn[0, 0, 0] > drawn[0, 0, 2]  # the bright end is yellow
    assert (
        layer_images.draw_overlay(photo, np.ones((4, 4)))
        == layer_images.draw_overlay(photo, np.ones((4, 4)))[0]
    ).all()


def test_weights_that_do_not_sum_to_one_are_said_and_drawn_as_they_are():
    found = judged_as((0.9, 0.5), (0.643, 0.357), 0.1)
    facts = Facts(None, (0.6, 0.4), (0.8, 0.6), "hard")
    assert plain_text(mismatch.describe_verdict(found, facts, ("cat", "owl"))) == (
        "The label says 80 % cat and 60 % owl: 43 % of it for the owl. By what is left to see that "
        "would be 36 %. Left to see: 90 % of the cat and 50 % of the owl."
    )
    drawn = bars.bars_html(bars.list_bars(facts, "drawn"), ("cat", "owl"))
    assert "width:57.14%" in drawn  # .8 of 1.4
    assert text.describe_remark(facts, ("cat", "owl")).startswith(
        "The weights sum to 1.40, not to 1"
    )
    less = bars.bars_html(
        bars.list_bars(replace(facts, weights=(0.3, 0.2)), "drawn"), ("cat", "owl")
    )
    assert "width:30.00%" in less  # half of the track stays empty


LOOKING = ("saliencymix", "attentivemix", "snapmix", "visiblemix", "transmix", "mixpro")


@pytest.mark.parametrize("method", LOOKING)
def test_methods_that_look_at_photos_make_their_label_here(
    open_page, lite, method, tmp_path, monkeypatch
):
    page = open_page(m=method)
    assert read_mismatch(page) is not None
    about = json.loads(code(page, "json"))["about"]
    printed_, picture = printed(page, tmp_path, monkeypatch), mixed(page)
    *arithmetic, last = printed_.split("\n")
    assert arithmetic == about["account"]["arithmetic"]
    assert float(last.removeprefix("mismatch ")) == pytest.approx(
        about["seen"]["mismatch"], abs=2e-4
    )
    assert (np.asarray(Image.open(tmp_path / "mixed.png")) == picture).all()


@pytest.mark.parametrize("method", LOOKING)
def test_methods_that_look_at_photos_wait_for_their_model_or_need_none(open_page, method):
    forget()
    page = open_page(m=method)
    if method == "saliencymix":
        assert "Mixed picture" in alts(page)
    else:
        assert "looks at what a model sees in the photos. The model is being loaded" in html(page)
        assert "Mixed picture" not in alts(page)


@pytest.mark.parametrize(
    ("method", "see", "said"),
    [
        ("visiblemix", "late attention", mismatch.OWN_MAP),
        ("visiblemix", "late attention x CAM", mismatch.OWN_MAP),
        ("visiblemix", "CAM", ""),
        ("transmix", "late attention", mismatch.OWN_MODEL),
        ("snapmix", "CAM", mismatch.OWN_MAP),
        ("attentivemix", "late attention", ""),  # its label is its area
        ("mixup", "CAM", mismatch.BLEND),
        ("cutmix", "uniform", mismatch.EVEN),
        ("cutmix", "CAM", ""),
    ],
)
def test_what_is_chosen_judges_and_an_agreement_by_construction_is_said(
    open_page, lite, method, see, said
):
    page = open_page(m=method, see=see)
    about = json.loads(code(page, "json"))["about"]["seen"]
    assert about["judge"] == about["chosen"]
    assert about["judge"]["digest"] == evidence_kinds.describe_digest(see)
    assert about["agrees by construction"] == said
    number = re.search('<p class="mismatch".*?</p>', html(page))[0]
    assert said in number
    assert (", 0 is perfect" in number) == (not said)


def test_one_map_judges_every_method_until_a_person_chooses_another(open_page, lite):
    seen = {}
    for method in ("cutmix", "transmix", "snapmix", "visiblemix"):
        about = json.loads(code(open_page(m=method), "json"))["about"]["seen"]
        assert about["judge"]["evidence"] == evidence_kinds.SPECS[REFERENCE].title
        assert about["reference"] == evidence_kinds.describe_reference()
        assert about["judge"]["digest"] == about["reference"]["digest"]
        seen[method] = about["judge"]["left"]
    assert seen["cutmix"] == seen["transmix"]  # the same pixels, so as much of them is left


def test_every_kind_of_evidence_at_hand_has_its_bar(open_page, lite):
    page = open_page(**SCENES)
    body = re.sub("<[^>]+>", "|", html(page))
    for name in evidence_kinds.LOADED:
        shown_as = (
            evidence_kinds.SPECS[name].title if name == states.SEES[0] else mismatch._upper(name)
        )
        assert shown_as.lower() in body.lower()
    for truth in states.TRUTHS:
        assert f"Exact: {truth}" in body
    seen = json.loads(code(page, "json"))["about"]["seen"]
    assert len(seen["others"]) == len(evidence_kinds.LOADED) - 1
    bare = open_page(see="uniform", m="mixup")
    assert "Mean of features" in html(bare)


def test_the_figure_has_the_mismatch(open_page, lite):
    page = open_page(**PHOTOS)
    state = states.pack_state(values(page))
    shots = [photos.cut_photo(picture, {}) for picture in state.pictures[:2]]
    found, mix = visible_shares.judge_mix(state, shots, "cpu"), mixing.make_mix(state, shots, "cpu")
    svg = takeaway.make_figure("svg", state, mix, found, shots, ("cat", "coffee")).decode()
    assert f"mismatch {found.mismatch:.2f}" in svg
    assert "Judged by mean of the last features" in svg
    assert (
        "mismatch" not in takeaway.make_figure("svg", state, mix, None, shots, ("a", "b")).decode()
    )
