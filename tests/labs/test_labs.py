"""The labs that ship, each held to the laws."""

import json

import pytest
from PIL import Image

from labs import laws
from mixcore.docs import covers
from mixcore.findings import records
from mixcore.labs import list_labs, read_card

LABS = list_labs()


@pytest.mark.parametrize("key", LABS)
def test_the_cover_is_of_what_the_lab_shows(key):
    digests = json.loads(covers.DIGESTS.read_text())
    assert digests[key] == covers.find_digest(key), "run: make docs"
    for theme in covers.THEMES:
        with Image.open(covers.FOLDER / f"{key}-{theme}.webp") as cover:
            assert cover.size == (640, 400)
    assert set(digests) == set(LABS)


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("key", LABS)
def test_laws_hold(key, law):
    law(key)


def test_what_else_was_run_is_of_a_lab_and_can_be_judged():
    for name in records.list_findings():
        key, _, other = name.partition(records.APART)
        assert key in LABS
        finding = records.load_finding(name)
        assert len(finding.seeds) >= 5
        assert not other or finding.parameters
        assert "/" not in finding.command
        finding.judge(read_card(key).claims)


@pytest.mark.parametrize("law", laws.TRIALS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("key", LABS)
def test_experiments_run(key, law):
    law(key)


@pytest.mark.parametrize("key", LABS)
def test_the_finding_is_whole(key):
    """It has the declared seeds of every arm and metric, and can be contradicted."""
    card, finding = read_card(key), records.load_finding(key)
    assert finding is not None, f"python -m mixcore lab {key} --keep"
    assert set(finding.seeds) == set(range(len(finding.seeds)))
    assert len(finding.seeds) >= card.seeds >= 5
    assert {row.arm for row in finding.rows} == set(card.arms)
    assert len(finding.rows) == len(card.arms) * len(finding.seeds)
    assert not finding.parameters
    assert {name for row in finding.rows for name in row.values} == set(card.metrics)
    laws.check_claims(key, finding.rows)
