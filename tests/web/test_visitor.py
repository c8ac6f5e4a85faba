"""The cookie by which a browser finds its own photos again: signed, unreadable, of this server."""

import gc

import pytest

from app.mixes.photo_store import STORE, Upload
from app.shell import visitor
from loops import run_coroutine

HTML = b"text/html; charset=utf-8"
# One message for all, as of an app that keeps its answers.
PAGE = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", HTML)]}


def answer(cookie="", path="/", page=PAGE, method="GET", scheme="http"):
    """The headers that a page's answer has behind the middleware, name -> value."""

    async def app(scope, receive, send):
        await send(page)

    async def ask():
        sent = []

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http", "method": method, "path": path, "scheme": scheme,
            "headers": [(b"cookie", cookie.encode()), (b"accept", b"text/html,*/*")],
        }  # fmt: skip
        await visitor.GiveKey(app)(scope, None, send)
        return [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]

    return dict(run_coroutine(ask()))


def given(**options):
    """The cookie of a first visit: its value, and its attributes."""
    pair, *attributes = answer(**options)["set-cookie"].split("; ")
    name, _, value = pair.partition("=")
    assert name == visitor.cookie_name()
    return value, attributes


def test_a_first_visit_is_given_a_key_of_its_own():
    (one, attributes), (other, _) = given(), given()
    assert one != other
    assert len(visitor.read_key(one)) >= 32
    assert attributes == ["Path=/", "HttpOnly", "SameSite=Lax"]
    assert "Secure" in given(scheme="https")[1]
    assert PAGE["headers"] == [(b"content-type", HTML)]
    assert answer()["cache-control"] == "private, no-cache"


def test_a_page_from_the_browsers_own_store_brings_a_key_too():
    assert "set-cookie" in answer(page={**PAGE, "status": 304, "headers": []})


def test_who_has_a_key_keeps_it():
    value, _ = given()
    # A cookie of another application, which is no cookie by the book, stands in the way.
    assert "set-cookie" not in answer(f'odd={{"a": 1}}; {visitor.cookie_name()}={value}')


@pytest.mark.parametrize("change", [
    lambda value: value[:-1] + ("0" if value[-1] != "0" else "1"),
    lambda value: "x" + value,
    lambda value: value.partition(".")[0],
    lambda value: "." + value.partition(".")[2],
    lambda value: "é" + value,
    lambda value: "",
])  # fmt: skip
def test_a_key_that_this_server_did_not_sign_is_none(change):
    value, _ = given()
    assert visitor.read_key(value) is not None
    assert visitor.read_key(change(value)) is None


def test_pictures_and_scripts_bring_no_cookie():
    assert "set-cookie" not in answer(page={**PAGE, "headers": [(b"content-type", b"image/png")]})
    assert "set-cookie" not in answer(method="POST")


def test_photos_of_a_session_without_a_cookie_go_with_it():
    guest = visitor._Guest()
    STORE.add(guest.key, [Upload("1", "photo.jpg", b"data")])
    key = guest.key
    assert STORE.load(key)
    del guest
    gc.collect()
    assert STORE.load(key) == {}
