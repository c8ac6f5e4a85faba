"""Data sets: what they hold, and what is refused in a plain sentence."""

import numpy as np
import pytest
import torch
from PIL import Image

from mixcore import worker
from mixcore.data import limits
from mixcore.data.known import DATASETS
from mixcore.runs import Store
from mixcore.train import in_memory, training_data
from mixcore.train.augment import augment_batch
from mixcore.train.training_request import TrainingRequest

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (60, 8, 8, 3)).astype(np.uint8)
Y = np.arange(60) % 3


@pytest.fixture(autouse=True)
def _homes(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MIXSCOPE_DATA", str(tmp_path / "data"))


def npz(tmp_path, **arrays):
    np.savez(tmp_path / "own.npz", **({"images": X, "labels": Y} | arrays))
    return f"npz:{tmp_path / 'own.npz'}"


def load(name, **values):
    return training_data.load_data(TrainingRequest(data=name, **({"batch": 8} | values)))


def test_digits_are_in_three_parts_of_their_own():
    found = load("digits")
    assert (found.n, len(found.val), len(found.test)) == (1294, 144, 359)
    assert found.shape == (1, 8, 8)
    assert found.classes == tuple("0123456789")
    pictures = [p.x.flatten(1).numpy() for p in (found.train, found.val, found.test)]
    kept = {row.tobytes() for row in pictures[0]}
    assert not kept & {row.tobytes() for part in pictures[1:] for row in part}
    again = load("digits", seed=5)
    assert torch.equal(found.test.x, again.test.x)  # so that seeds can be compared
    assert load("digits", images=100).n == 100
    assert load("digits", size=16).shape == (1, 16, 16)


def test_every_declared_set_has_one_that_reads_it():
    places = [*training_data.BUILT_IN, "scenes", *training_data.TORCHVISION]
    assert sorted(places) == sorted(DATASETS)


@pytest.mark.parametrize("name", training_data.BUILT_IN)
def test_what_is_built_in_can_be_trained_on(name):
    found = load(name)
    for part in (found.train, found.val, found.test):
        assert part.x.dtype == torch.uint8
        assert part.x.shape[1:] == found.shape
        assert part.y.shape == (len(part),)
    assert found.train.y.unique().tolist() == [*range(len(found.classes))]


def test_an_npz_of_ones_own(tmp_path):
    found = load(npz(tmp_path, class_names=np.array(["a", "b", "c"])))
    assert found.classes == ("a", "b", "c")
    assert (found.n, len(found.val), len(found.test)) == (43, 5, 12)
    floats = load(npz(tmp_path, images=X / 255.0))
    assert torch.equal(floats.train.x, found.train.x)
    gray = load(npz(tmp_path, images=X[..., 0], test_images=X[:9, ..., 1], test_labels=Y[:9]))
    assert (gray.shape, len(gray.test)) == ((1, 8, 8), 9)
    assert torch.equal(gray.test.x[:, 0], torch.from_numpy(X[:9, ..., 1]))


BAD = {
    "one class": ({"labels": Y * 0}, "has one class only: there is nothing to tell apart"),
    "two images": ({"images": X[:2], "labels": Y[:2]}, "has 2 pictures: training needs 10"),
    "no images": ({"images": X[:0], "labels": Y[:0]}, "holds no pictures"),
    "below": ({"labels": Y - 1}, "labels must count the classes from 0, got -1 to 1"),
    "beyond": (
        {"class_names": np.array(["a", "b"])},
        "labels must count the classes from 0 to 1, got 0 to 2",
    ),
    "gap": (
        {"labels": Y * 2, "class_names": np.arange(5)},
        "class 1 of 0 to 4 has no training picture",
    ),
    "floats": ({"labels": Y / 2}, "labels must be whole numbers, got float64"),
    "few labels": ({"labels": Y[:-1]}, r"labels must be \(60,\), one a picture,.* got \(59,\)"),
    "nan": (
        {"images": np.where(np.arange(60).reshape(-1, 1, 1, 1) < 2, np.nan, X / 255.0)},
        "2 of 60 pictures hold pixels that are no numbers",
    ),
    "range": ({"images": X + 1.0}, r"floats in \[0, 1\], got 1 to 256"),
    "shape": ({"images": X.reshape(60, -1)}, r"images must be \(n, h, w\)"),
    "kind": ({"images": X.astype(str)}, "uint8, or floats in .*, got <U"),
    "other size": (
        {"test_images": X[:, :4], "test_labels": Y},
        r"test pictures are \(3, 4, 8\), training pictures \(3, 8, 8\)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_data_is_refused_in_a_sentence(tmp_path, name):
    arrays, said = BAD[name]
    with pytest.raises(ValueError, match=said):
        load(npz(tmp_path, **arrays))


def test_bad_data_ends_a_run_as_failed_with_that_sentence(tmp_path):
    run = Store().create(TrainingRequest(data=npz(tmp_path, labels=Y * 0)).job())
    assert worker.do_job(run) == "failed"
    assert (run.status().state, run.status().message) == (
        "failed", f"npz:{tmp_path}/own.npz has one class only: there is nothing to tell apart.",
    )  # fmt: skip
    assert "Traceback" in run.log()


def test_a_batch_larger_than_the_data_is_refused(tmp_path):
    said = r"A batch of 64 is larger than the 43 training pictures of .*: take at most 43"
    with pytest.raises(ValueError, match=said):
        load(npz(tmp_path), batch=64)
    assert load(npz(tmp_path), batch=43).n == 43
    with pytest.raises(ValueError, match="larger than an epoch of 20 scenes: take at most 20"):
        load("scenes", images=20, batch=21)


def test_what_is_no_data_set_is_named(tmp_path):
    (tmp_path / "own.npz").write_text("not at all")
    for name, said in (
        (f"npz:{tmp_path}/own.npz", "own.npz is no .npz of plain arrays"),
        (f"npz:{tmp_path}/none.npz", "There is no file .*none.npz"),
        (f"folder:{tmp_path}/none", "There is no folder .*none"),
        (f"folder:{tmp_path}", "holds no pictures: put those of each class into a folder"),
        ("cifar10", "cifar10 is not on this machine: ask for its download"),
        ("imagenet", f"There is no data set 'imagenet': known are {', '.join(DATASETS)}, "),
        ("../digits", "There is no data set"),
        ("..", "There is no data set"),
    ):
        with pytest.raises(ValueError, match=said):
            load(name)
    np.savez(tmp_path / "objects.npz", images=np.array([{}]), labels=Y)
    with pytest.raises(ValueError, match=r"objects.npz is no .npz of plain arrays"):
        load(f"npz:{tmp_path}/objects.npz")  # which would run what somebody put there


def test_folders_of_pictures(tmp_path, monkeypatch):
    for i, label in enumerate(Y):
        place = tmp_path / "data" / "own" / "train" / "abc"[label]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(X[i]).resize((12, 20)).save(place / f"{i}.png")
    test = tmp_path / "data" / "own" / "test" / "b"
    test.mkdir(parents=True)
    Image.fromarray(X[0]).resize((16, 16)).save(test / "one.jpg")
    found = load("own", size=16)
    assert found.classes == ("a", "b", "c")
    assert (found.shape, found.n, found.test.y.tolist()) == ((3, 16, 16), 54, [1])
    direct = load(f"folder:{tmp_path}/data/own/train", size=16)
    assert (direct.n, len(direct.test)) == (43, 12)
    np.savez(tmp_path / "data" / "own" / "train.npz", images=X, labels=Y)  # as unpacked sets are
    assert load("own").shape == (3, 8, 8)
    monkeypatch.setattr(limits, "TRAINING_BYTES", 1000)
    with pytest.raises(
        ValueError, match="60 pictures of 16 pixels a side in train do not fit into"
    ):
        load(f"folder:{tmp_path}/data/own/train", size=16)


def test_scenes_are_endless_and_know_their_objects(monkeypatch):
    monkeypatch.setattr(in_memory, "HELD", 2)
    found = load("scenes", images=8, size=16)
    rows, seeds = [np.arange(4), np.arange(4, 8)], [0, 0]
    first, second = (list(found.batches(epoch, rows, seeds)) for epoch in (0, 1))
    assert len(first) == 2
    assert not torch.equal(first[0].x, second[0].x)
    assert torch.equal(first[1].x, next(found.batches(0, rows[1:], seeds[1:])).x)
    batch = first[0]
    alpha = batch.evidence["object"]
    outside = (alpha == 0).expand_as(batch.x)
    assert torch.equal(batch.x[outside], batch.grounds[outside])
    with pytest.raises(ValueError, match=r"leave the run's augment at 'none'"):
        load("scenes", augment="flip")


def test_shifts_and_mirrors():
    x = torch.arange(2 * 64, dtype=torch.float32).view(1, 2, 8, 8).repeat(40, 1, 1, 1) + 1
    assert augment_batch(x, "none", 3) is x
    flipped = augment_batch(x, "flip", 3)
    mirrored = (flipped == x.flip(-1)).all(3).all(2).all(1)
    same = (flipped == x).all(3).all(2).all(1)
    assert bool((mirrored ^ same).all())
    assert 5 < int(mirrored.sum()) < 35
    padded = torch.nn.functional.pad(x[0], (1, 1, 1, 1))
    shifted = augment_batch(x, "crop", 3)
    seen = set()
    for one in shifted:
        hits = [(i, j) for i in range(3) for j in range(3)
                if torch.equal(one, padded[:, i : i + 8, j : j + 8])]  # fmt: skip
        assert len(hits) == 1
        seen.add(hits[0])
    assert len(seen) == 9
    assert torch.equal(augment_batch(x, "crop and flip", 3), augment_batch(x, "crop and flip", 3))


def test_scenes_are_judged_by_other_scenes_of_the_same_classes():
    found = training_data.load_data(TrainingRequest(data="scenes", size=16, images=32, batch=16))
    assert len(set(found.test.y.tolist())) > 0.9 * len(found.classes)
    (batch, *_) = found.batches(0, [np.arange(16)], [0])
    same = (batch.x[:, None] - found.test.floats()[None]).abs().amax((2, 3, 4)) < 1e-3
    assert not same.any()
