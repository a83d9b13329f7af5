"""One accept, reject or undo at a time per workspace, by a lock that dies with its OS process."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nanobot_engine.process.errors import LedgerError, WorkspaceBusyError


@contextmanager
def only_writer(ledger_path: Path) -> Iterator[None]:
    """Keep a second accept or undo out of the workspace.

    Raises:
        WorkspaceBusyError: Another one is at work.
        LedgerError: The lock can not be opened.
    """
    # Never through a link: the workspace may be somebody else's work.
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    path = ledger_path.with_name("write.lock")
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        # What is no file of ours can be removed; a full or read-only disk is another matter.
        is_other_thing = error.errno in {errno.ELOOP, errno.EISDIR, errno.ENXIO}
        advice = "remove it" if is_other_thing else "make the folder writable or free some space"
        raise LedgerError(path, f"{error.strerror}; {advice} and try again") from error
    with os.fdopen(descriptor, "r+b") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkspaceBusyError(ledger_path.parent.parent) from error
        yield
