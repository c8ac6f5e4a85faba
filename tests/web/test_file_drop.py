"""One way to take files: told what was refused, and an uploader that begins anew."""

import pytest
from streamlit.testing.v1 import AppTest


def script():
    import streamlit as st

    from app import file_drop

    def take(files):
        if files[0].name == "bad":
            raise ValueError("bad is refused.")
        if files[0].name == "full":
            raise OSError("There is no room.")
        st.session_state["taken"] = [file.name for file in files]
        return [f"{len(files)} taken."]

    def tell(*sentences):
        st.session_state["told"] = list(sentences)

    file_drop.draw_uploader("Some", None, "some", take, tell, accept_multiple_files=True)
    file_drop.draw_uploader("One", None, "one", take, tell)


@pytest.mark.parametrize(("key", "names", "told"), [
    ("some", ["a", "b"], "2 taken."), ("one", ["a"], "1 taken."),
    ("some", ["bad", "b"], "bad is refused."), ("one", ["full"], "There is no room."),
])  # fmt: skip
def test_files_are_taken_or_told_of_and_the_uploader_begins_anew(key, names, told):
    page = AppTest.from_function(script).run()
    for name in names:
        page.file_uploader(key=f"{key}-0").upload(name, b"bytes")
    page.run()
    assert page.session_state["told"] == [told]
    assert ("taken" in page.session_state) == ("taken" in told)
    assert page.file_uploader(key=f"{key}-1").value in (None, [])
