"""What users of other mixers do: switch it off, misspell, resume, run on several ranks."""

import warnings

import pytest
import torch
from torch.utils.data import DataLoader

import mixcore
from mixcore import Mixer, OneOf, PerBatch, Sometimes, method
from mixcore.methods.cutmix import CutMix

X = torch.rand(8, 3, 16, 16, generator=torch.Generator().manual_seed(0))
Y = torch.arange(8) % 4


def test_it_is_switched_off_by_the_attribute_of_timm():
    mixer = Mixer("cutmix", 4, smoothing=0.1)
    mixer.mixup_enabled = False
    x, target = mixer(X, Y)
    assert x is X
    assert torch.allclose(target, 0.9 * torch.eye(4)[Y] + 0.025)
    images, targets = mixer.collate(list(zip(X, Y, strict=True)))
    assert torch.equal(images, X)
    assert torch.equal(targets, target)
    mixer.mixup_enabled = True
    assert torch.equal(mixer(X, Y)[0], Mixer("cutmix", 4)(X, Y)[0])  # no draw was spent


@pytest.mark.parametrize("name", ["mixup_enabeld", "mixup_alpha", "prob", "label_smoothing"])
def test_an_attribute_that_it_does_not_have_cannot_be_set(name):
    with pytest.raises(AttributeError, match=name):
        setattr(Mixer("cutmix", 4), name, 1)


@pytest.mark.parametrize(
    ("make", "error", "told"),
    [
        (lambda: Mixer("cutmix", 10.0), TypeError, "num_classes must be a whole number, got 10.0"),
        (lambda: Mixer("cutmix", "10"), TypeError, "num_classes must be a whole number, got '10'"),
        (lambda: Mixer("cutmix", 4, smoothing=-0.1), ValueError, r"in \[0, 1\), got -0.1"),
        (lambda: Mixer("cutmix", 4, smoothing=1.5), ValueError, r"in \[0, 1\), got 1.5"),
        (lambda: Mixer("cutmix", 4, seed=0.5), TypeError, "seed must be a whole number, got 0.5"),
        (lambda: Mixer("cutmix", 4, seed=-1), ValueError, "must be >= 0, got -1"),
        (lambda: Mixer(["mixup", "cutmix"], 4), TypeError, "several are one by mixcore.OneOf"),
        (lambda: Mixer(CutMix, 4), TypeError, r"got the class CutMix: CutMix\(\)"),
        (lambda: OneOf("mixup", "cutmix"), TypeError, r"mixcore.method\('mixup'\)"),
        (lambda: OneOf(method("mixup"), CutMix), TypeError, r"OneOf takes recipes.*CutMix\(\)"),
        (lambda: Sometimes("mixup"), TypeError, "Sometimes takes recipes, got 'mixup'"),
        (lambda: PerBatch(3), TypeError, "PerBatch takes recipes, such as"),
        (lambda: mixcore.Paired("mixup", "roll"), TypeError, "Paired takes recipes"),
        (lambda: Mixer("cutmix", 4)(X, None), TypeError, r"needs labels y \(b,\), got NoneType"),
        (lambda: Mixer("cutmix", 4).collate([X[0]]), TypeError, r"\(image, label, ...\)"),
        (lambda: Mixer("cutmix", 4).collate([{"a": X[0], "label": 1}]), TypeError, "no picture"),
        (lambda: Mixer("cutmix", 4).collate([{"image": X[0]}]), TypeError, "finds no class"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_at_once_in_a_sentence(make, error, told):
    with pytest.raises(error, match=told) as failure:
        make()
    assert "\n" not in str(failure.value)


def test_samples_may_carry_more_than_picture_and_class():
    plain = Mixer("cutmix", 4).collate(list(zip(X, Y.tolist(), strict=True)))
    paths = [f"{i}.jpg" for i in range(8)]
    x, target, names = Mixer("cutmix", 4).collate(list(zip(X, Y.tolist(), paths, strict=True)))
    assert list(names) == paths
    dicts = [
        {"pixel_values": a, "labels": b, "path": c}
        for a, b, c in zip(X, Y.tolist(), paths, strict=True)
    ]
    batch = Mixer("cutmix", 4).collate(dicts)
    assert list(batch) == ["pixel_values", "labels", "path"]
    for images, targets in ((x, target), (batch["pixel_values"], batch["labels"])):
        assert torch.equal(images, plain[0])
        assert torch.equal(targets, plain[1])


def test_a_resumed_training_goes_on_with_the_stream(tmp_path):
    recipe = Sometimes(OneOf(method("mixup"), method("fmix")), 0.7)
    whole, before, after = (Mixer(recipe, 4, seed=3) for _ in range(3))
    uninterrupted = [whole(X, Y)[0] for _ in range(6)]
    for _ in range(3):
        before(X, Y)
    torch.save(before.state_dict(), tmp_path / "mixer.pt")
    after.load_state_dict(torch.load(tmp_path / "mixer.pt", weights_only=True))
    assert all(torch.equal(after(X, Y)[0], x) for x in uninterrupted[3:])
    with pytest.raises(ValueError, match="of seed 3, this one has 4"):
        Mixer(recipe, 4, seed=4).load_state_dict(before.state_dict())


def test_every_rank_has_a_stream_of_its_own(monkeypatch):
    plans = {}
    for rank in (0, 1, 2):
        monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
        monkeypatch.setattr(torch.distributed, "get_rank", lambda rank=rank: rank)
        plans[rank] = Mixer("cutmix", 4)(X, Y)[0]
        again = Mixer("cutmix", 4)(X, Y)[0]
        assert torch.equal(plans[rank], again)
    monkeypatch.undo()
    assert torch.equal(plans[0], Mixer("cutmix", 4)(X, Y)[0])
    assert not torch.equal(plans[0], plans[1])
    assert not torch.equal(plans[1], plans[2])
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "3")
    assert torch.equal(plans[1], Mixer("cutmix", 4)(X, Y)[0])


def test_workers_of_two_ranks_differ_though_their_loaders_have_one_seed(monkeypatch):
    data, batches = list(zip(X, Y.tolist(), strict=True)), []
    monkeypatch.setenv("WORLD_SIZE", "2")
    for rank in "01":
        monkeypatch.setenv("RANK", rank)
        torch.manual_seed(0)
        loader = DataLoader(data, 4, collate_fn=Mixer("cutmix", 4).collate, num_workers=1)
        batches.append([x for x, _ in loader])
    assert not torch.equal(batches[0][0], batches[1][0])


def test_a_mixer_made_for_every_batch_warns_and_others_do_not():
    def collate(samples):
        return Mixer("mixup", 4, seed=11).collate(samples)

    data = list(zip(X, Y.tolist(), strict=True))
    with pytest.warns(UserWarning, match="build it once, outside the collate function"):
        list(DataLoader(data, 1, collate_fn=collate))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in range(5):
            Mixer("mixup", 4, seed=seed)(X, Y)
        for _ in range(5):
            mixer = Mixer("mixup", 4)
            mixer(X, Y), mixer(X, Y)
