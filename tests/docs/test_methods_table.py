"""Tables of methods: every method has its row, in words."""

import pytest

import mixcore
from mixcore.docs import methods_table
from mixcore.params import Param
from mixcore.registry import find_class


def test_every_method_has_a_row():
    rows = methods_table.list_rows()
    assert sorted(row.key for row in rows) == sorted(mixcore.methods())
    assert len({row.family for row in rows}) == len(
        {find_class(k).info.family for k in mixcore.methods()}
    )
    assert methods_table.make_markdown().count("\n") == len(rows) + 2
    for row in rows:
        assert all("|" not in field for field in row)


def test_needs_are_words():
    assert methods_table.describe_needs(find_class("mosaic").info) == "four photos"
    assert methods_table.describe_needs(find_class("yoco").info) == "one photo"
    assert methods_table.describe_needs(find_class("manifoldmix").info) == "two photos, a network"
    assert "exact objects" in methods_table.describe_needs(find_class("deda").info)


@pytest.mark.parametrize(
    ("param", "words"),
    [
        (Param("max_soft", "real", 0.5, 0, 1), "max soft 0.5"),
        (Param("cells", "integer", 7, 2, 28), "cells 7"),
        (Param("move", "flag", True), "move yes"),
        (Param("fit", "choice", "squeeze", options=("squeeze", "crop")), "fit squeeze"),
    ],
)
def test_a_setting_is_its_name_and_default(param, words):
    assert methods_table.describe_parameter(param) == words


def test_only_what_stands_between_the_marks_is_made_anew():
    text = f"before\n{methods_table.START}\nold\n{methods_table.END}\nafter\n"
    assert (
        methods_table.renew_text(text)
        == f"before\n{methods_table.START}\n{methods_table.make_markdown()}"
        f"{methods_table.END}\nafter\n"
    )
    with pytest.raises(ValueError, match="must hold the lines"):
        methods_table.renew_text("no marks")
