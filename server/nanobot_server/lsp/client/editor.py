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

from nanobot_server.lsp.connection.envelope import METHOD_NOT_FOUND
from nanobot_server.lsp.connection.protocol import NanobotProtocol
from nanobot_server.lsp.own.own_messages import RESYNC, ResyncParams

log = logging.getLogger(__name__)

_SETTINGS_WAIT_S: Final = 10.0
_ANSWER_TIMEOUT_S: Final = 60.0
"""For answers that need no person. Applying edits to many files takes seconds."""
_PROGRESS_TIMEOUT_S: Final = 2.0
"""For a place for progress. A command waits for it, and goes on without one."""


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


class Refresh(Enum):
    """What an editor is to ask for again."""

    CODE_LENSES = "workspace/codeLens/refresh"
    DIAGNOSTICS = "workspace/diagnostic/refresh"
    TEXT = "workspace/textDocumentContent/refresh"


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

    def notify(self, method: str, params: object) -> None:
        """Send a notification of our own."""

    def refresh(self, kind: "Refresh", uri: str = "") -> None:
        """Have the editor ask again for what it shows."""

    def send_notes(self, uri: str, notes: Sequence[types.Diagnostic]) -> None:
        """Show these notes about a document, and no others of ours."""


class PyglsEditor:
    """The editor behind a language server connection."""

    def __init__(self, server: LanguageServer, protocol: NanobotProtocol, *, answers: bool) -> None:
        self.can_ask = answers
        self._answers = answers
        self._server = server
        self._protocol = protocol
        self._tasks: set[asyncio.Task[object]] = set()

    def tell(self, kind: MessageKind, message: str) -> None:
        """Show a message."""
        self._server.window_show_message(types.ShowMessageParams(kind.value, message))

    def request_full_text(self, uri: str) -> None:
        """Ask for the full text of an open document: our copy is out of step."""
        self._protocol.notify(RESYNC, ResyncParams(uri=uri))

    async def ask(self, message: str, choices: Sequence[str]) -> str | None:
        """Ask the user, without a time limit. None when nothing was chosen."""
        if not self._answers:
            return None
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
        if not self._answers:
            self._protocol.forget(self._server.workspace_apply_edit(params))
            return ApplyAnswer(is_applied=True, reason="")
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
            self._server.window_work_done_progress_create(params), _PROGRESS_TIMEOUT_S
        )
        return not isinstance(answer, JsonRpcException)

    def progress(self, token: str, value: dict[str, Any]) -> None:
        """Send `begin`, `report` or `end`."""
        self._protocol.notify(types.PROGRESS, types.ProgressParams(token, value))

    def notify(self, method: str, params: object) -> None:
        """Send a notification of our own."""
        self._protocol.notify(method, params)

    async def configuration(self, section: str) -> object:
        """Return what its user set in a section; None when it says nothing."""
        params = types.ConfigurationParams([types.ConfigurationItem(section=section)])
        answer = await self._answer(self._server.workspace_configuration(params), _SETTINGS_WAIT_S)
        # lsprotocol makes a tuple of the list.
        return answer[0] if isinstance(answer, (list, tuple)) and answer else None

    async def register(self, method: str, options: object) -> bool:
        """Ask to be told of something; false when the editor refuses."""
        registration = types.Registration(f"nanobot:{method}", method, options)
        params = types.RegistrationParams([registration])
        answer = await self._answer(
            self._server.client_register_capability(params), _ANSWER_TIMEOUT_S
        )
        return not isinstance(answer, JsonRpcException)

    def refresh(self, kind: Refresh, uri: str = "") -> None:
        """Have the editor ask again for what it shows. Its answer does not matter."""
        if kind is Refresh.TEXT:
            params = types.TextDocumentContentRefreshParams(uri)
            future = self._server.workspace_text_document_content_refresh(params)
        elif kind is Refresh.CODE_LENSES:
            future = self._server.workspace_code_lens_refresh(None)
        else:
            future = self._server.workspace_diagnostic_refresh(None)
        task = asyncio.create_task(self._answer(future, _ANSWER_TIMEOUT_S), name=kind.value)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def send_notes(self, uri: str, notes: Sequence[types.Diagnostic]) -> None:
        """Show these notes about a document, and no others of ours."""
        params = types.PublishDiagnosticsParams(uri, list(notes))
        self._server.text_document_publish_diagnostics(params)

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
