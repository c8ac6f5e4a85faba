"""Which page a test is on: by its address; AppTest goes by the name of the page's file."""

from streamlit.util import calc_hash


def switch_page(test, name):
    """Have the next run draw the page with this address; the test, to go on with."""
    test._page_hash = calc_hash(name)
    return test
