"""Live curves of labs: a line an arm, in order, whose spec does not depend on the rows."""

from app.labs import text, traces
from mixcore.findings.claims import Row
from mixcore.labs import list_labs, read_card

ROWS = [
    {"arm": "plain", "at": 1, "values": {"error": [0.2, 0.4], "extra": [1.0]}},
    {"arm": "mixup", "at": 2, "values": {"error": [0.6]}},
]


def test_points_are_means_over_seeds():
    assert traces.list_metrics(ROWS) == ["error", "extra"]
    assert traces.list_points(ROWS, "extra") == [{"arm": "plain", "step": 1, "value": 1.0}]
    assert [p["value"] for p in traces.list_points(ROWS, "error")] == [(0.2 + 0.4) / 2, 0.6]


def test_every_arm_has_a_color_of_its_theme():
    for key in list_labs():
        card = read_card(key)
        for theme in ("light", "dark"):
            scale = traces.make_spec(card, theme)["encoding"]["color"]["scale"]
            assert len(scale["range"]) == len(scale["domain"]) == len(card.arms)


def test_dots_have_all_seeds_and_say_what_is_not_there():
    card = read_card("cmixup")
    rows = [Row("plain", s, {"exp": 0.1 * s}) for s in range(5)]
    drawn = text.dots_html(card, rows, "exp", [Row("mixup", 0, {"exp": 0.3})])
    assert drawn.count('class="one"') == 5
    assert drawn.count('class="one live"') == 1
    assert "0.200 [" in drawn
    assert "Nothing is measured yet" in text.dots_html(card, [], "exp")
