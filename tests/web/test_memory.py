"""Results are kept by their key, made once for all who ask, and forgotten in order."""

import threading

import pytest

from app.mixes.memory import remember


def test_a_result_is_made_once_for_a_key_and_the_oldest_makes_room():
    asked = []

    @remember(2)
    def double(x, _photo=None):
        asked.append(x)
        return [2 * x]

    assert double(1, _photo="one") is double(1, _photo="another")
    double(2)
    double(1)
    double(3)  # 2 was used least lately
    double(1)
    double(2)
    assert asked == [1, 2, 3, 2]
    double.clear()
    double(1)
    assert asked[-1] == 1


def test_an_error_is_raised_each_time_and_never_kept():
    tries = []

    @remember(2)
    def fail(x):
        tries.append(x)
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            fail(1)
    assert tries == [1, 1]


def test_what_is_no_part_of_the_key_must_be_given_by_name():
    @remember(2)
    def shown(digest, _photo):
        return digest

    with pytest.raises(TypeError, match="by name"):
        shown("digest", "photo")


def test_who_asks_for_the_same_at_once_waits_for_the_first():
    made, begun, go_on = [], threading.Event(), threading.Event()

    @remember(2)
    def slow(x):
        made.append(x)
        begun.set()
        go_on.wait(60)
        return x

    threads = [threading.Thread(target=slow, args=(1,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    begun.wait(60)
    go_on.set()
    for thread in threads:
        thread.join()
    assert made == [1]
