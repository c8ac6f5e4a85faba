"""Every kind of evidence is found by its file and keeps the laws; models know what they give."""

import subprocess
import sys
from functools import cache
from importlib import import_module

import pytest
import timm
import torch

from mixcore.evidence import kinds
from mixcore.evidence.kinds import MASKS, NOTHING, OTHER, list_kinds, list_possible, provider
from mixcore.evidence.map import Evidence
from mixcore.evidence.models.normalized import Normalized, lite0

X = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
MASK = torch.rand(3, 1, 32, 32, generator=torch.Generator().manual_seed(1))
TOGETHER = {"shuffled": "gives each picture the map of another of the batch"}

THROWN_AWAY = '''
from dataclasses import dataclass

from mixcore.evidence.kinds import NOTHING, kind
from mixcore.evidence.map import Evidence

SHADES = 3


@kind("brightness", "Brightness", needs=NOTHING, cost="nothing")
@dataclass(frozen=True)
class Brightness:
    """Provider: how bright each pixel is."""

    def __call__(self, x, y=None):
        return Evidence(x.mean(1, keepdim=True), "brightness")
'''


@cache
def vit():
    torch.manual_seed(0)
    made = timm.create_model("vit_tiny_patch16_224", pretrained=False, img_size=32, depth=1)
    return Normalized(made.eval())


@cache
def convolutional():
    return lite0()


def make_provider(name, rows=slice(None)):
    needs = list_kinds()[name].needs
    if needs == NOTHING:
        return provider(name)
    if needs == MASKS:
        return provider(name, MASK[rows])
    if needs == OTHER:
        return provider(name, provider("cam", convolutional()))
    models = (vit(), convolutional())
    return provider(name, next(model for model in models if name in list_possible(model)))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder that belongs to the package of kinds, too."""
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    list_kinds.cache_clear()
    yield tmp_path
    list_kinds.cache_clear()
    sys.modules.pop("mixcore.evidence.kinds.thrown_away", None)


@pytest.mark.parametrize("name", list_kinds())
def test_a_kind_keeps_the_laws(name):
    kind, look, before = list_kinds()[name], make_provider(name), X.clone()
    found = look(X)
    assert isinstance(found, Evidence)
    assert found.values.shape == (3, 1, *found.values.shape[-2:])
    assert found.values.dtype == torch.float32
    assert found.values.isfinite().all()
    assert found.values.min() >= 0
    assert found.values.sum() > 0
    assert not found.values.requires_grad
    assert found.name
    assert ("class" in found.name.split()) == kind.asks or name in ("attention", "shuffled")
    assert torch.equal(X, before)
    assert torch.equal(look(X).values, found.values)  # the same twice
    if name not in TOGETHER:
        alone = [make_provider(name, slice(i, i + 1))(X[i : i + 1]).values for i in range(3)]
        torch.testing.assert_close(torch.cat(alone), found.values, rtol=1e-3, atol=1e-5)
    if kind.asks:
        assert not torch.equal(look(X, torch.tensor([0, 1, 2])).values, found.values)


@pytest.mark.parametrize("name", list_kinds())
def test_a_class_says_of_itself_what_its_file_was_read_to_say(name):
    module, _, cls = list_kinds()[name].home.partition(":")
    assert getattr(import_module(module), cls).kind == list_kinds()[name]


def test_a_new_file_is_a_new_kind(folder):
    (folder / "thrown_away.py").write_text(THROWN_AWAY)
    assert list(list_kinds())[:2] == ["attention", "gradient-attention"]
    assert kinds.providers()["brightness"] == NOTHING
    assert "brightness" not in list_possible(vit())
    assert torch.equal(provider("brightness")(X).values, X.mean(1, keepdim=True))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"brightness"', '"cam"', "Both .*:CAM and .*:Brightness are 'cam'"),
        ("needs=NOTHING", 'needs="light"', "Brightness.needs must be one of .* got 'light'"),
    ],
)
def test_a_declaration_that_cannot_be_is_a_sentence(folder, old, new, why):
    (folder / "thrown_away.py").write_text(THROWN_AWAY.replace(old, new))
    with pytest.raises(ValueError, match=why):
        list_kinds()


def test_naming_kinds_needs_no_torch_and_making_one_no_captum():
    code = (
        "import sys\n"
        "from mixcore.evidence.kinds import provider, providers\n"
        "assert providers()\n"
        "print('torch' in sys.modules)\n"
        "from torch import nn\n"
        "provider('saliency', nn.Flatten()), provider('spectral-residual')\n"
        "print('captum' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\nFalse\n"


def test_models_are_told_what_they_can_give():
    assert "cam" in list_possible(convolutional())
    assert "attention" not in list_possible(convolutional())
    assert {"attention", "rollout", "gradient-attention"} <= set(list_possible(vit()))
    assert "cam" not in list_possible(vit())
    assert "grad-cam" in list_possible(vit())


def test_the_list_says_what_each_needs():
    assert kinds.providers().keys() == list_kinds().keys()
    assert kinds.providers()["spectral-residual"] == "nothing but the picture"
    with pytest.raises(ValueError, match="There is no evidence 'gaze'; known: attention"):
        provider("gaze")
    with pytest.raises(ValueError, match=r"CAM needs a convolutional model .* got 0 sources"):
        provider("cam")
