"""What holds for every lab, whatever it is about."""

import contextlib
import dataclasses
import io
import json
import time

import numpy as np
import pytest

from mixcore import labs
from mixcore.experiments.trial_progress import Interrupted, Progress
from mixcore.findings.claims import NOT_SHOWN, SHOWN, judge_claim
from mixcore.labs import FRAMES, make_lab, read_card
from mixcore.sheets import packing, paper
from mixcore.sheets.panels import list_arrays
from mixcore.trials.lab_job import list_parts

# What app/components/stage draws; tests/browser/test_stage.py shows one of each.
KINDS = "curve", "scatter", "heat", "bars", "images", "overlay", "film", "sound", "words"
LOOK = 0.3  # seconds on one core that `look` may take


def look(lab, seed=3):
    return lab.look(np.random.default_rng(seed), lab.prepare({}))


def packed(lab, seed=3):
    return json.dumps(packing.pack_sheets([look(lab, seed)]))


def check_card(key):
    """What is read off the file is what is declared; the cheap way imports nothing of it."""
    card, cls = read_card(key), labs.find_lab(key)
    assert cls.card == card
    names = [p.name for p in cls.params()]
    assert not card.hero or card.hero in names
    assert set(card.brief) <= set(names)
    assert all(len(p.help) > 3 for p in cls.params())
    assert card.question.endswith("?")
    assert len(card.arms) > 1
    assert card.claims


def check_look(key):
    """Deterministic, pure, finite, quick; another seed is another look or the same, never worse."""
    lab = make_lab(key)
    first = packed(lab)
    best = min(_timed(lab) for _ in range(3))
    assert packed(lab) == first
    assert packed(make_lab(key)) == first
    for name, array in list_arrays(look(lab)):
        if name not in ("Line.x", "Line.y", "Line.low", "Line.high"):  # a gap is NaN
            assert np.isfinite(array).all(), name
    assert best < LOOK * 3, f"{best:.2f} s"  # room for a busy machine; bench/ has the ratio


def _timed(lab):
    began = time.thread_time()
    look(lab)
    return time.thread_time() - began


def check_parameters(key):
    """Each parameter that is not the run's alone changes what is seen."""
    lab = make_lab(key)
    before = packed(lab)
    for param in lab.params():
        if param.of == "run" or param.hand == "file":
            continue
        for other in others(param, getattr(lab, param.name)):
            values = lab.to_dict() | {param.name: other}
            if param.when:  # in the company in which it matters
                values |= {param.when[0]: param.when[1][0]}
                before_it = packed(lab.from_dict(lab.to_dict() | {param.when[0]: param.when[1][0]}))
            else:
                before_it = before
            if packed(lab.from_dict(values)) != before_it:
                break
        else:
            pytest.fail(f"{key}: nothing is seen of {param.name}.")


def others(param, now):
    if param.kind == "flag":
        return [not now]
    if param.hand in ("place", "path", "brush", "order"):
        return {
            "place": ["0.2,0.7"], "path": ["0.2,0.7;0.5,0.1;0.9,0.4"],
            "brush": ["4x4bhCE", "7x7b" + "A" * 10],
            "order": ["2-0-1", "1-0"],
        }[param.hand]  # fmt: skip
    if param.kind in ("choice", "text"):
        return [option for option in param.options if option != now]
    low, high = param.bounds
    values = [low, (low + high) / 2, high]
    return [int(v) if param.kind == "integer" else v for v in values if v != now]


def check_drawn(key):
    """Every panel is drawn on the page and on paper, light and dark."""
    sheet = look(make_lab(key))
    kinds = {panel.kind for panel in sheet.panels}
    assert kinds <= set(KINDS)
    for theme in ("light", "dark"):
        figure = paper.draw_sheet(sheet, theme, read_card(key).question, "source", "credit")
        assert len(figure.axes) >= len(sheet.panels)
        assert len(paper.draw_cover(sheet, theme)) > 1000


def check_frames(key):
    """The hero's frames are few, in order, and hold the asked one."""
    lab = make_lab(key)
    frames = lab.list_frames()
    assert 1 <= len(frames) <= FRAMES
    assert lab in frames
    assert len(set(frames)) == len(frames)


def check_snippet(key, seed=3):
    """What it prints is the number that leads."""
    lab = make_lab(key)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(lab.snippet(seed), f"{key} snippet", "exec"), {"__name__": "snippet"})
    assert out.getvalue().strip() == look(lab, seed).number.text


def check_run(key):
    """Every part works briefly, gives rows of declared arms, and the same ones again."""
    card = read_card(key)
    lab = make_lab(key, **card.brief)
    arms = set()
    for part in list_parts(lab):
        rows = lab.run(part, [0, 1], Progress())
        for row in rows:
            assert row.arm in card.arms
            assert set(row.values) <= set(card.metrics)
            assert np.isfinite(list(row.values.values())).all(), row
            arms.add(row.arm)
        assert {row.seed for row in rows} == {0, 1}
    assert arms == set(card.arms)
    part = list_parts(lab)[-1]
    again, before = (
        {(r.arm, r.seed): r.values for r in lab.run(part, [0, 1], Progress())} for _ in range(2)
    )
    for place, values in before.items():
        assert again[place] == pytest.approx(values, rel=1e-4, abs=1e-6)


def check_stop(key):
    """A stop is heard within a step."""
    card = read_card(key)
    lab = make_lab(key, **card.brief)
    asked = []

    def stops():
        asked.append(1)
        return True

    with pytest.raises(Interrupted):
        lab.run(list_parts(lab)[0], [0, 1], Progress(stops=stops))
    assert len(asked) == 1


def check_claims(key, rows):
    """A claim that is shown turns where its arms are exchanged."""
    for claim in read_card(key).claims:
        word, turned = (judge_claim(c, rows).word for c in (claim, claim.exchange_arms()))
        if claim.near == 0:
            assert not (word == SHOWN and turned != NOT_SHOWN), claim.text
    assert dataclasses.replace(claim).exchange_arms().exchange_arms() == claim


LAWS = (check_card, check_look, check_parameters, check_drawn, check_frames, check_snippet)
TRIALS = (check_run, check_stop)  # which take longer
