"""Which devices this machine's build of llama.cpp can compute on.

Native code belongs in a worker that may die, so the question is asked in a short-lived
OS process: `python -m nanobot_engine.model.hardware.device_list`.
"""

import json
import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, Final

log = logging.getLogger(__name__)

_TIMEOUT_S: Final = 20.0
_REPLY_BYTES_MAX: Final = 65_536
_KINDS: Final = {1: "gpu", 2: "integrated"}
"""Of ggml's device types: those with memory that layers can be put into."""


@dataclass(frozen=True, slots=True)
class Device:
    """A GPU that the binding can use."""

    name: str
    """As llama.cpp calls it, such as `CUDA0`, `Vulkan1`, `Metal`."""
    description: str
    """As its maker calls it."""
    memory_bytes: int
    memory_free_bytes: int
    is_integrated: bool
    """It uses the memory of the processor."""


@dataclass(frozen=True, slots=True)
class DeviceList:
    """What the binding said."""

    version: str
    """Of the binding; empty when it can not be loaded."""
    devices: tuple[Device, ...]
    """In llama.cpp's own order, which `main_gpu` counts in."""
    problem: str = ""
    """Why there is no answer, as a sentence; empty when there is one."""


def list_devices() -> DeviceList:
    """Ask the binding, in an OS process of its own."""
    command = [sys.executable, "-P", "-m", "nanobot_engine.model.hardware.device_list"]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=_TIMEOUT_S, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return DeviceList("", (), f"llama.cpp did not say what it can use: {error}")
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", errors="replace").strip().splitlines()
        reason = lines[-1][:300] if lines else f"it ended with code {done.returncode}"
        return DeviceList("", (), f"llama.cpp can not be loaded: {reason}")
    return parse_devices(done.stdout[:_REPLY_BYTES_MAX])


def parse_devices(reply: bytes) -> DeviceList:
    """Return what the OS process said."""
    try:
        document = json.loads(reply)
        found = tuple(_device(one) for one in document["devices"] if one["type"] in _KINDS)
        return DeviceList(str(document["version"]), found)
    except (ValueError, KeyError, TypeError) as error:
        return DeviceList("", (), f"llama.cpp said what nobody understands: {error!r}")


def _device(one: dict[str, Any]) -> Device:
    name = str(one["name"])
    return Device(
        name=name,
        description=str(one["description"]) or name,
        memory_bytes=int(one["memory_total"]),
        memory_free_bytes=int(one["memory_free"]),
        is_integrated=_KINDS[one["type"]] == "integrated" or name.startswith(("Metal", "MTL")),
    )


def main() -> None:
    """Say what there is, as one JSON document."""
    # Native code prints where it likes, so the answer goes to a copy of fd 1.
    answer_fd = os.dup(1)
    os.dup2(2, 1)
    import xllamacpp  # noqa: PLC0415 - may print, so after fd 1 was moved

    devices = [
        {**{key: one[key] for key in ("name", "description")}, "type": int(one["type"]),
         "memory_total": int(one["memory_total"]), "memory_free": int(one["memory_free"])}
        for one in xllamacpp.get_device_info()
    ]  # fmt: skip
    document = {"version": str(xllamacpp.__version__), "devices": devices}
    os.write(answer_fd, json.dumps(document).encode("ascii"))


if __name__ == "__main__":
    main()
