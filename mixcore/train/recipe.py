"""The recipe of a request: its methods in their wrappers, and what they ask of the model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from mixcore.account import join_accounts
from mixcore.batch import Batch
from mixcore.combine import Parts
from mixcore.plan import Plan
from mixcore.plan_k import AnyPlan
from mixcore.registry import Method, make_method
from mixcore.rng import Rng
from mixcore.space import Space
from mixcore.train.training_request import TrainingRequest
from mixcore.train_names import NONE
from mixcore.wrappers import OneOf, Paired, PerBatch, Recipe, Sometimes


class RecipeMix:
    """One or two methods, wrapped as the request says, around a model that is being trained.

    layers  names of the model's layers for methods that mix features, shallow to deep
    recipe  mixes instead, where it is given; it looks at pictures and labels alone
    """

    def __init__(
        self,
        request: TrainingRequest,
        model: nn.Module,
        layers: tuple[str, ...] = (),
        recipe: Recipe | None = None,
    ) -> None:
        self.recipe: Recipe
        self._later: Any = None
        self.methods: list[Method] = []
        self._model, self._space = model, Space(model, layers)
        if recipe is not None:
            self.recipe = recipe
            return
        self.methods.append(make_method(request.method, **request.parameters))
        if request.other != NONE:
            self.methods.append(make_method(request.other))
        later = [m for m in self.methods if m.info.after]
        if len(later) > 1:
            titles = " and ".join(m.info.title for m in later)
            raise ValueError(f"{titles} both weigh labels after the forward pass: take one.")
        if len({m.info.space for m in self.methods}) > 1:
            titles = " and ".join(m.info.title for m in self.methods)
            raise ValueError(f"{titles} mix at different places of the model: take one of them.")
        self._later = later[0] if later else None
        self.recipe = _wrapped(self.methods[0], request)
        if len(self.methods) > 1:  # which share partners, so that they are chosen for both at once
            alone = replace(request, pairing="shuffle")
            share = request.other_p
            both = OneOf(*(_wrapped(m, alone) for m in self.methods), odds=(1 - share, share))
            self.recipe = _paired(both, request)

    @property
    def needs(self) -> set[str]:
        """Evidence of the clean pictures that some method looks at."""
        found = {name for method in self.methods for name in method.info.needs}
        if any("CAM" in str(value) for m in self.methods for value in m.to_dict().values()):
            found.add("cam")
        return found

    def plan(self, batch: Batch, rng: Rng) -> AnyPlan:
        """The mix of a batch, with the evidence that the model gives of it as it is now."""
        return self.recipe.plan(self._furnished(batch), rng)

    def forward(
        self, plan: AnyPlan, batch: Batch, progress: float, autocast: Any
    ) -> tuple[Tensor, AnyPlan]:
        """The model's logits of the mix, and the plan with its labels as they are worth now."""
        assert batch.y is not None
        if any(method.info.space != "pixels" for method in self.methods):
            with autocast, self._space.mixing(plan):
                return self._model(batch.x), plan
        mixed = plan.apply(batch.x)
        if self._later is None:
            with autocast:
                return self._model(mixed), plan
        with autocast:
            logits, seen = self._later.look(self._model, mixed, batch.y)
        seen = replace(seen, progress=progress)
        return logits, self._reweighed(plan, seen)

    def _reweighed(self, plan: AnyPlan, seen: Any) -> AnyPlan:
        """Labels of the later method's own samples; those of another method keep theirs."""
        if not isinstance(plan, Plan):
            raise ValueError(
                f"{self._later.info.title} weighs two sources, and cannot share a batch with a "
                "method of more."
            )
        new = self._later.reweigh(plan, seen)
        if len(self.methods) == 1:
            return new
        assert isinstance(plan.region, Parts)
        own = plan.region.owner == self.methods.index(self._later)
        return plan.with_account(join_accounts([plan.account, new.account], own.astype(int)))

    def _furnished(self, batch: Batch) -> Batch:
        """The batch with the evidence that the methods ask for, of the model as it is now."""
        batch = self._with_hidden(batch)
        found = dict(batch.evidence)
        missing = [n for n in sorted(self.needs) if n not in found and n != "grounds"]
        if not missing:
            return batch
        was = self._model.training
        self._model.eval()  # looking must not move the running means of its norms
        with torch.no_grad():
            for name in missing:
                found[name] = make_maps(name, self._model, batch)
        self._model.train(was)
        return replace(batch, evidence=found)

    def _with_hidden(self, batch: Batch) -> Batch:
        """The batch with the features that the methods ask for, of the bundled models."""
        asked = {name for method in self.methods for name in method.reads_hidden()}
        missing = sorted(asked - set(batch.hidden))
        if not missing:
            return batch
        from mixcore.evidence.models.hidden_features import compute_hidden

        return replace(batch, hidden={**batch.hidden, **compute_hidden(missing, batch.x)})


def make_maps(name: str, model: nn.Module, batch: Batch) -> Tensor:
    """Evidence of the clean pictures by its name, (b, 1, h, w); ValueError where there is none."""
    from mixcore.evidence.kinds.attention import ClassAttention
    from mixcore.evidence.kinds.cam import CAM, FeatureMean
    from mixcore.evidence.kinds.spectral_residual import SpectralResidual
    from mixcore.evidence.supports import why_no_attention

    if name == "saliency":
        return SpectralResidual()(batch.x).values
    if name == "cam":
        return CAM(model, floor="min")(batch.x, batch.y).values
    if name == "attention":
        provider: Any = FeatureMean if why_no_attention(model) else ClassAttention
        return provider(model)(batch.x).values
    raise ValueError(f"Only scenes know their {name}: take the data set 'scenes' for this method.")


def _wrapped(method: Method, request: TrainingRequest) -> Recipe:
    recipe = _paired(method, request)
    if request.per_batch:
        recipe = PerBatch(recipe)
    return recipe if request.p == 1 else Sometimes(recipe, request.p)


def _paired(recipe: Recipe, request: TrainingRequest) -> Recipe:
    return recipe if request.pairing == "shuffle" else Paired(recipe, request.pairing)
