"""Where a name is written in comments, strings, documents and configuration.

Text has no scopes. A dotted path that ends at the symbol (`"app.settings.load"` in a
`mock.patch`, `app.settings:load` in an entry point) means it for sure, because programs
follow it. A bare name is a mention only where asked, and in prose only when it looks like
code: with an underscore or an inner capital, in backticks, or before a bracket.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from nanobot_engine.python import PythonFile, Span, Symbol
from nanobot_engine.refactor.codebase import Codebase

COMMENTS: Final = "comments"
STRINGS: Final = "strings"
DOCUMENTS: Final = "documents"
CONFIGURATION: Final = "configuration"
PATHS: Final = "dotted paths"
"""Always: a program would not find the name any more."""
MENTION_KINDS: Final = (COMMENTS, STRINGS, DOCUMENTS, CONFIGURATION)

_DOCUMENT_SUFFIXES: Final = (".md", ".rst", ".txt", ".adoc")
_CONFIGURATION_SUFFIXES: Final = (".toml", ".cfg", ".ini", ".json", ".yaml", ".yml")
_SIZE_BYTES_MAX: Final = 4 * 1024 * 1024
_CODE_LIKE: Final = re.compile(r"_|[a-z0-9][A-Z]|[A-Z]{2}[a-z]|[A-Za-z]\d")


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a text names a symbol."""

    path: str
    span: Span
    """Of the bare name."""
    whole: Span
    """Of the dotted path that ends in the name; of the name where there is none."""
    kind: str
    is_python: bool


def mentions(
    codebase: Codebase,
    symbol: Symbol,
    kinds: frozenset[str],
    modules: Iterable[PythonFile] = (),
) -> Iterator[Mention]:
    """Yield where texts name a symbol.

    Args:
        codebase: The files.
        symbol: What is named.
        kinds: Of `MENTION_KINDS`; dotted paths are always found.
        modules: Dotted paths through these name it, too: it is passed on there.
    """
    finder = _Finder(codebase, symbol, kinds, {symbol.file, *modules})
    for path in sorted(codebase.data_by_path):
        yield from finder.in_file(path)


class _Finder:
    def __init__(
        self,
        codebase: Codebase,
        symbol: Symbol,
        kinds: frozenset[str],
        modules: Iterable[PythonFile],
    ) -> None:
        self._codebase = codebase
        self._kinds = kinds
        name = re.escape(symbol.name)
        self._word = re.compile(rf"(?<![\w]){name}(?!\w)")
        self._in_prose = self._word
        if not _CODE_LIKE.search(symbol.name):
            self._in_prose = re.compile(
                rf"(?<=`){name}(?=[`(.])|(?<=[`.\w]\.){name}(?!\w)|(?<!\w){name}(?=\(\))"
            )
        self._path = _path_pattern(codebase, symbol, modules)
        self._encoded = symbol.name.encode()

    def in_file(self, path: str) -> Iterator[Mention]:
        if path in self._codebase.project.modules.paths:
            file = self._codebase.project.file(path)
            if file is not None and self._encoded in file.source.data:
                yield from self._in_python(file)
            return
        kind = None
        if path.endswith(_DOCUMENT_SUFFIXES):
            kind = DOCUMENTS
        elif path.endswith(_CONFIGURATION_SUFFIXES):
            kind = CONFIGURATION
        if kind is None:
            return
        data = self._codebase.data_by_path[path]
        if self._encoded not in data or len(data) > _SIZE_BYTES_MAX:
            return
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return
        yield from self._in_text(path, text, kind)

    def _in_text(self, path: str, text: str, kind: str) -> Iterator[Mention]:
        pattern = self._in_prose if kind == DOCUMENTS else self._word
        for start, found in sorted(self._places(text, pattern, kind).items()):
            offset = len(text[:start].encode())
            span = Span(offset, offset + len(self._encoded))
            whole = Span(offset - len(found.before.encode()), span.end_byte)
            yield Mention(path, span, whole, found.kind, is_python=False)

    def _places(self, text: str, pattern: re.Pattern[str], kind: str) -> dict[int, "_Found"]:
        """Return where a text names the symbol, by index of the bare name."""
        places: dict[int, _Found] = {}
        if kind in self._kinds:
            places = {match.start(): _Found(kind, "") for match in pattern.finditer(text)}
        if kind != COMMENTS:
            for match in self._path.finditer(text):
                before = text[match.start() : match.start("name")]
                places[match.start("name")] = _Found(PATHS, before)
        return places

    def _in_python(self, file: PythonFile) -> Iterator[Mention]:
        text = file.source.data.decode(file.source.encoding)
        documents = set(_docstring_places(file.tree))
        readline = io.StringIO(text.removeprefix("\ufeff"), newline="").readline
        try:
            tokens = list(tokenize.generate_tokens(readline))
        except (tokenize.TokenError, SyntaxError):
            return
        for token in tokens:
            if token.type == tokenize.COMMENT:
                yield from self._in_token(file, token, COMMENTS)
            elif token.type == tokenize.STRING:
                is_document = token.start in documents
                yield from self._in_token(file, token, DOCUMENTS if is_document else STRINGS)

    def _in_token(
        self, file: PythonFile, token: tokenize.TokenInfo, kind: str
    ) -> Iterator[Mention]:
        pattern = self._word if kind == STRINGS else self._in_prose
        for start, found in sorted(self._places(token.string, pattern, kind).items()):
            lines = token.string[:start].replace("\r\n", "\n").replace("\r", "\n").split("\n")
            line = token.start[0] + len(lines) - 1
            column = len(lines[-1].encode())
            if len(lines) == 1:
                column += len(token.line[: token.start[1]].encode())
            offset = file.byte_map.offset(line, column)
            span = Span(offset, offset + len(self._encoded))
            whole = Span(offset - len(found.before.encode()), span.end_byte)
            yield Mention(file.path, span, whole, found.kind, is_python=True)


@dataclass(frozen=True, slots=True)
class _Found:
    kind: str
    before: str
    """What of a dotted path stands before the name."""


def _path_pattern(
    codebase: Codebase, symbol: Symbol, modules: Iterable[PythonFile]
) -> re.Pattern[str]:
    """Match the dotted path of a symbol in a whole string or an entry point."""
    named = sorted(filter(None, map(codebase.project.modules.name_of, (m.path for m in modules))))
    *outer, name = symbol.qualified_name.split(".")
    if "<locals>" in symbol.qualified_name or not named:
        return re.compile(r"(?!)(?P<name>)")
    inside = "".join(rf"{re.escape(part)}\." for part in outer)
    before = "|".join(map(re.escape, named))
    return re.compile(rf"(?<![\w.])(?:{before})[.:]{inside}(?P<name>{re.escape(name)})(?![\w])")


def _docstring_places(tree: ast.Module) -> Iterator[tuple[int, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str()) as value), *_]:
                    yield value.lineno, value.col_offset
