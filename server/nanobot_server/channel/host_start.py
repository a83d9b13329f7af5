"""Start a host, and hear whether it is one. Imports nothing heavy."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from nanobot_server.host.errors import FAILED, HostError


def start_host(module: str, arguments: Sequence[str], deadline: float) -> bool:
    """Start a host and wait for its one line on stdout.

    A host that finds another one alive says `busy` and leaves; that is success.

    Args:
        module: That Python runs.
        arguments: Of the command line.
        deadline: Of `time.monotonic`; later the caller is told nothing.

    Returns:
        Whether it was busy.

    Raises:
        HostError: It could not start; the message is its own.
    """
    host = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Its own session: Ctrl-C in a terminal is the front's, and the host
        # outlives a front that is replaced by another.
        start_new_session=True,
    )
    # Its end is waited for, or a front that lives for days collects dead hosts.
    threading.Thread(target=host.wait, name="host-reaper", daemon=True).start()
    assert host.stdout is not None
    with host.stdout:
        line = _read_line(host, deadline)
    if not line:
        return False  # Slow or killed; the caller tries to connect until its deadline.
    try:
        said = json.loads(line)
    except ValueError as error:
        raise HostError(FAILED, f"the nanobot host said {line[:200]!r} at its start") from error
    if said.get("state") == "failed":
        raise HostError(str(said.get("code", FAILED)), str(said.get("message", "did not start")))
    return bool(said.get("state") == "busy")


def _read_line(host: subprocess.Popen[bytes], deadline: float) -> bytes:
    """Return the first line of the host's stdout, or b"" at the deadline."""
    import selectors  # noqa: PLC0415 - only a front that starts a host pays for it.

    assert host.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(host.stdout, selectors.EVENT_READ)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            return b""
    return host.stdout.readline(65536)
