"""The functions of a file that could be written anew: those with a name and a body of their own.

Functions inside of functions are parts of those. A function that is a value counts where
its statement gives it a name: `const area = (w, h) => {…}`, `exports.area = function …`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from nanobot_engine.language.definitions import (
    COMMENTS,
    FUNCTIONS,
    declared_name,
    definition_name,
    is_inside_function,
    names_around,
    statement_around,
)
from nanobot_engine.language.statement import BLOCKS, all_nodes
from nanobot_indexer import Language
from nanobot_indexer.syntax.tree import SyntaxNode, SyntaxTree

_NAMING = {"variable_declarator": "value", "assignment_expression": "right", "pair": "value"}
"""What gives a name to a function that is a value, and as what it holds the function."""


@dataclass(frozen=True, slots=True, eq=False)
class CodeFunction:
    """One function or method with its body."""

    language: Language
    qualified_name: str
    """With the names of the types, namespaces and modules around it, and dots."""
    tree: SyntaxTree = field(repr=False)
    node: SyntaxNode = field(repr=False)
    """The function itself; its field `body` is a block."""
    statement: SyntaxNode = field(repr=False)
    """With what stands around it as one statement: `export`, `const area =`."""

    @property
    def body(self) -> SyntaxNode:
        """The block of its statements."""
        body = self.node.child("body")
        assert body is not None, "nothing without one is listed"
        return body

    @property
    def text(self) -> bytes:
        """The whole statement."""
        return self.tree.text_of(self.statement)

    @property
    def indent(self) -> bytes:
        """What stands before it on its line: white space."""
        start = self.statement.start_byte
        return self.tree.text[self.tree.text.rfind(b"\n", 0, start) + 1 : start]

    @property
    def head(self) -> tuple[bytes, ...]:
        """Every token of its statement outside of the body, comments too."""
        body = self.body
        return tuple(
            self.tree.text_of(one)
            for one in all_nodes(self.statement)
            if not one.children and not body.start_byte <= one.start_byte < body.end_byte
        )

    @property
    def comments(self) -> list[str]:
        """What the comments of its body say, without white space, in order."""
        return [
            "".join(self.tree.text_of(one).decode(errors="replace").split())
            for one in all_nodes(self.body)
            if one.type in COMMENTS
        ]


def code_functions(tree: SyntaxTree, language: Language) -> dict[str, CodeFunction]:
    """Return the functions by qualified name, in the order of the text.

    One that is defined again gets `#2` and so on behind its name.
    """
    count_by_name: Counter[str] = Counter()
    found: dict[str, CodeFunction] = {}
    for one in _functions(tree, language):
        name = one.qualified_name
        count_by_name[name] += 1
        found[f"{name}#{count_by_name[name]}" if count_by_name[name] > 1 else name] = one
    return found


def _functions(tree: SyntaxTree, language: Language) -> Iterator[CodeFunction]:
    for node in tree.nodes():
        body = node.child("body") if node.type in FUNCTIONS else None
        if body is None or body.type not in BLOCKS or is_inside_function(node):
            continue
        around = node.parent
        is_named = around is not None and _NAMING.get(around.type) == node.field
        naming = around if is_named and around is not None else node
        name = _name(naming, tree)
        if not name:
            continue
        one = CodeFunction(
            language=language,
            qualified_name=".".join([*names_around(naming, tree), name]),
            tree=tree,
            node=node,
            statement=statement_around(naming),
        )
        if not one.indent.strip(b" \t"):
            yield one


def _name(node: SyntaxNode, tree: SyntaxTree) -> str:
    if node.type == "function_definition" and not declared_name(node, tree):
        # `int Box::area() const {…}`
        declarator = node.child("declarator")
        while declarator is not None and declarator.type != "function_declarator":
            declarator = declarator.child("declarator")
        named = declarator.child("declarator") if declarator is not None else None
        if named is None or named.type != "qualified_identifier":
            return ""
        return tree.text_of(named).decode(errors="replace").replace("::", ".").replace(" ", "")
    if node.type == "pair":
        key = node.child("key")
        is_plain = key is not None and key.type == "property_identifier"
        return tree.text_of(key).decode(errors="replace") if is_plain and key is not None else ""
    return definition_name(node, tree)
