"""People who use Explore without a browser: Streamlit's own messages over a WebSocket.

A visitor opens the page, sets widgets as a hand would, keeps large messages as a browser does, and
checks that every answer is its own: method, seed and photos are those that it asked for, and so
says the picture in the pad, which carries its recipe. Only this machine is ever spoken to.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from PIL import Image
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mixcore import pictures  # noqa: E402
from mixcore.data import gallery  # noqa: E402

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SIZE = 448
KEPT = 2  # runs after which a browser forgets a large message that was not used again
PATIENCE = 180.0  # seconds for one answer, which only a failure reaches


class WrongAnswerError(RuntimeError):
    """An answer that is not the asker's own; the message says in what."""


@contextmanager
def serve(*options: str, env: Mapping[str, str] | None = None) -> Iterator[tuple[str, int]]:
    """The app, started as its users start it: its address and process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app/server.py", "--server.headless"]
    command += ["true", "--server.port", str(port), *options]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | dict(env or {}),
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for_server(address)
        yield address, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait_for_server(address: str) -> None:
    """Return when the app answers; SystemExit after a minute."""
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5)
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"Nothing answers at {address} within a minute.")


def check_address(address: str) -> str:
    """The address, if it is of this machine; ValueError for any other."""
    host = urlsplit(address).hostname
    if host not in LOOPBACK:
        raise ValueError(f"The address must be of this machine ({', '.join(LOOPBACK)}), got {host}")
    return address.rstrip("/")


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used so far, in steps of 10 ms (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    """Memory of a process that is in RAM now (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass
class Answer:
    """One run of the page: how long until the picture, until the end, and what was drawn."""

    picture: float
    seconds: float
    elements: list[Any]
    bytes: int


@dataclass
class Visitor:
    """One person at Explore, with two photos of the gallery."""

    address: str
    pair: tuple[str, str]
    method: str = "cutmix"
    seed: int = 0
    socket: ClientConnection | None = None
    titles: dict[str, str] = field(default_factory=dict)  # what the method's selector calls each
    _widgets: dict[str, str] = field(default_factory=dict)  # name -> id
    _set: dict[str, Any] = field(default_factory=dict)  # name -> what the hand set
    _kept: dict[str, tuple[int, ForwardMsg]] = field(default_factory=dict)
    _run: int = 0
    _page: str = ""

    async def open(self) -> Answer:
        """Come to the page."""
        host = check_address(self.address).replace("http", "ws", 1)
        self.socket = await connect(
            f"{host}/_stcore/stream", subprotocols=["streamlit"], max_size=None,
            open_timeout=PATIENCE, ping_timeout=None,
        )  # fmt: skip
        return await self._ask()

    async def change(self, method: str | None = None, seed: int | None = None) -> Answer:
        """Choose a method, a seed, or both, as a hand would; the answer is checked."""
        if method is not None:
            self.method = method
            self._set["method"] = ("string_value", self.titles[method])
        if seed is not None:
            self.seed = seed
            self._set["seed"] = ("double_value", float(seed))
        return await self._ask()

    async def close(self) -> None:
        """Leave."""
        if self.socket:
            await self.socket.close()

    @property
    def query(self) -> str:
        a, b = self.pair
        return urlencode({"a": a, "b": b, "m": self.method, "seed": self.seed})

    async def _ask(self) -> Answer:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = self.query, self._page
        for name, (kind, value) in self._set.items():
            widget = state.widget_states.widgets.add()
            widget.id = self._widgets[name]
            setattr(widget, kind, value)
        self._run += 1
        kept = {k: v for k, v in self._kept.items() if self._run - v[0] <= KEPT}
        self._kept = kept
        state.cached_message_hashes.extend(kept)
        begun = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        try:
            answer = await asyncio.wait_for(self._receive(begun), PATIENCE)
        except TimeoutError:
            raise WrongAnswerError(f"no answer within {PATIENCE:g} s") from None
        self._check(answer)
        return answer

    async def _receive(self, begun: float) -> Answer:
        elements, size, picture = [], 0, 0.0
        while True:
            raw = await self.socket.recv()
            size += len(raw)
            message = ForwardMsg.FromString(raw)
            kind = message.WhichOneof("type")
            if kind == "ref_hash":
                message = self._kept[message.ref_hash][1]
                self._kept[message.hash] = (self._run, message)
                kind = message.WhichOneof("type")
            elif message.metadata.cacheable:
                self._kept[message.hash] = (self._run, message)
            if kind == "new_session":
                self._page = message.new_session.page_script_hash
                elements, picture = [], 0.0
            elif kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    seconds = time.perf_counter() - begun
                    return Answer(picture or seconds, seconds, elements, size)
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                elements.append(message.delta.new_element)
                if not picture and _is_picture(elements[-1]):
                    picture = time.perf_counter() - begun

    def _check(self, answer: Answer) -> None:
        """Raise WrongAnswerError unless this is what was asked for; note the widgets."""
        config, recipe, parcels = None, None, {}
        for element in answer.elements:
            match element.WhichOneof("type"):
                case "exception":
                    raise WrongAnswerError(f"the page failed: {element.exception.message}")
                case "selectbox" if element.selectbox.label == "Method":
                    self._widgets["method"] = element.selectbox.id
                    self._note(element.selectbox.options)
                case "number_input" if element.number_input.label == "Seed":
                    self._widgets["seed"] = element.number_input.id
                case "code" if element.code.language == "json":
                    config = json.loads(element.code.code_text)
                case "bidi_component":
                    name = element.bidi_component.component_name
                    if name.endswith("mixscope_parcel"):
                        head, load = opened(element.bidi_component.bytes)
                        parcels[head["name"]] = load
                    elif name.endswith("mixscope_pad"):
                        recipe = json.loads(element.bidi_component.json)
        if config is None:
            raise WrongAnswerError(f"{self.method}: there is no mix")
        self._same("method", config["state"]["m"], self.method)
        self._same("seed", config["state"]["seed"], self.seed)
        digests = [digest(name) for name in self.pair]
        found = [config["about"][side]["pixels"] for side in "ab" if side in config["about"]]
        self._same("photos", found, digests[: max(1, len(found))])
        if recipe:
            png = Image.open(io.BytesIO(parcels[recipe["settled"]["picture"]]))
            said = json.loads(png.text["MixScope"])
            self._same("picture's method", said["method"], self.method)
            self._same("picture's seed", said["seed"], self.seed)
            self._same("picture's photos", said["photos"], digests)

    def _same(self, what: str, got: Any, asked: Any) -> None:
        if got != asked:
            raise WrongAnswerError(f"{what}: asked for {asked}, got {got}")

    def _note(self, options: Any) -> None:
        if not self.titles:
            self.titles = dict(zip(catalogue(), options, strict=True))


def _is_picture(element: Any) -> bool:
    """Whether the mix is there: the pad, or where it draws none, the first code about it."""
    kind = element.WhichOneof("type")
    if kind == "bidi_component":
        return element.bidi_component.component_name.endswith("mixscope_pad")
    return kind == "code"


def opened(parcel: bytes) -> tuple[dict[str, Any], bytes]:
    """A parcel's head and load."""
    (length,) = struct.unpack_from("<I", parcel)
    start = 4 + length
    return json.loads(parcel[4:start]), parcel[start + -start % 4 :]


_digests: dict[str, str] = {}


def digest(name: str) -> str:
    """Of a gallery photo's pixels, as the page shows it."""
    if name not in _digests:
        _digests[name] = pictures.digest(pictures.square(gallery.load(name), SIZE))
    return _digests[name]


def catalogue() -> tuple[str, ...]:
    """Every method in the selector, in its order."""
    from app.mixes import known_methods

    return tuple(known_methods.load_catalogue())


def mixable() -> tuple[str, ...]:
    """The methods that mix photos, of which nobody knows the objects."""
    from app.mixes import known_methods

    return tuple(key for key, card in known_methods.load_catalogue().items() if not card.objects)
