"""Which file of JavaScript or TypeScript takes which name from which other.

Modules of the language (`import`, `export`) and of CommonJS (`require`, `exports`),
followed through files that pass names on.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from nanobot_engine.language.binding import Act, CodeFile, Occurrence
from nanobot_engine.language.code_files import CodeFiles
from nanobot_engine.language.javascript_package import entries_by_package, stem_of
from nanobot_engine.language.reference import CodeSymbol, Form, Found
from nanobot_indexer.syntax.tree import SyntaxNode

_SUFFIXES: Final = (
    ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".d.ts", ".d.mts", ".d.cts",
)  # fmt: skip
_COMPILED: Final = {
    ".js": (".ts", ".tsx", ".d.ts"), ".mjs": (".mts", ".d.mts"), ".cjs": (".cts", ".d.cts"),
    ".jsx": (".tsx",),
}  # fmt: skip
_PASSED_ON: Final = re.compile(
    rb"(?:export\s*\*\s*from\s*|module\.exports\s*=\s*require\(\s*)[\"']([^\"'\n]+)[\"']"
)
_EXPORTS: Final = frozenset({"exports", "module.exports"})


class ModuleLinks:
    """Finds who refers to a name at the top of a file."""

    def __init__(self, files: CodeFiles) -> None:
        self._files = files

    def add_references(self, symbol: CodeSymbol, found: Found) -> None:
        """Add every place outside of the symbol's own scopes, and where it is exported."""
        giving = {
            path
            for name in self._exported(symbol, found)
            for path in self._follow(symbol.file.path, name, found)
        }
        self._tell_of_others(symbol, giving, found)

    def add_note(self, symbol: CodeSymbol, found: Found) -> None:
        """Tell who else may use a member: of what its file exports."""
        owner = symbol.qualified_name.partition(".")[0]
        own = [one for one in symbol.file.names(owner).bindings if symbol.file.is_top(one)]
        if own:
            asked = Found()
            self.add_references(CodeSymbol(symbol.file, owner, tuple(own)), asked)
            for _, _, text in asked.notes:
                found.note(symbol.file, symbol.bindings[0].declarations[0], text)

    def _tell_of_others(self, symbol: CodeSymbol, giving: set[str], found: Found) -> None:
        """Say that a package gives a name to code that is not in the workspace."""
        stems = {stem_of(path) for path in giving}
        for package, entries in entries_by_package(self._files).items():
            if entries & stems:
                text = f"{package} gives {symbol.name!r} to code outside of the workspace"
                found.note(symbol.file, symbol.bindings[0].declarations[0], text)

    def taken(self, symbol: CodeSymbol, new_name: str) -> str:  # noqa: ARG002 - the protocol's signature
        """Say nothing: a module has no names that binding its file does not show."""
        return ""

    def _exported(self, symbol: CodeSymbol, found: Found) -> set[str]:
        """Return the names under which other files know the symbol, if it is its own."""
        names = set()
        for binding in symbol.bindings:
            for leaf in binding.leaves:
                if _is_exported(leaf):
                    names.add(symbol.name)
                key = _key_of_export(symbol.file, leaf)
                if key is not None:
                    names.add(symbol.name)
                    found.add(symbol.file, key, "its name for other files")
        for leaf in exported_properties(symbol.file, symbol.name):
            if any(leaf in binding.leaves for binding in symbol.bindings):
                names.add(symbol.name)
        return names

    def _follow(self, path: str, name: str, found: Found) -> set[str]:
        """Add what takes a name from a file, and return the files that give it to others."""
        waiting, seen = [path], {path}
        while waiting:
            path = waiting.pop()
            for passing in self._passing_on(path):
                if passing not in seen:
                    seen.add(passing)
                    waiting.append(passing)
            for file in self._files.files_with(name):
                if file.path == path:
                    continue
                for occurrence in file.names(name).occurrences:
                    if self._source(file, occurrence) != path:
                        continue
                    if self._take(file, occurrence, found) and file.path not in seen:
                        seen.add(file.path)
                        waiting.append(file.path)
        return seen

    def _take(self, file: CodeFile, occurrence: Occurrence, found: Found) -> bool:
        """Add what one import refers to, and tell whether the file passes the name on."""
        leaf, binding = occurrence.leaf, occurrence.binding
        parent = leaf.parent
        assert parent is not None
        if binding is not None and occurrence.role.act is Act.DECLARES:
            for one in binding.leaves:
                is_shorthand = one is not leaf and one.type.startswith("shorthand")
                key = _key_of_export(file, one)
                form = Form.KEY_KEPT if is_shorthand and key is None else Form.PLAIN
                reason = "import" if one is leaf else "use of what is imported"
                found.add(file, one, reason, form=form, binding=binding)
                if key is not None:
                    found.add(file, key, "its name for other files", binding=binding)
            return any(
                _is_exported(one) or _key_of_export(file, one) is not None for one in binding.leaves
            )
        found.add(file, leaf, "use of another file's name")
        return parent.type == "export_specifier" and parent.child("alias") is None

    def _source(self, file: CodeFile, occurrence: Occurrence) -> str | None:
        """Return the path of the file from which an occurrence takes its name."""
        leaf, act = occurrence.leaf, occurrence.role.act
        parent = leaf.parent
        assert parent is not None
        if act in {Act.DECLARES, Act.IMPORTED}:
            statement = leaf.above("import_statement", "export_statement")
            is_named = parent.type in {"import_specifier", "export_specifier"}
            if is_named and statement is not None:
                return self._resolved(file, statement.child("source"))
        if act in {Act.DECLARES, Act.MEMBER, Act.USES} and _pattern_of(leaf) is not None:
            return self._module(file, _pattern_of(leaf))
        if act is Act.MEMBER:
            return self._module(file, occurrence.role.receiver)
        return None

    def _module(self, file: CodeFile, value: SyntaxNode | None) -> str | None:
        """Return the file that an expression stands for as a whole."""
        while value is not None and value.type in {"parenthesized_expression", "await_expression"}:
            value = next((one for one in value.children if one.is_named), None)
        if value is not None and value.type == "call_expression":
            function, arguments = value.child("function"), value.child("arguments")
            is_import = function is not None and file.text(function) in {"require", "import"}
            if is_import and arguments is not None:
                return self._resolved(file, arguments.child_of_type("string"))
        if value is None or value.type != "identifier":
            return None
        binding = file.binding_of(value)
        if binding is None or len(binding.declarations) != 1:
            return None
        return self._module_of_variable(file, binding.declarations[0])

    def _module_of_variable(self, file: CodeFile, declaration: SyntaxNode) -> str | None:
        parent = declaration.parent
        assert parent is not None
        if parent.type in {"namespace_import", "import_require_clause", "import_clause"}:
            statement = declaration.above("import_statement")
            source = statement.child("source") if statement is not None else None
            return self._resolved(file, source or parent.child("source"))
        made = parent.child("value") if parent.type == "variable_declarator" else None
        is_alias = made is not None and made.type == "identifier"
        # A variable that is given another one could be given itself.
        return None if declaration.field != "name" or is_alias else self._module(file, made)

    def _resolved(self, file: CodeFile, source: SyntaxNode | None) -> str | None:
        if source is None:
            return None
        return self.resolved(file.path, file.text(source).strip("'\"`"))

    def resolved(self, path: str, source: str) -> str | None:
        """Return the file of the workspace that an import names; None for others."""
        if source.startswith("."):
            stem = posixpath.normpath(posixpath.join(posixpath.dirname(path), source))
            return next((one for one in _candidates(stem) if one in self._files), None)
        # An alias of a folder (`@/views/list`): only where one file alone can be meant.
        first, _, rest = source.partition("/")
        if first not in {"@", "~", "#", "src"} or not rest:
            return None
        tails = {f"/{one}" for one in _candidates(rest)}
        fits = [one for one in self._files.paths if any(f"/{one}".endswith(t) for t in tails)]
        return fits[0] if len(fits) == 1 else None

    def _passing_on(self, path: str) -> Iterator[str]:
        """Yield the files that give everything of a file to others."""
        for other in self._files.paths:
            for source in _PASSED_ON.findall(self._files.data_by_path[other]):
                if self.resolved(other, source.decode(errors="replace")) == path:
                    yield other


def _candidates(stem: str) -> Iterator[str]:
    yield stem
    base, dot, suffix = stem.rpartition(".")
    for other in _COMPILED.get(f".{suffix}", ()) if dot else ():
        yield base + other
    yield from (stem + suffix for suffix in _SUFFIXES)
    yield from (posixpath.join(stem, f"index{suffix}") for suffix in _SUFFIXES)


def _is_exported(leaf: SyntaxNode) -> bool:
    """Tell whether a name at the top is exported under itself where it stands."""
    parent = leaf.parent
    if parent is None:
        return False
    if parent.type == "export_specifier":
        return leaf.field == "name" and parent.child("alias") is None
    if leaf.field != "name":
        return False
    statement = parent.parent
    while statement is not None and statement.type in {
        "lexical_declaration", "variable_declaration", "ambient_declaration",
    }:  # fmt: skip
        statement = statement.parent
    if parent.parent is None or statement is None or statement.type != "export_statement":
        return False
    return not statement.has_token("default")


def _key_of_export(file: CodeFile, leaf: SyntaxNode) -> SyntaxNode | None:
    """Return the name under which CommonJS exports a value, where it is the same name."""
    parent = leaf.parent
    if parent is None:
        return None
    if leaf.type == "shorthand_property_identifier":
        return leaf if _is_exports_object(file, parent) else None
    if parent.type == "pair" and leaf.field == "value":
        key = parent.child("key")
        is_same = key is not None and file.text(key) == file.text(leaf)
        is_exports = parent.parent is not None and _is_exports_object(file, parent.parent)
        return key if is_same and is_exports else None
    if parent.type == "assignment_expression" and leaf.field == "right":
        left = parent.child("left")
        if left is not None and left.type == "member_expression":
            key, target = left.child("property"), left.child("object")
            is_exports = target is not None and file.text(target) in _EXPORTS
            if is_exports and key is not None and file.text(key) == file.text(leaf):
                return key
    return None


def _is_exports_object(file: CodeFile, node: SyntaxNode) -> bool:
    parent = node.parent
    if node.type != "object" or parent is None or parent.type != "assignment_expression":
        return False
    left = parent.child("left")
    return left is not None and file.text(left) in _EXPORTS


def exported_properties(file: CodeFile, name: str) -> Iterator[SyntaxNode]:
    """Yield where `exports.name` stands."""
    for occurrence in file.names(name).occurrences:
        receiver = occurrence.role.receiver
        if receiver is not None and file.text(receiver) in _EXPORTS:
            yield occurrence.leaf


def _pattern_of(leaf: SyntaxNode) -> SyntaxNode | None:
    """Return the value that `const {leaf} = value` takes apart."""
    node = leaf
    parent = node.parent
    if parent is not None and parent.type == "pair_pattern":
        if leaf.field != "key":
            return None
        node, parent = parent, parent.parent
    if parent is not None and parent.type == "object_assignment_pattern":
        node, parent = parent, parent.parent
    if parent is None or parent.type != "object_pattern":
        return None
    declarator = parent.parent
    if declarator is None or declarator.type != "variable_declarator":
        return None
    return declarator.child("value")
