"""Readings that rest on the names of a sentence alone, for sentences of a form that no rule knows.

What a sentence names leaves few possibilities: one name that is there and one that is
not is hardly anything but a rename. A word must speak for the kind of change, too. Where
several possibilities remain, they are asked about.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from nanobot_engine.intent.names.resolution import CALLABLE, matches
from nanobot_engine.intent.readers.read_names import read_move, read_rename
from nanobot_engine.intent.readers.read_signature import read_keyword_only, read_remove_parameter
from nanobot_engine.intent.readers.reading import Context, Reading
from nanobot_engine.intent.words.clause import Chunk, Clause
from nanobot_engine.intent.words.mention import KIND_WORDS, MODULE, Mention
from nanobot_engine.intent.words.sentence import Token, TokenKind
from nanobot_engine.intent.words.spelling import EXACT

_SCORE: Final = 0.62
_CUES: Final = {
    "rename": r"\b(?:renam|called|call (?:it|this|that)|name|misnomer|spell|title|term|better"
    r"|too long|instead)",
    "move": r"\b(?:mov|go(?:es)?\b|live|belong|put\b|place|into|mv\b|module|file)",
    "remove parameter": r"\b(?:remov|delet|drop|unused|not used|useless|superfluous)",
    "make keyword only": r"\b(?:keyword|by name|kw|kwonly|kwarg)",
}
_TO: Final = "to"


@dataclass(frozen=True, slots=True)
class _Names:
    """The names of a sentence, in its order."""

    known: tuple[Token, ...]
    """What the code has, exactly."""
    parameters: tuple[Token, ...]
    """Parameters of the functions among the known."""
    unknown: tuple[Token, ...]
    """What is written like code and is not there."""
    modules: tuple[Token, ...]


def by_names(tokens: Sequence[Token], context: Context) -> list[list[Reading]]:
    """Return what the names of a sentence allow, each as the readings of its parts."""
    names = _names(tokens, context)
    text = " ".join(token.raw for token in tokens)
    found: list[list[Reading]] = []
    for kind, clauses in _possible(names):
        if re.search(_CUES[kind], text, re.IGNORECASE) is None:
            continue
        readings = list(_read(kind, clauses, context))
        if len(readings) == len(clauses):
            found.append(readings)
    return found


def _names(tokens: Sequence[Token], context: Context) -> _Names:
    known: list[Token] = []
    seen: set[str] = set()
    unknown: list[Token] = []
    modules: list[Token] = []
    parameter_names: set[str] = set()
    for token in tokens:
        if token.kind is TokenKind.PATH:
            modules.append(token)
        elif token.kind in {TokenKind.NAME, TokenKind.DOTTED}:
            exact = [
                one
                for one in matches(context.table, Mention(token.text, is_code=True))
                if one.fit.score == EXACT or one.entry.name.lstrip("_") == token.text.lstrip("_")
            ]
            if exact and exact[0].entry.key in seen:
                continue
            seen |= {one.entry.key for one in exact[:1]}
            (known if exact else unknown).append(token)
            for one in exact:
                if one.entry.kind in CALLABLE:
                    parameter_names.update(context.table.parameters(one.entry))
    parameters = [
        token
        for token in tokens
        if token.text in parameter_names and token.kind in {TokenKind.NAME, TokenKind.WORD}
    ]
    modules += _named_modules(tokens)
    return _Names(tuple(known), tuple(parameters), tuple(unknown), tuple(modules))


def _named_modules(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield what is called a module: "a module called x", "the x module"."""
    for index, token in enumerate(tokens):
        if MODULE not in KIND_WORDS.get(token.word, ()):
            continue
        after = tokens[index + 1 : index + 3]
        if len(after) == 2 and after[0].word in {"called", "named"}:
            yield after[1]


def _possible(names: _Names) -> Iterator[tuple[str, list[tuple[Token, ...]]]]:
    """Yield kinds of change with the tokens of each part."""
    inside = {token.text for token in names.parameters}
    outer = [token for token in names.known if token.text not in inside]
    new = [token for token in names.unknown if token not in names.modules]
    if len(names.parameters) == 1 and len(outer) == 1:
        pair = (names.parameters[0], outer[0])
        if len(new) == 1:
            yield "rename", [(*pair, new[0])]
        elif not new:
            yield "remove parameter", [pair]
            yield "make keyword only", [pair]
    elif new and len(new) == len(outer):
        yield "rename", list(zip(outer, new, strict=True))
    if outer and not new and len(names.modules) == 1:
        yield "move", [(*outer, names.modules[0])]


def _read(kind: str, clauses: Sequence[tuple[Token, ...]], context: Context) -> Iterator[Reading]:
    """Read each part in a form that the rules know."""
    of = Token(TokenKind.WORD, "of", "of")
    comma = Token(TokenKind.PUNCTUATION, ",", ",")
    table = context.table
    for tokens in clauses:
        own = replace(context, table=table)
        reading: Reading | None
        if kind == "rename":
            *old, new = tokens
            head = (old[0], of, old[1]) if len(old) > 1 else tuple(old)
            clause = Clause("rename", (Chunk("", head), Chunk(_TO, (new,))), tokens=tokens)
            reading = read_rename(clause, own)
        elif kind == "move":
            *moved, target = tokens
            listed = tuple(one for token in moved for one in (token, comma))[:-1]
            clause = Clause("move", (Chunk("", listed), Chunk(_TO, (target,))), tokens=tokens)
            reading = read_move(clause, own)
        else:
            word = Token(TokenKind.WORD, "keyword-only", "keyword-only")
            head = (tokens[0], of, tokens[1])
            is_removal = kind == "remove parameter"
            verb = "remove" if is_removal else "change"
            clause = Clause(verb, (Chunk("", head),), tokens=(*tokens, word))
            read = read_remove_parameter if is_removal else read_keyword_only
            reading = read(clause, own)
        if reading is None or reading.missing:
            return
        reading.score = _SCORE
        reading.questions = own.questions
        reading.summary += " (by the names alone)"
        table = reading.after or table
        yield reading
