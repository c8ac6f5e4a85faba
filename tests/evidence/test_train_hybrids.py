"""Making the bundled models: packed pictures read, features cached once, a run that learns."""

import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from mixcore.cli import main
from mixcore.evidence.models import bundled
from mixcore.evidence.study import composites, feature_cache, train_hybrids
from mixcore.evidence.study.trainset import SAMPLES, TINY, PackedSet, load_class_indices

WNIDS = ("n01443537", "n02123045", "n04146614")  # goldfish, tabby, school bus
CPU = torch.device("cpu")


def jpeg(color, side):
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), color).save(buffer, "JPEG", quality=75)
    return buffer.getvalue()


def pack(path, colors, side, **fields):
    """Pictures of one colour each, their shared header kept once as the real file does."""
    files = [jpeg(color, side) for color in colors]
    at = files[0].index(b"\xff\xda")  # where the picture itself starts
    bodies = [file[at:] for file in files]
    path.parent.mkdir(parents=True, exist_ok=True)
    header = np.frombuffer(files[0][:at], np.uint8)
    np.savez(
        path,
        data=np.frombuffer(b"".join(bodies), np.uint8),
        offsets=np.cumsum([0, *map(len, bodies)]),
        headers=header,
        header_offsets=np.array([0, len(header)]),
        header_ids=np.zeros(len(files), np.int64),
        **fields,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder like the real one: three classes, each of its own colour."""
    folder = tmp_path_factory.mktemp("data")
    colors = ("red", "green", "blue")
    for split, each in (("train", 16), ("val", 4)):
        labels = np.arange(3).repeat(each)
        pack(
            folder / TINY / f"{split}.npz",
            [colors[i] for i in labels],
            64,
            labels=labels,
            wnids=np.array(WNIDS),
            boxes=np.tile([8, 16, 40, 56], (len(labels), 1)),
        )
    files = [jpeg("white", 300), jpeg("black", 200)]
    (folder / SAMPLES).mkdir()
    np.savez(
        folder / SAMPLES / "samples.npz",
        data=np.frombuffer(b"".join(files), np.uint8),
        offsets=np.cumsum([0, *map(len, files)]),
        labels=np.array([7, 999]),
    )
    return folder


CONTENTS = feature_cache.Contents(small=40, large=6, crops=2, val=10)


@pytest.fixture(scope="module")
def cached(data, tmp_path_factory):
    return feature_cache.build_cache(data, tmp_path_factory.mktemp("cache"), CONTENTS, CPU)


def test_packed_pictures_are_read_as_described(data):
    tiny = PackedSet(data / TINY / "train.npz")
    assert tiny.labels.tolist() == [1] * 16 + [281] * 16 + [779] * 16
    assert tiny.chosen.tolist() == [1, 281, 779]
    assert np.abs(np.asarray(tiny.picture(40)).astype(int) - (0, 0, 255)).max() < 4
    assert tiny.enlarged(3, 128).shape == (128, 128, 3)
    samples = PackedSet(data / SAMPLES / "samples.npz")
    assert samples.labels.tolist() == [7, 999]
    assert samples.boxes is None
    crop = samples.crop(1, 96, np.random.default_rng(0), 0.3)
    assert crop.shape == (96, 96, 3)
    assert crop.max() < 4
    with pytest.raises(ValueError, match=r"no pictures at .*none\.npz"):
        PackedSet(data / "none.npz")


def test_real_pictures_are_judged_by_their_box(data):
    judged = composites.load_real(data, 5)
    wanted = np.zeros((composites.SIDE, composites.SIDE), bool)
    wanted[56:196, 28:140] = True  # (x0, y0, x1, y1) = (8, 16, 40, 56) of 64 pixels, at 224
    assert len(judged) == 5
    assert all(np.array_equal(mask, wanted) for mask in judged.masks)
    assert {classes[0] for classes in judged.classes} <= {1, 281, 779}
    with pytest.raises(ValueError, match="no pictures at"):
        composites.load_real(data / "gone")


def test_wordnet_ids_find_their_class():
    assert load_class_indices(np.array(["n01440764", "n15075141"])).tolist() == [0, 999]


def test_crops_cover_the_picture_and_stay_inside():
    class Ramp(PackedSet):
        def __init__(self):
            pass

        def picture(self, i):
            ramp = np.broadcast_to(np.arange(120, dtype=np.uint8)[None, :, None], (80, 120, 3))
            return Image.fromarray(np.ascontiguousarray(ramp))

    rng = np.random.default_rng(0)
    crops = [Ramp().crop(0, 32, rng, 0.25) for _ in range(60)]
    assert min(c.min() for c in crops) < 8
    assert max(c.max() for c in crops) > 111
    spans = [int(c.max()) - int(c.min()) for c in crops]
    assert 30 < min(spans) < max(spans) < 100


def test_the_cache_holds_lite0s_features_and_answers(cached, data):
    lengths = {name: len(cached.part(name)) for name in feature_cache.PARTS}
    assert lengths == {"train-128": 40, "train-224": 10, "val-128": 10, "val-224": 5}
    part = cached.part("val-128")
    assert part.features.shape == (10, 112, 8, 8)
    assert cached.part("train-224").features.shape == (10, 112, 14, 14)
    assert np.allclose(part.answers.sum(1, dtype=np.float32), 1, atol=0.01)
    facts = cached.facts()
    assert facts["chosen"] == [1, 281, 779]
    found = cached.part("train-128").features.astype(np.float32)
    assert np.allclose(found.mean((0, 2, 3)), facts["mean"], atol=1e-4)
    assert min(facts["std"]) > 0


def test_the_same_contents_are_not_made_twice_and_others_are_refused(cached, data):
    before = (cached.folder / "train-128.features.npy").stat().st_mtime_ns
    feature_cache.build_cache(data / "gone", cached.folder, CONTENTS, CPU)
    assert (cached.folder / "train-128.features.npy").stat().st_mtime_ns == before
    with pytest.raises(ValueError, match="other contents"):
        feature_cache.build_cache(data, cached.folder, feature_cache.Contents(small=3), CPU)


def test_targets_are_half_label_and_half_lite0(cached):
    part, rows = cached.part("train-128"), np.array([2, 5])
    z, target = train_hybrids.make_batch(part, rows, np.random.default_rng(0), 0.5)
    assert torch.allclose(target.sum(1), torch.ones(2), atol=1e-6)
    rest = target.clone()
    rest[torch.arange(2), torch.from_numpy(part.labels[rows])] -= 0.5
    answers = part.answers[rows].astype(np.float32)
    assert np.allclose(rest.numpy() * 2, answers / answers.sum(1, keepdims=True), atol=1e-5)
    own = torch.from_numpy(part.features[rows].astype(np.float32))
    flips = [torch.equal(a, b.flip(-1)) for a, b in zip(z, own, strict=True)]
    same = [torch.equal(a, b) for a, b in zip(z, own, strict=True)]
    assert all(a or b for a, b in zip(flips, same, strict=True))


def test_an_epoch_sees_every_picture_once_in_batches_of_one_size(cached):
    parts = [cached.part("train-128"), cached.part("train-224")]
    seen = list(train_hybrids.shuffle_batches(parts, 8, np.random.default_rng(0)))
    for part in parts:
        rows = np.concatenate([rows for of, rows in seen if of is part])
        assert sorted(rows) == list(range(len(part)))
    assert max(len(rows) for _, rows in seen) == 8


def test_a_run_learns_is_repeatable_and_survives_the_disk(cached, tmp_path):
    recipe = train_hybrids.HybridRecipe(epochs=12, batch=16, seed=1)
    model = train_hybrids.train_hybrid(cached, recipe, CPU)
    again = train_hybrids.train_hybrid(cached, recipe, CPU)
    assert all(
        torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True)
    )
    found = train_hybrids.measure_hybrid(model, cached, recipe, CPU)
    assert found["val-128"]["n"] == 10
    assert found["val-128"]["top-1 of the chosen"] >= 90  # a third by chance
    path = tmp_path / "late.safetensors"
    bundled.write_weights(model, path)
    loaded = bundled.read_hybrid(path)
    z = torch.from_numpy(cached.part("val-224").features.astype(np.float32))
    with torch.no_grad():
        assert torch.allclose(loaded(z), model(z), atol=0.03)
    assert torch.equal(loaded.mean, model.mean)
    train_hybrids.write_metrics(tmp_path, "late", found)
    train_hybrids.write_metrics(tmp_path, "plain", found)
    assert set(json.loads((tmp_path / "metrics.json").read_text())) == {"late", "plain"}


def test_damaged_and_missing_weights_are_refused(tmp_path):
    from mixcore.evidence.models.hybrid import Hybrid

    path = tmp_path / "plain.safetensors"
    with pytest.raises(bundled.WeightsError, match="is missing"):
        bundled.read_hybrid(path)
    bundled.write_weights(Hybrid(late=False), path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(bundled.WeightsError, match="SHA256SUMS"):
        bundled.read_hybrid(path)


def test_the_command_makes_weights_that_load(data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(feature_cache, "Contents", lambda: CONTENTS)
    arguments = ["train-evidence", "--data", str(data), "--out", str(tmp_path), "--epochs"]
    assert main([*arguments, "0"]) == 0
    assert {p.name for p in tmp_path.iterdir()} == {"features"}
    assert main([*arguments, "1", "--plain", "--device", "cpu"]) == 0
    assert bundled.read_hybrid(tmp_path / "plain.safetensors").joins == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "metrics.json").read_text())["plain"]
    assert printed["recipe"]["late"] is False
    assert main([*arguments, "-1"]) == 2
    assert "epochs must be >= 0, got -1" in capsys.readouterr().err
    nowhere = ["train-evidence", "--data", str(tmp_path / "none"), "--out", str(tmp_path / "x")]
    assert main(nowhere) == 2
    assert "There are no pictures at" in capsys.readouterr().err
