"""What the machine has: cores, memory, disk, GPUs.

Limits of a container count: the kernel enforces them, whatever the machine has.
"""

import logging
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
import pynvml

from nanobot_engine.model.hardware.device_list import Device

log = logging.getLogger(__name__)

_CGROUP: Final = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU."""

    name: str
    memory_bytes: int
    memory_free_bytes: int
    device: str = ""
    """What llama.cpp calls it; empty: this build of llama.cpp can not use it."""
    device_index: int = 0
    """Its place among the devices of llama.cpp."""
    is_integrated: bool = False
    """Its memory is the processor's."""

    @property
    def is_usable(self) -> bool:
        """Whether layers can be put there."""
        return bool(self.device)


@dataclass(frozen=True, slots=True)
class Hardware:
    """A snapshot of the machine, as far as this process may use it."""

    cores_physical: int
    cores_logical: int
    memory_bytes: int
    memory_available_bytes: int
    disk_free_bytes: int
    """On the file system that the models are on."""
    gpus: tuple[Gpu, ...]
    avx2: bool
    """The prebuilt llama.cpp needs it on x86-64; True elsewhere."""


def detect_hardware(models_dir: Path, devices: Sequence[Device] = ()) -> Hardware:
    """Look at the machine.

    Args:
        models_dir: Where models are or will be; need not exist.
        devices: What `list_devices` found. Without, no GPU counts as usable.
    """
    memory = psutil.virtual_memory()
    limit, used = _cgroup_memory(_CGROUP)
    total = min(memory.total, limit) if limit else memory.total
    available = min(memory.available, limit - used) if limit else memory.available
    return Hardware(
        cores_physical=usable_cores(),
        cores_logical=_affinity(),
        memory_bytes=total,
        memory_available_bytes=max(0, available),
        disk_free_bytes=disk_free_bytes(models_dir),
        gpus=merged_gpus(_nvidia_gpus(), devices),
        avx2=_has_avx2(),
    )


def merged_gpus(nvidia: Sequence[Gpu], devices: Sequence[Device]) -> tuple[Gpu, ...]:
    """Return each GPU once, with what its driver and what llama.cpp says about it.

    Of the two numbers of free memory the smaller one counts.
    """
    found = []
    left = list(nvidia)
    for index, device in enumerate(devices):
        # Cards of one name come in the same order from both.
        twin = next((gpu for gpu in left if gpu.name == device.description), None)
        free_bytes = device.memory_free_bytes
        if twin is not None:
            left.remove(twin)
            free_bytes = min(free_bytes, twin.memory_free_bytes)
        found.append(
            Gpu(
                name=device.description,
                memory_bytes=device.memory_bytes,
                memory_free_bytes=free_bytes,
                device=device.name,
                device_index=index,
                is_integrated=device.is_integrated,
            )
        )
    return (*found, *left)


def usable_cores() -> int:
    """Return how many physical cores this process may use; at least 1."""
    physical = psutil.cpu_count(logical=False) or 1
    quota = _cgroup_cores(_CGROUP)
    return max(1, min(physical, _affinity(), quota or physical))


def disk_free_bytes(path: Path) -> int:
    """Return the free space where `path` is, or would be created."""
    for folder in (path, *path.absolute().parents):
        if folder.is_dir():
            return shutil.disk_usage(folder).free
    return 0


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cgroup_cores(root: Path) -> int | None:
    """Return the CPU quota of a cgroup (version 2), rounded up, or None without one."""
    try:
        quota, period = (root / "cpu.max").read_text("ascii").split()
        return -(-int(quota) // int(period))
    except (OSError, ValueError):  # No such file, or "max".
        return None


def _cgroup_memory(root: Path) -> tuple[int | None, int]:
    """Return the memory limit of a cgroup (version 2) and what is used, in bytes."""
    try:
        limit = int((root / "memory.max").read_text("ascii"))
        return limit, int((root / "memory.current").read_text("ascii"))
    except (OSError, ValueError):  # No such file, or "max".
        return None, 0


def _has_avx2() -> bool:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", errors="replace")
    except OSError:
        return True
    flags = [line for line in text.splitlines() if line.startswith("flags")]
    return not flags or " avx2" in flags[0]


def _nvidia_gpus() -> tuple[Gpu, ...]:
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:  # No driver: the usual case.
        log.debug("no nvidia gpu: reason=%s", error)
        return ()
    try:
        return tuple(_gpu(index) for index in range(pynvml.nvmlDeviceGetCount()))
    except pynvml.NVMLError as error:
        log.warning("nvidia driver does not answer: reason=%s", error)
        return ()
    finally:
        pynvml.nvmlShutdown()


def _gpu(index: int) -> Gpu:
    device = pynvml.nvmlDeviceGetHandleByIndex(index)
    memory = pynvml.nvmlDeviceGetMemoryInfo(device)
    return Gpu(
        name=str(pynvml.nvmlDeviceGetName(device)),
        memory_bytes=int(memory.total),
        memory_free_bytes=int(memory.free),
    )
