"""One step of training, as handed to an objective, and the losses that come back.

An objective gets a Moment: the batch, its mixes, the model, its own players and random stream. It
gives Losses: terms whose sum is minimized. What belongs to other players than the model is trained
by `descend`, at once and without a trace in the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mixcore.batch import Batch
from mixcore.last_layer import watch_last_layer
from mixcore.plan_k import AnyPlan
from mixcore.rng import Streams


class Players:
    """Networks that an objective owns beside the model.

    Weights, buffers and optimizers are kept in checkpoints: a run that is resumed goes on bit for
    bit, as long as all that changes is one of them or follows from the step's number.

    Args:
        networks: name -> a module on the run's device; one without an optimizer, such as a moving
            average, is kept all the same.
        optimizers: name of a network -> what steps its parameters.
        teachers: name -> a frozen network; it is not kept, but loaded anew.
        scheduled: whether the players' rates follow the run's schedule.
    """

    def __init__(
        self,
        networks: Mapping[str, nn.Module] | None = None,
        optimizers: Mapping[str, torch.optim.Optimizer] | None = None,
        teachers: Mapping[str, nn.Module] | None = None,
        scheduled: bool = False,
    ) -> None:
        self.networks, self.optimizers = dict(networks or {}), dict(optimizers or {})
        self.teachers, self._scheduled = dict(teachers or {}), scheduled
        self._rates = {
            name: [group["lr"] for group in one.param_groups]
            for name, one in self.optimizers.items()
        }
        for name, optimizer in self.optimizers.items():
            own = {id(p) for p in self.networks[name].parameters()}
            if any(id(p) not in own for g in optimizer.param_groups for p in g["params"]):
                raise ValueError(f"The optimizer {name!r} steps what is not of that network.")
        for teacher in self.teachers.values():
            teacher.eval().requires_grad_(False)

    def __getitem__(self, name: str) -> nn.Module:
        return self.networks[name] if name in self.networks else self.teachers[name]

    def set_rates(self, share: float) -> None:
        """Rates at this share of their highest, where they follow the run's schedule."""
        for name, optimizer in self.optimizers.items() if self._scheduled else ():
            for group, rate in zip(optimizer.param_groups, self._rates[name], strict=True):
                group["lr"] = share * rate

    def clear_gradients(self) -> None:
        """Forget all gradients."""
        for network in self.networks.values():
            network.zero_grad(set_to_none=True)


@dataclass(frozen=True, eq=False)
class Setting:
    """Parts of a training that an objective may look at.

    model           the model in training; takes pictures in [0, 1]
    class_names     of its k classes
    shape           of a picture, (c, h, w)
    layers          names of the model's layers, shallow to deep
    mixing          the run's recipe: plan(batch, rng) and forward(plan, batch, progress, autocast);
                    None where no method mixes
    test            the test pictures: x, y, and floats() for x in [0, 1]
    find_teacher    the frozen network that an objective which is Taught asks for
    find_shown      a few training pictures, always the same, for what is drawn
    find_pictures   at most so many training pictures of each of these classes, always the same
    """

    model: nn.Module
    class_names: tuple[str, ...]
    shape: tuple[int, int, int]
    device: torch.device
    steps: int
    steps_an_epoch: int
    seed: int
    layers: tuple[str, ...]
    mixing: Any
    test: Any
    find_teacher: Callable[[Any], nn.Module]
    find_shown: Callable[[], Batch]
    find_pictures: Callable[[Sequence[int], int], Batch]

    @property
    def k(self) -> int:
        """The number of classes."""
        return len(self.class_names)

    @property
    def shown(self) -> Batch:
        """A few training pictures, always the same."""
        return self.find_shown()


@dataclass
class Losses:
    """Losses of one step, with what training accuracy is counted on.

    Args:
        terms: name -> scalar; their sum is what the model and the players in `joint` minimize.
        logits: (b, k), on which hits are counted, against target (b, k).
        plan: the mix whose label weights are tabulated, or None.
        readings: name -> number to watch, detached.
        joint: players that step together with the model, on the same sum.
    """

    terms: dict[str, Tensor]
    logits: Tensor
    target: Tensor
    plan: AnyPlan | None = None
    readings: dict[str, Tensor | float] = field(default_factory=dict)
    joint: tuple[str, ...] = ()

    def add_terms(self) -> Tensor:
        """The sum of all terms."""
        return torch.stack([term.float() for term in self.terms.values()]).sum()


class Moment:
    """One step: its batch, its mixes, and the networks.

    Args:
        setting: of the training.
        players: of the objective.
        batch: clean pictures and labels, on the run's device.
        step: its number from 0.
        smoothing: share of each label that is spread over all classes.
        plan: the i-th mix of this batch by the run's recipe, or None where it does not mix.
        forward: logits of a mix, and the plan with its labels as they are worth now.
        autocast: makes the context of the run's arithmetic.
    """

    def __init__(
        self,
        setting: Setting,
        players: Players,
        batch: Batch,
        step: int,
        smoothing: float,
        plan: Callable[[int], AnyPlan | None],
        forward: Callable[[AnyPlan], tuple[Tensor, AnyPlan]],
        autocast: Callable[[], AbstractContextManager[Any]],
    ) -> None:
        assert batch.y is not None
        self.setting, self.players, self.batch = setting, players, batch
        self.model, self.y = setting.model, batch.y
        self.step, self.steps, self.smoothing = step, setting.steps, smoothing
        self.played: dict[str, Tensor] = {}
        """What each player's own loss was, by its name."""
        self._plan, self._forward, self._autocast = plan, forward, autocast

    @property
    def progress(self) -> float:
        """How much of the training is over, 0 to 1."""
        return self.step / self.steps

    @cached_property
    def rng(self) -> Streams:
        """The objective's own random stream; as all draws, it follows from seed and step."""
        return Streams(self.setting.seed, self.step).child("objective")

    def draw_plan(self, i: int = 0) -> AnyPlan | None:
        """The i-th mix of this batch; None where the run does not mix now."""
        return self._plan(i)

    def forward(self, plan: AnyPlan | None) -> tuple[Tensor, AnyPlan | None]:
        """The model's logits (b, k) float32 of a mix, or of the clean pictures; and the plan.

        The plan comes back with its labels as methods weigh them that look at the answer.
        """
        if plan is None:
            return self.predict(self.batch.x), None
        logits, plan = self._forward(plan)
        return logits.float(), plan

    def predict(self, x: Tensor, network: nn.Module | None = None) -> Tensor:
        """Logits (b, k) float32 of pictures, by the model or by another network."""
        with self._autocast():
            logits = (self.model if network is None else network)(x)
        return logits.float()

    def target(self, plan: AnyPlan | None) -> Tensor:
        """Soft labels (b, k) of a mix or of the clean pictures, smoothed as the run says."""
        k, smoothing = self.setting.k, self.smoothing
        if plan is None:
            return F.one_hot(self.y, k).float() * (1 - smoothing) + smoothing / k
        return plan.target(self.y, k, smoothing)

    def watch_features(self) -> AbstractContextManager[list[Tensor]]:
        """A list of what reaches the last layer, (b, d), in each of the model's passes inside."""
        return watch_last_layer(self.model)

    def descend(self, name: str, loss: Tensor) -> None:
        """One step of a player on its own loss; nothing else gets a gradient or moves.

        To ascend is to descend on minus the loss.
        """
        network, optimizer = self.players.networks[name], self.players.optimizers[name]
        moving = [p for p in network.parameters() if p.requires_grad]
        gradients = torch.autograd.grad(loss, moving, allow_unused=True)
        for parameter, gradient in zip(moving, gradients, strict=True):
            parameter.grad = gradient
        optimizer.step()
        for parameter in moving:
            parameter.grad = None
        self.played[name] = loss.detach()

    def walk(self, loss: Tensor) -> Tensor:
        """Hand a term's gradients on at once, and free what it was made from; the term, detached.

        For sums over mixes: there is then never more than one mix in memory.
        """
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()


@contextmanager
def hold_still(network: nn.Module) -> Iterator[None]:
    """Run a network as it is judged: no dropout, and its norms' running means stay."""
    was = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(was)


@contextmanager
def leave_running_means(network: nn.Module) -> Iterator[None]:
    """Train a network without a trace in the running means of its norms.

    Batches are normalized by themselves as ever. For pictures that are not what will be judged:
    their means would take the place of those of clean pictures.
    """
    norms = [part for part in network.modules() if isinstance(part, _BatchNorm)]
    shares = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, share in zip(norms, shares, strict=True):
            norm.momentum = share
