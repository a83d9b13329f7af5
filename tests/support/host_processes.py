"""The OS processes that work for a workspace: how many there are, and what they run."""

import contextlib
from pathlib import Path

import psutil


def hosts(workspace: Path) -> list[psutil.Process]:
    """Return the hosts of a workspace."""
    found = []
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
        except psutil.Error:
            continue
        if "nanobot_server.host" in line and str(workspace) in line:
            found.append(process)
    return found


def workers(workspace: Path) -> list[str]:
    """Return the module that each OS process below the hosts of a workspace runs."""
    found = []
    for host in hosts(workspace):
        for child in host.children(recursive=True):
            try:
                line = child.cmdline()
            except psutil.Error:
                continue
            modules = [part for part in line if part.startswith("nanobot_")]
            found.append(modules[0] if modules else " ".join(line))
    return found


def model_hosts(folder: Path) -> list[psutil.Process]:
    """Return the model hosts whose sockets are below `folder`."""
    found = []
    for process in psutil.process_iter():
        try:
            if "nanobot_server.model_host" not in process.cmdline():
                continue
            if process.environ().get("XDG_RUNTIME_DIR", "").startswith(str(folder)):
                found.append(process)
        except psutil.Error:
            continue
    return found


def end_model_hosts(folder: Path) -> None:
    """End the model hosts whose sockets are below `folder`, and wait until they are gone."""
    running = model_hosts(folder)
    for process in running:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _gone, left = psutil.wait_procs(running, timeout=10)
    for process in left:
        process.kill()
    assert not left, f"{left} had to be killed"
