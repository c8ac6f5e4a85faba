"""The way of the page into the browser: compressed once, and dressed."""

import gzip

import pytest

from app.shell.front import ROOT, Front
from loops import run_coroutine

LASTING = "public, immutable, max-age=31536000"


def app(kind, body, cache=LASTING, status=200, packed=False):
    """An app that sends one file, in two parts, and counts how often it was asked."""
    asked = []

    async def answer(scope, receive, send):
        asked.append(scope["path"])
        sent = gzip.compress(body) if packed else body
        headers = {"content-type": kind, "cache-control": cache, "etag": "x"}
        headers |= {"content-length": str(len(sent))}
        headers |= {"content-encoding": "gzip"} if packed else {}
        raw = [(k.encode(), v.encode()) for k, v in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": sent[:3], "more_body": True})
        await send({"type": "http.response.body", "body": sent[3:]})

    return answer, asked


def get(front, path="/static/js/a.js", method="GET", **headers):
    """The status, the headers and the bytes of an answer."""
    headers = {"accept-encoding": "gzip, br"} | {k.replace("_", "-"): v for k, v in headers.items()}
    raw = [(k.encode(), v.encode()) for k, v in headers.items()]
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": raw}
    run_coroutine(front(scope, None, send))
    start, *bodies = sent
    told = {k.decode(): v.decode() for k, v in start["headers"]}
    return start["status"], told, b"".join(part["body"] for part in bodies)


def test_a_text_is_compressed_once_and_kept():
    answer, asked = app("text/javascript; charset=utf-8", b"let a = 1;" * 500)
    front = Front(answer)
    for _ in range(3):
        status, headers, body = get(front)
        assert (status, headers["content-encoding"]) == (200, "gzip")
        assert int(headers["content-length"]) == len(body) < 200
        assert headers["vary"] == "Accept-Encoding"
        assert gzip.decompress(body) == b"let a = 1;" * 500
    assert asked == ["/static/js/a.js"]


@pytest.mark.parametrize("packed", [False, True])
def test_the_page_holds_style_and_frame_before_its_root(packed):
    page = f"<body>{ROOT}</body>".encode()
    front = Front(app("text/html", page, cache="no-cache", packed=packed)[0])
    _, headers, body = get(front, "/compare")
    text = gzip.decompress(body).decode()
    assert text.index("<style>") < text.index('class="front"') < text.index(ROOT)
    assert "etag" not in headers  # it is another page than Streamlit's
    assert not front.kept


@pytest.mark.parametrize(
    ("file", "asked"),
    [
        ({"kind": "image/png"}, {}),
        ({"kind": "text/css", "status": 404}, {}),
        ({"kind": "text/css", "packed": True}, {}),
        ({"kind": "text/css"}, {"accept_encoding": "identity"}),
        ({"kind": "text/css"}, {"range": "bytes=0-3"}),
        ({"kind": "text/css"}, {"if_none_match": "x"}),
        ({"kind": "text/css"}, {"method": "POST"}),
    ],
)
def test_all_else_is_sent_as_it_is(file, asked):
    answer, _ = app(body=b"abcdef" * 100, **file)
    plain = gzip.compress(b"abcdef" * 100) if file.get("packed") else b"abcdef" * 100
    status, headers, body = get(Front(answer), **asked)
    assert body == plain
    assert headers["etag"] == "x"
    assert status == file.get("status", 200)
