"""Training: what one request makes of data and model, and one step of it, top to bottom.

All draws of a step come from the seed and the step's number alone (order of the pictures, their
shifts, the Plan, dropout). So a run that goes on from step n draws what an uninterrupted one
would have drawn: no generator's state needs to be kept, and on the CPU the two are equal bit for
bit.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from mixcore import hardware
from mixcore.batch import Batch
from mixcore.moment import Moment, Players, Setting
from mixcore.moving_average import update_average
from mixcore.objectives import Objective, make_objective
from mixcore.plan_k import AnyPlan
from mixcore.rng import Streams
from mixcore.train import model_catalog, teachers, training_data
from mixcore.train.in_memory import Arrays, move_batch
from mixcore.train.observe import make_observer
from mixcore.train.recipe import RecipeMix
from mixcore.train.tally import Diverged, Tally
from mixcore.train.training_request import TrainingRequest
from mixcore.train_names import NONE
from mixcore.wrappers import Recipe

SHOWN, LOOKED = 6, 256  # pictures for examples, and those that are looked through at a time


class Training:
    """Data, model, optimizer, recipe and objective of one request, and one step of it.

    recipe    mixes instead of the request's method, where code brings one of its own
    rehearsal whether only time counts: then a teacher that is not there is not trained for it
    """

    def __init__(
        self, request: TrainingRequest, recipe: Recipe | None = None, *, rehearsal: bool = False
    ) -> None:
        self.request = request
        torch.set_num_threads(request.threads)
        self.device = hardware.device(request.device)
        data = training_data.load_data(request)
        self.data = data.to(self.device) if isinstance(data, Arrays) else data
        torch.manual_seed(request.seed)
        self.model = model_catalog.build_model(
            request.model, data.shape, len(data.classes), data.mean, data.std
        ).to(self.device)
        self.mix = None if request.method == NONE and recipe is None else RecipeMix(
            request, self.model, model_catalog.list_layers(self.model), recipe
        )  # fmt: skip
        self.average = copy.deepcopy(self.model) if request.ema else None
        self.optimizer = _optimizer(request, self.model)
        self.steps_an_epoch = data.n // request.batch
        self.steps = request.epochs * self.steps_an_epoch
        self.precision = _precision(request.precision, self.device)
        self.objective = self._make_objective()
        find_teacher = teachers.make_untrained if rehearsal else teachers.find_teacher
        self.setting = self._make_setting(
            lambda taught: find_teacher(taught, request, data, self.device, Training)
        )
        self.players = self.objective.build(self.setting) or Players()
        self.observer = None if request.observe == NONE else make_observer(
            request.observe, **request.observe_parameters
        )  # fmt: skip
        if self.observer is not None and (problem := self.observer.why_not(self.setting)):
            raise ValueError(problem)

    def _make_objective(self) -> Objective:
        """What is asked for; ValueError where it does not go with what mixes."""
        objective = make_objective(self.request.objective, **self.request.objective_parameters)
        mixing = self.mix.methods if self.mix else []
        problem = objective.card.describe_mismatch({m.info.title: m.info.sources for m in mixing})
        if problem:
            raise ValueError(problem)
        return objective

    @property
    def judged(self) -> nn.Module:
        """The weights that are measured and kept: the averaged ones, where there are any."""
        return self.average or self.model

    @cached_property
    def shown(self) -> Batch:
        """The pictures that examples show: the first ones of the first epoch, always the same."""
        order = Streams(self.request.seed, 0).stage("order").permutation(self.data.n)
        seeds = [self._seed(0, "augment")]
        with closing(self.data.batches(0, [order[: min(SHOWN, self.request.batch)]], seeds)) as few:
            return move_batch(next(few), self.device)

    def find_pictures(self, classes: Sequence[int], each: int) -> Batch:
        """Training pictures of these classes, the first ones of the first epoch; on the device."""
        order = Streams(self.request.seed, 0).stage("order").permutation(self.data.n)
        rows = [order[i : i + LOOKED] for i in range(0, len(order), LOOKED)]
        left = dict.fromkeys(classes, each)
        assert self.shown.y is not None
        x, y = [self.shown.x[:0]], [self.shown.y[:0]]  # so that none is none of the right shape
        seeds = [self._seed(i, "pictures") for i in range(len(rows))]
        with closing(self.data.batches(0, rows, seeds)) as batches:
            for batch in batches:
                assert batch.y is not None
                for i, label in enumerate(batch.y.tolist()):
                    if left.get(label, 0):
                        left[label] -= 1
                        x.append(batch.x[i : i + 1].to(self.device))
                        y.append(batch.y[i : i + 1].to(self.device))
                if not any(left.values()):
                    break
        return Batch(torch.cat(x), torch.cat(y))

    def facts(self) -> dict[str, Any]:
        """What the model is built from, beside its name."""
        data = self.data
        return {"shape": data.shape, "classes": len(data.classes), "mean": data.mean,
                "std": data.std, "class_names": data.classes}  # fmt: skip

    def batches(self, epoch: int, first: int) -> Generator[Batch]:
        """The batches of an epoch from the first-th on; each picture at most once."""
        b, start = self.request.batch, epoch * self.steps_an_epoch
        order = Streams(self.request.seed, epoch).stage("order").permutation(self.data.n)
        rows = [order[i * b : (i + 1) * b] for i in range(first, self.steps_an_epoch)]
        seeds = [self._seed(start + first + i, "augment") for i in range(len(rows))]
        for batch in self.data.batches(epoch, rows, seeds):
            yield move_batch(batch, self.device)

    def step(self, step: int, batch: Batch, tally: Tally) -> None:
        """Step number `step`, counted from 0, on a batch of clean pictures."""
        torch.manual_seed(self._seed(step, "model"))  # dropout and the like
        self.model.train()
        rate = compute_lr(self.request, step, self.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.players.set_rates(rate / self.request.lr)
        self.optimizer.zero_grad()
        self.players.clear_gradients()
        moment = self._make_moment(step, batch)
        losses = self.objective.compute_losses(moment)
        total = losses.add_terms()
        if total.requires_grad:  # else all terms were walked
            total.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        for name in losses.joint:
            self.players.optimizers[name].step()
        if self.average is not None:
            update_average(self.average, self.model, self.request.ema)
        tally.add(step, losses, total, moment.played)

    def list_modules(self) -> dict[str, nn.Module]:
        """All that learns or is kept, by the name that checkpoints have for it."""
        own = {f"player-{name}": network for name, network in self.players.networks.items()}
        average = {"average": self.average} if self.average is not None else {}
        return {"model": self.model, **average, **own}

    def list_optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """All that steps, by the name that checkpoints have for it."""
        own = {f"optimiser-{name}": one for name, one in self.players.optimizers.items()}
        return {"optimiser": self.optimizer, **own}

    def _make_setting(self, find_teacher: Callable[[Any], nn.Module]) -> Setting:
        data, request = self.data, self.request
        return Setting(
            self.model, tuple(data.classes), data.shape, self.device, self.steps,
            self.steps_an_epoch, request.seed, model_catalog.list_layers(self.model), self.mix,
            data.test, find_teacher, lambda: self.shown, self.find_pictures,
        )  # fmt: skip

    def _make_moment(self, step: int, batch: Batch) -> Moment:
        def autocast() -> torch.autocast:
            mixed = self.precision != torch.float32
            return torch.autocast(self.device.type, self.precision, enabled=mixed)

        def plan(i: int) -> AnyPlan | None:
            """None after the share of the epochs that mix."""
            if self.mix is None or step >= self.request.mix_share * self.steps:
                return None
            with self._sane(step, batch):
                return self.mix.plan(batch, self._seed(step, f"mix {i}" if i else "mix"))

        def forward(plan: AnyPlan) -> tuple[Tensor, AnyPlan]:
            assert self.mix is not None
            with self._sane(step, batch):
                return self.mix.forward(plan, batch, step / self.steps, autocast())

        smoothing = self.request.label_smoothing
        return Moment(self.setting, self.players, batch, step, smoothing, plan, forward, autocast)

    @contextmanager
    def _sane(self, step: int, batch: Batch) -> Iterator[None]:
        """Maps of a model that has left all bounds are refused: that is Diverged, no bad input."""
        try:
            yield
        except ValueError:
            with torch.no_grad():
                if bool(torch.isfinite(self.model(batch.x)).all()):
                    raise
            raise Diverged(step + 1) from None

    def _seed(self, step: int, what: str) -> int:
        return int(Streams(self.request.seed, step).stage(what).integers(2**62))


def compute_lr(request: TrainingRequest, step: int, steps: int) -> float:
    """The learning rate of a step: up in a line during the warm-up, then down half a cosine."""
    warm = request.warmup * steps
    if step < warm:
        return request.lr * (step + 1) / (warm + 1)
    done = (step - warm) / max(1.0, steps - warm)
    return request.lr * 0.5 * (1 + math.cos(math.pi * done))


def _optimizer(request: TrainingRequest, model: nn.Module) -> torch.optim.Optimizer:
    """Weight decay is for matrices and kernels; biases and norms are left alone."""
    trained = [p for p in model.parameters() if p.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": request.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if request.optimizer == "sgd":
        return torch.optim.SGD(groups, request.lr, momentum=0.9, nesterov=True)
    return torch.optim.AdamW(groups, request.lr)


def _precision(wanted: str, device: torch.device) -> torch.dtype:
    """bfloat16 where it is asked for, or pays: on GPUs that have units for it."""
    fast = device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0)
    return torch.bfloat16 if wanted == "bfloat16" or (wanted == "auto" and fast) else torch.float32
