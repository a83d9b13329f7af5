"""The heartbeat is a number in a file without a name."""

import os
from pathlib import Path

from nanobot_engine.model.worker.heart import beat, new_pulse, pulse


def test_a_beat_is_seen_and_nothing_is_left(tmp_path: Path) -> None:
    fd = new_pulse(tmp_path)
    try:
        assert pulse(fd) == 0
        beat(fd, 7)
        assert pulse(fd) == 7
        assert list(tmp_path.iterdir()) == []
    finally:
        os.close(fd)


def test_whatever_a_worker_writes_eight_bytes_are_read(tmp_path: Path) -> None:
    fd = new_pulse(tmp_path)
    try:
        os.pwrite(fd, b"\xff" * 100_000, 0)
        assert pulse(fd) == 2**64 - 1
        os.ftruncate(fd, 0)
        assert pulse(fd) == 0
    finally:
        os.close(fd)
