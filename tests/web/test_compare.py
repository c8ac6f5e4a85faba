"""What Compare asks for, what it finds, and the files it gives; the page is in pages/."""

import csv
import io
import json
from dataclasses import replace
from functools import partial
from statistics import pstdev

import numpy as np
import pytest
from PIL import Image

from app.compare import cells_panel, grid_files, grid_numbers, search, spec
from app.compare.compare_state import COMPARE
from app.compare.spec import GridRow, Pair
from app.link import states
from app.link.states import PhotoCrop
from app.mixes import contact_sheet, photos
from app.session import EXPLORE

KEYS, TABLE = EXPLORE.keys, COMPARE.keys


def ask(**values):
    usual = {name: key.default for name, key in TABLE.items()}
    fresh = {
        "methods": "cutmix.resizemix",
        "pairs": "cat~coffee.dog~owl",
        "see": "spectral residual",
    }
    return spec.pack_ask(usual | {f"g.{k}": v for k, v in (fresh | values).items()})


@pytest.fixture(scope="module")
def made():
    return cells_panel.make_grid(ask(), KEYS, "cpu")


@pytest.mark.parametrize(
    ("name", "raw", "read"),
    [
        ("pairs", "cat~coffee.cat~coffee.dog~scene7", "cat~coffee.dog~scene7"),
        ("pairs", f"{'0a' * 16}~cat", f"{'0a' * 16}~cat"),
        ("pairs", f"red-panda_150_500_200~{'0a' * 16}_whole", None),
        ("methods", "fmix.cutmix.fmix", "fmix.cutmix"),
    ],
)
def test_lists_in_the_link_are_read(name, raw, read):
    assert TABLE[f"g.{name}"].read(raw) == (read or raw)


@pytest.mark.parametrize(
    ("word", "crop"),
    [
        ("red-panda", PhotoCrop()),
        ("red-panda_whole", PhotoCrop(whole=True)),
        ("red-panda_150_500_200", PhotoCrop(1.5, 0.5, 0.2)),
    ],
)
def test_a_photo_of_a_pair_says_how_it_is_cut(word, crop):
    assert spec.split_crop(word) == ("red-panda", crop)
    assert spec.with_crop("red-panda", crop) == word


@pytest.mark.parametrize(
    ("name", "raw"),
    [("pairs", raw) for raw in ("", "cat", "cat~nobody", "cat~dog~owl", "scene99999999999~cat",
                                "cat_half~dog", "cat_1_2~dog", "cat_900_500_500~dog", "_whole~dog",
                                ".".join(f"cat~scene{i}" for i in range(7)))]
    + [("methods", raw) for raw in ("", "cutmix.nope", "augmix", "mosaic", "manifoldmix")],
)  # fmt: skip
def test_lists_that_make_no_grid_are_refused(name, raw):
    with pytest.raises(ValueError, match=r"must be (up to|1 to) 6"):
        TABLE[f"g.{name}"].read(raw)


def test_rows_share_their_seed_unless_they_are_told_not_to():
    assert [row.seed for row in spec.list_rows(ask(seed=5))] == [5, 5]
    assert [row.seed for row in spec.list_rows(ask(seed=5, apart=True))] == [5, 6]
    rows = spec.list_rows(ask(rows="seeds", seeds=3, seed=states.SEEDS))
    assert [row.seed for row in rows] == [states.SEEDS, 0, 1]
    assert {row.pair for row in rows} == {Pair("cat", "coffee")}


def test_a_cell_is_a_state_of_explore():
    grid = ask(pairs="scene7~dog", how="by hand", lam=0.25, seed=8)
    values = spec.cell_values(grid, spec.list_rows(grid)[0], spec.list_columns(grid)[1], KEYS)
    link = states.to_query(values, KEYS)
    assert states.from_query(link, KEYS) == (values, [])
    packed = states.pack_state(values)
    assert (packed.method, packed.lam, packed.seed, packed.see) == (
        "resizemix", 0.25, 8, "spectral residual",
    )  # fmt: skip
    assert (packed.pictures[0].scene, packed.pictures[1].source) == (7, "dog")


def test_a_sheet_holds_every_cell_its_shares_and_the_photos():
    rng = np.random.default_rng(0)
    cells = [
        rng.integers(0, 256, (contact_sheet.CELL, contact_sheet.CELL, 3), np.uint8)
        for _ in range(2)
    ]
    shares = [cell[..., 0] for cell in cells]
    small = [
        rng.integers(0, 256, (contact_sheet.THUMB, contact_sheet.THUMB, 3), np.uint8)
        for _ in range(2)
    ]
    data = contact_sheet.encode_webp(
        contact_sheet.draw_sheet(small, [cells[0], None, cells[1]], [shares[0], None, None])
    )
    read = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    side, half = contact_sheet.CELL, contact_sheet.THUMB
    assert (read[:side, :side] == cells[0]).all()
    assert (read[:side, 2 * side : 3 * side] == cells[1]).all()
    assert (read[side:, :side] == shares[0][..., None]).all()
    assert not read[:, side : 2 * side].any()
    assert (read[half:side, 3 * side :] == small[1]).all()


def test_the_csv_has_a_row_a_cell_with_the_numbers_of_the_grid(made):
    grid, _, _ = made
    rows = list(csv.DictReader(io.StringIO(grid_files.make_csv(grid).decode())))
    assert len(rows) == 4
    for row, cell in zip(rows, grid, strict=True):
        assert float(row["mismatch"]) == cell.mismatch
        label, worth = float(row["label A"]), float(row["share A by evidence"])
        assert float(row["mismatch"]) == pytest.approx(abs(label - worth), abs=1e-6)


def test_the_json_makes_the_same_grid_again(made):
    grid, shots, _ = made
    values = {f"g.{name}": value for name, value in vars(grid.ask).items()}
    data = json.loads(grid_files.make_config(grid, shots, values, TABLE, "cpu"))
    read = {name: TABLE[name].read(raw) for name, raw in data["compare"].items()}
    again, _, _ = cells_panel.make_grid(spec.pack_ask(read), KEYS, "cpu")
    assert [c.mismatch for c in again] == [row["mismatch"] for row in data["about"]["cells"]]
    assert data["about"]["photos"][0]["a"]["pixels"] == shots[0][0].digest


@pytest.mark.parametrize(("form", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"),
                                              ("pdf", b"%PDF")])  # fmt: skip
def test_the_figure_names_what_it_shows(made, form, begins):
    grid, shots, _ = made
    data = grid_files.make_figure(form, grid, shots, "cpu")
    assert data.startswith(begins)
    if form == "png":
        assert Image.open(io.BytesIO(data)).width > 800
        assert data == grid_files.make_figure(form, grid, shots, "cpu")


def test_a_surprise_finds_the_pair_that_was_planted(monkeypatch):
    pool = ["cat", "dog", "owl", "crab", "bee"]
    planted = {Pair("crab", "dog"): 0.9, Pair("crab", "bee"): 0.8, Pair("owl", "cat"): 0.7}

    def mismatch(seen, shot, device):
        pair = Pair(*(picture.source for picture in seen.pictures[:2]))
        return planted.get(pair, 0.1) if seen.method == "resizemix" else 0.0

    monkeypatch.setattr(search, "_mismatch", mismatch)
    found = search.search_pairs(ask(), pool, 2, KEYS, {}, "cpu")
    assert found.pairs == (Pair("crab", "dog"), Pair("owl", "cat"))  # no photo twice
    assert found.spreads == pytest.approx((0.45, 0.35))
    assert "all 20 ordered pairs" in found.said


def test_a_surprise_measures_what_the_grid_shows(made):
    grid, _, _ = made
    shot = partial(photos.cut_photo, shelf={})
    for cells in grid.cells:
        row: GridRow = cells[0].row
        value = search.compute_spread(grid.ask, row.pair, KEYS, shot, "cpu")
        assert value == pytest.approx(pstdev(cell.mismatch for cell in cells), abs=1e-12)
        assert value == pytest.approx(grid_numbers.compute_spread(cells))


def test_a_surprise_keeps_to_its_time_and_says_how_far_it_came():
    pool = [photo.name for photo in photos.list_examples()]
    heard = []
    found = search.search_pairs(
        ask(), pool, 3, KEYS, {}, "cpu", lambda *at: heard.append(at), seconds=0
    )
    assert [at[:2] for at in heard] == [(1, search.TRIES)]
    assert heard[0][2] == found.pairs[0]
    assert "1 random ones of" in found.said
    assert len(found.pairs) == 1


def test_nothing_to_compare_is_no_surprise():
    one = replace(ask(), methods="cutmix")
    found = search.search_pairs(one, ["cat", "dog"], 2, KEYS, {}, "cpu")
    assert (found.pairs, found.said[:12]) == ((), "No surprise:")
