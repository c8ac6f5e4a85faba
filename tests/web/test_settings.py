"""The app listens on this machine only and tells nobody, from wherever it is started."""

import os
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"
PATIENCE = 180.0  # seconds
LISTENING = "0A"

WAYS = {
    "its server": [sys.executable, "-m", "streamlit", "run", str(APP / "server.py")],
    "its pages": [sys.executable, "-m", "streamlit", "run", str(APP / "main.py")],
}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def listeners(port):
    """The addresses on which anybody listens on this port, as the kernel of Linux tells them."""
    found = set()
    for name, size in (("tcp", 8), ("tcp6", 32)):
        table = Path("/proc/net") / name
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            _, local, _, state, *_ = line.split()
            address, _, number = local.partition(":")
            if state == LISTENING and int(number, 16) == port:
                words = [address[i : i + 8] for i in range(0, size, 8)]
                packed = b"".join(struct.pack("=I", int(word, 16)) for word in words)
                kind = socket.AF_INET if size == 8 else socket.AF_INET6
                found.add(socket.inet_ntop(kind, packed))
    return found


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux lists its sockets so")
@pytest.mark.parametrize("way", WAYS)
def test_it_listens_on_this_machine_only_and_sends_no_statistics(tmp_path, way):
    home = tmp_path / "home" / ".streamlit"
    elsewhere = tmp_path / "elsewhere" / ".streamlit"
    for place in (home, elsewhere):  # the settings of other apps of this person
        place.mkdir(parents=True)
        (place / "config.toml").write_text(
            '[server]\naddress = "0.0.0.0"\nmaxUploadSize = 5000\n'
            "[browser]\ngatherUsageStats = true\n"
        )
    port, log = free_port(), tmp_path / "log"
    options = ["--server.port", str(port), "--server.headless", "true"]
    with log.open("w") as out:
        process = subprocess.Popen(
            [*WAYS[way], *options], cwd=elsewhere.parent, stdout=out, stderr=out,
            env=os.environ | {"HOME": str(home.parent), "PYTHONPATH": str(APP.parent)},
        )  # fmt: skip
    try:
        end = time.monotonic() + PATIENCE
        while not (found := listeners(port)):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.1)
        assert found == {"127.0.0.1"}
        assert "usage statistics" not in log.read_text().lower()
    finally:
        process.terminate()
        process.wait()


def test_every_setting_holds_without_a_script_or_a_folder(tmp_path):
    code = (
        "import app.server, tomllib\n"
        "from streamlit import config\n"
        f"wanted = tomllib.load(open({str(APP.parent / '.streamlit/config.toml')!r}, 'rb'))\n"
        "for part in ('global', 'server', 'browser', 'client', 'runner'):\n"
        "    for name, value in wanted.get(part, {}).items():\n"
        "        assert config.get_option(f'{part}.{name}') == value, name\n"
    )
    environment = os.environ | {"PYTHONPATH": str(APP.parent), "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)


def test_the_settings_beside_the_script_are_the_project_s():
    beside = APP / ".streamlit" / "config.toml"
    assert beside.resolve() == (APP.parent / ".streamlit" / "config.toml").resolve()
