"""The Compare page: its grid, its link, its pin and order, what it refuses, the way to Explore."""

import json
import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app import theme
from app.compare import cells_panel, grid_panel, preview_panel, search, search_panel
from app.compare.search import PairFound
from app.compare.spec import Pair
from app.components import navigate
from app.mixes import cell_mix, mismatch
from mixcore import naming, pictures
from mixcore.data import gallery
from mixcore.evidence.reference import REFERENCE
from pages.conftest import MAIN
from pages.driving import html, jpeg, pad, shelf, shown, told, upload, values
from pages.switching import switch_page


@pytest.fixture
def compare():
    """Open Compare with this link and hold it to show no exception; returns the AppTest."""

    def compare(**query):
        page = AppTest.from_file(str(MAIN), default_timeout=30)
        switch_page(page, "compare")
        for name, value in query.items():
            page.query_params["g." + name] = value
        return shown(page.run())

    return compare


def grid(page):
    """What the grid is handed."""
    (found,) = [json.loads(element.proto.json) for element in page.get("bidi_component")
                if element.proto.component_name == "mixscope_grid"]  # fmt: skip
    return found


def heads(page):
    data = grid(page)
    return [one["word"] for one in data["rows"]], [one["word"] for one in data["columns"]]


def numbers(page):
    """The table, a dict a row."""
    body = html(page).rpartition('<div class="numbers"')[2]
    names = re.findall('<th scope="col">(.*?)</th>', body)
    rows = re.findall("<tr>(<td.*?)</tr>", body)
    return [dict(zip(names, re.findall("<td.*?>(.*?)</td>", row), strict=True)) for row in rows]


def test_it_opens_with_a_worst_cell_and_one_judge(compare, lite):
    page = compare()
    data = grid(page)
    assert (len(data["rows"]), len(data["columns"])) == (3, 5)
    cells = [cell for row in data["cells"] for cell in row]
    assert sum(cell["worst"] for cell in cells) == 1
    worst = max(float(cell["mismatch"]) for cell in cells)
    assert worst > 0.4
    assert f'<p class="mismatch"><b>{worst:.2f}</b>' in html(page)
    assert "largest of 15 cells" in html(page)
    assert "Judged by mean of features" in html(page)
    assert "chip apart" not in html(page)
    assert all(sum(w for w, _ in cell["weights"]) == pytest.approx(1) for cell in cells)
    assert len(numbers(page)) == 15


def test_without_a_model_it_shows_mixes_and_says_what_is_missing(compare):
    page = compare(methods="cutmix.transmix")
    first, second = grid(page)["cells"][0]
    assert (first["mismatch"], first["shade"], first["why"]) == ("no mismatch", None, "")
    assert "being loaded" in second["why"]
    assert "being loaded" in html(page)


def test_a_model_that_comes_while_cells_are_made_is_not_missed(compare, loaded, monkeypatch):
    here, real = [], cells_panel.make_grid
    monkeypatch.setattr(naming, "ready", lambda: bool(here))

    def made(*given):
        found = real(*given)
        here.append("the model")
        return found

    monkeypatch.setattr(cells_panel, "make_grid", made)
    page = compare(methods="cutmix", pairs="cat~dog")
    assert "furthest off" in grid(page)["cells"][0][0]["tag"]


def test_seeds_make_rows_that_say_so(compare):
    page = compare(rows="seeds", seeds="3", seed="7", pairs="cat~coffee", methods="cutmix")
    assert heads(page) == (["7", "8", "9"], ["cutmix"])
    assert "Seeds differ by row, 7 to 9" in html(page)
    lams = {row["lam"] for row in numbers(page)}
    assert len(lams) == 3


def test_strengths_are_evenly_spread_and_set_by_hand(compare):
    page = compare(columns="strengths", of="mixup", strengths="3", pairs="cat~coffee")
    assert heads(page)[1] == ["0.1", "0.5", "0.9"]
    assert [row["label A"] for row in numbers(page)] == ["0.1000", "0.5000", "0.9000"]


def test_one_lam_for_all_where_a_hand_sets_it(compare):
    page = compare(how="by hand", lam="0.3", pairs="cat~dog", methods="mixup.cutmix")
    assert [row["lam"] for row in numbers(page)] == ["0.3000", "0.3000"]
    assert [one["about"] for one in grid(page)["columns"]] == ["2018 · lam 0.3", "2019 · lam 0.3"]


def test_a_pin_shows_what_differs_and_by_how_much(compare, lite):
    query = {"methods": "cutmix.transmix.fmix", "pairs": "flower~cat"}
    before = grid(compare(**query))
    page = compare(**query, pin="cutmix@flower~cat")
    kept, same, other = grid(page)["cells"][0]
    assert kept["pinned"]
    assert kept["delta"] == ""
    assert same["delta"].startswith("same pixels −")  # TransMix changes CutMix's label only
    plain = [float(cell["mismatch"]) for cell in before["cells"][0]]
    gap = float(other["delta"].replace("−", "-"))
    assert gap == pytest.approx(plain[2] - plain[0], abs=0.0101)
    assert before["rows"][0]["sheet"] != grid(page)["rows"][0]["sheet"]
    assert "ΔE 1976" in html(page)


def test_sorting_puts_the_furthest_off_first(compare, lite):
    page = compare()
    shown(page.toggle(key="g.sort").set_value(True).run())
    data = grid(page)
    for side in ("rows", "columns"):
        means = [float(one["mean"].splitlines()[0].removeprefix("mean ")) for one in data[side]]
        assert means == sorted(means, reverse=True)
    asked = [cell["at"] for cell in data["cells"][0]]
    assert sorted(asked) == [0, 1, 2, 3, 4]
    assert asked != sorted(asked)  # the sheets stay as they were


def test_what_is_not_shared_is_marked(compare, lite):
    page = compare(apart="true", own="true", see="late attention", methods="cutmix.transmix")
    chips = re.findall('<span class="chip apart">(.*?)</span>', html(page))
    assert [chip.split(",")[0] for chip in chips] == [
        "Seeds differ by row", "Each row has its own colour scale",
    ]  # fmt: skip
    page = compare(pairs="cat~coffee.scene2~scene18", methods="cutmix.fmix")
    chips = re.findall('<span class="chip apart">(.*?)</span>', html(page))
    assert [chip.split(",")[0] for chip in chips] == ["Judges differ"]


def test_what_agrees_by_construction_is_marked_and_not_ranked(compare, lite):
    methods = "cutmix.transmix.visiblemix.mixup"
    page = compare(see="late attention", methods=methods, pairs="cat~owl")
    why = {row["method"]: row["agrees by construction"] for row in numbers(page)}
    assert why == {
        "cutmix": "", "transmix": mismatch.OWN_MODEL, "visiblemix": mismatch.OWN_MAP,
        "mixup": mismatch.BLEND,
    }  # fmt: skip
    cells = grid(page)["cells"][0]
    assert [cell["agrees"] for cell in cells] == list(why.values())
    assert [cell["mismatch"].startswith("= ") for cell in cells] == [False, True, True, True]
    assert [cell["shade"] is None for cell in cells] == [False, True, True, True]
    body = html(page)
    assert "the largest of 1 cells" in body
    assert "Closest on average" not in body
    assert f"Marked = and not ranked: VisibleMix, {mismatch.OWN_MAP}." in body
    assert "It is no accuracy" in body


def test_nobody_is_crowned_for_labels_made_by_this_very_measure(compare, lite):
    page = compare()
    assert {row["judge"] for row in numbers(page)} == {REFERENCE}
    assert "judge digest" not in numbers(page)[0]  # which a file is for
    crowned = re.search(r"Closest on average: (\w+)", html(page))[1]
    assert crowned in ("TransMix", "FMix", "CutMix")
    assert re.search(
        r"VisibleMix \(0\.\d\d\) labels by this very measure, from another map", html(page)
    )
    scenes = html(compare(pairs="scene2~scene18.scene3~scene5"))
    assert "by this very measure" not in scenes  # exact masks judge all labels alike


def test_stored_audits_of_these_methods_are_linked_to(compare, at_hand):
    links = [one.proto for one in compare(methods="cutmix.fmix").get("page_link")]
    found = {one.label for one in links if one.page.startswith("audit")}
    assert len(found) == 2
    assert all(label.startswith("Audit ") and "mixes each" in label for label in found)


def test_scenes_are_judged_by_their_exact_masks(compare, lite):
    page = compare(pairs="scene2~scene18", methods="cutmix.deda")
    assert {row["judge"] for row in numbers(page)} == {"exact masks"}
    page = compare(pairs="cat~coffee", methods="cutmix.deda")
    assert "Only scenes know" in grid(page)["cells"][0][1]["why"]


def test_a_bad_link_opens_with_the_usual_and_a_sentence_each(compare):
    page = compare(pairs="cat", methods="cutmix.nope", seed="-3", lam="9")
    assert len(told(page)) == 4
    assert all("is used instead" in one for one in told(page))
    assert heads(page)[1] == ["cutmix", "resizemix", "fmix", "transmix", "visiblemix"]
    shown(page.button(key="compare-dismiss").click().run())
    assert told(page) == []


def test_a_photo_that_is_not_here_is_asked_for(compare):
    page = compare(pairs=f"{'ab' * 16}~cat", methods="cutmix")
    (said,) = told(page)
    assert "needs a photo that is not here for picture A" in said


def test_own_photos_make_pairs(compare):
    page = compare(methods="cutmix")
    files = {f"{name}.jpg": jpeg(color) for name, color in
             (("red", (200, 10, 10)), ("green", (10, 200, 10)))}  # fmt: skip
    upload(page, "g-files-0", files)
    assert grid(page)["rows"][0]["names"] == ["red", "green"]
    assert len(grid(page)["rows"]) == 1


def test_own_photos_are_cut_in_their_pair_as_the_link_says(compare, monkeypatch):
    tall, seen = jpeg(size=(60, 120)), []
    real = grid_panel.show
    monkeypatch.setattr(grid_panel, "show", lambda grid, shots, keys: seen.__setitem__(
        slice(None), shots) or real(grid, shots, keys))  # fmt: skip
    digest = pictures.digest(tall)
    page = compare(pairs=f"{digest}_whole~cat_200_500_0", methods="mixup")
    upload(page, "g-files-0", {"tall.jpg": tall})
    assert grid(page)["rows"][0]["names"] == ["tall", "cat"]
    (used,) = seen
    assert np.array_equal(used[0].image, pictures.fit(pictures.read(tall)))
    assert np.array_equal(used[1].image, pictures.square(gallery.load("cat"), zoom=2, y=0))


def test_photos_that_were_brought_to_explore_are_there_and_can_be_removed_here(monkeypatch):
    page = shown(AppTest.from_file(str(MAIN), default_timeout=30).run())
    upload(page, "files-0", {"one.jpg": jpeg(), "two.jpg": jpeg((1, 2, 3))})
    first, second = shelf(page)
    page.query_params.clear()
    for name, value in {"pairs": f"{first}~{second}.cat~owl", "methods": "mixup"}.items():
        page.query_params["g." + name] = value
    shown(switch_page(page, "compare").run())
    assert {"one", "two"} <= set(page.selectbox(key="g-a-0").options)
    assert not page.warning
    shown(page.button(key=f"g-remove-{first}").click().run())
    assert heads(page)[0] == ["cat~owl"]
    shown(switch_page(page, "explore").run())
    assert (values(page)["a"], values(page)["b"]) == ("cat", second)


def test_photos_that_were_brought_to_explore_are_one_click_from_being_compared():
    page = shown(AppTest.from_file(str(MAIN), default_timeout=30).run())
    upload(page, "files-0", {"one.jpg": jpeg(), "two.jpg": jpeg((1, 2, 3))})
    first, second = shelf(page)
    page.query_params.clear()
    page.query_params["g.methods"] = "mixup"
    shown(switch_page(page, "compare").run())
    shown(page.button(key="g-use-own").click().run())
    assert heads(page)[0] == [f"{first}~{second}"]
    assert "g-use-own" not in [button.key for button in page.button]


def test_pairs_can_be_added_changed_and_removed(compare):
    page = compare(pairs="cat~dog.owl~crab", methods="cutmix")
    shown(page.selectbox(key="g-b-0").set_value("crab").run())
    assert heads(page)[0] == ["cat~crab", "owl~crab"]
    shown(page.button(key="g-remove-0").click().run())
    assert heads(page)[0] == ["owl~crab"]
    shown(page.button(key="g-add").click().run())
    assert len(heads(page)[0]) == 2
    assert heads(page)[0][0] == "owl~crab"


def test_a_surprise_brings_its_pairs_and_says_what_it_tried(compare, monkeypatch):
    found = PairFound((Pair("owl", "crab"), Pair("bee", "dog")), (0.3, 0.2), "Tried <3> pairs.")
    asked = []
    monkeypatch.setattr(search, "search_pairs", lambda ask, pool, many, *rest: asked.append(many) or
                        found)  # fmt: skip
    page = compare(rows="seeds", methods="cutmix")
    shown(page.button(key="g-surprise").click().run())
    assert asked == [3]
    assert heads(page) == (["owl~crab", "bee~dog"], ["cutmix"])
    assert "Tried &lt;3&gt; pairs." in html(page)
    shown(page.button(key="g-remove-0").click().run())
    assert "Tried" not in html(page)


def test_a_grid_in_which_nothing_can_be_mixed_says_why(compare, lite):
    page = compare(methods="deda", pairs="cat~dog")
    assert "nothing judges it" in html(page)
    assert "Only scenes know" in grid(page)["cells"][0][0]["why"]


@pytest.mark.parametrize(
    ("method", "query"),
    [
        ("cutmix", {}),
        ("mixup", {"how": "by hand", "lam": "0.3"}),
        ("transmix", {}),
        ("snapmix", {"see": "late attention"}),
        ("visiblemix", {}),
        ("fmix", {"pairs": "scene2~scene18", "truth": "visible object pixels"}),
        ("resizemix", {"pairs": "own~photos"}),
    ],
)
def test_explore_shows_the_same_label_and_mismatch(lite, method, query, monkeypatch):
    page = AppTest.from_file(str(MAIN), default_timeout=30)
    monkeypatch.setattr(theme, "apply_theme", lambda: None)
    usual = {"pairs": "flower~cat", "seed": "99", "methods": method}
    for name, value in (usual | query).items():
        page.query_params["g." + name] = value
    shown(switch_page(page, "compare").run())
    if query.get("pairs") == "own~photos":
        upload(page, "g-files-0", {"red.jpg": jpeg(), "green.jpg": jpeg((10, 200, 10))})
    (row,) = numbers(page)
    cells = []
    real = grid_panel.show
    monkeypatch.setattr(grid_panel, "show", lambda grid, *rest: cells.extend(grid) or
                        real(grid, *rest))  # fmt: skip
    shown(page.run())
    # What the grid's callback does, before the page; then the browser follows the unseen link.
    monkeypatch.setattr(
        theme, "apply_theme", lambda: cells and navigate.leave_page(cells.pop().values)
    )
    shown(page.run())
    page.query_params.clear()
    shown(switch_page(page, "explore").run())
    assert pad(page) is not None
    label = next(one for one in page.table[0].value.to_dict("records") if one[""] == "label")
    assert f"Mismatch {row['mismatch']}" in html(page)
    assert (label[row["A"]], label[row["B"]]) == (row["label A"], row["label B"])
    assert page.session_state["seed"] == 99


def test_cells_appear_as_they_are_made_in_a_first_grid(compare, monkeypatch):
    made, seen = [], []
    look, add = cell_mix.make_look, preview_panel.Preview.add

    def look_too(*args):
        made.append(1)
        return look(*args)

    def add_too(self, cell):
        add(self, cell)
        seen.append((len(made), self._place is not None and self._row is not None))

    monkeypatch.setattr(cell_mix, "make_look", look_too)
    monkeypatch.setattr(preview_panel.Preview, "add", add_too)
    page = compare(methods="mixup.cutmix", pairs="cat~coffee.dog~owl")
    assert seen == [(1, True), (2, True), (3, True), (4, True)]  # each before the next is made
    assert 'class="made"' not in html(page)  # and none is left beside the grid
    assert len(grid(page)["cells"]) == 2


def test_a_surprise_says_its_best_so_far(compare, lite, monkeypatch):
    heard = []
    real_search = search.search_pairs

    def search_too(ask, pool, many, keys, shelf, device, told, **more):
        def tell(done, of, best, spread):
            told(done, of, best, spread)
            heard.append((done, best, spread))

        return real_search(ask, pool[:3], many, keys, shelf, device, tell, **more)

    monkeypatch.setattr(search, "search_pairs", search_too)
    drawn = []
    best = search_panel._best
    monkeypatch.setattr(search_panel, "_best", lambda *a: drawn.append(best(*a)) or drawn[-1])
    page = compare(methods="fmix.cutmix", pairs="cat~coffee")
    shown(page.button(key="g-surprise").click().run())
    assert [done for done, _, _ in heard] == [1, 2, 3, 4, 5, 6]
    spreads = [spread for _, best, spread in heard if best]
    assert spreads == sorted(spreads)
    assert drawn
    assert all("Best so far: " in one for one in drawn)
    assert len(drawn) == len({best for _, best, _ in heard if best})
