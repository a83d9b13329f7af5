"""Readers of what takes something out of its place: extract constant, variable, function."""

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Final

from nanobot_engine.intent.names.resolution import FUNCTIONS
from nanobot_engine.intent.plan import Argument
from nanobot_engine.intent.readers.reading import Context, Reading, said
from nanobot_engine.intent.words import clause as c
from nanobot_engine.intent.words.clause import Clause
from nanobot_engine.intent.words.mention import KIND_WORDS, NOISE, Mention, mention_of
from nanobot_engine.intent.words.sentence import Token, TokenKind, is_expression
from nanobot_engine.intent.words.spelling import in_style_of

_VERBS: Final = {
    "extract": 0.6, "": 0.3, "replace": 0.4, "move": 0.35, "change": 0.4, "call": 0.45,
    "add": 0.3, "use": 0.35,
}  # fmt: skip
_QUOTES: Final = frozenset({'"', "'", "\u201c"})
_CALL: Final = re.compile(r"[A-Za-z_][\w.]*\([^()\s][^()]*\)")
_NOT_NAMES: Final = frozenset(
    {"literal", "magic", "number", "string", "value", "lines", "line", "expression", "constant"}
    | {"own", "its", "values", "numbers", "strings", "bytes", "literals", "extract", "global"}
)


def read_extract_constant(clause: Clause, context: Context) -> Reading | None:
    """Read "extract the literal 64 in a.py to a constant SIZE"."""
    weight = _VERBS.get(clause.verb)
    found = _expressions(clause)
    literal = next((text for text in found if _is_literal(text)), None)
    if weight is None or literal is None or clause.chunk(c.DEFAULT, c.PASS, c.TAKES):
        return None
    if clause.has("variable", "local", "parameter", "param", "argument", "function"):
        weight -= 0.2
    if clause.has("constant", "magic", "literal"):
        weight += 0.1
    reading = Reading("extract constant", weight)
    name = _new_name(clause, "CONSTANT")
    module = _module(clause, context, literal)
    if module is None or name is None:
        reading.missing = "the module" if module is None else "the name of the constant"
        reading.score -= 0.3
        return reading
    reading.arguments = [module, said("literal", literal), said("new_name", name)]
    reading.summary = f"name {literal} {name} in {module.value}"
    reading.score += 0.5
    return reading


def _expressions(clause: Clause) -> list[str]:
    """Return what may be an expression, as Python source."""
    found = []
    for one in clause.chunks:
        for token in one.tokens:
            is_call = token.kind is TokenKind.NAME and token.raw[:1] == "`" and "(" in token.raw
            if is_call or token.kind in {TokenKind.EXPRESSION, TokenKind.DOTTED}:
                found.append(token.raw.strip("`"))
            if token.raw[:1] in _QUOTES and token.text != token.raw:
                found.append(repr(token.text))
    return [text for text in found if is_expression(text)]


def _calls(clause: Clause, sentence: str) -> list[str]:
    """Return the calls that a clause has without quotes: "pull len(x) out"."""
    raw = " ".join(token.raw for token in clause.tokens)
    return [
        text
        for text in _CALL.findall(sentence)
        if is_expression(text) and text.replace(" ", "") in raw.replace(" ", "")
    ]


def _is_literal(text: str) -> bool:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return False
    return isinstance(value, int | float | str | bytes | complex) and not isinstance(value, bool)


def _new_name(clause: Clause, style: str) -> str | None:
    """Return the name that is given to what is extracted."""
    roles = (c.NAMED, c.TO, c.WITH, c.IS)
    for role in roles:
        for one in clause.chunks:
            if one.role == role:
                name = _name_in(one.tokens, style)
                if name is not None:
                    return name
    tokens = [token for one in clause.chunks for token in one.tokens]
    code = [t for t in tokens if t.kind is TokenKind.NAME and t.raw[:1] not in _QUOTES]
    return code[-1].text if code and clause.verb in {"call", ""} else None


def _name_in(tokens: Sequence[Token], style: str) -> str | None:
    words: list[str] = []
    for token in tokens:
        if token.word in {"in", "of", "from", "at", "inside"}:
            break
        if token.kind is TokenKind.NAME:
            return token.text
        is_noise = token.word in NOISE | _NOT_NAMES or token.word in KIND_WORDS
        if token.word and not is_noise:
            words.append(token.text)
    if not words:
        return None
    name = in_style_of(" ".join(words), style)
    return name if name.isidentifier() else None


def _module(clause: Clause, context: Context, literal: str) -> Argument | None:
    """Return the module that is named; else the only one that has the literal."""
    for mention in _places(clause):
        found = context.module(mention, "module")
        if found is not None:
            return found
    for mention in _places(clause):
        resolved = context.symbol(mention, None, "module")
        if resolved is not None:
            path = resolved[1].entry.path
            return said("module", path, f"{resolved[1].label} is in {path}")
    with_it = [
        path
        for path in context.table.modules()
        if literal.encode() in context.table.codebase.data_by_path.get(path, b"")
        and _has_literal(context, path, literal)
    ]
    if len(with_it) != 1:
        return None
    return said("module", with_it[0], f"only {with_it[0]} has {literal}")


def _has_literal(context: Context, path: str, literal: str) -> bool:
    file = context.table.codebase.project.file(path)
    value = ast.literal_eval(literal)
    return file is not None and any(
        isinstance(node, ast.Constant) and type(node.value) is type(value) and node.value == value
        for node in ast.walk(file.tree)
    )


def _places(clause: Clause) -> Iterator[Mention]:
    """Yield what says where: paths first, then what follows "in" and "from"."""
    tokens = [token for one in clause.chunks for token in one.tokens]
    for token in tokens:
        if token.kind is TokenKind.PATH:
            yield Mention(token.text, is_code=True, is_path=True)
    for one in clause.chunks:
        starts = [0] if one.role == c.FROM else []
        starts += [
            index + 1
            for index, token in enumerate(one.tokens)
            if token.word in {"in", "of", "inside", "from", "within"}
        ]
        for start in starts:
            mention = mention_of(one.tokens[start:])
            if mention is not None and not mention.is_pronoun and not mention.is_path:
                yield mention


def read_extract_variable(clause: Clause, context: Context) -> Reading | None:
    """Read "extract `a + b` in f to a variable total"."""
    weight = _VERBS.get(clause.verb)
    found = [text for text in _expressions(clause) if not text.isidentifier()]
    found += _calls(clause, context.sentence)
    if weight is None or not found or clause.chunk(c.DEFAULT, c.PASS, c.TAKES):
        return None
    expression = found[0]
    reading = Reading("extract variable", weight)
    if clause.has("variable", "local", "var"):
        reading.score += 0.15
    elif _is_literal(expression):
        reading.score -= 0.2
    name = _new_name(clause, "variable")
    for mention in _places(clause):
        resolved = context.symbol(mention, FUNCTIONS, "function")
        if resolved is None or mention.text == expression:
            continue
        argument, match = resolved
        if name is None:
            break
        reading.arguments = [argument, said("expression", expression), said("new_name", name)]
        reading.summary = f"name {expression} {name} in {match.label}"
        reading.score += 0.4 * match.score
        return reading
    reading.missing = "the name of the variable" if name is None else "which function"
    reading.score -= 0.35
    return reading


def read_extract_function(clause: Clause, context: Context) -> Reading | None:
    """Read "extract lines 10-14 of a.py to a function f"."""
    lines = _lines(clause)
    weight = _VERBS.get(clause.verb)
    if lines is None or weight is None:
        return None
    reading = Reading("extract function", weight + 0.2)
    name = _new_name(clause, "function")
    module: Argument | None = None
    for mention in _places(clause):
        module = context.module(mention, "module")
        if module is None:
            resolved = context.symbol(mention, None, "module")
            if resolved is not None:
                path = resolved[1].entry.path
                module = said("module", path, f"{resolved[1].label} is in {path}")
        if module is not None:
            break
    if module is None or name is None:
        reading.missing = "the module" if module is None else "the name of the function"
        reading.score -= 0.3
        return reading
    reading.arguments = [module, said("lines", lines), said("new_name", name)]
    reading.summary = f"turn lines {lines} of {module.value} into a function {name}"
    reading.score += 0.5
    return reading


def _lines(clause: Clause) -> str | None:
    tokens = [token for one in clause.chunks for token in one.tokens]
    for token in tokens:
        if token.kind is TokenKind.RANGE:
            return token.text
    if not any(token.word in {"line", "lines"} for token in clause.tokens):
        return None
    numbers = [token.text for token in clause.tokens if token.text.isdigit()]
    if not numbers:
        return None
    return f"{numbers[0]}-{numbers[1] if len(numbers) > 1 else numbers[0]}"
