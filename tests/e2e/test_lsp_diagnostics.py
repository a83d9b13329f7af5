"""What a tool says in an editor is fixed through `nanobot-lsp`, in the text that is not saved.

No model is installed: the linter is on its own, and what it proposes is taken.
"""

from typing import Any

import pytest
from lsprotocol import types as t

from e2e.model_editor import ModelEditor
from support.terminal import Terminal

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]

CODE = """\
import os


def forget(path):
    try:
        os.remove(path)
    except FileNotFoundError:
        pass
"""
FIXED = """\
import contextlib
import os


def forget(path):
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)
"""
SAID = "Use `contextlib.suppress(FileNotFoundError)` instead of `try`-`except`-`pass`"
APPLY = "Apply"


@pytest.fixture
def terminal(terminal: Terminal) -> Terminal:
    terminal.write("ruff.toml", '[lint]\nselect = ["F", "SIM"]\n')
    return terminal


async def offered(
    editor: ModelEditor, uri: str, line: int, *, source: str, code: str
) -> dict[str, t.CodeAction]:
    """Return what is offered about a diagnostic, by title."""
    where = t.Range(t.Position(line, 4), t.Position(line, 7))
    one = t.Diagnostic(where, SAID, code=code, source=source)
    found = await editor.client.text_document_code_action_async(
        t.CodeActionParams(t.TextDocumentIdentifier(uri), where, t.CodeActionContext([one]))
    )
    return {action.title: action for action in found}


@pytest.mark.parametrize("name", ["emacs", "helix", "vscode"])
async def test_a_diagnostic_of_a_text_that_is_not_saved_is_fixed(name: str, opened: Any) -> None:
    editor = await opened(name)
    # On disk there is nothing to fix, and every line is elsewhere.
    uri = editor.open("a.py", "# Not saved.\n" + CODE, on_disk="import os\n\nprint(os)\n")
    editor.answers = [APPLY]

    actions = await offered(editor, uri, 5, source="Ruff", code="SIM105")
    (title,) = (one for one in actions if one.startswith("nanobot: Fix this: Use `contextlib"))
    await editor.run(actions[title])
    wanted = "# Not saved.\n" + FIXED
    await editor.until("it is applied", lambda: editor.documents[uri].text == wanted)


async def test_what_a_tool_says_about_a_file_is_fixed(opened: Any) -> None:
    editor = await opened()
    uri = editor.open("a.py", "import re\n" + CODE)
    editor.answers = [APPLY]

    actions = await offered(editor, uri, 5, source="ruff", code="SIM105")
    await editor.run(actions["nanobot: Fix what ruff says about this file"])

    await editor.until("it is applied", lambda: editor.documents[uri].text == FIXED)
