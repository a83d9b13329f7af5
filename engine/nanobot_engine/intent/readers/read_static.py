"""A reader of "make it static": people leave out that a method becomes a static one."""

import re
from typing import Final

from nanobot_engine.intent.names.symbol_table import METHOD
from nanobot_engine.intent.readers.reading import Context, Reading
from nanobot_engine.intent.words import clause as c
from nanobot_engine.intent.words.clause import Clause
from nanobot_engine.intent.words.mention import mention_of
from nanobot_engine.intent.words.sentence import TokenKind

_STATIC: Final = re.compile(r"static(?:[ -]?methods?)?\b", re.IGNORECASE)
_VERBS: Final = frozenset({"", "change"})
_OTHER: Final = frozenset(
    {"function", "functions", "classmethod", "property", "instance", "not", "non-static"}
    | {"constant", "typing", "module-level", "type", "types", "variable", "attribute"}
)
_SCORE: Final = 0.75


def read_static(clause: Clause, context: Context) -> Reading | None:
    """Read "make the method f a static method", "make f static", "f should be static"."""
    words = [token.text for token in clause.tokens if token.word]
    place = next((i for i, word in enumerate(words) if _STATIC.fullmatch(word)), None)
    if place is None or clause.verb not in _VERBS:
        return None
    is_class = words[place + 1 : place + 2] in (["class"], ["classes"])
    if is_class or any(word.lower() in _OTHER for word in words):
        return None
    before = [
        token
        for token in (*clause.chunk(""), *clause.chunk(c.FROM))
        if token.kind is not TokenKind.WORD or not _STATIC.fullmatch(token.text)
    ]
    mention = mention_of(before)
    reading = Reading("method to static method", _SCORE)
    found = context.symbol(mention, frozenset({METHOD}), "method") if mention else None
    if found is None:
        reading.missing = "which method"
        reading.score -= 0.35
        return reading
    argument, match = found
    reading.arguments = [argument]
    reading.summary = f"{reading.refactoring}: {argument.label}"
    reading.score += 0.35 * match.score
    reading.subject = match.entry
    return reading
