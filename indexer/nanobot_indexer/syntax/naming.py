"""Names as sources write them, split into scope and name.

`A::B<int>::run` becomes scope `A`, `B` and name `run`; `exports.run` becomes
scope `exports` and name `run`; `*Server[T]` names the container `Server`.
"""

import re
from types import MappingProxyType
from typing import Final

from nanobot_indexer.syntax.language import Language

_WHITESPACE: Final = re.compile(r"\s+")
_BRACKETED: Final = re.compile(r"<[^<>]*>|\[[^\[\]]*\]")
_DOTTED_NAME: Final = re.compile(r"#?[\w$]+(?:[.:]#?[\w$]+)*")
_KEYED: Final = re.compile(r"""([\w.:]+)\[(["'])(\w+)\2\]""")
_IDENTIFIER: Final = re.compile(r"[^\W\d]\w*")

_EXPORT_MACRO: Final = re.compile(
    rb"(\b(?:(class)|struct|union|enum(?:[ \t]+class)?)[ \t]+)"
    rb"([A-Z][A-Z0-9_]+(?:[ \t]*\([^()\n]*\))?)"
    # A name and a body. With `;` it would be a variable, but not behind `class`.
    rb"(?=\s+[A-Za-z_]\w*(?:::\w+)*\s*(?:<[^<>;{}()]{0,200}>\s*)?(?:final\s*)?"
    rb"(?:(?::[^;{}]{0,500})?\{|(?(2);|(?!))))"
)

_DOTTED_LANGUAGES: Final = frozenset(
    {Language.JAVASCRIPT, Language.TYPESCRIPT, Language.TSX, Language.LUA}
)
_SEPARATOR_BY_LANGUAGE: Final = MappingProxyType(
    {Language.RUBY: "::", Language.PHP: "\\", Language.CSHARP: "."}
)


def without_export_macros(text: bytes) -> bytes:
    """Return C or C++ with blanks for `API` in `class API Reader {`: same length.

    To a parser that does not know the macro, such a class is a function.
    """
    return _EXPORT_MACRO.sub(lambda match: match[1] + b" " * len(match[3]), text)


def without_arguments(written: str, language: Language) -> str:
    """Return a name of C++ without template arguments at its end: `V` of `V<int>`."""
    if language is not Language.CPP or not written.endswith(">") or "operator" in written:
        return written
    depth = 0
    for position in range(len(written) - 1, 0, -1):
        depth += (written[position] == ">") - (written[position] == "<")
        if depth == 0:
            return written[:position].rstrip()
    return written


def split_name(written: str, language: Language) -> tuple[tuple[str, ...], str]:
    """Return the scope and the name of what a declaration declares.

    Args:
        written: The source text of the name, e.g. `A::run` or `exports.run`.
        language: Says which separators are scopes.

    Returns:
        The name is a part of `written`, so that its position is known. It is empty
        when the text is no name, e.g. a computed key.
    """
    if language is Language.CPP:
        return _split_cpp(written)
    if language in _DOTTED_LANGUAGES:
        return _split_dotted(written)
    if _WHITESPACE.search(written):
        return (), ""
    if language is Language.RUBY and written[:1] in {":", '"', "'"} and written[1:2] != ":":
        return (), written.strip(":'\"")  # Of `attr_reader :size` or `define_method("size")`.
    separator = _SEPARATOR_BY_LANGUAGE.get(language)
    if separator is None:
        return (), written
    *scope, name = written.split(separator)
    return tuple(part for part in scope if part), name


def container_name(written: str) -> str:
    """Return the plain name of a type, e.g. `Server` of `&'a mut net::Server<T>`."""
    plain = _without_brackets(written)
    names = _IDENTIFIER.findall(plain)
    return names[-1] if names else "?"


def _split_dotted(written: str) -> tuple[tuple[str, ...], str]:
    if written[:1] in {"'", '"'}:
        written = written[1:-1]
        return (), "" if "\n" in written else written
    keyed = _KEYED.fullmatch(written)
    if keyed is not None:
        written = f"{keyed[1]}.{keyed[3]}"  # As long as a dot is: `M["run"]` is `M.run`.
    if written.startswith("["):
        written = written[1:-1].strip()  # Of `[Symbol.iterator]() {}` what it computes.
    if not _DOTTED_NAME.fullmatch(written):
        return (), ""
    *scope, name = written.replace(":", ".").split(".")
    return tuple(part for part in scope if part != "this"), name


def _split_cpp(written: str) -> tuple[tuple[str, ...], str]:
    # What follows `operator` is the name, even when it holds `<`.
    head, operator, tail = written.partition("operator")
    is_operator = bool(operator) and (not head or head.endswith(("::", " ")))
    if is_operator and not re.match(r"\w", tail):
        # A conversion such as `operator bool() const` carries its parameters along.
        is_conversion = tail.startswith(" ")
        scope_text, name = head, operator + (tail.partition("(")[0] if is_conversion else tail)
    else:
        scope_text, name = _split_last_scope(written)
    scope = [part for part in _without_brackets(scope_text).split("::") if part.strip()]
    if "\n" in name:
        return (), ""
    return tuple(_WHITESPACE.sub(" ", part).strip() for part in scope), name


def _split_last_scope(written: str) -> tuple[str, str]:
    depth = 0
    for position in range(len(written) - 1, 0, -1):
        char = written[position]
        depth += (char == ">") - (char == "<")
        if depth == 0 and written[position - 1 : position + 1] == "::":
            return written[: position - 1], written[position + 1 :]
    return "", written


def _without_brackets(written: str) -> str:
    # Innermost first; each round removes one level, and names are short.
    for _ in range(8):
        shorter = _BRACKETED.sub("", written)
        if shorter == written:
            break
        written = shorter
    return written
