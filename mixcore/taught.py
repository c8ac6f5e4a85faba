"""Objectives that learn from a teacher, and the words that say which one."""

from __future__ import annotations

from mixcore.methods import methods
from mixcore.params import Declared, choice, declared, integer, text
from mixcore.train_names import AUGMENTATIONS, MODELS, NONE, name_method

FIRST, SAME = "first", "same"


@declared
class Taught(Declared):
    """Parameters of an objective with a teacher: `class Name(Taught, Objective)`.

    A teacher that is trained first has the run's data, batches, optimizer and rate, plain
    cross-entropy, and a seed of its own, so that runs of several seeds share one teacher.

    `setting.find_teacher(self)` gives the frozen network that they name.
    """

    teacher: str = text(
        FIRST, title="Teacher", titles={FIRST: "Train one first"},
        help="Teacher: first to train one before, run:ID for a stored run, timm:NAME with weights "
        "at hand",
    )  # fmt: skip
    teacher_model: str = choice(
        *MODELS, title="Teacher's model", titles=MODELS,
        help="Model of a teacher trained first", when=("teacher", (FIRST,)),
    )  # fmt: skip
    teacher_method: str = choice(
        NONE, *methods("classes"), title="Teacher's method",
        titles=name_method,
        help="Method with which a teacher is trained first", when=("teacher", (FIRST,)),
    )  # fmt: skip
    teacher_epochs: int = integer(
        0, 0, 2000, title="Teacher's epochs", help="Epochs of a teacher trained first; 0 for as "
        "many as the run has", when=("teacher", (FIRST,)),
    )  # fmt: skip
    teacher_augment: str = choice(
        *AUGMENTATIONS, title="Teacher's augmentation", titles=AUGMENTATIONS,
        help="Shifts and mirror images for a teacher trained first", when=("teacher", (FIRST,)),
    )  # fmt: skip
    teacher_seed: int = integer(
        0, 0, 2**31 - 1, title="Teacher's seed", help="Seed of a teacher trained first: the same "
        "one is trained once and kept", when=("teacher", (FIRST,)),
    )  # fmt: skip
