"""Names proposed for a picture: right weights in right places, plain words, loaded once."""

import subprocess
import sys
import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch

from mixcore import naming, pictures


@pytest.fixture
def unloaded(monkeypatch):
    monkeypatch.setattr(naming, "_namer", None)


@pytest.fixture(scope="module")
def photos():
    """Two bundled photos whose content the model knows."""
    folder = Path(__file__).parents[2] / "assets" / "photos"
    return {name: pictures.read(folder / f"{name}.jpg") for name in ("cat", "coffee")}


def test_it_recognizes_photos(photos):
    cat = naming.propose(photos["cat"])
    assert {name for name, _ in cat} == {"Egyptian cat", "tiger cat", "tabby"}
    name, p = naming.propose(photos["coffee"], top=1)[0]
    assert name == "espresso"
    assert p > 0.9


def test_proposals_are_the_softmax_of_the_documented_preprocessing(photos):
    crop = pictures.square(photos["cat"], size=224, zoom=256 / 224)
    x = torch.from_numpy(crop).permute(2, 0, 1)[None].float() / 127.5 - 1
    with torch.no_grad():
        probs = naming.load().model(x).softmax(-1)[0]
    proposed = naming.propose(photos["cat"], top=1000)
    values = [p for _, p in proposed]
    assert values == sorted(values, reverse=True)
    assert sum(values) == pytest.approx(1, abs=1e-5)
    names = naming.class_names()
    for name, p in proposed[:5]:
        assert p == pytest.approx(float(probs[names.index(name)]), abs=1e-5)


def test_a_long_strip_and_a_tiny_picture_are_named_too():
    for shape in ((8, 4000, 3), (4000, 8, 3), (8, 8, 3)):
        assert len(naming.propose(np.zeros(shape, np.uint8))) == 3


def test_class_names_are_plain_and_all_different():
    names = naming.class_names()
    assert len(names) == 1000
    assert len({name.casefold() for name in names}) == 1000
    assert not [name for name in names if "," in name or name != name.strip() or not name]
    assert (names[0], names[281], names[967], names[999]) == (
        "tench",
        "tabby",
        "espresso",
        "toilet paper",
    )
    assert (names[134], names[517]) == ("crane (bird)", "crane (machine)")


def test_everyday_names_belong_to_their_class():
    from timm.data.imagenet_info import ImageNetInfo

    synonyms = ImageNetInfo().label_descriptions()
    assert "polar bear" in synonyms[296]
    for index, name in naming.EVERYDAY.items():
        words = {word.rstrip("s") for word in name.casefold().replace("(", "").split()}
        theirs = synonyms[index].casefold()
        # A name is a synonym, or shares a word with one, or is one of these rewordings.
        reworded = {7: "cock", 680: "nipple"}
        assert any(w in theirs for w in words) or synonyms[index] == reworded.get(index), name


@pytest.mark.usefixtures("unloaded")
def test_threads_load_the_model_once_and_ready_tells(monkeypatch):
    built = []
    started = threading.Barrier(4)

    def build():
        built.append(1)
        return torch.nn.Identity()

    monkeypatch.setattr(naming, "_model", build)
    assert not naming.ready()

    def work():
        started.wait()
        naming.load()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert built == [1]
    assert naming.ready()
    assert naming.load("cpu") is naming.load()


@pytest.mark.usefixtures("unloaded")
def test_another_device_gets_its_own_model_and_keeps_it(monkeypatch):
    monkeypatch.setattr(naming, "_model", lambda: torch.nn.Linear(1, 1))
    first = naming.load("cpu")
    second = naming.load("meta")
    assert second.device.type == "meta"
    assert second.model.weight.is_meta
    assert not first.model.weight.is_meta
    assert naming.load() is second


def test_weights_that_do_not_fit_are_refused_with_a_sentence():
    slots = OrderedDict(weight=torch.zeros(3), bias=torch.zeros(3))
    good = OrderedDict([("bn.weight", torch.ones(3)), ("bn.bias", torch.zeros(3))])
    assert list(naming._renamed(good, slots)) == ["weight", "bias"]
    assert naming._renamed(good, slots)["weight"] is good["bn.weight"]

    with pytest.raises(naming.NamingError, match="holds 1 tensors, timm's model 2"):
        naming._renamed({"bn.weight": torch.ones(3)}, slots)
    wrong = good | {"bn.bias": torch.zeros(4)}
    with pytest.raises(naming.NamingError, match=r"bn\.bias \(4,\) does not fit bias \(3,\)"):
        naming._renamed(wrong, slots)
    swapped = OrderedDict(reversed(good.items()))
    with pytest.raises(naming.NamingError, match="does not fit"):
        naming._renamed(swapped, slots)


@pytest.mark.usefixtures("unloaded")
def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(naming, "PACKAGE", "no_such_model")
    with pytest.raises(naming.NamingError, match="no-such-model must hold one weight file"):
        naming.propose(np.zeros((8, 8, 3), np.uint8))
    assert not naming.ready()


@pytest.mark.parametrize("top", [0, 1001, -1])
def test_top_out_of_range_is_refused(top):
    with pytest.raises(ValueError, match=rf"top must be in \[1, 1000\], got {top}"):
        naming.propose(np.zeros((8, 8, 3), np.uint8), top=top)


@pytest.mark.parametrize("top", [2.0, True, "3"])
def test_top_of_another_kind_is_refused(top):
    with pytest.raises(TypeError, match="top must be a whole number"):
        naming.propose(np.zeros((8, 8, 3), np.uint8), top=top)


def test_importing_naming_is_light():
    code = (
        "import sys, mixcore.naming, mixcore.pictures;"
        "heavy = {'torch', 'timm', 'torchvision', 'captum'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
