"""Code actions through `nanobot-lsp`: what each editor is offered, and what programs then do.

The server and the host are the real programs; no model is installed.
"""

from typing import Any

import pytest
from lsprotocol import types as t

from e2e.model_editor import ModelEditor
from support.offered import CURSOR
from support.terminal import Terminal

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]

APPLY = "Apply"
TEXT = "é = '\U0001f600'\nprint(é)\n\n\n"
"""Above each example: characters of two and four bytes."""

BOX = """\
class Box:
    def __init__(self, side: int) -> None:
        self.side = side

"""


async def offered(
    editor: ModelEditor, uri: str, marked: str, only: list[str] | None = None
) -> dict[str, t.CodeAction]:
    """Return what is offered at the marks of a text that is open, by title."""
    parts = marked.split(CURSOR)
    start, end = (_position(editor, "".join(parts[:count])) for count in (1, len(parts) - 1))
    context = t.CodeActionContext([], only=only)
    where = t.Range(start, max(start, end, key=lambda one: (one.line, one.character)))
    params = t.CodeActionParams(t.TextDocumentIdentifier(uri), where, context)
    found = await editor.client.text_document_code_action_async(params)
    return {action.title.removeprefix("nanobot: "): action for action in found}


def _position(editor: ModelEditor, before: str) -> t.Position:
    line = before.rpartition("\n")[2]
    units = {"utf-8": len(line.encode()), "utf-16": len(line.encode("utf-16-le")) // 2}
    return t.Position(before.count("\n"), units.get(editor.encoding, len(line)))


@pytest.mark.parametrize("name", ["emacs", "helix", "kate", "vscode"])
async def test_every_editor_is_offered_what_fits_the_place(
    name: str, opened: Any, terminal: Terminal
) -> None:
    editor = await opened(name)
    (terminal.workspace / "app").mkdir()
    code = 'def load(path, deep):\n    text = "\U0001f600", path.size()\n    return text\n'
    uri = editor.open("app/a.py", code)

    header = await offered(editor, uri, code.replace("load", "‸load"))
    assert header.keys() >= {
        "Document this function",
        "Annotate this function",
        "Log calls of this function",
        "Inline the function `load`",
        "Rename `load`: write the new name",
        "Move `load` to the new module load.py",
    }
    parameter = await offered(editor, uri, code.replace("deep", "‸deep"))
    assert parameter.keys() >= {
        "Remove the parameter `deep`",
        "Take `deep` by keyword only",
        "Move the parameter `deep` before `path`",
    }
    value = await offered(editor, uri, code.replace("path.size()", "‸path.size()‸"))
    assert "Extract into a variable `size`" in value
    statement = await offered(editor, uri, code.replace("text = ", "‸text = ").replace("()", "()‸"))
    assert "Extract into a function `compute_text`" in statement
    assert "Inline the variable `text`" in await offered(editor, uri, code.replace("n t", "n ‸t"))
    sources = await offered(editor, uri, f"‸{code}", ["source"])
    assert {str(one.kind) for one in sources.values()} == {
        f"source.nanobot.{scope}" for scope in ("file", "folder", "workspace")
    }
    tags = header["Document this function"].tags
    assert (list(tags or ()) == [t.CodeActionTag.LlmGenerated]) == (name == "vscode")
    documents = editor.capabilities.text_document
    shows_why = bool(documents and documents.code_action and documents.code_action.disabled_support)
    assert shows_why == (name in {"helix", "neovim", "vscode"})
    broken = await offered(editor, uri, code.replace("text =", "‸text‸ ="), ["refactor.extract"])
    assert [one.disabled is not None for one in broken.values()] == [True] * shows_why


BEFORE_AND_AFTER = {
    "Extract into a function `check_size`": """\
def f(a):
    # check the size
    ‸if a > 3:
        a = 3
    b = a + 1‸
    return b
======
def f(a):
    # check the size
    b = check_size(a)
    return b


def check_size(a):
    if a > 3:
        a = 3
    b = a + 1
    return b
""",
    "Extract into a variable `size`": """\
def f(a):
    return (‸a.size()‸ + 1)
======
def f(a):
    size = a.size()
    return (size + 1)
""",
    "Extract into a constant `A_LIMIT`": """\
def f(a):
    return a > 1‸0
======
A_LIMIT = 10
TEXT
def f(a):
    return a > A_LIMIT
""",
    "Inline the variable `b`": """\
def f(a):
    b = a + 1
    return ‸b * 2
======
def f(a):
    return (a + 1) * 2
""",
    "Inline the function `g`": """\
def g(a):
    return a + 1


def f(a):
    return ‸g(a) * 2
======
def f(a):
    return (a + 1) * 2
""",
    "Make `g` a static method": """\
class Box:
    def g‸(self, a):
        return a

    def f(self):
        return self.g(1)
======
class Box:
    @staticmethod
    def g(a):
        return a

    def f(self):
        return self.g(1)
""",
    "Make `g` a function of the module": """\
class Box:
    side = 1

    def g‸(self):
        return self.side


print(Box().g())
======
class Box:
    side = 1


def g(self):
    return self.side


print(g(Box()))
""",
    "Make `g` a method of `Box`": """\
class Box:
    side = 1


def g‸(box: Box) -> int:
    return box.side


print(g(Box()))
======
class Box:
    side = 1

    def g(self) -> int:
        return self.side


print(Box().g())
""",
    "Remove the parameter `b`": """\
def f(a, ‸b):
    return a


print(f(1, 2))
======
def f(a):
    return a


print(f(1))
""",
    "Take `b` by keyword only": """\
def f(a, ‸b):
    return a, b


print(f(1, 2))
======
def f(a, *, b):
    return a, b


print(f(1, b=2))
""",
    "Move the parameter `b` before `a`": """\
def f(a, ‸b):
    return a, b


print(f(1, 2))
======
def f(b, a):
    return a, b


print(f(2, 1))
""",
    "Rename `readAll` to `read_all`": """\
def readAll‸(a):
    return a


print(readAll(1))
======
def read_all(a):
    return a


print(read_all(1))
""",
    "Remove the flag `FAST`, which is always true": """\
‸FAST = True


def f(a):
    if FAST:
        return a
    else:
        return 2
======
def f(a):
    return a
""",
    "Remove unused code in this file": """\
‸import os
import sys

print(sys)
======
import sys

print(sys)
""",
    "Convert to f-strings in this file": """\
‸def f(a):
    return '{}!'.format(a)
======
def f(a):
    return f'{a}!'
""",
    "Log calls of this function": """\
import logging

logger = logging.getLogger(__name__)


def f‸(a):
    b = a
    return b
======
import logging

logger = logging.getLogger(__name__)


def f(a):
    logger.debug("Entering f")
    b = a
    return b
""",
}


async def until_changed(editor: ModelEditor, uri: str) -> None:
    """Wait until a document has changed, or a message says why it does not."""
    document = editor.documents[uri]
    await editor.until("it is applied", lambda: editor.messages() or document.version > 1)


async def test_programs_do_what_is_offered(opened: Any, terminal: Terminal) -> None:
    editor = await opened("vscode")
    (terminal.workspace / "app").mkdir()

    wrong = {}
    for number, (title, text) in enumerate(BEFORE_AND_AFTER.items()):
        marked, _, wanted = text.partition("======\n")
        marked = TEXT + marked
        wanted = wanted.replace("TEXT\n", TEXT) if "TEXT\n" in wanted else TEXT + wanted
        uri = editor.open(f"app/part_{number}.py", marked.replace(CURSOR, ""))
        document = editor.documents[uri]
        only = ["source.nanobot"] if "file" in title else None
        actions = await offered(editor, uri, marked, only)
        editor.answers = [APPLY]
        editor.client.messages.clear()
        await editor.run(actions[title])
        await until_changed(editor, uri)
        if document.text != wanted:
            wrong[title] = (document.text, editor.messages())
        editor.close(uri)
    assert not wrong


async def test_a_class_moves_to_a_module_of_its_own(opened: Any, terminal: Terminal) -> None:
    editor = await opened("neovim")
    (terminal.workspace / "app").mkdir()
    terminal.write("app/__init__.py", "")
    uri = editor.open("app/shapes.py", f"{BOX}\nprint(Box(1))\n")
    editor.answers = [APPLY]

    found = await offered(editor, uri, f"class ‸{BOX}")
    await editor.run(found["Move `Box` to the new module box.py"])
    target = terminal.workspace / "app" / "box.py"
    await editor.until(
        "it is applied", lambda: editor.documents.get(target.as_uri()) or target.exists()
    )

    assert editor.documents[target.as_uri()].text.startswith("class Box:\n")
    await editor.until("the rest follows", lambda: "class" not in editor.documents[uri].text)
    assert "from app.box import Box" in editor.documents[uri].text


async def test_a_new_name_is_written_in_a_comment_that_is_begun(
    opened: Any, terminal: Terminal
) -> None:
    editor = await opened("helix")
    uri = editor.open("a.py", "def load(a):\n    return a\n\n\nprint(load(1))\n")

    begun = (await offered(editor, uri, "def ‸load"))["Rename `load`: write the new name"]
    assert begun.edit is not None
    editor.apply_text(t.ApplyWorkspaceEditParams(begun.edit), None)
    assert editor.documents[uri].text.startswith("# nanobot: rename load to \ndef load(a):\n")
    editor.change(uri, editor.documents[uri].text.replace("to \n", "to read\n"))
    editor.answers = ["Start", APPLY]
    said = await offered(editor, uri, "‸")
    command = said["rename load to read"].command
    assert command is not None
    await editor.client.workspace_execute_command_async(
        t.ExecuteCommandParams(command.command, command.arguments)
    )

    wanted = "# nanobot: rename load to read\ndef read(a):\n    return a\n\n\nprint(read(1))\n"
    await editor.until("it is applied", lambda: editor.documents[uri].text == wanted)
    assert terminal.workspace.joinpath("a.py").exists()
