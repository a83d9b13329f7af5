"""The parse worker: reads texts from stdin, answers with their definitions.

Started as `python -m nanobot_indexer.syntax.worker MEMORY_BYTES_MAX PARENT_PID`.
It lives until stdin ends. It catches nothing: whatever goes wrong ends it, and
its parent starts another.
"""

import os
import struct
import sys
from typing import BinaryIO

from nanobot_indexer.syntax.extract import Extractor
from nanobot_indexer.syntax.frames import HELLO, REPLY, REQUEST, encoded_definitions
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.syntax.limits import limit_this_process


def main(arguments: list[str]) -> None:
    """Serve requests until stdin ends."""
    memory_bytes_max, parent_pid = (int(argument) for argument in arguments)
    requests, replies = _private_streams()
    limit_this_process(memory_bytes_max=memory_bytes_max, parent_pid=parent_pid)
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
        definitions, has_error = extractor_by_language[language].definitions(text)
        payload = encoded_definitions(definitions)
        replies.write(REPLY.pack(request_id, len(payload), has_error))
        replies.write(payload)
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


if __name__ == "__main__":
    main(sys.argv[1:])
