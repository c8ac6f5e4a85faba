"""The registry: @method turns a class into a method, and method(key) finds it by its file.

There is no list to add to: the key is the file's name in mixcore/methods, and everything else
(widgets, link, command line, tests, tables) reads the Info and the declared parameters.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, ClassVar, TypeVar, dataclass_transform

from mixcore import params
from mixcore.batch import Batch
from mixcore.isolate import isolate
from mixcore.methods import methods
from mixcore.moved import find_renamed
from mixcore.plan_k import AnyPlan
from mixcore.rng import Rng, make_streams

__getattr__ = find_renamed(__name__)

FAMILIES = ("Blend", "Paste", "Free form", "Grid", "One photo", "Features", "Any")
LABELS = ("any", "classes", "real")


@dataclass(frozen=True)
class Info:
    """Facts of a method beside its parameters.

    sources     how many photos one mix is made of; 1 for a self mix
    space       "pixels", or "features" for a mix of a hidden layer (see mixcore.Space)
    given       what a person may fix (see Batch)
    hidden      features that must be in Batch.hidden; with one set of parameters perhaps not all
    needs       evidence that must be in the batch; "grounds" asks for Batch.grounds
    label_by    evidence that makes the label, which must not judge it: of `needs` or `after`
    after       what `reweigh` looks at once the model has seen the mix: fields of mixcore.Seen
    presets     name -> parameters, recipes that people actually ran
    says        numbers that the paper, its authors' code or a benchmark's tables report, one
                sentence each with its source; nothing that was only recalled
    labels      "any", or what it cannot do without: "classes", or "real" labels of a regression
    exemptions  law -> reason, laws of a mix that this method rightly breaks
    """

    key: str
    title: str
    family: str
    paper: str
    authors: str
    year: int
    summary: str
    look: str
    sources: int = 2
    space: str = "pixels"
    given: tuple[str, ...] = ("index", "lam")
    needs: tuple[str, ...] = ()
    label_by: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    labels: str = "any"
    hidden: tuple[str, ...] = ()
    exemptions: Mapping[str, str] = field(default_factory=dict)


class Method(params.Declared):
    """Base of all methods: declared parameters and one verb, plan.

    A method is a frozen value: equal parameters make equal methods, and `to_dict` gives them for
    JSON. Get one by mixcore.method; write one as docs/contributing.md says.

    Raises:
        TypeError: for a parameter of the wrong kind, or a batch that is no mixcore.Batch.
        ValueError: for a parameter out of its declared range.

    Example:
        >>> import mixcore
        >>> mixup = mixcore.method("mixup", alpha=0.4)
        >>> isinstance(mixup, mixcore.Method), mixup.alpha
        (True, 0.4)
    """

    info: ClassVar[Info]

    def plan(self, batch: Batch, rng: Rng) -> AnyPlan:
        """Decide one mix of the batch: a Plan, or a PlanK where there are not two sources.

        The same rng seed gives the same plan on every device.
        """
        raise TypeError(f"{type(self).__name__} has no plan of its own.")

    def plans(self, batch: Batch, rng: Rng, n: int = 2) -> list[AnyPlan]:
        """n independent plans of one batch, for losses that compare several mixes of it."""
        random = make_streams(rng)
        return [self.plan(batch, random.child(f"plan {i}")) for i in range(n)]

    def reads(self) -> tuple[str, ...]:
        """What must be in the batch for these parameters: `Info.needs`, and more where they ask."""
        return self.info.needs

    def reads_hidden(self) -> tuple[str, ...]:
        """The features that must be in Batch.hidden for these parameters: of `Info.hidden`."""
        return self.info.hidden

    def labels_by(self) -> tuple[str, ...]:
        """The evidence that makes the label with these parameters; it must not judge it."""
        used = (*self.reads(), *self.info.after)
        return tuple(name for name in self.info.label_by if name in used)

    def lam_law(self) -> tuple[float, float] | None:
        """(p, q) where lam is drawn from Beta(p, q); None where it follows another law."""
        return None


M = TypeVar("M", bound=Method)


@dataclass_transform(
    frozen_default=True,
    field_specifiers=(params.real, params.shape, params.integer, params.choice, params.flag),
)
def method(title: str, **facts: Any) -> Callable[[type[M]], type[M]]:
    """Class decorator: register a Method under the name of its file.

    facts are the fields of Info but key and title. The class becomes a frozen dataclass, and
    its plan is wrapped so that it always gets Streams and a batch that fixes nothing it ignores.
    """

    def register(cls: type[M]) -> type[M]:
        cls = dataclass(frozen=True)(cls)
        key = cls.__module__.rpartition(".")[2]
        cls.info = Info(key=key, title=title, **facts)
        if cls.info.family not in FAMILIES:
            raise ValueError(f"{title}.family must be one of {FAMILIES}, got {cls.info.family!r}.")
        if cls.info.labels not in LABELS:
            raise ValueError(f"{title}.labels must be one of {LABELS}, got {cls.info.labels!r}.")
        cls.plan = _checked(cls.plan)  # type: ignore[method-assign, assignment]
        return cls

    return register


def _checked(plan: Callable[[Any, Batch, Any], AnyPlan]) -> Callable[[Any, Batch, Rng], AnyPlan]:
    @isolate
    @functools.wraps(plan)
    def checked(self: Method, batch: Batch, rng: Rng) -> AnyPlan:
        if not isinstance(batch, Batch):
            raise TypeError(
                f"{self.info.title}.plan takes a mixcore.Batch, got {type(batch).__name__}; "
                "write mixcore.Batch(x, y)."
            )
        if batch.y is not None:
            check_label_kind(self.info, batch.regression)
        for name in batch.given:
            if name not in self.info.given:
                can = ", ".join(self.info.given) or "nothing"
                raise ValueError(f"{self.info.title} has no {name} to fix; it takes: {can}.")
        for name in self.reads():
            if name == "grounds":
                if batch.grounds is None:
                    raise ValueError(
                        f"{self.info.title} needs the images without their objects; give "
                        "Batch(x, y, grounds=images); scenes have them."
                    )
            elif name not in batch.evidence:
                source = (
                    "scenes know their objects"
                    if name == "object"
                    else ("a model or a saliency map gives it: mixcore.evidence.kinds lists them")
                )
                raise ValueError(
                    f"{self.info.title} needs evidence {name!r} of the clean images; give Batch(x, "
                    f"y, evidence={{{name!r}: map}}); {source}."
                )
        for name in self.reads_hidden():
            if batch.x.ndim == 2:
                raise ValueError(_describe_rows(self.info))
            if name not in batch.hidden:
                raise ValueError(
                    f"{self.info.title} needs hidden features {name!r} of the clean images; give "
                    f"Batch(x, y, hidden=compute_hidden([{name!r}], x)); "
                    "mixcore.evidence.models.hidden_features has it."
                )
        made = plan(self, batch, make_streams(rng))
        if batch.x.ndim == 2 and not made.blends_whole:
            raise ValueError(_describe_rows(self.info))
        return made

    return checked


def _describe_rows(info: Info) -> str:
    """Why a method takes no rows of a table."""
    return (
        f"{info.title} works on pictures (b, c, h, w), not on rows of a table (b, d), "
        "which are only blended as wholes; use a method that does, such as 'mixup'."
    )


def check_label_kind(info: Info, regression: bool) -> None:
    """Raise ValueError where a method cannot mix labels of this kind."""
    if info.labels == "classes" and regression:
        raise ValueError(
            f"{info.title} weighs the labels of classes, so it cannot mix real ones; for "
            "regression use a method such as 'mixup' or 'cmixup'."
        )
    if info.labels == "real" and not regression:
        raise ValueError(
            f"{info.title} mixes real labels, not classes; give regression=True and floating "
            "point y."
        )


@functools.cache
def find_class(key: str) -> type[Method]:
    """The class behind a key; ValueError names the nearest known one."""
    if key not in methods():
        near = difflib.get_close_matches(str(key), methods(), 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"There is no method {key!r}.{hint} Known: {', '.join(methods())}.")
    module = import_module(f"mixcore.methods.{key}")
    found: type[Method] = next(
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Method)
        and value.__module__ == module.__name__
    )
    return found


def make_method(key: str, /, **parameters: Any) -> Method:
    """A method by its key, with these parameters and the defaults of the rest.

    Args:
        key: one of mixcore.methods().
        **parameters: declared ones of that method; docs/methods.md has names and ranges.

    Returns:
        The method, which plans: method.plan(batch, rng).

    Raises:
        TypeError: for a parameter of the wrong kind.
        ValueError: for an unknown key or parameter, and for values out of range.

    Example:
        >>> import mixcore
        >>> mixcore.method("cutmix", alpha=0.5).alpha
        0.5
    """
    return find_class(key).from_dict(parameters)
