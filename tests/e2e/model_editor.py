"""An editor as `nanobot-lsp` sees one: documents, capabilities, and answers.

It keeps documents in the units its real counterpart negotiates; `tests/data/capabilities`
holds what those declared.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from lsprotocol import types as t
from lsprotocol.converters import get_converter
from pygls.exceptions import JsonRpcMethodNotFound
from pytest_lsp import make_test_lsp_client

EDITORS = ["emacs", "emacs28", "helix", "kate", "neovim", "vscode"]
"""Emacs 28 and Kate do not say their names, and offer no units. Vim with ALE answers nothing."""
FAR_APART = ["emacs28", "vscode"]
"""Those that can do least and most, for what hardly depends on it."""
CAPABILITIES = Path(__file__).parent.parent / "data" / "capabilities"
DOCSTRING = '"""Do what the name says."""'
WAIT_S = 30.0

# A form feed, and characters of two and four bytes before and after the definition.
SOURCE = 'x = "\U0001f600\u00e9"\n\f\ndef add(a, b):\n    return a + b  # \U0001f600\n'
WANTED = SOURCE.replace("b):\n", f"b):\n    {DOCSTRING}\n")


class Document:
    """Text as an editor keeps it."""

    def __init__(self, text: str, version: int = 1) -> None:
        self.text = text
        self.version = version

    def offset(self, position: t.Position, encoding: str) -> int:
        """Naive on purpose: cut at line ends, count units one character at a time."""
        starts = [0]
        for at, char in enumerate(self.text):
            if char == "\n" or (char == "\r" and self.text[at : at + 2] != "\r\n"):
                starts.append(at + 1)
        at, count = starts[position.line], 0
        while count < position.character:
            char = self.text[at]
            count += {"utf-8": len(char.encode()), "utf-16": 1 + (char > "\uffff")}.get(encoding, 1)
            at += 1
        assert count == position.character, "a position inside a character"
        return at

    def apply(self, edits: Any, encoding: str) -> None:
        spans = [
            (
                self.offset(edit.range.start, encoding),
                self.offset(edit.range.end, encoding),
                edit.new_text,
            )
            for edit in edits
        ]
        for start, end, new_text in sorted(spans, reverse=True):
            self.text = self.text[:start] + new_text + self.text[end:]
        self.version += 1


class ModelEditor:
    """An editor with the abilities of a real one."""

    options: dict[str, Any] | None = None
    """What it says about itself besides capabilities. Before `start`."""
    offered: Any = None
    """Capabilities of the server."""

    def __init__(self, name: str, workspace: Path, host_log: Path) -> None:
        described = json.loads((CAPABILITIES / f"{name}.json").read_text(encoding="utf-8"))
        self.name = name
        self.workspace = workspace
        self.host_log = host_log
        self.client_info = described["clientInfo"]
        self.capabilities = get_converter().structure(
            described["capabilities"], t.ClientCapabilities
        )
        window = self.capabilities.window
        self.has_progress = bool(window and window.work_done_progress)
        self.encoding = "utf-16"
        self.experimental: Any = None
        self.documents: dict[str, Document] = {}
        self.applied: list[t.ApplyWorkspaceEditParams] = []
        self.questions: list[t.ShowMessageRequestParams] = []
        self.answers: list[str | None] = []
        self.can_ask = True
        self.statuses: list[dict[str, Any]] = []
        self.told_processes: list[dict[str, Any]] = []
        self.can_be_asked = True
        """For its settings, if it says so at all."""
        self.env: dict[str, str] = {}
        self.trace = t.TraceValue.Off
        self.traces: list[tuple[str, str]] = []
        """What was told of messages, and more of it."""
        self.registered: dict[str, Any] = {}
        """What the server asked to be told of, by method."""
        self.tells_after_s = 0.0
        self._untold: set[str] = set()
        self.may_answer = asyncio.Event()
        """Cleared while its user leaves questions open."""
        self.may_answer.set()
        self.refreshed: list[str] = []
        """What was asked to be looked up again: methods, and URIs of documents."""
        self.result_id: str | None = None
        """Of the diagnostics that it has."""
        self.shown_texts: list[str] = []
        """What its user saw of the documents that were shown before the last question."""
        self.reviews: list[Any] = []
        """What `nanobot/showReview` brought."""
        self.on_apply: Callable[[t.ApplyWorkspaceEditParams], Any] = self.apply_all
        self.client: Any = make_test_lsp_client()
        # A handler of ours may refuse on purpose; that is no failure of a test.
        vars(self.client)["report_server_error"] = lambda _error, _source: None
        # `partial`: pygls marks what it registers, and a bound method takes no mark.
        self.client.feature(t.WORKSPACE_APPLY_EDIT)(partial(self._apply_edit))
        self.client.feature(t.WINDOW_SHOW_MESSAGE_REQUEST)(partial(self._ask))
        for method, told in (
            ("nanobot/didChangeStatus", self.statuses),
            ("nanobot/didChangeProcess", self.told_processes),
            ("nanobot/showReview", self.reviews),
        ):
            self.client.feature(method)(partial(_keep, told))
        self.client.feature(t.LOG_TRACE)(
            lambda params: self.traces.append((params.message, params.verbose or ""))
        )
        self.client.feature(t.CLIENT_REGISTER_CAPABILITY)(partial(self._register))
        self.client.feature(t.WORKSPACE_CODE_LENS_REFRESH)(partial(self._refreshed, "lenses"))
        self.client.feature(t.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH)(
            lambda params: self.refreshed.append(params.uri)
        )
        # lsprotocol takes a code action with a command for a bare command.
        converter = self.client.protocol._converter
        converter.register_structure_hook(
            t.CodeActionResponse,
            lambda message, _type: t.CodeActionResponse(
                message["id"], [converter.structure(x, t.CodeAction) for x in message["result"]]
            ),
        )

    @property
    def pid(self) -> int:
        """Of the server."""
        return int(self.client._server.pid)

    @property
    def is_alive(self) -> bool:
        """Whether its server runs."""
        return self.client._server is not None and self.client._server.returncode is None

    def ask_to_be_told(self, *what: str) -> None:
        """Declare which of our own notifications it takes. Before `start`."""
        self.capabilities.experimental = {"nanobot": dict.fromkeys(what, True)}

    async def own(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """Send one of our own requests."""
        answer = await self.client.protocol.send_request_async(f"nanobot/{method}", params or {})
        return plain(answer)

    async def start(self, env: dict[str, str], folders: list[Path] | None) -> None:
        program = ("-m", "nanobot_server.lsp", "--stdio")
        await self.client.start_io(sys.executable, *program, env={**env, **self.env})
        if not self.can_be_asked and self.capabilities.workspace:
            self.capabilities.workspace.configuration = False
        result = await self.client.initialize_session(
            t.InitializeParams(
                capabilities=self.capabilities,
                client_info=t.ClientInfo(**self.client_info) if self.client_info else None,
                initialization_options=self.options,
                process_id=os.getpid(),
                trace=self.trace,
                root_uri=folders[0].as_uri() if folders else None,
                workspace_folders=[t.WorkspaceFolder(x.as_uri(), x.name) for x in folders]
                if folders
                else None,
            )
        )
        self.encoding = result.capabilities.position_encoding
        self.offered = result.capabilities
        self.experimental = plain(result.capabilities.experimental)

    def open(
        self, name: str, text: str, *, on_disk: str | None = None, language: str = "python"
    ) -> str:
        path = self.workspace / name
        path.write_text(text if on_disk is None else on_disk, encoding="utf-8", newline="")
        uri = path.as_uri()
        self.documents[uri] = Document(text)
        self.client.text_document_did_open(
            t.DidOpenTextDocumentParams(t.TextDocumentItem(uri, language, 1, text))
        )
        return uri

    def change(self, uri: str, text: str) -> None:
        """Replace a document's text, as its user would."""
        self.documents[uri].text = text
        self.documents[uri].version += 1
        self.send_full_change(uri)

    def send_full_change(self, uri: str) -> None:
        """Tell of a change; some editors wait a moment for the next one, and tell of both."""
        if not self.tells_after_s:
            self._send_full_change(uri)
        elif uri not in self._untold:
            self._untold.add(uri)
            loop = asyncio.get_running_loop()
            loop.call_later(self.tells_after_s, self._send_full_change, uri)

    def _send_full_change(self, uri: str) -> None:
        self._untold.discard(uri)
        document = self.documents[uri]
        self.client.text_document_did_change(
            t.DidChangeTextDocumentParams(
                t.VersionedTextDocumentIdentifier(document.version, uri),
                [t.TextDocumentContentChangeWholeDocument(document.text)],
            )
        )

    async def text_of(self, uri: str) -> str:
        """Return what the user sees of a document that the server showed."""
        if uri.startswith("file:"):
            return text_at(uri)
        found = await self.client.workspace_text_document_content_async(
            t.TextDocumentContentParams(uri)
        )
        return str(found.text)

    async def lenses(self, uri: str) -> list[t.CodeLens]:
        params = t.CodeLensParams(t.TextDocumentIdentifier(uri))
        return list(await self.client.text_document_code_lens_async(params) or ())

    @property
    def asks_for_notes(self) -> bool:
        """Whether it asks for diagnostics, and can be told to ask again."""
        workspace = self.capabilities.workspace
        return bool(workspace and workspace.diagnostics)

    async def notes_since_last(self, uri: str) -> Any:
        """Ask for diagnostics, as an editor that knows those of last time."""
        params = t.DocumentDiagnosticParams(
            t.TextDocumentIdentifier(uri), previous_result_id=self.result_id
        )
        found = await self.client.text_document_diagnostic_async(params)
        self.result_id = found.result_id
        return found

    async def notes(self, uri: str) -> list[t.Diagnostic]:
        """Return the diagnostics that its user sees."""
        if not self.asks_for_notes:
            return list(self.client.diagnostics.get(uri, ()))
        self.result_id = None
        return list((await self.notes_since_last(uri)).items)

    def has_notes(self, uri: str) -> bool:
        """Whether it was told of diagnostics."""
        if self.asks_for_notes:
            return bool(self.client.diagnostic_refresh_count)
        return bool(self.client.diagnostics.get(uri))

    def has_no_notes(self, uri: str, count: int) -> bool:
        """Whether it was told, after `count` times, that there are no diagnostics any more."""
        if self.asks_for_notes:
            return bool(self.client.diagnostic_refresh_count > count)
        return not self.client.diagnostics.get(uri)

    async def actions(self, uri: str, line: int) -> dict[str, t.CodeAction]:
        at = t.Position(line, 0)
        found = await self.client.text_document_code_action_async(
            t.CodeActionParams(
                t.TextDocumentIdentifier(uri), t.Range(at, at), t.CodeActionContext([])
            )
        )
        return {action.title: action for action in found}

    async def command(self, name: str, *arguments: Any) -> Any:
        return await self.client.workspace_execute_command_async(
            t.ExecuteCommandParams(f"nanobot.{name}", list(arguments))
        )

    async def run(self, action: t.CodeAction) -> str:
        assert action.command is not None
        result = await self.client.workspace_execute_command_async(
            t.ExecuteCommandParams(action.command.command, action.command.arguments)
        )
        return str(result["processId"])

    def set(self, settings: Any, *, is_pushed: bool) -> None:
        """Have its user change settings: the section `nanobot`, which it may send along."""
        self.client.set_configuration({"nanobot": settings})
        pushed = {"nanobot": settings} if is_pushed else None
        self.client.workspace_did_change_configuration(t.DidChangeConfigurationParams(pushed))

    def send_as_it_is(self, method: str, params: Any) -> None:
        """Send a notification of any form, which no class of pygls needs to know."""
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        self.client.protocol._send_data(message)

    def logged(self) -> list[str]:
        """Return what the server logged, each with its kind."""
        return [f"{one.type.name} {one.message}" for one in self.client.log_messages]

    def apply_all(self, params: t.ApplyWorkspaceEditParams) -> t.ApplyWorkspaceEditResult:
        """Do what a good editor does, in the order of the edit, then send the changes."""
        for change in params.edit.document_changes or ():
            if isinstance(change, t.CreateFile):
                path = self.path_of(change.uri)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch(exist_ok=False)
            elif isinstance(change, t.RenameFile):
                self.rename(change.old_uri, change.new_uri)
            elif isinstance(change, t.DeleteFile):
                self.close(change.uri)
                self.path_of(change.uri).unlink()
            elif not self.apply_text(params, change.text_document.uri):
                return t.ApplyWorkspaceEditResult(applied=False, failure_reason="stale")
        if params.edit.document_changes is None and not self.apply_text(params, None):
            return t.ApplyWorkspaceEditResult(applied=False, failure_reason="stale")
        return t.ApplyWorkspaceEditResult(applied=True)

    @staticmethod
    def apply_nothing() -> t.ApplyWorkspaceEditResult:
        """Say what a bad editor says."""
        return t.ApplyWorkspaceEditResult(applied=True)

    def rename(self, old_uri: str, new_uri: str) -> None:
        """Move a file and its open document, whose unsaved text goes with it."""
        new = self.path_of(new_uri)
        assert not new.exists()
        new.parent.mkdir(parents=True, exist_ok=True)
        self.path_of(old_uri).rename(new)
        if old_uri in self.documents:
            text = self.documents[old_uri].text
            self.close(old_uri)
            self.documents[new_uri] = Document(text)
            self.client.text_document_did_open(
                t.DidOpenTextDocumentParams(t.TextDocumentItem(new_uri, "python", 1, text))
            )

    def close(self, uri: str) -> None:
        if self.documents.pop(uri, None) is not None:
            self.client.text_document_did_close(
                t.DidCloseTextDocumentParams(t.TextDocumentIdentifier(uri))
            )

    @staticmethod
    def path_of(uri: str) -> Path:
        return Path(uri.removeprefix("file://"))

    def apply_text(self, params: t.ApplyWorkspaceEditParams, only: str | None) -> bool:
        """Apply the edits of one document, or of all; False for a stale one."""
        for uri, version, edits in self.edits_of(params):
            if only not in (None, uri):
                continue
            if uri not in self.documents:
                self.documents[uri] = Document(self.path_of(uri).read_bytes().decode())
                text = self.documents[uri].text
                self.client.text_document_did_open(
                    t.DidOpenTextDocumentParams(t.TextDocumentItem(uri, "python", 1, text))
                )
            elif version is not None and version != self.documents[uri].version:
                return False
            self.documents[uri].apply(edits, self.encoding)
            self.send_full_change(uri)
        return True

    @staticmethod
    def edits_of(params: t.ApplyWorkspaceEditParams) -> list[tuple[str, int | None, Any]]:
        if params.edit.document_changes is None:
            return [(uri, None, edits) for uri, edits in (params.edit.changes or {}).items()]
        found = []
        for change in params.edit.document_changes:
            if isinstance(change, t.TextDocumentEdit):
                document = change.text_document
                found.append((document.uri, document.version, change.edits))
        return found

    def progress(self) -> list[Any]:
        return [value for reports in self.client.progress_reports.values() for value in reports]

    def messages(self) -> list[str]:
        return [item.message for item in self.client.messages]

    def host_calls(self, method: str) -> list[dict[str, Any]]:
        if not self.host_log.exists():
            return []
        calls = map(json.loads, self.host_log.read_text(encoding="utf-8").splitlines())
        return [call["params"] for call in calls if call["method"] == method]

    async def until(self, what: str, condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + WAIT_S
        while not (found := condition()):
            assert time.monotonic() < deadline, f"{what}; messages: {self.messages()}"
            await asyncio.sleep(0.01)
        return found

    def _register(self, params: t.RegistrationParams) -> None:
        for one in params.registrations:
            assert one.method not in self.registered, "registered twice"
            self.registered[one.method] = one.register_options

    def _apply_edit(self, params: t.ApplyWorkspaceEditParams) -> Any:
        self.applied.append(params)
        return self.on_apply(params)

    def _refreshed(self, what: str, _params: None) -> None:
        self.refreshed.append(what)

    async def _ask(self, params: t.ShowMessageRequestParams) -> t.MessageActionItem | None:
        for shown in self.client.shown_documents[len(self.shown_texts) :]:
            self.shown_texts.append(await self.text_of(shown.uri))
        self.questions.append(params)
        await self.may_answer.wait()
        if not self.can_ask:
            raise JsonRpcMethodNotFound
        answer = self.answers.pop(0)
        return None if answer is None else t.MessageActionItem(answer)


def _keep(told: list[dict[str, Any]], params: Any) -> None:
    told.append(plain(params))


def plain(params: Any) -> Any:
    """Return the JSON values of a message of which pygls made named tuples."""
    if isinstance(params, tuple) and hasattr(params, "_asdict"):
        return {key: plain(value) for key, value in params._asdict().items()}
    return [plain(value) for value in params] if isinstance(params, list) else params


def text_at(uri: str) -> str:
    return Path(uri.removeprefix("file://")).read_text(encoding="utf-8")
