"""AutoMix and AdAutoMix as frozen methods: what they read, who furnishes it, what lam does."""

import json

import numpy as np
import pytest
import torch

from catalogue import furnished
from evidence.test_train_hybrids import TINY, WNIDS, pack
from mixcore import Batch, OneOf, Paired, PerBatch, Sometimes, method, pictures
from mixcore.audit import engine
from mixcore.audit.audit_request import AuditRequest
from mixcore.cli import main
from mixcore.data import gallery
from mixcore.evidence.models import bundled
from mixcore.evidence.models.hidden_features import WIDTHS, compute_hidden
from mixcore.mixers import block_training, bundled_blocks
from mixcore.train.in_memory import move_batch
from mixcore.train.recipe import RecipeMix
from mixcore.train.training_request import TrainingRequest

KEYS = ("automix", "adautomix")
KINDS = [(key, features) for key in KEYS for features in WIDTHS]


def photos(*names, side=224):
    return pictures.to_tensor(*(pictures.square(gallery.load(name), side) for name in names))


@pytest.fixture(scope="module")
def pets():
    x = photos("cat", "dog", "owl")
    return Batch(x, hidden=compute_hidden(WIDTHS, x), given={"index": [1, 2, 0]})


def with_lam(batch, lam):
    given = {**batch.given, "lam": lam}
    return Batch(batch.x, hidden=batch.hidden, given=given)


@pytest.mark.parametrize(("key", "features"), KINDS)
def test_lam_moves_the_mask_and_not_only_its_level(pets, key, features):
    one = method(key, features=features)
    masks = [one.plan(with_lam(pets, lam), 0).mask()[:, 0] for lam in (0.1, 0.5, 0.9)]
    means = torch.stack([mask.mean((1, 2)) for mask in masks])
    if key == "automix":
        assert bool((means.diff(dim=0) > 0.1).all())  # more lam, clearly more of A
    assert float((masks[2] - masks[0]).abs().max()) > 0.1
    assert float(masks[1].std((1, 2)).min()) > 0.03  # drawn, and no plain blend


@pytest.mark.parametrize("key", KEYS)
def test_labels_are_the_shares_that_were_drawn(pets, key):
    plan = method(key).plan(with_lam(pets, 0.3), 0)
    first = plan.w[:, 0] if key == "adautomix" else plan.w_a
    assert first.tolist() == pytest.approx([0.3] * 3)
    assert not np.allclose(plan.area.numpy().reshape(3, -1)[:, 0], 0.3, atol=1e-3)


def test_labels_by_area_follow_the_mask(pets):
    plan = method("automix", label="area").plan(pets, 0)
    assert torch.equal(plan.w_a, plan.area)


@pytest.mark.parametrize("key", KEYS)
def test_missing_features_are_asked_for_in_a_sentence(key):
    bare = Batch(torch.rand(3, 3, 16, 16))
    title = type(method(key)).info.title
    with pytest.raises(ValueError, match=f"{title} needs hidden features 'lite0' of the clean"):
        method(key).plan(bare, 0)
    narrow = Batch(bare.x, hidden={"lite0": torch.rand(3, 5, 4, 4)})
    with pytest.raises(ValueError, match=r"features must have shape \(b, n, 112, h, w\)"):
        method(key).plan(narrow, 0)


@pytest.mark.parametrize("key", KEYS)
def test_wrappers_carry_features_to_the_method(key):
    batch = furnished(torch.rand(4, 3, 16, 16), torch.arange(4))
    one = method(key)
    for recipe in (Sometimes(one, 0.5), Paired(one, "roll"), OneOf(one, method("mixup"))):
        assert len(recipe.plan(batch, 0)) == 4
    if key == "automix":
        assert len(PerBatch(one).plan(batch, 0).lam.unique()) == 1


def test_features_go_where_the_batch_goes():
    known = furnished(torch.rand(2, 3, 8, 8), torch.arange(2))
    batch = Batch(known.x, known.y, hidden=known.hidden)
    moved = move_batch(batch, torch.device("meta"))
    assert {name: value.device.type for name, value in moved.hidden.items()} == dict.fromkeys(
        WIDTHS, "meta"
    )


def test_hidden_features_are_of_any_picture():
    gray = torch.randint(0, 255, (2, 1, 28, 20), dtype=torch.uint8)
    found = compute_hidden(["lite0", "hybrid"], gray)
    assert {name: tuple(value.shape) for name, value in found.items()} == {
        "lite0": (2, 112, 8, 8), "hybrid": (2, 192, 8, 8),
    }  # fmt: skip
    assert compute_hidden(["lite0"], torch.rand(1, 3, 200, 150))["lite0"].shape[-1] == 14
    with pytest.raises(ValueError, match="Hidden features are of lite0 or hybrid, got 'late'"):
        compute_hidden(["late"], gray)


def test_cells_of_the_hybrid_are_those_that_its_class_token_joins():
    x = torch.rand(1, 3, 128, 128)
    seer, seen = bundled.load("late"), []
    hook = seer.blocks[seer.joins].register_forward_hook(lambda _, inputs, out: seen.append(inputs))
    with torch.no_grad():
        seer(x)
    hook.remove()
    cells = compute_hidden(["hybrid"], x)["hybrid"]
    assert torch.allclose(seen[0][0][:, 1:], cells.flatten(2).transpose(1, 2), atol=1e-5)


@pytest.mark.parametrize("key", KEYS)
def test_a_training_furnishes_the_features_of_its_pictures(key):
    request = TrainingRequest(method=key, data="digits", model="small_cnn")
    mix = RecipeMix(request, torch.nn.Identity())
    batch = Batch(torch.rand(4, 1, 8, 8), torch.arange(4))
    plan = mix.plan(batch, 0)
    hidden = compute_hidden(["lite0"], batch.x)
    known = method(key).plan(Batch(batch.x, batch.y, hidden=hidden), 0)
    assert torch.equal(plan.mask(), known.mask())


def test_an_audit_furnishes_the_features_of_its_photos():
    audit = engine.Audit(AuditRequest(methods=("automix",), n=2, batch=2))
    row = {name: column[0] for name, column in audit.rows(audit.lay(0)).columns.items()}
    assert row["w_a"] == pytest.approx(row["lam"])
    assert row["area"] != pytest.approx(row["lam"], abs=1e-4)
    assert audit.remake(row).std() > 5


def test_three_photos_are_not_audited():
    with pytest.raises(ValueError, match="AdAutoMix mixes 3 pictures"):
        engine.Audit(AuditRequest(methods=("adautomix",), n=2, batch=2))


@pytest.mark.parametrize("key", KEYS)
def test_the_command_line_mixes_photos(key, tmp_path, capsys):
    names = ["example:cat", "example:dog", "example:owl"][: 2 + (key == "adautomix")]
    out = tmp_path / "mixed.png"
    assert main(["mix", key, *names, "--out", str(out), "--lam", "0.6", "--size", "96"]) == 0
    assert "0.6000 A" in capsys.readouterr().out
    assert pictures.read(out).shape == (96, 96, 3)


@pytest.mark.parametrize(("key", "features"), KINDS)
def test_bundled_blocks_are_small_and_checked(key, features, tmp_path):
    path = bundled_blocks.FOLDER / f"{key}-{features}.safetensors"
    assert path.stat().st_size < 3e6
    block = bundled_blocks.load_block(key, features)
    assert bundled_blocks.load_block(key, features) is block
    assert not any(p.requires_grad for p in block.parameters())
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    with pytest.raises(bundled.WeightsError, match="is not the file that SHA256SUMS names"):
        bundled_blocks.read_block(copy)
    with pytest.raises(bundled.WeightsError, match="make it by train-mix-block"):
        bundled_blocks.read_block(tmp_path / "none" / path.name)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    colors = ("red", "green", "blue")
    for split, each in (("train", 16), ("val", 4)):
        labels = np.arange(3).repeat(each)
        drawn = [colors[i] for i in labels]
        pack(folder / TINY / f"{split}.npz", drawn, 64, labels=labels, wnids=np.array(WNIDS))
    return folder


def test_blocks_are_made_by_a_command_that_goes_on_where_it_was(
    data, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(block_training, "JUDGED", 64)
    monkeypatch.setattr(block_training, "EACH", 4)
    words = ["train-mix-block", "--data", str(data), "--method", "adautomix", "--steps", "4"]
    assert main([*words, "--out", str(tmp_path / "one")]) == 0
    metrics = json.loads((tmp_path / "one" / "metrics.json").read_text())["adautomix-lite0"]
    assert metrics["recipe"]["steps"] == 4
    assert metrics["n"] == 64
    assert main([*words, "--out", str(tmp_path / "two"), "--part", "3"]) == 0
    assert not (tmp_path / "two" / "adautomix-lite0.safetensors").exists()
    assert main([*words, "--out", str(tmp_path / "two")]) == 0
    one, two = ((tmp_path / n / "adautomix-lite0.safetensors").read_bytes() for n in ("one", "two"))
    assert one == two
    capsys.readouterr()
    assert main([*words, "--out", str(tmp_path / "two"), "--seed", "3"]) == 2
    assert "is of other settings; name another folder" in capsys.readouterr().err
