"""Functions of one module become static methods of a new class; everybody follows."""

import ast
from collections.abc import Mapping, Sequence
from typing import Final

from nanobot_engine.python import PythonFile, Reference, ReferenceKind, Span, Symbol
from nanobot_engine.python.scope import Role
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.identifier import check_identifier
from nanobot_engine.refactor.imports.import_cleanup import Imports
from nanobot_engine.refactor.imports.import_edit import NewImport
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.source.indentation import reindented
from nanobot_engine.refactor.source.statement import own_span, removal, whole_lines

_FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class GroupIntoClass:
    """See the module docstring. Stateless: safe to share."""

    name: Final = "group into class"
    summary: Final = "Turn functions of a module into static methods of a new class"
    parameters: Final = (
        Parameter("functions", ParameterKind.SYMBOLS, "the functions, all of one module"),
        Parameter("class_name", ParameterKind.NAME, "the name of the new class"),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        class_name = arguments["class_name"]
        check_identifier(class_name)
        group = _Group(codebase, arguments["functions"].split("\n"), class_name)
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        imports = Imports(codebase, builder)
        new_texts: dict[Span, str] = {}
        for symbol in group.symbols:
            for reference in codebase.references.find(symbol).found:
                text = group.followed(imports, symbol, reference)
                if reference.file is group.file:
                    new_texts[reference.span] = text
                elif text:
                    builder.replace(reference.file, reference.span, text, "it is in a class now")
        group.write(builder, new_texts)
        imports.finish(())
        names = ", ".join(one.name for one in group.symbols)
        return builder.build(f"group {names} into class {class_name}")


class _Group:
    """The functions."""

    def __init__(self, codebase: Codebase, written: Sequence[str], class_name: str) -> None:
        self._codebase = codebase
        self._class_name = class_name
        self.symbols = [_symbol(codebase, one) for one in written if one.strip()]
        if not self.symbols:
            raise ArgumentError("name the functions")
        self.file: PythonFile = self.symbols[0].file
        if any(one.file is not self.file for one in self.symbols):
            raise ArgumentError("the functions are of several modules; move them to one first")
        self._nodes = sorted(map(_node, self.symbols), key=lambda node: node.lineno)
        self._names = {one.name for one in self.symbols}
        self._check_inside()
        self._check_order()

    def _check_inside(self) -> None:
        """Refuse what would mean something else inside of a class."""
        spans = [own_span(self.file, node) for node in self._nodes]
        headers = [self._header(node) for node in self._nodes]
        mentioned = [(o.name, o.span) for o in self.file.names.names]
        mentioned += [(a.name, a.span) for a in self.file.names.attributes]
        for name, span in mentioned:
            line = f"{self.file.path}:{self.file.line(span.start_byte)}"
            if _is_in(span, spans) and name.startswith("__") and not name.endswith("__"):
                raise UnsafeError(f"{line}: {name!r} would be private to the class")
            if name in self._names and any(_is_in(span, one) for one in headers):
                raise UnsafeError(f"{line}: {name!r} is needed before the class is there")

    def _header(self, node: _FunctionNode) -> list[Span]:
        """Return what runs when a function is defined."""
        arguments = node.args
        parts = [*node.decorator_list, *arguments.defaults, *filter(None, arguments.kw_defaults)]
        return [self.file.span(part) for part in parts]

    def _check_order(self) -> None:
        """Refuse functions whose definition needs what comes after the first of them."""
        first = own_span(self.file, self._nodes[0]).start_byte
        for node in self._nodes[1:]:
            for occurrence in self.file.names.names:
                if occurrence.role is not Role.LOAD or occurrence.scope.parent is not None:
                    continue
                if not _is_in(occurrence.span, self._header(node)):
                    continue
                sites = self.file.names.module.sites.get(occurrence.name, ())
                if any(site.span.start_byte > first for site in sites):
                    line = self.file.line(occurrence.span.start_byte)
                    raise UnsafeError(
                        f"{self.file.path}:{line}: needs {occurrence.name!r}, which is set after "
                        f"{self._nodes[0].name}; move it up first"
                    )

    # Uses

    def followed(self, imports: Imports, symbol: Symbol, reference: Reference) -> str:
        """Return what stands in the place of a reference; "" for what imports change."""
        file, kind = reference.file, reference.kind
        line = f"{file.path}:{reference.line}"
        bound = file.names.module.sites.get(self._class_name, ())
        if bound or any(o.name == self._class_name for o in file.names.names):
            raise UnsafeError(f"{file.path}: {self._class_name!r} means something else there")
        if kind is ReferenceKind.IMPORT:
            self._follow_import(imports, reference)
            return ""
        if kind is ReferenceKind.DEFINITION:
            return symbol.name
        if kind in {ReferenceKind.NAME, ReferenceKind.ATTRIBUTE}:
            return f"{self._class_name}.{symbol.name}"
        if kind is ReferenceKind.ALIAS:
            return ""
        raise UnsafeError(f"{line}: names {symbol.name} in a string; take it out first")

    def _follow_import(self, imports: Imports, reference: Reference) -> None:
        file = reference.file
        for imported, _ in file.names.imports:
            if imported.name_span != reference.span:
                continue
            if imported.as_span is not None:
                line = f"{file.path}:{reference.line}"
                raise UnsafeError(
                    f"{line}: imports {imported.name} as {imported.bound}; take the `as` out first"
                )
            editor = imports.of(file)
            editor.remove(imported)
            module = "." * imported.level + imported.module
            editor.add(NewImport(module, self._class_name), like=imported)

    # The definition

    def write(self, builder: ChangeBuilder, new_texts: Mapping[Span, str]) -> None:
        """Put the class in the place of the first function, and change all uses of the file."""
        unit = self.file.source.indent_unit
        text = f"class {self._class_name}:\n"
        moved = []
        for node in self._nodes:
            lines = whole_lines(self.file, node)
            if lines is None:
                raise UnsafeError(
                    f"{self.file.path}:{node.lineno}: shares its line; split it first"
                )
            moved.append(lines)
            own = own_span(self.file, node)
            head = self.file.text(Span(lines.start_byte, own.start_byte))
            body = self._new_text(own, new_texts)
            method = reindented(f"{head}@staticmethod\n{body}".replace("\r\n", "\n"), "", unit)
            text += method + ("\n" if node is self._nodes[-1] else "\n\n")
        first = moved[0]
        builder.replace(self.file, first, text, "the new class")
        for node in self._nodes[1:]:
            gone = removal(self.file, node)
            assert gone is not None, "it has lines of its own"
            builder.replace(self.file, gone, "", f"{node.name} is in the class")
        for span, new in new_texts.items():
            if new and not _is_in(span, moved):
                builder.replace(self.file, span, new, "it is in a class now")

    def _new_text(self, span: Span, new_texts: Mapping[Span, str]) -> str:
        text, position = "", span.start_byte
        for one in sorted(new_texts, key=lambda inner: inner.start_byte):
            if _is_in(one, [span]):
                text += self.file.text(Span(position, one.start_byte)) + new_texts[one]
                position = one.end_byte
        return text + self.file.text(Span(position, span.end_byte))


def _symbol(codebase: Codebase, written: str) -> Symbol:
    path, _, name = written.strip().partition("::")
    symbol = codebase.references.symbol(path, name)
    if symbol is None:
        raise ArgumentError(f"{written}: there is no such function; search for it")
    return codebase.references.origin(symbol)


def _node(symbol: Symbol) -> _FunctionNode:
    sites = symbol.scope.sites.get(symbol.name, ())
    node = sites[0].node if len(sites) == 1 else None
    if not isinstance(node, _FunctionNode) or node not in symbol.file.tree.body:
        raise ArgumentError(f"{symbol.qualified_name}: is no plain function of a module")
    return node


def _is_in(span: Span, outer: Sequence[Span]) -> bool:
    return any(one.start_byte <= span.start_byte and span.end_byte <= one.end_byte for one in outer)
