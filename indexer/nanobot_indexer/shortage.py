"""Tell a machine that is short of something from a file that is bad.

A file that can not be opened because the process has no descriptor or no memory
left is sound: whoever took it for damaged or empty would forget something good.
"""

import errno
from typing import Final

_SHORTAGES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})


def is_shortage(error: OSError) -> bool:
    """Tell whether the process was out of descriptors or memory, and no file is to blame."""
    return error.errno in _SHORTAGES
