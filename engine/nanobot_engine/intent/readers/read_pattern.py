"""Readers of what replaces code by code, and of parameter objects."""

from collections.abc import Iterator, Sequence
from typing import Final

from nanobot_engine.intent.names.resolution import CALLABLE
from nanobot_engine.intent.plan import Argument, Sureness
from nanobot_engine.intent.readers.reading import Context, Reading, said
from nanobot_engine.intent.words import clause as c
from nanobot_engine.intent.words.clause import Clause
from nanobot_engine.intent.words.mention import Mention, mention_of
from nanobot_engine.intent.words.sentence import Token, TokenKind

_VERBS: Final = frozenset({"replace", "change", "use"})


def read_replace_pattern(clause: Clause, context: Context) -> Reading | None:
    """Read "replace `f($a)` by `g($a)` in x.py": both in backticks, with a hole or a call."""
    if clause.verb not in _VERBS:
        return None
    head, other = clause.chunk(""), clause.chunk(c.WITH, c.TO, c.INSTEAD)
    old, new = _code(head), _code(other)
    if clause.chunk(c.INSTEAD) or (clause.verb == "use" and clause.chunk(c.FOR)):
        old, new = _code(clause.chunk(c.INSTEAD, c.FOR)), _code(head)
    if old is None or new is None or not any(mark in old + new for mark in "$("):
        return None
    reading = Reading("replace pattern", 1.3)
    reading.arguments = [said("pattern", old), said("replacement", new)]
    where = ",".join(_places(clause, context))
    if where:
        reading.arguments.append(said("where", where))
    reading.summary = f"replace {old} by {new} in {where or 'all files'}"
    return reading


def _code(tokens: Sequence[Token]) -> str | None:
    """Return the first thing that stands in backticks."""
    return next((one.raw.strip("`").strip() for one in tokens if one.raw[:1] == "`"
                 and one.kind is not TokenKind.PATH), None)  # fmt: skip


def _places(clause: Clause, context: Context) -> Iterator[str]:
    for one in clause.chunks:
        for token in one.tokens:
            if token.kind is TokenKind.PATH:
                mention = Mention(token.text, is_code=True, is_path=True)
                found = context.module(mention, "where", with_packages=True)
                if found is not None:
                    yield found.value


def read_parameter_object(clause: Clause, context: Context) -> Reading | None:
    """Read "introduce a parameter object C for the parameters a and b of f"."""
    if not (clause.has("object", "dataclass") and clause.has("parameter", "parameters", "params")):
        return None
    reading = Reading("introduce parameter object", 0.9)
    names = [token for one in clause.chunks for token in one.tokens if token.kind is TokenKind.NAME]
    names += [token for one in clause.chunks for token in one.tokens if token.word]
    found = _function(clause, context, names)
    if found is None:
        reading.missing, reading.score = "the function", 0.4
        return reading
    argument, parameters = found
    chosen = [one.text for one in _in_order(clause) if one.text in parameters]
    class_name = next(
        (one.text for one in _in_order(clause) if one.kind is TokenKind.NAME
         and one.text[:1].isupper() and one.text not in parameters
         and one.text not in argument.value), None,
    )  # fmt: skip
    if not chosen or class_name is None:
        reading.missing = "the parameters" if not chosen else "the name of the new class"
        reading.score = 0.4
        return reading
    listed = ", ".join(dict.fromkeys(chosen))
    reading.arguments = [argument, said("parameters", listed), said("class_name", class_name)]
    reading.summary = f"put {listed} of {argument.label} into a class {class_name}"
    reading.score = 1.3
    return reading


def _in_order(clause: Clause) -> list[Token]:
    return [token for token in clause.tokens if token.kind is TokenKind.NAME or token.word]


def _function(
    clause: Clause, context: Context, tokens: Sequence[Token]
) -> tuple[Argument, list[str]] | None:
    """Return the function whose parameters are listed: the one that has most of them."""
    spoken = {token.text for token in tokens}
    # "In a.py, …" stands before all clauses, as their place.
    said = (*clause.tokens, *clause.chunk(c.FROM))
    paths = [one for one in said if one.kind is TokenKind.PATH]
    best: tuple[int, Argument, list[str]] | None = None
    for token in tokens:
        mention = mention_of([token], paths)
        if mention is None or (token.word and not context.table.named(token.text)):
            continue
        questions = len(context.questions)
        resolved = context.symbol(mention, CALLABLE, "function")
        if resolved is None or resolved[0].sureness is not Sureness.SURE:
            del context.questions[questions:]
            continue
        parameters = context.table.parameters(resolved[1].entry)
        count = len(spoken & set(parameters))
        if count and (best is None or count > best[0]):
            best = (count, resolved[0], parameters)
    return (best[1], best[2]) if best is not None else None
