"""AutoMix and AdAutoMix in training: who moves in which phase, and which way."""

import copy

import pytest
import torch
import torch.nn.functional as F

from mixcore.learned_mix import LAST, MixDraw, find_momentum, read_maps
from mixcore.losses.mix_generator import soft_cross_entropy
from mixcore.mixers.mix_block import mix_pictures
from mixcore.moment import Players
from mixcore.moving_average import update_average
from mixcore.train.tally import Tally
from mixcore.train.training import Training
from objectives import laws

KEYS = ("automix", "adautomix")


def start(key, **parameters):
    """A training and the moment of its first step."""
    job = Training(laws.ask(key, **parameters))
    batch = next(iter(job.batches(0, 0)))
    return job, job._make_moment(0, batch)


def states(job):
    modules = {"model": job.model, **job.players.networks}
    return {name: copy.deepcopy(one.state_dict()) for name, one in modules.items()}


def moved(before, after):
    return {
        name for name in before
        if any(not torch.equal(before[name][k], after[name][k]) for k in before[name])
    }  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_only_the_block_moves_in_its_own_step(key):
    job, moment = start(key)
    maps = read_maps(job.players["teacher"], job.setting.layers[-1], moment.batch.x)
    before = states(job)
    job.objective.train_block(moment, job.objective.draw(moment, "block"), maps)
    assert moved(before, states(job)) == {"block"}
    for network in (job.model, *job.players.networks.values()):
        assert all(p.grad is None or not p.grad.any() for p in network.parameters())
    assert set(moment.played) == {"block"}


@pytest.mark.parametrize("key", KEYS)
def test_the_models_losses_reach_the_model_alone(key):
    job, moment = start(key)
    losses = job.objective.compute_losses(moment)
    losses.add_terms().backward()
    assert any(bool(p.grad.any()) for p in job.model.parameters() if p.grad is not None)
    for network in job.players.networks.values():
        assert all(p.grad is None for p in network.parameters())


@pytest.mark.parametrize("key", KEYS)
def test_the_teacher_is_an_average_and_nothing_else(key):
    job, _ = start(key)
    want = copy.deepcopy(job.players["teacher"])
    for step, batch in zip(range(3), job.batches(0, 0), strict=False):
        momentum = find_momentum(job.objective.momentum, step / job.steps, step)
        update_average(want, job.model, momentum)
        job.step(step, batch, Tally())
    for name, value in want.state_dict().items():
        assert torch.equal(value, job.players["teacher"].state_dict()[name]), name
    assert not any(p.requires_grad for p in job.players["teacher"].parameters())


def test_the_average_slows_down_to_its_last_decay():
    assert find_momentum(0.99, 0.0) == pytest.approx(0.99)
    assert find_momentum(0.99, 1.0) == pytest.approx(LAST)
    assert find_momentum(0.99, 0.5) == pytest.approx((0.99 + LAST) / 2)
    assert find_momentum(0.99, 0.0, step=0) == pytest.approx(0.1)
    assert find_momentum(0.99, 0.0, step=10**4) == pytest.approx(0.99)


def loss_after(key, steps, **parameters):
    """The teacher's loss on the same mixes before and after steps of the block alone."""
    job, moment = start(key, momentum=0.0, block_lr=1e-5, **parameters)
    for epoch in range(6):  # an average of a model that knows something, and a block that does not
        for batch in job.batches(0, 0):
            job.step(epoch, batch, Tally())
    job.players.optimizers["block"].param_groups[0]["lr"] = 0.01
    teacher, block = job.players["teacher"], job.players["block"]
    maps = read_maps(teacher, job.setting.layers[-1], moment.batch.x)
    draw = job.objective.draw(moment, "block")

    def judge():
        x = moment.batch.x
        with torch.no_grad():
            masks = block(maps[draw.index], draw.shares, (8, 8), job.objective.upsample)
            logits = teacher(mix_pictures(x[draw.index], masks))
        return float(soft_cross_entropy(logits, moment.y[draw.index], draw.shares))

    before = judge()
    for _ in range(steps):
        job.objective.train_block(moment, draw, maps)
    return before, judge()


def test_the_cooperative_player_lowers_the_teachers_loss():
    for key, parameters in (("automix", {}), ("adautomix", {"adv_interval": 0})):
        before, after = loss_after(key, 30, **parameters)
        assert after < before - 1e-4, key


def test_the_adversarial_player_raises_it():
    before, after = loss_after("adautomix", 30, adv_interval=1, beta=1.0)
    assert after > before + 1e-4


@pytest.mark.parametrize(("sign", "up"), [("keep meaning", True), ("as released", False)])
def test_likeness_goes_the_way_that_is_declared(sign, up):
    job, moment = start("adautomix", adv_interval=1, beta=0.0, cos_sign=sign)
    maps = read_maps(job.players["teacher"], job.setting.layers[-1], moment.batch.x)
    draw = job.objective.draw(moment, "block")
    first = job.objective.train_block(moment, draw, maps)["similarity"]
    for _ in range(30):
        last = job.objective.train_block(moment, draw, maps)["similarity"]
    assert bool(last > first) == up
    assert abs(float(last - first)) > 1e-5


@pytest.mark.parametrize("key", KEYS)
def test_block_and_model_have_draws_of_their_own(key):
    job, moment = start(key)
    one, two = (job.objective.draw(moment, name) for name in ("block", "model"))
    assert not torch.equal(one.lam, two.lam)
    assert not torch.equal(one.index, two.index)
    assert torch.equal(one.index[:, 0], torch.arange(16))
    again = job.objective.draw(job._make_moment(0, moment.batch), "block")
    assert torch.equal(again.lam, one.lam)


@pytest.mark.parametrize("key", KEYS)
def test_a_share_near_the_ends_is_blended_and_labels_are_the_shares(key):
    job, moment = start(key)
    maps = job.objective.follow_model(moment)
    draw = job.objective.draw(moment, "model")
    blend, target = job.objective.mix_for_model(moment, draw, maps, constant=True)
    x, y = moment.batch.x, moment.y
    assert torch.allclose(blend, (draw.lam.view(-1, 1, 1, 1) * x[draw.index]).sum(1), atol=1e-6)
    hot = F.one_hot(y, 10).float()[draw.index]
    assert torch.allclose(target, (draw.lam[:, None] * hot).sum(1), atol=1e-6)
    mixed, same = job.objective.mix_for_model(moment, draw, maps, constant=False)
    assert torch.equal(target, same)
    assert not torch.allclose(mixed, blend)
    assert not mixed.requires_grad


def test_a_blend_of_everything_is_plain_mixup():
    """With the widest margin AutoMix's model never sees a mask: what the lab compares with."""
    job, moment = start("automix", margin=0.5)
    losses = job.objective.compute_losses(moment)
    job.model.train()
    draw = job.objective.draw(job._make_moment(0, moment.batch), "model")
    with torch.no_grad():
        logits = job.model(draw.blend(moment.batch.x))
    assert torch.allclose(losses.logits, logits, atol=1e-5)


@pytest.mark.parametrize("model", ["small_vit", "hybrid_vit"])
def test_tokens_are_laid_out_as_their_grid(model):
    values = {**laws.ask("automix").to_dict(), "model": model}
    job = Training(type(laws.ask("automix")).from_dict(values))
    for step, batch in zip(range(2), job.batches(0, 0), strict=False):
        job.step(step, batch, Tally())
    assert job.objective.draw_sheet(job.setting, job.players, []) is not None


def test_the_mask_loss_counts_by_its_weight():
    played = []
    for weight in (0.0, 1.0):
        job, moment = start("automix", mask_weight=weight, dead_zone=0.0)
        job.objective.compute_losses(moment)
        played.append(float(moment.played["block"]))
    assert played[1] > played[0] + 1e-4


def test_a_layer_that_is_not_there_is_said():
    with pytest.raises(ValueError, match=r"depth must be in \[1, 3\].*got 7"):
        start("automix", depth=7)


def test_a_method_beside_it_is_refused():
    values = {**laws.ask("automix").to_dict(), "method": "cutmix"}
    with pytest.raises(ValueError, match="AutoMix mixes by itself"):
        Training(type(laws.ask("automix")).from_dict(values))


def test_players_keep_teacher_and_block():
    job, _ = start("adautomix")
    assert isinstance(job.players, Players)
    assert set(job.list_modules()) >= {"player-teacher", "player-block"}
    assert set(job.list_optimizers()) >= {"optimiser-block"}
    assert MixDraw(torch.zeros(2, 2).long(), torch.tensor([0.3, 0.7])).shares.shape == (2, 2)
