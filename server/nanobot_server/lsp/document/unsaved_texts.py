"""What the editor shows and nobody saved: processes work on it as it is."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nanobot_indexer.syntax.language import Language, language_of
from nanobot_server.lsp.document.saved_text import has_bytes_of
from nanobot_server.lsp.document.session import Session, is_python

_NO_CODE: Final = frozenset(
    {Language.TEXT, Language.MARKDOWN, Language.JSON, Language.TOML, Language.YAML}
)


async def unsaved_texts(session: Session, root: Path) -> dict[str, object]:
    """Return the open code of a workspace whose text is not the one on disk, by path.

    Byte for byte: the edits of a process fit what the editor shows.
    """
    open_texts = [
        (relative, document.path, document.buffer.text)
        for relative, document in session.documents_below(root)
        if document.path and document.buffer and document.is_synchronised
        if is_python(document.language, document.path) or _is_code(relative)
    ]
    return await asyncio.to_thread(_unsaved, open_texts)


def _is_code(path: str) -> bool:
    return language_of(path, b"") not in _NO_CODE


def _unsaved(open_texts: Sequence[tuple[str, Path, str]]) -> dict[str, object]:
    return {relative: text for relative, path, text in open_texts if not has_bytes_of(path, text)}
