"""The list of all evidence: every name makes some, and a model is told what it can give."""

import pytest
import timm
import torch

from mixcore.evidence.kinds import KINDS, MASKS, NOTHING, OTHER, list_possible, provider, providers
from mixcore.evidence.map import Evidence
from mixcore.evidence.models.normalized import Normalised, lite0

X = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def vit():
    torch.manual_seed(0)
    made = timm.create_model("vit_tiny_patch16_224", pretrained=False, img_size=32, depth=1)
    return Normalised(made.eval())


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_makes_evidence_by_its_name(name):
    kind = KINDS[name]
    if kind.needs == NOTHING:
        source = ()
    elif kind.needs == MASKS:
        source = (torch.ones(2, 1, 32, 32),)
    elif kind.needs == OTHER:
        source = (provider("uniform"),)
    else:
        source = (next(model for model in (vit(), lite0()) if name in list_possible(model)),)
    found = provider(name, *source)(X)
    assert isinstance(found, Evidence)
    assert len(found) == 2
    assert found.name
    assert ("class" in found.name.split()) == kind.asks or name == "attention"


def test_models_are_told_what_they_can_give():
    assert "cam" in list_possible(lite0())
    assert "attention" not in list_possible(lite0())
    assert {"attention", "rollout", "gradient-attention"} <= set(list_possible(vit()))
    assert "cam" not in list_possible(vit())
    assert "grad-cam" in list_possible(vit())


def test_the_list_says_what_each_needs():
    assert providers().keys() == KINDS.keys()
    assert providers()["spectral-residual"] == "nothing but the picture"
    with pytest.raises(ValueError, match="There is no evidence 'gaze'; known: attention"):
        provider("gaze")
    with pytest.raises(ValueError, match=r"CAM needs a convolutional model .* got 0 sources"):
        provider("cam")
