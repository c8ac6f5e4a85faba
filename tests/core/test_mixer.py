"""Mixer in a loop and in a DataLoader; mix in one line; import without torch."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import mixcore
from mixcore import Mixer, OneOf, Sometimes, method, mix

X = torch.rand(8, 3, 16, 16, generator=torch.Generator().manual_seed(0))
Y = torch.arange(8) % 4
DATA = TensorDataset(X, Y)


def test_mixer_is_a_stream():
    one, two = Mixer("cutmix", 4, seed=5), Mixer("cutmix", 4, seed=5)
    first, second = one(X, Y), one(X, Y)
    assert not torch.equal(first[0], second[0])
    assert torch.equal(two(X, Y)[0], first[0])
    assert torch.equal(two(X, Y)[1], second[1])
    assert not torch.equal(Mixer("cutmix", 4, seed=6)(X, Y)[0], first[0])


def test_mixer_disturbs_no_other_randomness():
    torch.manual_seed(0)
    np.random.seed(0)
    before = torch.rand(1), np.random.rand()
    torch.manual_seed(0)
    np.random.seed(0)
    Mixer("fmix", 4)(X, Y)
    assert (torch.rand(1), np.random.rand()) == before


def test_mixer_takes_recipes_smoothing_and_in_place():
    recipe = OneOf(method("mixup", alpha=0.8), method("cutmix"))
    x, target = Mixer(recipe, 4, smoothing=0.1)(X, Y)
    assert x.shape == X.shape
    assert float(target.min()) == pytest.approx(0.025)
    own = X.clone()
    assert Mixer("mixup", 4, in_place=True, alpha=0.2)(own, Y)[0] is own
    with pytest.raises(TypeError, match="give parameters to the recipe itself"):
        Mixer(recipe, 4, alpha=1)
    with pytest.raises(ValueError, match="num_classes must be >= 1, got 0"):
        Mixer("mixup", 0)


def test_mixer_refuses_labels_that_need_a_forward_pass():
    class Later:
        def plan(self, batch, rng):
            return method("cutmix").plan(batch, rng)

        def reweigh(self, plan, seen):
            return plan

    for recipe in (Later(), OneOf(method("mixup"), Sometimes(Later()))):
        with pytest.raises(ValueError, match=r"Later weighs labels after .* in the training step"):
            Mixer(recipe, 4)
    with pytest.raises(ValueError, match=r"TransMix weighs .* so mix cannot give its targets"):
        mix(X, Y, "transmix", num_classes=4, rng=0)


@pytest.mark.parametrize("workers", [0, 2])
def test_collate_in_a_loader(workers):
    mixer = Mixer("cutmix", 4, seed=1)
    loader = DataLoader(DATA, 4, collate_fn=mixer.collate, num_workers=workers)
    torch.manual_seed(0)
    epochs = [[x for x, _ in loader] for _ in range(2)]
    for x, target in loader:
        assert x.shape == (4, 3, 16, 16)
        assert torch.allclose(target.sum(1), torch.ones(4))
    assert not torch.equal(epochs[0][0], epochs[1][0])  # a new epoch is mixed anew
    torch.manual_seed(0)
    again = Mixer("cutmix", 4, seed=1)
    repeated = DataLoader(DATA, 4, collate_fn=again.collate, num_workers=workers)
    assert all(torch.equal(a, b) for a, (b, _) in zip(epochs[0], repeated, strict=True))
    shares = [float((x != X[:4]).float().mean()) for x in epochs[0][:1]]
    assert shares[0] > 0


def test_workers_do_not_repeat_each_other():
    same = TensorDataset(X[:1].expand(8, -1, -1, -1) * torch.arange(8).view(8, 1, 1, 1), Y)
    mixer = Mixer("mixup", 4)
    targets = [t for _, t in DataLoader(same, 4, collate_fn=mixer.collate, num_workers=2)]
    assert not torch.equal(targets[0], targets[1])


def test_mix_in_one_line():
    mixed, target = mix(X, Y, "cutmix", num_classes=4, rng=7, alpha=1.0)
    plan = method("cutmix", alpha=1.0).plan(mixcore.Batch(X, Y), rng=7)
    assert torch.equal(mixed, plan.apply(X))
    assert torch.equal(target, plan.target(Y, 4))
    own = X.clone()
    assert mix(own, Y, "cutmix", num_classes=4, rng=7, in_place=True)[0] is own
    assert torch.equal(own, mixed)
    rng = np.random.default_rng(0)
    first, second = (mix(X, Y, "cutmix", num_classes=4, rng=rng)[0] for _ in range(2))
    assert not torch.equal(first, second)


@pytest.mark.parametrize(("rng", "error"), [(-1, ValueError), (1.5, TypeError), (None, TypeError)])
def test_rng_must_be_a_seed_or_a_generator(rng, error):
    with pytest.raises(error, match="rng"):
        mix(X, Y, "mixup", num_classes=4, rng=rng)


def test_devices():
    assert mixcore.devices()[-1] == "cpu"
    assert mixcore.device().type == mixcore.devices()[0]
    assert mixcore.device("cpu") == torch.device("cpu")
    with pytest.raises(ValueError, match="got 'abacus'"):
        mixcore.device("abacus")


def test_import_is_lazy():
    """Naming the package and listing its methods loads neither torch nor numpy."""
    code = (
        "import sys, mixcore, mixcore.params; names = mixcore.methods();"
        "assert 'cutmix' in names and not {'torch', 'numpy'} & set(sys.modules);"
        "import mixcore.methods; assert mixcore.methods() == names;"
        "import mixcore.methods.cutmix; assert mixcore.methods() == names;"
        "assert all(hasattr(mixcore, n) for n in mixcore.__all__);"
        "assert set(mixcore.__all__) <= set(dir(mixcore))"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
    with pytest.raises(AttributeError, match="no attribute 'cutmix'"):
        _ = mixcore.cutmix
