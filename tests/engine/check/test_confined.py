"""Commands that can do no harm."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nanobot_engine.check import confined
from nanobot_engine.check.confined import ConfinedRun, run_confined


def run(
    folder: Path,
    code: str,
    *,
    timeout_s: float = 60.0,
    tasks_max: int | None = None,
    **environment: str,
) -> ConfinedRun:
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return run_confined(
        [sys.executable, "-u", "-c", code],
        folder=folder,
        home=home,
        environment=environment,
        timeout_s=timeout_s,
        tasks_max=tasks_max,
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
    [sys.executable, "-c", sys.argv[2]],
    folder=folder,
    home=folder,
    environment={},
    timeout_s=60,
    tasks_max=20,
)
print(json.dumps([run.exit_code, run.output, run.lacks, run.stopped]))
"""


def without_namespaces(folder: Path, code: str) -> object:
    """Run code on a kernel without namespaces and Landlock, as far as the launcher can see."""
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT, str(folder), code],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


_MISSING = ["network", "processes", "writes"]


def test_what_the_kernel_does_not_offer_is_said(tmp_path: Path) -> None:
    assert without_namespaces(tmp_path, "print('ran')") == [0, "ran\n", _MISSING, ""]


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


DAEMON = (
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


def is_beating(folder: Path) -> bool:
    size = (folder / "beat").stat().st_size
    assert size > 0
    time.sleep(0.3)
    return (folder / "beat").stat().st_size != size


def test_a_daemon_that_forks_twice_dies_with_its_command(tmp_path: Path) -> None:
    assert run(tmp_path, DAEMON).exit_code == 0
    assert not is_beating(tmp_path)


def test_without_namespaces_too_a_daemon_dies_with_its_command(tmp_path: Path) -> None:
    assert without_namespaces(tmp_path, DAEMON) == [0, "", _MISSING, ""]
    assert not is_beating(tmp_path)


# Each one starts two, and all of them stay; there are never more than some hundred.
BOMB = (
    "import os, time\n"
    "for _ in range(8):\n"
    "    try:\n        os.fork()\n"
    "    except OSError:\n        pass\n"
    "    time.sleep(0.05)\n"
    "open('beat', 'a').write('x')\n"
    "time.sleep(60)\n"
)


def test_a_fork_bomb_is_killed(tmp_path: Path) -> None:
    done = run(tmp_path, BOMB, tasks_max=20)

    assert done == ConfinedRun(None, "", (), "started too many processes")


def test_without_namespaces_too_a_fork_bomb_is_killed(tmp_path: Path) -> None:
    found = without_namespaces(tmp_path, BOMB)

    assert found == [None, "", _MISSING, "started too many processes"]


def test_threads_count_as_processes_do(tmp_path: Path) -> None:
    code = (
        "import threading, time\n"
        "for _ in range(40):\n"
        "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "time.sleep(60)\n"
    )

    assert run(tmp_path, code, tasks_max=20).stopped == "started too many processes"


def test_as_many_processes_as_are_allowed_may_run(tmp_path: Path) -> None:
    code = (
        "import os, time\n"
        "for _ in range(9):\n"
        "    if os.fork() == 0:\n        time.sleep(0.5)\n        os._exit(0)\n"
        "for _ in range(9):\n    os.wait()\n"
        "print('all')\n"
    )

    assert run(tmp_path, code, tasks_max=10) == ConfinedRun(0, "all\n")


def test_the_first_process_of_a_namespace_is_none_of_the_command(tmp_path: Path) -> None:
    # A signal without a handler would not reach the first process.
    code = "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\nprint('survived')\n"

    assert run(tmp_path, code) == ConfinedRun(256 - signal.SIGTERM, "")


def test_what_prints_without_end_is_stopped(tmp_path: Path) -> None:
    code = "import os\nwhile True:\n    os.write(1, b'x' * (1 << 20))\n"

    done = run(tmp_path, code)

    assert done.stopped == "printed more than 512 MiB"
    assert len(done.output) == 64 << 20


def test_what_outlives_its_starter_is_killed(tmp_path: Path) -> None:
    code = "import time\nwhile True:\n    open('beat', 'a').write('x')\n    time.sleep(0.02)\n"
    starter = (
        "import sys\nfrom pathlib import Path\n"
        "from nanobot_engine.check.confined import run_confined\n"
        f"folder = Path({str(tmp_path)!r})\n"
        f"run_confined([sys.executable, '-c', {code!r}], folder=folder, home=folder,\n"
        "             environment={}, timeout_s=60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", starter]) as started:
        while not (tmp_path / "beat").exists():
            time.sleep(0.02)
        started.kill()

    # The launcher looks for its starter in intervals.
    deadline = time.monotonic() + 20
    while is_beating(tmp_path) and time.monotonic() < deadline:
        pass
    assert not is_beating(tmp_path)


def test_a_launcher_that_something_kills_is_told_from_a_command_that_ends(tmp_path: Path) -> None:
    code = "import os, time\nopen('beat', 'w').write('x')\ntime.sleep(60)\n"
    killed: list[int] = []

    def kill_launcher() -> bool:
        if not killed and (tmp_path / "beat").exists():
            (own,) = [int(one) for one in children_of(os.getpid()) if is_launcher(one)]
            os.kill(own, signal.SIGKILL)
            killed.append(own)
        return False

    home = tmp_path / "home"
    home.mkdir()
    command = [sys.executable, "-c", code]
    done = run_confined(
        command, folder=tmp_path, home=home, environment={}, timeout_s=60, cancelled=kill_launcher
    )

    assert (done.exit_code, done.stopped, done.is_innocent) == (None, "was killed", True)


def children_of(pid: int) -> list[str]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [child for task in tasks for child in (task / "children").read_text().split()]


def is_launcher(pid: str) -> bool:
    return b"launcher.py" in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_it_sees_its_own_processes_only(tmp_path: Path) -> None:
    code = (
        "import os\n"
        "print(os.readlink('/proc/self') == str(os.getpid()))\n"
        "print(sum(name.isdecimal() for name in os.listdir('/proc')) < 5)\n"
    )

    assert run(tmp_path, code) == ConfinedRun(0, "True\nTrue\n")


def test_what_it_leaves_in_shared_memory_is_gone(tmp_path: Path) -> None:
    name = f"nanobot-test-{os.getpid()}"
    code = f"from pathlib import Path\npath = Path('/dev/shm/{name}')\npath.write_bytes(b'x')\n"

    assert run(tmp_path, code).exit_code == 0
    assert not Path("/dev/shm", name).exists()


def test_what_fills_the_disk_is_stopped_and_not_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined, "FREE_BYTES_MIN", 1 << 62)

    done = run(tmp_path, "import time\ntime.sleep(60)\n")

    assert (done.exit_code, done.stopped, done.is_innocent) == (None, "found the disk full", True)
