"""A refactoring through `nanobot-lsp`: files are created, moved and removed by the editor."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as t

pytestmark = pytest.mark.asyncio

BEFORE = {
    "use.py": "from old import area  # \U0001f600\n\nprint(area)\n",
    "old.py": "area = 1\nside = 2\n",
    "gone.py": "",
    "spare.py": "x = 1\n",
}
AFTER = {
    "use.py": "from new import area  # \U0001f600\n\nprint(area)\n",
    "pkg/new.py": "area = 1\nedge = 2\n",
    "made/side.py": "side = 2\n",
    "spare.py": "x = 1\n",
}
ABLE = ["helix", "neovim", "vscode"]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def edit(path: str, old: str, new: str) -> dict[str, Any]:
    at = len(BEFORE[path].partition(old)[0].encode())
    end = at + len(old.encode())
    return {"start_byte": at, "end_byte": end, "new_text": new, "label": "rename"}


FILES: list[dict[str, Any]] = [
    {"path": "gone.py", "base_sha256": sha256(""), "result_sha256": "", "edits": []},
    {
        "path": "made/side.py",
        "base_sha256": "",
        "result_sha256": sha256(AFTER["made/side.py"]),
        "edits": [{"start_byte": 0, "end_byte": 0, "new_text": "side = 2\n", "label": "new"}],
    },
    {
        "path": "old.py",
        "new_path": "pkg/new.py",
        "base_sha256": sha256(BEFORE["old.py"]),
        "result_sha256": sha256(AFTER["pkg/new.py"]),
        "edits": [edit("old.py", "side", "edge")],
    },
    {
        "path": "use.py",
        "base_sha256": sha256(BEFORE["use.py"]),
        "result_sha256": sha256(AFTER["use.py"]),
        "edits": [edit("use.py", "old", "new")],
    },
]
GOAL = {"recipe": "document", "goal": json.dumps({"files": FILES})}


def write(workspace: Path) -> None:
    for path, text in BEFORE.items():
        (workspace / path).write_text(text, encoding="utf-8", newline="")


def shown(editor: Any) -> dict[str, str]:
    """Return what the user sees: open documents, and files that are not open."""
    found = {
        path.relative_to(editor.workspace).as_posix(): path.read_text(encoding="utf-8")
        for path in editor.workspace.rglob("*.py")
    }
    for uri, document in editor.documents.items():
        found[editor.path_of(uri).relative_to(editor.workspace).as_posix()] = document.text
    return found


@pytest.mark.parametrize("name", ABLE)
@pytest.mark.parametrize("opened", [[], ["old.py", "use.py"], ["gone.py"]])
async def test_an_editor_makes_moves_and_removes_files(
    name: str, opened: list[str], start: Any
) -> None:
    editor = await start(name)
    write(editor.workspace)
    for path in opened:
        editor.open(path, BEFORE[path])
    editor.open("spare.py", BEFORE["spare.py"])
    editor.answers = ["Show diff", "Apply"]

    await editor.command("process.start", GOAL)
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))

    assert shown(editor) == AFTER
    ((call),) = editor.host_calls("process.applied")
    assert call["files"] == [
        {"path": file["path"], "sha256": file["result_sha256"]} for file in FILES
    ]
    assert editor.questions[0].message == "nanobot: 3 edits in 4 files are ready"
    kinds = [type(change) for change in editor.applied[0].edit.document_changes or ()]
    texts = [t.TextDocumentEdit] * 3
    assert kinds == [t.CreateFile, *texts, t.RenameFile, t.DeleteFile]
    (diff,) = editor.shown_texts
    assert "rename from old.py\nrename to pkg/new.py\n--- a/old.py\n+++ b/pkg/new.py\n" in diff
    assert "--- /dev/null\n+++ b/made/side.py\n" in diff
    assert "--- a/gone.py\n+++ /dev/null\n" in diff


async def test_an_editor_that_can_not_move_files_is_sent_nothing(start: Any) -> None:
    editor = await start("emacs")
    write(editor.workspace)
    editor.open("spare.py", BEFORE["spare.py"])

    await editor.command("process.start", GOAL)
    await editor.until("the user is told", editor.messages)

    (message,) = editor.messages()
    assert message == (
        "nanobot: this editor does not create and delete and rename files for a language server; "
        "'nanobot accept p1' in a terminal writes the change"
    )
    assert (editor.applied, shown(editor)) == ([], BEFORE)


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("use.py", "from old import area, side\n", "use.py: it has changed since"),
        ("pkg/new.py", "mine = 1\n", "old.py: pkg/new.py is there already"),
        ("made/side.py", "mine = 1\n", "made/side.py: made/side.py is there already"),
    ],
)
async def test_nothing_is_sent_when_one_file_does_not_fit(
    path: str, text: str, reason: str, start: Any
) -> None:
    editor = await start("vscode")
    write(editor.workspace)
    (editor.workspace / path).parent.mkdir(exist_ok=True)
    (editor.workspace / path).write_text(text)
    editor.open("spare.py", BEFORE["spare.py"])
    editor.answers = ["Apply"]

    await editor.command("process.start", GOAL)
    await editor.until("the user is told", editor.messages)

    assert reason in editor.messages()[0]
    assert editor.messages()[0].startswith("nanobot: 4 files not changed (")
    assert (editor.applied, shown(editor)) == ([], {**BEFORE, path: text})
    assert editor.host_calls("process.applied") == []


async def test_what_an_editor_did_not_do_is_not_reported(start: Any) -> None:
    editor = await start("neovim")
    write(editor.workspace)
    editor.open("spare.py", BEFORE["spare.py"])
    editor.answers = ["Apply"]

    def without_files(params: t.ApplyWorkspaceEditParams) -> t.ApplyWorkspaceEditResult:
        assert params.edit.document_changes is not None
        params.edit.document_changes = [
            change
            for change in params.edit.document_changes
            if isinstance(change, t.TextDocumentEdit)
            and change.text_document.uri.endswith("use.py")
        ]
        result: t.ApplyWorkspaceEditResult = editor.apply_all(params)
        return result

    editor.on_apply = without_files

    await editor.command("process.start", GOAL)
    await editor.until("the user is told", editor.messages)

    ((call),) = editor.host_calls("process.applied")
    assert [file["path"] for file in call["files"]] == ["use.py"]
    assert editor.messages()[0].startswith("nanobot: 3 files not changed (")
