"""The definitions and imports of Python sources, by a walk over statements.

A query visits every node of a tree; a walk that enters only statements which hold
a definition or an import costs next to nothing beside the parser. Whether a
statement holds one is seen in its text: without `def`, `class` or `import` in it
there is none.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Final

import tree_sitter

from nanobot_indexer.syntax.definition import DefinitionKind
from nanobot_indexer.syntax.imports import python_imports
from nanobot_indexer.syntax.rows import (
    DEPTH_MAX,
    KIND_INDEX,
    NAME_SIZE_BYTES_MAX,
    NO_PARENT,
    SyntaxRows,
)

# A tab or a form feed may stand there too. (So may a backslash that ends the line: a
# definition in a function that is written so is not found.)
_KEYWORDS: Final = (b"def", b"class", b"import", b"type")
_ODD_SPACES: Final = (b"\t", b"\f")
# A type alias has no keyword of its own: elsewhere `type` is a common word.
_TYPE_STATEMENT: Final = re.compile(rb"type \w+[ \t]*[=\[]")

_SPACED_KEYWORDS: Final = (b"def ", b"class ", b"import")

# `f` and `b` strings are no documentation.
_DOCSTRING: Final = re.compile(rb"[rRuU]?['\"]")
_DOCSTRING_BEGINS: Final = frozenset((b"'", b'"', b"r", b"R", b"u", b"U"))

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
_CLASS_KIND: Final = KIND_INDEX[DefinitionKind.CLASS]
_METHOD_KIND: Final = KIND_INDEX[DefinitionKind.METHOD]
_FUNCTION_KIND: Final = KIND_INDEX[DefinitionKind.FUNCTION]


class _Role(IntEnum):
    """What a statement is to the walk."""

    CHOICE = 0
    COMPOUND = 1
    DECORATED = 2
    FUNCTION = 3
    CLASS = 4
    IMPORT = 5
    EXPRESSION = 6
    ALIAS = 7
    NONE = 8


_LAST_COMPOUND: Final = int(_Role.COMPOUND)
_LAST_DEFINITION: Final = int(_Role.CLASS)
_CHOICE: Final = int(_Role.CHOICE)
_DECORATED: Final = int(_Role.DECORATED)
_CLASS: Final = int(_Role.CLASS)
_IMPORT: Final = int(_Role.IMPORT)
_EXPRESSION: Final = int(_Role.EXPRESSION)
_NO_ROLE: Final = int(_Role.NONE)

_Frame = tuple[Iterator[tree_sitter.Node], int, int, bool, bool]
"""Statements that are being walked; the definition around them; how many definitions are
around them; whether the innermost of these is a class; whether what is assigned here is a
variable of the module."""


class PythonWalk:
    """Walks trees of the Python grammar.

    It visits thousands of statements per megabyte of source, so it asks nodes for as
    little as it can, and keeps what it knows in plain tuples.
    """

    def __init__(self, grammar: tree_sitter.Language) -> None:
        def ids(*names: str) -> frozenset[int]:
            # A grammar of another version may lack one.
            found = (grammar.id_for_node_kind(name, True) for name in names)  # noqa: FBT003 - tree-sitter takes no keyword.
            return frozenset(one for one in found if one is not None)

        def field(name: str) -> int:
            number = grammar.field_id_for_name(name)
            assert number is not None, name
            return number

        names_by_role = {
            _Role.COMPOUND: (*_COMPOUND_NAMES, "ERROR"),
            _Role.CHOICE: _CHOICE_NAMES,
            _Role.DECORATED: ("decorated_definition",),
            _Role.FUNCTION: ("function_definition",),
            _Role.CLASS: ("class_definition",),
            _Role.IMPORT: _IMPORT_NAMES,
            _Role.EXPRESSION: ("expression_statement",),
            _Role.ALIAS: ("type_alias_statement",),
        }
        self._role_by_kind: Final = {
            kind: int(role) for role, names in names_by_role.items() for kind in ids(*names)
        }
        self._classes = ids("class_definition")
        self._expressions = ids("expression_statement")
        self._assignments = ids("assignment")
        self._identifiers = ids("identifier")
        self._strings = ids("string", "concatenated_string")
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
        source = _Source(rows, text, has_errors=root.has_error)
        role_of = self._role_by_kind.get
        has_errors = source.has_errors
        stack: list[_Frame] = [(iter(root.named_children), NO_PARENT, 0, False, True)]
        while stack:
            frame = stack[-1]
            nodes, _, _, _, is_top = frame
            for node in nodes:
                role = role_of(node.kind_id, _NO_ROLE)
                if has_errors and not _DECORATED <= role <= _LAST_DEFINITION and node.has_error:
                    role = min(role, _LAST_COMPOUND)
                elif role == _NO_ROLE or (role == _EXPRESSION and not is_top):
                    continue
                if _DECORATED <= role <= _LAST_DEFINITION:
                    inner = self._definition_frame(source, node, role, frame)
                else:
                    inner = self._entered(source, node, role, frame)
                if inner is not None:
                    stack.append(inner)
                    break
            else:
                stack.pop()

    def _entered(
        self, source: "_Source", node: tree_sitter.Node, role: int, frame: _Frame
    ) -> _Frame | None:
        """Append what a statement says itself; return what is inside when that may say more."""
        if role <= _LAST_COMPOUND:
            _, parent, depth, is_class, is_top = frame
            is_top = is_top and role == _CHOICE
            if is_top or source.may_hold_more(node.start_byte, node.end_byte):
                return iter(node.named_children), parent, depth, is_class, is_top
        elif role == _IMPORT:
            self._add_import(source, node)
        elif role == _EXPRESSION:
            self._add_variable(source, node)
        else:
            self._add_alias(source, node, frame[1])
        return None

    def _definition_frame(
        self, source: "_Source", outer: tree_sitter.Node, role: int, frame: _Frame
    ) -> _Frame | None:
        """Append a function or class; return its body when there is more inside.

        Args:
            source: Where to.
            outer: The definition with its decorators.
            role: Of `outer`.
            frame: The statements it is one of.
        """
        _, parent, depth, is_method, _ = frame
        if depth == DEPTH_MAX:
            return None
        node = outer if role != _DECORATED else outer.child_by_field_id(self._definition) or outer
        name = node.child_by_field_id(self._name)
        if name is None:
            if node.has_error:
                return iter(node.named_children), parent, depth, is_method, False
            return None
        start, end = outer.start_byte, outer.end_byte
        name_start, name_end = name.start_byte, name.end_byte
        if not source.is_name(name_start, name_end):
            return None
        is_class = role == _CLASS or (role == _DECORATED and node.kind_id in self._classes)
        kind = _CLASS_KIND if is_class else _METHOD_KIND if is_method else _FUNCTION_KIND
        header_start = start if role != _DECORATED else node.start_byte
        last = node.child_by_field_id(self._superclasses if is_class else self._return_type)
        if last is None:
            last = node.child_by_field_id(self._type_parameters if is_class else self._parameters)
        header_end = name_end if last is None else last.end_byte
        # Where the source is broken, a header may be all that was recognised.
        body = node.child_by_field_id(self._body) or node
        body_start = body.start_byte
        documentation = _NO_RANGE
        if source.text[body_start : body_start + 1] in _DOCSTRING_BEGINS:
            documentation = self._docstring(body, source.text)
        index = source.rows.add_row(
            (
                kind, parent, start, end, name_start, name_end, header_start, header_end,
                *documentation, 0, 0,
            )
        )  # fmt: skip
        # In broken source, what could not be parsed stands beside the body.
        if source.has_errors and node.has_error:
            body, body_start = node, header_start
        if source.may_hold_more(body_start, end):
            return iter(body.named_children), index, depth + 1, is_class, False
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
        if not source.is_name(*name_range):
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
        if name is None or not source.is_name(name.start_byte, name.end_byte):
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


class _Source:
    """One text and what is known of it."""

    def __init__(self, rows: SyntaxRows, text: bytes, *, has_errors: bool) -> None:
        self.rows: Final = rows
        self.text: Final = text
        self.has_errors: Final = has_errors
        self._is_ascii = text.isascii()
        self._keywords = _keyword_places(text)

    def may_hold_more(self, start: int, end: int) -> bool:
        """Return whether a definition or an import may be in a part of the text."""
        # The last one is beyond the text.
        return self._keywords[bisect_left(self._keywords, start)] < end

    def is_name(self, start: int, end: int) -> bool:
        """Return whether a part of the text can be the name of a definition."""
        if not start < end <= start + NAME_SIZE_BYTES_MAX:
            return False
        if self._is_ascii:
            return True
        try:
            self.text[start:end].decode()
        except UnicodeDecodeError:
            return False
        return True


def _keyword_places(text: bytes) -> Sequence[int]:
    """Return where definitions and imports may begin, ascending, and a place beyond the text."""
    if _has_odd_keyword(text):
        # The words of a statement do not say whether something is defined in it.
        return range(len(text) + 1)
    places = [len(text)]
    for keyword in _SPACED_KEYWORDS:
        place = text.find(keyword)
        while place >= 0:
            places.append(place)
            place = text.find(keyword, place + 1)
    places.sort()
    return places


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


def _first_line(text: bytes, start: int, end: int) -> tuple[int, int]:
    line_end = text.find(b"\n", start, end)
    return start, end if line_end < 0 else start + len(text[start:line_end].rstrip())
