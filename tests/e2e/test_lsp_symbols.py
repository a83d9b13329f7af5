"""Symbols and hover from the index through `nanobot-lsp`, for editors without other servers.

The server and the host are the real programs.
"""

import asyncio
from typing import Any

import pytest
from lsprotocol import types as t

from e2e.model_editor import ModelEditor
from support.terminal import Terminal

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]

ALONE = {"symbols": True, "hover": True}
STORE = '''\
# \U0001f600
class Store:
    """Keeps things."""

    @property
    def size(self):
        """Return how much it keeps.

        Always.
        """
        return 1


def load(path):
    """Load a store."""
    return Store()
'''
USE = """\
from store import load


def run(text, flag):
    kept = load("\U0001f600")
    text = flag
    return kept.size, text, load
"""


async def hover(editor: ModelEditor, uri: str, marked: str) -> str:
    """Return what is shown where the cursor is marked; empty for nothing."""
    before = marked.partition("‸")[0]
    line = before.rpartition("\n")[2]
    character = len(line.encode()) if editor.encoding == "utf-8" else len(line)
    at = t.Position(before.count("\n"), character)
    params = t.HoverParams(t.TextDocumentIdentifier(uri), at)
    found = await editor.client.text_document_hover_async(params)
    return "" if found is None else str(found.contents.value)


async def symbols(editor: ModelEditor, query: str) -> list[t.SymbolInformation]:
    found = await editor.client.workspace_symbol_async(t.WorkspaceSymbolParams(query))
    return list(found)


async def known(editor: ModelEditor, name: str) -> None:
    """Wait until the index has a name: a busy machine is slow to start a host."""
    async with asyncio.timeout(90):
        while not await symbols(editor, name):  # noqa: ASYNC110 - only the host knows.
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("name", ["emacs", "helix", "vscode"])
async def test_an_editor_without_other_servers_has_an_outline_and_hover(
    name: str, opened: Any, terminal: Terminal
) -> None:
    terminal.write("store.py", "x = 1\n")
    editor = await opened(name, options=ALONE)
    assert editor.offered.hover_provider
    assert editor.offered.document_symbol_provider
    assert editor.offered.workspace_symbol_provider
    # What is on the disk is something else.
    uri = editor.open("store.py", STORE, on_disk="x = 1\n")
    await known(editor, "load")

    outline = await editor.client.text_document_document_symbol_async(
        t.DocumentSymbolParams(t.TextDocumentIdentifier(uri))
    )
    documents = editor.capabilities.text_document
    assert documents is not None
    tree, popup = documents.document_symbol, documents.hover
    if tree is None or not tree.hierarchical_document_symbol_support:
        listed = [(one.name, one.container_name) for one in outline]
        assert listed == [("Store", None), ("size", "Store"), ("load", None)]
    else:
        store, load = outline
        (size,) = store.children
        assert (store.kind, size.kind) == (t.SymbolKind.Class, t.SymbolKind.Method)
        assert size.selection_range == t.Range(t.Position(5, 8), t.Position(5, 12))
        assert load.range == t.Range(t.Position(13, 0), t.Position(15, 18))
    use = editor.open("use.py", USE)
    shown = await hover(editor, use, USE.replace("= load(", "= lo‸ad("))
    assert "def load(path)" in shown
    assert "Load a store." in shown
    assert "store.py:14" in shown
    has_markdown = popup is not None and t.MarkupKind.Markdown in (popup.content_format or ())
    assert ("```python" in shown) == has_markdown
    shown = await hover(editor, use, USE.replace("size", "s‸ize"))
    assert "Return how much it keeps." in shown
    assert "Always" not in shown


async def test_what_a_function_binds_is_not_in_the_index(opened: Any, terminal: Terminal) -> None:
    terminal.write("other.py", "def text():\n    pass\n\n\ndef flag():\n    pass\n")
    editor = await opened("neovim", options=ALONE)
    uri = editor.open("use.py", USE)
    await known(editor, "flag")

    for marked in (USE.replace("= flag", "= ‸flag"), USE.replace(", text,", ", ‸text,")):
        assert not await hover(editor, uri, marked)
    assert not await hover(editor, uri, USE.replace("return", "retu‸rn"))
    assert not await hover(editor, uri, USE.replace("\n\n\n", "\n‸\n\n", 1))


async def test_many_definitions_of_one_name_say_nothing(opened: Any, terminal: Terminal) -> None:
    for number in range(4):
        terminal.write(f"part_{number}.py", f"def run(a{number}):\n    pass\n")
    editor = await opened("vscode", options=ALONE)
    code = "from part_2 import run\n\nrun(1)\nother.run()\n"
    uri = editor.open("use.py", code)
    await known(editor, "run")

    assert "def run(a2)" in await hover(editor, uri, code.replace("\nrun", "\n‸run"))
    assert not await hover(editor, uri, code.replace(".run", ".‸run"))


async def test_symbols_of_the_workspace_are_found(opened: Any, terminal: Terminal) -> None:
    terminal.write("app/store.py", STORE)
    editor = await opened("vscode", options=ALONE)

    await known(editor, "Store.si")
    (found,) = await symbols(editor, "Store.si")
    assert (found.name, found.kind) == ("size", t.SymbolKind.Method)
    assert found.container_name == "Store (app/store.py)"
    assert found.location.uri == (terminal.workspace / "app/store.py").as_uri()
    assert found.location.range.start == t.Position(5, 0)
    assert await symbols(editor, "") == []
    editor.open("unsaved.py", "def just_typed():\n    pass\n", on_disk="")
    assert [one.name for one in await symbols(editor, "just_typed")] == ["just_typed"]


async def test_it_is_off_until_someone_wants_it(opened: Any) -> None:
    editor = await opened("vscode")

    assert not editor.offered.hover_provider
    assert not editor.offered.document_symbol_provider
    assert not editor.offered.workspace_symbol_provider


async def test_the_settings_of_the_user_count_more(opened: Any, terminal: Terminal) -> None:
    with terminal.config.open("a", encoding="utf-8") as file:
        file.write('[editor]\nhover = "off"\nsymbols = "on"\n')

    editor = await opened("helix", options={"hover": True})
    assert not editor.offered.hover_provider
    assert editor.offered.workspace_symbol_provider
