"""The parse worker: reads texts from stdin, answers with their syntax.

Started by `parse_worker` with the arguments MEMORY_BYTES_MAX and PARENT_PID. It
imports nothing of this package outside of `syntax`, and no numpy: it starts in a
twentieth of a second and has its memory for trees. It lives until stdin ends. It
catches nothing: whatever goes wrong ends it, and its parent starts another.
"""

import gc
import os
import struct
from typing import BinaryIO

from nanobot_indexer.syntax.extract import Extractor
from nanobot_indexer.syntax.frames import HELLO, REQUEST, encoded_reply
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.syntax.limits import limit_this_process


def main(arguments: list[str]) -> None:
    """Serve requests until stdin ends."""
    memory_bytes_max, parent_pid = (int(argument) for argument in arguments)
    requests, replies = _private_streams()
    limit_this_process(memory_bytes_max=memory_bytes_max, parent_pid=parent_pid)
    # Nothing here makes a cycle, and collections would visit every node again and again.
    gc.disable()
    replies.write(HELLO)
    replies.flush()
    extractor_by_language: dict[Language, Extractor] = {}
    while header := requests.read(REQUEST.size):
        try:
            request_id, size_bytes, language_size = REQUEST.unpack(header)
        except struct.error:
            return  # The parent died in the middle of a request.
        language = Language(requests.read(language_size).decode("ascii"))
        text = requests.read(size_bytes)
        if len(text) < size_bytes:
            return
        if language not in extractor_by_language:
            extractor_by_language[language] = Extractor(language)
        rows = extractor_by_language[language].syntax(text)
        replies.write(encoded_reply(request_id, rows))
        replies.flush()


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
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
