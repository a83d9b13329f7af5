"""The embedding worker: reads texts from stdin, answers with their vectors.

Started by `embedder` with the arguments MODEL_FD, MEMORY_BYTES_MAX, NICENESS and
PARENT_PID. It lives until stdin ends. It catches nothing: whatever goes wrong ends it,
and its parent starts another.
"""

import os
import struct

from nanobot_indexer.semantic.encoder import Encoder
from nanobot_indexer.semantic.frames import HELLO, REPLY, REQUEST, TEXT_SIZE
from nanobot_indexer.semantic.model_file import read_model_file
from nanobot_indexer.syntax.limits import limit_this_process
from nanobot_indexer.worker_streams import private_streams


def main(arguments: list[str]) -> None:
    """Serve requests until stdin ends."""
    model_fd, memory_bytes_max, niceness, parent_pid = (int(one) for one in arguments)
    requests, replies = private_streams()
    limit_this_process(memory_bytes_max=memory_bytes_max, parent_pid=parent_pid, niceness=niceness)
    encoder = Encoder(read_model_file(model_fd))
    os.close(model_fd)
    replies.write(HELLO)
    replies.flush()
    while header := requests.read(REQUEST.size):
        try:
            request_id, text_count, tokens_max = REQUEST.unpack(header)
            texts = []
            for _ in range(text_count):
                (size_bytes,) = TEXT_SIZE.unpack(requests.read(TEXT_SIZE.size))
                texts.append(requests.read(size_bytes).decode("utf-8", "replace"))
        except struct.error:
            return  # The parent died in the middle of a request.
        vectors = encoder.vectors(texts, tokens_max=tokens_max)
        replies.write(REPLY.pack(request_id, text_count))
        replies.write(vectors.astype("<f4", copy=False).tobytes())
        replies.flush()
