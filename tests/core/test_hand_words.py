"""Words of what a hand sets: there and back, and each refused with its rule."""

import dataclasses

import pytest

from mixcore import hand_words, params


@params.declared
class Drawing(params.Declared):
    where: str = params.place("0.5,0.5", help="A place")
    way: str = params.path("", help="A path")
    cells: str = params.brush("2x2bkA", help="Cells")
    turn: str = params.order("0-1-2", help="An order")
    sound: str = params.file("loop", "beat", takes="sound", help="A sound")
    anchor: int = params.point(3, 10, help="A point")


def test_words_there_and_back():
    assert hand_words.read_place(hand_words.write_place(0.25, 1.7)) == (0.25, 1.0)
    way = ((0.0, 0.125), (1.0, 0.3333))
    assert hand_words.read_path(hand_words.write_path(way)) == way
    assert hand_words.read_order(hand_words.write_order([2, 0, 1])) == (2, 0, 1)
    assert hand_words.read_cells("2x2bkA").shape == (2, 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("where", "0.5"), ("where", "2,0"), ("way", "0.1,0.2;x"), ("cells", "9x9"),
        ("turn", "0-2"), ("sound", "../x/y"), ("anchor", 10),
    ],
)  # fmt: skip
def test_other_words_are_refused_by_name(name, value):
    with pytest.raises(ValueError, match=rf"Drawing\.{name} must be .* got {value!r}"):
        dataclasses.replace(Drawing(), **{name: value})
    assert Drawing(**{name: getattr(Drawing(), name)}) == Drawing()
