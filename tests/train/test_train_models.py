"""What can be trained, with what: every model takes a step, every method finds what it needs."""

import pytest
import torch

from mixcore import Batch
from mixcore.evidence.kinds.attention import ClassAttention
from mixcore.evidence.kinds.cam import CAM
from mixcore.train import in_memory, model_catalog
from mixcore.train.recipe import RecipeMix
from mixcore.train.tally import Tally
from mixcore.train.training import Training
from mixcore.train.training_request import KEYS, TrainingRequest

OWN = ("small_cnn", "resnet18", "small_vit", "hybrid_vit")
SMALL = {"images": 16, "batch": 8, "epochs": 1}


def build(name, shape=(3, 16, 16), k=4):
    torch.manual_seed(0)
    return model_catalog.build_model(name, shape, k, (0.5,) * shape[0], (0.2,) * shape[0])


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 32, 32), (3, 20, 28)], ids=str)
@pytest.mark.parametrize("name", OWN)
def test_models_take_any_small_picture(name, shape):
    model = build(name, shape)
    assert model(torch.rand(2, *shape)).shape == (2, 4)
    assert model_catalog.count_parameters(model) > 1000


@pytest.mark.parametrize("name", OWN)
def test_features_can_be_mixed_in_every_model(name):
    request = TrainingRequest(method="manifoldmix", model=name, **SMALL)
    job = Training(request)
    for step in range(6):  # which draw different layers
        job.step(step % 2, next(iter(job.batches(0, 0))), tally := Tally())
        tally.settle()


def test_models_show_where_they_look():
    x, y = torch.rand(2, 3, 16, 16), torch.tensor([0, 3])
    for name in ("small_cnn", "resnet18"):
        assert CAM(build(name).eval())(x, y).values.shape[0] == 2
    for name in ("small_vit", "hybrid_vit"):
        assert ClassAttention(build(name).eval())(x).values.shape[0] == 2


def test_lite0_trains_its_end_only():
    model = build("lite0", (1, 8, 8))
    before = {n: p.clone() for n, p in model.state_dict().items()}
    model.train()
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], 0.1)
    model(torch.rand(4, 1, 8, 8)).sum().backward()
    optimizer.step()
    moved = {n for n, p in model.state_dict().items() if not torch.equal(p, before[n])}
    assert any("head" in name for name in moved)
    assert not any("frozen" in name for name in moved)


def test_timm_by_name():
    assert build("timm:resnet10t", (3, 32, 32)).eval()(torch.rand(1, 3, 32, 32)).shape == (1, 4)
    vit = build("timm:vit_tiny_patch16_224", (3, 32, 32))
    assert vit(torch.rand(1, 3, 32, 32)).shape == (1, 4)
    with pytest.raises(ValueError, match="timm has no model 'resnet-nine'"):
        build("timm:resnet-nine")
    with pytest.raises(ValueError, match="There is no model 'vgg'; known: small_cnn"):
        build("vgg")


@pytest.mark.parametrize("key", KEYS)
def test_every_method_takes_a_step(key):
    """With maps of the very model that is trained; those that need exact objects say so."""
    model = "hybrid_vit" if key != "snapmix" else "small_cnn"
    job = Training(TrainingRequest(method=key, model=model, **SMALL))
    batch, tally = next(iter(job.batches(0, 0))), Tally()
    if key == "deda":
        with pytest.raises(ValueError, match="Only scenes know their object"):
            job.step(0, batch, tally)
        return
    means = [b.clone() for n, b in job.model.named_buffers() if "running_mean" in n]
    job.step(0, batch, tally)
    tally.settle()
    assert tally.n == 8
    assert 0 < tally.loss / tally.n < 20
    after = [b for n, b in job.model.named_buffers() if "running_mean" in n]
    assert all(not torch.equal(a, b) for a, b in zip(means, after, strict=True))


def test_objects_of_scenes_reach_the_method(monkeypatch):
    monkeypatch.setattr(in_memory, "HELD", 2)
    job = Training(TrainingRequest(data="scenes", method="deda", size=16, **SMALL))
    job.step(0, next(iter(job.batches(0, 0))), tally := Tally())
    tally.settle()


def test_looking_moves_no_running_mean():
    model = build("small_cnn")
    model.train()
    mix = RecipeMix(TrainingRequest(method="snapmix"), model)
    before = {n: b.clone() for n, b in model.named_buffers()}
    mix.plan(Batch(torch.rand(4, 3, 16, 16), torch.tensor([0, 1, 2, 3])), 0)
    assert all(torch.equal(b, before[n]) for n, b in model.named_buffers())
    assert model.training


def test_a_second_method_leaves_the_labels_of_the_first_alone():
    """TransMix reweighs its own samples; Mixup's keep their share."""
    model = build("hybrid_vit")
    request = TrainingRequest(
        method="transmix", other="mixup", other_p=0.5, parameters={"blend": 1.0}
    )
    mix, x = RecipeMix(request, model), torch.rand(32, 3, 16, 16)
    batch = Batch(x, torch.arange(32) % 4)
    plan = mix.plan(batch, 3)
    _, new = mix.forward(plan, batch, 0.5, torch.autocast("cpu", enabled=False))
    owner = plan.region.owner
    assert 4 < owner.sum() < 28
    assert torch.equal(new.w_a[owner == 1], plan.w_a[owner == 1])
    assert not torch.allclose(new.w_a[owner == 0], plan.w_a[owner == 0])
    for other, said in (("mixpro", "both weigh labels after"), ("manifoldmix", "different places")):
        with pytest.raises(ValueError, match=said):
            RecipeMix(TrainingRequest(method="transmix", other=other), model)


def test_two_methods_share_the_partners_that_the_request_asks_for():
    """The pairing around both, so that the mix stays one of two sources, and TransMix can weigh."""
    y = torch.arange(32) % 4
    for method in ("cutmix", "transmix"):
        request = TrainingRequest(method=method, other="mixup", pairing="same class")
        plan = RecipeMix(request, build("hybrid_vit")).plan(Batch(torch.rand(32, 3, 16, 16), y), 3)
        assert (y[plan.index] == y).all()


def test_progress_reaches_a_label_that_follows_it():
    model = build("hybrid_vit")
    mix = RecipeMix(TrainingRequest(method="mixpro", parameters={"progress": "linear"}), model)
    batch = Batch(torch.rand(8, 3, 16, 16), torch.arange(8) % 4)
    plan, off = mix.plan(batch, 3), torch.autocast("cpu", enabled=False)
    start, end = (mix.forward(plan, batch, share, off)[1] for share in (0.0, 1.0))
    assert torch.allclose(start.w_a, plan.area)
    assert not torch.allclose(end.w_a, plan.area)
