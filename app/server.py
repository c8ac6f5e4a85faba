"""The server: the app of main.py, an early start of slow imports, and two routes of its own.

`python -m streamlit run app/server.py`; `app/main.py` runs too, only with a slower first page, and
what the browser cannot work out itself then waits for the script.
"""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from app.explore import pad_route
from app.shell import garbage, settings
from app.shell.front import Front
from app.shell.visitor import GiveKey

settings.load_settings()

# In the order in which the first page needs them.
WARM = ("torch", "mixcore.registry", "app.mixes.mixing")


def _warm() -> None:
    for name in WARM:
        import_module(name)
    garbage.freeze_imports()


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Import what the first page needs while the browser is still on its way."""
    threading.Thread(target=_warm, name="warm-up", daemon=True).start()
    pad_route.start_serving()
    stop = threading.Event()
    garbage.start_collecting(stop)
    yield {}
    stop.set()


app = st.App(
    "main.py",
    lifespan=lifespan,
    routes=pad_route.ROUTES,
    middleware=[Middleware(GiveKey), Middleware(Front)],
)
