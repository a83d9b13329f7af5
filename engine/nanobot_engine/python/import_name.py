"""The names of an import statement, each with its bytes."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from nanobot_engine.python.placing import IDENTIFIER, Placing
from nanobot_engine.python.scope import Import, Span

_BLANK: Final = rb"(?:[ \t\f\r\n]|\\|#[^\r\n]*)*"
_FROM_MODULE: Final = re.compile(
    rb"from(?:" + _BLANK + rb"\.)*" + _BLANK + rb"(" + IDENTIFIER + rb"(?:\." + IDENTIFIER + rb")*)"
)


def imported_names(
    node: ast.Import | ast.ImportFrom, place: Placing
) -> Iterator[tuple[Import, Span | None]]:
    """Yield what a statement imports, each with the bytes of the name that it binds."""
    if isinstance(node, ast.Import):
        yield from _modules(node, place)
    else:
        yield from _members(node, place)


def _modules(node: ast.Import, place: Placing) -> Iterator[tuple[Import, Span | None]]:
    for alias in node.names:
        start = place.start(alias)
        module_span = Span(start, start + len(alias.name.encode(place.encoding)))
        as_span = _as_span(alias, place)
        bound = alias.asname or alias.name.partition(".")[0]
        yield (
            Import(node, alias, alias.name, 0, None, bound, module_span, None, as_span),
            as_span or Span(start, start + len(bound.encode(place.encoding))),
        )


def _members(node: ast.ImportFrom, place: Placing) -> Iterator[tuple[Import, Span | None]]:
    module = node.module or ""
    module_span = None
    if module:
        module_span = place.found(
            _FROM_MODULE, place.start(node), place.end(node), module, node.lineno
        )
    for alias in node.names:
        start = place.start(alias)
        as_span = _as_span(alias, place)
        name_span: Span | None = Span(start, start + 1)
        if alias.name != "*":
            name_span = place.span_at(start, alias.name, alias.lineno)
        bound = alias.asname or alias.name
        yield (
            Import(
                node,
                alias,
                module,
                node.level,
                alias.name,
                bound,
                module_span,
                name_span,
                as_span,
            ),
            as_span or name_span,
        )


def _as_span(alias: ast.alias, place: Placing) -> Span | None:
    if alias.asname is None:
        return None
    return place.span_before(place.end(alias), alias.asname, alias.lineno)
