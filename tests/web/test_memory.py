"""Results are kept by their key, made once for all who ask, and forgotten in order."""

import ast
import gc
import threading
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.mixes.memory import Named, remember
from app.mixes.photos import CutPhoto

APP = Path(__file__).parents[2] / "app"


def test_a_result_is_made_once_for_a_key_and_the_oldest_makes_room():
    asked = []

    @remember(2)
    def double(x):
        asked.append(x)
        return [2 * x]

    assert double(1) is double(1)
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


def test_a_photo_is_named_in_a_key_by_its_pixels_and_whether_its_object_is_known():
    pixels = np.zeros((2, 2, 3), np.uint8)
    one, again = (CutPhoto(pixels, b"", "digest", title, "") for title in ("one", "two"))
    known = replace(one, alpha=pixels[..., 0])
    made = []

    @remember(9)
    def show(photos, name=""):
        made.append(name)
        return len(made)

    assert show([one], "a") == show((again,), "a") == 1
    assert show([known], "a") == 2
    assert show([one], "b") == 3
    assert show(Named([], "x")) == show(Named([1], "x")) == 4


def test_a_key_holds_no_picture():
    photo = CutPhoto(np.zeros((2, 2, 3), np.uint8), b"", "digest", "", "")
    named = Named(photo, "name")
    gone = weakref.ref(photo), weakref.ref(named)

    @remember(9)
    def show(photos, one):
        return 1

    assert show([photo], one=named) == 1
    del photo, named
    gc.collect()
    assert [it() for it in gone] == [None, None]


def test_no_argument_hides_from_a_key():
    with pytest.raises(TypeError, match="_photo would hide"):
        remember(2)(lambda digest, _photo: digest)
    hidden, kept = [], 0
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            ways = " ".join(map(ast.unparse, getattr(node, "decorator_list", [])))
            if isinstance(node, ast.FunctionDef) and ("cache" in ways or "remember" in ways):
                kept += 1
                hidden += [(path.name, node.name) for a in node.args.args if a.arg[0] == "_"]
    assert kept > 40
    assert hidden == []


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
