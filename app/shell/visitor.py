"""Key of this browser, by which its own photos are found again after a reload.

The server gives each browser a random key in a signed cookie, which no script of a page can read
and no link holds. The signature keeps out keys that this server did not give. Where the app was
started from app/main.py no server sets cookies: then the key is the session's, and goes with it.
"""

from __future__ import annotations

import hmac
import secrets
import weakref

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.mixes.photo_store import STORE

_SECRET = secrets.token_bytes(32)  # photos do not outlive the process, so neither need their keys


def cookie_name() -> str:
    """Browsers share cookies between the ports of a host, where another MixScope may listen."""
    return f"mixscope-{st.get_option('server.port')}"


def sign_key(key: str) -> str:
    """The key as the cookie holds it."""
    return f"{key}.{hmac.digest(_SECRET, key.encode(), 'sha256').hex()}"


def read_key(signed: str) -> str | None:
    """The key in a cookie; None where this server did not sign it."""
    key = signed.partition(".")[0]
    genuine = hmac.compare_digest(sign_key(key).encode(), signed.encode())
    return key if key and genuine else None


class GiveKey:
    """Middleware: a browser that opens a page without a key of this server is given one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or _has_key(scope):
            await self.app(scope, receive, send)
            return

        async def give(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(scope, message):
                # A copy: who made the message may send it again, to somebody else.
                message = {**message, "headers": list(message["headers"])}
                headers = MutableHeaders(raw=message["headers"])
                headers.append("set-cookie", _cookie(scope))
                headers["cache-control"] = "private, no-cache"
            await send(message)

        await self.app(scope, receive, give)


def _is_page(scope: Scope, message: Message) -> bool:
    """Whether this is a page, or the word that the browser's own copy of it is still good."""
    if message["status"] == 304:
        return "text/html" in HTTPConnection(scope).headers.get("accept", "")
    kind = MutableHeaders(raw=message["headers"]).get("content-type", "")
    return kind.startswith("text/html")


def _has_key(scope: Scope) -> bool:
    return read_key(HTTPConnection(scope).cookies.get(cookie_name(), "")) is not None


def _cookie(scope: Scope) -> str:
    secure = "; Secure" if scope["scheme"] == "https" else ""
    value = sign_key(secrets.token_urlsafe(24))
    path = "/" + st.get_option("server.baseUrlPath").strip("/")
    return f"{cookie_name()}={value}; Path={path}; HttpOnly; SameSite=Lax{secure}"


class _Guest:
    """The key of a session without a cookie; its photos go when the session does."""

    def __init__(self) -> None:
        self.key = secrets.token_urlsafe(24)
        weakref.finalize(self, STORE.clear, self.key)


def is_known() -> bool:
    """Whether a reload will find this browser's photos again."""
    return _cookie_key() is not None


def get_key() -> str:
    """The key under which the photos of this page's user are kept."""
    if known := _cookie_key():
        return known
    if "guest" not in st.session_state:
        st.session_state["guest"] = _Guest()
    return st.session_state["guest"].key


def get_owner() -> str:
    """The owner of runs that are asked for: an address, so that a reload is the same owner."""
    return st.context.ip_address or "this machine"


def _cookie_key() -> str | None:
    signed = st.context.cookies.get(cookie_name())
    return read_key(signed) if isinstance(signed, str) else None  # tests of pages have no browser
