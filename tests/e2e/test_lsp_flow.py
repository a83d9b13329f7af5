"""A whole process through `nanobot-lsp`, as four editors would see it.

The server is the real program over stdio. The host is scripted (`scripted_host.py`)
and the editor is a model that keeps documents in the units its real counterpart
negotiates; `tests/data/capabilities` holds what those declared.
"""

import asyncio
import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Generator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types as t
from lsprotocol.converters import get_converter
from pygls.exceptions import JsonRpcException
from pytest_lsp import make_test_lsp_client

pytestmark = pytest.mark.asyncio

EDITORS = ["emacs", "helix", "neovim", "vscode"]
CAPABILITIES = Path(__file__).parent.parent / "data" / "capabilities"
HOST = Path(__file__).parent / "scripted_host.py"
DOCSTRING = '"""Do what the name says."""'
WAIT_S = 30.0

# A form feed, an emoji before the definition on its own line, and CRLF.
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

    def open(self, name: str, text: str, *, on_disk: str | None = None) -> str:
        path = self.workspace / name
        path.write_text(text if on_disk is None else on_disk, encoding="utf-8", newline="")
        uri = path.as_uri()
        self.documents[uri] = Document(text)
        self.client.text_document_did_open(
            t.DidOpenTextDocumentParams(t.TextDocumentItem(uri, "python", 1, text))
        )
        return uri

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
        """Do what a good editor does, then send the change."""
        for uri, version, edits in self.edits_of(params):
            if uri not in self.documents:
                path = self.workspace / uri.rpartition("/")[2]
                self.documents[uri] = Document(path.read_bytes().decode())
                text = self.documents[uri].text
                self.client.text_document_did_open(
                    t.DidOpenTextDocumentParams(t.TextDocumentItem(uri, "python", 1, text))
                )
            elif version is not None and version != self.documents[uri].version:
                return t.ApplyWorkspaceEditResult(applied=False, failure_reason="stale")
            self.documents[uri].apply(edits, self.encoding)
            self.send_full_change(uri)
        return t.ApplyWorkspaceEditResult(applied=True)

    @staticmethod
    def edits_of(params: t.ApplyWorkspaceEditParams) -> list[tuple[str, int | None, Any]]:
        if params.edit.document_changes is None:
            return [(uri, None, edits) for uri, edits in (params.edit.changes or {}).items()]
        found = []
        for change in params.edit.document_changes:
            assert isinstance(change, t.TextDocumentEdit)
            found.append((change.text_document.uri, change.text_document.version, change.edits))
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
        answer = self.answers.pop(0)
        return None if answer is None else t.MessageActionItem(answer)


def text_at(uri: str) -> str:
    return Path(uri.removeprefix("file://")).read_text(encoding="utf-8")


@pytest.fixture
def place() -> Generator[Path]:
    # Not pytest's folder: the path of a Unix socket may have 100 bytes.
    folder = Path(tempfile.mkdtemp(prefix="nb-"))
    (folder / "ws").mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest_asyncio.fixture
async def env(place: Path) -> AsyncGenerator[dict[str, str]]:
    """A running scripted host, and the environment in which the server finds it."""
    env = {**os.environ, "XDG_RUNTIME_DIR": str(place), "XDG_STATE_HOME": str(place / "state")}
    env["XDG_CACHE_HOME"] = str(place / "cache")
    host = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HOST),
        str(place / "ws"),
        str(place / "calls"),
        env=env,
        stdout=asyncio.subprocess.PIPE,
    )
    assert host.stdout is not None
    assert await host.stdout.readline() == b"ready\n"
    yield env
    with contextlib.suppress(ProcessLookupError):
        host.kill()
    await host.wait()


@pytest_asyncio.fixture
async def start(place: Path, env: dict[str, str]) -> AsyncGenerator[Callable[..., Any]]:
    started: list[ModelEditor] = []

    async def start(name: str, *, is_single_file: bool = False) -> ModelEditor:
        editor = ModelEditor(name, place / "ws", place / "calls")
        started.append(editor)
        await editor.start(env, None if is_single_file else [place / "ws"])
        return editor

    yield start
    for editor in started:
        if editor.client.stopped is False:
            await editor.client.shutdown_session()
        await editor.client.stop()


@pytest.mark.parametrize("name", EDITORS)
async def test_one_function_is_documented_without_a_question(name: str, start: Any) -> None:
    editor = await start(name)
    uri = editor.open("a.py", SOURCE)

    actions = await editor.actions(uri, 3)
    process_id = await editor.run(actions["nanobot: Document this function"])
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))

    assert editor.documents[uri].text == WANTED
    assert editor.questions == []
    (applied,) = editor.host_calls("process.applied")
    assert applied["process_id"] == process_id
    (params,) = editor.applied
    assert params.label == "document add"
    assert params.edit.document_changes is not None
    assert params.edit.document_changes[0].text_document.version == 1
    has_annotations = name in ("neovim", "vscode")
    assert (params.edit.change_annotations is not None) == has_annotations


@pytest.mark.parametrize("name", EDITORS)
async def test_progress_begins_rises_and_ends(name: str, start: Any) -> None:
    editor = await start(name)
    editor.open("a.py", SOURCE)
    editor.answers = ["Later"]

    await editor.command("process.start", {"goal": '{"steps": 20, "step_s": 0.03}'})
    await editor.until("the question", lambda: editor.questions)

    shown = editor.progress()
    assert isinstance(shown[0], t.WorkDoneProgressBegin)
    assert shown[0].percentage == 0
    assert shown[0].cancellable is True
    assert isinstance(shown[-1], t.WorkDoneProgressEnd)
    reports = [value for value in shown if isinstance(value, t.WorkDoneProgressReport)]
    percentages = [value.percentage or 0 for value in reports]
    assert len(reports) >= 3
    assert percentages == sorted(percentages)
    assert str(reports[-1].message).endswith("/20 documented")


@pytest.mark.parametrize("name", EDITORS)
async def test_a_workspace_process_asks_and_edits_open_and_closed_files(
    name: str, start: Any
) -> None:
    editor = await start(name)
    uri = editor.open("a.py", SOURCE)
    crlf = "def b():\r\n    return '\U0001f600'\r\n\r\n\r\ndef c():\r\n    return 2"
    closed = editor.workspace / "b.py"
    closed.write_bytes(crlf.encode())
    editor.answers = ["Show diff", "Apply"]

    actions = await editor.actions(uri, 0)
    await editor.run(actions["nanobot: Document every public function in this workspace"])
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))

    assert [item.message for item in editor.questions] == [
        "nanobot: 3 docstrings in 2 files are ready"
    ] * 2
    assert editor.documents[uri].text == WANTED
    assert editor.documents[closed.as_uri()].text == crlf.replace(
        "():\r\n", f"():\r\n    {DOCSTRING}\r\n"
    )
    ((call),) = editor.host_calls("process.applied")
    assert [file["path"] for file in call["files"]] == ["a.py", "b.py"]
    (shown,) = editor.client.shown_documents
    assert f"+    {DOCSTRING}\n" in text_at(shown.uri)


async def test_an_unsaved_buffer_is_what_gets_documented(start: Any) -> None:
    editor = await start("vscode")
    uri = editor.open("a.py", SOURCE, on_disk="old = 1\n")

    await editor.run((await editor.actions(uri, 2))["nanobot: Document this function"])
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))

    (call,) = editor.host_calls("process.start")
    assert call["overlay"] == {"a.py": SOURCE}
    assert call["targets"] == [{"path": "a.py", "line": 3}]
    assert editor.documents[uri].text == WANTED


async def test_a_saved_buffer_is_not_sent(start: Any) -> None:
    editor = await start("vscode")
    uri = editor.open("a.py", SOURCE)

    await editor.run((await editor.actions(uri, 2))["nanobot: Document this function"])
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))

    assert editor.host_calls("process.start")[0]["overlay"] == {}


async def test_a_single_file_without_a_folder_works(start: Any) -> None:
    editor = await start("neovim", is_single_file=True)
    uri = editor.open("a.py", SOURCE)

    await editor.run((await editor.actions(uri, 2))["nanobot: Document this function"])
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))

    assert editor.documents[uri].text == WANTED


async def test_applied_true_is_not_believed(start: Any) -> None:
    editor = await start("neovim")
    uri = editor.open("a.py", SOURCE)
    editor.on_apply = lambda _params: t.ApplyWorkspaceEditResult(applied=True)

    await editor.run((await editor.actions(uri, 2))["nanobot: Document this function"])
    await editor.until("the user is told", editor.messages)

    assert "1 file not changed (a.py: the editor did not apply the edit)" in editor.messages()[0]
    assert editor.host_calls("process.applied") == []


async def test_an_error_in_place_of_applied_is_survived(start: Any) -> None:
    editor = await start("emacs")
    uri = editor.open("a.py", SOURCE)

    def refuse(_params: object) -> None:
        raise JsonRpcException("Edits on 'a.py' require version 0, you have 1")

    editor.on_apply = refuse
    await editor.run((await editor.actions(uri, 2))["nanobot: Document this function"])
    await editor.until("the user is told", editor.messages)

    assert "1 file not changed" in editor.messages()[0]
    assert "require version 0" in editor.messages()[0]
    assert editor.host_calls("process.applied") == []
    assert await editor.actions(uri, 2)


async def test_a_file_changed_meanwhile_is_left_alone(start: Any) -> None:
    editor = await start("vscode")
    uri = editor.open("a.py", SOURCE)
    (editor.workspace / "b.py").write_text("def b():\n    pass\n", encoding="utf-8")
    editor.answers = ["Apply"]

    await editor.command("process.start", {"goal": '{"steps": 10, "step_s": 0.05}'})
    editor.documents[uri].text = "# typed meanwhile\n" + SOURCE
    editor.documents[uri].version = 2
    editor.send_full_change(uri)
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))
    await editor.until("the user is told", editor.messages)

    assert editor.documents[uri].text == "# typed meanwhile\n" + SOURCE
    (call,) = editor.host_calls("process.applied")
    assert [file["path"] for file in call["files"]] == ["b.py"]
    assert "1 file not changed (a.py: it has changed since" in editor.messages()[0]


async def test_cancel_in_the_progress_display(start: Any) -> None:
    editor = await start("vscode")
    editor.open("a.py", SOURCE)

    await editor.command("process.start", {"goal": '{"steps": 900, "step_s": 0.05}'})
    await editor.until("a report", lambda: len(editor.progress()) > 2)
    (token,) = editor.client.progress_reports
    editor.client.window_work_done_progress_cancel(t.WorkDoneProgressCancelParams(token))
    await editor.until("the end", lambda: isinstance(editor.progress()[-1], t.WorkDoneProgressEnd))

    assert editor.host_calls("process.cancel") == [{"process_id": "p1"}]
    assert editor.applied == []


async def test_pause_resume_and_cancel_commands_need_no_id(start: Any) -> None:
    editor = await start("helix")
    editor.open("a.py", SOURCE)

    started = await editor.command("process.start", {"goal": '{"steps": 900, "step_s": 0.02}'})
    paused = await editor.command("process.pause")
    resumed = await editor.command("process.resume", "p1")
    cancelled = await editor.command("process.cancel")

    assert started["processId"] == "p1"
    assert (paused["state"], cancelled["state"]) == ("paused", "cancelled")
    assert resumed["processId"] == "p1"


async def test_a_host_that_dies_ends_the_progress_with_one_message(start: Any) -> None:
    editor = await start("vscode")
    editor.open("a.py", SOURCE)

    await editor.command("process.start", {"goal": '{"steps": 90, "step_s": 0.2, "die": true}'})
    await editor.until("the user is told", editor.messages)
    await editor.until("the end", lambda: isinstance(editor.progress()[-1], t.WorkDoneProgressEnd))

    assert editor.messages() == [
        "nanobot: the host stopped; the command nanobot.process.resume continues"
    ]


async def test_what_the_host_refuses_is_said_once(start: Any) -> None:
    editor = await start("helix")
    editor.open("a.py", SOURCE)

    result = await editor.command("process.start", {"goal": '{"error": "model_missing"}'})
    await editor.until("the user is told", editor.messages)

    assert result["error"]["code"] == "model_missing"
    assert len(editor.messages()) == 1
    assert editor.messages()[0].startswith("nanobot: workspace: another process runs")


async def test_a_refused_definition_is_explained(start: Any) -> None:
    editor = await start("helix")
    editor.open("a.py", SOURCE)

    await editor.command("process.start", {"goal": '{"refuse": "the votes disagree"}'})
    await editor.until("the user is told", editor.messages)

    assert editor.messages() == ["nanobot: no docstring passed every check (f: the votes disagree)"]


async def test_a_failed_process_shows_its_reason(start: Any) -> None:
    editor = await start("vscode")
    editor.open("a.py", SOURCE)

    await editor.command("process.start", {"goal": '{"fail": "disk full"}'})
    await editor.until("the user is told", editor.messages)

    assert editor.messages() == ["nanobot: disk full"]


async def test_a_document_out_of_step_is_not_edited_until_its_full_text_arrives(
    start: Any,
) -> None:
    editor = await start("vscode")
    uri = editor.open("a.py", SOURCE)
    outside = t.Range(t.Position(900, 0), t.Position(901, 0))
    editor.client.text_document_did_change(
        t.DidChangeTextDocumentParams(
            t.VersionedTextDocumentIdentifier(2, uri),
            [t.TextDocumentContentChangePartial(outside, "?")],
        )
    )

    assert await editor.actions(uri, 2) == {}
    result = await editor.command("process.start", {"uri": uri, "line": 2})
    assert result["error"]["code"] == "usage"
    assert "outside a text of 5 lines" in editor.messages()[0]

    editor.documents[uri].version = 3
    editor.send_full_change(uri)
    await editor.run((await editor.actions(uri, 2))["nanobot: Document this function"])
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))
    assert editor.documents[uri].text == WANTED


async def test_search_and_status_answer_from_the_host(start: Any) -> None:
    editor = await start("helix")
    editor.open("a.py", SOURCE)

    found = await editor.command("search", {"query": "add", "limit": 3})
    status = await editor.command("status")

    assert found["hits"][0]["path"] == "a.py"
    assert status["processes"] == []
    assert editor.messages() == ["nanobot: no process in this workspace"]
