"""Whole syntax trees of texts, by one killable worker that starts when it is needed."""

import logging
import time
from types import TracebackType
from typing import Final, Self

from nanobot_indexer.child_process import ChildError, ChildProcess
from nanobot_indexer.options import DEFAULT_INDEX_OPTIONS, IndexOptions
from nanobot_indexer.syntax.frames import REPLY, FrameError, encoded_request
from nanobot_indexer.syntax.language import LANGUAGES_WITHOUT_DEFINITIONS, Language
from nanobot_indexer.syntax.parse_worker import START_TIMEOUT_S
from nanobot_indexer.syntax.tree import SyntaxTree, checked_tree
from nanobot_indexer.syntax.tree_frames import NODE, NODES_MAX, TREE_HELLO

log = logging.getLogger(__name__)

LANGUAGES_WITHOUT_TREES: Final = LANGUAGES_WITHOUT_DEFINITIONS | {Language.MARKDOWN}
_REPLY_SIZE_BYTES_MAX: Final = NODES_MAX * NODE.size + 1024 * 1024
# A tree of Python's objects takes a good deal more than the text it is of.
_TEXT_SIZE_BYTES_MAX: Final = 4 * 1024 * 1024


class TreeParser:
    """Parses texts in a child process. Use it in a `with` block, in one thread."""

    def __init__(self, options: IndexOptions = DEFAULT_INDEX_OPTIONS) -> None:
        """Start nothing yet.

        Args:
            options: Its limits of time and memory for one text.
        """
        self._options = options
        self._child: ChildProcess | None = None
        self._request_id = 0

    def tree(self, text: bytes, language: Language) -> SyntaxTree | None:
        """Return the tree of a text; None where the parser failed, or is not for it.

        Args:
            text: The raw bytes of a file.
            language: Of the file.
        """
        if language in LANGUAGES_WITHOUT_TREES or len(text) > _TEXT_SIZE_BYTES_MAX:
            return None
        try:
            return self._parsed(text, language)
        except (ChildError, FrameError, OSError) as error:
            log.warning("no tree: language=%s bytes=%d reason=%s", language, len(text), error)
            self.close()
            return None

    def close(self) -> None:
        """End the worker. The next text starts another."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def _parsed(self, text: bytes, language: Language) -> SyntaxTree:
        child = self._child
        if child is None:
            arguments = (str(self._options.parse_memory_bytes_max),)
            child = self._child = ChildProcess("nanobot_indexer.syntax.tree_worker", arguments)
            hello = child.exchange(
                b"", len(TREE_HELLO), deadline=time.monotonic() + START_TIMEOUT_S
            )
            if hello != TREE_HELLO:
                raise FrameError(f"said {hello!r} at start")
        self._request_id += 1
        deadline = time.monotonic() + self._options.parse_timeout_s
        request = encoded_request(self._request_id, language, [text])
        head = child.exchange(request, REPLY.size, deadline=deadline)
        request_id, size_bytes = REPLY.unpack(head)
        if request_id != self._request_id or size_bytes > _REPLY_SIZE_BYTES_MAX:
            raise FrameError(f"frame {head.hex()}")
        return checked_tree(child.exchange(b"", size_bytes, deadline=deadline), text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
