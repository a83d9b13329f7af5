"""The parse worker: reads texts from stdin, answers with their syntax.

Started by `parse_worker` with the arguments MEMORY_BYTES_MAX and PARENT_PID. It
imports nothing of this package but `syntax` and the streams, and no numpy: it starts in a
twentieth of a second and has its memory for trees. It lives until stdin ends. It
catches nothing: whatever goes wrong ends it, and its parent starts another.
"""

import gc
from typing import Final

from nanobot_indexer.syntax.extract import Extractor
from nanobot_indexer.syntax.frames import HELLO, encoded_reply, read_request
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.syntax.limits import limit_this_process
from nanobot_indexer.worker_streams import private_streams

# Python gives memory back to the system in arenas of a megabyte, when nothing is left in
# them, and the next tree would fault every page in again. Trees of most files fit in these.
_WARM_BYTES: Final = 8 * 1024 * 1024
# As large as the nodes of trees that come from arenas; the next size goes to `malloc`.
_WARM_BLOCK_BYTES: Final = 400
_WARM_BLOCKS_PER_KEPT_ONE: Final = 512


def main(arguments: list[str]) -> None:
    """Serve requests until stdin ends."""
    memory_bytes_max, parent_pid = (int(argument) for argument in arguments)
    requests, replies = private_streams()
    limit_this_process(memory_bytes_max=memory_bytes_max, parent_pid=parent_pid)
    # Nothing here makes a cycle, and collections would visit every node again and again.
    gc.disable()
    replies.write(HELLO)
    replies.flush()
    kept = _kept_blocks()
    extractor_by_language: dict[Language, Extractor] = {}
    while kept:
        request = read_request(requests)
        if request is None:
            return
        request_id, name, texts = request
        language = Language(name)
        if language not in extractor_by_language:
            extractor_by_language[language] = Extractor(language)
        extractor = extractor_by_language[language]
        answers = [extractor.syntax(text) for text in texts]
        replies.write(encoded_reply(request_id, answers))
        replies.flush()


def _kept_blocks() -> list[bytes]:
    """Return a few blocks in every arena; while they live, the arenas do."""
    blocks = [bytes(_WARM_BLOCK_BYTES) for _ in range(_WARM_BYTES // _WARM_BLOCK_BYTES)]
    return blocks[::_WARM_BLOCKS_PER_KEPT_ONE]
