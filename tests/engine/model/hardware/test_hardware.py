"""What the machine has, and what a container leaves of it."""

import os
from pathlib import Path

import psutil

from nanobot_engine.model.hardware.hardware import (
    _cgroup_cores,
    _cgroup_memory,
    detect_hardware,
    disk_free_bytes,
    usable_cores,
)


def test_this_machine_is_described(tmp_path: Path) -> None:
    found = detect_hardware(tmp_path / "not" / "there" / "yet")

    assert 1 <= found.cores_physical <= found.cores_logical or found.cores_physical == 1
    assert found.cores_logical == len(os.sched_getaffinity(0))
    assert 0 < found.memory_available_bytes <= found.memory_bytes
    assert found.memory_bytes <= psutil.virtual_memory().total
    assert found.disk_free_bytes > 0
    assert all(gpu.memory_bytes > 0 for gpu in found.gpus)


def test_fewer_allowed_cores_are_fewer_cores() -> None:
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})

        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_the_limits_of_a_container_count(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("400\n")

    assert _cgroup_cores(tmp_path) == 2
    assert _cgroup_memory(tmp_path) == (1000, 400)


def test_a_container_without_limits_has_none(tmp_path: Path) -> None:
    assert _cgroup_cores(tmp_path) is None
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")

    assert _cgroup_cores(tmp_path) is None
    assert _cgroup_memory(tmp_path) == (None, 0)


def test_the_disk_of_a_folder_that_is_not_there_is_that_of_its_parent(tmp_path: Path) -> None:
    assert abs(disk_free_bytes(tmp_path / "a" / "b") - disk_free_bytes(tmp_path)) < 1 << 30
