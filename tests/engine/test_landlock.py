"""Rights that a thread gave up are gone for it, and for nobody else."""

import os
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from nanobot_engine.landlock import (
    READ,
    READ_FILE,
    TCP_VERSION,
    changes,
    landlock_version,
    restrict_thread,
)


def outcomes(
    kept: Sequence[tuple[Path | int, int]], attempts: Sequence[Callable[[], object]]
) -> list[str]:
    """Try things in a thread that keeps few rights."""
    found: list[str] = []

    def work() -> None:
        found.append(str(restrict_thread(READ | changes(), kept, is_alone=True)))
        for attempt in attempts:
            try:
                attempt()
                found.append("done")
            except OSError as error:
                found.append(type(error).__name__)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return found


def test_only_what_is_kept_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    for name in ("mine/file", "theirs", "given"):
        (tmp_path / name).write_text("x")
    given = os.open(tmp_path / "given", os.O_RDONLY)
    try:
        found = outcomes(
            [(tmp_path / "mine", READ), (given, READ_FILE), (tmp_path / "none", READ)],
            [
                (tmp_path / "mine" / "file").read_text,
                (tmp_path / "given").read_text,
                (tmp_path / "theirs").read_text,
                lambda: list(tmp_path.iterdir()),
                lambda: (tmp_path / "mine" / "new").write_text("x"),
                lambda: os.read(given, 1),
            ],
        )
    finally:
        os.close(given)

    denied = "PermissionError" if landlock_version() else "done"
    assert found == [
        str(landlock_version() > 0), "done", "done", denied, denied, denied, "done",
    ]  # fmt: skip
    assert (tmp_path / "theirs").read_text() == "x"  # For us nothing changed.


def test_a_thread_that_is_alone_reaches_nobody_by_tcp() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        found = outcomes(
            [], [lambda: socket.create_connection(address, 5).close(), lambda: os.kill(1, 0)]
        )
        socket.create_connection(address, 5).close()

    if landlock_version() >= TCP_VERSION:
        assert found[1] == "PermissionError"
