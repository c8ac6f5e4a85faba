"""The report: numbers with a known answer, intervals that resample sources, whole tables."""

import json

import numpy as np
import pytest
import torch

from mixcore import naming
from mixcore.evidence.map import Evidence
from mixcore.evidence.models import bundled
from mixcore.evidence.models.hybrid import Hybrid
from mixcore.evidence.models.lite0_halves import Seer
from mixcore.evidence.models.normalized import lite0
from mixcore.evidence.study import composites, evaluate_maps, label_scores
from mixcore.evidence.study.composites import SIDE
from mixcore.evidence.study.markdown import make_markdown


@pytest.fixture(scope="module")
def judged():
    return composites.make_composites(8)


@pytest.fixture(scope="module")
def mixes(judged):
    return composites.make_pairs(judged, 40)


@pytest.fixture(scope="module")
def models():
    torch.manual_seed(0)
    base = naming.load().model
    late, plain = (Seer(base, Hybrid(late=late), "x").eval() for late in (True, False))
    return evaluate_maps.Models(late, plain, evaluate_maps.Once(base).eval(), torch.device("cpu"))


def exact(judged):
    return Evidence(torch.from_numpy(judged.masks).float()[:, None], "exact")


def test_auc_counts_every_pair_of_pixels():
    rng = np.random.default_rng(0)
    masks = rng.random((3, 1, 9, 9)) < 0.3
    maps = np.round(rng.random((3, 1, 9, 9)), 1)  # with ties
    wanted = []
    for mask, values in zip(masks, maps, strict=True):  # every pixel against every other
        ahead = values[mask][:, None] - values[~mask]
        wanted.append(((ahead > 0) + 0.5 * (ahead == 0)).mean())
    found = label_scores.auc(torch.from_numpy(maps), torch.from_numpy(masks))
    assert np.allclose(found, wanted, atol=1e-9)


def test_pointing_counts_the_peak_and_shares_ties():
    masks = torch.zeros(2, 1, 4, 4)
    masks[:, :, :2] = 1
    maps = torch.ones(2, 1, 4, 4)
    maps[1, 0, 3, 1] = 5
    assert label_scores.pointing(maps, masks).tolist() == [0.5, 0.0]


def test_intervals_resample_sources_not_items():
    rng = np.random.default_rng(0)
    sources = np.arange(20).repeat(50)
    values = rng.normal(size=20)[sources] + 0.01 * rng.normal(size=1000)
    clustered = label_scores.Bootstrap(sources).mean(values)
    alone = label_scores.Bootstrap(np.arange(1000)).mean(values)
    assert clustered.value == alone.value == pytest.approx(values.mean())
    assert clustered.high - clustered.low > 4 * (alone.high - alone.low)
    assert clustered.low < clustered.value < clustered.high


def test_correlation_is_pearsons():
    rng = np.random.default_rng(0)
    x = rng.random(300)
    y = x + rng.normal(size=300) * 0.2
    found = label_scores.Bootstrap(np.arange(300)).correlation(x, y)
    assert found.value == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert found.low < found.value < found.high
    assert label_scores.Bootstrap(np.arange(300)).correlation(np.ones(300), y).value == 0


def test_the_exact_mask_is_perfect_and_uniform_is_chance(judged, mixes):
    maps = {"uniform": Evidence(torch.ones(8, 1, 14, 14), "uniform"), "exact": exact(judged)}
    place = evaluate_maps.measure_localization(judged, maps)["maps"]
    assert [place["exact"][key]["value"] for key in ("pointing", "energy")] == pytest.approx([1, 1])
    assert place["exact"]["auc"]["value"] == pytest.approx(1)
    assert place["uniform"]["auc"]["value"] == pytest.approx(0.5)
    assert place["uniform"]["energy"]["value"] == pytest.approx(judged.masks.mean(), abs=1e-6)
    names = ("CAM, true class", "CAM, predicted class")
    full = {**maps, **dict.fromkeys(names, maps["uniform"])}
    weights = evaluate_maps.clean_weights(judged, mixes, full)
    assert np.allclose(weights["clean exact"], mixes.own, atol=1e-5)
    area = mixes.kept().mean((1, 2))
    assert np.allclose(weights["area"], area, atol=1e-5)
    rows = evaluate_maps.label_table(judged, mixes, weights)["labels"]
    assert rows["clean exact"]["mae"]["value"] == pytest.approx(0, abs=1e-5)
    assert rows["area"]["mae"]["value"] == pytest.approx(np.abs(area - mixes.own).mean(), abs=1e-5)
    assert rows["area"]["of the errors of area"] == 1
    assert rows["clean exact"]["of the errors of area"] == 0


def test_hidden_objects_are_the_ones_hardly_seen(judged, mixes):
    table = evaluate_maps.label_table(judged, mixes, {"area": np.full(40, 0.3)})
    hidden_a, hidden_b = mixes.seen_a < 0.05, mixes.seen_b < 0.05
    assert table["hidden"] == (hidden_a | hidden_b).sum() > 0
    mean = (0.3 * hidden_a.sum() + 0.7 * hidden_b.sum()) / table["hidden"]
    assert table["labels"]["area"]["hidden: mean"] == pytest.approx(mean)


def test_transmix_is_labeled_as_in_its_paper_and_as_released(judged, mixes, models):
    from mixcore.evidence.kinds.attention import ClassAttention

    y = torch.zeros(8, dtype=torch.int64)
    weights = evaluate_maps.mixed_weights(judged, mixes, y, models)
    found = weights["attention of the mix, late"]
    i = 3
    kept = mixes.kept()[i]
    mixed = np.where(kept[..., None], judged.images[mixes.a[i]], judged.images[mixes.b[i]])
    x = torch.from_numpy(mixed).permute(2, 0, 1)[None].float() / 255
    row = ClassAttention(models.late)(x).values[0, 0].double().numpy()
    wanted = (row * kept[::16, ::16]).sum() / row.sum()  # nearest takes each cell's first pixel
    assert found[i] == pytest.approx(wanted, abs=1e-5)
    released = weights["TransMix: half of it the area"]
    assert released[i] == pytest.approx((wanted + kept.mean()) / 2, abs=1e-5)


def test_lite0_runs_once_a_batch_and_is_still_lite0():
    once, x, other = (
        evaluate_maps.Once(naming.load().model).eval(),
        torch.rand(2, 3, 64, 64),
        torch.rand(2, 3, 64, 64),
    )
    runs = []
    hook = once.inner.conv_stem.register_forward_hook(lambda *_: runs.append(1))
    with torch.no_grad():
        first, again, second = once(x), once(x), once(other)
    hook.remove()
    assert len(runs) == 2
    with torch.no_grad():
        for found, of in ((first, x), (again, x), (second, other)):
            assert torch.allclose(found, lite0()(of), atol=1e-5)


def test_the_true_class_is_the_likeliest_right_one():
    class Fixed(torch.nn.Module):
        def forward(self, x):
            return torch.tensor([[0.0, 3.0, 2.0, 1.0]]).expand(len(x), -1)

    found = evaluate_maps.find_likeliest(Fixed(), torch.zeros(3, 3, 8, 8), [(0, 3), (2,), ()])
    assert found.tolist() == [3, 2, 1]


def test_the_whole_report_is_plain_values_and_tables(judged, mixes, models):
    found = {"composites": evaluate_maps.judge_set(judged, mixes, models, small_boxes=True)}
    assert json.loads(json.dumps(found)) == found
    text = make_markdown(found)
    assert text.count("pixel AUC") == 2
    for name in ("late attention, minus mean", "SnapMix: CAM, true class, floor min", "true box",
                 "TransMix: half of it the area", "attention of the mix, plain", "Lite0's p_A",
                 "late x CAM, predicted class", "| CAM, true class |"):  # fmt: skip
        assert name in text
    widths = {line.count("|") for line in text.splitlines() if line.startswith("|")}
    assert widths == {5, 11}
    assert SIDE == 224
    assert bundled.NAMES == ("late", "plain")
