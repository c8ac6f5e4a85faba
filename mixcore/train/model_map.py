"""Evidence map of a trained model, the one that its kind can give, of pictures of any size."""

from __future__ import annotations

from dataclasses import replace

import torch.nn.functional as F
from torch import Tensor

from mixcore.evidence import Evidence
from mixcore.evidence.kinds import Provider, list_possible, provider
from mixcore.runs import Run
from mixcore.train import restore

KINDS = ("attention", "cam", "grad-cam")  # the first that a model can give
GREY = (0.299, 0.587, 0.114)  # Rec. 601, as Pillow turns colours to grey


def sees(run: Run, epoch: int | None = None) -> Provider:
    """The provider of a run's model as it was judged after an epoch, or last.

    It takes pictures (b, 3, h, w) in [0, 1] and shows the model what it was trained on: as many
    pixels, and grey where it knows no colours. A transformer's class token gives its attention,
    minus the mean; what ends in a mean over places the CAM of its likeliest class; anything else
    its Grad-CAM. ValueError where these weights are not kept.
    """
    model = restore.load_model(run, epoch)
    c, h, w = restore.read_shape(run, epoch)
    can = list_possible(model)
    kind = next(name for name in KINDS if name in can)
    look = provider(kind, model)

    def evidence(x: Tensor, y: Tensor | None = None) -> Evidence:
        small = F.interpolate(x, (h, w), mode="bilinear", align_corners=False, antialias=True)
        if c == 1:
            small = (small * small.new_tensor(GREY).view(1, 3, 1, 1)).sum(1, keepdim=True)
        found = look(small.clamp(0, 1), y)
        found = found.minus_mean() if kind == "attention" else found
        return replace(found, model=model.name)

    return evidence
