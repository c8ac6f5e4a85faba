"""The stage of a lab is handed frames of plain values, and the number of what was heard last."""

import json

from streamlit.testing.v1 import AppTest


def draw_stage():
    from app.components import stage
    from mixcore.sheets import packing
    from mixcore.sheets.panels import Heat, Number, Sheet

    frames = [Sheet("One.", Number(1, "1", "one"), (Heat(values=[[k, 1]]),)) for k in (2, 3)]
    data = packing.pack_sheets(frames) | {"at": 1, "hero": None, "hands": {}}
    stage.mount(data, lambda: None)
    assert stage.read_hand() is None


def test_the_stage_is_handed_its_frames():
    page = AppTest.from_function(draw_stage, default_timeout=60).run()
    assert not page.exception
    (element,) = page.get("bidi_component")
    data = json.loads(element.proto.json)
    assert (data["at"], data["seq"], len(data["frames"])) == (1, 0, 2)
    assert data["panels"][1]["values"] == [[3, 1]]
