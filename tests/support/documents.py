"""JSON documents and what the documentation says about their keys."""

import re
from typing import Any

# Their keys are data and not part of the form.
_OPEN_OBJECTS = frozenset({"arguments", "refused_by_cause"})


def keys_of(document: Any) -> set[str]:
    """Return the keys of a document at every depth."""
    if isinstance(document, list):
        return {key for item in document for key in keys_of(item)}
    if not isinstance(document, dict):
        return set()
    inner = (keys_of(value) for key, value in document.items() if key not in _OPEN_OBJECTS)
    return set(document).union(*inner)


def documented_keys(page: str, section: str) -> set[str]:
    """Return the names in code style in one section of `docs/cli.md`.

    With them those of the process view, where the section refers to it.
    """
    pattern = rf"^## (?:`nanobot )?{section}\b.*?(?=^## |\Z)"
    (text,) = re.findall(pattern, page, re.MULTILINE | re.DOTALL)
    names = set(re.findall(r"`(\w+)`", text))
    if section == "resume":
        names |= documented_keys(page, "process")
    elif "process view" in text and section != "Process view":
        names |= documented_keys(page, "Process view")
    if "the document of `accept`" in text:
        names |= documented_keys(page, "accept")
    return names
