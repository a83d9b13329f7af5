"""What nanobot asks of the editor: the port of `process_view` and `review`.

Every call survives an editor that refuses, answers nonsense or never answers.
"""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Protocol

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from nanobot_server.lsp.envelope import METHOD_NOT_FOUND
from nanobot_server.lsp.protocol import NanobotProtocol

log = logging.getLogger(__name__)

_ANSWER_TIMEOUT_S: Final = 60.0
"""For answers that need no person. Applying edits to many files takes seconds."""


class MessageKind(Enum):
    """How much a message matters."""

    ERROR = types.MessageType.Error
    WARNING = types.MessageType.Warning
    INFO = types.MessageType.Info


@dataclass(frozen=True, slots=True)
class ApplyAnswer:
    """What the editor says about an edit. Only the text shows what it did."""

    is_applied: bool
    reason: str


class Editor(Protocol):
    """The editor, as far as a process needs it."""

    can_ask: bool
    """False once it has said that it can not ask its user anything."""

    def tell(self, kind: MessageKind, message: str) -> None:
        """Show a message."""

    async def ask(self, message: str, choices: Sequence[str]) -> str | None:
        """Ask the user, without a time limit. None when nothing was chosen."""

    async def apply(self, edit: types.WorkspaceEdit, label: str) -> ApplyAnswer:
        """Ask the editor to apply an edit."""

    async def show_document(self, uri: str) -> bool:
        """Open a document; false when the editor did not."""

    async def create_progress(self, token: str) -> bool:
        """Get a place for progress; false when there is none."""

    def progress(self, token: str, value: dict[str, Any]) -> None:
        """Send `begin`, `report` or `end`."""


class PyglsEditor:
    """The editor behind a language server connection."""

    def __init__(self, server: LanguageServer, protocol: NanobotProtocol) -> None:
        self.can_ask = True
        self._server = server
        self._protocol = protocol

    def tell(self, kind: MessageKind, message: str) -> None:
        """Show a message."""
        self._server.window_show_message(types.ShowMessageParams(kind.value, message))

    async def ask(self, message: str, choices: Sequence[str]) -> str | None:
        """Ask the user, without a time limit. None when nothing was chosen."""
        params = types.ShowMessageRequestParams(
            types.MessageType.Info, message, [types.MessageActionItem(choice) for choice in choices]
        )
        answer = await self._answer(self._server.window_show_message_request(params), None)
        if isinstance(answer, JsonRpcException) and answer.code == METHOD_NOT_FOUND:
            self.can_ask = False
        title = getattr(answer, "title", None)
        return title if title in choices else None

    async def apply(self, edit: types.WorkspaceEdit, label: str) -> ApplyAnswer:
        """Ask the editor to apply an edit."""
        params = types.ApplyWorkspaceEditParams(edit, label)
        answer = await self._answer(self._server.workspace_apply_edit(params), _ANSWER_TIMEOUT_S)
        if isinstance(answer, types.ApplyWorkspaceEditResult):
            return ApplyAnswer(answer.applied, answer.failure_reason or "")
        return ApplyAnswer(is_applied=False, reason=str(answer))

    async def show_document(self, uri: str) -> bool:
        """Open a document; false when the editor did not."""
        params = types.ShowDocumentParams(uri, take_focus=True)
        answer = await self._answer(self._server.window_show_document(params), _ANSWER_TIMEOUT_S)
        return isinstance(answer, types.ShowDocumentResult) and answer.success

    async def create_progress(self, token: str) -> bool:
        """Get a place for progress; false when there is none."""
        params = types.WorkDoneProgressCreateParams(token)
        answer = await self._answer(
            self._server.window_work_done_progress_create(params), _ANSWER_TIMEOUT_S
        )
        return not isinstance(answer, JsonRpcException)

    def progress(self, token: str, value: dict[str, Any]) -> None:
        """Send `begin`, `report` or `end`."""
        self._protocol.notify(types.PROGRESS, types.ProgressParams(token, value))

    async def _answer(self, future: Future[Any], timeout_s: float | None) -> object:
        """Return the result, or the error that the editor answered with."""
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.wrap_future(future)
        except JsonRpcException as error:
            log.info("the editor refused a request: code=%s", error.code)
            return error
        except TimeoutError:
            return JsonRpcException(f"the editor did not answer within {timeout_s} s")
        finally:
            self._protocol.forget(future)
