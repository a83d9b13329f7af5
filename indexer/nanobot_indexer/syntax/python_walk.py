"""The definitions and imports of Python sources, by a walk over statements.

A query visits every node of a tree; a walk that enters only statements which hold
a definition or an import costs next to nothing beside the parser. Whether a
statement holds one is seen in its text: without `def`, `class` or `import` in it
there is none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import tree_sitter

from nanobot_indexer.syntax.definition import DefinitionKind
from nanobot_indexer.syntax.imports import python_imports
from nanobot_indexer.syntax.rows import DEPTH_MAX, NAME_SIZE_BYTES_MAX, NO_PARENT, SyntaxRows

# A tab or a form feed may stand there too. (So may a backslash that ends the line: a
# definition in a function that is written so is not found.)
_KEYWORDS: Final = (b"def", b"class", b"import", b"type")
_ODD_SPACES: Final = (b"\t", b"\f")
# A type alias has no keyword of its own: elsewhere `type` is a common word.
_TYPE_STATEMENT: Final = re.compile(rb"type \w+[ \t]*[=\[]")

# `f` and `b` strings are no documentation.
_DOCSTRING: Final = re.compile(rb"[rRuU]?['\"]")

_CHOICE_NAMES: Final = (
    "if_statement",
    "elif_clause",
    "else_clause",
    "try_statement",
    "except_clause",
    "finally_clause",
    "block",
)
"""At the top of a file they choose between variables: `try: import x; HAS_X = True`."""
_COMPOUND_NAMES: Final = (
    *_CHOICE_NAMES,
    "for_statement",
    "while_statement",
    "except_group_clause",
    "with_statement",
    "match_statement",
    "case_clause",
)
_IMPORT_NAMES: Final = ("import_statement", "import_from_statement", "future_import_statement")

_NO_RANGE: Final = (0, 0)


class PythonWalk:
    """Walks trees of the Python grammar."""

    def __init__(self, grammar: tree_sitter.Language) -> None:
        def ids(*names: str) -> frozenset[int]:
            # A grammar of another version may lack one.
            found = (grammar.id_for_node_kind(name, True) for name in names)  # noqa: FBT003 - tree-sitter takes no keyword.
            return frozenset(one for one in found if one is not None)

        def field(name: str) -> int:
            number = grammar.field_id_for_name(name)
            assert number is not None, name
            return number

        self._classes = ids("class_definition")
        self._decorated = ids("decorated_definition")
        self._definitions = ids("function_definition") | self._classes | self._decorated
        self._imports = ids(*_IMPORT_NAMES)
        self._compounds = ids(*_COMPOUND_NAMES, "ERROR")
        self._choices = ids(*_CHOICE_NAMES)
        self._expressions = ids("expression_statement")
        self._assignments = ids("assignment")
        self._identifiers = ids("identifier")
        self._strings = ids("string", "concatenated_string")
        self._aliases = ids("type_alias_statement")
        self._name = field("name")
        self._body = field("body")
        self._parameters = field("parameters")
        self._return_type = field("return_type")
        self._superclasses = field("superclasses")
        self._type_parameters = field("type_parameters")
        self._definition = field("definition")
        self._left = field("left")

    def add_to(self, rows: SyntaxRows, root: tree_sitter.Node, text: bytes) -> None:
        """Append what the tree of `text` defines and imports."""
        source = _Source(rows, text, root.has_error, _has_odd_keyword(text))
        stack = [_Frame(iter(root.named_children), NO_PARENT, 0, is_class=False, is_top=True)]
        while stack:
            frame = stack[-1]
            inner: _Frame | None = None
            for node in frame.nodes:
                number = node.kind_id
                if number in self._definitions:
                    inner = self._definition_frame(source, node, frame)
                elif number in self._compounds or (source.has_errors and node.has_error):
                    is_top = frame.is_top and number in self._choices
                    if is_top or source.may_hold_more(node):
                        inner = frame.with_nodes(node, is_top=is_top)
                elif number in self._imports:
                    self._add_import(source, node)
                elif frame.is_top and number in self._expressions:
                    self._add_variable(source, node)
                elif number in self._aliases:
                    self._add_alias(source, node, frame.parent)
                if inner is not None:
                    stack.append(inner)
                    break
            else:
                stack.pop()

    def _definition_frame(
        self, source: "_Source", outer: tree_sitter.Node, frame: "_Frame"
    ) -> "_Frame | None":
        """Append a function or class; return its body when there is more inside.

        Args:
            source: Where to.
            outer: The definition with its decorators.
            frame: The statements it is one of.
        """
        node: tree_sitter.Node | None = outer
        if outer.kind_id in self._decorated:
            node = outer.child_by_field_id(self._definition)
        if frame.depth == DEPTH_MAX:
            return None
        if node is None:
            return frame.with_nodes(outer)
        is_class = node.kind_id in self._classes
        if is_class:
            kind = DefinitionKind.CLASS
        else:
            kind = DefinitionKind.METHOD if frame.is_class else DefinitionKind.FUNCTION
        name = node.child_by_field_id(self._name)
        if name is None:
            return frame.with_nodes(node) if node.has_error else None
        # Where the source is broken, a header may be all that was recognised.
        body = node.child_by_field_id(self._body) or node
        name_range = (name.start_byte, name.end_byte)
        if not _is_name(source.text, *name_range):
            return None
        last = node.child_by_field_id(self._superclasses if is_class else self._return_type)
        last = last or node.child_by_field_id(
            self._type_parameters if is_class else self._parameters
        )
        index = source.rows.add_definition(
            kind,
            frame.parent,
            (outer.start_byte, outer.end_byte),
            name=name_range,
            signature=(node.start_byte, name_range[1] if last is None else last.end_byte),
            docstring=self._docstring(body, source.text),
        )
        # In broken source, what could not be parsed stands beside the body.
        inside = node if source.has_errors and node.has_error else body
        if source.may_hold_more(inside):
            return _Frame(iter(inside.named_children), index, frame.depth + 1, is_class=is_class)
        return None

    def _docstring(self, body: tree_sitter.Node, text: bytes) -> tuple[int, int]:
        if _DOCSTRING.match(text, body.start_byte) is None:
            return _NO_RANGE
        statement = body.named_child(0)
        if statement is None or statement.kind_id not in self._expressions:
            return _NO_RANGE
        string = statement.named_child(0)
        if string is None or string.kind_id not in self._strings:
            return _NO_RANGE
        return string.start_byte, string.end_byte

    def _add_variable(self, source: "_Source", statement: tree_sitter.Node) -> None:
        text = source.text
        node = statement.named_child(0)
        if node is None or node.kind_id not in self._assignments:
            return
        name = node.child_by_field_id(self._left)
        if name is None or name.kind_id not in self._identifiers:
            return
        name_range = (name.start_byte, name.end_byte)
        if not _is_name(text, *name_range):
            return
        is_upper = text[slice(*name_range)].decode().isupper()
        kind = DefinitionKind.CONSTANT if is_upper else DefinitionKind.VARIABLE
        own = (node.start_byte, node.end_byte)
        source.rows.add_definition(
            kind,
            NO_PARENT,
            own,
            name=name_range,
            signature=_first_line(text, *own),
            docstring=_NO_RANGE,
        )

    def _add_alias(self, source: "_Source", node: tree_sitter.Node, parent: int) -> None:
        name = node.child_by_field_id(self._left)
        while name is not None and name.kind_id not in self._identifiers:
            name = name.named_child(0)  # Of `type A[T] = …` the first identifier.
        if name is None or not _is_name(source.text, name.start_byte, name.end_byte):
            return
        own = (node.start_byte, node.end_byte)
        source.rows.add_definition(
            DefinitionKind.TYPE,
            parent,
            own,
            name=(name.start_byte, name.end_byte),
            signature=_first_line(source.text, *own),
            docstring=_NO_RANGE,
        )

    def _add_import(self, source: "_Source", node: tree_sitter.Node) -> None:
        start, end = node.start_byte, node.end_byte
        statement = source.text[start:end].decode("utf-8", "replace")
        source.rows.add_imports(start, end, python_imports(statement))


@dataclass(frozen=True, slots=True)
class _Source:
    """One text and what is known of it."""

    rows: SyntaxRows
    text: bytes
    has_errors: bool
    walks_all: bool
    """The words of a statement do not say whether something is defined in it."""

    def may_hold_more(self, node: tree_sitter.Node) -> bool:
        """Return whether a definition or an import may be inside of a node."""
        start, end = node.start_byte, node.end_byte
        return (
            self.walks_all
            or self.text.find(b"def ", start, end) >= 0
            or self.text.find(b"import", start, end) >= 0
            or self.text.find(b"class ", start, end) >= 0
        )


@dataclass(slots=True)
class _Frame:
    """Statements that are being walked."""

    nodes: Iterator[tree_sitter.Node]
    parent: int
    """The definition around them."""
    depth: int
    """How many definitions are around them."""
    is_class: bool
    """Whether the innermost of these is a class."""
    is_top: bool = False
    """Whether what is assigned here is a variable of the module."""

    def with_nodes(self, node: tree_sitter.Node, *, is_top: bool = False) -> "_Frame":
        """Return the statements inside of one of these."""
        return _Frame(iter(node.named_children), self.parent, self.depth, self.is_class, is_top)


def _has_odd_keyword(text: bytes) -> bool:
    """Return whether all statements must be walked, whatever words they hold."""
    for space in _ODD_SPACES:
        if space in text and any(keyword + space in text for keyword in _KEYWORDS):
            return True
    position = text.find(b"type ")
    while position >= 0:
        line = text.rfind(b"\n", 0, position) + 1
        if not text[line:position].strip() and _TYPE_STATEMENT.match(text, position):
            return True
        position = text.find(b"type ", position + 1)
    return False


def _is_name(text: bytes, start: int, end: int) -> bool:
    name = text[start:end]
    if not 0 < len(name) <= NAME_SIZE_BYTES_MAX:
        return False
    if name.isascii():
        return True
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def _first_line(text: bytes, start: int, end: int) -> tuple[int, int]:
    line_end = text.find(b"\n", start, end)
    return start, end if line_end < 0 else start + len(text[start:line_end].rstrip())
