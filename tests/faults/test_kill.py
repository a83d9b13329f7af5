"""kill -9 at random moments: the resumed process ends like an uninterrupted one.

Each seed is logged; set NANOBOT_TEST_SEED to repeat a failure. `NANOBOT_LONG_TESTS=1` kills
workers of real models more often.
"""

import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nanobot_engine.process import Ledger, ProcessState
from support import small_process
from support.index_twin import IS_LONG

RUNNER = Path(__file__).parent.parent / "support" / "run_process.py"
KILLS = 20
KILLS_REAL = 20 if IS_LONG else 6
"""Each costs the start of a worker, which reads its model."""
OPTIONS = replace(small_process.OPTIONS, samples_max=4)
DOCUMENT = "add docstrings to every public function"
HANDLE = "add error handling to all functions"

log = logging.getLogger(__name__)


@pytest.fixture
def seed() -> int:
    value = int(os.environ.get("NANOBOT_TEST_SEED", random.SystemRandom().randrange(2**31)))
    # pytest shows the log of a test that failed.
    log.warning("seed: NANOBOT_TEST_SEED=%d", value)
    return value


@pytest.fixture
def runtime_dir() -> Iterator[Path]:
    # Short: a Unix socket's path has about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="nb-") as folder:
        yield Path(folder)


def start(path: Path, process_id: str, how: str) -> subprocess.Popen[bytes]:
    """Start a runner as the leader of its own group, workers included."""
    return subprocess.Popen(
        [sys.executable, str(RUNNER), str(path), process_id, how],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def run_to_end(path: Path, process_id: str, how: str) -> float:
    """Run without interruption. Returns seconds."""
    started = time.monotonic()
    runner = start(path, process_id, how)
    _, stderr = runner.communicate(timeout=100)
    assert runner.returncode == 0, stderr.decode()
    return time.monotonic() - started


def check_kills(
    tmp_path: Path,
    how: str,
    *,
    seed: int,
    functions: int,
    sentence: str = DOCUMENT,
    kills: int = KILLS,
) -> None:
    """Compare one uninterrupted run with one that is killed again and again and resumed."""
    root = tmp_path / "code"
    if sentence == DOCUMENT:
        small_process.write_workspace(root, files=3, functions=functions)
    else:
        small_process.write_risky_workspace(root, files=30, functions=functions)
    whole, killed = tmp_path / "whole.db", tmp_path / "killed.db"
    with Ledger.open(whole) as ledger:
        process_id = small_process.create(ledger, root, OPTIONS, sentence=sentence)
    shutil.copy(whole, killed)
    seconds = run_to_end(whole, process_id, how)
    # A run starts for about as long every time; kills fall on that, on its waves,
    # and on its commits.
    draw = random.Random(seed)
    for _ in range(kills):
        if is_finished(killed, process_id):
            # It ended before its kill, or was killed while leaving: once more.
            compare(whole, killed)
            for suffix in ("", "-wal", "-shm"):
                killed.with_name(killed.name + suffix).unlink(missing_ok=True)
            with Ledger.open(killed) as ledger:
                again = small_process.create(ledger, root, OPTIONS, sentence=sentence)
                assert again == process_id
        runner = start(killed, process_id, how)
        try:
            runner.communicate(timeout=draw.uniform(0.3, seconds))
        except subprocess.TimeoutExpired:
            os.killpg(runner.pid, signal.SIGKILL)
            runner.communicate()
    if not is_finished(killed, process_id):
        run_to_end(killed, process_id, how)
    compare(whole, killed)


def is_finished(path: Path, process_id: str) -> bool:
    with Ledger.open(path) as ledger:
        state = ledger.process(process_id).state
    return state in {ProcessState.WAITING_FOR_REVIEW, ProcessState.DONE}


def compare(whole: Path, killed: Path) -> None:
    with Ledger.open(whole) as expected, Ledger.open(killed) as found:
        assert small_process.canonical(found) == small_process.canonical(expected)
        (integrity,) = found.connection.execute("PRAGMA integrity_check").fetchone() or ("",)
        assert integrity == "ok"


def test_a_scripted_process_survives_kills(tmp_path: Path, seed: int) -> None:
    check_kills(tmp_path, "scripted", seed=seed, functions=20)


def test_a_process_that_settles_steps_by_program_survives_kills(tmp_path: Path, seed: int) -> None:
    check_kills(tmp_path, "judging", seed=seed, functions=8, sentence=HANDLE, kills=8)


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_process_on_a_real_model_survives_kills(
    tmp_path: Path, runtime_dir: Path, seed: int, models_dir: Path
) -> None:
    check_kills(tmp_path, str(runtime_dir), seed=seed, functions=6, kills=KILLS_REAL)
