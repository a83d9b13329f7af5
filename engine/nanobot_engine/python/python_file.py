"""One Python file with its tree, scopes and occurrences of names."""

import ast
from dataclasses import dataclass, field

from nanobot_engine.edit import SourceFile
from nanobot_engine.edit.byte_map import BOM, ByteMap
from nanobot_engine.edit.python_syntax import python_tree
from nanobot_engine.python.binder import Names, bind
from nanobot_engine.python.fstring import SourceText, place_strings
from nanobot_engine.python.scope import Span


@dataclass(frozen=True, eq=False)
class PythonFile:
    """A file that parses. Immutable by agreement: nobody changes its tree."""

    source: SourceFile
    tree: ast.Module = field(repr=False)
    byte_map: ByteMap = field(repr=False)
    names: Names = field(repr=False)

    @property
    def path(self) -> str:
        """Workspace-relative, `/`-separated."""
        return self.source.path

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg | ast.alias) -> Span:
        """Return the bytes of a node; of a definition without its decorators."""
        assert node.end_lineno is not None, "only trees from a parser come here"
        assert node.end_col_offset is not None, "see above"
        return Span(
            self.byte_map.offset(node.lineno, node.col_offset),
            self.byte_map.offset(node.end_lineno, node.end_col_offset),
        )

    def text(self, span: Span) -> str:
        """Return what stands in a byte range."""
        return self.source.data[span.start_byte : span.end_byte].decode(self.source.encoding)

    def line(self, offset: int) -> int:
        """Return the 1-based line of a byte offset."""
        return self.byte_map.line_at(offset)


def read_python(source: SourceFile) -> PythonFile:
    """Parse a file and find its names.

    Raises:
        SourceSyntaxError: Python can not parse it.
        SourceEncodingError: A position can not be known in its encoding.
    """
    tree = python_tree(source)
    text = source.data.decode(source.encoding).removeprefix(BOM)
    place_strings(tree, SourceText(text.replace("\r\n", "\n").replace("\r", "\n")))
    byte_map = ByteMap(source)
    return PythonFile(source, tree, byte_map, bind(tree, source, byte_map))
