"""What holds for every objective, whatever it asks of a model."""

import math

import torch

from mixcore.objectives import find_objective, make_objective, read_objective
from mixcore.runs import Store
from mixcore.sheets import packing, paper
from mixcore.taught import Taught
from mixcore.train.tally import Tally
from mixcore.train.training import Training
from mixcore.train.training_request import TrainingRequest
from mixcore.worker import do_job

SMALL = {"data": "digits", "images": 64, "batch": 16, "epochs": 2, "log_every": 1, "seed": 5}
METHODS = {1: "augmix", 0: "mixup", 2: "mixup"}


def ask(key, **parameters):
    """A small request for the objective, with a method that suits it."""
    card = read_objective(key)
    if issubclass(find_objective(key), Taught):
        parameters = {"teacher_epochs": 1, **parameters}
    method = "none" if card.mixes == "own" else METHODS[card.sources]
    return TrainingRequest(**SMALL, method=method, objective=key, objective_parameters=parameters)


def train(request, steps=2):
    """The training after some steps, with the rows that they give."""
    job, points = Training(request), []
    for step, batch in zip(range(steps), job.batches(0, 0), strict=False):
        tally = Tally()
        job.step(step, batch, tally)
        tally.settle()
        points.append(tally.point())
    return job, points


def weights(job):
    """All that learns, as one row of numbers."""
    return torch.cat([
        value.detach().flatten().double()
        for module in job.list_modules().values() for value in module.state_dict().values()
    ])  # fmt: skip


def check_card(key):
    """What is read off the file is what is declared."""
    card, cls = read_objective(key), find_objective(key)
    assert cls.card == card
    assert card.summary.endswith(".")
    assert card.cost.endswith(".")
    assert all(len(p.help) > 3 for p in cls.params())
    for preset in card.presets.values():
        make_objective(key, **preset)
    assert bool(card.paper) == bool(card.year) == bool(card.authors)


def check_steps(key):
    """Steps are deterministic, all that is named is declared and finite, and the model learns."""
    job, points = train(ask(key))
    card = job.objective.card
    again, same = train(ask(key))
    assert torch.equal(weights(job), weights(again))
    assert points == same
    for point in points:
        assert math.isfinite(point["loss"])
        assert set(point.get("losses", {})) <= set(card.losses)
        assert set(point.get("readings", {})) == set(card.readings)
        assert all(map(math.isfinite, point.get("readings", {}).values()))
    seen = set().union(*(point.get("losses", {}) for point in points))
    assert seen == set(card.losses) or len(card.losses) == 1
    fresh = Training(ask(key))
    moved = [
        not torch.equal(old, new)
        for old, new in zip(fresh.model.parameters(), job.model.parameters(), strict=True)
    ]
    assert all(moved)


def check_teachers(key):
    """Teachers stay as they are, and need no gradient."""
    fresh, (job, _) = Training(ask(key)), train(ask(key))
    for name, teacher in job.players.teachers.items():
        old = fresh.players.teachers[name].state_dict()
        assert all(torch.equal(value, old[n]) for n, value in teacher.state_dict().items())
        assert not any(p.requires_grad for p in teacher.parameters())


def check_parameters(key):
    """Another value of a parameter trains another model."""
    card, usual = read_objective(key), weights(train(ask(key), 4)[0])
    for param in find_objective(key).params():
        if param.name.startswith("teacher") or param.name in card.exemptions:
            continue
        others = []
        for values in _list_others(key, param):
            found = weights(train(ask(key, **values), 4)[0])
            others.append(found.shape != usual.shape or not torch.equal(found, usual))
        assert any(others), param.name


def _list_others(key, param):
    """The lowest, the highest and any other value, with what makes the parameter matter."""
    rest = {} if param.when is None else {param.when[0]: param.when[1][0]}
    if param.kind == "flag":
        return [{**rest, param.name: not param.default}]
    values = param.options if param.kind == "choice" else param.bounds
    return [{**rest, param.name: value} for value in values if value != param.default]


def check_clean_steps(key):
    """Where the run mixes no more, the objective still trains."""
    if read_objective(key).mixes == "own":
        return
    values = {**ask(key).to_dict(), "mix_share": 0.0}
    _, points = train(TrainingRequest.from_dict(values))
    assert all(math.isfinite(point["loss"]) for point in points)


def check_resume(key, stop):
    """A run that is stopped in mid-epoch goes on bit for bit."""
    store = Store()
    whole, parts = (store.create(ask(key).job()) for _ in range(2))
    assert do_job(whole) == "done"
    assert do_job(parts, stop(2)) == "stopped"
    store.resume(parts)
    assert do_job(parts) == "done"
    first, second = ((run.folder / "checkpoints/last.safetensors") for run in (whole, parts))
    assert _read(first) == _read(second)
    for run in (whole, parts):
        metrics = run.metrics()
        metrics.update()
        assert len(metrics.steps) == 8


def _read(path):
    from safetensors.torch import load_file

    return {name: value.numpy().tobytes() for name, value in load_file(path).items()}


def check_sheet(key):
    """What it draws can be packed for a page and drawn on paper, in both themes."""
    job, points = train(ask(key))
    history = [{"step": i + 1, **point.get("readings", {})} for i, point in enumerate(points)]
    sheet = job.objective.draw_sheet(job.setting, job.players, history)
    assert (sheet is not None) == job.objective.draws
    if sheet is None:
        return
    packing.pack_sheets([sheet])
    for theme in ("light", "dark"):
        paper.write_figure(paper.draw_sheet(sheet, theme, "What is seen?", "A test", ""), "png")
    assert torch.equal(weights(job), weights(train(ask(key))[0]))  # drawing moves nothing


LAWS = (check_card, check_steps, check_teachers, check_parameters, check_clean_steps, check_sheet)
