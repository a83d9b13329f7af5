"""The worker's side of its pipes: where frames go, and nothing else does."""

import os
from typing import BinaryIO


def private_streams() -> tuple[BinaryIO, BinaryIO]:
    """Move the protocol off descriptors 0 and 1.

    Native code that prints to descriptor 1 then writes to stderr, not into a frame.
    """
    request_fd = os.dup(0)
    reply_fd = os.dup(1)
    null_fd = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null_fd, 0)
    os.dup2(2, 1)
    os.close(null_fd)
    return os.fdopen(request_fd, "rb"), os.fdopen(reply_fd, "wb")
