"""Rows against sums by hand and against the long way round; controls; stop, resume and shards."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

import mixcore
from audits import REQUEST, finished, picture_folder
from mixcore import pictures
from mixcore.audit import audit_job, engine, evidence_sums, one_mix, schema, table_files
from mixcore.audit.audit_request import AuditRequest
from mixcore.audit.clean_parts import CleanParts
from mixcore.audit.row_builder import RowBuilder
from mixcore.data import scenes
from mixcore.evidence import spec_maps, specs, visibility
from mixcore.evidence.kinds.exact import ExactMask
from mixcore.evidence.map import Evidence
from mixcore.evidence.reference import REFERENCE
from mixcore.runs import Store, Work


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished audit of scenes, uninterrupted: its folder."""
    return finished(tmp_path_factory.mktemp("audit"), REQUEST)


def rows_of(folder, **wanted):
    found = table_files.read_table(folder).to_pylist()
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


def test_every_mix_has_a_row_and_every_pair_its_controls(whole):
    assert len(rows_of(whole, control="")) == REQUEST.n * len(REQUEST.methods)
    for control in ("uniform", "shuffled"):
        assert [row["row"] for row in rows_of(whole, control=control)] == list(range(REQUEST.n))
    by_method = [
        [(row["a"], row["b"], row["seed"]) for row in rows_of(whole, method=key, control="")]
        for key in REQUEST.methods
    ]
    assert all(pairs == by_method[0] for pairs in by_method), "methods must share pairs and seeds"
    assert sorted(a for a, _, _ in by_method[0]) == list(range(REQUEST.n))


def test_exact_shares_and_mismatch_are_those_summed_by_hand(whole):
    for row in rows_of(whole, method="cutmix", control="")[:3]:
        a, b = (scenes.make(int(row[f"name_{side}"].removeprefix("scene:")), 448) for side in "ab")
        x = torch.rand(2, 3, 448, 448)
        plan = mixcore.method("cutmix").plan(mixcore.Batch(x, given={"index": [1, 0]}), row["seed"])
        kept = plan.mask()[0, 0].numpy().astype(np.float64)
        s_a = (a.alpha * kept).sum(dtype=np.float64) / a.alpha.sum(dtype=np.float64)
        s_b = (b.alpha * (1 - kept)).sum(dtype=np.float64) / b.alpha.sum(dtype=np.float64)
        assert row["area"] == pytest.approx(kept.mean())
        assert (row["object_a"], row["object_b"]) == pytest.approx((s_a, s_b), abs=1e-5)
        assert row["mismatch"] == pytest.approx(abs(kept.mean() - s_a / (s_a + s_b)), abs=1e-5)
        assert (row["class_a"], row["class_b"]) == (a.label, b.label)
        assert row["judge"] == "exact mask"


@pytest.mark.parametrize("key", ["cutmix", "resizemix", "fmix", "transmix"])
def test_folding_the_mask_gives_what_enlarging_the_map_gives(key):
    x = torch.rand(2, 3, 448, 448, generator=torch.Generator().manual_seed(1))
    plan = mixcore.method(key).plan(mixcore.Batch(x, given={"index": [1, 0]}), 11)
    maps = Evidence(torch.rand(2, 1, 14, 14, generator=torch.Generator().manual_seed(2)), "map")
    cover = evidence_sums.Cover(visibility.visible_masks(plan))
    ours = [cover.share(k, maps.values[k, 0]) for k in range(2)]
    assert ours == pytest.approx(visibility.visible_share(plan, maps)[0].tolist(), abs=1e-5)


def test_maps_without_evidence_count_everywhere_alike():
    kept = torch.zeros(2, 8, 8)
    kept[0, :, :4], kept[1, :, 4:] = 1, 1
    cover = evidence_sums.Cover(kept)
    assert cover.share(0, torch.zeros(2, 2)) == 0.5
    assert np.isnan(evidence_sums.worth(0.0, 0.0))
    assert evidence_sums.entropy(torch.ones(4, 4)) == pytest.approx(1)
    assert evidence_sums.entropy(torch.eye(4)[:1].T @ torch.eye(4)[:1]) == 0


def test_labels_made_after_the_forward_pass_are_made_as_explore_makes_them(whole):
    from mixcore.evidence.models import bundled

    row = rows_of(whole, method="transmix", control="")[0]
    a, b = (scenes.make(int(row[f"name_{side}"].removeprefix("scene:")), 448) for side in "ab")
    x = pictures.to_tensor(a.image, b.image)
    method = mixcore.method("transmix")
    plan = method.plan(mixcore.Batch(x, given={"index": [1, 0]}), row["seed"])
    small = one_mix.shrink_images(*pictures.to_array(plan.apply(x)))
    _, seen = method.look(bundled.load("late"), small)
    plan = method.reweigh(plan, seen)
    truth = ExactMask(torch.from_numpy(np.stack([a.alpha, b.alpha]))[:, None])(x)
    assert row["w_a"] == pytest.approx(float(plan.w_a[0]), abs=1e-4)
    assert row["mismatch"] == pytest.approx(float(visibility.mismatch(plan, truth)[0]), abs=1e-3)


def test_uniform_evidence_agrees_within_its_bound_and_strange_evidence_does_not(whole):
    even = [row["mismatch"] for row in rows_of(whole, control="uniform")]
    assert (
        max(even)
        <= table_files.read_facts(whole / table_files.TABLE)["bound"]
        == evidence_sums.BOUND
    )
    own = {row["row"]: row["mismatch"] for row in rows_of(whole, method="cutmix", control="")}
    strange = {row["row"]: row["mismatch"] for row in rows_of(whole, control="shuffled")}
    both = [(strange[k], own[k]) for k in own if None not in (strange[k], own[k])]
    assert sum(abs(a - b) > 1e-3 for a, b in both) > len(both) / 2


def test_the_reference_judges_every_method_unless_another_map_is_chosen(tmp_path):
    folder = picture_folder(tmp_path / "pictures", {"cat": 3, "dog": 3})
    asked = {"data": str(folder), "n": 6, "batch": 6}
    for methods in (("cutmix",), ("cutmix", "transmix", "snapmix", "visiblemix")):
        facts = engine.Audit(AuditRequest(methods=methods, **asked)).facts()
        assert facts["judge"] == facts["seen"] == facts["reference"]["name"] == REFERENCE
        assert facts["digests"][REFERENCE] == facts["reference"]["digest"]
        assert facts["own map"] == []
    chosen = AuditRequest(
        methods=("cutmix", "transmix", "snapmix"), evidence="late attention", **asked
    )
    facts = engine.Audit(chosen).facts()
    assert facts["judge"] == "late attention"
    assert facts["own map"] == ["transmix"]
    assert set(facts["evidence"]) <= set(specs.SPECS)


def test_parts_of_another_judge_are_not_gone_on_with(tmp_path, monkeypatch):
    store = Store(tmp_path / "home")
    folder = picture_folder(tmp_path / "pictures", {"cat": 3, "dog": 3})
    asked = AuditRequest(data=str(folder), n=6, batch=6)
    made = engine.Audit(asked)
    facts = made.facts() | {"digests": {REFERENCE: "another"}, "skipped": {}, "sizes": []}
    run = store.create(asked.job(), tmp_path / "out")
    like = schema.make_schema(made.evidence, table_files.pack_facts(facts))
    table_files.write_part(
        run.folder, 0, schema.make_batch(RowBuilder(made.evidence).columns, like)
    )
    with pytest.raises(ValueError, match="start it anew, so that one map judges all"):
        audit_job._check_judge(Work(run), made.facts())


def test_a_mix_is_most_like_the_picture_of_its_block_whose_features_are_nearest(whole):
    """The long way round: Lite0's pooled features of every picture and mix, one at a time."""
    from mixcore.evidence.models.normalized import lite0

    model, made = lite0(), engine.Audit(REQUEST)

    def features(image):
        x = one_mix.shrink_images(image)
        with torch.no_grad():
            return torch.nn.functional.normalize(
                model.forward_head(model.forward_features(x), pre_logits=True), dim=1
            )[0]

    block = made.lay(0).pairs
    with torch.no_grad():
        clean = torch.nn.functional.normalize(
            model.forward_head(model.forward_features(block.small), pre_logits=True), dim=1
        )
    places = made.pictures(0)
    rows = rows_of(whole, block=0, control="")
    assert rows
    for row in rows:
        far = (clean - features(made.remake(row))).norm(dim=1)
        best = int(far.argmin())
        assert row["like"] == places[best]
        assert row["class_like"] == block.shots[best].label
    assert all(row["like"] is None for row in rows_of(whole, control="uniform"))


def test_tables_of_earlier_versions_are_read_and_gone_on_with(whole, tmp_path):
    new = table_files.read_table(whole)
    old = tmp_path / "old.parquet"
    before = pq.read_table(whole / table_files.TABLE).drop_columns(list(schema.LATER))
    table_files.write_table(old, [before])
    found = table_files.read_table(old)
    assert found.column_names == new.column_names
    assert found["class_like"].null_count == len(found)
    assert found.drop_columns(list(schema.LATER)).equals(new.drop_columns(list(schema.LATER)))
    joined = tmp_path / "joined.parquet"
    table_files.concat_tables([old, whole / table_files.TABLE], joined)
    controls = sum(row["control"] != "" for row in new.to_pylist())
    assert table_files.read_table(joined)["like"].null_count == len(found) + controls


def test_a_stopped_audit_goes_on_to_the_very_same_table(whole, tmp_path):
    store = Store(tmp_path / "home")
    run = store.create(REQUEST.job(), tmp_path / "out")

    def stop(now, row):
        if now.step >= REQUEST.batch * len(REQUEST.methods) + 4:  # in the middle of a block
            store.stop(run)
            work._stop.set()

    with Work(run, stop) as work:
        state, said = audit_job.run_audit(work)
        work.end(state, said)
    assert (state, run.status().state) == ("stopped", "stopped")
    assert len(table_files.list_parts(run.folder)) == 1
    assert table_files.read_table(run.folder).num_rows == REQUEST.batch * (len(REQUEST.methods) + 2)
    store.resume(run)
    with Work(run) as work:
        work.end(*audit_job.run_audit(work))
    assert run.status().state == "done"
    ours, theirs = (pq.read_table(f / table_files.TABLE) for f in (run.folder, whole))
    assert ours.equals(theirs, check_metadata=True)
    assert (run.folder / table_files.TABLE).read_bytes() == (whole / table_files.TABLE).read_bytes()
    assert not table_files.list_parts(run.folder)


def test_shards_join_to_the_very_same_table(whole, tmp_path):
    from dataclasses import replace

    from mixcore.audit import shards

    folders = [finished(tmp_path / str(k), replace(REQUEST, shards=2, shard=k)) for k in (0, 1)]
    with pytest.raises(ValueError, match="has 2 shards, got number 2"):
        shards.join_shards(folders[1:], tmp_path / "bad")
    found = shards.join_shards(folders[::-1], tmp_path / "joined")
    ours, theirs = (pq.read_table(f / table_files.TABLE) for f in (tmp_path / "joined", whole))
    assert ours.equals(theirs)
    assert found["conclusion"] == json.loads((whole / "summary.json").read_text())["conclusion"]


def test_the_command_joins_what_was_resumed(whole, tmp_path, capsys):
    from dataclasses import replace

    from mixcore.cli import main

    places = [finished(tmp_path / str(k), replace(REQUEST, shards=2, shard=k)) for k in (0, 1)]
    out = tmp_path / "joined"
    assert main(["audit", "--join", *map(str, places), "--out", str(out)]) == 0
    assert "joined: done, in 2 shards." in capsys.readouterr().out
    assert pq.read_table(out / table_files.TABLE).equals(pq.read_table(whole / table_files.TABLE))
    assert main(["audit", "--join", *map(str, places), "--out", str(out)]) == 2
    assert "is not empty: name a new folder with --out" in capsys.readouterr().err


def test_shards_that_did_not_end_well_say_how_to_go_on(tmp_path):
    from mixcore.audit import shards
    from mixcore.runs import Local

    executor = Local(Store(tmp_path))
    run = executor.store.create(REQUEST.job())
    executor.store.stop(run)
    with pytest.raises(ValueError, match=rf"is stopped: .* use --resume {run.folder}, .* --join"):
        shards.wait_for_shards([run], executor)


def test_a_ground_without_its_object_shows_nothing_of_it(tmp_path):
    from dataclasses import replace

    asked = replace(REQUEST, methods=("deda",), parameters={"deda": {"weight": "object"}}, n=3)
    folder = finished(tmp_path, asked)
    audit = engine.Audit(asked)
    for row in rows_of(folder, method="deda", control=""):
        assert row["object_b"] == 0
        assert row["s_a"] > 0.3
        assert (row["lam"], row["w_a"] + row["w_b"]) == (None, pytest.approx(1))
        assert row["mismatch"] == pytest.approx(row["w_b"])
        a = scenes.make(int(row["name_a"].removeprefix("scene:")), 448)
        b = scenes.make(int(row["name_b"].removeprefix("scene:")), 448)
        ground = abs(audit.remake(row).astype(int) - b.empty).max(2) == 0
        assert 0.3 * (~a.mask).mean() < ground.mean() < 1


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        (("mosaic",), "Mosaic mixes 4 pictures; an audit takes methods that mix two"),
        (("yoco",), "YOCO mixes 1 picture;"),
        (("manifoldmix",), "mixes inside a model"),
        (("deda",), "needs exact objects, which scenes alone have"),
    ],
)
def test_methods_that_cannot_be_audited_are_refused(tmp_path, methods, said):
    folder = picture_folder(tmp_path / "pictures", {"cat": 2, "dog": 2})
    with pytest.raises(ValueError, match=said):
        engine.Audit(AuditRequest(data=str(folder), methods=methods, n=4, batch=4))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"methods": ()}, "at least one method"),
        ({"methods": ("cutmx",)}, "there is no method 'cutmx'"),
        ({"methods": ("cutmix", "cutmix")}, "hold one twice"),
        ({"parameters": {"fmix": {"alpha": 1}}}, "about 'fmix', which is not audited"),
        ({"shards": 2, "shard": 2}, "shard must be below"),
        ({"n": 1}, "n must be in"),
        ({"data": " "}, "data must not be empty"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(values, said):
    with pytest.raises(ValueError, match=said):
        AuditRequest(**values)


def test_a_request_is_plain_values_and_a_command():
    one = AuditRequest(
        methods=("cutmix", "fmix"), parameters={"cutmix": {"alpha": 0.5}}, n=9, seed=3
    )
    assert AuditRequest.from_dict(json.loads(json.dumps(one.to_dict()))) == one
    assert one.command() == (
        "python -m mixcore audit --data scenes --method cutmix fmix --n 9 --seed 3 "
        "--set cutmix.alpha=0.5"
    )
    assert one.job().kind == "audit"


@pytest.mark.parametrize("key", ["mixup", "cutmix", "resizemix", "fmix", "transmix", "gridmix"])
def test_the_picture_of_a_mix_is_the_first_of_its_batch(key):
    from mixcore.audit.audit_sources import AuditPhoto

    a, b = (AuditPhoto(scenes.make(seed, 448).image, 0, (448, 448)) for seed in (1, 2))
    x = pictures.to_tensor(a.image, b.image)
    plan = one_mix.make_plan(mixcore.method(key), x, a, b, CleanParts(), 5)
    assert (one_mix.make_picture(plan, x) == pictures.to_array(plan.apply(x))[0]).all()
    assert (one_mix.make_picture(plan, x) != a.image).any()


def test_models_on_one_stem_see_what_each_sees_alone():
    from mixcore.evidence.models import bundled, shared_pass
    from mixcore.evidence.models.normalized import lite0

    x = pictures.to_tensor(*(scenes.make(seed, 224).image for seed in (1, 2)))
    alone = {"late": bundled.load("late"), "lite0": lite0()}
    together = shared_pass.load_models(torch.device("cpu"))
    with torch.no_grad():
        for name in ("late attention", "CAM", "mean of features", "late attention x CAM"):
            ours, theirs = (
                spec_maps.make_maps(specs.SPECS[name], x, m).values for m in (together, alone)
            )
            assert torch.equal(ours, theirs), name
        assert torch.equal(together["lite0"](x), alone["lite0"](x))
        known, passes = together["late"](x), []
        hook = together["late"].hybrid.register_forward_hook(lambda *_: passes.append(1))
        assert torch.equal(together["late"].logits(x), known)
        assert not passes, "logits of the batch that was just seen cost no pass"
        hook.remove()
        other = x.flip(0)
        assert torch.equal(together["late"].logits(other), alone["late"](other))
        assert torch.equal(together["late"](other), alone["late"](other)), "a new batch is new"
    with pytest.raises(ValueError, match="no model makes them"):
        spec_maps.make_maps(specs.SPECS["exact mask"], x, alone)


def test_an_audit_says_what_it_does_before_its_first_mix(tmp_path, monkeypatch):
    phases = []
    monkeypatch.setattr(Work, "enter_phase", lambda work, doing: phases.append(doing))
    finished(tmp_path, REQUEST)
    assert phases == [
        "Opening the data set", "Loading the models", "Making the first mixes",
        "Writing the table", "Writing the report",
    ]  # fmt: skip


@pytest.mark.parametrize("k", [0, 1])
def test_evidence_is_drawn_where_it_is_left(whole, k):
    """Of an object that its map knows exactly, the tinted share is what the row says is left."""
    audit = engine.Audit(REQUEST)
    for row in rows_of(whole, control="", method="cutmix")[:4]:
        image = audit.draw_evidence(row).astype(int)
        tinted = (image[..., 2] - image[..., 0]) * (1, -1)[k] > 40
        object_ = audit.source.shot(row["ab"[k]]).object > 127
        assert abs(tinted.sum() / object_.sum() - row[f"s_{'ab'[k]}"]) < 0.05
    assert audit.draw_evidence(row | {"judge": "a map of another day"}) is None
