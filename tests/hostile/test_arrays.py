""".npz files that people have, and those that mean harm: read, or one sentence, in flat memory."""

import io
import tracemalloc
import zipfile

import numpy as np
import pytest

from app.audit import uploads
from hostile.archives import CLASSES, LEVELS, header, npz, pack
from hostile.neighbors import ODD_NAMES, assert_sentence, neighbors
from mixcore import pictures
from mixcore.audit import audit_sources
from mixcore.data import child, limits
from mixcore.data.arrays import open_arrays
from mixcore.train import training_data
from mixcore.train.training_request import TrainingRequest

FEW = 2**23  # bytes that opening a small file may take
FLOATS = LEVELS / 255.0


@pytest.fixture(autouse=True)
def _homes(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MIXSCOPE_DATA", str(tmp_path / "data"))


def for_audit(path):
    return audit_sources.open_source(str(path))


def for_training(path):
    return training_data.load_data(TrainingRequest(data=f"npz:{path}", batch=2))


DOORS = (for_audit, for_training)


def said(door, path):
    """The sentence by which a door refuses a file."""
    with pytest.raises(ValueError, match=r".+\.$") as caught:
        door(path)
    assert type(caught.value) is ValueError
    return assert_sentence(caught.value)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("top", [20_000_000, 2_000_000_000, 3 * 10**12])
def test_classes_are_counted_and_not_counted_up_to(tmp_path, door, top):
    labels = CLASSES * top
    path = npz(tmp_path / "large.npz", images=np.zeros_like(LEVELS), labels=labels)
    tracemalloc.start()
    found = door(path)
    assert tracemalloc.get_traced_memory()[1] < FEW
    tracemalloc.stop()
    assert found.classes == ("0", str(top))
    assert f"Its labels go from 0 to {top:,}; the 2 classes among them are counted." in found.notes


def test_more_classes_than_there_can_be_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "CLASSES", 9)
    wide = np.eye(20, dtype=np.uint8)
    for more, why in (
        ({"labels": np.arange(20)}, "hold 20 different values, over the limit of 9 classes"),
        ({"labels": wide}, "have 20 columns: save class numbers"),
        ({"labels": CLASSES, "class_names": np.arange(10)}, "has 10 names, over the limit of 9"),
    ):
        path = npz(tmp_path / "many.npz", images=LEVELS, **more)
        assert [one for one in (said(door, path) for door in DOORS) if why not in one] == []


WAYS = {
    "a column": {"labels": CLASSES[:, None]},
    "one-hot": {"labels": np.eye(2)[CLASSES]},
    "one-hot of truths": {"labels": np.eye(2, dtype=bool)[CLASSES]},
    "whole floats": {"labels": CLASSES.astype(np.float32)},
    "large ends first": {"labels": CLASSES.astype(">u2")},
    "names": {"labels": np.array(["cat", "dog"])[CLASSES]},
    "bytes": {"labels": np.array([b"cat", b"dog"])[CLASSES]},
    "names of a list": {
        "labels": np.array(["dog", "cat"])[1 - CLASSES], "class_names": np.array(["cat", "dog"]),
    },
    "channel first": {"images": LEVELS.transpose(0, 3, 1, 2)},
    "floats in 0 to 1": {"images": FLOATS.astype(np.float32)},
    "floats in 0 to 255": {"images": LEVELS.astype(np.float64)},
    "whole numbers": {"images": LEVELS.astype(np.int64)},
    "column by column": {"images": np.asfortranarray(LEVELS)},
    "Keras": {"images": None, "labels": None, "x_train": LEVELS, "y_train": CLASSES[:, None],
              "x_test": LEVELS[::-1], "y_test": CLASSES[::-1, None]},
    "capitals": {"images": None, "labels": None, "X_train": LEVELS, "Y_train": CLASSES},
    "MedMNIST": {"images": None, "labels": None, "train_images": LEVELS,
                 "train_labels": CLASSES[:, None].astype(np.uint8), "val_images": LEVELS[::-1],
                 "val_labels": CLASSES[::-1, None].astype(np.uint8)},
}  # fmt: skip


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("way", WAYS)
def test_every_way_in_which_people_save_pictures_is_read(tmp_path, way, kind):
    arrays = {"images": LEVELS, "labels": CLASSES} | WAYS[way]
    path = npz(tmp_path / "a.npz", kind, **{k: v for k, v in arrays.items() if v is not None})
    for_eyes, for_nets = for_audit(path), open_arrays(path)
    assert [for_eyes.shot(i).label for i in range(20)] == CLASSES.tolist()
    square = pictures.square(LEVELS[7])
    assert (for_eyes.shot(7).image == square).all()
    assert (np.concatenate(list(for_nets.train.pieces())) == LEVELS).all()
    data = for_training(path)
    assert data.shape == (3, 8, 8)
    if way in ("Keras", "MedMNIST"):
        assert (data.test.x.movedim(1, 3).numpy() == LEVELS[::-1]).all()
        assert data.test.y.tolist() == CLASSES[::-1].tolist()


SOUND = {"images": LEVELS, "labels": CLASSES}
BROKEN = {
    "claims 2.7 TiB": (
        {"images": header((10**9, 1000, 3)) + bytes(99)},
        "claims 3,000,000,000,000 bytes of values and has 99",
    ),
    "labels claim 2.7 TiB": (
        {"labels": header((375 * 10**9,), "<i8") + bytes(160)},
        "claims 3,000,000,000,000 bytes of values and has 160",
    ),
    "negative sides": ({"images": header((-20, -8, 8, 3)) + bytes(3840)}, "claims the shape"),
    "no header": ({"images": b"\x93NUMPY\1\0"}, "the header of its array 'images' is broken"),
    "no array": ({"images": b"hello"}, "'images' is no array"),
    "endless header": (
        {"images": header(0, text="{" + " " * 60_000)}, "the header of its array 'images' has"),
    "a header of gigabytes": (
        {"images": b"\x93NUMPY\2\0\xff\xff\xff\x7f"}, "'images' has 2,147,483,647 bytes"),
    "nested header": ({"images": header(0, text="(" * 5000)}, "header of its array 'images'"),
    "code in the header": (
        {"images": header(0, text="__import__('os').getpid()")}, "header of its array 'images'"),
    "a type of its own": ({"images": header((2,), "no type")}, "header of its array 'images'"),
    "another version": ({"images": b"\x93NUMPY\x09\0" + bytes(99)}, "'images' is no array"),
    "objects": ({"images": np.array([None, 1])}, "images holds Python objects, which could run"),
    "objects as labels": (
        {"labels": np.array([None] * 20)}, "labels holds Python objects, which could run"),
    "a bare name": ({"class_names": np.array("cat")}, "class_names must be a list of names"),
    "endless names": (
        {"class_names": np.array(["x" * 2_100_000] * 2)}, "class_names takes 16 MB, over"),
    "complex": ({"images": LEVELS.astype(complex)}, "images holds complex128, which are no num"),
    "records": ({"labels": np.zeros(20, "i4,f4")}, "which are no numbers or text"),
    "no text at all": ({"labels": header((20,), "<U0")}, "which are no numbers or text"),
    "beyond 255": ({"images": LEVELS.astype(np.uint16) * 257}, r"must be in [0, 255]"),
    "below 0": ({"images": FLOATS - 0.5}, r"must be in [0, 255]"),
    "no sides": ({"images": np.zeros((20, 0, 8, 3), np.uint8)}, "8 x 0 pixels, which is none"),
    "half labels": ({"labels": CLASSES + 0.5}, "whole numbers, got float64 such as 0.5"),
    "soft labels": ({"labels": np.full((20, 2), 0.5)}, "must be one-hot, a single 1 in each row"),
    "negative labels": ({"labels": CLASSES - 1}, "must count the classes from 0, got -1 to 0"),
    "one number": ({"labels": np.array(1)}, "labels must be (20,), one a picture"),
    "an unknown name": (
        {"labels": np.array(["cat", "cow"])[CLASSES], "class_names": np.array(["cat", "dog"])},
        "labels hold 'cow', which class_names does not"),
    "a test label that nobody trains on": (
        {"test_images": LEVELS, "test_labels": CLASSES + 1},
        "test_labels hold '2', which no training picture has"),
    "a test label beyond the names": (
        {"test_images": LEVELS, "test_labels": CLASSES + 1, "class_names": np.array(["a", "b"])},
        "test_labels must count the classes from 0 to 1, got 1 to 2"),
    "two meanings of white": (
        {"images": FLOATS, "test_images": LEVELS * 1.0, "test_labels": CLASSES},
        "the training pictures go up to 1 and test_images to 255"),
    "neither": ({"images": None, "labels": None, "a": CLASSES}, "images and labels, it holds: a"),
    "data without offsets": (
        {"images": None, "data": np.zeros(9, np.uint8)}, "data needs offsets, which say where"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_says_why_in_a_sentence(tmp_path, name):
    arrays, why = BROKEN[name]
    held = {k: v for k, v in (SOUND | arrays).items() if v is not None}
    path = npz(tmp_path / "bad.npz", **held)
    tracemalloc.start()
    refusals = [said(door, path) for door in DOORS]
    assert tracemalloc.get_traced_memory()[1] < 2**27
    tracemalloc.stop()
    assert all(why in one for one in refusals), refusals
    assert len(set(refusals)) == 1, "both doors say the same"


@pytest.mark.parametrize("door", DOORS)
def test_a_file_that_is_cut_anywhere_says_so(tmp_path, door):
    whole = npz(tmp_path / "whole.npz", zipfile.ZIP_DEFLATED, **SOUND).read_bytes()
    for end in (0, 1, 40, len(whole) // 2, len(whole) - 30, len(whole) - 1):
        cut = tmp_path / "cut.npz"
        cut.write_bytes(whole[:end])
        assert "cut.npz" in said(door, cut)


def test_a_file_that_is_damaged_inside_is_unpacked_once_and_says_so(tmp_path):
    many = np.tile(LEVELS, (20, 1, 1, 1))
    many[:] = np.random.default_rng(1).integers(0, 256, many.shape)
    path = npz(tmp_path / "a.npz", zipfile.ZIP_DEFLATED, images=many, labels=np.tile(CLASSES, 20))
    harmed = bytearray(path.read_bytes())
    harmed[50_000] ^= 0xFF
    path.write_bytes(harmed)
    found = for_audit(path)
    for i in (0, 399):
        with pytest.raises(pictures.PictureError, match=r"a\.npz is damaged within images"):
            found.shot(i)
    assert "a.npz is damaged within images" in said(for_training, path)


def test_zeros_that_would_unpack_to_gigabytes_are_refused(tmp_path):
    zeros = np.zeros((20, 1000, 1000, 3), np.uint8)
    path = npz(tmp_path / "zeros.npz", zipfile.ZIP_DEFLATED, images=zeros, labels=CLASSES)
    tracemalloc.start()
    assert {"over 200 times, as no pictures do" in said(door, path) for door in DOORS} == {True}
    assert tracemalloc.get_traced_memory()[1] < FEW
    tracemalloc.stop()


def test_a_copy_of_compressed_pictures_is_bounded(tmp_path, monkeypatch):
    path = npz(tmp_path / "large.npz", zipfile.ZIP_DEFLATED, **SOUND)
    monkeypatch.setattr(limits, "COPY_BYTES", 1000)
    assert "images would unpack to 3,840 bytes, over the limit of" in said(for_training, path)
    turned = npz(tmp_path / "turned.npz", images=np.asfortranarray(LEVELS), labels=CLASSES)
    monkeypatch.setattr(limits, "WHOLE_BYTES", 1000)
    assert "images would unpack to" in said(for_training, turned)
    monkeypatch.setattr(limits, "TRAINING_BYTES", 1000)
    assert "do not fit into memory" in said(for_training, npz(tmp_path / "b.npz", **SOUND))


FILES = [pictures.png(image) for image in LEVELS]
PACKS = {
    "no offsets": ({"offsets": None}, "data needs offsets"),
    "offsets that fall": ({"offsets": np.arange(21)[::-1]}, "must start at 0 and never fall"),
    "offsets beyond": ({"offsets": np.arange(21) * 10**9}, "offsets do not fit its data"),
    "offsets in a square": ({"offsets": np.zeros((21, 1), int)}, "offsets must be whole numbers"),
    "one offset": ({"offsets": np.zeros(1, int)}, "offsets do not fit its data"),
    "other labels": ({"labels": CLASSES[:3]}, r"labels must be (20,), one a picture"),
    "ids alone": ({"header_ids": np.zeros(20, int)}, "it has no header_offsets"),
    "no headers": (
        {"header_ids": np.zeros(20, int), "header_offsets": np.array([0, 2])},
        "it has header_ids, but no headers"),
    "ids beyond": (
        {"header_ids": np.full(20, 5), "header_offsets": np.array([0, 2]),
         "headers": np.zeros(2, np.uint8)}, "header_ids must be below 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_that_does_not_fit_says_why(tmp_path, name):
    arrays, why = PACKS[name]
    path = pack(tmp_path / "p.npz", FILES, **({"labels": CLASSES} | arrays))
    assert {why in said(door, path) for door in DOORS} == {True}


def test_what_is_brought_is_looked_at_in_a_process_of_its_own(tmp_path, monkeypatch):
    zeros = io.BytesIO()
    np.savez_compressed(zeros, images=np.zeros_like(LEVELS), labels=CLASSES * 2_000_000_000)
    assert len(zeros.getvalue()) < 1000
    monkeypatch.setattr(audit_sources, "open_source", None)  # it is not called here
    kept = uploads.keep_upload(io.BytesIO(zeros.getvalue()), "small.npz")
    assert uploads.delete_upload(kept)
    broken = npz(tmp_path / "b.npz", **(SOUND | {"images": header((10**9, 1000, 3))}))
    with pytest.raises(ValueError, match="claims 3,000,000,000,000 bytes"):
        uploads.keep_upload(io.BytesIO(broken.read_bytes()), "broken.npz")
    assert not list((tmp_path / "home" / "uploads").glob("*/*"))
    with pytest.raises(ValueError, match=r"b\.npz is refused: looking at it ended without an"):
        child.call_in_child("os:abort", broken)
    monkeypatch.setattr(limits, "LOOK_SECONDS", 0.01)
    with pytest.raises(ValueError, match=r"b\.npz is refused: looking at it takes more than"):
        child.call_in_child("os:abort", broken)


FORMS = {
    "stored": lambda path: npz(path, images=LEVELS[:4], labels=CLASSES[:4]),
    "compressed floats": lambda path: npz(
        path, zipfile.ZIP_DEFLATED, images=FLOATS[:4].astype(np.float16), labels=CLASSES[:4]
    ),
    "packed": lambda path: pack(
        path, FILES[:4], np.array(["a", "b"])[CLASSES[:4]], class_names=np.array(["a", "b"])
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_neighbor_of_an_npz_is_read_or_refused_in_a_sentence(tmp_path, effort, form):
    place = FORMS[form](tmp_path / "a.npz")
    data = place.read_bytes()
    for how, changed in neighbors(data, effort(60)):
        print(how)
        place.write_bytes(changed)
        try:
            found = open_arrays(place)
        except ValueError as error:
            assert_sentence(error)
            continue
        for i in range(min(8, len(found.train))):
            try:
                assert found.train.read(i).shape[2] == 3
            except pictures.PictureError as error:
                assert_sentence(error)


def test_classes_of_odd_names_can_be_written_down(tmp_path):
    names = np.array([name for name in ODD_NAMES if name])
    labels = np.arange(2 * len(names)) % len(names)
    path = npz(tmp_path / "a.npz", images=np.tile(LEVELS, (9, 1, 1, 1))[: len(labels)],
               labels=labels, class_names=names)  # fmt: skip
    for found in (for_audit(path).classes, for_training(path).classes):
        assert len(found) == len(names)
        assert all(0 < len(name) <= limits.NAME_LENGTH and name.isprintable() for name in found)
        "".join(found).encode()
