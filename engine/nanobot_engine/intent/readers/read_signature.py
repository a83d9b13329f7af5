"""Readers of what changes a signature: add, remove, reorder, keyword-only."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from nanobot_engine.intent.names import symbol_table as st
from nanobot_engine.intent.names.resolution import CALLABLE, Match
from nanobot_engine.intent.names.symbol_table import Entry
from nanobot_engine.intent.plan import Argument
from nanobot_engine.intent.readers.reading import Context, Reading, said
from nanobot_engine.intent.words import clause as c
from nanobot_engine.intent.words.clause import Clause
from nanobot_engine.intent.words.mention import KIND_WORDS, NAME_ENDS, NOISE, Mention, mention_of
from nanobot_engine.intent.words.sentence import Token, TokenKind, declared

_PARAMETER: Final = frozenset({st.PARAMETER})
_KEYWORD_ONLY: Final = re.compile(
    r"\b(?:keyword|kw|kwarg)s?[ -_]?only\b|\bkwonly\b|\bby (?:keyword|name)\b|\bforce keyword\b"
    r"|\bonly (?:as|by|be passed (?:as|by)) (?:a )?(?:keyword|name)s?\b|\bmust be named\b",
    re.IGNORECASE,
)
_REMOVED: Final = re.compile(
    r"\bnot (?:need|take|use|have|accept|require)\b|\bno longer (?:take|need|use|accept)s?\b"
    r"|\bget rid of\b|\bwithout (?:the |its )?(?:param|arg)|\b(?:dont|doesnt) (?:need|take|use)\b"
    r"|\bstop (?:taking|passing|accepting)\b|\bunused\b",
    re.IGNORECASE,
)
_ADD_VERBS: Final = {"add": 0.6, "": 0.25, "change": 0.25, "call": 0.0, "extract": 0.0}


def text_of(clause: Clause) -> str:
    """Return a clause as it is written."""
    return " ".join(token.raw for token in clause.tokens)


def _says_parameter(clause: Clause) -> bool:
    return any(st.PARAMETER in KIND_WORDS.get(token.word, ()) for token in clause.tokens)


# "load should have a docstring" is about no parameter.
_NO_PARAMETERS: Final = frozenset(
    {"docstring", "docstrings", "test", "tests", "comment", "comments", "annotations"}
)


def read_add_parameter(clause: Clause, context: Context) -> Reading | None:
    """Read "add a parameter x with default 3 to f", "f should take x=3"."""
    written = next((t for t in clause.tokens if t.kind is TokenKind.DECLARATION), None)
    is_taken = bool(clause.chunk(c.TAKES)) or written is not None
    says_it = is_taken or (_says_parameter(clause) and clause.verb != "change")
    weight = _ADD_VERBS.get(clause.verb, 0.0)
    is_other = _REMOVED.search(text_of(clause)) or clause.has("has")
    if not weight or not says_it or is_other or (clause.has("give") and clause.has("name")):
        return None
    function, name = _function_and_new(clause, written)
    reading = Reading("add parameter", weight)
    if function is None and context.previous is not None:
        function = Mention("", is_code=False, is_pronoun=True)
    resolved = function_meant(function, context) if function is not None else None
    if name.lower() in _NO_PARAMETERS:
        return None
    if resolved is None or not name:
        reading.missing = "which function" if resolved is None else "the name of the parameter"
        reading.score -= 0.35
        return reading
    argument, match = resolved
    if name in context.table.parameters(match.entry):
        reading.missing = f"{name}: {match.entry.name} has it already"
        return reading
    reading.arguments = [argument, said("parameter", name)]
    reading.arguments += list(_details(clause, written))
    shown = "".join(f", {one.name} {one.value}" for one in reading.arguments[2:])
    reading.summary = f"add parameter {name} to {match.label}{shown}"
    reading.score = weight + 0.5 * match.score + (0.1 if says_it else 0.0)
    reading.subject = match.entry
    return reading


def _function_and_new(clause: Clause, written: Token | None) -> tuple[Mention | None, str]:
    """Return the function and the name of its new parameter."""
    name = ""
    found = declared(written.text) if written is not None else None
    if found is not None:
        name = found[0]
    taken = clause.chunk(c.TAKES)
    if taken:
        function = mention_of(clause.chunk(""))
        return function, name or _name_in(taken)
    named = clause.chunk(c.NAMED)
    head = clause.chunk("")
    name = name or (_name_in(named) if named else "")
    if place := _place(clause):
        return mention_of(_without_of(place)), name or _name_in(head)
    # "give send a timeout parameter": the function comes first.
    words = [t for t in head if t.is_code or (t.word not in NOISE and t.word not in KIND_WORDS)]
    words = [t for t in words if t.kind is not TokenKind.PUNCTUATION]
    outside = _after_of(head)
    if outside:
        return mention_of(outside), name or _name_in(head)
    if words and (name or len(words) > 1):
        others = [t for t in words[1:] if t is not written]
        return mention_of(words[:1]), name or (others[-1].text if others else "")
    return None, name or _name_in(head)


def _place(clause: Clause) -> Sequence[Token]:
    """Return what says to which function something is added."""
    places = [one.tokens for one in clause.chunks if one.role in {c.TO, c.FOR}]
    places = [one for one in reversed(places) if mention_of(one) is not None]
    places.sort(key=lambda one: not any(token.is_code for token in one))
    if places:
        return places[0]
    inside = [_after_of(one.tokens) for one in clause.chunks if one.role]
    return next((one for one in inside if one), ())


def _after_of(tokens: Sequence[Token]) -> Sequence[Token]:
    for index, token in enumerate(tokens):
        if token.word in {"of", "in", "on"} and index + 1 < len(tokens):
            return tokens[index + 1 :]
    return ()


def _without_of(tokens: Sequence[Token]) -> Sequence[Token]:
    """Return a noun phrase; "the signature of f" is about f."""
    is_noise = True
    for index, token in enumerate(tokens):
        if token.word == "of" and is_noise:
            return tokens[index + 1 :]
        is_noise = is_noise and (token.word in NOISE or token.word in KIND_WORDS)
    return tokens


def _name_in(tokens: Sequence[Token]) -> str:
    for token in tokens:
        if token.word in {"of", "in", "on"}:
            break
        if token.kind is TokenKind.DECLARATION:
            found = declared(token.text)
            return found[0] if found is not None else ""
        if token.kind is TokenKind.NAME:
            return token.text
    words: list[str] = []
    for token in tokens:
        is_end = token.word in {"of", "in", "on"} or (words and token.word in _NAME_ENDS)
        if is_end or token.text in {",", "("}:
            break
        if token.word and token.word not in NOISE | _OPTIONAL and token.word not in KIND_WORDS:
            words.append(token.text)
    words = [word for word in words if not _KEYWORD_ONLY.fullmatch(word)]
    name = "_".join(words)
    return name if name.isidentifier() else ""


# What is said of a name begins here: "a flag dry run which is False unless given".
_NAME_ENDS: Final = NAME_ENDS | {"with", "is", "as", "by", "for", "to", "and", "until"}
_OPTIONAL: Final = frozenset(
    {"optional", "extra", "additional", "boolean", "bool", "required", "flag"}
    | {"option", "switch", "setting", "knob", "toggle", "another", "further", "more"}
)


def _details(clause: Clause, written: Token | None) -> Iterator[Argument]:
    """Yield default, annotation, value, callers and whether it is by keyword only."""
    found = declared(written.text) if written is not None else None
    _, annotation, default = found or ("", "", "")
    default = default or _expression(clause.chunk(c.DEFAULT)) or _expression_in_head(clause)
    annotation = annotation or _type(clause.chunk(c.TYPE))
    if default:
        yield said("default", default)
    if annotation:
        yield said("annotation", annotation)
    passed = clause.chunk(c.PASS)
    value = _expression(passed)
    if value:
        yield said("value", value)
        where = next((t.text for t in passed if t.kind is TokenKind.PATH), "")
        names = [
            t.text
            for t in _after_of(passed)
            if t.kind in {TokenKind.NAME, TokenKind.DOTTED} or t.word not in NOISE | {"folder", ""}
        ]
        if where or names:
            yield said("callers", where.rstrip("/") if where else names[0])
    if _KEYWORD_ONLY.search(text_of(clause)):
        yield said("keyword_only", "yes")


def _expression(tokens: Sequence[Token]) -> str:
    for token in tokens:
        if token.raw[:1] in {'"', "'"} and not _is_literal(token.text):
            return repr(token.text)
        if token.kind is TokenKind.EXPRESSION:
            return token.text
        if token.kind in {TokenKind.NAME, TokenKind.DOTTED}:
            return token.text
        if token.word in {"none", "true", "false"}:
            return token.text.capitalize()
    return ""


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return False
    return True


def _expression_in_head(clause: Clause) -> str:
    """Return a bare value: "add timeout = 5", "f takes x, None"."""
    if clause.chunk(c.PASS):
        return ""
    for one in clause.chunks:
        if one.role in {"", c.TAKES, c.NAMED}:
            for token in one.tokens:
                if token.kind is TokenKind.EXPRESSION:
                    return token.text
    return ""


def _type(tokens: Sequence[Token]) -> str:
    for token in tokens:
        if token.kind in {TokenKind.NAME, TokenKind.DOTTED, TokenKind.EXPRESSION}:
            return token.text
        if token.word and token.word not in NOISE:
            return token.text
    return ""


def function_meant(mention: Mention, context: Context) -> tuple[Argument, Match] | None:
    """Return the function, method or class that a mention names; None for none."""
    resolved = context.symbol(mention, CALLABLE, "function")
    if resolved is None:
        return None
    argument, match = resolved
    if match.entry.kind == st.CLASS:
        entry = replace(match.entry, qualified_name=f"{match.entry.qualified_name}.__init__")
        members = [one for one in context.table.members(match.entry) if one.name == "__init__"]
        if members:
            return replace(argument, value=entry.key), match
    return argument, match


def _of_parameter(
    clause: Clause, context: Context, tokens: Sequence[Token]
) -> tuple[Argument, str, Entry] | None:
    """Find a parameter that is there, and its function.

    Returns:
        The argument "function", the parameter's name, and its entry.
    """
    mention = mention_of(tokens, clause.chunk(c.FROM), clause.chunk(c.FOR))
    if mention is None or mention.is_pronoun:
        return None
    if not mention.hints and isinstance(context.previous, Entry):
        mention = replace(mention, hints=(context.previous.qualified_name,))
    resolved = context.symbol(replace(mention, kinds=_PARAMETER), _PARAMETER, "parameter")
    if resolved is None:
        return None
    argument, match = resolved
    entry = match.entry
    outer = entry.qualified_name.rpartition(".<locals>.")[0]
    candidates = tuple(
        replace(one, value=one.value.rpartition(".<locals>.")[0]) for one in argument.candidates
    )
    function = Argument(
        "function",
        f"{entry.path}::{outer}",
        outer.replace(".<locals>", ""),
        argument.evidence,
        argument.sureness,
        candidates,
    )
    return function, entry.name, entry


def _subject_tokens(clause: Clause) -> Sequence[Token]:
    """Return what tells a parameter with its function: without the words of the wish."""
    head = clause.chunk("")
    taken = clause.chunk(c.TAKES)
    if taken:
        # "f should not take x": the function comes first.
        names = [t for t in head if t.is_code or t.word not in NOISE | {"in", "of", "on"}]
        owner = [replace(t, is_owner=True) for t in names if t.kind is not TokenKind.PUNCTUATION]
        return [*taken, *owner]
    return head


def read_remove_parameter(clause: Clause, context: Context) -> Reading | None:
    """Read "remove the parameter x of f", "f does not need x"."""
    is_removal = clause.verb == "remove" or bool(_REMOVED.search(text_of(clause)))
    if not is_removal or clause.verb in {"rename", "move", "extract"}:
        return None
    reading = Reading("remove parameter", 0.6 if clause.verb == "remove" else 0.5)
    found = _of_parameter(clause, context, _subject_tokens(clause))
    if found is None:
        reading.missing = "which parameter of which function"
        reading.score -= 0.35
        return reading
    function, name, entry = found
    reading.arguments = [function, said("parameter", name)]
    reading.summary = f"remove parameter {name} of {function.label}"
    reading.score += 0.4 + (0.1 if _says_parameter(clause) else 0.0)
    reading.subject = entry
    return reading


def read_keyword_only(clause: Clause, context: Context) -> Reading | None:
    """Read "make x of f keyword-only"."""
    if not _KEYWORD_ONLY.search(text_of(clause)) or clause.verb in {"add", "rename", "move"}:
        return None
    reading = Reading("make keyword only", 0.6)
    head = [*_subject_tokens(clause), *clause.chunk(c.IS), *clause.chunk(c.AFTER)]
    tokens = [t for t in head if not _KEYWORD_ONLY.fullmatch(t.text) and t.word not in _PLAIN]
    after = clause.chunk(c.AFTER)
    tokens = [t for t in (after or tokens) if t.word not in _PLAIN and t.word != "keyword-only"]
    hints = [] if not after else clause.chunk("")
    tokens = _function_last(tokens)
    more = [*_after_of(hints), *_tail_hints(clause)]
    first, followed = _first_of_several(tokens)
    found = _of_parameter(clause, context, [*(first if followed else tokens), *more])
    if found is None:
        reading.missing = "which parameter of which function"
        reading.score -= 0.35
        return reading
    function, name, entry = found
    if followed and not set(followed) <= set(_behind(context, function.value, entry, name)):
        reading.missing = "parameters in their order"
        reading.score -= 0.35
        return reading
    if after:
        names = _positional(context, function.value, entry)
        place = names.index(name) + 1 if name in names else len(names)
        if place < len(names):
            name = names[place]
    reading.arguments = [function, said("parameter", name)]
    reading.summary = f"make {name} of {function.label} keyword-only, and what follows it"
    reading.summary += f": {', '.join(followed)}" if followed else ""
    reading.score += 0.45
    reading.subject = entry
    return reading


def _function_last(tokens: Sequence[Token]) -> list[Token]:
    """Put what stands before a colon behind: "f in a.py: x" is "x of f in a.py"."""
    colon = next((i for i, token in enumerate(tokens) if token.text == ":"), None)
    if not colon or colon + 1 == len(tokens):
        return list(tokens)
    return [*tokens[colon + 1 :], Token(TokenKind.WORD, "of", "of"), *tokens[:colon]]


def _first_of_several(tokens: Sequence[Token]) -> tuple[list[Token], list[str]]:
    """Return "x of f" and the rest of "x, y and z of f"."""
    first: list[Token] = []
    others: list[str] = []
    end = next((i for i, token in enumerate(tokens) if token.word in {"of", "in"}), len(tokens))
    is_first = True
    for token in tokens[:end]:
        if token.word == "and" or token.text == ",":
            is_first = not first
        elif is_first:
            first.append(token)
        elif token.kind is TokenKind.NAME or (token.word and token.word not in NOISE):
            others.append(token.text)
    return [*first, *tokens[end:]], others


def _behind(context: Context, function: str, entry: Entry, name: str) -> list[str]:
    names = _positional(context, function, entry)
    return names[names.index(name) + 1 :] if name in names else []


_PLAIN: Final = frozenset(
    {"keyword", "only", "by", "passed", "force", "require", "callers", "kwonly", "kw", "kwarg"}
    | {"kw-only", "keyword-only", "must", "everything", "all", "parameters", "named"}
)


def _tail_hints(clause: Clause) -> list[Token]:
    """Return "in f" that follows another role."""
    found: list[Token] = []
    for one in clause.chunks:
        if one.role in {c.IS, c.WITH, c.TO}:
            for index, token in enumerate(one.tokens):
                if token.word in {"in", "of", "for"}:
                    found += one.tokens[index:]
                    break
    return found


def _positional(context: Context, function: str, entry: Entry) -> list[str]:
    """Return the positional parameters of the function that an entry is a parameter of."""
    outer = entry.origin_name.rpartition(".<locals>.")[0]
    name = outer.rpartition(".")[2]
    for one in context.table.named(name):
        if one.key == function or (
            one.origin_name == outer and one.origin_path == entry.origin_path
        ):
            return context.table.parameters(one, positional=True)
    return []
