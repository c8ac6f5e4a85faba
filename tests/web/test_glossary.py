"""The glossary: one plain line for every term, and every parameter says what it is."""

import re

import mixcore
from app.shell.glossary import LONGEST, TERMS, find_tip
from mixcore.audit.audit_request import AuditRequest
from mixcore.train.training_request import TrainingRequest


def test_every_term_has_one_plain_line():
    for term, line in TERMS.items():
        assert term == term.lower().strip()
        assert 8 < len(line) <= LONGEST, term
        assert re.fullmatch(r"[^\n<>]+[.½1]", line), term


def test_every_parameter_says_what_it_is():
    kinds = [
        *(type(mixcore.method(key)) for key in mixcore.methods()),
        TrainingRequest,
        AuditRequest,
    ]
    silent = [f"{kind.__name__}.{p.name}" for kind in kinds for p in kind.params() if not p.help]
    assert silent == []


def test_a_term_is_found_by_the_name_it_has_on_a_page():
    assert find_tip("Share of A,\n LAM") == TERMS["share of a, lam"]
    assert find_tip("This pixel (224, 224)") == TERMS["this pixel"]
    assert find_tip("Methods of the family Paste") == TERMS["methods of the family"]
    assert find_tip("By mean of features") == TERMS["mean of features"]
    assert find_tip("D Before | after") == TERMS["before | after"]
    assert find_tip("Undo Ctrl + Z") == TERMS["undo"]
    assert find_tip("Next J") == TERMS["next"]
    assert find_tip("cat") is None
