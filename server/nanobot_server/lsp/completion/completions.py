"""Suggestions at the cursor, from the host of the document's workspace.

Runs on the event loop. The host lets the newest request of a document win and answers
the older ones at once; what the editor cancels is cancelled there. What can not be done
is said in the status, and never in a message: editors ask at every key.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types

from nanobot_server.host.client import HostError
from nanobot_server.lsp.document.session import DocumentSnapshot, Session, relative_path
from nanobot_server.lsp.document.text_buffer import column
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.index.index_commands import IndexCommands
from nanobot_server.lsp.own.own_messages import CompletionStatus

if TYPE_CHECKING:
    from nanobot_server.settings import Settings

log = logging.getLogger(__name__)

ANSWER_TIMEOUT_S: Final = 30.0
QUIET_S: Final = 10.0
"""So long nobody is asked after it was said that there are no suggestions at all."""
BUFFERS_S: Final = 5.0
"""Between two looks at what else is unsaved: it is context, and may be a little old."""
# As the host takes them.
BEFORE_CHARS_MAX: Final = 16_384
AFTER_CHARS_MAX: Final = 8_192
HEAD_CHARS_MAX: Final = 8_192


@dataclass(frozen=True, slots=True)
class Suggested:
    """Text to insert."""

    text: str
    line: str
    """The line of the cursor, up to it."""


class Completions:
    """One per connection.

    Args:
        session: Has the documents.
        links: To the hosts.
        index: Sends unsaved documents.
        changed: Called when `status` has news.
    """

    def __init__(
        self,
        session: Session,
        links: HostLinks,
        index: IndexCommands,
        changed: Callable[[], None],
    ) -> None:
        self._session = session
        self._links = links
        self._index = index
        self._changed = changed
        self._count = 0
        self._quiet_until = 0.0
        self._buffers_at = 0.0
        self._is_on = True
        self._limits: dict[str, object] = {}
        self._model = ""
        self._problem = ""
        self._tasks: set[asyncio.Task[None]] = set()

    def status(self) -> CompletionStatus:
        """Return how it is, as far as that is known. Asks nobody."""
        problem = self._problem if self._is_on else ""
        return {"isOn": self._is_on, "model": self._model, "problem": problem}

    def use(self, settings: "Settings") -> None:
        """Take the settings of this connection; they are known a moment after the start."""
        self._is_on = settings.completion.enabled
        self._limits = {
            "delay_ms": settings.completion.delay_ms,
            "lines_max": settings.completion.lines_max,
        }
        self._quiet_until = 0.0
        self._spawn(self._look_up(settings), "completion model")

    async def suggest(
        self, uri: str, position: types.Position, *, is_explicit: bool
    ) -> Suggested | None:
        """Return what to insert at a position; None when there is nothing.

        Args:
            uri: Of an open document. One that is out of step gets nothing.
            position: In units of the client.
            is_explicit: The user asked for it and did not just type.
        """
        document = self._session.snapshot(uri) if self._is_on else None
        if document is None or document.path is None:
            return None
        root = self._session.root_of(document.path)
        path = relative_path(root, document.path) if root is not None else None
        around = _around(document, position, self._session)
        if root is None or path is None or around is None:
            return None
        if time.monotonic() < self._quiet_until and not is_explicit:
            return None
        self._count += 1
        token = f"nanobot/completion/{self._count}"
        params = {**around, **self._limits, "path": path, "token": token}
        try:
            answer = await self._links.of(root).call(
                "completion",
                {**params, "is_explicit": is_explicit},
                timeout_s=ANSWER_TIMEOUT_S,
            )
        except asyncio.CancelledError:
            self._spawn(self._cancelled(root, token), "cancel completion")
            raise
        except HostError as error:
            self._note("failed", str(error))
            return None
        self._note(str(answer.get("state")), str(answer.get("problem") or ""))
        self._send_buffers(root)
        text = answer.get("text")
        if not isinstance(text, str) or not text:
            return None
        return Suggested(text, str(around["before"]).rpartition("\n")[2].rpartition("\r")[2])

    def _note(self, state: str, problem: str) -> None:
        """Keep what was said for the status; ask nobody for a while when it is about everything."""
        if state in ("missing", "failed"):
            self._quiet_until = time.monotonic() + QUIET_S
        if state not in ("withheld", "superseded"):
            self._say(problem)

    def _say(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            log.info("suggestions: %s", problem or "they come again")
            self._changed()

    def _send_buffers(self, root: Path) -> None:
        now = time.monotonic()
        if now >= self._buffers_at + BUFFERS_S:
            self._buffers_at = now
            self._spawn(self._buffers_sent(root), "completion buffers")

    async def _buffers_sent(self, root: Path) -> None:
        try:
            await self._index.send_buffers(root)
        except HostError as error:
            log.info("buffers not sent: reason=%s", error)

    async def _cancelled(self, root: Path, token: str) -> None:
        try:
            await self._links.of(root).call("completion.cancel", {"token": token})
        except HostError as error:
            log.info("completion not cancelled: reason=%s", error)

    async def _look_up(self, settings: "Settings") -> None:
        """Look for the model, before anybody types."""
        self._model, problem = await asyncio.to_thread(_looked_up, settings)
        if problem or not self._count:  # What a host said since is newer.
            self._say(problem)
        self._changed()

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _looked_up(settings: "Settings") -> tuple[str, str]:
    """Return the name of the model, and why there is none."""
    # Imported in the thread that needs it: an editor waits for none of them.
    from nanobot_engine.model import ModelMissingError  # noqa: PLC0415
    from nanobot_server.completion_settings import completion_model  # noqa: PLC0415
    from nanobot_server.engine_options import models_dir  # noqa: PLC0415

    entry = completion_model(settings)
    path = entry.path_in(models_dir(settings))
    return entry.name, "" if path.is_file() else str(ModelMissingError(entry.name, path))


def _around(
    document: DocumentSnapshot, position: types.Position, session: Session
) -> dict[str, object] | None:
    """Return the text around a position, as the host takes it; None outside of the text."""
    lines = document.lines
    if not 0 <= position.line < len(lines):
        return None
    line = lines[position.line]
    at = column(line, position.character, session.client.encoding)
    if at is None or at > BEFORE_CHARS_MAX:
        return None
    first, size = position.line, at
    while first > 0 and size + len(lines[first - 1]) <= BEFORE_CHARS_MAX:
        first -= 1
        size += len(lines[first])
    return {
        "before": "".join(lines[first : position.line]) + line[:at],
        "after": _limited([line[at:], *lines[position.line + 1 :]], AFTER_CHARS_MAX),
        "head": _limited(lines[:first], HEAD_CHARS_MAX),
    }


def _limited(lines: Sequence[str], chars_max: int) -> str:
    """Return the first lines that have at most so many characters together."""
    taken, size = 0, 0
    while taken < len(lines) and size + len(lines[taken]) <= chars_max:
        size += len(lines[taken])
        taken += 1
    return "".join(lines[:taken])
