"""Generated scenes: exact masks, places that obey the rules, seeds that mean something."""

import numpy as np
import pytest
from torch.utils.data import DataLoader

from mixcore.data import gallery, scenes
from mixcore.data.layout import place_stamp
from mixcore.data.stamps import SPLITS, stamps
from mixcore.rng import Streams

SMALL = 32
PINNED = [
    ("moth.png", "gravel"),
    ("crowned-crane.png", "palace"),
    ("toucan.png", "canyon"),
]


def share(scene):
    y0, y1, x0, x1 = scene.box
    return (y1 - y0) * (x1 - x0) / scene.mask.size


def center(alpha):
    """Centre of mass in pixels, row first."""
    rows, cols = np.indices(alpha.shape)
    return (rows * alpha).sum() / alpha.sum(), (cols * alpha).sum() / alpha.sum()


def is_whole(scene, seed):
    """Whether all of the cut-out that was placed is in the frame."""
    tile, _ = place_stamp(Streams(seed), scene.stamp, scene.mask.shape)
    return scene.alpha.sum() == pytest.approx(np.asarray(tile)[..., 3].sum() / 255, rel=1e-4)


def backgrounds(name, draws=120):
    """Names of the grounds that scenes of one class are given."""
    stamp = next(s for s in stamps() if s.name == name and s.split == "train")
    return {scenes._ground(Streams(k), stamp, (16, 16), "train")[0] for k in range(draws)}


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("seed", range(6))
def test_the_mask_is_exact(seed, split):
    scene = scenes.make(seed, (200, 260), split)
    assert np.array_equal(scene.image[scene.alpha == 0], scene.empty[scene.alpha == 0])
    tile, (x, y) = place_stamp(Streams(seed), scene.stamp, (200, 260))
    pixels = np.asarray(tile)
    solid = pixels[..., 3] == 255
    rows, cols = np.nonzero(solid)
    assert solid.sum() > 1000
    assert np.array_equal(scene.image[rows + y, cols + x], pixels[solid][:, :3])
    assert (scene.alpha == 1).sum() == solid.sum()
    assert np.array_equal(scene.mask, scene.alpha >= 0.5)


def test_half_covered_pixels_lie_between_object_and_ground():
    scene = scenes.make(3, 224)
    rim = (scene.alpha > 0) & (scene.alpha < 1)
    tile, (x, y) = place_stamp(Streams(3), scene.stamp, (224, 224))
    rows, cols = np.nonzero(rim)
    front = np.asarray(tile)[rows - y, cols - x, :3].astype(float)
    weight = scene.alpha[rim][:, None]
    expected = weight * front + (1 - weight) * scene.empty[rim]
    assert rim.any()
    assert np.abs(scene.image[rim] - expected).max() <= 1


@pytest.mark.parametrize("split", SPLITS)
def test_the_box_takes_15_to_60_percent_and_nothing_is_cut_off(split):
    shares = []
    for seed in range(40):
        scene = scenes.make(seed, 448, split)
        assert is_whole(scene, seed)
        shares.append(share(scene))
    assert min(shares) >= 0.145
    assert max(shares) <= 0.605
    assert max(shares) - min(shares) > 0.2


def test_the_box_is_the_box_of_the_mask():
    scene = scenes.make(11, 160)
    y0, y1, x0, x1 = scene.box
    inside = np.zeros_like(scene.mask)
    inside[y0:y1, x0:x1] = True
    assert not scene.mask[~inside].any()
    assert scene.mask[[y0, y1 - 1]].any(axis=1).all()
    assert scene.mask[:, [x0, x1 - 1]].any(axis=0).all()


def test_a_long_frame_holds_the_whole_object():
    for seed in range(8):
        scene = scenes.make(seed, (48, 400))
        assert scene.image.shape == scene.empty.shape == (48, 400, 3)
        assert scene.mask.shape == scene.alpha.shape == (48, 400)
        assert is_whole(scene, seed)
        assert 0 < share(scene) <= 0.6


def test_a_seed_is_a_picture():
    first, again, other = scenes.make(5, 96), scenes.make(5, 96), scenes.make(6, 96)
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.mask, again.mask)
    assert not np.array_equal(first.image, other.image)


def test_draws_of_a_seed_are_pinned():
    found = [(s.stamp.file, s.background) for s in (scenes.make(k, SMALL) for k in range(3))]
    assert found == PINNED


@pytest.mark.parametrize("seed", range(8))
def test_size_moves_nothing(seed):
    small, large = scenes.make(seed, 96), scenes.make(seed, 384)
    assert (small.stamp, small.background) == (large.stamp, large.background)
    cover = large.alpha.reshape(96, 4, 96, 4).mean((1, 3))
    assert np.abs(np.array(center(small.alpha)) - center(cover)).max() < 1  # whole pixels
    assert small.alpha.sum() == pytest.approx(cover.sum(), rel=0.03)
    shrunk = large.image.reshape(96, 4, 96, 4, 3).mean((1, 3))
    assert np.abs(small.image - shrunk).mean() < 8


def test_splits_share_neither_objects_nor_grounds():
    seen = {split: [scenes.make(k, 16, split) for k in range(120)] for split in SPLITS}
    for key in (lambda s: s.stamp.file, lambda s: s.background):
        train, held = ({key(scene) for scene in seen[split]} for split in SPLITS)
        assert len(train) > 5
        assert len(held) > 2
        assert train.isdisjoint(held)


def test_half_the_grounds_are_whole_photos():
    kinds = [gallery.info(scenes.make(k, 16).background).kind for k in range(200)]
    assert set(kinds) == {"photo", "texture"}
    assert 75 <= kinds.count("photo") <= 125


def test_the_ground_never_holds_the_class_of_the_object():
    assert "car" in gallery.info("arena").contains
    assert "arena" not in backgrounds("car")
    assert "arena" in backgrounds("zebra")


def test_label_name_and_object_agree():
    names = scenes.class_names()
    assert list(names) == sorted(set(names))
    for seed in range(20):
        scene = scenes.make(seed, 16, "held-out")
        assert names[scene.label] == scene.name == scene.stamp.name


def test_batch_and_scenes_are_the_same_pictures():
    batch, found = scenes.batch(3, 7, (40, 56)), scenes.Scenes(3, (40, 56), seed=7)
    assert batch.images.shape == (3, 40, 56, 3)
    assert batch.images.dtype == np.uint8
    assert batch.masks.shape == (3, 40, 56)
    assert batch.labels.dtype == np.int64
    for i, (image, label) in enumerate(found):
        assert np.array_equal(image, batch.images[i])
        assert label == batch.labels[i]
        assert np.array_equal(found.scene(i).mask, batch.masks[i])


def test_scenes_is_a_sequence():
    found = scenes.Scenes(4, SMALL, seed=1, transform=lambda image: image.mean())
    assert len(found) == 4
    assert found[-1] == found[3]
    assert found[1:3] == [found[1], found[2]]
    assert isinstance(found[0][0], float)
    with pytest.raises(IndexError, match="Scene 4 was asked of a set of 4"):
        found[4]


def test_a_torch_loader_reads_scenes():
    images, labels = next(iter(DataLoader(scenes.Scenes(4, SMALL), batch_size=4)))
    assert images.shape == (4, SMALL, SMALL, 3)
    assert labels.tolist() == [scenes.Scenes(4, SMALL)[i][1] for i in range(4)]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: scenes.make(1, split="test"), ValueError, "split must be one of train, held-out"),
        (lambda: scenes.make(1, 8), ValueError, "size must be >= 16, got 8"),
        (lambda: scenes.make(1, 5000), ValueError, "size must be at most 4096"),
        (lambda: scenes.make(1, (64, 64, 3)), ValueError, r"one side or \(h, w\)"),
        (lambda: scenes.make(1, 64.5), TypeError, "size must be a whole number, got 64.5"),
        (lambda: scenes.make(-1), ValueError, "seed must be >= 0, got -1"),
        (lambda: scenes.make("a"), TypeError, "seed must be a whole number, got 'a'"),
        (lambda: scenes.batch(0, 1), ValueError, "n must be >= 1, got 0"),
        (lambda: scenes.Scenes(-1), ValueError, "n must be >= 0, got -1"),
    ],
)
def test_bad_arguments_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
