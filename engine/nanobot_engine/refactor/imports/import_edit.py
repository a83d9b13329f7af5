"""Add, remove and retarget imports of one file, keeping its layout.

Changes of one statement are collected and made together. A new import joins the
statement that imports from the same module, else it goes where it sorts among the
imports it resembles.
"""

import ast
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from nanobot_engine.python import PythonFile, Span
from nanobot_engine.python.scope import Import
from nanobot_engine.refactor.change import ChangeBuilder
from nanobot_engine.refactor.source.statement import (
    body_of,
    own_span,
    removal,
    removals,
    whole_lines,
)

_NO_GAP = re.compile(rb"(?:\r\n|\r|\n)[^\r\n]")
"""At the end of a line: the next one is not blank."""
_DEFINING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LINE_LENGTH_MAX = 88
"""What Black and many others allow."""


@dataclass(frozen=True, slots=True)
class NewImport:
    """`from module import name as alias`, or `import module as alias` without a name."""

    module: str
    """With leading dots where relative."""
    name: str | None = None
    alias: str | None = None

    def __lt__(self, other: "NewImport") -> bool:
        """Sort as isort does by default: `import` before `from`, then by module and name."""
        return self._sort_key() < other._sort_key()

    def _sort_key(self) -> tuple[bool, str, str]:
        return self.name is not None, self.module, self.name or ""

    def text(self) -> str:
        """Return the statement."""
        renamed = f" as {self.alias}" if self.alias else ""
        if self.name is None:
            return f"import {self.module}{renamed}"
        return f"from {self.module} import {self.name}{renamed}"


@dataclass(slots=True)
class _Touched:
    removed: list[Import] = field(default_factory=list)
    added: list[NewImport] = field(default_factory=list)


class ImportEdit:
    """Collects the changes of one file's imports; `finish` hands them to the builder."""

    def __init__(self, builder: ChangeBuilder, file: PythonFile) -> None:
        self._builder = builder
        self._file = file
        self._touched: dict[ast.Import | ast.ImportFrom, _Touched] = {}
        self._added: list[NewImport] = []

    def remove(self, imported: Import) -> None:
        """Take one name out of its statement."""
        touched = self._touched.setdefault(imported.statement, _Touched())
        if imported not in touched.removed:
            touched.removed.append(imported)

    def add(self, new: NewImport, *, like: Import | None = None) -> None:
        """Import something, unless the file does already.

        Args:
            new: What is imported.
            like: An import in whose place (in a function, under `TYPE_CHECKING`) it goes;
                None for the top of the file.
        """
        if like is not None and like.statement not in self._file.tree.body:
            self._touched.setdefault(like.statement, _Touched()).added.append(new)
        elif new not in self._added and not self.has(new):
            self._added.append(new)

    def has(self, new: NewImport, *, is_any: bool = False) -> bool:
        """Tell whether the file imports something at its top, and keeps that.

        Args:
            new: What is imported.
            is_any: Whether an import for type checkers only counts, which does nothing when
                the program runs.
        """
        return any(
            scope.parent is None
            and "." * one.level + one.module == new.module
            and one.name == new.name
            and one.alias.asname == new.alias
            and not self._is_removed(one)
            and (is_any or not is_for_checkers(self._file, one))
            for one, scope in self._file.names.imports
        )

    def _is_removed(self, imported: Import) -> bool:
        touched = self._touched.get(imported.statement)
        return touched is not None and imported in touched.removed

    def finish(self) -> None:
        """Hand all changes to the builder."""
        lines = _lines(self._not_joined())
        emptied = [
            one
            for one, touched in self._touched.items()
            if one in self._file.tree.body and self._is_emptied(one, touched)
        ]
        is_only = all(one in emptied for one in self._at_top())
        # What is of the kind of one that goes takes its place before others.
        for line in sorted(lines, key=lambda one: not any(map(one.is_same_group, emptied))):
            alike = [one for one in emptied if line.is_like(one)]
            near = [one for one in alike if line.is_near(one)]
            place = next(iter(near or (alike if is_only else [])), None)
            if place is None:
                self._insert(line, besides=emptied)
                continue
            # Where an import goes and another comes, it comes in its place.
            span = own_span(self._file, place)
            self._builder.replace(self._file, span, line.text, "imports follow what moved")
            emptied.remove(place)
            del self._touched[place]
        reason = "imports follow what moved"
        whole = [one for one in emptied if whole_lines(self._file, one) is not None]
        for span in removals(self._file, whole):
            self._builder.replace(self._file, span, "", reason)
        for statement, touched in self._touched.items():
            if statement not in whole:
                self._rewrite(statement, touched)

    # One statement

    def _rewrite(self, statement: ast.Import | ast.ImportFrom, touched: _Touched) -> None:
        gone = [one.alias for one in touched.removed]
        kept = [alias for alias in statement.names if alias not in gone]
        reason = "imports follow what moved"
        if kept:
            for span in _alias_spans(self._file, statement, gone):
                self._builder.replace(self._file, span, "", reason)
            if touched.added:
                self._after(statement, touched.added, reason)
            return
        if touched.added:
            first, *others = sorted(touched.added)
            text = first.text()
            indent = self._indent(statement)
            text += "".join(f"\n{indent}{one.text()}" for one in others)
            self._builder.replace(self._file, own_span(self._file, statement), text, reason)
            return
        self._drop(statement, reason)

    def _drop(self, statement: ast.stmt, reason: str) -> None:
        block = body_of(self._file, statement)
        touched = {one for one, changes in self._touched.items() if self._is_emptied(one, changes)}
        # A block that loses all its statements keeps one.
        is_emptied = block is not self._file.tree.body and all(one in touched for one in block)
        span = removal(self._file, statement)
        if span is None or (is_emptied and statement is block[0]):
            self._builder.replace(self._file, own_span(self._file, statement), "pass", reason)
        else:
            self._builder.replace(self._file, span, "", reason)

    def _is_emptied(self, statement: ast.Import | ast.ImportFrom, touched: _Touched) -> bool:
        return len(touched.removed) == len(statement.names) and not touched.added

    def _after(self, statement: ast.stmt, added: list[NewImport], reason: str) -> None:
        end = _line_end(self._file, statement)
        indent = self._indent(statement)
        text = "".join(f"\n{indent}{one.text()}" for one in sorted(added))
        self._builder.replace(self._file, Span(end, end), text, reason)

    def _indent(self, statement: ast.stmt) -> str:
        return " " * statement.col_offset

    # New statements

    def _not_joined(self) -> list[NewImport]:
        """Add names to statements that import from the same module; return the others."""
        joined: dict[ast.ImportFrom, list[NewImport]] = {}
        left = []
        for new in sorted(self._added):
            statement = self._like(new)
            if statement is None:
                left.append(new)
            else:
                joined.setdefault(statement, []).append(new)
        for statement, news in joined.items():
            left += self._extended(statement, news)
        return sorted(left)

    def _like(self, new: NewImport) -> ast.ImportFrom | None:
        """Return the statement at the top of the file that imports from the same module."""
        for statement in self._file.tree.body if new.name is not None else ():
            if not isinstance(statement, ast.ImportFrom) or statement in self._touched:
                continue
            module = "." * statement.level + (statement.module or "")
            if module == new.module and statement.names[0].name != "*":
                return statement
        return None

    def _extended(self, statement: ast.ImportFrom, news: list[NewImport]) -> list[NewImport]:
        """Add names to a statement; return them where its layout can not be kept."""
        span = self._file.span(statement)
        text = self._file.text(span)
        names = [_renamed(str(new.name), new.alias) for new in news]
        reason = f"import of {', '.join(str(new.name) for new in news)}"
        is_wrapped = text.rstrip().endswith(")")
        length = statement.col_offset + len(text) + sum(len(name) + 2 for name in names)
        if not is_wrapped and length > _LINE_LENGTH_MAX:
            if "\\" in text or "#" in text:
                return news
            known = [_renamed(one.name, one.asname) for one in statement.names]
            unit = self._file.source.indent_unit
            inside = "".join(f"{unit}{one},\n" for one in sorted([*known, *names]))
            text = f"from {news[0].module} import (\n{inside})"
            self._builder.replace(self._file, span, text, reason)
            return []
        separator = self._separator(statement)
        for new, name in zip(news, names, strict=True):
            place = next((a for a in statement.names if a.name > str(new.name)), None)
            if place is not None:
                start, text = self._file.span(place).start_byte, f"{name}{separator}"
            else:
                last = statement.names[-1]
                start, text = self._file.span(last).end_byte, f"{separator}{name}"
            self._builder.replace(self._file, Span(start, start), text, reason)
        return []

    def _separator(self, statement: ast.ImportFrom) -> str:
        """Return what stands between two names of a statement."""
        lines = {alias.lineno for alias in statement.names}
        if len(lines) == len(statement.names) and (
            len(lines) > 1 or statement.names[0].lineno != statement.lineno
        ):
            return ",\n" + " " * statement.names[0].col_offset
        return ", "

    def _insert(self, new: "_Line", *, besides: list[ast.Import | ast.ImportFrom]) -> None:
        reason = f"import of {new.first.name or new.first.module}"
        imports = [one for one in self._at_top() if one not in besides]
        if not imports:
            self._first(new, reason)
            return
        group = _group(new.first.module)
        if all(_group(_module_of(one)) != group for one in imports):
            self._insert_group(new, imports, reason)
            return
        alike = [
            one
            for one in imports
            if _resemblance(one, new.first)
            == max(_resemblance(other, new.first) for other in imports)
        ]
        after = [one for one in alike if _sort_key(one) < _new_sort_key(new.first)]
        if after:
            end = _line_end(self._file, after[-1])
            self._builder.replace(self._file, Span(end, end), f"\n{new.text}", reason)
        else:
            start = own_span(self._file, alike[0]).start_byte
            self._builder.replace(self._file, Span(start, start), f"{new.text}\n", reason)

    def _at_top(self) -> list[ast.Import | ast.ImportFrom]:
        return [
            one
            for one in self._file.tree.body
            if isinstance(one, ast.Import | ast.ImportFrom) and not _is_future(one)
        ]

    def _insert_group(
        self, new: "_Line", imports: list[ast.Import | ast.ImportFrom], reason: str
    ) -> None:
        """Put an import where there is none of its kind: a blank line away from others."""
        group = _group(new.first.module)
        before = [one for one in imports if _group(_module_of(one)) < group]
        if before:
            end = _line_end(self._file, before[-1])
            self._builder.replace(self._file, Span(end, end), f"\n\n{new.text}", reason)
        else:
            start = own_span(self._file, imports[0]).start_byte
            self._builder.replace(self._file, Span(start, start), f"{new.text}\n\n", reason)

    def _first(self, new: "_Line", reason: str) -> None:
        """Put an import into a file without any: after docstring and `__future__`."""
        file = self._file
        head = [
            one
            for one in file.tree.body
            if _is_future(one)
            or (one is file.tree.body[0] and isinstance(one, ast.Expr) and _is_text(one.value))
        ]
        if head:
            end = _line_end(file, head[-1])
            # Code right below a docstring is no neighbour of an import.
            gap = "\n" if _NO_GAP.match(file.source.data, end) else ""
            self._builder.replace(file, Span(end, end), f"\n\n{new.text}{gap}", reason)
            return
        start = own_span(file, file.tree.body[0]).start_byte if file.tree.body else 0
        start = file.byte_map.line_start(file.line(start)) if file.tree.body else start
        # A definition stands two lines away from what is before it.
        is_defining = isinstance(file.tree.body[0], _DEFINING) if file.tree.body else False
        gap = "\n\n\n" if is_defining else "\n\n"
        self._builder.replace(file, Span(start, start), f"{new.text}{gap}", reason)


@dataclass(frozen=True, slots=True)
class _Line:
    """A new statement."""

    first: NewImport
    """Where it sorts."""
    text: str

    def is_like(self, statement: ast.Import | ast.ImportFrom) -> bool:
        """Tell whether it is written like a statement."""
        return isinstance(statement, ast.Import if self.first.name is None else ast.ImportFrom)

    def is_same_group(self, statement: ast.Import | ast.ImportFrom) -> bool:
        """Tell whether it sorts into the group of a statement."""
        return _group(_module_of(statement)) == _group(self.first.module)

    def is_near(self, statement: ast.Import | ast.ImportFrom) -> bool:
        """Tell whether it stands where a statement does: relative ones stand apart."""
        return _module_of(statement).startswith(".") == self.first.module.startswith(".")


def written_imports(imports: Iterable[NewImport]) -> str:
    """Return imports as the head of a new file: grouped, sorted, one line for each module."""
    lines = _lines(sorted(set(imports)))
    lines.sort(key=lambda one: (_group(one.first.module), _new_sort_key(one.first)))
    groups = groupby(lines, key=lambda one: _group(one.first.module))
    return "\n".join("".join(f"{one.text}\n" for one in group) for _, group in groups)


def _lines(added: list[NewImport]) -> list[_Line]:
    """Return the statements for sorted new imports: one for each module."""
    found: dict[tuple[str, bool], list[NewImport]] = {}
    for new in added:
        is_whole = new.name is None
        found.setdefault((new.text() if is_whole else new.module, is_whole), []).append(new)
    lines = []
    for news in found.values():
        text = news[0].text()
        if len(news) > 1:
            names = [_renamed(str(new.name), new.alias) for new in news]
            text = f"from {news[0].module} import {', '.join(names)}"
            if len(text) > _LINE_LENGTH_MAX:
                inside = "".join(f"    {name},\n" for name in names)
                text = f"from {news[0].module} import (\n{inside})"
        lines.append(_Line(news[0], text))
    return lines


def _line_end(file: PythonFile, statement: ast.stmt) -> int:
    """Return the end of the last line of a statement, behind a comment there.

    Where another statement shares the line: of the statement alone.
    """
    lines = whole_lines(file, statement)
    if lines is None:
        return own_span(file, statement).end_byte
    written = file.source.data[lines.start_byte : lines.end_byte]
    return lines.start_byte + len(written.rstrip(b"\r\n"))


def _alias_spans(
    file: PythonFile, statement: ast.Import | ast.ImportFrom, gone: list[ast.alias]
) -> list[Span]:
    """Return what to delete so that some names, not all, leave a statement."""
    names = statement.names
    last_kept = max(i for i, alias in enumerate(names) if alias not in gone)
    spans = [
        Span(file.span(alias).start_byte, file.span(names[i + 1]).start_byte)
        for i, alias in enumerate(names[:last_kept])
        if alias in gone
    ]
    if last_kept < len(names) - 1:
        spans.append(Span(file.span(names[last_kept]).end_byte, file.span(names[-1]).end_byte))
    return spans


def _renamed(name: str, alias: str | None) -> str:
    return f"{name} as {alias}" if alias else name


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _module_of(node: ast.Import | ast.ImportFrom) -> str:
    if isinstance(node, ast.Import):
        return node.names[0].name
    return "." * node.level + (node.module or "")


def _resemblance(node: ast.Import | ast.ImportFrom, new: NewImport) -> tuple[bool, int]:
    """Rank an import by how alike it is to a new one: its kind, shared packages."""
    module = _module_of(node)
    if _group(module) == _group(new.module) == 0:
        # Of the standard library most files have first all `import`, then all `from`.
        return True, int(isinstance(node, ast.ImportFrom) == (new.name is not None))
    shared = 0
    for mine, theirs in zip(module.split("."), new.module.split("."), strict=False):
        if mine != theirs:
            break
        shared += 1
    return _group(module) == _group(new.module), shared


def _group(module: str) -> int:
    """Return where a kind of import comes: standard library, other packages, relative."""
    if module.startswith("."):
        return 2
    return 0 if module.partition(".")[0] in sys.stdlib_module_names else 1


def _sort_key(node: ast.Import | ast.ImportFrom) -> tuple[bool, str]:
    return isinstance(node, ast.ImportFrom), _module_of(node)


def _new_sort_key(new: NewImport) -> tuple[bool, str]:
    return new.name is not None, new.module


def is_for_checkers(file: PythonFile, imported: Import) -> bool:
    """Tell whether an import is under `if TYPE_CHECKING`."""
    for statement in file.tree.body:
        match statement:
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                if any(one is imported.statement for one in ast.walk(statement)):
                    return True
    return False
