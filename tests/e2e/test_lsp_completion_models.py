"""Suggestions of the real, small model, in an editor: few, because reading takes seconds."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as t

from support.terminal import Terminal

pytestmark = [pytest.mark.model, pytest.mark.timeout(300), pytest.mark.asyncio]

SHAPES = '''\
"""Shapes."""


def area_of_rectangle(width: float, height: float) -> float:
    """Return the area of a rectangle."""
    return width * height


def perimeter_of_rectangle(width: float, height: float) -> float:
    """Return the perimeter of a rectangle."""
    return 2 * (width + height)


def area_of_square(side: float) -> float:
    """Return the area of a square."""
    return'''


async def asked(editor: Any, uri: str) -> str:
    """Ask at the end of the document, as its user would by typing."""
    lines = editor.documents[uri].text.split("\n")
    found = await asyncio.wait_for(
        editor.client.text_document_inline_completion_async(
            t.InlineCompletionParams(
                t.InlineCompletionContext(t.InlineCompletionTriggerKind.Automatic),
                t.TextDocumentIdentifier(uri),
                t.Position(len(lines) - 1, len(lines[-1])),
            )
        ),
        120,
    )
    return "".join(item.insert_text for item in found.items)


@pytest.mark.parametrize("name", ["neovim", "vscode"])
async def test_what_is_typed_is_completed_and_typing_along_asks_no_model(
    terminal: Terminal, opened: Callable[..., Any], models_dir: Path, name: str
) -> None:
    terminal.use_models(models_dir)
    editor = await opened(name)
    uri = editor.open("shapes.py", SHAPES)

    text = await asked(editor, uri)

    assert text.startswith(" side"), text
    assert "\n" not in text
    compile(SHAPES + text, "shapes.py", "exec")
    editor.change(uri, SHAPES + text[:3])
    assert await asked(editor, uri) == text[3:]
    assert editor.messages() == []
