"""C-Mixup: the laws of a method for real labels, and what its bandwidth does."""

import numpy as np
import pytest
import torch

from app.about import content
from app.mixes import known_methods
from catalogue import variants
from mixcore import Batch, PerBatch, method
from mixcore.audit.audit_request import AuditRequest
from mixcore.cli import main
from mixcore.label_kernel import label_kernel_table
from mixcore.train.training_request import TrainingRequest

X = torch.rand(64, 3, 8, 8, generator=torch.Generator().manual_seed(0))
Y = torch.randn(64, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
BATCH = Batch(X, Y, regression=True)


@pytest.mark.parametrize("one", variants("cmixup"), ids=repr)
def test_it_is_a_mix_of_two_by_lam(one):
    plan, again = one.plan(BATCH, 5), one.plan(BATCH, 5)
    assert torch.equal(plan.apply(X), again.apply(X))
    assert torch.equal(plan.index, again.index)
    assert torch.equal(plan.w_a, plan.lam)
    lam = plan.lam[:, None, None, None]
    assert torch.allclose(plan.apply(X).double(), lam * X + (1 - lam) * X[plan.index], atol=1e-6)
    assert torch.allclose(plan.target(Y), plan.lam * Y + (1 - plan.lam) * Y[plan.index])
    own = X.clone()
    assert torch.allclose(plan.apply(own, in_place=True), plan.apply(X), atol=1e-6)


def test_every_parameter_changes_something():
    usual = method("cmixup").plan(BATCH, 5)
    for one in variants("cmixup")[1:]:
        plan = one.plan(BATCH, 5)
        same = torch.equal(plan.index, usual.index) and torch.equal(plan.lam, usual.lam)
        assert not same, one


def test_alpha_leaves_the_partners_and_bandwidth_the_ratio():
    usual = method("cmixup").plan(BATCH, 5)
    assert torch.equal(method("cmixup", alpha=0.3).plan(BATCH, 5).index, usual.index)
    assert torch.equal(method("cmixup", bandwidth=2.0).plan(BATCH, 5).lam, usual.lam)


def test_what_is_given_is_obeyed():
    given = {"index": [1, 0], "lam": [0.25, 1.0]}
    plan = method("cmixup").plan(Batch(X[:2], Y[:2], given=given, regression=True), 0)
    assert plan.index.tolist() == [1, 0]
    assert plan.lam.tolist() == [0.25, 1.0]
    assert torch.equal(plan.apply(X[:2])[1], X[1])
    assert float(plan.target(Y[:2])[1]) == float(Y[1])


def test_between_plain_training_and_mixup():
    """No bandwidth pairs each sample with itself, an endless one anyone alike."""
    plain = method("cmixup", bandwidth=1e-9).plan(BATCH, 0)
    assert plain.index.tolist() == list(range(64))
    assert torch.allclose(plain.apply(X), X, atol=1e-6)
    assert torch.allclose(plain.target(Y), Y)
    anyone = method("cmixup", bandwidth=1e9)
    index = np.stack([anyone.plan(BATCH, seed).index.numpy() for seed in range(300)])
    seen = np.bincount(index.ravel(), minlength=64)
    assert np.abs(seen - 300).max() < 5 * 300**0.5


def test_partners_are_those_of_the_table_in_sd_of_batch_or_data_set():
    for sd in (0.0, 5.0):
        one = method("cmixup", bandwidth=0.5, label_sd=sd)
        index = np.stack([one.plan(BATCH, seed).index.numpy() for seed in range(400)])
        gap = np.abs(Y.numpy()[index] - Y.numpy()).mean()
        table = label_kernel_table(Y.numpy(), 0.5, sd=sd or None)
        meant = (table * np.abs(Y.numpy()[:, None] - Y.numpy())).sum(1).mean()
        assert gap == pytest.approx(meant, rel=0.03)


def test_lam_is_of_each_sample_and_follows_its_law():
    batch = Batch(torch.zeros(20_000, 1), torch.zeros(20_000), regression=True)
    lam = method("cmixup", alpha=1.5).plan(batch, 0).lam
    assert method("cmixup", alpha=1.5).lam_law() == (1.5, 1.5)
    assert float(lam.mean()) == pytest.approx(0.5, abs=0.01)
    assert float(lam.var()) == pytest.approx(1 / 16, rel=0.05)
    released = PerBatch(method("cmixup")).plan(BATCH, 0)
    assert len(released.lam.unique()) == 1
    assert len(released.index.unique()) > 20


def test_labels_of_several_numbers_pair_by_all_of_them():
    y = torch.tensor([[0.0, 0.0], [0.0, 9.0], [9.0, 0.0], [9.0, 9.0]]).repeat(16, 1)
    index = method("cmixup", bandwidth=0.05).plan(Batch(X, y, regression=True), 0).index
    assert torch.equal(y[index], y)
    assert len(index.unique()) > 20


def test_without_labels_it_says_what_it_needs():
    with pytest.raises(ValueError, match=r"needs real labels; give Batch\(x, y, regression=True\)"):
        method("cmixup").plan(Batch(X), 0)


def test_what_is_about_classes_does_not_offer_it(capsys):
    assert "cmixup" not in known_methods.load_catalogue()
    for request in (
        lambda: AuditRequest(methods=("cmixup",)),
        lambda: TrainingRequest(method="cmixup"),
        lambda: TrainingRequest(other="cmixup"),
    ):
        with pytest.raises(ValueError, match="cmixup"):
            request()
    assert main(["mix", "cmixup", "scene:1", "scene:2"]) == 2
    assert "no METHOD 'cmixup'" in capsys.readouterr().err
    assert main(["methods", "cmixup"]) == 0
    assert "two photos, real labels" in capsys.readouterr().out
    assert any(row["Method"] == "C-Mixup" for row in content.list_methods())
