"""Zips as people and their tools make them, and those that mean harm, through both doors."""

import zipfile

import pytest

from hostile.archives import PNG, archive, classes, npz, picture_file
from hostile.neighbors import ODD_NAMES, assert_sentence, neighbors, zip_bytes
from mixcore.audit import audit_sources
from mixcore.pictures import PictureError
from mixcore.train import training_data
from mixcore.train.training_request import TrainingRequest

TWO = ("cat", "dog")
SET = classes(6, *TWO)


def for_audit(path):
    return audit_sources.open_source(f"zip:{path}")


def for_training(path):
    return training_data.load_data(TrainingRequest(data=f"zip:{path}", batch=2, size=8))


DOORS = (for_audit, for_training)


@pytest.fixture(autouse=True)
def _homes(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MIXSCOPE_DATA", str(tmp_path / "data"))


ODD = {
    "backslashes": ({name.replace("/", "\\"): png for name, png in SET.items()}, ""),
    "backslashes and folders": (
        {"cat\\": b"", "a\\": b""} | {n.replace("/", "\\"): png for n, png in SET.items()},
        "1 folder without pictures left out: a."),
    "dots before": ({f"./{name}": png for name, png in SET.items()}, ""),
    "doubled slashes": ({name.replace("/", "//"): png for name, png in SET.items()}, ""),
    "entries without a name": (
        {"": b"x", ".": b"x", "./": b""} | SET,
        "1 hidden name left out: an entry without a name."),
    "copies of another system": (
        SET | {f"__MACOSX/{name.replace('/', '/._')}": b"x" for name in SET},
        "1 hidden name left out: __MACOSX."),
    "another alphabet": ({f"{n[:3]}é/{n[4:]}": png for n, png in SET.items()}, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_a_zip_that_is_packed_oddly_is_read(tmp_path, name):
    files, note = ODD[name]
    path = archive(tmp_path / "odd.zip", files)
    audit, data = for_audit(path), for_training(path)
    ends = ("caté", "dogé") if name == "another alphabet" else TWO
    assert audit.classes == data.classes == ends
    assert len(audit) == data.n + len(data.val) + len(data.test) == 12
    assert data.notes == ([note] if note else [])
    assert {audit.name(i) for i in range(12)} == {f"{k}/{i}.png" for k in ends for i in range(6)}
    assert audit.shot(11).label == 1


def flag(path, name, bits):
    """Set flags of all entries whose names hold this one, in both of a zip's lists."""
    content = bytearray(path.read_bytes())
    for start, skip, place in ((b"PK\3\4", 30, 6), (b"PK\1\2", 46, 8)):
        at = content.find(start)
        while at >= 0:
            if name in content[at + skip : at + skip + 40]:
                content[at + place] |= bits & 0xFF
                content[at + place + 1] |= bits >> 8
            at = content.find(start, at + 1)
    path.write_bytes(content)
    return path


def not_utf8(path):
    """Names in an older alphabet that are said to be UTF-8."""
    archive(path, SET | {"caXt/0.png": PNG})
    path.write_bytes(path.read_bytes().replace(b"caXt", b"ca\xe9t"))
    return flag(path, b"ca\xe9t", 0x800)


def two_alike(path):
    return archive(path, SET | {"cat\\0.png": PNG})


HARM = {
    "a way out": (lambda p: archive(p, SET | {"cat/../../x.png": PNG}), "leads out of the folder"),
    "the root": (lambda p: archive(p, SET | {"/x/0.png": PNG}), "leads out of the folder"),
    "the root, backwards": (lambda p: archive(p, SET | {"\\x\\0.png": PNG}), "leads out of"),
    "a drive": (lambda p: archive(p, SET | {"C:\\x\\0.png": PNG}), "leads out of the folder"),
    "two of one name": (two_alike, "holds .* 2 times"),
    "a password": (lambda p: flag(archive(p, SET), b"cat", 1), "is encrypted; pack it without"),
    "names that are no UTF-8": (not_utf8, "says that its names are UTF-8, which they are not"),
    "only nameless ones": (lambda p: archive(p, {"": PNG, ".": PNG}), "holds no pictures"),
    "an .npz in disguise": (lambda p: npz(p, images=b"x"), "holds no pictures"),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", HARM)
def test_a_zip_that_means_harm_is_refused_in_a_sentence(tmp_path, door, name):
    make, why = HARM[name]
    with pytest.raises(ValueError, match=why) as caught:
        door(make(tmp_path / "bad.zip"))
    assert str(caught.value).startswith("bad.zip")


def test_bad_entries_are_skipped_and_named(tmp_path):
    path = archive(
        tmp_path / "some.zip",
        SET | {"cat/cut.png": picture_file(3, side=40)[:500], "dog/a.png": b""},
    )
    packed = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "a", packed) as file:
        file.writestr(zipfile.ZipInfo("dog/z.png"), picture_file(4, side=40), packed)
    content = bytearray(path.read_bytes())
    content[content.rfind(b"IDAT") + 9] ^= 0xFF
    path.write_bytes(content)
    data, audit = for_training(path), for_audit(path)
    assert set(data.skipped) == {"cat/cut.png", "dog/a.png", "dog/z.png"}
    for i, name in enumerate(map(audit.name, range(len(audit)))):
        if name in data.skipped:
            with pytest.raises(PictureError):
                audit.shot(i)


def test_a_zip_that_is_cut_anywhere_says_so(tmp_path):
    whole = archive(tmp_path / "whole.zip", SET).read_bytes()
    cut = tmp_path / "bad.zip"
    for end in (0, 1, 40, len(whole) // 2, len(whole) - 1):
        cut.write_bytes(whole[:end])
        for door in DOORS:
            with pytest.raises(ValueError, match=r"bad\.zip is no zip that can be read"):
                door(cut)


def try_all(path):
    """Open a set by the audits' door and read all pictures; each refusal must be one sentence."""
    try:
        found = audit_sources.open_source(str(path))
    except ValueError as error:
        assert_sentence(error)
        return 0
    whole = 0
    for i in range(len(found)):
        found.name(i).encode()
        try:
            whole += found.shot(i).image.shape == (448, 448, 3)
        except PictureError as error:
            assert_sentence(error)
    "".join((*found.classes, *found.notes)).encode()
    return whole


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_neighbor_of_a_zip_is_read_or_refused_in_a_sentence(tmp_path, effort, kind):
    data = zip_bytes(classes(2, "train/cat", "train/dog", "val/dog"), compression=kind)
    place = tmp_path / "a.zip"
    place.write_bytes(data)
    assert try_all(place) == 4
    for how, changed in neighbors(data, effort(60)):
        print(how)
        place.write_bytes(changed)
        try_all(place)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_entries_of_odd_names_are_read_or_refused_in_a_sentence(tmp_path, name):
    place = tmp_path / "a.zip"
    for odd in (f"cat/{name}", f"{name}/0.png", f"{name}.png", name):
        try:
            archive(place, classes(2, *TWO) | {odd: PNG})
        except UnicodeEncodeError:  # it cannot be packed
            continue
        try_all(place)
