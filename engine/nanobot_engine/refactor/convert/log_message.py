"""What a log message says that a `print` said: its format, and the values for it.

A message without values is taken as it is; with values it is `format % values`, as
`logging` does it, so a percent sign in the text is doubled. `print` turns values into text
by `str`, and so does `%s`.
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.refactor.source.rewriter import Part

_CONVERSIONS: Final = {-1: "%s", 115: "%s", 114: "%r", 97: "%a"}


@dataclass(frozen=True, slots=True)
class Message:
    """The arguments of a call of a logger."""

    format: str | None
    """Its text; None when `values` is one expression that is the whole message."""
    values: tuple[ast.expr, ...]

    def parts(self, quote: str) -> list[list[Part]]:
        """Return the source of the arguments, one list for each.

        Args:
            quote: Which quotes the file uses.
        """
        if self.format is None:
            return [[self.values[0]]]
        parts: list[list[Part]] = [[quoted(self.format, quote)]]
        parts += [[value] for value in self.values]
        return parts


def message(arguments: Sequence[ast.expr], separator: str) -> Message | None:
    """Return what a `print` of values says.

    Args:
        arguments: None of them unpacks.
        separator: What stands between them.

    Returns:
        None when there is nothing but blank space.
    """
    if len(arguments) == 1:
        only = _of_one(arguments[0])
        if only is not None:
            return only
    pieces = [_pieces(one) for one in arguments]
    text, values = "", []
    for index, found in enumerate(pieces):
        text += separator.replace("%", "%%") if index else ""
        for piece in found:
            if isinstance(piece, str):
                text += piece.replace("%", "%%")
            else:
                text += piece[0]
                values.append(piece[1])
    text = text.strip("\n")
    if not values:
        return Message(text.replace("%%", "%"), ()) if text.strip() else None
    return Message(text, tuple(values))


def _of_one(node: ast.expr) -> Message | None:
    """Return the message for one argument that stays the expression it is."""
    match node:
        case ast.Constant(value=str(text)):
            # As it is written, unless there are blank lines around it.
            is_same = bool(text.strip()) and text == text.strip("\n")
            return Message(None, (node,)) if is_same else None
        case ast.JoinedStr() if not _is_simple(node):
            return Message(None, (node,))
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod(), right=right):
            is_listed = isinstance(right, ast.Tuple) and not any(
                isinstance(one, ast.Starred) for one in right.elts
            )
            if isinstance(right, ast.Tuple) and is_listed and right.elts and "%(" not in text:
                return Message(text.strip("\n"), tuple(right.elts))
            return Message(None, (node,))
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format" | "join")):
            return Message(None, (node,))
    return None


def _is_simple(node: ast.JoinedStr) -> bool:
    """Tell whether the fields of an f-string have no format of their own."""
    return all(
        one.format_spec is None for one in node.values if isinstance(one, ast.FormattedValue)
    )


def _pieces(node: ast.expr) -> list[str | tuple[str, ast.expr]]:
    """Return the text of an argument, and the values in it with what prints them."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values) if _is_simple(node):
            found: list[str | tuple[str, ast.expr]] = []
            for one in values:
                if isinstance(one, ast.FormattedValue):
                    found.append((_CONVERSIONS[one.conversion], one.value))
                elif isinstance(one, ast.Constant):
                    found.append(str(one.value))
            return found
    return [("%s", node)]


def quoted(text: str, quote: str) -> str:
    """Return a string literal, with the asked quotes unless they stand in the text."""
    written = repr(text)
    if quote == '"' and written[0] == "'" and '"' not in text:
        inner = written[1:-1].replace("\\'", "'")
        return f'"{inner}"'
    return written
