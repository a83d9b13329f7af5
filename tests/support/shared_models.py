"""What is asked of model hosts in tests: little, of the smallest real model."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from nanobot_engine.model import CHATML, Wave
from nanobot_server.settings import ModelSettings, Settings
from support.host_processes import model_hosts


def wave(seed: int = 1, *, tokens_max: int = 8, samples: int = 2) -> Wave:
    """Return a small question."""
    return Wave(
        prefix=CHATML.prefix("You are brief."),
        prompts=(CHATML.prompt("Tell a long story about a colour."),),
        samples=samples,
        tokens_max=tokens_max,
        temperature=0.8,
        seed=seed,
    )


def small_settings(models_dir: Path, **model: Any) -> Settings:
    """Return settings for little memory."""
    limits = {"slots": 2, "context_tokens": 1_024, "models_dir": models_dir, "threads": 2}
    return Settings(model=ModelSettings(**{**limits, **model}))


def the_host(folder: Path) -> psutil.Process:
    """Return the one model host whose sockets are below `folder`."""
    (host,) = model_hosts(folder)
    return host


def workers_of(host: psutil.Process) -> list[int]:
    """Return the pids of what runs below a model host."""
    return [child.pid for child in host.children(recursive=True)]


def is_running(pid: int) -> bool:
    """Tell whether a process lives. One that nobody waited for yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def until(holds: Callable[[], bool], *, timeout_s: float = 40.0) -> None:
    """Wait until something holds."""
    give_up = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < give_up, "it never held"
        await asyncio.sleep(0.05)
