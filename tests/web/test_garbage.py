"""Cyclic garbage of sessions goes, however busy the server is."""

import gc
import threading
import weakref

import pytest

from app.shell import garbage


class Node:
    pass


@pytest.fixture
def stop(monkeypatch):
    """Nothing else collects in the meantime; the thread ends with the test."""
    stop = threading.Event()
    gc.disable()
    yield stop
    gc.enable()
    stop.set()


@pytest.mark.parametrize(("idle", "rest"), [(1.0, 0.0), (1e-9, 1e6)], ids=["idle", "busy"])
def test_what_only_refers_to_itself_is_collected(monkeypatch, stop, idle, rest):
    values = {"LOOK": 0.01, "IDLE": idle, "REST": rest, "LONGEST": 0.01}
    for name, value in values.items():
        monkeypatch.setattr(garbage, name, value)
    gone = threading.Event()
    node = Node()
    node.me = node
    weakref.finalize(node, gone.set)
    del node
    thread = garbage.start_collecting(stop)
    while not gone.is_set() and thread.is_alive():
        sum(range(10_000))  # somebody is at work
    assert gone.is_set()
