"""PageState: what one page keeps of a session, apart from the others."""

import pytest
from streamlit.testing.v1 import AppTest

from app.audit.audit_state import AUDIT
from app.compare.compare_state import COMPARE
from app.session import EXPLORE, PageState
from app.train.train_state import TRAIN

PAGES = (EXPLORE, COMPARE, TRAIN, AUDIT)


def script():
    import streamlit as st

    from app import notices
    from app.link.keys import Key
    from app.session import PageState

    table = [Key("one", "integer", 1, 0, 9), Key("pill", "text", "", high=9)]
    page = PageState("first", lambda: {key.name: key for key in table}, carriers=("pill",))
    other = PageState("second", lambda: {"two": Key("two", "integer", 2, 0, 9)})
    page.begin_page()
    page.draw_carriers()
    st.number_input("One", 0, 9, 1, key="one", bind="query-params")
    st.button("Load", key="load", on_click=page.load_values, args=({"one": 5, "pill": "b"},))
    st.button("Next", key="next", on_click=page.set_next, args=({"one": 7},))
    st.button("Tell", key="tell", on_click=other.tell, args=("The other page.",))
    notices.show(page)
    st.write(page.read_values())


@pytest.fixture
def page():
    return AppTest.from_function(script)


def test_a_link_is_read_and_what_it_says_wrongly_is_told_until_dismissed(page):
    page.query_params.update({"one": "70", "pill": "a"})
    page.run()
    assert page.session_state["one"] == 9
    assert page.session_state["pill"] == "a"
    assert "one was 70" in page.warning[0].value
    page.button(key="first-dismiss").click().run()
    assert not page.warning


def test_what_was_loaded_last_holds_whatever_waited_for_the_next_run(page):
    page.run()
    page.button(key="next").click().run()
    assert page.session_state["one"] == 7
    page.session_state["first-due"] = {"one": 3}  # as a load that is not completed leaves it
    page.button(key="load").click().run()
    assert page.session_state["one"] == 5
    assert page.session_state["pill"] == "b"


def test_a_page_tells_its_own_messages_only(page):
    page.run()
    page.button(key="tell").click().run()
    assert not page.warning
    assert page.session_state["second-messages"] == ["The other page."]


def test_no_two_pages_share_an_entry_of_the_link_or_of_a_session():
    assert all(isinstance(page, PageState) for page in PAGES)
    assert len({page.name_entry("messages") for page in PAGES}) == len(PAGES)
    names = [name for page in PAGES for name in page.keys]
    assert len(names) == len(set(names)) > 100
