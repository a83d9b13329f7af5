"""Which open documents differ from their files, and what of that a host knows.

Sent before a search and not at every key. Bounded: what is too much is left out,
and the search then finds the file as it is on the disk.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nanobot_server.lsp.document.saved_text import has_text_of
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.host_link import HostLink

log = logging.getLogger(__name__)

BUFFERS_MAX: Final = 32
TEXT_CHARS_MAX: Final = 1024 * 1024
SEND_TIMEOUT_S: Final = 5.0

_UNKNOWN: Final = b""


class UnsavedBuffers:
    """Those of one workspace. Runs on the event loop.

    Args:
        session: Has the documents.
        link: To the host of the workspace.
    """

    def __init__(self, session: Session, link: HostLink) -> None:
        self._session = session
        self._link = link
        self._digest_by_path: dict[str, bytes] = {}
        """What the host has; `_UNKNOWN` for what it may have."""
        self._sending = asyncio.Lock()

    def forget(self) -> None:
        """The host is gone, and what it knew."""
        self._digest_by_path = {}

    async def send(self) -> None:
        """Bring the host up to date.

        Raises:
            HostError: It refused or can not be reached.
        """
        async with self._sending:
            open_texts = [
                (relative, document.path, document.buffer.text)
                for relative, document in self._session.documents_below(self._link.workspace)
                if document.path and document.buffer and document.is_synchronised
            ]
            unsaved = await asyncio.to_thread(_unsaved, open_texts)
            for path in self._digest_by_path.keys() - unsaved.keys():
                await self._tell(path, None)
                self._digest_by_path.pop(path, None)
            for path, (digest, text) in unsaved.items():
                if self._digest_by_path.get(path) != digest:
                    await self._tell(path, text)
                    self._digest_by_path[path] = digest

    async def _tell(self, path: str, text: str | None) -> None:
        # The host may do it and we not hear of it: then neither is known to be there.
        self._digest_by_path[path] = _UNKNOWN
        await self._link.call(
            "index.buffer", {"path": path, "text": text}, timeout_s=SEND_TIMEOUT_S
        )


def _unsaved(open_texts: Sequence[tuple[str, Path, str]]) -> dict[str, tuple[bytes, str]]:
    """Return the digest and the text of what differs from its file, by path."""
    found: dict[str, tuple[bytes, str]] = {}
    for relative, path, text in open_texts:
        if len(text) > TEXT_CHARS_MAX or has_text_of(path, text):
            continue
        if len(found) == BUFFERS_MAX:
            log.info("buffers left out: more than %d are unsaved", BUFFERS_MAX)
            break
        found[relative] = (hashlib.sha256(text.encode("utf-8", "replace")).digest(), text)
    return found
