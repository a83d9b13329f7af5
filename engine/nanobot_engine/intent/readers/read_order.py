"""A reader of another order of parameters: "swap a and b of f", "f: b first"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from nanobot_engine.intent.names.resolution import CALLABLE, Match
from nanobot_engine.intent.names.symbol_table import Entry
from nanobot_engine.intent.plan import Argument
from nanobot_engine.intent.readers.read_signature import function_meant, text_of
from nanobot_engine.intent.readers.reading import Context, Reading, said
from nanobot_engine.intent.words import clause as c
from nanobot_engine.intent.words.clause import Clause
from nanobot_engine.intent.words.mention import KIND_WORDS, NOISE, Mention, mention_of
from nanobot_engine.intent.words.sentence import Token, TokenKind
from nanobot_engine.intent.words.spelling import fit

_ORDER: Final = re.compile(
    r"\breorder|\border\b|\brearrange|\bswap\b|\bflip\b|\bfirst\b|\blast\b|\bpermute"
    r"|\bbefore\b|\bafter\b|\bin front of\b|\bexchange\b",
    re.IGNORECASE,
)


def read_reorder(clause: Clause, context: Context) -> Reading | None:
    """Read "swap a and b in f", "put x first in f", "reorder the parameters of f to b, a"."""
    text = text_of(clause)
    if not _ORDER.search(text) or clause.verb in {"rename", "add", "remove", "extract"}:
        return None
    reading = Reading("reorder parameters", 0.55 if clause.verb == "reorder" else 0.4)
    for function in _functions_named(clause, context):
        argument, match = function
        names = context.table.parameters(match.entry, positional=True)
        order = _order(clause, names)
        if order is None or order == names:
            continue
        reading.arguments = [argument, said("order", ", ".join(order))]
        reading.summary = f"reorder the parameters of {match.label} to {', '.join(order)}"
        reading.score += 0.45
        reading.subject = match.entry
        return reading
    reading.missing = "the function and the order of its parameters"
    reading.score -= 0.3
    return reading


def _functions_named(clause: Clause, context: Context) -> Iterator[tuple[Argument, Match]]:
    """Yield what of the clause may be the function: what follows "of" and "in" first."""
    tokens = [t for one in clause.chunks for t in one.tokens]
    for start, token in enumerate(tokens):
        is_owner = token.is_owner
        if token.word in {"of", "in", "for", "on"} or is_owner:
            rest = [replace(t, is_owner=False) for t in tokens[start + (not is_owner) :]]
            end = next(
                (i for i, t in enumerate(rest) if t.kind is TokenKind.PUNCTUATION), len(rest)
            )
            end = 1 if is_owner else end
            mention = mention_of(rest[:end])
            if mention is not None and not mention.is_pronoun:
                questions = len(context.questions)
                resolved = function_meant(mention, context)
                if resolved is not None:
                    yield resolved
                del context.questions[questions:]
    for token in tokens:
        if token.kind in {TokenKind.NAME, TokenKind.DOTTED}:
            mention = mention_of([token])
            resolved = function_meant(mention, context) if mention is not None else None
            if resolved is not None:
                yield resolved
    if isinstance(context.previous, Entry) and context.previous.kind in CALLABLE:
        it = Mention("", is_code=False, is_pronoun=True)
        resolved = function_meant(it, context)
        if resolved is not None:
            yield resolved


def _order(clause: Clause, names: Sequence[str]) -> list[str] | None:
    """Return the asked order of all parameters; None when the clause does not say it."""
    spoken = _spoken(clause, names)
    is_swap = clause.has("swap", "flip", "exchange")
    is_relative = bool(clause.chunk(c.BEFORE) or clause.chunk(c.AFTER)) and len(names) == 2
    if len(spoken) == len(names) > 1 and not is_swap and not is_relative:
        return spoken
    if is_swap and not spoken and len(names) == 2:
        return [names[1], names[0]]
    if (is_swap or clause.has("order")) and len(spoken) == 2:
        swapped = dict(zip(spoken, reversed(spoken), strict=True))
        return [swapped.get(name, name) for name in names]
    for role, step in ((c.BEFORE, 0), (c.AFTER, 1)):
        pivot = _spoken_in(clause.chunk(role), names)
        moved = [name for name in spoken if name not in pivot]
        if pivot and moved:
            rest = [name for name in names if name not in moved]
            place = rest.index(pivot[0]) + step
            return [*rest[:place], *moved, *rest[place:]]
    if spoken and clause.has("first", "last"):
        rest = [name for name in names if name not in spoken]
        return [*spoken, *rest] if clause.has("first") else [*rest, *spoken]
    return None


def _spoken(clause: Clause, names: Sequence[str]) -> list[str]:
    return _spoken_in([t for one in clause.chunks for t in one.tokens], names)


def _spoken_in(tokens: Sequence[Token], names: Sequence[str]) -> list[str]:
    """Return the parameters that tokens name, in their order."""
    found: list[str] = []
    for token in tokens:
        words = [token.text]
        if token.kind in {TokenKind.PHRASE, TokenKind.PATH, TokenKind.EXPRESSION}:
            words = re.findall(r"[^\W\d]\w*", token.text)
        for word in words:
            exact = word in names
            near = [n for n in names if (f := fit(word, n)) is not None and f.score >= 0.72]
            is_word = token.word in NOISE or token.word in KIND_WORDS
            chosen = word if exact else near[0] if len(near) == 1 and not is_word else ""
            if chosen and chosen not in found:
                found.append(chosen)
    return found
