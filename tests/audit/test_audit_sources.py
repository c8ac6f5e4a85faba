"""Every kind of data set an audit may meet, and every bad one in one sentence."""

import os
import stat
import zipfile

import numpy as np
import pytest

from audits import REQUEST, finished, picture, picture_folder
from mixcore import pictures
from mixcore.audit import audit_sources, report, table_files
from mixcore.audit.audit_request import AuditRequest
from mixcore.data import limits, zips


def zipped(path, folder, prefix=""):
    with zipfile.ZipFile(path, "w") as file:
        for one in sorted(folder.rglob("*.png")):
            file.write(one, prefix + one.relative_to(folder).as_posix())
    return path


def entry(path, name, content=b"x", mode=0o644, **kind):
    """A zip with one class of pictures and one entry that may not be right."""
    with zipfile.ZipFile(path, "a", **kind) as file:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        info.compress_type = file.compression
        file.writestr(info, content)
    return path


def test_a_folder_is_read_by_class_and_says_what_it_left_out(tmp_path):
    folder = picture_folder(tmp_path / "set", {"dog": 2, "cat": 3, "one": 1})
    (folder / "loose.jpg").write_bytes(b"")
    (folder / "cat" / "film.mp4").write_bytes(b"")
    (folder / "readme.txt").write_bytes(b"")
    (folder / "cat" / ".hidden.png").write_bytes(b"")
    os.symlink("/", folder / "dog" / "link.png")
    found = audit_sources.open_source(str(folder))
    assert found.classes == ("cat", "dog", "one")
    assert [found.shot(i).label for i in range(len(found))] == [0, 0, 0, 1, 1, 2]
    assert found.name(0) == "cat/0.png"
    assert found.shot(0).image.shape == (448, 448, 3)
    assert found.shot(0).size == (32, 40)
    assert found.notes == [
        "1 picture outside of any class folder left out: loose.jpg.",
        "1 film left out: cat/film.mp4.",
        "1 file of other kinds left out: 1 of .txt.",
        "1 hidden name left out: cat/.hidden.png.",
        "1 link left out, broken, leading out of the folder or in a circle: dog/link.png.",
        "1 class with one picture only: one.",
    ]


def test_train_inside_a_folder_is_taken(tmp_path):
    picture_folder(tmp_path / "set" / "train", {"a": 2, "b": 2})
    picture_folder(tmp_path / "set" / "test", {"a": 1, "b": 1})
    assert len(audit_sources.open_source(str(tmp_path / "set"))) == 4


@pytest.mark.parametrize("prefix", ["", "pack/", "pack/train/"])
def test_a_zip_is_read_in_place_as_its_folder_is(tmp_path, prefix):
    folder = picture_folder(tmp_path / "set", {"cat": 2, "dog": 2})
    plain, packed = (
        audit_sources.open_source(str(place))
        for place in (folder, zipped(tmp_path / "set.zip", folder, prefix))
    )
    assert packed.classes == plain.classes
    assert [packed.name(i) for i in range(4)] == [plain.name(i) for i in range(4)]
    assert all((packed.shot(i).image == plain.shot(i).image).all() for i in range(4))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["set", "set.zip"], "nothing is unpacked"


@pytest.mark.parametrize(
    ("name", "facts", "said"),
    [
        ("../../evil.png", {}, "leads out of the folder"),
        ("/etc/evil.png", {}, "leads out of the folder"),
        ("cat\\..\\..\\evil.png", {}, "leads out of the folder"),
        ("C:/evil.png", {}, "leads out of the folder"),
        ("cat/link.png", {"mode": stat.S_IFLNK | 0o777}, "is a link"),
        ("cat/bomb.png", {"content": bytes(3 << 20), "compression": 8}, "over 200 times"),
    ],
)
def test_a_zip_that_means_harm_is_refused_whole(tmp_path, name, facts, said):
    folder = picture_folder(tmp_path / "set", {"cat": 2, "dog": 2})
    path = entry(zipped(tmp_path / "set.zip", folder), name, **facts)
    with pytest.raises(ValueError, match=said) as caught:
        audit_sources.open_source(str(path))
    assert str(caught.value).count(". ") == 0, "one sentence"
    assert not (tmp_path.parent / "evil.png").exists()


def test_a_zip_of_too_many_entries_or_too_large_is_refused(tmp_path, monkeypatch):
    path = zipped(tmp_path / "set.zip", picture_folder(tmp_path / "set", {"a": 2, "b": 2}))
    with monkeypatch.context() as m:
        m.setattr(limits, "ENTRIES", 3)
        m.setattr(zips.zipfile, "ZipFile", None)  # its end tells, before anything is made of it
        with pytest.raises(ValueError, match="has 4 entries, over the limit of 3"):
            audit_sources.open_source(str(path))
    monkeypatch.setattr(limits, "ZIP_BYTES", 100)
    with pytest.raises(ValueError, match="would unpack to"):
        audit_sources.open_source(str(path))
    (tmp_path / "no.zip").write_bytes(b"PK\x03\x04 but no more")
    with pytest.raises(ValueError, match=r"no\.zip is no zip that can be read"):
        audit_sources.open_source(str(tmp_path / "no.zip"))


def test_entries_are_counted_in_large_zips_too(tmp_path):
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as file:
        for i in range(66_000):
            file.writestr(zipfile.ZipInfo(str(i)), b"")
    assert zips._count(path) == 66_000


def test_an_entry_that_lies_about_its_size_is_skipped_like_a_corrupt_one(tmp_path):
    folder = picture_folder(tmp_path / "set", {"cat": 2, "dog": 2})
    path = zipped(tmp_path / "set.zip", folder)
    content = bytearray(path.read_bytes())
    at = content.find(b"IDAT")  # damage one entry's bytes: its checksum no longer fits
    content[at + 8] ^= 0xFF
    path.write_bytes(content)
    found = audit_sources.open_source(str(path))
    with pytest.raises(pictures.PictureError, match="cannot be unpacked"):
        found.shot(0)
    assert found.shot(1).image.shape == (448, 448, 3)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: None, "There is no data set"),
        (lambda p: p.mkdir(), "holds no pictures"),
        (lambda p: picture_folder(p, {"cat": 3}), "of one class \\(cat\\)"),
        (lambda p: (p.mkdir(), picture(1).save(p / "a.png")), "1 picture but no class folders"),
        (
            lambda p: ((p / "x").mkdir(parents=True), (p / "x" / "a.mp4").write_bytes(b"")),
            "no pictures in class folders but 1 film",
        ),
        (lambda p: p.write_bytes(b"hello"), "neither a folder nor a .zip or .npz"),
    ],
)
def test_a_set_that_cannot_be_audited_says_why(tmp_path, make, said):
    make(tmp_path / "set")
    with pytest.raises(ValueError, match=said):
        audit_sources.open_source(str(tmp_path / "set"))


def test_corrupt_pictures_are_counted_named_and_skipped(tmp_path):
    folder = picture_folder(tmp_path / "set", {"cat": 4, "dog": 4})
    (folder / "cat" / "0.png").write_bytes(b"not a picture")
    content = (folder / "dog" / "1.png").read_bytes()
    (folder / "dog" / "1.png").write_bytes(content[: len(content) // 2])
    picture(1, (64, 48)).save(folder / "dog" / "3.png")
    request = AuditRequest(data=str(folder), methods=("cutmix",), n=8, batch=8, device="cpu")
    out = finished(tmp_path, request)
    facts = table_files.read_facts(out / table_files.TABLE)
    assert sorted(facts["skipped"]) == ["cat/0.png", "dog/1.png"]
    assert facts["sizes"] == [[32, 40], [48, 64]]
    rows = table_files.read_table(out).to_pylist()
    assert len([row for row in rows if row["control"] == ""]) == 6
    assert not {"cat/0.png", "dog/1.png"} & {row["name_a"] for row in rows}
    page = (out / report.PAGE).read_text()
    assert "2 pictures could not be read and were skipped: " in page
    assert "from 40 x 32 to 64 x 48 pixels" in page


def test_data_that_go_away_end_the_audit_with_a_sentence(tmp_path):
    import shutil

    from mixcore.audit.engine import Audit

    folder = picture_folder(tmp_path / "set", {"cat": 4, "dog": 4})
    made = Audit(AuditRequest(data=str(folder), methods=("cutmix",), n=8, batch=8, device="cpu"))
    shutil.rmtree(folder)
    with pytest.raises(ValueError, match="is the data set still there"):
        made.read(0)


def test_npz_of_arrays_and_of_packed_files(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), np.uint8)
    labels = np.array([0, 1, 0, 1, 2, 0])
    np.savez(tmp_path / "plain.npz", images=images, labels=labels)
    plain = audit_sources.open_source(str(tmp_path / "plain.npz"))
    assert plain.classes == ("0", "1", "2")
    assert plain.notes == ["1 class with one picture only: 2."]
    assert (plain.shot(3).image == pictures.square(images[3])).all()
    files = [pictures.png(image) for image in images]
    header = np.frombuffer(files[0][:8], np.uint8)
    cut = [file[8:] for file in files]
    np.savez(
        tmp_path / "packed.npz",
        header=header,
        data=np.frombuffer(b"".join(cut), np.uint8),
        offsets=np.cumsum([0, *map(len, cut)]),
        labels=labels,
        class_names=np.array(["x", "y", "z"]),
    )
    packed = audit_sources.open_source(f"npz:{tmp_path / 'packed.npz'}")
    assert packed.classes == ("x", "y", "z")
    assert all((packed.shot(i).image == plain.shot(i).image).all() for i in range(6))


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"pictures": np.zeros(3)}, "must hold the arrays images and labels"),
        ({"images": np.zeros((2, 8, 8, 3)), "labels": np.zeros(3, int)}, "labels must be"),
        ({"images": np.full((2, 8, 8), np.nan), "labels": np.arange(2)}, "no numbers"),
        (
            {
                "data": np.zeros(4, np.uint8),
                "offsets": np.array([0, 9]),
                "labels": np.zeros(1, int),
            },
            "offsets do not fit",
        ),
        ({"images": np.array([None, 1]), "labels": np.arange(2)}, "no .npz of plain arrays"),
    ],
)
def test_an_npz_that_does_not_fit_says_why(tmp_path, arrays, said):
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(ValueError, match=said):
        audit_sources.open_source(str(tmp_path / "bad.npz"))


def test_scenes_of_two_seeds_are_others():
    one, two = audit_sources.open_source("scenes", 4, 0), audit_sources.open_source("scenes", 4, 1)
    assert not {one.name(i) for i in range(4)} & {two.name(i) for i in range(4)}
    shot = one.shot(2)
    assert shot.object.shape == (448, 448)
    assert shot.object.max() == 255
    assert (shot.ground != shot.image).any()
    assert REQUEST.data == "scenes"


def test_folders_of_the_data_home_go_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_DATA", str(tmp_path))
    monkeypatch.chdir(picture_folder(tmp_path / "elsewhere", {"x": 1}))
    picture_folder(tmp_path / "pets", {"cat": 2, "dog": 2})
    assert audit_sources.open_source("pets").classes == ("cat", "dog")
