"""The loss between views: its laws, its formula, and AugMix's recipe as the docstring has it."""

import math
import textwrap

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from mixcore import Batch, method
from mixcore.loss import jensen_shannon


def logits(n, b=6, k=5, spread=3.0, seed=0):
    return spread * torch.randn(n, b, k, generator=torch.Generator().manual_seed(seed))


@given(seed=st.integers(0, 2**32), n=st.integers(2, 5), spread=st.floats(0, 200))
def test_it_lies_between_nothing_and_the_log_of_the_number_of_views(seed, n, spread):
    views = logits(n, spread=spread, seed=seed)
    loss = float(jensen_shannon(*views))
    assert -1e-6 <= loss <= math.log(n) + 1e-6
    assert abs(float(jensen_shannon(*[views[0]] * n))) < 1e-5
    assert float(jensen_shannon(*views.flip(0))) == pytest.approx(loss, abs=1e-5)


def test_views_that_share_nothing_reach_the_log():
    sure = 50 * torch.eye(3).repeat_interleave(4, 0).view(3, 4, 3)
    assert float(jensen_shannon(*sure)) == pytest.approx(math.log(3), abs=1e-5)


def test_it_is_the_formula_of_the_released_code():
    p = [view.softmax(1) for view in logits(3)]
    mixture = ((p[0] + p[1] + p[2]) / 3).clamp(1e-7, 1).log()
    plain = sum(F.kl_div(mixture, q, reduction="batchmean") for q in p) / 3
    assert float(jensen_shannon(*logits(3))) == pytest.approx(float(plain), rel=1e-5)


def test_impossible_classes_stay_finite_and_every_view_is_pulled():
    views = logits(3, spread=400).requires_grad_()
    loss = jensen_shannon(*views)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(views.grad).all()
    mild = logits(3).requires_grad_()
    jensen_shannon(*mild).backward()
    assert (mild.grad.abs().amax((1, 2)) > 0).all()


def test_errors():
    with pytest.raises(ValueError, match="at least two views, got one"):
        jensen_shannon(logits(1)[0])
    with pytest.raises(ValueError, match=r"one shape \(b, k\), got \[\(6, 5\), \(6, 4\)\]"):
        jensen_shannon(logits(1)[0], logits(1, k=4)[0])


def test_augmix_in_full_as_the_docstring_has_it():
    """CE of the clean images + 12 JSD of three views: the net learns, and its views draw closer."""
    block = jensen_shannon.__doc__.split("::\n\n")[1].split("\n\n")[0]
    recipe = compile(textwrap.dedent(block), "the docstring", "exec")
    torch.manual_seed(0)
    y = torch.arange(24) % 3
    x = torch.rand(24, 3, 16, 16) * 0.5
    for i, label in enumerate(y.tolist()):
        x[i, :, 5 * label : 5 * label + 5] += 0.4  # which third is bright
    net = nn.Sequential(
        nn.AvgPool2d(4), nn.Flatten(), nn.Linear(48, 16), nn.Tanh(), nn.Linear(16, 3)
    )
    optimizer = torch.optim.Adam(net.parameters(), 0.02)
    names = {"AugMix": lambda: method("augmix"), "Batch": Batch, "F": F, "torch": torch}
    names |= {"net": net, "x": x, "y": y, "jensen_shannon": jensen_shannon}
    losses = []
    for step in range(40):
        exec(recipe, names | {"rng": step}, out := {})
        optimizer.zero_grad()
        out["loss"].backward()
        optimizer.step()
        losses.append(float(out["loss"].detach()))
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])
    assert (net(x).argmax(1) == y).float().mean() > 0.95
