"""The answer to a question as a document that a person reads: Markdown with its evidence."""

import re
from collections.abc import Mapping
from typing import Any, Final

_TICKS: Final = re.compile(r"`+")
_FENCE_TICKS_MIN: Final = 3


def answer_markdown(document: Mapping[str, Any]) -> str:
    """Return an answer of the host, or why there is none, with the lines that show it."""
    said = document.get("answer") if document.get("is_found") else document.get("problem")
    parts = [f"# {document.get('question') or 'Answer'}", str(said)]
    for quote in document.get("evidence") or ():
        text = str(quote.get("quote") or "").rstrip("\n")
        parts.append(f"`{quote.get('path')}:{quote.get('start_line')}-{quote.get('end_line')}`")
        if text:
            # Longer than any in the text, which may be Markdown itself.
            longest = max((len(ticks) for ticks in _TICKS.findall(text)), default=0)
            fence = "`" * max(_FENCE_TICKS_MIN, longest + 1)
            parts.append(f"{fence}\n{text}\n{fence}")
    return "\n\n".join(parts) + "\n"
