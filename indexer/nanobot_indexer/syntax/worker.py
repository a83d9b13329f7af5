"""The parse worker: reads texts from stdin, answers with their syntax.

Started by `parse_worker` with the arguments MEMORY_BYTES_MAX and PARENT_PID. It
imports nothing of this package but `syntax` and the streams, and no numpy: it starts in a
twentieth of a second and has its memory for trees. It lives until stdin ends. It
catches nothing: whatever goes wrong ends it, and its parent starts another.
"""

import gc
import struct

from nanobot_indexer.syntax.extract import Extractor
from nanobot_indexer.syntax.frames import HELLO, REQUEST, encoded_reply
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.syntax.limits import limit_this_process
from nanobot_indexer.worker_streams import private_streams


def main(arguments: list[str]) -> None:
    """Serve requests until stdin ends."""
    memory_bytes_max, parent_pid = (int(argument) for argument in arguments)
    requests, replies = private_streams()
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
