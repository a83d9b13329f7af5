"""Settings that an editor gives, its log and its trace, as four editors send and take them."""

import time
from typing import Any

import pytest
from lsprotocol import types as t

from e2e.model_editor import FAR_APART, SOURCE, WAIT_S
from support.terminal import Terminal

pytestmark = pytest.mark.asyncio

DEBUG = {"log": {"level": "debug"}}
SECRET = "the words of a document"


def log_of(terminal: Terminal) -> str:
    return "".join(file.read_text(encoding="utf-8") for file in terminal.folder.rglob("lsp.log"))


async def is_at(editor: Any, terminal: Terminal, level: str) -> None:
    """Wait until this is the least severe kind that is logged: `debug`, `info` or `error`."""
    deadline = time.monotonic() + WAIT_S
    logged: tuple[bool, ...] = ()
    while logged != (level == "debug", level != "error"):
        assert time.monotonic() < deadline, (level, logged)
        before = log_of(terminal)
        # What nobody knows is told at `debug`, what is wrong at `warning`.
        editor.send_as_it_is("nobody/knows", {})
        editor.send_as_it_is("textDocument/didClose", {"textDocument": 7})
        await editor.own("status")
        news = log_of(terminal)[len(before) :]
        logged = (" DEBUG " in news, " WARNING " in news)


@pytest.mark.parametrize("name", FAR_APART)
async def test_what_an_editor_started_us_with_counts(
    name: str, terminal: Terminal, opened: Any
) -> None:
    editor = await opened(name, options=DEBUG)

    await is_at(editor, terminal, "debug")


@pytest.mark.parametrize("name", ["kate", "neovim", "vscode"])
async def test_a_setting_that_changes_counts_at_once(
    name: str, terminal: Terminal, opened: Any
) -> None:
    terminal.set('[log]\nlevel = "error"')
    editor = await opened(name)
    await is_at(editor, terminal, "error")

    # Editors that watch this dynamically say only that something changed.
    is_pushed = t.WORKSPACE_DID_CHANGE_CONFIGURATION not in editor.registered
    editor.set(DEBUG, is_pushed=is_pushed)
    await is_at(editor, terminal, "debug")
    editor.set({"log": {"level": None}}, is_pushed=is_pushed)

    await is_at(editor, terminal, "error")


async def test_who_can_not_be_asked_sends_its_settings(terminal: Terminal, opened: Any) -> None:
    editor = await opened("helix", can_be_asked=False)

    editor.set(DEBUG, is_pushed=True)

    await is_at(editor, terminal, "debug")


async def test_vscode_is_asked_to_tell_of_changes_and_others_do_by_themselves(opened: Any) -> None:
    vscode, neovim = await opened("vscode"), await opened("neovim")
    await vscode.until("a registration", lambda: vscode.registered)

    assert vscode.registered == {"workspace/didChangeConfiguration": {"section": "nanobot"}}
    assert neovim.registered == {}


@pytest.mark.parametrize("name", ["kate", "neovim", "vscode"])
async def test_what_a_workspace_may_not_set_is_refused_once_with_its_reason(
    name: str, terminal: Terminal, opened: Any
) -> None:
    unsafe = {"process": {"run_code": True}}
    editor = await opened(name, options=unsafe)
    await editor.until("the user is told", editor.messages)

    editor.set(unsafe, is_pushed=True)
    editor.set({**unsafe, "log": {"level": "loud"}}, is_pushed=True)
    await editor.until("the user is told", lambda: len(editor.messages()) == 2)

    refused, wrong = editor.messages()
    assert refused.startswith("nanobot: `nanobot.process.run_code` can not be set in an editor")
    assert str(terminal.config) in refused
    assert wrong.startswith("nanobot: `nanobot.log.level` is `'loud'`, but must be one of")


async def test_a_broken_file_of_the_user_is_told(terminal: Terminal, opened: Any) -> None:
    terminal.config.write_text("[log]\nlevel = 7\n[process]\nvotes_ahead = 0\n")
    editor = await opened("vscode")

    await editor.until("the user is told", editor.messages)

    (message,) = editor.messages()
    assert message.startswith(f"nanobot: {terminal.config}: ")
    assert message.endswith(" (1 more are in the log)")
    assert len([line for line in editor.logged() if "setting not used" in line]) == 2


@pytest.mark.parametrize("answer", [7, "debug", [], {"": 1}, {"log": {"level": {"a": []}}}])
async def test_a_nonsense_answer_changes_nothing(
    answer: Any, terminal: Terminal, opened: Any
) -> None:
    editor = await opened("vscode")

    editor.set(answer, is_pushed=False)
    editor.send_as_it_is("workspace/didChangeConfiguration", {"settings": answer})

    assert (await editor.own("status"))["server"]["pid"] == editor.pid
    await is_at(editor, terminal, "info")


@pytest.mark.parametrize(
    ("name", "kind"), [("vscode", "Debug"), ("neovim", "Debug"), ("helix", "Log")]
)
async def test_the_log_is_shown_with_kinds_that_the_editor_knows(
    name: str, kind: str, opened: Any
) -> None:
    editor = await opened(name, options=DEBUG)

    def has_come() -> bool:
        editor.send_as_it_is("nobody/knows", {})
        return any(line.startswith(kind) for line in editor.logged())

    await editor.until("a line", has_come)
    assert {line.split()[0] for line in editor.logged()} <= {"Error", "Warning", "Info", kind}
    assert [line for line in editor.logged() if line.startswith("Info server.lsp")]


async def test_nonsense_all_the_time_does_not_flood_the_editor(opened: Any) -> None:
    editor = await opened("neovim")

    for _ in range(2_000):
        editor.send_as_it_is("textDocument/didClose", {"textDocument": 7})
    await editor.own("status")

    warnings = [line for line in editor.logged() if line.startswith("Warning")]
    assert 0 < len(warnings) < 1_000


@pytest.mark.parametrize("name", FAR_APART)
async def test_no_text_of_a_document_is_in_a_log_or_a_trace(
    name: str, terminal: Terminal, opened: Any
) -> None:
    editor = await opened(name, options=DEBUG, trace=t.TraceValue.Verbose)
    await is_at(editor, terminal, "debug")
    uri = editor.open("a.py", f"{SOURCE}# {SECRET}\n")
    editor.change(uri, f"{SOURCE}# {SECRET}, twice\n")
    at = {"start": {"line": 0, "character": "0"}, "end": {"line": 0, "character": 0}}
    broken = [
        ("didOpen", {"textDocument": {"uri": uri, "languageId": 7, "text": SECRET}}),
        ("didOpen", {"textDocument": {"uri": uri, "version": "x", "text": SECRET}}),
        ("didChange", {"textDocument": {"uri": uri}, "contentChanges": [{"text": SECRET}]}),
        (
            "didChange",
            {
                "textDocument": {"uri": uri, "version": 9},
                "contentChanges": [{"range": at, "text": SECRET}, SECRET],
            },
        ),
        ("didSave", {"textDocument": {"uri": uri}, "text": [SECRET]}),
    ]
    for method, params in broken:
        editor.send_as_it_is(f"textDocument/{method}", params)
    await editor.actions(uri, 0)
    await editor.command("search", "add")

    await editor.until("a trace", lambda: len(editor.traces) > 5)
    assert "refused" in log_of(terminal)
    assert SECRET not in log_of(terminal)
    assert SECRET not in str(editor.traces)
    assert not [line for line in editor.logged() if SECRET in line]


async def test_a_trace_says_what_is_exchanged_and_how_long_it_took(opened: Any) -> None:
    editor = await opened("neovim")
    uri = editor.open("a.py", SOURCE)
    await editor.actions(uri, 0)
    assert editor.traces == []

    editor.client.set_trace(t.SetTraceParams(t.TraceValue.Messages))
    await editor.actions(uri, 0)
    await editor.until("traces", lambda: len(editor.traces) >= 2)
    editor.client.set_trace(t.SetTraceParams(t.TraceValue.Off))
    await editor.own("status")

    told = [message for message, _ in editor.traces]
    assert told[0].startswith("received request textDocument/codeAction (")
    assert told[1].startswith("answered textDocument/codeAction (")
    assert " with a result after " in told[1]
    assert told[2:] == ["received notification $/setTrace"]
    assert not any(more for _, more in editor.traces)


async def test_a_level_that_was_said_at_the_start_stays(terminal: Terminal, opened: Any) -> None:
    editor = await opened("neovim", options=DEBUG, env={"NANOBOT_LOG": "error"})

    await is_at(editor, terminal, "error")
