"""The lab of replaced patches: what is shown is the library's attack; the block stays inside."""

import numpy as np
import pytest

from mixcore.experiments.trial_progress import Progress
from mixcore.labs import make_lab
from mixcore.labs.occlusion import ATTACKS, SIDE


def look(given=None, **parameters):
    lab = make_lab("occlusion", **parameters)
    given = {"map": np.ones((28, 28)), **(given or {})}  # the map of a photo takes seconds
    return lab.look(np.random.default_rng(0), given)


def test_without_replaced_patches_it_is_the_clean_photo_and_with_more_less_is_left():
    pictures = [look(share=share).panels[0].images for share in (0, 4, 8, 12)]
    clean = pictures[0][0]
    assert (clean == pictures[0][1]).all()
    kept = [(replaced == clean).all(2).mean() for replaced, _ in pictures]
    assert kept[0] == 1
    assert kept == pytest.approx([1, 0.75, 0.5, 0.25], abs=0.03)
    for replaced, grey in pictures[1:]:  # the same patches
        assert ((grey == 128).all(2) >= (replaced != clean).any(2)).all()


def test_patches_of_another_photo_mislead_more_than_missing_ones():
    numbers = []
    for photo in ("red-panda", "hedgehog", "panda", "castle"):
        line = look(photo=photo).arithmetic[1]
        numbers.append([float(word.split()[0]) for word in line.split(": ")[1].split(", ")])
    clean, replaced, grey = np.mean(numbers, 0)
    assert replaced < grey / 2 < clean / 2 + 0.05


@pytest.mark.parametrize("spot", ["0,0", "1,1", "0.5,0", "0.31,0.77"])
def test_the_block_stays_inside_and_is_as_large_as_asked(spot):
    panel = look(spot=spot, block=0.5).panels[1]
    y0, y1, x0, x1 = np.array(panel.boxes[0]) * SIDE
    assert (y1 - y0, x1 - x0) == (112, 112)
    assert min(y0, x0) >= 0
    assert max(y1, x1) <= SIDE
    other = look(spot=spot, block=0.5, share=0, other="coins").panels[1]
    changed = (panel.image != other.image).any(2)
    assert changed[int(y0) : int(y1), int(x0) : int(x1)].mean() > 0.8
    changed[int(y0) : int(y1), int(x0) : int(x1)] = False
    assert not changed.any()


def test_an_upload_is_attacked_and_one_that_is_gone_gives_way_to_the_example():
    own = np.random.default_rng(1).integers(0, 256, (448, 448, 3), np.uint8)
    assert look({"photo": own}, photo="f" * 32).sentence != look().sentence
    assert look(photo="f" * 32).sentence == look().sentence


def test_the_attack_is_the_same_for_every_network_and_has_no_effect_at_none():
    lab = make_lab("occlusion", epochs=2, images=320, repeats=1)
    rows = {arm: lab.run(arm, [0], Progress())[0].values for arm in ("CNN", "CNN, Patch Mixing")}
    for values in rows.values():
        assert values["clean"] > values["at50"] > values["at75"]
        assert 0.1 < values["confidence"] <= 1
    assert rows["CNN"] != rows["CNN, Patch Mixing"]
    assert set(ATTACKS) < set(rows["CNN"])
