"""Temporary folders for copies, removed at the end, also after a crash.

A folder in use is locked. One that nobody holds was left by a program that was killed, and
is removed when the next one is made.
"""

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_PREFIX: Final = "nanobot-scratch-"
# Between the making of a folder and its lock.
_AGE_S_MIN: Final = 60.0


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a folder that is gone afterwards, whatever was put into it.

    Raises:
        OSError: It can not be made.
    """
    _remove_left()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    descriptor = -1
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield folder
    finally:
        remove_tree(folder)
        if descriptor >= 0:
            os.close(descriptor)


def remove_tree(folder: Path) -> None:
    """Remove a folder with all that is in it, also what forbids that; links are not followed."""
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.is_dir() or folder.is_symlink():
        return
    with suppress(OSError):
        folder.chmod(stat.S_IRWXU)
    for current, names, _ in os.walk(folder):
        for path in (Path(current, name) for name in names):
            with suppress(OSError):
                if not path.is_symlink():
                    path.chmod(stat.S_IRWXU)
    shutil.rmtree(folder, ignore_errors=True)


def _remove_left() -> None:
    """Remove the folders of the user that nobody holds."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            status = folder.lstat()
            is_own = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
            if not is_own or time.time() - status.st_mtime < _AGE_S_MIN:
                continue
            descriptor = os.open(
                folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            )
            try:
                # Somebody who uses it makes this fail.
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove_tree(folder)
            finally:
                os.close(descriptor)
