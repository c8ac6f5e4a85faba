"""The lab of MediAug: labels as released stay whole, and what is painted counts."""

import numpy as np
import pytest
from PIL import Image

from mixcore.cell_masks import write_mask
from mixcore.experiments.trial_progress import Progress
from mixcore.labs import make_lab
from mixcore.labs.mediaug import CELLS, CHOSEN


def look(seed=0, given=None, **parameters):
    return make_lab("mediaug", **parameters).look(np.random.default_rng(seed), given or {})


def shares(sheet):
    """Label and lesion of each mix, read off its caption."""
    found = []
    for caption in sheet.panels[0].captions[1:]:
        label, lesion = (word.split("%")[0] for word in caption.replace("label ", "")
                         .replace("lesion ", "").split(": ")[1].split(", ")[:2])  # fmt: skip
        found.append((int(label), int(lesion)))
    return found


@pytest.mark.parametrize("slice", range(CHOSEN))
def test_labels_are_whole_as_released_and_three_are_mixed_as_published(slice):
    released, published = (look(slice=slice, reading=name) for name in ("released", "published"))
    assert [label for label, _ in shares(released)] == [100] * 6
    assert sum(label < 100 for label, _ in shares(published)) in (1, 2, 3)
    assert published.sentence.startswith("As published, 3 of 6")
    for sheet in (released, published):
        apart = [abs(label - lesion) for label, lesion in shares(sheet)]
        assert 100 * sheet.number.value == pytest.approx(np.mean(apart), abs=1)
        frames = sheet.panels[0].frames[1:]
        for frame, gap in zip(frames, apart, strict=True):
            assert (frame == "wrong") == (gap > 25) or abs(gap - 25) <= 1


def test_a_painted_place_counts_instead_of_the_mask():
    cells = np.zeros((CELLS, CELLS), bool)
    cells[0, 0] = True
    painted = look(marked=write_mask(cells))
    assert painted.panels[2].map.sum() == (64 // CELLS) ** 2
    assert painted.panels[2].map[0, 0] == 1


def test_an_own_picture_takes_the_place_of_the_slice():
    photo = np.asarray(Image.radial_gradient("L").convert("RGB"))
    own, usual = look(given={"photo": photo}), look()
    assert (own.panels[0].images[1] != usual.panels[0].images[1]).any()
    assert own.panels[2].map.sum() > 100


def test_another_data_set_is_trained_on_by_its_name(tmp_path):
    random = np.random.default_rng(0)
    labels = np.arange(80) % 2
    images = random.integers(0, 99, (80, 16, 16)) + 120 * labels[:, None, None]
    np.savez(tmp_path / "own.npz", images=images.astype(np.uint8), labels=labels)
    made = make_lab("mediaug", data=f"npz:{tmp_path}/own.npz", images=40, epochs=1)
    (row,) = made.run("CutMix, released", [0], Progress())
    assert set(row.values) == set(made.card.metrics)
