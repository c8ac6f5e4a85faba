"""RankMixup in training: the group of mixes, walked where it can be, and what it learns from."""

import pytest
import torch
import torch.nn.functional as F

from mixcore.losses.rank_mixup import find_relevance, margin_ranking, ndcg_loss
from mixcore.objectives import read_objective
from mixcore.train.training import Training
from mixcore.train.training_request import TrainingRequest

SMALL = {"data": "digits", "images": 64, "batch": 32, "objective": "rank_mixup"}


def make_moment(**more):
    parameters = more.pop("parameters", {})
    job = Training(
        TrainingRequest(**{**SMALL, "method": "mixup", **more}, objective_parameters=parameters)
    )
    return job, job._make_moment(0, next(iter(job.batches(0, 0))))


def compute_plainly(job, moment):
    """The same loss as one sum, all mixes in memory."""
    own = job.objective
    plans = [moment.draw_plan(i) for i in range(own.count)]
    clean = moment.predict(moment.batch.x)
    mixed = [moment.forward(plan)[0] for plan in plans]
    same = [moment.y == moment.y[plan.index] for plan in plans]
    clear = [find_relevance(p.w_a.float(), p.w_b.float(), s)
             for p, s in zip(plans, same, strict=True)]  # fmt: skip
    if own.loss == "MRL":
        terms = [
            margin_ranking(clean, z, r >= 1, margin=own.margin, as_released=own.as_released)
            for z, r in zip(mixed, clear, strict=True)
        ]
        rank = torch.stack(terms).mean()
    else:
        rank = ndcg_loss(clean, torch.stack(mixed), torch.stack(clear))
    return F.cross_entropy(clean, moment.y) + own.weight * rank


@pytest.mark.parametrize(
    "parameters",
    [
        *read_objective("rank_mixup").presets.values(),
        {"loss": "MRL", "count": 3, "weight": 0.7},
        {"loss": "MRL", "count": 2, "as_released": True},
        {"loss": "M-NDCG", "count": 5},
    ],
)
def test_loss_and_slopes_are_those_of_one_sum(parameters):
    job, moment = make_moment(parameters=parameters)
    losses = job.objective.compute_losses(moment)
    losses.add_terms().backward()
    found = [p.grad.clone() for p in job.model.parameters()]
    other, moment = make_moment(parameters=parameters)
    wanted = compute_plainly(other, moment)
    wanted.backward()
    torch.testing.assert_close(losses.add_terms(), wanted, rtol=1e-5, atol=1e-6)
    for one, p in zip(found, other.model.parameters(), strict=True):
        torch.testing.assert_close(one, p.grad, rtol=1e-3, atol=1e-5)


def test_a_walk_holds_one_mix_at_a_time():
    alive, most = 0, {}
    for loss in ("MRL", "M-NDCG"):
        job, moment = make_moment(parameters={"loss": loss, "count": 4})
        peak = 0

        class Held(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                nonlocal alive, peak
                alive += 1
                peak = max(peak, alive)
                return x.clone()

            @staticmethod
            def backward(ctx, slope):
                nonlocal alive
                alive -= 1
                return slope

        job.model.register_forward_hook(lambda module, x, out, held=Held: held.apply(out))
        job.objective.compute_losses(moment).add_terms().backward()
        assert alive == 0
        most[loss] = peak
    assert most == {"MRL": 2, "M-NDCG": 5}


def test_pairs_of_one_class_and_pictures_that_are_not_mixed_have_no_margin():
    for more in ({"pairing": "same class"}, {"p": 0.0}):
        job, moment = make_moment(parameters={"loss": "MRL"}, **more)
        assert job.objective.compute_losses(moment).terms["ranking"] == 0
        job, moment = make_moment(parameters={"loss": "M-NDCG"}, **more)
        assert job.objective.compute_losses(moment).terms["ranking"] > 0  # relevance 1 for all


def test_mixes_leave_the_running_means_alone():
    for loss in ("MRL", "M-NDCG"):
        job, moment = make_moment(parameters={"loss": loss, "count": 2})
        job.objective.compute_losses(moment)
        other, moment = make_moment()
        moment.predict(moment.batch.x)
        for one, wanted in zip(job.model.buffers(), other.model.buffers(), strict=True):
            if one.is_floating_point():
                torch.testing.assert_close(one, wanted)
        assert all(m.momentum == 0.1 for m in job.model.modules() if hasattr(m, "momentum"))


def test_labels_of_mixes_are_not_learned():
    """Cross-entropy is of the clean pictures, and hits are counted on them."""
    job, moment = make_moment(label_smoothing=0.1)
    losses = job.objective.compute_losses(moment)
    assert torch.equal(losses.target, moment.target(None))
    wanted = F.cross_entropy(moment.predict(moment.batch.x), moment.y, label_smoothing=0.1)
    torch.testing.assert_close(losses.terms["clean"], wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("method", ["cutmix", "snapmix", "manifoldmix"])
def test_other_methods_rank_as_well(method):
    job, moment = make_moment(method=method)
    losses = job.objective.compute_losses(moment)
    assert losses.terms["ranking"] > 0
    assert 0 <= losses.readings["violations"] <= 1


def test_what_cannot_be_ranked_is_refused():
    with pytest.raises(ValueError, match="RankMixup learns from mixes: choose a method"):
        TrainingRequest(**SMALL, method="none")
    with pytest.raises(ValueError, match="RankMixup needs mixes of two pictures"):
        TrainingRequest(**SMALL, method="mosaic")


def test_the_ladder_of_the_run_page_is_in_the_order_of_clearness():
    job, _ = make_moment()
    sheet = job.objective.draw_sheet(job.setting, job.players, [])
    (ladders, reliable) = sheet.panels
    assert list(ladders.lines[1].x) == [50, 60, 70, 80, 90, 100]
    assert len(ladders.links) == 5
    red = [color == "wrong" for links in ladders.links for color in links.color]
    up = [end[1] > start[1] for links in ladders.links
          for start, end in zip(links.start, links.end, strict=True)]  # fmt: skip
    assert red == up
    assert sheet.number.text.endswith("%")
    assert len(reliable.points[0].at) >= 1
