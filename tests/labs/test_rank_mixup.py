"""The lab of RankMixup: ladders of mixes, crossings, and both losses of what the network says."""

import numpy as np
import pytest
import torch

from mixcore.labs import make_lab
from mixcore.labs.rank_mixup import ARMS, PERCENT
from mixcore.losses.rank_mixup import margin_ranking, ndcg_loss
from mixcore.train.small_tasks import open_task


def look(logits=None, **parameters):
    lab = make_lab("rank_mixup", **parameters)
    given = lab.prepare({}) if logits is None else {"logits": logits}
    return lab.look(np.random.default_rng(0), given)


def make_logits(confidence):
    """Logits of two classes that give these confidences at each of PERCENT."""
    c = np.broadcast_to(np.asarray(confidence, float), len(PERCENT))
    z = np.log(c / (1 - c))
    return np.stack([z, 0 * z], 1)


def test_the_network_is_surer_of_a_mix_than_of_the_photo():
    sheet = look()
    assert sheet.number.value > 0.5
    assert sheet.panels[0].frames.count("wrong") >= 2
    assert sheet.panels[0].frames[0] == "good"
    assert len(sheet.panels[1].links[0].start) == int(sheet.number.text.split()[0])


def test_confidence_in_order_has_no_crossing_and_that_of_relevance_no_loss():
    sheet = look(make_logits([p / 100 * 0.98 for p in PERCENT]))
    assert sheet.number.text == "0 of 6"
    assert set(sheet.panels[0].frames) == {"good"}
    near = look(make_logits([min(p / 100, 0.99999) for p in PERCENT]))
    assert "M-NDCG *0.000*" in near.sentence


@pytest.mark.parametrize("count", [1, 3, 5])
@pytest.mark.parametrize("least", [50, 70, 95])
def test_both_losses_are_those_of_the_core(count, least):
    logits = np.random.default_rng(1).normal(size=(len(PERCENT), 8)) * 3
    sheet = look(logits, count=count, least=least, margin=1.5)
    shares = [100 - round((100 - least) * i / count) for i in range(count + 1)]
    z = torch.from_numpy(logits)[[PERCENT.index(share) for share in shares]]
    mrl = np.mean([float(margin_ranking(z[:1], one[None], margin=1.5)) for one in z[1:]])
    relevance = torch.tensor(shares[1:]).double()[:, None] / 100
    ndcg = float(ndcg_loss(z[:1], z[1:, None], relevance))
    assert f"MRL is *{mrl:.2f}*" in sheet.sentence
    assert f"M-NDCG *{ndcg:.3f}*" in sheet.sentence
    assert len(sheet.panels[0].images) == count + 1
    assert sheet.arithmetic[0].endswith(f"{mrl:.2f}")


def test_a_shift_of_all_logits_meets_mrl_and_orders_nothing():
    before, after = look(), look(shift=5.0)
    assert "MRL is *2.39*" in before.sentence
    assert "MRL is *0.00*" in after.sentence
    assert before.number.text == after.number.text == "5 of 6"
    assert before.panels[0].captions == after.panels[0].captions


def test_arms_differ_in_method_and_loss_alone():
    with open_task("digits", 64, 0.3, 1) as task:
        asked = {arm: make_lab("rank_mixup")._ask(arm, task) for arm in ARMS}
    losses = {arm: one.objective_parameters.get("loss") for arm, one in asked.items()}
    assert losses == {"plain": None, "mixup": None, "MRL": "MRL", "M-NDCG": "M-NDCG"}
    assert asked["plain"].method == "none"
    counts = [asked[arm].objective_parameters["count"] for arm in ("MRL", "M-NDCG")]
    assert counts == [1, 3]
