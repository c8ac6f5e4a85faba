"""One server and one Chromium for all browser tests, a fresh context for each."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from browser.bench import Bench
from browser.explore import Explore
from browser.hands import until
from chromium import MISSED, find, is_there
from mixcore.runs import Store

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 90_000  # milliseconds; a busy machine is slow, not wrong


def pytest_collection_modifyitems(items):
    own = [item for item in items if Path(__file__).parent in Path(item.path).parents]
    missed = own and not is_there()
    for item in own:
        item.add_marker(pytest.mark.browser)
        if missed:
            item.add_marker(pytest.mark.skip(reason=MISSED))


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Address of the app, started as the Makefile starts it."""
    port = free_port()
    log = tmp_path_factory.mktemp("server") / "log"
    command = [sys.executable, "-m", "streamlit", "run", "app/server.py"]
    options = ["--server.headless", "true", "--server.port", str(port)]
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, *options], cwd=ROOT, stdout=out, stderr=out, env=dict(os.environ)
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, process, log)
        yield address
        assert process.poll() is None, log.read_text()
        # Streamlit may trip over itself where two runs of a session meet; our code must not.
        assert not re.search(r"/(app|mixcore)/\S+\.py", log.read_text()), log.read_text()
    finally:
        process.terminate()
        process.wait(30)


def free_port():
    """A port that nobody uses now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(address, process, log):
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5)
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"The server did not start: {log.read_text()}")


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def profiles(chromium):
    """profiles(**options): a browser profile of this kind, kept; its cache halves the next visit.

    Sessions do not meet in it: to the app, every window is a new person, as the cookie by which
    it would know the browser again is dropped before each visit.
    """
    kept = {}

    def profile(**options):
        kind = repr(sorted(options.items()))
        if kind not in kept:
            kept[kind] = chromium.new_context(accept_downloads=True, **options)
        return kept[kind]

    yield profile
    for context in kept.values():
        context.close()


@pytest.fixture
def visitor(server, chromium, profiles):
    """visitor(**context options) opens Explore for a new person; nothing may leave the machine.

    Cat and coffee unless the link says otherwise; "" is how a newcomer comes.
    alone=True: in a private window, which shares not even a cache with any other.
    """
    contexts, pages, strayed, errors = [], [], [], []

    def visit(query="?a=cat&b=coffee", wait=True, alone=False, **options):
        options = {"viewport": {"width": 1440, "height": 960}, **options}
        context = chromium.new_context(**options) if alone else profiles(**options)
        contexts.extend([context] if alone else [])
        context.clear_cookies(name=re.compile("mixscope-"))
        page = context.new_page()
        pages.append(page)
        page.set_default_timeout(PATIENCE)
        inside = (server, server.replace("http", "ws"), "data:", "blob:")
        page.on("request", lambda r: r.url.startswith(inside) or strayed.append(r.url))
        page.on("pageerror", lambda e: errors.append(str(e)))
        explore = Explore(page, server)
        explore.open(query, wait)
        return explore

    yield visit
    for opened in (*pages, *contexts):
        opened.close()
    assert strayed == []
    assert errors == []


@pytest.fixture(scope="session")
def bench(chromium):
    """The pad's modules alone, in an empty page."""
    page = chromium.new_page()
    yield Bench(page)
    page.close()


@pytest.fixture
def store(tmp_path):
    """A store of its own; whatever still runs in it ends with the test."""
    store = Store(tmp_path)
    yield store
    for run in store.runs():
        store.stop(run)
    until(lambda: not any(run.worked_on for run in store.runs()), "the workers' end")


@contextmanager
def serving(store, port):
    """The app on this store, as long as the block goes on; its address."""
    log = store.root / "server.log"
    with log.open("a") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app/server.py", "--server.headless",
             "true", "--server.port", str(port)],
            cwd=ROOT, stdout=out, stderr=out,
            env=os.environ | {"MIXSCOPE_HOME": str(store.root)},
        )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def page(chromium):
    """A window of its own."""
    context = chromium.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()
