"""Where tests and examples expect the name of a class in what a program prints.

Objects print the name of their class, by default and in most `__repr__`. So a string of a test
and a line of a doctest that have the name probably show it, and would fail after a renaming.
"""

import ast
import doctest
import re
from collections.abc import Iterator
from typing import Final

from nanobot_engine.edit.python_names import is_test_module
from nanobot_engine.python import PythonFile, Symbol
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.mention import DOCUMENTS, STRINGS, Mention, mentions

_OWN_WORD: Final = re.compile(r"_|\d|[A-Z].*[A-Z]")
"""A name that is no word of prose: it has an underscore, a digit, or two capitals."""
_EXAMPLES: Final = doctest.DocTestParser()


def shown_names(codebase: Codebase, symbol: Symbol) -> Iterator[tuple[Mention, str]]:
    """Yield the places that probably show the name of a class, each with the reason.

    Nothing where another definition has the name: then nobody knows which one is shown.
    """
    if not _is_class(symbol) or _is_elsewhere(codebase, symbol):
        return
    for mention in mentions(codebase, symbol, frozenset({STRINGS, DOCUMENTS})):
        file = codebase.project.file(mention.path) if mention.is_python else None
        if file is None or mention.kind not in {STRINGS, DOCUMENTS}:
            continue
        if mention.kind == DOCUMENTS and _is_in_example(file, mention):
            yield mention, f"a doctest names {symbol.name}"
        elif is_test_module(file.path) and mention.kind == STRINGS and _is_shown(file, mention):
            yield mention, f"a test expects {symbol.name} in a text, as objects print it"


def _is_class(symbol: Symbol) -> bool:
    sites = symbol.scope.sites.get(symbol.name, ())
    return any(isinstance(one.node, ast.ClassDef) for one in sites)


def _is_elsewhere(codebase: Codebase, symbol: Symbol) -> bool:
    for file in codebase.project.files_with(symbol.name):
        for scope in file.names.scope_by_node.values():
            for site in scope.sites.get(symbol.name, ()):
                if scope is not symbol.scope and isinstance(
                    site.node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
                ):
                    return not file.path.endswith(".pyi")
    return False


def _is_shown(file: PythonFile, mention: Mention) -> bool:
    """Tell whether a string has a name as code, not as a word of a sentence."""
    data, span = file.source.data, mention.span
    name = file.text(span)
    if _OWN_WORD.search(name):
        return True
    before = data[max(span.start_byte - 1, 0) : span.start_byte]
    return data[span.end_byte : span.end_byte + 1] == b"(" or before == b"<"


def _is_in_example(file: PythonFile, mention: Mention) -> bool:
    """Tell whether a docstring has a name in an example or in what it prints."""
    line = file.line(mention.span.start_byte)
    for node in ast.walk(file.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        end = node.end_lineno or node.lineno
        if not node.lineno <= line <= end or ">>>" not in node.value:
            continue
        # A name in a line of its own text: escapes do not move lines of a docstring.
        try:
            examples = _EXAMPLES.get_examples(node.value)
        except ValueError:
            return False
        for one in examples:
            first = node.lineno + one.lineno
            count = one.source.count("\n") + one.want.count("\n")
            if first <= line < first + count:
                return True
    return False
