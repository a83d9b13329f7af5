"""What of a generated text is fit to be shown: no junk, nothing that is there already.

generated ──> without special tokens ──> without what follows ──> balanced ──> shown
"""

import re
from typing import Final

from nanobot_engine.completion.request import CompletionRequest
from nanobot_indexer import Language

_SPECIAL: Final = re.compile(r"<\|[a-z_]+\|>|<fim_\w+>")
_FENCE: Final = "```"
_PLACEHOLDER: Final = re.compile(
    r"\s*(?:#|//|/\*|--).*\b(?:your (?:own )?(?:\w+ )?(?:code|logic|implementation)"
    r"|(?:code|logic|implementation) (?:goes )?here)\b",
    re.IGNORECASE,
)
_OPENER_BY_CLOSER: Final = {")": "(", "]": "[", "}": "{"}
_QUOTES: Final = "\"'`"
_OVERLAP_MIN: Final = 3
"""Fewer characters at the end that also follow the cursor are chance, unless they are all
of its line."""
_BELOW_LINES: Final = 8
_LINE_MIN: Final = 4
"""A line with fewer characters, such as a bracket, may be there twice."""


def trimmed(text: str, request: CompletionRequest) -> str:
    """Return what of a text may be inserted at the cursor; empty when nothing may."""
    text = _without_junk(text, has_fences=_FENCE in request.before)
    text = _without_placeholder(text)
    text = _without_following_lines(text, request)
    text = _without_rest(text, request)
    if not request.rest.strip():
        text = "\n".join(line.rstrip() for line in text.split("\n")).rstrip()
    if request.language is Language.JSON and _is_last(request):
        text = text.removesuffix(",")
    if not text.strip() or _is_there(text, request):
        return ""
    return text


def _without_placeholder(text: str) -> str:
    """Cut where the model leaves the work to the user: `# Add your logic here`."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if _PLACEHOLDER.match(line):
            return "\n".join(lines[:number])
    return text


def _is_last(request: CompletionRequest) -> bool:
    """Tell whether a closing bracket follows the cursor: no comma may stand before it."""
    return request.after.lstrip()[:1] in ("}", "]")


def _without_junk(text: str, *, has_fences: bool) -> str:
    found = _SPECIAL.search(text)
    if found:
        text = text[: found.start()]
    # A fence is the beginning of prose about the code, except in a text that has some.
    return text if has_fences else text.partition(_FENCE)[0]


def _without_rest(text: str, request: CompletionRequest) -> str:
    """Cut what the line goes on with behind the cursor: `)` of `f(|)`."""
    rest = request.rest
    if not rest.strip():
        return text
    at = _unopened(text)
    if at is not None and rest.lstrip().startswith(text[at]):
        return text[:at]
    if at is not None and text[at:].strip() == rest.strip():
        return text[:at]
    for length in range(min(len(text), len(rest)), 0, -1):
        tail = text[-length:]
        if not rest.startswith(tail):
            continue
        is_quote = tail[0] in _QUOTES and text.count(tail[0]) % 2 == 1
        is_long = length >= _OVERLAP_MIN or tail.strip() == rest.strip()
        if is_quote or (is_long and not all(char in ")]}" for char in tail)):
            return text[:-length]
        break
    return text


def _without_following_lines(text: str, request: CompletionRequest) -> str:
    """Cut the lines at the end that stand below the cursor already."""
    lines = text.split("\n")
    # With their indentation: the same words in an inner block are something else.
    below = [line.rstrip() for line in request.following if line.strip()]
    for number in range(1, len(lines)):
        own = [line.rstrip() for line in lines[number:] if line.strip()]
        if not own:
            return "\n".join(lines[:number])
        if own == below[: len(own)] and (len(own) > 1 or len(own[0].strip()) >= _LINE_MIN):
            return "\n".join(lines[:number])
    # A closing bracket on a line of its own that is there already, at the same place.
    last = lines[-1]
    if len(lines) > 1 and last.strip(" \t;,") in {")", "]", "}"}:
        following = next((line for line in request.following if line.strip()), "")
        if following.rstrip(" \t;,") == last.rstrip(" \t;,"):
            return "\n".join(lines[:-1])
    return text


def _unopened(text: str) -> int | None:
    """Return where the first bracket is closed that `text` did not open; strings are skipped."""
    opened: list[str] = []
    quote = ""
    for at, char in enumerate(text):
        if quote:
            if char in (quote, "\n") and text[at - 1] != "\\":
                quote = ""
        elif char in _QUOTES:
            # One that is never closed was opened before the cursor.
            quote = char if char in text[at + 1 :].partition("\n")[0] else ""
        elif char in "([{":
            opened.append(char)
        elif char in _OPENER_BY_CLOSER and (not opened or opened.pop() != _OPENER_BY_CLOSER[char]):
            return at
    return None


def _is_there(text: str, request: CompletionRequest) -> bool:
    """Tell whether the suggestion is one line that stands right below, or is this one's end."""
    if text.strip() == request.rest.strip():
        return True
    own = (text if text.startswith("\n") else request.line + text).strip()
    # A statement may stand there twice; an entry of a list does not.
    count = _BELOW_LINES if own.endswith(",") else 1
    below = [line.strip() for line in request.following if line.strip()][:count]
    return "\n" not in own and len(own) >= _LINE_MIN and own in below
