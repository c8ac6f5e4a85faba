"""Attention read from a running model: equal to the full map, and honest where there is none."""

import threading

import pytest
import timm
import torch

from mixcore.evidence.kinds.attention import AttentionRows, ClassAttention, on_grid
from mixcore.evidence.kinds.rollout import GradientAttention, Rollout
from mixcore.evidence.models.hybrid import CHANNELS, Hybrid


def vit(name="vit_tiny_patch16_224", **kwargs):
    torch.manual_seed(0)
    model = timm.create_model(name, img_size=64, num_classes=10, **kwargs).eval()
    for p in model.parameters():  # zeros and tiny weights would make every map even
        torch.nn.init.normal_(p, std=0.1 if p.ndim > 1 else 1)
    return model


def hybrid(late):
    torch.manual_seed(0)
    model = Hybrid(late=late).eval()
    for block in model.blocks:
        torch.nn.init.normal_(block.attn.qkv.weight, std=0.1)
    return model


def full_maps(model, x):
    """Every block's whole attention (b, heads, n, n), by timm's own unfused path."""
    maps, hooks = [], []
    for block in model.blocks:
        block.attn.fused_attn = False
        hook = block.attn.attn_drop.register_forward_hook(lambda m, i, out: maps.append(out))
        hooks.append(hook)
    with torch.no_grad():
        model(x)
    for block, hook in zip(model.blocks, hooks, strict=True):
        block.attn.fused_attn = True
        hook.remove()
    return maps


def pictures():
    return torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def cells(h=4, w=6):
    return torch.randn(3, CHANNELS, h, w, generator=torch.Generator().manual_seed(1))


REGISTERS = {"class_token": True, "reg_tokens": 4}
CASES = {
    "vit": (lambda: vit(), pictures),
    "vit with norms": (lambda: vit(qk_norm=True), pictures),
    "deit3": (lambda: vit("deit3_small_patch16_224", embed_dim=192, num_heads=3), pictures),
    "deit distilled": (lambda: vit("deit_tiny_distilled_patch16_224"), pictures),
    "registers": (lambda: vit(**REGISTERS), pictures),
    "late": (lambda: hybrid(True), cells),
    "plain": (lambda: hybrid(False), cells),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("head", [None, 1])
def test_the_row_is_the_full_maps(case, head):
    make, inputs = CASES[case]
    model, x = make(), inputs()
    for i, full in enumerate(full_maps(model, x)):
        if i < getattr(model, "joins", 0):
            continue
        with torch.no_grad(), AttentionRows(model, i) as rows:
            model(x)
        wanted = full.mean(1) if head is None else full[:, head]
        wanted = wanted[:, 0, model.num_prefix_tokens :]
        found = rows.read(head).values
        assert found.shape[-2:] == ((4, 4) if x.shape[1] == 3 else (4, 6))
        assert torch.allclose(found.flatten(1), wanted, rtol=0, atol=1e-6)
        assert float(wanted.std()) > 1e-4  # an even map would prove nothing
        rest = rows.read(head, renormalize=True).values.sum((1, 2, 3))
        assert torch.allclose(rest, torch.ones(3))


def test_the_model_runs_as_before_and_keeps_no_hook():
    model, x = vit(), pictures()
    bare = model(x)
    with AttentionRows(model) as rows:
        watched = model(x)
    assert torch.equal(watched, bare)
    assert watched.requires_grad
    assert not rows.read().values.requires_grad
    assert not model._forward_pre_hooks
    assert not model.blocks[-1].attn.qkv._forward_hooks


def test_evidence_says_what_it_is():
    evidence = ClassAttention(vit(), head=2)(pictures())
    assert (evidence.name, evidence.scale) == ("class attention", "raw")
    assert evidence.model == "vit_tiny_patch16_224"
    assert evidence.layer == "block 12 of 12, head 3 of 3"
    assert evidence.cost > 0


@pytest.mark.parametrize("late", [True, False])
def test_rollout_is_the_product_of_whole_matrices(late):
    model, x = hybrid(late), cells()
    product = None
    for full in full_maps(model, x):
        step = (full.mean(1) + torch.eye(full.shape[-1])) / 2
        if product is not None and step.shape != product.shape:  # the class token joins
            wide = torch.zeros_like(step)
            wide[:, 0, 0] = 1
            wide[:, 1:, 1:] = product
            product = wide
        product = step if product is None else step @ product
    found = Rollout(model)(x).values.flatten(1)
    assert torch.allclose(found, product[:, 0, 1:], rtol=0, atol=1e-6)


@pytest.mark.parametrize("case", ["vit with norms", "late"])
def test_gradient_attention_is_what_autograd_says(case):
    make, inputs = CASES[case]
    model, x = make(), inputs()
    y = torch.tensor([3, 1, 4])
    kept, attention = {}, model.blocks[-1].attn
    attention.fused_attn = False

    def keep(module, inputs, out):
        out.retain_grad()
        kept["map"] = out

    hook = attention.attn_drop.register_forward_hook(keep)
    model(x).gather(1, y[:, None]).sum().backward()
    hook.remove()
    attention.fused_attn = True
    full, slope = kept["map"].detach(), kept["map"].grad
    wanted = (full * slope).clamp(min=0).mean(1)[:, 0, model.num_prefix_tokens :]
    found = GradientAttention(model)(x, y).values.flatten(1)
    assert torch.allclose(found, wanted, rtol=1e-4, atol=1e-9)
    assert float(wanted.max()) > 0
    likeliest = model(x).argmax(1)
    free, told = GradientAttention(model)(x), GradientAttention(model)(x, likeliest)
    assert torch.equal(free.values, told.values)


@pytest.mark.parametrize(
    ("name", "reason", "gives"),
    [
        ("eva02_tiny_patch14_224", "another kind", "it can give: c-rise, grad-cam"),
        ("beit_base_patch16_224", "another kind", "it can give: c-rise, grad-cam"),
        ("swin_tiny_patch4_window7_224", "another kind", "it can give: c-rise, grad-cam"),
        ("resnet10t", "has none", "it can give: cam"),
        ("vit_base_patch16_siglip_224", "no class token", "it can give: c-rise, grad-cam"),
        ("vit_medium_patch16_reg4_gap_256", "no class token", "it can give: c-rise, grad-cam"),
    ],
)
def test_models_without_it_say_what_they_can_give(name, reason, gives):
    with torch.device("meta"):
        model = timm.create_model(name)
    with pytest.raises(ValueError, match="gives no class attention") as error:
        AttentionRows(model)
    assert reason in str(error.value)
    assert gives in str(error.value)


def test_positions_of_dinov3_are_never_ignored():
    with torch.device("meta"):
        model = timm.create_model("vit_small_patch16_dinov3")
    with pytest.raises(ValueError, match="gives no class attention"):
        AttentionRows(model)


def test_wrong_blocks_and_heads_are_named():
    with pytest.raises(ValueError, match=r"Block 0 of Hybrid has no class token, .* block 2"):
        AttentionRows(hybrid(True), 0)
    with pytest.raises(ValueError, match=r"block must be in \[0, 2\] or -1, got 3"):
        AttentionRows(hybrid(True), 3)
    with AttentionRows(hybrid(True)) as rows:
        pass
    with pytest.raises(RuntimeError, match="has not run"):
        rows.read()
    with pytest.raises(ValueError, match=r"head must be in \[0, 2\] or None, got 7"):
        ClassAttention(hybrid(True), head=7)(cells())


def test_another_threads_run_is_not_heard():
    model = vit()
    x, other = pictures(), 1 - pictures()
    with torch.no_grad(), AttentionRows(model) as rows:
        model(x)
        thread = threading.Thread(target=model, args=(other,))
        thread.start()
        thread.join()
    assert torch.equal(rows.read().values, ClassAttention(model)(x).values)


@pytest.mark.parametrize(
    ("n", "frame", "grid"),
    [(196, (224, 224), (14, 14)), (196, None, (14, 14)), (266, (224, 300), (14, 19)),
     (28, (100, 60), (7, 4)), (12, (48, 64), (3, 4))],
)  # fmt: skip
def test_patches_find_their_grid(n, frame, grid):
    assert on_grid(torch.ones(1, n), frame).shape == (1, 1, *grid)


def test_dropped_patches_are_refused():
    with pytest.raises(ValueError, match="197 patches do not fill the grid of a frame"):
        on_grid(torch.ones(1, 197), (224, 224))
