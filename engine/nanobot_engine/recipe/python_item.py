"""The functions of a Python file as items: their keys, their syntax trees, their text."""

import ast
import functools
from collections.abc import Mapping
from dataclasses import dataclass

from nanobot_engine.edit import PythonDefinition, SourceFile, parse_source
from nanobot_engine.edit.python_span import DefinitionNode
from nanobot_engine.edit.python_syntax import python_tree
from nanobot_engine.edit.rewrite_gates import keyed_nodes
from nanobot_engine.edit.source import NEWLINE


@dataclass(frozen=True, slots=True)
class PythonItem:
    """One definition of a file."""

    key: str
    """`path::qualified name`, with `#2` and so on for one that is defined again."""
    definition: PythonDefinition
    node: DefinitionNode

    @property
    def name(self) -> str:
        """The key without the path, as gates take it."""
        return self.key.partition("::")[2]

    @property
    def start_byte(self) -> int:
        """Where the definition starts, behind its indentation: at a decorator, if any."""
        return self.definition.start_byte

    @property
    def line_count(self) -> int:
        """How many lines it has, decorators included."""
        first = min([self.node.lineno, *(one.lineno for one in self.node.decorator_list)])
        return (self.node.end_lineno or first) - first + 1

    def code(self, source: SourceFile) -> str:
        """Return its text without the indentation around it."""
        return _dedented(self.definition.own_source, self.definition.indent, source)


@functools.lru_cache(maxsize=16)
def items_by_key(source: SourceFile) -> Mapping[str, PythonItem]:
    """Return the definitions of a file by key, a parent before its children.

    Raises:
        SourceSyntaxError: The file does not parse.
    """
    module = parse_source(source)
    nodes = keyed_nodes(python_tree(source))
    # Both walk the tree in the same order.
    pairs = zip(module.definitions, nodes, strict=True)
    found = (PythonItem(f"{source.path}::{name}", one, node) for one, (name, node) in pairs)
    return {item.key: item for item in found}


def is_nested(item: PythonItem) -> bool:
    """Tell whether a definition is inside of a function."""
    return "<locals>" in item.definition.qualified_name


def is_function(item: PythonItem) -> bool:
    """Tell whether it is a function or method, and no class."""
    return not isinstance(item.node, ast.ClassDef)


def _dedented(code: bytes, indent: bytes, source: SourceFile) -> str:
    r"""Return a definition as the model reads it.

    Args:
        code: From the first byte of the definition, behind its indentation.
        indent: What stands before it on its line.
        source: Its file.

    Returns:
        With `\n` as line end, and without the indentation where lines begin with it.
    """
    lines = NEWLINE.sub(b"\n", code).decode(source.encoding, errors="replace").split("\n")
    prefix = indent.decode(source.encoding, errors="replace")
    return "\n".join(line.removeprefix(prefix) for line in lines)
