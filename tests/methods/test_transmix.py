"""TransMix: numbers by hand, a plain re-derivation on a tiny ViT, openmixup's own, and the step."""

import numpy as np
import pytest
import timm
import torch
import torch.nn.functional as F

import peers
from mixcore import Batch, Seen, method
from mixcore.evidence.kinds.control_maps import Shuffled, Uniform
from mixcore.evidence.map import Evidence

X = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
Y = torch.tensor([0, 1, 2, 1])


def vit(**options):
    torch.manual_seed(0)
    made = timm.create_model(
        "vit_tiny_patch16_224", pretrained=False, img_size=32, patch_size=8, depth=2,
        num_classes=3, **options,
    )  # fmt: skip
    for parameter in made.parameters():  # far from the near-uniform attention of a fresh model
        parameter.data += 0.15 * torch.randn_like(parameter)
    return made.eval()


def boxed(box, **options):
    return method("transmix", **options).plan(Batch(X, Y, given={"box": box}), 0)


def test_weights_by_hand():
    """B has the left half but one column: 2 of 4 tokens by their top left pixel."""
    attention = torch.tensor([[[[3.0, 1.0], [2.0, 4.0]]]]).expand(4, 1, 2, 2)
    seen = Seen(Evidence(attention, "by hand"))
    plan = boxed((0, 32, 0, 15))
    nearest = 1 - 5 / 10
    assert method("transmix", blend=1.0).reweigh(plan, seen).w_a.tolist() == pytest.approx(
        [nearest] * 4
    )
    by_area = 1 - 5 / 10 * 15 / 16
    pure = method("transmix", blend=1.0, mask_to_tokens="area").reweigh(plan, seen)
    assert pure.w_a.tolist() == pytest.approx([by_area] * 4)
    blended = method("transmix").reweigh(plan, seen)
    assert blended.w_a.tolist() == pytest.approx([(nearest + 17 / 32) / 2] * 4)
    assert (blended.w_a + blended.w_b).tolist() == [1] * 4
    assert method("transmix", blend=0.0).reweigh(plan, seen).w_a.tolist() == [17 / 32] * 4
    assert torch.equal(blended.apply(X), plan.apply(X))


@pytest.mark.parametrize("registers", [0, 2])
def test_weights_are_those_of_a_plain_rederivation(registers):
    """The released code's lines, on full attention maps made again from the block's weights."""
    model, released = vit(reg_tokens=registers), method("transmix", switch=1.0)
    plan = released.plan(Batch(X, Y), 3)
    mixed = plan.apply(X)
    with torch.no_grad():
        logits, seen = released.look(model, mixed, Y)
        assert torch.allclose(logits, model(mixed), atol=1e-5)
        inputs = []
        hook = model.blocks[-1].attn.register_forward_pre_hook(lambda m, i: inputs.append(i[0]))
        model(mixed)
        hook.remove()
        block = model.blocks[-1].attn
        b, n, _ = inputs[0].shape
        q, k, _ = block.qkv(inputs[0]).reshape(b, n, 3, block.num_heads, -1).permute(2, 0, 3, 1, 4)
        attn = (q @ k.transpose(-2, -1) * block.scale).softmax(-1)
    mask = 1 - plan.mask()  # theirs is 1 where the pixel is B's
    a = attn[:, :, 0, 1 + registers :].mean(1)
    tokens = torch.nn.Upsample(size=(4, 4))(mask).view(4, -1).int()
    w1, w2 = (a * (1 - tokens)).sum(1), (a * tokens).sum(1)
    lam = 0.5 * plan.area + 0.5 * (w1 / (w1 + w2))
    assert torch.allclose(released.reweigh(plan, seen).w_a, lam.double(), atol=1e-6)
    assert float((lam - plan.area).abs().max()) > 0.005


@pytest.mark.parametrize("seed", range(6))
def test_weights_are_openmixups(seed):
    """On one GPU it is right; its lam is A's weight."""
    generator = torch.Generator().manual_seed(seed)
    attn = torch.rand(4, 3, 17, 17, generator=generator).softmax(-1)
    box = {}
    torch.manual_seed(seed)
    np.random.seed(seed)
    with peers.tamed():
        (mixed, mask), (_, partner, lam) = peers.module("transmix").transmix(
            X.clone(), torch.arange(4), attn=attn, patch_shape=(4, 4), return_mask=True
        )
    rows, columns = mask[0, 0].any(1).nonzero(), mask[0, 0].any(0).nonzero()
    if not len(rows):
        pytest.fail("choose seeds whose box is not empty")
    box = (int(rows.min()), int(rows.max()) + 1, int(columns.min()), int(columns.max()) + 1)
    plan = method("transmix").plan(Batch(X, given={"index": partner.tolist(), "box": box}), 0)
    assert torch.equal(plan.apply(X), mixed)
    seen = Seen(Evidence(attn[:, :, 0, 1:].mean(1).view(4, 1, 4, 4), "theirs"))
    ours = method("transmix").reweigh(plan, seen).w_a
    assert torch.allclose(ours, lam.double(), atol=1e-6)


@pytest.mark.parametrize("box", [(0, 32, 0, 15), (3, 17, 9, 30), (1, 8, 1, 8)])
def test_even_attention_gives_the_share_of_tokens_not_the_area(box):
    plan = boxed(box)
    seen = Seen(Uniform(cells=4)(X))
    tokens = F.interpolate(plan.mask(), (4, 4), mode="nearest").mean((1, 2, 3))
    pure = method("transmix", blend=1.0)
    assert torch.allclose(pure.reweigh(plan, seen).w_a, tokens.double(), atol=1e-6)
    assert (tokens[0] * 16) % 1 == 0
    assert float(tokens[0]) != pytest.approx(float(plan.area[0]), abs=0.01)
    mended = method("transmix", blend=1.0, mask_to_tokens="area").reweigh(plan, seen)
    assert torch.allclose(mended.w_a, plan.area, atol=1e-6)


def test_a_box_between_the_tokens_weighs_nothing():
    plan = boxed((1, 8, 1, 8))
    pure = method("transmix", blend=1.0).reweigh(plan, Seen(Uniform(cells=4)(X)))
    assert pure.w_b.tolist() == pytest.approx([0] * 4)
    assert float(plan.area[0]) < 1


def test_where_the_coin_says_mixup_the_label_is_lam():
    plan = method("transmix", switch=0.0).plan(Batch(X, Y), 1)
    attention = Evidence(torch.rand(4, 1, 4, 4, generator=torch.Generator().manual_seed(1)), "any")
    seen = method("transmix", blend=1.0).reweigh(plan, Seen(attention))
    assert torch.allclose(seen.w_a, plan.lam, atol=1e-6)
    many = method("transmix").plan(Batch(torch.zeros(4000, 1, 4, 4)), 0)
    assert np.bincount(many.region.owner)[1] / 4000 == pytest.approx(0.8, abs=0.02)


def test_shuffled_evidence_tracks_nothing():
    """Attention on B's place only: it follows the box; with its cells permuted it does not."""
    x = torch.zeros(200, 1, 32, 32)
    plan = method("cutmix").plan(Batch(x), 0)
    truth = plan.area.numpy()
    true = Evidence(1 - F.interpolate(plan.mask(), (8, 8), mode="area") + 0.001, "the box")
    broken = Shuffled(lambda x, y: true, how="pictures")(x)
    pure = method("transmix", blend=1.0)
    known = pure.reweigh(plan, Seen(true)).w_b.numpy()
    lost = pure.reweigh(plan, Seen(broken)).w_b.numpy()
    big = truth < 0.9
    assert known[big].mean() > 0.8
    assert lost[big].mean() < 0.6
    fresh = Shuffled(lambda x, y: Evidence(torch.rand(200, 1, 8, 8), "noise"))(x)
    noise = pure.reweigh(plan, Seen(fresh)).w_a.numpy()
    assert np.abs(noise - truth).mean() < 0.05  # noise knows the area, and no more


def test_the_training_step():
    model, transmix = vit().train(), method("transmix", switch=1.0)
    plan = transmix.plan(Batch(X, Y), 5)
    logits, seen = transmix.look(model, plan.apply(X), Y)
    assert logits.requires_grad
    assert not seen.attention.values.requires_grad
    target = transmix.reweigh(plan, seen).target(Y, 3)
    F.cross_entropy(logits, target).backward()
    assert model.patch_embed.proj.weight.grad.abs().sum() > 0
    head = method("transmix", head=2, layer=2).look(model, plan.apply(X))[1]
    assert head.attention.layer == "block 1 of 2, head 2 of 3"


def test_what_is_missing_is_said():
    plan = boxed((0, 8, 0, 8))
    with pytest.raises(ValueError, match=r"needs the attention .* in the training step"):
        method("transmix").reweigh(plan, Seen())
    with pytest.raises(ValueError, match="The plan has 4 mixes, the attention 2 maps"):
        method("transmix").reweigh(plan, Seen(Uniform(cells=4)(X[:2])))
    with pytest.raises(ValueError, match="gives no class attention"):
        method("transmix").look(torch.nn.Conv2d(3, 3, 1), X)


def test_a_plan_can_be_weighed_anew():
    plan = boxed((0, 8, 0, 8))
    both = plan.weighing(torch.tensor([0.5, 1, 0, 2.0]), np.array([0.1, 1, 0, 1]))
    assert both.w_a.tolist() == [0.5, 1, 0, 2]
    assert both.w_b.tolist() == [0.1, 1, 0, 1]
    assert plan.weighing(np.full(4, 0.25)).w_b.tolist() == [0.75] * 4
    for bad in ([-0.1] * 4, [float("nan")] * 4, [float("inf")] * 4):
        with pytest.raises(ValueError, match="w_a must be finite and >= 0"):
            plan.weighing(np.array(bad))
    with pytest.raises(ValueError, match=r"w_a must have shape \(4,\), got \(3,\)"):
        plan.weighing(np.ones(3))
