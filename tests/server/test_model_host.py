"""The OS process itself: who may talk to it, what it is told, and when it goes."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from nanobot_server.host.errors import HostError
from nanobot_server.model_host.link import ModelHostClient
from nanobot_server.model_host.location import lock_path, model_host, socket_path
from support.host_processes import model_hosts
from support.shared_models import is_running, the_host, until

pytestmark = pytest.mark.usefixtures("own_runtime_dir")

MODULE = [sys.executable, "-m", "nanobot_server.model_host"]
LINE_BYTES_MAX = 64 << 20


def ping(*, spawn: bool = True) -> int:
    async def once() -> int:
        async with await ModelHostClient.reached(model_host(), spawn=spawn) as client:
            return int((await client.call("ping", {}, timeout_s=20))["pid"])

    return asyncio.run(once())


def test_the_first_who_asks_starts_it_and_all_others_find_it(own_runtime_dir: Path) -> None:
    async def many() -> set[int]:
        async def one() -> int:
            async with await ModelHostClient.reached(model_host(), spawn=True) as client:
                return int((await client.call("ping", {}, timeout_s=20))["pid"])

        return set(await asyncio.gather(*(one() for _ in range(4))))

    pids = asyncio.run(many())

    # Those that were started at the same time found the lock taken.
    asyncio.run(until(lambda: {one.pid for one in model_hosts(own_runtime_dir)} == pids))
    assert len(pids) == 1
    assert socket_path().stat().st_mode & 0o777 == 0o600
    assert lock_path().read_text().strip() == str(*pids)


def test_none_is_started_unasked() -> None:
    with pytest.raises(HostError, match="models: no nanobot model host runs here"):
        ping(spawn=False)


def test_a_second_one_says_that_it_is_busy_and_a_killed_one_leaves_no_lock() -> None:
    first = ping()

    second = subprocess.run(MODULE, capture_output=True, check=False, timeout=60)
    assert json.loads(second.stdout)["state"] == "busy"
    os.kill(first, signal.SIGKILL)

    assert ping() != first


def test_it_listens_on_no_port(own_runtime_dir: Path) -> None:
    ping()

    assert the_host(own_runtime_dir).net_connections("inet") == []


def test_it_leaves_a_few_seconds_after_the_last_who_asked(own_runtime_dir: Path) -> None:
    pid = ping()

    asyncio.run(until(lambda: not is_running(pid)))

    assert model_hosts(own_runtime_dir) == []
    assert not socket_path().exists()


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\n",
        b"\xff\xfe\n",
        b"[1, 2]\n",
        b"[" * 100_000 + b"\n",
        b'{"id": 1}\n',
        b'{"id": 1, "method": "generate", "params": []}\n',
        b'{"id": 1, "method": "generate", "params": {}}\n',
        b'{"id": 1, "method": "read", "params": {"stream": 1, "slot": -1, "tokens": [1]}}\n',
        b'{"cancel": "everything"}\n{"cancel": 7}\n{"id": 1, "method": "nope"}\n',
    ],
    ids=range(9),
)
def test_garbage_is_answered_with_an_error_and_harms_nobody(sent: bytes) -> None:
    pid = ping()

    with socket.socket(socket.AF_UNIX) as plain:
        plain.settimeout(30)
        plain.connect(str(socket_path()))
        plain.sendall(sent)
        assert b'"error"' in plain.recv(4_096)

    assert ping() == pid


def test_a_line_that_never_ends_and_half_a_line_end_their_connection_alone() -> None:
    pid = ping()

    with socket.socket(socket.AF_UNIX) as plain:
        plain.settimeout(60)
        plain.connect(str(socket_path()))
        block = b"x" * (1 << 20)
        sent = 0
        with contextlib.suppress(OSError):
            while sent < 2 * LINE_BYTES_MAX:
                plain.sendall(block)
                sent += len(block)
        assert sent < 2 * LINE_BYTES_MAX
    with socket.socket(socket.AF_UNIX) as plain:
        plain.connect(str(socket_path()))
        plain.sendall(b'{"id": 1, "method": "pi')

    assert ping() == pid
    assert psutil.Process(pid).memory_info().rss < 400 << 20


def test_another_user_is_hung_up_on(own_runtime_dir: Path) -> None:
    pid = ping()
    setpriv = shutil.which("setpriv")
    assert setpriv is not None
    # Where the folder does not keep others out, the check of the peer does.
    for folder in (own_runtime_dir, own_runtime_dir / "nanobot"):
        folder.chmod(0o755)
    socket_path_ = own_runtime_dir / "nanobot" / "models.sock"
    socket_path_.chmod(0o666)
    code = (
        "import socket, sys\n"
        "s = socket.socket(socket.AF_UNIX); s.settimeout(30); s.connect(sys.argv[1])\n"
        'try:\n s.sendall(b\'{"id": 1, "method": "ping"}\\n\'); print(s.recv(100))\n'
        "except OSError: print(b'')\n"
    )
    # Only root can be somebody else; anybody else is themself, and is answered.
    other = ["--reuid=65534", "--clear-groups"] if os.getuid() == 0 else []

    said = subprocess.run(
        [setpriv, *other, "/usr/bin/env", "python3", "-c", code, str(socket_path_)],
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert said.returncode == 0, said.stderr
    assert (b"protocol" in said.stdout) == (not other)
    assert ping() == pid
