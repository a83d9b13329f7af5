import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from nanobot_indexer import IndexLockedError, IndexWriteError
from nanobot_indexer.volume.lock import IndexLock


def test_a_second_writer_is_refused_and_told_who_has_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with (
        IndexLock(path, timeout_s=0.0),
        pytest.raises(IndexLockedError) as caught,
        IndexLock(path, timeout_s=0.0),
    ):
        pass

    assert caught.value.pid == os.getpid()
    assert str(os.getpid()) in str(caught.value)


def test_the_lock_is_free_again_after_its_block(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    for _ in range(2):
        with IndexLock(path, timeout_s=0.0):
            pass


def test_a_writer_waits_for_as_long_as_it_was_told(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with IndexLock(path, timeout_s=0.0):
        started = time.monotonic()
        with pytest.raises(IndexLockedError), IndexLock(path, timeout_s=0.3):
            pass

    assert time.monotonic() - started >= 0.3


def test_a_killed_writer_leaves_no_lock(tmp_path: Path) -> None:
    script = """
        import sys, time
        from pathlib import Path
        from nanobot_indexer.volume.lock import IndexLock
        with IndexLock(Path(sys.argv[1]), timeout_s=0.0):
            print("locked", flush=True)
            time.sleep(60)
        """
    path = tmp_path / "lock"
    command = [sys.executable, "-c", textwrap.dedent(script), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        with pytest.raises(IndexLockedError) as caught, IndexLock(path, timeout_s=0.0):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()

    assert caught.value.pid == holder.pid
    with IndexLock(path, timeout_s=5.0):
        pass


def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "lock").symlink_to("precious")

    with pytest.raises(IndexWriteError), IndexLock(tmp_path / "lock", timeout_s=0.0):
        pass

    assert (tmp_path / "precious").read_text() == "precious"


def test_a_lock_that_lost_its_name_while_it_was_waited_for_keeps_others_out(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    held: list[str] = []

    def wait() -> None:
        with IndexLock(path, timeout_s=20.0):
            held.append("waiting")

    with IndexLock(path, timeout_s=0.0):
        waiting = threading.Thread(target=wait)
        waiting.start()
        # It has opened the file that is about to lose its name.
        while open_count(path) < 2:
            time.sleep(0.01)
        path.unlink()
        other = IndexLock(path, timeout_s=0.0)
        other.__enter__()
    try:
        waiting.join(timeout=0.5)

        assert not held
    finally:
        other.__exit__(None, None, None)
        waiting.join()
    assert held == ["waiting"]


def open_count(path: Path) -> int:
    """Return how many descriptors of this process are of a file."""
    found = 0
    for fd in Path("/proc/self/fd").iterdir():
        # One that another thread closes meanwhile is none.
        with contextlib.suppress(FileNotFoundError):
            found += fd.samefile(path)
    return found


def test_a_lock_in_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(IndexWriteError, match="No such file"),
        IndexLock(tmp_path / "gone" / "lock", timeout_s=0.0),
    ):
        pass
