"""What a feature asks the index of one workspace while its user waits, unsaved text included.

Runs on the event loop. Nothing is raised: a host that refuses, or is late, has no answer.
"""

import asyncio
import logging
from pathlib import Path
from typing import Any, Final

from nanobot_server.host.client import HostError
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.index.index_commands import IndexCommands

log = logging.getLogger(__name__)

_PAUSE_S: Final = 0.2
_SYNTAX: Final = "syntax"
"""Why an answer is not complete: definitions follow the text of a new index."""


class IndexQuestions:
    """Asks hosts, which are started where none runs.

    Args:
        links: To the hosts.
        index: Sends unsaved documents.
    """

    def __init__(self, links: HostLinks, index: IndexCommands) -> None:
        self._links = links
        self._index = index

    async def ask(
        self, root: Path, method: str, params: dict[str, object], *, timeout_s: float
    ) -> dict[str, Any] | None:
        """Ask once the definitions are known, or as far as they are in the end; None for nothing.

        Args:
            root: The workspace.
            method: Of the host, whose answer says `is_complete` and `reason`.
            params: Of the method.
            timeout_s: Until there must be an answer.
        """
        answer: dict[str, Any] | None = None
        try:
            async with asyncio.timeout(timeout_s):
                await self._index.send_buffers(root)
                while True:
                    answer = await self._links.of(root).call(method, params, timeout_s=timeout_s)
                    if answer.get("reason") != _SYNTAX:
                        return answer
                    await asyncio.sleep(_PAUSE_S)
        except (HostError, TimeoutError) as error:
            log.info(
                "no answer of the index: method=%s workspace=%s reason=%s", method, root, error
            )
        return answer
