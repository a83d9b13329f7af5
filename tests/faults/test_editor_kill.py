"""kill -9 of an editor at a random moment: server, host and workers leave by themselves.

Half of the editors leave the server's pipes open, as one that shares them with another
process does. `NANOBOT_LONG_TESTS=1` kills a thousand editors; `NANOBOT_TEST_SEED` repeats
a failure.
"""

import contextlib
import ctypes
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psutil
import pytest

from support.index_twin import IS_LONG, environment_of_tests, seeded

EDITOR = Path(__file__).parents[1] / "support" / "doomed_editor.py"
ROUNDS, KILLS_A_ROUND, AT_ONCE = (25, 40, 5) if IS_LONG else (2, 10, 3)
LIFE_S = 5.0
"""At most. A server starts in one second of a busy machine, a host in two."""
GONE_S = 60.0
"""A host lingers for three seconds when its last front has left."""
SET_CHILD_SUBREAPER = 36
"""Of prctl(2): orphans become children of this process, so that none is overlooked."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200 if IS_LONG else 300)]


@pytest.fixture
def orphans() -> Generator[None]:
    """Make orphaned descendants children of this process."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    yield
    libc.prctl(SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@pytest.fixture
def place() -> Generator[Path]:
    # Not pytest's folder: the path of a Unix socket may have 100 bytes.
    folder = Path(tempfile.mkdtemp(prefix="nb-"))
    yield folder
    shutil.rmtree(folder)


def made_workspace(place: Path, number: int) -> Path:
    workspace = place / f"ws{number}"
    workspace.mkdir()
    for module in range(40):
        (workspace / f"module_{module}.py").write_text(
            "import os\n\n\n"
            + "".join(
                f"def total_{n}(numbers):\n    return sum(numbers) + {n}\n\n\n" for n in range(60)
            )
            + f"def total(numbers):\n    return total_{module}(numbers)\n",
            encoding="utf-8",
        )
    return workspace


def part_of(process: psutil.Process) -> str | None:
    """Say which of our programs a process is; None for a dead one or another."""
    try:
        words = process.cmdline()
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
    except psutil.Error:
        return None
    modules = [word for word in words if word.startswith(("nanobot_", "-c"))]
    if "nanobot_server.lsp" in modules:
        return "lsp"
    if "nanobot_server.host" in modules:
        return "host"
    return "worker" if "nanobot" in " ".join(words) and "doomed" not in " ".join(words) else None


def descendants(known: set[int]) -> list[psutil.Process]:
    return [x for x in psutil.Process().children(recursive=True) if x.pid not in known]


def kill_one(workspace: Path, env: dict[str, str], seed: int) -> Counter[str]:
    """Start an editor and kill it; return what lived at that moment."""
    chance = random.Random(seed)
    is_held = chance.random() < 0.5
    held = [*os.pipe(), *reversed(os.pipe())] if is_held else []
    with subprocess.Popen(
        [sys.executable, str(EDITOR), str(workspace), str(seed), *map(str, held)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=held,
        env=env,
    ) as editor:
        assert editor.stdout is not None
        try:
            if is_held:
                # Before that, a server knows nobody to watch.
                assert editor.stdout.readline() == b"go\n"
                # The server's own ends, which only it may hold.
                os.close(held[0])
                os.close(held[2])
            time.sleep(chance.uniform(0.0, LIFE_S))
            alive = Counter(
                filter(None, (part_of(one) for one in psutil.Process().children(recursive=True)))
            )
            servers = [
                one
                for one in psutil.Process(editor.pid).children()
                if part_of(one) in ("lsp", None)
            ]
            editor.kill()
            editor.wait()
            # With its pipes open until then, it can only have seen the editor's end.
            psutil.wait_procs(servers, timeout=GONE_S)
            assert not [one for one in servers if part_of(one) == "lsp"], (
                f"a server stays, {is_held=}"
            )
        finally:
            editor.kill()
            for descriptor in (held[1], held[3]) if is_held else ():
                os.close(descriptor)
    alive["pipes held"] = int(is_held)
    return alive


def wait_until_all_are_gone(known: set[int]) -> float:
    """Return after how many seconds; dead orphans are ours to bury."""
    begun = time.monotonic()
    while left := descendants(known):
        for process in left:
            with contextlib.suppress(ChildProcessError, psutil.Error):
                os.waitpid(process.pid, os.WNOHANG)
        names = [(one.pid, part_of(one)) for one in left]
        if time.monotonic() - begun > GONE_S:
            for process in left:
                with contextlib.suppress(psutil.Error):
                    process.send_signal(signal.SIGKILL)
            pytest.fail(f"left behind: {names}")
        time.sleep(0.02)
    return time.monotonic() - begun


def test_nothing_outlives_a_killed_editor(orphans: None, place: Path) -> None:
    chance = seeded()
    known = {process.pid for process in psutil.Process().children(recursive=True)}
    env = environment_of_tests()
    for name in ("RUNTIME_DIR", "STATE_HOME", "CACHE_HOME", "CONFIG_HOME", "DATA_HOME"):
        env[f"XDG_{name}"] = str(place)
    kills, slowest_s = 0, 0.0
    alive: Counter[str] = Counter()
    for number in range(ROUNDS):
        workspace = made_workspace(place, number)
        seeds = [chance.randrange(2**31) for _ in range(KILLS_A_ROUND)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for found in pool.map(partial(kill_one, workspace, env), seeds):
                alive.update(part for part in found if found[part])
                kills += 1
        slowest_s = max(slowest_s, wait_until_all_are_gone(known))
        shutil.rmtree(workspace)
        sys.stderr.write(
            f"kills: {kills}, of them with each part alive: {dict(alive)}, "
            f"all gone after at most {slowest_s:.1f} s\n"
        )
    assert alive["lsp"] > 0
    assert alive["host"] > 0
