"""What is bundled: every file is listed, credited, small, clean and readable."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from mixcore.data import ASSETS, gallery, stamps

LICENCES = {
    "CC0-1.0",
    "CC-BY-2.0",
    "CC-BY-4.0",
    "Public domain",
    "No known copyright restrictions",
}


def files(folder, suffix):
    return {path.name for path in folder.iterdir() if path.suffix == suffix}


def credit_rows(folder):
    """First column of the tables of CREDITS.md -> the whole row."""
    lines = (folder / "CREDITS.md").read_text(encoding="utf-8").splitlines()
    return {line.split("|")[1].strip(): line for line in lines if line.startswith("| ")}


def test_assets_stay_small():
    size = sum(path.stat().st_size for path in ASSETS.rglob("*") if path.is_file())
    assert size < 25e6


def test_photos_files_list_and_credits_agree():
    rows = credit_rows(gallery.FOLDER)
    assert files(gallery.FOLDER, ".jpg") == {photo.path.name for photo in gallery.photos()}
    for photo in gallery.photos():
        row = rows[photo.path.name]
        assert photo.credit in row
        assert photo.licence in row
        assert photo.licence in LICENCES
        assert photo.package in (gallery.FOLDER / "CREDITS.md").read_text(encoding="utf-8")


def test_a_photo_without_clear_terms_is_left_out():
    assert "moon" not in gallery.names()


def test_names_are_unique_and_words_are_there():
    assert len(set(gallery.names())) == len(gallery.names())
    for photo in gallery.photos():
        assert photo.alt.endswith(".")
        assert len(photo.alt.split()) >= 5
        assert photo.title
        assert photo.credit in photo.caption
        assert photo.kind in gallery.KINDS
        assert photo.background in (None, *stamps.SPLITS)


@pytest.mark.parametrize("name", gallery.names())
def test_every_photo_is_clean_rgb_of_moderate_size(name):
    with Image.open(gallery.info(name).path) as file:
        assert file.mode == "RGB"
        assert max(file.size) <= 800
        assert min(file.size) >= 256
        assert not file.getexif()
        assert "comment" not in file.info


def test_everyday_color_photos_come_first():
    for name in gallery.names()[:12]:
        pixels = gallery.load(name).astype(int)
        assert np.ptp(pixels, axis=2).mean() > 15, name
    assert {gallery.info(name).kind for name in gallery.names()[:12]} == {"photo"}


def test_kinds_part_the_names():
    parts = [gallery.names(kind) for kind in gallery.KINDS]
    assert all(parts)
    assert sorted(sum(parts, ())) == sorted(gallery.names())


def test_load_gives_an_array_of_ones_own():
    first = gallery.load("cat")
    assert first.dtype == np.uint8
    assert first.shape[2] == 3
    first[:] = 0
    assert gallery.load("cat").any()


def test_unknown_names_and_kinds_are_named_with_a_remedy():
    with pytest.raises(ValueError, match=r"no picture 'cta'.*cat"):
        gallery.info("cta")
    with pytest.raises(ValueError, match="kind must be one of photo, texture, science"):
        gallery.names("drawing")


def test_stamps_files_list_and_credits_agree():
    rows = credit_rows(stamps.FOLDER)
    assert files(stamps.FOLDER, ".png") == {stamp.file for stamp in stamps.stamps()}
    assert len({stamp.file for stamp in stamps.stamps()}) == len(stamps.stamps())
    for stamp in stamps.stamps():
        row = rows[stamp.file]
        assert stamp.source in row
        assert f"| {stamp.name} | {stamp.split} |" in row


def test_stamps_carry_their_licence():
    text = (stamps.FOLDER / "LICENSE").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "Version 2, June 1991" in text
    listing = json.loads((stamps.FOLDER / "stamps.json").read_text(encoding="utf-8"))
    assert listing["licence"] == "GPL-2.0-or-later"


def test_there_are_enough_stamps_and_held_out_classes_can_be_learned():
    held = [stamp for stamp in stamps.stamps() if stamp.split == "held-out"]
    train = [stamp for stamp in stamps.stamps() if stamp.split == "train"]
    assert len(train) >= 60
    assert len(held) >= 16
    assert len(held) + len(train) == len(stamps.stamps())
    assert {stamp.name for stamp in held} <= {stamp.name for stamp in train}
    assert {stamp.source for stamp in held}.isdisjoint(stamp.source for stamp in train)
    assert {stamp.group for stamp in stamps.stamps()} == {"animal", "vehicle", "food"}


@pytest.mark.parametrize("stamp", stamps.stamps(), ids=lambda stamp: stamp.file)
def test_every_stamp_is_a_color_cut_out(stamp):
    with Image.open(stamp.path) as file:
        assert file.mode == "RGBA"
        assert 96 <= max(file.size) <= 320
        pixels = np.asarray(file).astype(int)
    solid, outside = pixels[..., 3] >= 250, pixels[..., 3] == 0
    assert 0.1 < solid.mean() < 0.9
    assert outside.mean() > 0.05
    assert not pixels[outside].any()
    assert np.ptp(pixels[solid][:, :3], axis=1).max() > 10
    assert all(0 <= index < 1000 for index in stamp.imagenet)


def test_pictures_are_listed_without_torch():
    code = "import sys, mixcore.data.scenes; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
