"""Controls and exact masks: what they are, by value, and that shuffling destroys what it says."""

import numpy as np
import pytest
import torch

from mixcore import Batch
from mixcore.data import scenes
from mixcore.evidence.kinds.control_maps import Center, Shuffled, Uniform, shuffle_maps
from mixcore.evidence.kinds.exact import ExactMask
from mixcore.evidence.map import Evidence

X = torch.rand(5, 3, 24, 36, generator=torch.Generator().manual_seed(0))


def test_uniform_is_even_on_its_grid():
    assert Uniform()(X).values.shape == (5, 1, 24, 36)
    even = Uniform(cells=6)(X)
    assert even.values.shape == (5, 1, 6, 6)
    mask = torch.zeros(5, 1, 24, 36)
    mask[..., :9] = 1
    assert even.under(mask).tolist() == pytest.approx([0.25] * 5)


def test_the_gaussian_is_centerd_and_as_wide_as_it_says():
    values = Center(sigma=0.1)(torch.zeros(2, 3, 200, 400)).at(200, 400)[0, 0].double()
    for axis, n in ((1, 200), (0, 400)):
        place = (torch.arange(n).double() + 0.5) / n
        mass = values.sum(axis)
        assert float((mass * place).sum()) == pytest.approx(0.5)
        assert float((mass * (place - 0.5) ** 2).sum().sqrt()) == pytest.approx(0.1, rel=1e-3)
    with pytest.raises(ValueError, match=r"Centre\.sigma must be > 0, got 0"):
        Center(sigma=0)


def test_shuffled_pictures_all_lose_their_own_map():
    own = Evidence(torch.arange(5.0)[:, None, None, None].expand(5, 1, 3, 3), "number")
    for seed in range(10):
        other = shuffle_maps(own, seed=seed)
        found = other.values[:, 0, 0, 0].tolist()
        assert sorted(found) == [0, 1, 2, 3, 4]
        assert all(i != j for i, j in enumerate(found))
    assert other.name == "number of another picture"
    with pytest.raises(ValueError, match="a batch of at least 2, got 1"):
        shuffle_maps(Evidence(torch.ones(1, 1, 2, 2), "one"))


def test_shuffled_cells_keep_each_pictures_values_and_nothing_of_their_places():
    own = Evidence(torch.rand(3, 1, 14, 14, generator=torch.Generator().manual_seed(1)), "noise")
    other = Shuffled(lambda x, y: own, how="cells", seed=4)(X)
    assert other.name == "noise with its cells permuted"
    for a, b in zip(own.values, other.values, strict=True):
        assert torch.equal(a.flatten().sort()[0], b.flatten().sort()[0])
        assert abs(float(np.corrcoef(a.flatten(), b.flatten())[0, 1])) < 0.25
    with pytest.raises(ValueError, match="how must be 'pictures' or 'cells', got 'rows'"):
        Shuffled(Uniform(), how="rows")


def test_exact_masks_are_the_scenes_own():
    made = [scenes.make(seed, 48) for seed in range(2)]
    alpha = torch.from_numpy(np.stack([scene.alpha for scene in made])[:, None])
    x = torch.zeros(2, 3, 48, 48)
    found = ExactMask.of(Batch(x, evidence={"object": alpha}))(x)
    assert torch.equal(found.values, alpha)
    assert found.under((alpha > 0).float()).tolist() == pytest.approx([1, 1])
    with pytest.raises(ValueError, match="generated scenes only"):
        ExactMask.of(Batch(x))
    with pytest.raises(ValueError, match="2 exact masks, but 5 pictures"):
        ExactMask(alpha)(X)
