"""Label maps travel with the mix, and pictures of bytes are mixed as they are."""

import pytest
import torch
import torch.nn.functional as F

import mixcore
from catalogue import ALL, furnished
from laws.test_laws import name
from mixcore import Batch, OneOf, Sometimes

SIZE = 24, 20
WRAPPED = [
    Sometimes(mixcore.method("resizemix"), 0.5),
    OneOf(mixcore.method("yoco"), mixcore.method("cutmix")),
    OneOf(mixcore.method("resizemix", interpolation="nearest"), mixcore.method("snapmix")),
]
CARRYING = [m for m in ALL if m.info.key != "deda"]  # whose grounds have no label maps


def photos(b=5, seed=0):
    return torch.rand(b, 3, *SIZE, generator=torch.Generator().manual_seed(seed))


def planned(recipe, seed=3):
    return recipe.plan(furnished(photos(), torch.arange(5)), seed)


def shares(plan):
    """Whose each pixel is by the plan's masks: (b, h, w) places among the sources, and indices."""
    if isinstance(plan, mixcore.Plan):
        own = torch.stack([torch.arange(len(plan)), plan.index], 1)
        return (plan.mask()[:, 0] < 0.5).long(), own
    return plan.mask().argmax(1), plan.index


@pytest.mark.parametrize("recipe", [*CARRYING, *WRAPPED], ids=lambda r: str(r))
def test_a_pixel_has_the_label_of_its_picture(recipe):
    """Maps of one label each show whose every pixel is, or 0 where B was read beyond its frame."""
    labels = torch.arange(1, 6)[:, None, None].expand(5, *SIZE)
    for seed in range(4):
        plan = planned(recipe, seed)
        owner, index = shares(plan)
        carried = plan.carry(labels)
        want = labels[:, 0, 0][index.gather(1, owner.flatten(1))].view(5, *SIZE)
        assert carried.dtype == torch.int64
        assert bool(((carried == want) | (carried == 0)).all())
        assert float((carried == want).double().mean()) > 0.8


@pytest.mark.parametrize("method", CARRYING, ids=name)
def test_no_label_is_invented_and_none_is_lost_to_a_warp_that_keeps_all(method):
    rows = torch.arange(SIZE[0])[:, None].expand(SIZE)
    labels = torch.stack([100 * (i + 1) + 7 * rows for i in range(5)])
    plan = planned(method)
    owner, index = shares(plan)
    carried = plan.carry(labels)
    for i in range(5):
        for k in range(index.shape[1]):
            seen = set(carried[i][owner[i] == k].tolist())
            assert seen <= {0, *labels[index[i, k]].flatten().tolist()}


@pytest.mark.parametrize("key", ["cutmix", "fmix", "maskmix", "gridmix"])
def test_where_nothing_is_blended_a_map_is_carried_as_a_picture_is_mixed(key):
    plan = mixcore.method(key).plan(Batch(photos()), 1)
    labels = torch.randint(0, 9, (5, 1, *SIZE), generator=torch.Generator().manual_seed(1))
    assert torch.equal(plan.carry(labels).double(), plan.apply(labels.double()))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bool, torch.int32, torch.float32], ids=str)
def test_maps_keep_dtype_and_shape(dtype):
    labels = (photos()[:, 0] > 0.5).to(dtype)
    plan = planned(mixcore.method("randomfield"))
    assert plan.carry(labels).dtype == dtype
    assert plan.carry(labels).shape == labels.shape
    assert plan.carry(labels[:, None].expand(-1, 2, -1, -1)).shape == (5, 2, *SIZE)


def test_a_resized_partner_is_read_at_the_nearest_pixel():
    plan = mixcore.method("resizemix").plan(Batch(photos(), given={"box": (0, 12, 0, 10)}), 0)
    labels = torch.randint(0, 99, (5, *SIZE), generator=torch.Generator().manual_seed(2))
    want = F.interpolate(labels[plan.index][:, None].double(), (12, 10), mode="nearest-exact")
    assert torch.equal(plan.carry(labels)[:, :12, :10].double(), want[:, 0])


def test_what_cannot_be_carried_is_said():
    deda = planned(mixcore.method("deda"))
    with pytest.raises(ValueError, match="which have no label maps"):
        deda.carry(torch.zeros(5, *SIZE))
    plan = planned(mixcore.method("cutmix"))
    with pytest.raises(ValueError, match=r"labels must have shape \(5, h, w\)"):
        plan.carry(torch.zeros(4, *SIZE))
    with pytest.raises(TypeError, match="label maps are mixed by"):
        plan.apply(torch.zeros(5, 3, *SIZE, dtype=torch.int64))


@pytest.mark.parametrize("method", ALL, ids=name)
def test_bytes_are_mixed_as_the_numbers_they_stand_for(method):
    pixels = (photos() * 255).round().to(torch.uint8)
    y = torch.arange(5)
    plan = method.plan(furnished(pixels / 255, y), 3)
    mixed = plan.apply(pixels)
    assert mixed.dtype == torch.uint8
    assert int((plan.apply(pixels / 255) * 255 - mixed).abs().max() * 100) <= 51  # half a level
    buffer = torch.zeros_like(pixels)
    assert plan.apply(pixels, out=buffer) is buffer
    own = pixels.clone()
    assert plan.apply(own, in_place=True) is own
    assert torch.equal(own, mixed)
    assert torch.equal(buffer, mixed)


def test_a_mixer_takes_bytes_as_timms_prefetcher_has_them():
    pixels = (photos() * 255).to(torch.uint8)
    x, target = mixcore.Mixer("cutmix", 5)(pixels, torch.arange(5))
    assert x.dtype == torch.uint8
    assert torch.equal(target.sum(1), torch.ones(5))
    samples = list(zip(pixels, range(5), strict=True))
    assert mixcore.Mixer("mixup", 5).collate(samples)[0].dtype == torch.uint8
