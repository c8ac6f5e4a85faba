"""Packed data sets become what training reads."""

import io

import numpy as np
import pytest
from PIL import Image

from mixcore import pictures
from mixcore.cli import main
from mixcore.train import training_data
from mixcore.train.training_request import TrainingRequest

RNG = np.random.default_rng(0)


def encoded(n, sizes):
    """n JPEG files of random pictures."""
    files = []
    for i in range(n):
        file = io.BytesIO()
        h, w = sizes[i % len(sizes)]
        Image.fromarray(RNG.integers(0, 256, (h, w, 3)).astype(np.uint8)).save(file, "JPEG")
        files.append(file.getvalue())
    return files


def pack(path, files, **more):
    """A packed file; the first two bytes, which all share, are stored once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    bodies = [whole[2:] for whole in files]
    facts = {
        "data": np.frombuffer(b"".join(bodies), np.uint8),
        "offsets": np.cumsum([0, *map(len, bodies)]).astype(np.uint32),
        "labels": (np.arange(len(files)) % 2).astype(np.uint8),
        "class_names": np.array(["cat", "dog"]),
    }
    np.savez(path, **(facts | more))


@pytest.fixture
def packed(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_DATA", str(tmp_path / "data"))
    header = np.frombuffer(b"\xff\xd8", np.uint8)
    files = encoded(30, [(8, 8)])
    pack(tmp_path / "in" / "even" / "train.npz", files, header=header)
    headers = {
        "headers": header,
        "header_offsets": np.array([0, 2]),
        "header_ids": np.zeros(6, int),
    }
    copies = np.arange(6) < 2
    pack(tmp_path / "in" / "even" / "test.npz", files[:6], **headers, in_train=copies)
    pack(tmp_path / "in" / "odd" / "samples.npz", encoded(12, [(8, 10), (20, 9)]), header=header)
    return tmp_path, files


def test_unpacked_sets_can_be_trained_on(packed, capsys):
    place, files = packed
    assert main(["data", "unpack", str(place / "in")]) == 0
    said = capsys.readouterr().out
    assert "even/test: 4 pictures, 2 copies left out." in said
    found = training_data.load_data(TrainingRequest(data="even", batch=4))
    assert found.classes == ("cat", "dog")
    assert (found.n + len(found.val), len(found.test)) == (30, 4)
    first = pictures.read(io.BytesIO(files[2]).getvalue())
    assert np.array_equal(found.test.x[0].permute(1, 2, 0).numpy(), first)
    straight = training_data.load_data(
        TrainingRequest(data=f"folder:{place}/in/even", size=8, batch=4)
    )
    assert len(straight.test) == 4  # the two that are copies are left out here, too
    assert straight.notes == ["2 test pictures left out, as they are trained on, too."]
    odd = training_data.load_data(
        TrainingRequest(data=f"folder:{place}/data/odd/samples", size=16, batch=4)
    )
    assert (odd.classes, odd.shape) == (("cat", "dog"), (3, 16, 16))
    assert main(["data", "unpack", str(place / "in"), "even"]) == 0
    assert "even/train is already there." in capsys.readouterr().out


def test_what_is_not_there_is_named(packed, capsys):
    place, _ = packed
    assert main(["data", "unpack", str(place / "in"), "cifar"]) == 2
    assert "There is no packed set 'cifar'; there are: even, odd." in capsys.readouterr().err
    assert main(["data", "unpack", str(place / "data")]) == 2
    assert "holds no packed data sets" in capsys.readouterr().err
