"""The mix pad's HTTP route, the one way into the server beside the page, and its guards.

POST /pad/mix asks pad_answers what becomes of a mix when the hand moves. The handle is a secret
of the session; foreign pages are refused by their Origin, long and odd questions before they are
read, too many by a rate, and a later question of the same session wins.
"""

from __future__ import annotations

import sys
import threading
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mixcore.runs.files import parse_json

PATH = "pad/mix"
LONGEST = 4096  # bytes of a question
QUIET = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


_open = threading.Event()


def start_serving() -> None:
    """Say that the route is there: the app was started from app/server.py."""
    _open.set()


def are_served() -> bool:
    """Whether the route is served; else everything settles through the script, only later."""
    return _open.is_set()


async def answer_question(request: Request) -> Response:
    """Answer one question: {"handle", "number", "asked": {...}} with a parcel."""
    answers = sys.modules.get("app.explore.pad_answers")  # none before the first page
    try:
        here = _from_here(request)
    except ValueError:
        return _no(400, "This question says of no site that it comes from there.")
    if not here:
        return _no(403, "This question comes from another site.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            return _no(413, f"A question has at most {LONGEST} bytes.")
    try:
        said = parse_json(body)
        name, number, asked = said["handle"], said["number"], said["asked"]
        fits = isinstance(name, str) and isinstance(asked, dict)
        if not (fits and type(number) is int and 0 <= number < 2**53):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        return _no(400, "A question is JSON with handle, number and asked.")
    place = None if answers is None else answers.find_place(name)
    if answers is None or place is None:
        return _no(404, "There is no such handle; open the page again.")
    try:
        place.spend()
        fixed = answers.read_given(asked)
    except answers.BusyError as error:
        return _no(429, str(error))
    except ValueError as error:
        return _no(400, f"This question cannot be read: {error}.")
    try:
        parcel = await run_in_threadpool(answers.make_answer, place, fixed, number)
    except answers.StaleError as error:
        return _no(409, str(error))
    except (ValueError, RuntimeError) as error:
        return _no(422, str(error))
    return Response(parcel.data, media_type="application/octet-stream", headers=QUIET)


def _from_here(request: Request) -> bool:
    """Whether the page that asks is of this very server; a browser always says where it is from."""
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.headers.get("host")


def _no(status: int, why: str) -> Response:
    return PlainTextResponse(why, status, headers=QUIET)


ROUTES = [Route(f"/{PATH}", answer_question, methods=["POST"])]
