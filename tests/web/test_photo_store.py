"""Own photos on the server: kept apart, under limits, and for a time only."""

import pytest

from app.link.states import PhotoCrop
from app.mixes.photo_store import RECENT, PhotoStore, Upload


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(clock):
    return PhotoStore(photos=3, own_bytes=100, all_bytes=150, seconds=5000, clock=clock)


def photo(digest, size=10, name="photo.jpg", **facts):
    return Upload(digest, name, bytes(size), **facts)


def test_nobody_sees_what_is_another_persons(store):
    assert store.add("anna", [photo("1")]) == []
    assert list(store.load("anna")) == ["1"]
    assert store.load("bob") == {}
    store.remove("bob", "1")
    store.clear("bob")
    store.change_crop("bob", "1", PhotoCrop(2))
    assert store.load("anna")["1"].crop == PhotoCrop()


def test_a_look_is_a_copy_and_photos_go_one_by_one_or_all(store):
    store.add("anna", [photo("1"), photo("2")])
    store.load("anna").clear()
    store.remove("anna", "1")
    assert list(store.load("anna")) == ["2"]
    store.clear("anna")
    assert store.load("anna") == {}
    assert store.size == 0


def test_what_does_not_fit_is_left_out_and_what_is_there_stays(store):
    left = store.add("anna", [photo(digest) for digest in "12345"])
    assert [upload.digest for upload in left] == ["4", "5"]
    assert list(store.load("anna")) == ["1", "2", "3"]
    assert store.add("bob", [photo("9", 101)]) != []  # of one person
    assert store.load("bob") == {}


def test_photos_are_forgotten_when_nobody_looks(store, clock):
    store.add("anna", [photo("1")])
    clock.now = 4000
    assert store.load("anna")
    clock.now = 8000  # a look renews them
    assert store.load("anna")
    clock.now = 13_001
    assert store.load("anna") == {}
    assert store.size == 0


def test_who_is_long_away_makes_room_and_who_is_here_does_not(store, clock):
    store.add("anna", [photo("1", 90)])
    assert store.add("bob", [photo("2", 90)]) != []
    clock.now = RECENT + 1
    assert store.add("bob", [photo("2", 90)]) == []
    assert store.load("anna") == {}


def test_photos_of_one_name_get_a_number(store):
    store.add("anna", [photo(digest, name="image.jpg") for digest in "12"])
    store.add("anna", [photo("2", name="other.jpg"), photo("3", name="image.jpg")])
    names = [upload.name for upload in store.load("anna").values()]
    assert names == ["image.jpg", "image (2).jpg", "image (3).jpg"]


def test_photos_lent_by_an_audit_make_room_for_own_ones(store):
    store.add("anna", [photo("1", borrowed=True), photo("2"), photo("3", borrowed=True)])
    assert store.add("anna", [photo("4"), photo("5")]) == []
    assert list(store.load("anna")) == ["2", "4", "5"]
    assert store.add("anna", [photo("6", borrowed=True)]) != []


def test_the_last_crop_is_kept_with_the_photo(store):
    store.add("anna", [photo("1")])
    store.change_crop("anna", "1", PhotoCrop(whole=True))
    assert store.load("anna")["1"].crop == PhotoCrop(whole=True)
