"""Commands that can do no harm."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nanobot_engine.check.confined import ConfinedRun, run_confined


def run(folder: Path, code: str, *, timeout_s: float = 60.0, **environment: str) -> ConfinedRun:
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return run_confined(
        [sys.executable, "-u", "-c", code],
        folder=folder,
        home=home,
        environment=environment,
        timeout_s=timeout_s,
    )


def test_a_command_runs_in_its_folder_with_a_plain_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_USER", "x")
    code = "import os; print(os.getcwd(), os.environ['HOME'], sorted(os.environ))"

    done = run(tmp_path, code, GREETING="hello")

    assert done.exit_code == 0
    assert done.output.startswith(f"{tmp_path} {tmp_path / 'home'} ")
    assert "GREETING" in done.output
    assert "SECRET_OF_THE_USER" not in done.output


def test_its_exit_code_and_both_streams_are_told(tmp_path: Path) -> None:
    done = run(tmp_path, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")

    assert done == ConfinedRun(7, "out\nerr\n")


def test_it_can_write_to_its_folder_only(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "old").write_text("old")
    (inside / "link").symlink_to(outside)
    code = (
        "import os\n"
        "open('mine', 'w').close()\n"
        f"for act in (lambda: open({str(outside / 'new')!r}, 'w'),\n"
        "            lambda: open('link/new', 'w'),\n"
        f"            lambda: os.unlink({str(outside / 'old')!r}),\n"
        f"            lambda: os.rename('mine', {str(outside / 'mine')!r})):\n"
        "    try:\n        act()\n        print('done')\n"
        "    except OSError:\n        print('refused')\n"
    )

    done = run(inside, code)

    assert (inside / "mine").exists()
    assert (done.output, sorted(path.name for path in outside.iterdir())) == (
        "refused\n" * 4,
        ["old"],
    )


def test_it_reaches_no_socket_outside_but_its_own_loopback(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = (
            "import socket\n"
            f"try:\n    socket.create_connection(('127.0.0.1', {port}), 2)\n    print('reached')\n"
            "except OSError:\n    print('refused')\n"
            "with socket.create_server(('127.0.0.1', 0)) as own:\n"
            "    socket.create_connection(own.getsockname(), 2).close()\n"
        )

        done = run(tmp_path, code)

    assert done == ConfinedRun(0, "refused\n")


def test_everything_it_started_is_killed_when_it_takes_too_long(tmp_path: Path) -> None:
    code = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "while True:\n"
        "    open('beat', 'a').write('x')\n"
        "    time.sleep(0.02)\n"
    )

    done = run(tmp_path, code, timeout_s=2.0)

    assert done.exit_code is None
    size = (tmp_path / "beat").stat().st_size
    time.sleep(0.3)
    assert (tmp_path / "beat").stat().st_size == size > 0


def test_its_memory_has_a_limit(tmp_path: Path) -> None:
    done = run(tmp_path, "bytearray(8 << 30)")

    assert done.exit_code == 1
    assert "MemoryError" in done.output


_WITHOUT = """
import ctypes, errno, json, platform, struct, sys
from pathlib import Path
from nanobot_engine.check.confined import run_confined

UNSHARE = {"x86_64": 272, "aarch64": 97}[platform.machine()]
LANDLOCK_CREATE = 444
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
rules = [
    (0x20, 0, 0, 0),  # the number of the system call
    (0x15, 2, 0, UNSHARE),
    (0x15, 1, 0, LANDLOCK_CREATE),
    (0x06, 0, 0, ALLOW),
    (0x06, 0, 0, ERRNO | errno.EPERM),
]
code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *rule) for rule in rules))
program = struct.pack("<HxxxxxxQ", len(rules), ctypes.addressof(code))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0) == 0
folder = Path(sys.argv[1])
run = run_confined(
    [sys.executable, "-c", "print('ran')"], folder=folder, home=folder, environment={}, timeout_s=60
)
print(json.dumps([run.exit_code, run.output, run.lacks]))
"""


def test_what_the_kernel_does_not_offer_is_said(tmp_path: Path) -> None:
    # A kernel without namespaces and Landlock, as far as the launcher can see.
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert json.loads(done.stdout) == [0, "ran\n", ["network", "processes", "writes"]]


def test_what_the_kernel_offers_is_not_missed(tmp_path: Path) -> None:
    assert run(tmp_path, "pass").lacks == ()


def test_a_command_can_not_say_what_was_missing(tmp_path: Path) -> None:
    code = (
        "import os\n"
        "for fd in range(3, 64):\n"
        "    try:\n        os.write(fd, b'x')\n"
        "    except OSError:\n        pass\n"
    )

    assert run(tmp_path, code).lacks == ()


def test_a_daemon_that_forks_twice_dies_with_its_command(tmp_path: Path) -> None:
    code = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        while True:\n"
        "            open('beat', 'a').write('x')\n"
        "            time.sleep(0.02)\n"
        "    os._exit(0)\n"
        "while not os.path.exists('beat'):\n"
        "    time.sleep(0.02)\n"
    )

    assert run(tmp_path, code).exit_code == 0
    size = (tmp_path / "beat").stat().st_size
    time.sleep(0.3)
    assert (tmp_path / "beat").stat().st_size == size > 0
