"""Which file of Go sees which name of which package."""

import re
from typing import Final

from nanobot_engine.language.binding import Act, CodeFile
from nanobot_engine.language.code_files import CodeFiles
from nanobot_engine.language.members import MemberLinks
from nanobot_engine.language.reference import CodeSymbol, Found
from nanobot_indexer.syntax.tree import SyntaxNode

_MODULE: Final = re.compile(rb"^module\s+\"?([^\s\"]+)", re.MULTILINE)


class PackageLinks:
    """Finds who refers to a name of a package."""

    def __init__(self, files: CodeFiles) -> None:
        self._files = files
        self._modules = {
            path.rpartition("/")[0]: match[1].decode(errors="replace")
            for path, data in files.data_by_path.items()
            if path.rpartition("/")[2] == "go.mod" and (match := _MODULE.search(data))
        }

    def add_references(self, symbol: CodeSymbol, found: Found) -> None:
        """Add every place in all files that means the symbol."""
        name = symbol.name
        own = _package(symbol.file)
        import_path = self._import_path(symbol.file)
        owners: set[str] = set()
        for file in self._files.files_with(name):
            is_own = _package(file) == own
            for one in file.names(name).occurrences:
                leaf, binding = one.leaf, one.binding
                is_free = one.role.act is Act.USES and binding is None
                is_top = binding is not None and file.is_top(binding) and not binding.is_import
                if is_own and (is_free or is_top):
                    found.add(file, leaf, "use in the package" if is_free else "definition")
                    owners |= _embedding(file, leaf)
                elif one.role.act is Act.MEMBER and not is_own:
                    if self._package_of(file, one.role.receiver) == import_path:
                        found.add(file, leaf, "use of another package's name")
                        owners |= _embedding(file, leaf)
                elif is_free and "." in self._imports(file).get(import_path, ()):
                    found.add(file, leaf, "use of a name that an import brought")
        if owners:
            MemberLinks(self._files, symbol, frozenset(owners)).add_references(found)

    def taken(self, symbol: CodeSymbol, new_name: str) -> str:
        """Say why a name is not free in the package; empty when it is."""
        own = _package(symbol.file)
        for file in self._files.files_with(new_name):
            if _package(file) == own and any(map(file.is_top, file.names(new_name).bindings)):
                return f"{file.path} declares it already"
        for path in self._files.paths:
            if path.rpartition("/")[0] != own[0]:
                continue
            file_of = self._files.file(path)
            names = {n for all_ in self._imports(file_of).values() for n in all_} if file_of else ()
            if new_name in names:
                return f"{path} imports a package of that name"
        is_hidden = symbol.name[:1].isupper() and not new_name[:1].isupper()
        if is_hidden and self._is_used_outside(symbol):
            return "would be hidden from other packages that use it"
        return ""

    def _is_used_outside(self, symbol: CodeSymbol) -> bool:
        found = Found()
        self.add_references(symbol, found)
        own = _package(symbol.file)
        return any(_package(one.file) != own for one in found.references.values())

    def _import_path(self, file: CodeFile) -> str:
        """Return the path under which others import the package of a file."""
        folder = file.path.rpartition("/")[0]
        around = folder
        while True:
            module = self._modules.get(around)
            if module is not None:
                rest = folder[len(around) :].strip("/")
                return f"{module}/{rest}" if rest else module
            if not around:
                return f"/{folder}"
            around = around.rpartition("/")[0]

    def _package_of(self, file: CodeFile, receiver: SyntaxNode | None) -> str | None:
        """Return the import path that stands before a dot; None for a value."""
        if receiver is None or receiver.type not in {"identifier", "package_identifier"}:
            return None
        binding = file.binding_of(receiver)
        if binding is not None and not binding.is_import:
            return None
        name = file.text(receiver)
        return next((path for path, names in self._imports(file).items() if name in names), None)

    def _imports(self, file: CodeFile) -> dict[str, set[str]]:
        """Return the names that a file gives to packages, by import path."""
        found: dict[str, set[str]] = {}
        for top in file.tree.root.children:
            if top.type != "import_declaration":
                continue
            inner = top.child_of_type("import_spec_list")
            for spec in (inner or top).children:
                path_node = spec.child("path") if spec.type == "import_spec" else None
                if path_node is not None:
                    path = file.text(path_node).strip('"`')
                    alias = spec.child("name")
                    names = {file.text(alias)} if alias is not None else self._own_names(path)
                    found.setdefault(path, set()).update(names)
        return found

    def _own_names(self, path: str) -> set[str]:
        """Return what a package may call itself."""
        for folder, module in self._modules.items():
            if path == module or path.startswith(f"{module}/"):
                inside = "/".join(filter(None, (folder, path[len(module) + 1 :])))
                for other in self._files.paths:
                    is_there = other.rpartition("/")[0] == inside
                    if is_there and not other.endswith("_test.go"):
                        file = self._files.file(other)
                        if file is not None:
                            return {_package(file)[1]}
        parts = [part for part in path.split("/") if not re.fullmatch(r"v\d+", part)]
        last = parts[-1] if parts else path
        return {last, last.removeprefix("go-"), last.partition(".")[0]}


def _package(file: CodeFile) -> tuple[str, str]:
    """Return the folder and the name of the package of a file."""
    clause = file.tree.root.child_of_type("package_clause")
    name = clause.child_of_type("package_identifier") if clause is not None else None
    return file.path.rpartition("/")[0], file.text(name) if name is not None else ""


def _embedding(file: CodeFile, leaf: SyntaxNode) -> set[str]:
    """Return the name of the struct that embeds the type that a leaf names."""
    node: SyntaxNode | None = leaf
    while node is not None and node.type != "field_declaration":
        if node.type not in {"type_identifier", "qualified_type", "pointer_type", "generic_type"}:
            return set()
        node = node.parent
    if node is None or node.child("name") is not None:
        return set()
    spec = node.above("type_spec")
    name = spec.child("name") if spec is not None else None
    return {file.text(name)} if name is not None else set()
