"""Delivery of the page: compressed, and with style and frame from the first paint.

Streamlit sends its own files as they are, for proxies to compress, and an empty page that a script
fills seconds later. Here every text is compressed once and kept, as the names of these files change
with what is in them, and the page holds a still frame of what is to come.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HERE = Path(__file__).parent
STYLES = HERE.parent / "styles"
ROOT = '<div id="root"></div>'  # where Streamlit's page is drawn
TEXTS = ("text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml")
KEPT = 400  # compressed files; Streamlit has about 300
LEVEL = 6


def dress_page(page: str) -> str:
    """Streamlit's page with our style, and a frame that stands until it is drawn."""
    style, frame, script = (
        path.read_text() for path in (STYLES / "style.css", HERE / "front.html", HERE / "front.js")
    )
    # Before the root: styles of components, which lie in it, come later and win as they always do.
    front = f"<style>{style}</style>{frame}<script>{{{script}}}</script>"
    return page.replace(ROOT, f"{front}{ROOT}")


class Front:
    """Compress what Streamlit sends as text, and dress its page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.kept: dict[str, list[Message]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_asked_whole(scope):
            await self.app(scope, receive, send)
        elif scope["path"] in self.kept:
            for message in self.kept[scope["path"]]:
                await send(message)
        else:
            answer = _Answer(send)
            await self.app(scope, receive, answer)
            if answer.is_lasting and len(self.kept) < KEPT:
                self.kept[scope["path"]] = answer.messages


class _Answer:
    """What the app sends, held back until it is whole where it is a text."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.messages: list[Message] = []
        self.parts: list[bytes] = []
        self.is_text = False
        self.is_lasting = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            kind = headers.get("content-type", "").partition(";")[0]
            self.is_page = kind == "text/html"
            # Streamlit compresses the page itself where its address names one of the app's pages.
            self.is_packed = self.is_page and headers.get("content-encoding") == "gzip"
            is_plain = "content-encoding" not in headers or self.is_packed
            self.is_text = message["status"] == 200 and kind in TEXTS and is_plain
            self.start = message
        if not self.is_text:
            await self.send(message)
        elif message["type"] == "http.response.body":
            self.parts.append(message.get("body", b""))
            if not message.get("more_body"):
                await self._finish(b"".join(self.parts))

    async def _finish(self, body: bytes) -> None:
        if self.is_packed:
            body = gzip.decompress(body)
        if self.is_page:
            body = dress_page(body.decode()).encode()
        body = await run_in_threadpool(gzip.compress, body, LEVEL, mtime=0)
        headers = MutableHeaders(raw=list(self.start["headers"]))
        headers["content-length"] = str(len(body))
        headers["content-encoding"] = "gzip"
        headers.add_vary_header("Accept-Encoding")
        if self.is_page:  # its tag is that of the page as Streamlit has it
            del headers["etag"], headers["last-modified"]
        self.is_lasting = "immutable" in headers.get("cache-control", "")
        self.messages = [
            {**self.start, "headers": headers.raw},
            {"type": "http.response.body", "body": body},
        ]
        for message in self.messages:
            await self.send(message)


def _is_asked_whole(scope: Scope) -> bool:
    """Whether a browser asks for a file, all of it, and reads gzip."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    headers = Headers(scope=scope)
    partly = any(name in headers for name in ("range", "if-none-match", "if-modified-since"))
    return "gzip" in headers.get("accept-encoding", "") and not partly
