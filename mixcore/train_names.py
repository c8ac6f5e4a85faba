"""Names of models, augmentations and methods that a training can have. No torch."""

from __future__ import annotations

from mixcore.methods import get_title

NONE = "none"
MODELS = {
    "small_cnn": "Small CNN", "resnet18": "ResNet-18", "small_vit": "Small ViT",
    "hybrid_vit": "Hybrid ViT", "lite0": "EfficientNet-Lite0, last layers",
}  # fmt: skip
AUGMENTATIONS = {
    NONE: "None", "crop": "Shifts", "flip": "Mirror images", "crop and flip": "Both",
}  # fmt: skip


def name_method(key: str) -> str:
    """What the choice of a method is called."""
    return "No mixing" if key == NONE else get_title(key)
