"""Do something in a thread that the kernel lets write beneath one folder only.

The second wall behind `beneath`: where a mistake here or in a library would still
lead out of the workspace, Landlock (Linux 5.13 and later) refuses it. Where the kernel
has no Landlock, the thread runs without.

The restriction is of the calling thread and can not be taken back, so each call gets
a thread of its own. Owners, permission bits and extended attributes are not covered:
Landlock does not know them; descriptors that are open already are not, either.
"""

import threading
from collections.abc import Callable
from pathlib import Path

from nanobot_engine.landlock import changes, landlock_version, restrict_thread


def beneath_only(root: Path, work: Callable[[], None]) -> None:
    """Call something that may change files beneath `root` and nowhere else.

    Args:
        root: An existing folder.
        work: Called in another thread, once; what it raises is raised here.
    """
    if landlock_version() == 0:
        work()
        return
    errors: list[BaseException] = []

    def run() -> None:
        try:
            restrict_thread(changes(), [(root, changes())])
            work()
        except BaseException as error:  # noqa: BLE001 - it is raised again, in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, name="nanobot-writer")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
