"""Undo through `nanobot-lsp`: documents that are open change in the editor, others on the disk."""

from typing import Any

import pytest

from e2e.model_editor import ModelEditor
from e2e.renamed_workspace import FILES, SENTENCE, shown, with_new_name
from support.terminal import Terminal

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]

RENAMED = with_new_name(FILES)


@pytest.fixture
def terminal(terminal: Terminal) -> Terminal:
    for path, text in FILES.items():
        terminal.write(path, text)
    return terminal


def save(editor: ModelEditor) -> None:
    for uri, document in editor.documents.items():
        editor.path_of(uri).write_text(document.text, newline="")


async def until_done(editor: ModelEditor) -> None:
    for _ in range(1000):
        status = await editor.command("process.status")
        if status["processes"][-1]["state"] == "done":
            return
    raise AssertionError(status)


async def renamed(editor: ModelEditor) -> None:
    editor.open("settings.py", FILES["settings.py"])
    editor.answers = ["Start", "Apply"]
    await editor.command("process.start", SENTENCE)
    await editor.until("it is applied", lambda: shown(editor, [*FILES]) == RENAMED)
    await until_done(editor)


@pytest.mark.parametrize("name", ["emacs28", "kate", "vscode"])
async def test_what_was_applied_is_undone_saved_or_not(name: str, opened: Any) -> None:
    editor = await opened(name)
    await renamed(editor)

    answer = await editor.command("process.undo")

    assert answer["state"] == "waiting_for_review"
    assert "is undone in 3 files; save what is open" in editor.messages()[-1]
    assert shown(editor, [*FILES]) == FILES
    await editor.command("process.accept")
    await editor.until("it is applied again", lambda: shown(editor, [*FILES]) == RENAMED)
    await until_done(editor)
    save(editor)
    await editor.command("process.undo")
    assert shown(editor, [*FILES]) == FILES
    save(editor)
    assert {path: (editor.workspace / path).read_text() for path in FILES} == FILES


async def test_what_was_typed_since_stays(opened: Any) -> None:
    editor = await opened()
    await renamed(editor)
    uri = (editor.workspace / "settings.py").as_uri()
    editor.change(uri, "# mine\n" + RENAMED["settings.py"] + "# mine\n")

    await editor.command("process.undo")
    wanted = {**FILES, "settings.py": "# mine\n" + FILES["settings.py"] + "# mine\n"}
    await editor.until("it is undone", lambda: shown(editor, [*FILES]) == wanted)


async def test_files_that_are_not_open_are_written(opened: Any) -> None:
    editor = await opened()
    await renamed(editor)
    save(editor)
    for uri in list(editor.documents):
        editor.close(uri)

    await editor.command("process.undo")

    assert shown(editor, [*FILES]) == FILES
    assert editor.messages()[-1].endswith("is undone in 3 files")


async def test_a_line_that_was_changed_by_hand_is_named_and_nothing_is_undone(opened: Any) -> None:
    editor = await opened()
    await renamed(editor)
    uri = (editor.workspace / "settings.py").as_uri()
    typed = RENAMED["settings.py"].replace("(path)", "(place)")
    editor.change(uri, typed)

    answer = await editor.command("process.undo")

    assert answer["state"] == "done"
    assert shown(editor, [*FILES]) == {**RENAMED, "settings.py": typed}
    assert editor.messages()[-1].endswith(
        "is not undone as a whole (settings.py: was changed in the same lines; undo them by hand)"
    )


async def test_an_editor_that_does_not_apply_the_undo_is_not_believed(opened: Any) -> None:
    editor = await opened()
    await renamed(editor)
    editor.on_apply = lambda params: editor.apply_nothing()

    await editor.command("process.undo")

    assert "is not undone as a whole (" in editor.messages()[-1]
    assert "settings.py: the editor did not apply the edit" in editor.messages()[-1]
    # The edits stand, so a review finds them, and they are applied already.
    editor.answers = ["Apply"]
    await editor.command("process.accept")
    await until_done(editor)
    assert shown(editor, [*FILES]) == RENAMED
