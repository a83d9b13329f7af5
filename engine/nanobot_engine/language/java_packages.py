"""Which file of Java sees which type of which package."""

from nanobot_engine.language.binding import Act, CodeFile, Occurrence
from nanobot_engine.language.code_files import CodeFiles
from nanobot_engine.language.java import TYPES
from nanobot_engine.language.reference import CodeSymbol, Found
from nanobot_indexer.syntax.tree import SyntaxNode


class TypeLinks:
    """Finds who refers to a type at the top of a file."""

    def __init__(self, files: CodeFiles) -> None:
        self._files = files

    def add_references(self, symbol: CodeSymbol, found: Found) -> None:
        """Add every place in all files that means the type, and where its file goes."""
        package = _package(symbol.file)
        full = f"{package}.{symbol.name}" if package else symbol.name
        for file in self._files.files_with(symbol.name):
            sees = _package(file) == package or self._imports(file, full)
            for one in file.names(symbol.name).occurrences:
                if one.role.act is Act.MEMBER and _dotted(file, one.leaf) == full:
                    found.add(file, one.leaf, "import or full name of the type")
                elif sees and _is_free_type(one):
                    found.add(file, one.leaf, "use of another file's type")
        folder, _, base = symbol.file.path.rpartition("/")
        if base == f"{symbol.name}.java":
            found.file_of_name = (folder, ".java")

    def taken(self, symbol: CodeSymbol, new_name: str) -> str:
        """Say who has a name already in the package or where the type is used."""
        package = _package(symbol.file)
        for file in self._files.files_with(new_name):
            is_own = _package(file) == package
            for one in file.names(new_name).bindings:
                if is_own and one.space == TYPES and file.is_top(one):
                    return f"{file.path} declares it already"
        found = Found()
        self.add_references(symbol, found)
        users = {one.file for one in found.references.values()}
        for file in users:
            if any(_is_free_type(one) for one in file.names(new_name).occurrences):
                return f"{file.path} uses a type of that name already"
        return ""

    def _imports(self, file: CodeFile, full: str) -> bool:
        package = full.rpartition(".")[0]
        for node in file.tree.root.children:
            if node.type != "import_declaration" or node.has_token("static"):
                continue
            path = node.child_of_type("scoped_identifier", "identifier")
            written = file.text(path).replace(" ", "") if path is not None else ""
            is_star = node.child_of_type("asterisk") is not None
            if written == full or (is_star and written == package):
                return True
        return False


def _is_free_type(one: Occurrence) -> bool:
    is_type = one.role.act is Act.USES and TYPES in one.role.spaces
    return is_type and one.binding is None


def _package(file: CodeFile) -> str:
    clause = file.tree.root.child_of_type("package_declaration")
    name = clause.child_of_type("scoped_identifier", "identifier") if clause is not None else None
    return file.text(name).replace(" ", "") if name is not None else ""


def _dotted(file: CodeFile, leaf: SyntaxNode) -> str:
    """Return the dotted name that ends at a leaf."""
    parent = leaf.parent
    assert parent is not None
    start = parent.start_byte
    return file.tree.text[start : leaf.end_byte].decode(errors="replace").replace(" ", "")
