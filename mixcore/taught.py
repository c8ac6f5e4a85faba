"""Objectives that learn from a teacher, and the words that say which one."""

from __future__ import annotations

from mixcore.methods import get_title, methods
from mixcore.params import Declared, choice, integer, text

FIRST, NONE = "first", "none"
TEACHERS = {
    "small_cnn": "Small CNN", "resnet18": "ResNet-18", "small_vit": "Small ViT",
    "hybrid_vit": "Hybrid ViT", "lite0": "EfficientNet-Lite0, last layers",
}  # fmt: skip


class Taught(Declared):
    """Parameters of an objective with a teacher: `class Name(Taught, Objective)`.

    `setting.find_teacher(self)` gives the frozen network that they name.
    """

    teacher: str = text(
        FIRST, title="Teacher", titles={FIRST: "Train one first"},
        help="Teacher: first to train one before, run:ID for a stored run, timm:NAME with weights "
        "at hand",
    )  # fmt: skip
    teacher_model: str = choice(
        *TEACHERS, title="Teacher's model", titles=TEACHERS,
        help="Model of a teacher trained first", when=("teacher", (FIRST,)),
    )  # fmt: skip
    teacher_method: str = choice(
        NONE, *methods("classes"), title="Teacher's method",
        titles=lambda key: "No mixing" if key == NONE else get_title(key),
        help="Method with which a teacher is trained first", when=("teacher", (FIRST,)),
    )  # fmt: skip
    teacher_epochs: int = integer(
        0, 0, 2000, title="Teacher's epochs", help="Epochs of a teacher trained first; 0 for as "
        "many as the run has", when=("teacher", (FIRST,)),
    )  # fmt: skip
