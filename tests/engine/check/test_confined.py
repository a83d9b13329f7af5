"""Commands that can do no harm."""

import socket
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
