"""Models as training loops hold them: compiled, parallel, distributed, in any nesting."""

import pytest
import timm
import torch
from torch import nn

import mixcore
from mixcore.evidence.kinds import provider
from mixcore.unwrap import unwrap_model

X = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
Y = torch.arange(3)


def vit():
    torch.manual_seed(0)
    return timm.create_model(
        "vit_tiny_patch16_224", img_size=32, patch_size=8, depth=2, num_classes=5
    ).eval()


def convolutional():
    torch.manual_seed(0)
    return timm.create_model("resnet18", num_classes=5).eval()


@pytest.fixture(scope="module")
def group(tmp_path_factory):
    """A process group of this process alone."""
    store = torch.distributed.FileStore(str(tmp_path_factory.mktemp("group") / "store"), 1)
    torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


WRAPS = {
    "compiled": lambda m: torch.compile(m, backend="eager"),
    "parallel": nn.DataParallel,
    "distributed": nn.parallel.DistributedDataParallel,
    "compiled in distributed": lambda m: nn.parallel.DistributedDataParallel(
        torch.compile(m, backend="eager")
    ),
    "distributed, compiled": lambda m: torch.compile(
        nn.parallel.DistributedDataParallel(m), backend="eager"
    ),
}
every_wrap = pytest.mark.parametrize("wrap", WRAPS)


@every_wrap
@pytest.mark.usefixtures("group")
def test_labels_by_attention_are_the_same_whatever_holds_the_model(wrap):
    plain, wrapped = vit(), WRAPS[wrap](vit())
    assert isinstance(unwrap_model(wrapped), type(plain))
    with torch.no_grad():
        wrapped(X)  # so that it is compiled before any hook is there
    method = mixcore.method("transmix")
    logits, seen = method.look(plain, X, Y)
    found, again = method.look(wrapped, X, Y)
    assert torch.allclose(found, logits, atol=1e-5)
    assert torch.allclose(again.attention.values, seen.attention.values, atol=1e-6)
    assert again.attention.model == seen.attention.model
    found.sum().backward()
    assert all(p.grad is not None for p in unwrap_model(wrapped).blocks.parameters())


@every_wrap
@pytest.mark.parametrize("depth", [0, 1])
@pytest.mark.usefixtures("group")
def test_features_are_mixed_inside_whatever_holds_the_model(wrap, depth):
    plain, wrapped = convolutional(), WRAPS[wrap](convolutional())
    given = {"index": [1, 2, 0], "lam": 0.4}
    plan = mixcore.method("mixup").plan(mixcore.Batch(X, Y, given=given), 1)
    with torch.no_grad():
        wrapped(X)
        with mixcore.Space(plain, ["layer2"]).mixing(plan, depth):
            want = plain(X)
        with mixcore.Space(wrapped, ["layer2"]).mixing(plan, depth):
            found = wrapped(X)
        assert torch.allclose(found, want, atol=1e-4)
        assert not torch.allclose(found, plain(X), atol=1e-4)
        assert torch.allclose(wrapped(X), plain(X), atol=1e-4)


@pytest.mark.parametrize("wrap", ["compiled", "parallel"])
@pytest.mark.parametrize("kind", ["attention", "rollout", "gradient-attention", "grad-cam", "cam"])
def test_evidence_is_the_same_whatever_holds_the_model(wrap, kind):
    make = vit if "at" in kind or kind == "rollout" else convolutional
    plain, wrapped = make(), WRAPS[wrap](make())
    with torch.no_grad():
        wrapped(X)
    want, found = provider(kind, plain)(X, Y), provider(kind, wrapped)(X, Y)
    assert torch.allclose(found.values, want.values, atol=1e-5)
    assert found.model == want.model
