"""One plan gives the same pixels and labels whatever surrounds it: autocast, default dtype and
device, memory layout, torch.compile, and what is not a number in a picture that weighs nothing."""

import ast
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck

import mixcore
from catalogue import ALL, MANY, furnished
from laws.test_laws import name
from mixcore import Batch, OneOf, PerBatch, Plan, Sometimes
from mixcore import plan as plan_module
from mixcore.regions.shapes import Whole

every = pytest.mark.parametrize("method", ALL, ids=name)
WRAPPED = [
    OneOf(mixcore.method("mixup"), mixcore.method("cutmix")),
    OneOf(mixcore.method("resizemix"), mixcore.method("cutmix")),
    OneOf(mixcore.method("augmix"), mixcore.method("cutmix")),
    Sometimes(mixcore.method("fmix"), 0.5),
    Sometimes(mixcore.method("yoco"), 0.5),
    PerBatch(mixcore.method("resizemix")),
    mixcore.method("deit"),
]


def photos(b=4, c=3, h=24, w=20, seed=0):
    x = torch.rand(b, c, h, w, generator=torch.Generator().manual_seed(seed))
    x[:, :, :6] = 0.8  # a flat part, in which a wrong coordinate is one wrong value
    return x


def mix(recipe, x):
    """The mix and the numbers of one plan, made and applied on the spot."""
    y = torch.from_numpy(np.arange(len(x)) % 3)
    plan = recipe.plan(furnished(x, y), 5)
    return plan.apply(x), plan.target(y, 4), plan.mask()


@every
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_autocast_changes_nothing(method, dtype):
    x = photos()
    outside = mix(method, x)
    with torch.autocast("cpu", dtype=dtype):
        inside = mix(method, x)
        assert torch.is_autocast_enabled("cpu")
    for one, other in zip(outside, inside, strict=True):
        assert one.dtype == other.dtype
        assert torch.equal(one, other)


@contextmanager
def default(dtype=None, device=None):
    old = torch.get_default_dtype()
    try:
        if dtype is not None:
            torch.set_default_dtype(dtype)
        if device is not None:
            torch.set_default_device(device)
        yield
    finally:
        torch.set_default_dtype(old)
        torch.set_default_device(None)


@pytest.mark.parametrize(
    "around", [{"dtype": torch.float64}, {"dtype": torch.bfloat16}, {"device": "meta"}], ids=str
)
def test_no_default_of_torch_changes_a_mix(around):
    x, y = photos(), torch.arange(4)
    batches = {method: furnished(x, y) for method in ALL}
    plain = {m: (p := m.plan(b, 5), p.apply(x), p.target(y, 4)) for m, b in batches.items()}
    samples = list(zip(x, y.tolist(), strict=True))
    collated = mixcore.Mixer("cutmix", 4, seed=1).collate(samples)
    with default(**around):
        for method, batch in batches.items():
            _, mixed, target = plain[method]
            plan = method.plan(batch, 5)
            assert torch.equal(plan.apply(x), mixed), method
            assert torch.equal(plan.target(y, 4), target), method
            assert plan.mask().dtype == torch.float32
        if "device" not in around:  # torch's own collate makes the labels on the default device
            again = mixcore.Mixer("cutmix", 4, seed=1).collate(samples)
            assert all(torch.equal(*pair) for pair in zip(again, collated, strict=True))


FACTORIES = {
    *("zeros", "ones", "empty", "full", "arange", "linspace", "logspace", "eye"),
    *("rand", "randn", "randint", "randperm", "tensor", "as_tensor", "scalar_tensor"),
}


def bare_factories(tree):
    """Calls of torch's factories that leave dtype or device to torch; a module's own weights, in
    its __init__, follow torch's defaults as all modules do."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            continue
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("torch."):
            named = {keyword.arg for keyword in node.keywords}
            if node.func.attr in FACTORIES and not {"dtype", "device"} <= named:
                yield node.lineno
        yield from bare_factories(node)


def test_no_tensor_of_the_library_leaves_its_dtype_or_device_to_torch():
    paths = sorted(Path(mixcore.__file__).parent.rglob("*.py"))
    bare = [f"{p.name}:{line}" for p in paths for line in bare_factories(ast.parse(p.read_text()))]
    assert not bare
    assert list(bare_factories(ast.parse("x = f(torch.zeros(3))")))


@pytest.mark.parametrize("recipe", [*ALL, *WRAPPED], ids=str)
@pytest.mark.parametrize("path", ["one call", "image by image"])
@pytest.mark.parametrize("grad", [False, True], ids=["plain", "grad"])
def test_channels_last_stays(recipe, path, grad, monkeypatch):
    if path == "image by image":
        monkeypatch.setattr(plan_module, "SMALL", 0)
    plain = photos()
    x = plain.contiguous(memory_format=torch.channels_last).requires_grad_(grad)
    plan = recipe.plan(furnished(x.detach(), torch.arange(4)), 5)
    mixed = plan.apply(x)
    assert mixed.is_contiguous(memory_format=torch.channels_last)
    assert not mixed.is_contiguous()
    assert torch.allclose(mixed.detach(), plan.apply(plain), atol=1e-6)
    assert plan.apply(plain).is_contiguous()
    if not grad:  # a buffer keeps its own layout, and is what comes back
        buffer = torch.empty_like(plain)
        assert plan.apply(x, out=buffer) is buffer
        assert torch.allclose(buffer, mixed, atol=1e-6)


@pytest.mark.parametrize("path", ["one call", "image by image"])
def test_a_picture_that_weighs_nothing_is_not_read(path, monkeypatch):
    if path == "image by image":
        monkeypatch.setattr(plan_module, "SMALL", 0)
    x = photos()
    x[0] = torch.nan
    y = torch.arange(4)
    ones, index = np.ones(4), np.array([1, 0, 3, 0])
    for recipe in (*WRAPPED, mixcore.method("mixup"), mixcore.method("smoothmix")):
        plan = Sometimes(recipe, 0.0).plan(Batch(x, y), 3)
        assert torch.equal(plan.apply(x)[1:], x[1:]), recipe
        own = x.clone()
        assert torch.equal(plan.apply(own, in_place=True)[1:], x[1:])
    kept = Plan(index, Whole(ones, (24, 20)))
    assert torch.equal(kept.apply(x)[1:], x[1:])
    gone = Plan(np.array([1, 2, 3, 1]), Whole(0 * ones, (24, 20)))
    assert torch.equal(gone.apply(x), x[[1, 2, 3, 1]])
    some = Plan(index, Whole(np.array([0.0, 0.5, 0.5, 1.0]), (24, 20))).apply(x)
    assert torch.equal(some[0], x[1])
    assert torch.equal(some[3], x[3])
    assert some[1].isnan().all()


@pytest.mark.parametrize("method", MANY, ids=name)
def test_a_source_that_weighs_nothing_is_not_read(method):
    x = photos()
    x[0] = torch.nan
    plan = OneOf(method, mixcore.method("mixup"), odds=(0, 1)).plan(
        furnished(x, torch.arange(4)), 0
    )
    clean = ~(plan.index == 0).logical_and(plan.w > 0).any(1)
    assert clean.any()
    assert torch.isfinite(plan.apply(x)[clean]).all()


@every
@pytest.mark.parametrize("size", [(4, 4), (3, 1), (1, 3), (5, 2)], ids=str)
def test_gradients_are_right_where_tiles_are_a_pixel_wide(method, size):
    x = photos(3, 3, 8, 8, seed=2)[..., : size[0], : size[1]].double().contiguous()
    batch = furnished(x, torch.arange(3))
    for seed in range(3):
        plan = method.plan(batch, seed)
        # Colours have corners where a pixel is the lightest; there no gradient is defined.
        if not any(hasattr(warp, "chains") for warp in getattr(plan, "warps", ())):
            assert gradcheck(plan.apply, (x.requires_grad_(),), fast_mode=True), seed


def test_a_step_with_a_mixer_is_cut_by_compile_only_at_the_mixer():
    mixer = mixcore.Mixer("deit", 10)
    x, y = photos(), torch.arange(4)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(x[0].numel(), 10))
    graphs = []

    def count(graph, inputs):
        graphs.append(graph)
        return graph.forward

    def step(x, y):
        x, target = mixer(x * 2, y)
        return torch.nn.functional.cross_entropy(model(x), target)

    compiled = torch.compile(step, backend=count)
    losses = [compiled(x, y).item() for _ in range(3)]
    assert len(graphs) == 2  # before the mixer, and after it
    again = mixcore.Mixer("deit", 10)
    expected = []
    for _ in range(3):
        mixed, target = again(x * 2, y)
        expected.append(torch.nn.functional.cross_entropy(model(mixed), target).item())
    assert losses == pytest.approx(expected, rel=1e-5)


def test_no_buffer_is_written_where_gradients_are_asked_for():
    x = photos().requires_grad_()
    for recipe in (mixcore.method("mixup"), mixcore.method("mosaic")):
        plan = recipe.plan(Batch(x.detach()), 0)
        with pytest.raises(ValueError, match="x asks for gradients"):
            plan.apply(x, out=torch.empty_like(x.detach()))
        with pytest.raises(ValueError, match="x asks for gradients"):
            plan.apply(x, in_place=True)
