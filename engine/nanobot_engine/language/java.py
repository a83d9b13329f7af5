"""What names do in Java. Types, methods and variables each have a namespace."""

import re
from typing import Final

from nanobot_engine.language.binding import MEMBERS, OTHER, OVERRIDE, VALUES, Act, Role
from nanobot_engine.language.keywords import JAVA
from nanobot_indexer import Language
from nanobot_indexer.syntax.tree import SyntaxNode, SyntaxTree

TYPES: Final = "type"
FIELDS: Final = "field"
_TYPES: Final = frozenset(
    {"class_declaration", "interface_declaration", "enum_declaration", "record_declaration"}
    | {"annotation_type_declaration"}
)
_BODIES: Final = frozenset(
    {"class_body", "interface_body", "enum_body", "annotation_type_body", "enum_body_declarations"}
)
_FUNCTIONS: Final = frozenset(
    {"method_declaration", "constructor_declaration", "lambda_expression"}
    | {"compact_constructor_declaration"}
)
_BLOCKS: Final = frozenset(
    {"block", "constructor_body", "for_statement", "enhanced_for_statement", "catch_clause"}
    | {"try_with_resources_statement", "switch_block", "switch_block_statement_group"}
    | {"switch_rule"}
)
_SPACE_BY_DECLARATION: Final = {
    **dict.fromkeys(_TYPES, TYPES),
    "constructor_declaration": TYPES,
    "compact_constructor_declaration": TYPES,
    "method_declaration": MEMBERS,
    "annotation_type_element_declaration": MEMBERS,
    "enum_constant": FIELDS,
}
_ANYTHING: Final = (TYPES, FIELDS, MEMBERS)
_NAME: Final = re.compile(r"[^\W\d]\w*")


class JavaRules:
    """See `Rules`."""

    languages: Final = frozenset({Language.JAVA})
    leaf_types: Final = frozenset({"identifier", "type_identifier"})
    scope_types: Final = _FUNCTIONS | _BLOCKS | _TYPES | _BODIES | {"program"}
    type_scope_types: Final = _TYPES
    shared_scope_types: Final = frozenset({"program"})
    structural_scope_types: Final[frozenset[str]] = frozenset()

    def name_problem(self, name: str) -> str:
        """See `Rules`."""
        if not _NAME.fullmatch(name) or name in JAVA:
            return f"{name!r}: is no name that Java takes"
        return ""

    def role(self, leaf: SyntaxNode, tree: SyntaxTree) -> Role:  # noqa: ARG002 - the protocol's signature
        """See `Rules`."""
        parent = leaf.parent
        assert parent is not None
        return (
            _path_role(leaf, parent)
            or self._declared_role(leaf, parent)
            or self._variable_role(leaf, parent)
            or _used_role(leaf, parent)
        )

    def _declared_role(self, leaf: SyntaxNode, parent: SyntaxNode) -> Role | None:
        if parent.type == "type_parameter":
            return Role(Act.DECLARES, parent.above(*_TYPES, *_FUNCTIONS), (TYPES,))
        space = _SPACE_BY_DECLARATION.get(parent.type)
        if leaf.field != "name" or space is None:
            return None
        if parent.type in {"constructor_declaration", "compact_constructor_declaration"}:
            return Role(Act.USES, spaces=(TYPES,))
        return Role(Act.DECLARES, _scope(parent.parent), (space,))

    def _variable_role(self, leaf: SyntaxNode, parent: SyntaxNode) -> Role | None:
        """Return the role of a field, a parameter or a local variable where it is declared."""
        around = parent.parent
        scope: SyntaxNode | None = None
        visible_from, space = 0, VALUES
        if leaf.field == "name" and parent.type == "variable_declarator" and around is not None:
            is_field = around.type in {"field_declaration", "constant_declaration"}
            space = FIELDS if is_field else VALUES
            scope = _scope(around.parent)
            visible_from = 0 if is_field else leaf.start_byte
            if around.type == "spread_parameter":
                scope = around.above(*_FUNCTIONS)
        elif leaf.field == "name" and parent.type == "formal_parameter":
            scope = parent.above(*_FUNCTIONS, "record_declaration")
            if scope is not None and scope.type == "record_declaration":
                return Role(Act.DECLARES, scope.child("body"), (FIELDS,))
        elif leaf.field == "name" and parent.type in {
            "catch_formal_parameter", "resource", "enhanced_for_statement",
        }:  # fmt: skip
            scope = _scope(parent)
        elif leaf.field == "name" and parent.type in {"instanceof_expression", "type_pattern"}:
            scope, visible_from = _scope(parent), leaf.start_byte
        elif parent.type == "inferred_parameters" or (
            parent.type == "lambda_expression" and leaf.field == "parameters"
        ):
            scope = leaf.above("lambda_expression")
        if scope is None:
            return None
        return Role(Act.DECLARES, scope, (space,), visible_from=visible_from)

    def scope_name(self, scope: SyntaxNode, tree: SyntaxTree) -> str:
        """See `Rules`."""
        name = scope.child("name") if scope.type in _TYPES | _FUNCTIONS else None
        return tree.text_of(name).decode(errors="replace") if name is not None else ""

    def type_name(self, declaration: SyntaxNode, tree: SyntaxTree) -> str:
        """See `Rules`."""
        node = declaration.parent
        if node is not None and node.type == "variable_declarator":
            value, node = node.child("value"), node.parent
            declared = node.child("type") if node is not None else None
            is_var = declared is not None and tree.text_of(declared) == b"var"
            if is_var and value is not None and value.type == "object_creation_expression":
                made = value.child("type")
                return _bare_type(made, tree) if made is not None else ""
        if node is None:
            return ""
        declared = node.child("type") or node.child("right")
        return _bare_type(declared, tree) if declared is not None else ""

    def owner_types(self, scope: SyntaxNode, tree: SyntaxTree) -> tuple[str, ...]:
        """See `Rules`."""
        clauses = {"superclass", "super_interfaces", "extends_interfaces"}
        found: list[str] = []
        for child in scope.children:
            listed = child.child_of_type("type_list", "interface_type_list") or child
            if child.type in clauses:
                found += [_bare_type(one, tree) for one in listed.children if one.is_named]
        return tuple(filter(None, found))

    def prescriber(self, declaration: SyntaxNode, tree: SyntaxTree) -> str:
        """See `Rules`."""
        method = declaration.parent
        modifiers = method.child_of_type("modifiers") if method is not None else None
        marks = [] if modifiers is None else modifiers.children
        is_marked = any(tree.text_of(one).replace(b" ", b"") == b"@Override" for one in marks)
        return OVERRIDE if is_marked else ""

    def type_alias(self, node: SyntaxNode, tree: SyntaxTree) -> tuple[str, str] | None:  # noqa: ARG002 - the protocol's signature
        """See `Rules`: types have one name."""
        return None

    def self_scope(self, node: SyntaxNode) -> SyntaxNode | None:
        """See `Rules`."""
        return node.above(*_TYPES)

    def is_self(self, receiver: SyntaxNode, tree: SyntaxTree) -> bool:
        """See `Rules`."""
        return receiver.type in {"this", "super"} or tree.text_of(receiver).endswith(b".this")


def _path_role(leaf: SyntaxNode, parent: SyntaxNode) -> Role | None:
    """Return the role of a part of an import, a package or another dotted name."""
    if parent.type in {"package_declaration", "labeled_statement", "break_statement"}:
        return OTHER
    if parent.type in {"continue_statement", "element_value_pair"}:
        return OTHER if leaf.field != "value" else None
    if parent.type not in {"scoped_identifier", "scoped_type_identifier"}:
        return None
    before = _path_before(leaf, parent)
    if before is None:
        is_path = leaf.above("package_declaration", "import_declaration") is not None
        return OTHER if is_path else Role(Act.USES, spaces=(TYPES,))
    if leaf.above("package_declaration") is not None:
        return OTHER
    is_type = parent.type == "scoped_type_identifier"
    return Role(Act.MEMBER, spaces=(TYPES,) if is_type else _ANYTHING, receiver=before)


def _path_before(leaf: SyntaxNode, path: SyntaxNode) -> SyntaxNode | None:
    """Return what stands before a name in a dotted one; None where it is the first."""
    first = next((one for one in path.children if one.is_named), None)
    return None if first is leaf else first


def _used_role(leaf: SyntaxNode, parent: SyntaxNode) -> Role:
    is_type = leaf.type == "type_identifier" or parent.type in {"annotation", "marker_annotation"}
    if is_type:
        return Role(Act.USES, spaces=(TYPES,))
    if parent.type == "method_invocation" and leaf.field == "name":
        receiver = parent.child("object")
        act = Act.USES if receiver is None else Act.MEMBER
        return Role(act, spaces=(MEMBERS,), receiver=receiver)
    if parent.type == "method_reference" and parent.children[-1] is leaf:
        return Role(Act.MEMBER, spaces=(MEMBERS,), receiver=parent.children[0])
    if parent.type == "field_access" and leaf.field == "field":
        return Role(Act.MEMBER, spaces=(FIELDS, TYPES), receiver=parent.child("object"))
    return Role(Act.USES, spaces=(VALUES, FIELDS, TYPES))


def _scope(node: SyntaxNode | None) -> SyntaxNode:
    assert node is not None
    types = JavaRules.scope_types - {"enum_body_declarations"}
    while node.parent is not None and node.type not in types:
        node = node.parent
    return node


def _bare_type(node: SyntaxNode, tree: SyntaxTree) -> str:
    """Return the name of a type without package, arguments and annotations."""
    while node.type in {"generic_type", "scoped_type_identifier", "annotated_type"}:
        names = [one for one in node.children if one.type.endswith(("identifier", "type"))]
        if not names:
            return ""
        node = names[0] if node.type == "generic_type" else names[-1]
    return tree.text_of(node).decode(errors="replace") if node.type == "type_identifier" else ""
