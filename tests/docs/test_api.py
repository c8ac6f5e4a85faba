"""The reference: each public name says what it takes, gives and refuses, and its example runs."""

import doctest
import inspect

import pytest

import mixcore
from mixcore.docs.api_page import find_documented


@pytest.mark.parametrize("name", mixcore.__all__)
def test_a_public_name_has_an_example_that_runs(name):
    value = find_documented(name)
    doc = inspect.getdoc(value)
    found = doctest.DocTestParser().get_doctest(doc, {}, name, None, None)
    assert found.examples, f"{name} has no example"
    said = []
    failures = doctest.DocTestRunner(verbose=False).run(found, out=said.append).failed
    assert failures == 0, "".join(said)


@pytest.mark.parametrize("name", mixcore.__all__)
def test_arguments_are_those_of_the_signature(name):
    value = find_documented(name)
    if value is mixcore.Method:
        return
    doc = inspect.getdoc(value)
    _, _, args = doc.partition("Args:\n")
    for parameter in inspect.signature(value).parameters.values():
        assert f"{parameter.name}: " in args, f"{name} does not say what {parameter.name} is"
