"""Request: everything a training run can be asked for, declared once. No torch."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Self

from mixcore.data.known import DATASETS, name_data
from mixcore.methods import get_title, methods, read_declaration
from mixcore.moved import find_renamed
from mixcore.objectives import DEFAULT, list_objectives, read_objective
from mixcore.pairings import WITHOUT_FEATURES
from mixcore.params import DEVICES, Declared, choice, declared, flag, integer, real, text
from mixcore.runs import Job
from mixcore.train.observe import list_observers, name_observer
from mixcore.train_names import AUGMENTATIONS, MODELS, NONE, name_method

__getattr__ = find_renamed(__name__)

KEYS = methods("classes")
_OTHERS = tuple(key for key in KEYS if key != "cutmix")
OWNED = {
    "parameters": ("method", "--set"), "objective_parameters": ("objective", "--set-objective"),
    "observe_parameters": ("observe", "--set-observe"),
}  # fmt: skip
"""Parameters of what a choice names: their field -> that choice, and their flag."""


def name_objective(key: str) -> str:
    """What the choice of an objective is called; the key itself of one that is not known here."""
    return read_objective(key).title if key in list_objectives() else key


def name_training(config: Mapping[str, Any]) -> str:
    """What a run is called by: its method, its objective where that is no usual one, or both."""
    method, objective = config.get("method", "?"), config.get("objective", DEFAULT)
    if objective == DEFAULT:
        return name_method(method)
    title = name_objective(objective)
    return title if method == NONE else f"{title}, {name_method(method)}"


@declared
class TrainingRequest(Declared):
    """One training run. `parameters` are the method's own, `other` takes its defaults.

    `objective_parameters` and `observe_parameters` are those of the objective and the observer.
    """

    OWNER = "The run's "

    data: str = text(
        *DATASETS, title="Data", titles=name_data,
        help="Data set: a name, folder:PATH with a folder a class, zip:FILE or npz:FILE",
    )  # fmt: skip
    model: str = text(
        *MODELS, title="Model", titles=MODELS,
        help="Model: a name, or timm:NAME; lite0 trains the last layers of EfficientNet-Lite0",
    )  # fmt: skip
    method: str = choice(
        "cutmix",
        NONE,
        *_OTHERS,
        title="Method",
        titles=name_method,
        help="Method that mixes, or none",
    )
    p: float = real(
        1.0,
        0.0,
        1.0,
        title="Share of pictures mixed",
        help="Probability that a picture is mixed at all",
    )
    per_batch: bool = flag(
        False,
        title="One draw a batch",
        help="One draw for the whole batch, as many released codes do",
    )
    pairing: str = choice(
        *WITHOUT_FEATURES, title="Partners", titles=str.capitalize, help="How partners are chosen"
    )
    other: str = choice(
        NONE,
        *KEYS,
        title="Second method",
        titles=lambda key: "None" if key == NONE else get_title(key),
        help="A second method that takes over for some pictures",
    )
    other_p: float = real(
        0.5, 0.0, 1.0, title="Share of the second method",
        help="Share of the pictures that the second method mixes", when=("other", KEYS),
    )  # fmt: skip
    mix_share: float = real(
        1.0,
        0.0,
        1.0,
        title="Share of epochs that mix",
        help="Share of the epochs with mixing; the last ones train without",
    )
    objective: str = choice(
        *list_objectives(), title="Objective", titles=name_objective,
        help="What the model is asked to learn",
    )  # fmt: skip
    observe: str = choice(
        NONE, *list_observers(), title="Watch also", titles=name_observer,
        help="What is measured and drawn beside, after every epoch",
    )  # fmt: skip
    epochs: int = integer(20, 1, 2000, title="Epochs", help="Times that every picture is seen")
    batch: int = integer(64, 2, 8192, title="Batch size", help="Pictures a step")
    optimizer: str = choice(
        "adamw",
        "sgd",
        title="Optimizer",
        titles={"adamw": "AdamW", "sgd": "SGD"},
        help="AdamW, or SGD with Nesterov's momentum .9",
        formerly="optimiser",
    )
    lr: float = real(
        0.002,
        1e-6,
        100.0,
        step=1e-4,
        title="Learning rate",
        help="Highest learning rate; about .002 for AdamW, .1 for SGD",
        formerly="rate",
    )
    weight_decay: float = real(
        0.02,
        0.0,
        1.0,
        title="Weight decay",
        help="Weight decay, of matrices and kernels only",
        formerly="decay",
    )
    warmup: float = real(
        0.1,
        0.0,
        0.9,
        title="Warm-up",
        help="Share of the steps in which the rate rises; then it falls as a cosine",
        formerly="warm_up",
    )
    label_smoothing: float = real(
        0.0,
        0.0,
        0.5,
        title="Label smoothing",
        help="Share of each label spread over all classes",
        formerly="smoothing",
    )
    ema: float = real(
        0.0,
        0.0,
        0.9999,
        step=0.0001,
        title="Weight averaging",
        help="Decay of the averaged weights that are judged; 0: none",
    )
    augment: str = choice(
        *AUGMENTATIONS,
        title="Augmentation",
        titles=AUGMENTATIONS,
        help="Shifts by up to an eighth, mirror images",
    )
    size: int = integer(
        0, 0, 512, title="Picture size", help="Side of the pictures in pixels; 0 for the data's own"
    )
    images: int = integer(
        0,
        0,
        10_000_000,
        title="Pictures an epoch",
        help="Training pictures an epoch, at most; 0 for all (scenes: 1,000)",
    )
    held_out: float = real(
        0.1,
        0.02,
        0.5,
        title="Held-out share",
        help="Share of the training pictures kept to fit the temperature on",
    )
    precision: str = choice(
        "auto",
        "float32",
        "bfloat16",
        title="Precision",
        titles={"auto": "Automatic"},
        help="Arithmetic; auto is bfloat16 on GPUs that are fast at it",
    )
    device: str = text(*DEVICES, title="Device", titles=DEVICES, help="Device to train on")
    threads: int = integer(1, 1, 256, title="CPU threads", help="CPU threads")
    seed: int = integer(0, 0, 2**31 - 1, title="Seed", help="Seed of all draws")
    log_every: int = integer(
        10, 1, 10_000, title="Steps between points", help="Steps between two points of a curve"
    )
    download: bool = flag(
        False, title="Download data", help="Fetch a public data set that is not there yet"
    )
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    objective_parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    observe_parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def check(self) -> None:
        for name in ("data", "model"):
            if not getattr(self, name):
                raise ValueError(f"The run's {name} must not be empty.")
        for name in OWNED:
            words, value = name.replace("_", " "), getattr(self, name)
            if not isinstance(value, Mapping):
                raise TypeError(f"The run's {words} must be a mapping, got {value!r}.")
        if self.method == NONE and (self.parameters or self.other != NONE):
            raise ValueError(
                "The run's method 'none' has no parameters and no second method; name a method."
            )
        if self.observe == NONE and self.observe_parameters:
            raise ValueError("Nothing more is watched, so it has no parameters; name an observer.")
        mixing = [key for key in (self.method, self.other) if key != NONE]
        sources = {get_title(key): read_declaration(key).get("sources", 2) for key in mixing}
        if problem := read_objective(self.objective).describe_mismatch(sources):
            raise ValueError(problem)

    def to_dict(self) -> dict[str, Any]:
        """All values, ready for JSON."""
        return super().to_dict() | {name: dict(getattr(self, name)) for name in OWNED}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of to_dict; names that are not declared raise ValueError."""
        rest = {name: value for name, value in values.items() if name not in OWNED}
        owned = {name: values[name] for name in OWNED if name in values}
        return cls(**(super().from_dict(cls._settle(rest)).to_dict() | owned))

    @staticmethod
    def _settle(values: Mapping[str, Any]) -> Mapping[str, Any]:
        """With the method left out where the objective mixes by itself."""
        key = values.get("objective", DEFAULT)
        alone = key in list_objectives() and read_objective(key).mixes == "own"
        return {"method": NONE, **values} if alone else values

    def job(self, *, owner: str = "", kind: str = "train") -> Job:
        """The job of a run store that does this; kind "smoke" only tries 20 steps."""
        kinds = [key for key in (self.objective, self.method) if key not in (DEFAULT, NONE)]
        name = " ".join([Path(self.data).name if ":" in self.data else self.data,
                         *(kinds or [NONE]), self.model.removeprefix("timm:")])  # fmt: skip
        gpu = self.device != "cpu" and (self.device != "auto" or has_gpu())
        return Job(kind, self.to_dict(), name, owner, gpu=gpu, threads=self.threads)

    def command(self) -> str:
        """The same run from a shell; what is left out is the default."""
        words = ["python", "-m", "mixcore", "train"]
        for param in self.params():
            value, flag_name = getattr(self, param.name), param.name.replace("_", "-")
            shown = param.name in ("data", "model", "method", "epochs", "seed")
            if value == param.default and not shown:
                continue
            if param.kind == "flag":
                words.append(f"--{flag_name}" if value else f"--no-{flag_name}")
            else:
                words += [f"--{flag_name}", str(value)]
        for name, (_, flag_name) in OWNED.items():
            for own, value in getattr(self, name).items():
                words += [flag_name, f"{own}={value}"]
        return shlex.join(words)


def has_gpu() -> bool:
    """Whether this machine seems to have a GPU, as far as can be told without torch."""
    apple = sys.platform == "darwin" and platform.machine() == "arm64"
    return apple or Path("/dev/nvidiactl").exists()
