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

EDITORS = ["emacs", "helix", "neovim", "vscode"]
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
        self.documents: dict[str, Document] = {}
        self.applied: list[t.ApplyWorkspaceEditParams] = []
        self.questions: list[t.ShowMessageRequestParams] = []
        self.answers: list[str | None] = []
        self.can_ask = True
        self.on_apply: Callable[[t.ApplyWorkspaceEditParams], Any] = self.apply_all
        self.client: Any = make_test_lsp_client()
        # A handler of ours may refuse on purpose; that is no failure of a test.
        vars(self.client)["report_server_error"] = lambda _error, _source: None
        # `partial`: pygls marks what it registers, and a bound method takes no mark.
        self.client.feature(t.WORKSPACE_APPLY_EDIT)(partial(self._apply_edit))
        self.client.feature(t.WINDOW_SHOW_MESSAGE_REQUEST)(partial(self._ask))
        # lsprotocol takes a code action with a command for a bare command.
        converter = self.client.protocol._converter
        converter.register_structure_hook(
            t.CodeActionResponse,
            lambda message, _type: t.CodeActionResponse(
                message["id"], [converter.structure(x, t.CodeAction) for x in message["result"]]
            ),
        )

    async def start(self, env: dict[str, str], folders: list[Path] | None) -> None:
        await self.client.start_io(sys.executable, "-m", "nanobot_server.lsp", "--stdio", env=env)
        result = await self.client.initialize_session(
            t.InitializeParams(
                capabilities=self.capabilities,
                client_info=t.ClientInfo(**self.client_info),
                process_id=os.getpid(),
                root_uri=folders[0].as_uri() if folders else None,
                workspace_folders=[t.WorkspaceFolder(x.as_uri(), x.name) for x in folders]
                if folders
                else None,
            )
        )
        self.encoding = result.capabilities.position_encoding

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
        document = self.documents[uri]
        self.client.text_document_did_change(
            t.DidChangeTextDocumentParams(
                t.VersionedTextDocumentIdentifier(document.version, uri),
                [t.TextDocumentContentChangeWholeDocument(document.text)],
            )
        )

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

    def _apply_edit(self, params: t.ApplyWorkspaceEditParams) -> Any:
        self.applied.append(params)
        return self.on_apply(params)

    def _ask(self, params: t.ShowMessageRequestParams) -> t.MessageActionItem | None:
        self.questions.append(params)
        if not self.can_ask:
            raise JsonRpcMethodNotFound
        answer = self.answers.pop(0)
        return None if answer is None else t.MessageActionItem(answer)


def text_at(uri: str) -> str:
    return Path(uri.removeprefix("file://")).read_text(encoding="utf-8")
