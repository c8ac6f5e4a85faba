"""Training: what one request makes of data and model, and one step of it, top to bottom.

All draws of a step come from the seed and the step's number alone (order of the pictures, their
shifts, the Plan, dropout). So a run that goes on from step n draws what an uninterrupted one
would have drawn: no generator's state needs to be kept, and on the CPU the two are equal bit for
bit.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mixcore import hardware
from mixcore.batch import Batch
from mixcore.plan_k import AnyPlan
from mixcore.rng import Streams
from mixcore.train import checkpoint, model_catalog, training_data
from mixcore.train.in_memory import Arrays, move_batch
from mixcore.train.recipe import RecipeMix
from mixcore.train.tally import Diverged, Tally
from mixcore.train.training_request import NONE, TrainingRequest
from mixcore.wrappers import Recipe

SHOWN = 6  # pictures


class Training:
    """Data, model, optimiser and recipe of one request, and one step of it.

    recipe  mixes instead of the request's method, where code brings one of its own
    """

    def __init__(self, request: TrainingRequest, recipe: Recipe | None = None) -> None:
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
        assert batch.y is not None
        k, smoothing = len(self.data.classes), self.request.label_smoothing
        torch.manual_seed(self._seed(step, "model"))  # dropout and the like
        self.model.train()
        plan = self._plan(step, batch)
        autocast = torch.autocast(
            self.device.type, self.precision, enabled=self.precision != torch.float32
        )
        if self.mix is None or plan is None:
            with autocast:
                logits = self.model(batch.x)
            target = F.one_hot(batch.y, k).float() * (1 - smoothing) + smoothing / k
        else:
            logits, plan = self._forward(plan, batch, step, autocast)
            target = plan.target(batch.y, k, smoothing)
        loss = F.cross_entropy(logits.float(), target)
        for group in self.optimizer.param_groups:
            group["lr"] = compute_lr(self.request, step, self.steps)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        if self.average is not None:
            checkpoint.update_average(self.average, self.model, self.request.ema)
        tally.add(step, loss, logits, target, plan)

    def _plan(self, step: int, batch: Batch) -> AnyPlan | None:
        """This step's mix, or None after the share of the epochs that mix."""
        if self.mix is None or step >= self.request.mix_share * self.steps:
            return None
        with self._sane(step, batch):
            return self.mix.plan(batch, self._seed(step, "mix"))

    def _forward(
        self, plan: AnyPlan, batch: Batch, step: int, autocast: Any
    ) -> tuple[Tensor, AnyPlan]:
        assert self.mix is not None
        with self._sane(step, batch):
            return self.mix.forward(plan, batch, step / self.steps, autocast)

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
