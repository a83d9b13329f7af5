"""`textDocument/completion`: the same suggestion in the list of an editor without ghost text.

It comes last in the list. Editors wait for the list, so a suggestion that takes longer is
left out; it is there when the next key asks again.
"""

import asyncio
import re
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.completion.completions import Completions, Suggested
from nanobot_server.lsp.document.text_buffer import Encoding, units

WAIT_S: Final = 1.5
_WORD: Final = re.compile(r"\w*$")
_LABEL_CHARS_MAX: Final = 60
# Behind everything that a person would write as the name of something.
_LAST: Final = "\U0010fffd"


async def completion(
    completions: Completions, encoding: Encoding, params: types.CompletionParams
) -> types.CompletionList:
    """Return at most one item. The list is never complete: the next key may ask again."""
    work = asyncio.create_task(
        completions.suggest(params.text_document.uri, params.position, is_explicit=False),
        name="completion",
    )
    try:
        done, _ = await asyncio.wait({work}, timeout=WAIT_S)
    except asyncio.CancelledError:
        work.cancel()
        raise
    found = work.result() if done else None
    items = [] if found is None else [_item(found, params.position, encoding)]
    return types.CompletionList(is_incomplete=True, items=items)


def _item(found: Suggested, at: types.Position, encoding: Encoding) -> types.CompletionItem:
    match = _WORD.search(found.line)
    word = "" if match is None else match.group()
    # Editors filter by the word before the cursor, so the item begins with it.
    start = types.Position(at.line, at.character - units(word, encoding))
    new_text = word + found.text
    first = new_text.partition("\n")[0].strip()
    is_long = len(first) > _LABEL_CHARS_MAX
    return types.CompletionItem(
        label=f"{first[:_LABEL_CHARS_MAX]}…" if is_long else first or new_text.strip(),
        kind=types.CompletionItemKind.Text,
        detail="nanobot",
        documentation=new_text,
        sort_text=_LAST,
        filter_text=new_text.partition("\n")[0] or word,
        insert_text_format=types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AsIs,
        text_edit=types.TextEdit(types.Range(start, at), new_text),
    )
