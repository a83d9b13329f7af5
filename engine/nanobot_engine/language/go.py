"""What names do in Go."""

import re
from typing import Final

from nanobot_engine.language.binding import MEMBERS, OTHER, Act, Role
from nanobot_engine.language.keywords import GO, GO_ASKED_FOR
from nanobot_indexer import Language
from nanobot_indexer.syntax.tree import SyntaxNode, SyntaxTree

_FUNCTIONS: Final = frozenset(
    {"function_declaration", "method_declaration", "func_literal", "method_elem", "function_type"}
)
_BLOCKS: Final = frozenset(
    {"block", "if_statement", "for_statement", "expression_switch_statement", "communication_case"}
    | {"type_switch_statement", "expression_case", "type_case", "default_case"}
)
_TYPES: Final = frozenset({"struct_type", "interface_type"})
_SPECS: Final = frozenset({"const_spec", "var_spec", "type_spec", "type_alias"})
_NAME: Final = re.compile(r"[^\W\d]\w*")


class GoRules:
    """See `Rules`."""

    languages: Final = frozenset({Language.GO})
    leaf_types: Final = frozenset(
        {"identifier", "type_identifier", "field_identifier", "package_identifier"}
    )
    scope_types: Final = _FUNCTIONS | _BLOCKS | _TYPES | {"source_file", "type_spec"}
    type_scope_types: Final = _TYPES
    structural_scope_types: Final = frozenset({"interface_type"})
    shared_scope_types: Final = frozenset({"source_file"})

    def name_problem(self, name: str) -> str:
        """See `Rules`."""
        if not _NAME.fullmatch(name) or name in GO:
            return f"{name!r}: is no name that Go takes"
        return ""

    def role(self, leaf: SyntaxNode, tree: SyntaxTree) -> Role:  # noqa: ARG002 - the protocol's signature
        """See `Rules`."""
        parent = leaf.parent
        assert parent is not None
        if leaf.type == "package_identifier":
            return _package_role(parent)
        return (
            _member_role(leaf, parent)
            or self._declared_role(leaf, parent)
            or self._assigned_role(parent)
            or Role(Act.USES)
        )

    def _declared_role(self, leaf: SyntaxNode, parent: SyntaxNode) -> Role | None:
        if leaf.field != "name":
            return None
        scope, visible_from = None, 0
        if parent.type == "function_declaration":
            scope = self._scope(parent.parent)
        elif parent.type in _SPECS:
            scope = self._scope(parent.parent)
            if scope.parent is not None and parent.type in {"const_spec", "var_spec"}:
                visible_from = parent.end_byte
        elif parent.type in {"parameter_declaration", "variadic_parameter_declaration"}:
            scope = parent.above(*_FUNCTIONS)
        elif parent.type == "type_parameter_declaration":
            scope = parent.above(*_FUNCTIONS, "type_spec", "type_alias")
        if scope is None:
            return None
        return Role(Act.DECLARES, scope, visible_from=visible_from)

    def _assigned_role(self, parent: SyntaxNode) -> Role | None:
        """Return the role of a name on the left of `:=`."""
        statement = parent.parent
        if parent.type != "expression_list" or statement is None:
            return None
        if statement.type == "type_switch_statement" and parent.field == "alias":
            return Role(Act.DECLARES, statement)
        if parent.field != "left" or not statement.has_token(":="):
            return None
        scope = self._scope(statement.parent)
        return Role(Act.DECLARES, scope, visible_from=statement.end_byte)

    def _scope(self, node: SyntaxNode | None) -> SyntaxNode:
        """Return the scope around a node; the body of a function shares that of its parameters."""
        assert node is not None
        while node.parent is not None and (
            node.type not in self.scope_types
            or (node.type == "block" and node.parent is not None and node.parent.type in _FUNCTIONS)
        ):
            node = node.parent
        return node

    def scope_name(self, scope: SyntaxNode, tree: SyntaxTree) -> str:
        """See `Rules`."""
        if scope.type == "method_declaration":
            name = scope.child("name")
            own = tree.text_of(name).decode(errors="replace") if name is not None else ""
            return ".".join(filter(None, (receiver_type(scope, tree), own)))
        name = scope.child("name") if scope.type in {"function_declaration", "type_spec"} else None
        return tree.text_of(name).decode(errors="replace") if name is not None else ""

    def type_name(self, declaration: SyntaxNode, tree: SyntaxTree) -> str:
        """See `Rules`."""
        parent = declaration.parent
        if parent is None:
            return ""
        declared = parent.child("type")
        if declared is not None:
            return _typed(declared, tree)
        value = None
        if parent.type == "expression_list" and parent.parent is not None:
            right = parent.parent.child("right")
            if right is not None and right.type == "expression_list":
                names = [one for one in parent.children if one.is_named]
                values = [one for one in right.children if one.is_named]
                if len(names) == len(values):
                    value = values[names.index(declaration)]
        return _made_type(value, tree) if value is not None else ""

    def owner_types(self, scope: SyntaxNode, tree: SyntaxTree) -> tuple[str, ...]:
        """See `Rules`: what a struct or an interface embeds."""
        found = []
        for child in scope.children:
            fields = child.children if child.type == "field_declaration_list" else [child]
            for one in fields:
                if one.type == "field_declaration" and one.child("name") is None:
                    declared = one.child("type")
                    found.append(_bare_type(declared, tree) if declared is not None else "")
                elif one.type == "type_elem" and one.children:
                    found.append(_bare_type(one.children[0], tree))
        return tuple(filter(None, found))

    def prescriber(self, declaration: SyntaxNode, tree: SyntaxTree) -> str:
        """See `Rules`: a type that has such a method is meant to fulfil the interface."""
        method = declaration.parent
        is_method = method is not None and method.type == "method_declaration"
        is_asked = is_method and tree.text_of(declaration).decode() in GO_ASKED_FOR
        return "an interface of the standard library" if is_asked else ""

    def type_alias(self, node: SyntaxNode, tree: SyntaxTree) -> tuple[str, str] | None:
        """See `Rules`."""
        if node.type not in {"type_spec", "type_alias"}:
            return None
        new, old = node.child("name"), node.child("type")
        if new is None or old is None:
            return None
        return tree.text_of(new).decode(errors="replace"), _bare_type(old, tree)

    def self_scope(self, node: SyntaxNode) -> SyntaxNode | None:  # noqa: ARG002 - the protocol's signature
        """See `Rules`: receivers are plain variables."""
        return None

    def is_self(self, receiver: SyntaxNode, tree: SyntaxTree) -> bool:  # noqa: ARG002 - the protocol's signature
        """See `Rules`."""
        return False


def _package_role(parent: SyntaxNode) -> Role:
    if parent.type == "import_spec":
        root = parent.above("source_file")
        return Role(Act.DECLARES, root, is_import=True)
    return OTHER if parent.type == "package_clause" else Role(Act.USES)


def _member_role(leaf: SyntaxNode, parent: SyntaxNode) -> Role | None:
    declared: SyntaxNode | None = None
    if leaf.field == "name" and parent.type == "method_declaration":
        declared = parent
    elif leaf.field == "name" and parent.type in {"field_declaration", "method_elem"}:
        declared = parent.above(*_TYPES)
    if declared is not None:
        return Role(Act.DECLARES, declared, (MEMBERS,))
    if parent.type == "selector_expression" and leaf.field == "field":
        return Role(Act.MEMBER, receiver=parent.child("operand"))
    if parent.type == "qualified_type" and leaf.field == "name":
        return Role(Act.MEMBER, receiver=parent.child("package"))
    if parent.type == "literal_element" and parent.field == "key":
        literal = parent.above("composite_literal")
        made = literal.child("type") if literal is not None else None
        if made is not None and made.type in {"type_identifier", "generic_type"}:
            return Role(Act.MEMBER, receiver=made)
    return None


def receiver_type(method: SyntaxNode, tree: SyntaxTree) -> str:
    """Return the bare name of the type that a method belongs to."""
    receiver = method.child("receiver")
    parameter = receiver.child_of_type("parameter_declaration") if receiver is not None else None
    declared = parameter.child("type") if parameter is not None else None
    return _bare_type(declared, tree) if declared is not None else ""


def _bare_type(node: SyntaxNode, tree: SyntaxTree) -> str:
    """Return the name of a type without its pointer, package and arguments."""
    while node.type in {"pointer_type", "generic_type", "parenthesized_type"}:
        inner = node.child("type") or next((one for one in node.children if one.is_named), None)
        if inner is None:
            return ""
        node = inner
    if node.type == "qualified_type":
        inner = node.child("name")
        node = inner if inner is not None else node
    return tree.text_of(node).decode(errors="replace") if node.type == "type_identifier" else ""


def _typed(node: SyntaxNode, tree: SyntaxTree) -> str:
    """Return the name of a type, behind that of its package where it has one."""
    bare, inner = _bare_type(node, tree), node
    while inner.type in {"pointer_type", "parenthesized_type", "generic_type"} and inner.children:
        inner = next((one for one in inner.children if one.is_named), inner.children[0])
    package = inner.child("package") if inner.type == "qualified_type" else None
    before = tree.text_of(package).decode(errors="replace") if package is not None else ""
    return f"{before}.{bare}" if before and bare else bare


def _made_type(value: SyntaxNode, tree: SyntaxTree) -> str:
    """Return the type of `T{…}`, `&T{…}` and `new(T)`."""
    if value.type == "unary_expression":
        operand = value.child("operand")
        value = operand if operand is not None else value
    if value.type == "composite_literal":
        made = value.child("type")
        return _typed(made, tree) if made is not None else ""
    if value.type == "call_expression":
        function, arguments = value.child("function"), value.child("arguments")
        is_new = function is not None and tree.text_of(function) == b"new"
        inner = arguments.child_of_type("type_identifier") if arguments is not None else None
        if is_new and inner is not None:
            return _bare_type(inner, tree)
    return ""
