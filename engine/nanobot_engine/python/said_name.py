"""Names that a program says about itself: `T = TypeVar("T")`, `f"{count=}"`."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from nanobot_engine.edit.python_names import dotted_name
from nanobot_engine.python.named_access import string_span
from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.scope import Scope, Span

_DECLARING: Final = frozenset(
    {
        "TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "TypeAliasType", "namedtuple",
        "NamedTuple", "TypedDict", "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "Sentinel",
    }
)  # fmt: skip
"""What is called with the name that its result is assigned to; type checkers insist on it."""
_SHOWS_ITSELF: Final = re.compile(rb"\s*=\s*(![rsa])?\s*[:}]")


def declared_name(file: PythonFile, scope: Scope, name: str) -> Iterator[Span]:
    """Yield a name in the call whose result it is given to: `T = TypeVar("T")`."""
    for site in scope.sites.get(name, ()):
        match site.value:
            case ast.Call(func=function, args=[first, *_]):
                called = dotted_name(function) or ""
                span = string_span(file, first, name)
                if called.rpartition(".")[2] in _DECLARING and span is not None:
                    yield span


def shown_expressions(file: PythonFile) -> list[Span]:
    """Return the expressions that an f-string prints with their own text: `f"{a.b=}"`."""
    data = file.source.data
    if b"=" not in data or not re.search(rb"=\s*(![rsa])?\s*[:}]", data):
        return []
    found = []
    for node in ast.walk(file.tree):
        if isinstance(node, ast.FormattedValue):
            span = file.span(node.value)
            if _SHOWS_ITSELF.match(data, span.end_byte):
                found.append(span)
    return found
