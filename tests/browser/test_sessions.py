"""Two people at once: each sees what is theirs."""

from browser.explore import expected
from mixcore import pictures
from mixcore.data import gallery


def test_two_pairs_changed_in_turn_stay_apart(visitor):
    one = visitor("?a=owl&b=dog", wait=False)
    two = visitor("?a=kingfisher&b=coffee", wait=False, alone=True)
    for seed in (5, 6, 7):  # nobody waits for the other
        for explore in (one, two):
            field = explore.box("seed").locator("input")
            field.fill(str(seed))
            field.press("Enter")
    owl, dog, kingfisher = (gallery.load(name) for name in ("owl", "dog", "kingfisher"))
    one.shows(expected(seed=7, a=owl, b=dog)[0])
    two.shows(expected(seed=7, a=kingfisher)[0])


def test_own_photos_of_one_name_stay_apart(visitor):
    people = {name: visitor("?seed=3") for name in ("owl", "dog")}
    for name, explore in people.items():
        explore.upload({"photo.png": pictures.png(gallery.load(name))})
    for name, explore in people.items():
        explore.shows(expected(seed=3, a=gallery.load(name))[0])
