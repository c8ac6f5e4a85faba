"""Folders as people have them, through both doors: which pictures, which classes, what is said."""

import os
import sys

import numpy as np
import pytest

from app.audit import choices
from audits import picture
from hostile.archives import PNG, archive, classes, folder, picture_file
from mixcore import pictures, worker
from mixcore.audit import audit_sources
from mixcore.data import folders, limits
from mixcore.data.splits import IMAGES
from mixcore.runs import Store
from mixcore.train import training_data
from mixcore.train.training_request import TrainingRequest
from picture_files import raw_png


@pytest.fixture(autouse=True)
def _homes(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MIXSCOPE_DATA", str(tmp_path / "data"))


def for_training(path, **values):
    kind = "zip" if path.suffix == ".zip" else "folder"
    return training_data.load_data(
        TrainingRequest(data=f"{kind}:{path}", **({"batch": 2, "size": 8} | values))
    )


def read(path):
    """Classes, how many pictures train, how many test, notes; the same through both doors.

    None for test pictures where the set has none of its own.
    """
    data, audit = for_training(path), audit_sources.open_source(str(path))
    n = data.n + len(data.val)
    assert data.classes == audit.classes
    notes = [note for note in audit.notes if "with one picture only" not in note]
    own = len(audit) == n + len(data.skipped)  # or a fifth of them tests
    if own and "left aside" in " ".join(notes):
        notes = [note for note in notes if "left aside" not in note]
        tests = len(data.test)
    else:
        assert len(audit) == n + len(data.test) + len(data.skipped)
        n, tests = n + len(data.test), None
    assert data.notes == notes
    return data.classes, n, tests, notes


TWO = ("cat", "dog")
KINDS = {
    "a folder a class": (classes(6, *TWO), TWO, 12, None, ""),
    "train and val": (
        classes(6, "train/cat", "train/dog") | classes(2, "val/cat", "val/dog"), TWO, 12, 4, ""),
    "Train and Test": (
        classes(6, "Train/cat", "Train/dog") | classes(2, "Test/cat", "Test/dog"), TWO, 12, 4, ""),
    "Training and Testing": (
        classes(6, "Training/cat", "Training/dog") | classes(2, "Testing/dog"), TWO, 12, 2, ""),
    "TRAIN and VALID": (
        classes(6, "TRAIN/cat", "TRAIN/dog") | classes(2, "VALID/cat"), TWO, 12, 2, ""),
    "train, valid and test": (
        classes(6, "train/cat", "train/dog") | classes(2, "valid/cat") | classes(3, "test/dog"),
        TWO, 12, 3, "2 pictures outside of any class folder left out: valid/cat/0.png"),
    "train alone": (classes(6, "train/cat", "train/dog"), TWO, 12, None, ""),
    "validation alone beside it": (
        classes(6, "train/cat", "train/dog") | classes(1, "validation/cat"), TWO, 12, 1, ""),
    "wrapped": (
        classes(6, "pets/train/cat", "pets/train/dog") | classes(2, "pets/val/cat"),
        TWO, 12, 2, ""),
    "wrapped twice, with a text beside it": (
        classes(6, "a/b/cat", "a/b/dog") | {"a/README.md": b"x"}, TWO, 12, None, "1 of .md"),
    "a text and a picture beside it": (
        classes(6, "train/cat", "train/dog") | classes(2, "test/dog")
        | {"README.txt": b"x", "cover.jpg": PNG},
        TWO, 12, 2, "1 picture outside of any class folder left out: cover.jpg."),
    "sets in sets": (
        classes(6, "training_set/training_set/cat", "training_set/training_set/dog")
        | classes(2, "test_set/test_set/cat"), TWO, 12, 2, ""),
    "a class called train": (classes(6, "bus", "train"), ("bus", "train"), 12, None, ""),
    "a class called train in a wrapper": (
        classes(6, "a/bus", "a/train", "a/test"), ("bus", "test", "train"), 18, None, ""),
    "a class called train in train": (
        classes(6, "train/bus", "train/train") | classes(2, "val/bus", "val/train"),
        ("bus", "train"), 12, 4, ""),
    "a class called train with folders in it, as the others": (
        classes(3, "bus/city", "bus/night", "train/steam", "train/diesel"),
        ("bus", "train"), 12, None, ""),
    "train and another part": (
        classes(6, "train/cat", "train/dog") | classes(2, "holdout/cat", "unlabeled"),
        TWO, 12, None, "4 pictures outside of any class folder left out: holdout/cat/0.png"),
    "test without classes": (
        classes(6, "train/cat", "train/dog") | classes(2, "test"), TWO, 12, None,
        "2 pictures outside of any class folder left out: test/0.png, test/1.png."),
    "folders inside of classes": (
        classes(3, "cat/white", "cat/black") | classes(6, "dog"), TWO, 12, None, ""),
    "a class that only the test has": (
        classes(6, "train/cat", "train/dog") | classes(2, "test/cat", "test/cow"), TWO, 12, 2,
        "2 test pictures of classes that no training picture has left out: test/cow/0.png"),
    "empty class folders": (
        classes(6, *TWO) | {"bird/": b"", "fish/": b"", "fish/none.txt": b""}, TWO, 12, None,
        "2 folders without pictures left out: bird, fish."),
    "capital endings": (
        {name.replace("png", "PNG"): PNG for name in classes(6, *TWO)}, TWO, 12, None, ""),
    "what systems leave behind": (
        classes(6, *TWO)
        | {f"cat/{name}": PNG for name in ("._0.jpg", ".hidden.png", "@eaDir/0.jpg/s.jpg")}
        | {"cat/.DS_Store": b"", ".ipynb_checkpoints/0.png": PNG, "__MACOSX/cat/._0.png": b""}
        | {"dog/Thumbs.db": b"", "dog/.ipynb_checkpoints/1.png": PNG}, TWO, 12, None,
        "7 hidden names left out: .ipynb_checkpoints, __MACOSX, cat/.DS_Store, "
        "cat/._0.jpg, cat/.hidden.png and 2 more."),
    "a thousand classes": (
        classes(1, *(f"c{k:03d}" for k in range(1000))) | classes(2, "c000"),
        tuple(f"c{k:03d}" for k in range(1000)), 1001, None, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_every_kind_of_folder_is_read_as_what_it_is_through_both_doors(tmp_path, form, name):
    files, known, n, tests, note = KINDS[name]
    make = folder if form == "folder" else archive
    path = make(tmp_path / ("pack.zip" if form == "zip" else "pack"), files)
    if name == "a thousand classes":  # too few of each to train on
        found = audit_sources.open_source(str(path))
        assert (found.classes, len(found)) == (known, n)
        return
    *found, notes = read(path)
    assert found == [known, n, tests]
    assert any(note in one for one in notes) if note else notes == []


@pytest.mark.parametrize("name", ["pets", "pets.zip"])
def test_what_lies_under_the_folder_of_data_sets_goes_by_its_name(tmp_path, name):
    make = archive if name.endswith(".zip") else folder
    (tmp_path / "data").mkdir()
    make(tmp_path / "data" / name, classes(6, *TWO))
    assert name in choices.list_data()
    data = training_data.load_data(TrainingRequest(data=name, batch=2, size=8))
    assert data.classes == audit_sources.open_source(name).classes == TWO


NO_SETS = {
    "pictures alone": ({"0.png": PNG}, "1 picture but no class folders, so nobody knows"),
    "parts without classes": (
        classes(6, "train", "test"), "has train and test, but no class folders inside of train"),
    "nothing to train on": (
        classes(6, "test/cat", "test/dog", "val/cat", "val/dog"),
        "has test and val but nothing to train on"),
    "nothing": ({"a/": b""}, "holds no pictures: put those of each class into a folder"),
    "films": ({"cat/0.mp4": b""}, "no pictures in class folders but 1 film: save frames"),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_SETS)
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_what_is_no_data_set_says_why_through_both_doors(tmp_path, form, name):
    files, why = NO_SETS[name]
    make = folder if form == "folder" else archive
    path = make(tmp_path / ("pack.zip" if form == "zip" else "pack"), files)
    for door in (for_training, lambda path: audit_sources.open_source(str(path))):
        with pytest.raises(ValueError, match=why):
            door(path)


def test_all_image_endings_are_read_through_both_doors(tmp_path):
    assert len(IMAGES) == 9
    kinds = {".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF"}
    files = {
        f"{name}/{i}{end}": picture_file(i, kinds.get(end, end[1:].upper()))
        for i, end in enumerate(IMAGES)
        for name in TWO
    }
    assert read(folder(tmp_path / "set", files)) == (TWO, 18, None, [])


BAD = {
    "cat/empty.png": b"",
    "cat/cut.png": picture_file(1, side=40)[:600],
    "cat/page.jpg": b"<!doctype html><title>Not found</title>",
    "dog/dot.png": picture_file(2, side=1),
    "dog/huge.png": raw_png(40_000, 40_000, 8, 2),
}


def test_bad_files_are_skipped_counted_and_named_and_never_end_a_training(tmp_path):
    path = folder(tmp_path / "set", classes(8, *TWO) | BAD | {"bird/only.png": b"no picture"})
    data = for_training(path)
    assert set(data.skipped) == {*BAD, "bird/only.png"}
    assert (data.classes, data.n + len(data.val) + len(data.test)) == (TWO, 16)
    assert data.notes == ["1 class without a readable picture left out: bird."]
    request = TrainingRequest(data=f"folder:{path}", batch=4, size=8, epochs=1, device="cpu")
    run = Store().create(request.job())
    assert worker.do_job(run) == "done", run.status().message
    assert run.status().message == (
        "6 pictures could not be read and were skipped: bird/only.png holds text, not a picture; "
        "choose a JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF file."
    )
    rows = run.metrics()
    rows.update()
    assert set(rows.of("skipped")[-1]["skipped"]) == set(data.skipped)
    assert rows.of("data")[-1]["notes"] == data.notes


def test_bad_test_files_are_skipped_and_none_that_can_be_read_is_said(tmp_path):
    good = classes(8, "train/cat", "train/dog") | {"test/cat/0.png": PNG}
    data = for_training(folder(tmp_path / "some", good | {"test/dog/1.png": b"x"}))
    assert (len(data.test), [*data.skipped]) == (1, ["test/dog/1.png"])
    data = for_training(folder(tmp_path / "none", good | {"test/cat/0.png": b"x"}))
    assert data.notes == ["No test picture can be read: a fifth of the others tests."]
    files = {f"{name}/{i}.png": b"" for name in TWO for i in range(8)}
    with pytest.raises(ValueError, match=r"None of the pictures of all can be read: .*cat/0\.png"):
        for_training(folder(tmp_path / "all", files))


@pytest.mark.parametrize("store", ["a repository", "DVC", "git-annex", "a hub"])
def test_links_are_followed_inside_the_tree(tmp_path, store):
    top, cache, data = {
        "a repository": (".git", "objects", "pets"),
        "DVC": (".dvc", ".dvc/cache/files/md5/ab", "data/pets"),
        "git-annex": (".git", ".git/annex/objects", "pets"),
        "a hub": ("snapshots", "blobs", "snapshots/1a2b"),
    }[store]
    root = tmp_path / "tree"
    (root / top).mkdir(parents=True)
    for name in classes(6, *TWO):
        target = folder(root, {f"{cache}/{name.replace('/', '-')[:-4]}": PNG}) / cache
        place = root / data / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(os.path.relpath(target / name.replace("/", "-")[:-4], place.parent))
    path = root / data
    (path / "cat" / "out.png").symlink_to(tmp_path / "other.png")
    (tmp_path / "other.png").write_bytes(PNG)
    (path / "cat" / "gone.png").symlink_to("nowhere.png")
    (path / "dog" / "round").symlink_to(path, target_is_directory=True)
    (path / "dog" / "self.png").symlink_to("self.png")
    known, n, tests, notes = read(path)
    assert (known, n, tests) == (TWO, 12, None)
    assert notes == [
        "4 links left out, broken, leading out of the folder or in a circle: cat/gone.png, "
        "cat/out.png, dog/round, dog/self.png."
    ]


def test_folders_may_be_links_and_are_met_once(tmp_path):
    path = folder(tmp_path / "set", classes(6, "all/cat", "all/dog"))
    (path / "train").mkdir()
    for name in TWO:
        (path / "train" / name).symlink_to(path / "all" / name, target_is_directory=True)
    (path / "all" / "cat" / "again").symlink_to(path / "train", target_is_directory=True)
    known, n, _, _ = read(path)
    assert (known, n) == (TWO, 12)


def test_names_that_are_no_text_are_read_and_written_down(tmp_path):
    path = folder(tmp_path / "set", classes(6, *TWO))
    try:
        os.rename(os.fsencode(path / "cat"), os.fsencode(path) + b"/caf\xe9")
    except OSError:
        pytest.skip("this file system takes no such names")
    os.rename(path / "dog", path / "two\nlines")
    known, n, *_ = read(path)
    assert (known, n) == (("caf\\xe9", "two lines"), 12)
    found = audit_sources.open_source(str(path))
    assert found.name(0) == "caf\\xe9/0.png"
    assert found.shot(0).label == 0
    assert "\udce9" not in "".join(map(found.name, range(12)))


PLACES = {
    "/": "is the whole disk: name the folder that holds the class folders",
    "/tmp/..": "is the whole disk",
    "~nobody-of-this-name/pets": "begins with a user who is not known here",
    "x" * 5000: r"cannot be looked at \(File name too long\)|There is no",
    "a\0b": "There is no",
}


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("door", ["audit", "training"])
def test_places_where_no_data_set_can_be_are_told_without_a_walk(monkeypatch, door, name):
    monkeypatch.setattr(folders, "_Walk", None)
    open_it = (
        audit_sources.open_source
        if door == "audit"
        else lambda data: training_data.load_data(TrainingRequest(data=data))
    )
    with pytest.raises(ValueError, match=PLACES[name]):
        open_it(f"folder:{name}")


def test_a_folder_of_anything_else_is_not_walked_to_its_end(tmp_path, monkeypatch):
    path = folder(tmp_path / "set", classes(6, *TWO) | {f"etc/{i}": b"" for i in range(500)})
    assert len(audit_sources.open_source(str(path))) == 12
    monkeypatch.setattr(limits, "STRANGERS", 300)
    with pytest.raises(ValueError, match=r"pictures among its first 300 files: name the folder"):
        audit_sources.open_source(str(path))
    monkeypatch.undo()
    monkeypatch.setattr(limits, "FILES", 100)
    with pytest.raises(ValueError, match="holds over 100 files, which is the limit"):
        audit_sources.open_source(str(path))


@pytest.mark.skipif(os.geteuid() == 0 or sys.platform == "win32", reason="nothing is closed to it")
def test_folders_that_cannot_be_opened_are_named(tmp_path):
    path = folder(tmp_path / "set", classes(6, *TWO, "owl"))
    os.chmod(path / "owl", 0)
    assert "1 folder left out, as it cannot be opened: owl." in read(path)[3]
    os.chmod(path / "owl", 0o700)


def test_pictures_keep_their_order_and_names(tmp_path):
    """Rows of audits that are stored, and what trainings hold out, depend on them."""
    names = ["Zebra", "a b", "cat", "cat-2"]
    for k, name in enumerate(names):
        for i in range(4):
            (tmp_path / "set" / name).mkdir(parents=True, exist_ok=True)
            picture(10 * k + i).save(tmp_path / "set" / name / f"{i}.png")
    found = audit_sources.open_source(str(tmp_path / "set"))
    order = [f"{name}/{i}.png" for name in ("Zebra", "a b", "cat-2", "cat") for i in range(4)]
    assert [found.name(i) for i in range(16)] == order
    part, _ = training_data._part(found._pictures, 8, "set")
    assert part.y.tolist() == [k for k in range(4) for _ in range(4)]
    first = pictures.square(pictures.read(tmp_path / "set" / "cat" / "0.png"), 8)
    assert (np.moveaxis(part.x[8].numpy(), 0, 2) == first).all()
