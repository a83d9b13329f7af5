"""What names do in JavaScript and TypeScript.

Types and values share one namespace here: an interface and a constant of one name are
meant as one thing, and are renamed together.
"""

import re
from typing import Final

from nanobot_engine.language.binding import MEMBERS, OTHER, Act, Role
from nanobot_engine.language.keywords import JAVASCRIPT
from nanobot_indexer import Language
from nanobot_indexer.syntax.tree import SyntaxNode, SyntaxTree

_FUNCTIONS: Final = frozenset(
    {"function_declaration", "function_expression", "arrow_function", "method_definition"}
    | {"generator_function", "generator_function_declaration", "function_signature"}
    | {"method_signature", "abstract_method_signature", "function_type", "call_signature"}
    | {"construct_signature", "constructor_type", "class_static_block"}
)
_CLASSES: Final = frozenset({"class_declaration", "abstract_class_declaration", "class"})
_OWNERS: Final = frozenset(
    {"class_body", "object", "interface_body", "object_type", "enum_body", "class_heritage"}
)
_BLOCKS: Final = frozenset(
    {"statement_block", "for_statement", "for_in_statement", "catch_clause", "switch_body"}
    | {"interface_declaration", "type_alias_declaration", "mapped_type_clause"}
    | {"conditional_type", "object_type", "index_signature"}
)
_NAMED: Final = frozenset(
    {"function_declaration", "generator_function_declaration", "class_declaration"}
    | {"function_signature", "enum_declaration", "interface_declaration", "internal_module"}
    | {"type_alias_declaration", "abstract_class_declaration", "module"}
)
"""Declarations whose name belongs to the scope around them."""
_NAMED_INSIDE: Final = frozenset({"function_expression", "class", "generator_function"})
_MEMBERS: Final = frozenset(
    {"method_definition", "public_field_definition", "field_definition", "method_signature"}
    | {"abstract_method_signature", "property_signature", "enum_assignment", "enum_body", "pair"}
)
_PATTERNS: Final = frozenset(
    {"object_pattern", "array_pattern", "rest_pattern", "pair_pattern", "assignment_pattern"}
    | {"object_assignment_pattern"}
)
EXPORTS: Final = "export"
"""The namespace of `exports.x`."""
_NAME: Final = re.compile(r"#?[A-Za-z_$][\w$]*")
_DEFAULTS: Final = frozenset({"assignment_pattern", "object_assignment_pattern"})
_ELEMENTS: Final = frozenset(
    {"jsx_opening_element", "jsx_closing_element", "jsx_self_closing_element"}
)


class JavaScriptRules:
    """See `Rules`."""

    languages: Final = frozenset({Language.JAVASCRIPT, Language.TYPESCRIPT, Language.TSX})
    leaf_types: Final = frozenset(
        {"identifier", "property_identifier", "private_property_identifier", "type_identifier"}
        | {"shorthand_property_identifier", "shorthand_property_identifier_pattern"}
        | {"string_fragment"}
    )
    scope_types: Final = (
        _FUNCTIONS | _CLASSES | _OWNERS | _BLOCKS | {"program", "assignment_expression"}
    )
    structural_scope_types: Final[frozenset[str]] = frozenset()
    shared_scope_types: Final = frozenset({"program"})
    type_scope_types: Final = frozenset({"class_body", "interface_body", "enum_body"})

    def name_problem(self, name: str) -> str:
        """See `Rules`."""
        if not _NAME.fullmatch(name) or name in JAVASCRIPT:
            return f"{name!r}: is no name that JavaScript takes"
        return ""

    def role(self, leaf: SyntaxNode, tree: SyntaxTree) -> Role:
        """See `Rules`."""
        parent = leaf.parent
        assert parent is not None
        if leaf.type in {"property_identifier", "private_property_identifier"}:
            return self._property_role(leaf, parent, tree)
        if leaf.type == "string_fragment":
            return _string_role(parent)
        if leaf.type == "shorthand_property_identifier":
            return Role(Act.USES, is_shorthand=True)
        return (
            self._declared_role(leaf, parent)
            or _import_role(leaf, parent)
            or _type_role(leaf, parent, tree)
            or self._variable_role(leaf)
        )

    def _declared_role(self, leaf: SyntaxNode, parent: SyntaxNode) -> Role | None:
        """Return the role of a name that the node around it declares."""
        if leaf.field != "name":
            return None
        scope: SyntaxNode | None = None
        if parent.type == "type_parameter":
            scope = parent.parent.parent if parent.parent is not None else None
        elif parent.type in _NAMED or parent.type in {"mapped_type_clause", "index_signature"}:
            scope = self._scope(parent.parent)
        elif parent.type in _NAMED_INSIDE:
            scope = parent
        return Role(Act.DECLARES, scope) if scope is not None else None

    def _property_role(self, leaf: SyntaxNode, parent: SyntaxNode, tree: SyntaxTree) -> Role:
        if parent.type in _MEMBERS and leaf.field in {"name", "key", "property", ""}:
            owner = parent if parent.type == "enum_body" else parent.parent
            return Role(Act.DECLARES, owner, (MEMBERS,))
        if parent.type == "member_expression":
            return self._accessed_role(parent, tree)
        if parent.type == "nested_identifier":
            return Role(Act.MEMBER, receiver=parent.child("object"))
        return Role(Act.MEMBER)

    def _accessed_role(self, access: SyntaxNode, tree: SyntaxTree) -> Role:
        receiver, assignment = access.child("object"), access.parent
        assert receiver is not None
        text = tree.text_of(receiver)
        is_stored = (
            assignment is not None
            and assignment.type == "assignment_expression"
            and access.field == "left"
        )
        if text in {b"exports", b"module.exports"}:
            act = Act.DECLARES if is_stored else Act.USES
            return Role(act, _root(access), (EXPORTS,))
        if not is_stored or assignment is None:
            return Role(Act.MEMBER, receiver=receiver)
        if text == b"this":
            owner = self.self_scope(access)
            if owner is not None:
                return Role(Act.DECLARES, owner, (MEMBERS,), receiver=receiver)
        value = assignment.child("right")
        is_function = value is not None and value.type in _FUNCTIONS
        if text.endswith(b".prototype") or (is_function and receiver.type == "identifier"):
            return Role(Act.DECLARES, assignment, (MEMBERS,), receiver=receiver)
        return Role(Act.MEMBER, receiver=receiver)

    def prescriber(self, declaration: SyntaxNode, tree: SyntaxTree) -> str:  # noqa: ARG002 - the protocol's signature
        """See `Rules`: nothing in the code says so."""
        return ""

    def type_alias(self, node: SyntaxNode, tree: SyntaxTree) -> tuple[str, str] | None:
        """See `Rules`."""
        if node.type != "type_alias_declaration":
            return None
        new, old = node.child("name"), node.child("value")
        if new is None or old is None:
            return None
        return tree.text_of(new).decode(errors="replace"), tree.text_of(old).decode(
            errors="replace"
        )

    def self_scope(self, node: SyntaxNode) -> SyntaxNode | None:
        """See `Rules`."""
        function = node.above(*(_FUNCTIONS - {"arrow_function"}), "field_definition",
                              "public_field_definition")  # fmt: skip
        while function is not None and function.type == "arrow_function":
            function = function.above(*_FUNCTIONS)
        if function is None or function.parent is None:
            return None
        if function.parent.type in {"class_body", "object"}:
            return function.parent
        if function.parent.type == "assignment_expression":
            return function.parent
        return function if function.type == "function_declaration" else None

    def is_self(self, receiver: SyntaxNode, tree: SyntaxTree) -> bool:
        """See `Rules`."""
        return receiver.type in {"this", "super"} and bool(tree)

    def _variable_role(self, leaf: SyntaxNode) -> Role:
        """Return what a variable does where it may be part of a pattern."""
        is_shorthand = leaf.type == "shorthand_property_identifier_pattern"
        node, parent = leaf, leaf.parent
        while parent is not None and parent.type in _PATTERNS:
            is_default = parent.type in _DEFAULTS and node.field == "right"
            if is_default or (parent.type == "pair_pattern" and node.field != "value"):
                return Role(Act.USES)
            node, parent = parent, parent.parent
        assert parent is not None
        scope = self._pattern_scope(node, parent)
        act = Act.USES if scope is None else Act.DECLARES
        taken_apart = parent.child("value") if is_shorthand else None
        return Role(act, scope, is_shorthand=is_shorthand, receiver=taken_apart)

    def _pattern_scope(self, node: SyntaxNode, parent: SyntaxNode) -> SyntaxNode | None:
        """Return which scope has the variables of a whole pattern; None for an assignment."""
        is_var = False
        scope: SyntaxNode | None = None
        if (parent.type, node.field) == ("variable_declarator", "name"):
            is_var = parent.parent is not None and parent.parent.type == "variable_declaration"
            scope = self._scope(parent.parent)
        elif parent.type == "formal_parameters" or (
            parent.type in {"required_parameter", "optional_parameter"} and node.field == "pattern"
        ):
            scope = parent.above(*_FUNCTIONS)
        elif parent.type in {"arrow_function", "catch_clause"} and node.field == "parameter":
            scope = parent
        elif (parent.type, node.field) == ("for_in_statement", "left"):
            kind = parent.child("kind")
            is_var = kind is not None and kind.type == "var"
            scope = parent if kind is not None else None
        return self._function(parent) if is_var else scope

    def _scope(self, node: SyntaxNode | None) -> SyntaxNode:
        assert node is not None
        while node.parent is not None and node.type not in self.scope_types:
            node = node.parent
        return node

    def _function(self, node: SyntaxNode) -> SyntaxNode:
        return node.above(*_FUNCTIONS, "program") or _root(node)

    def scope_name(self, scope: SyntaxNode, tree: SyntaxTree) -> str:
        """See `Rules`."""
        node: SyntaxNode | None = scope
        if scope.type == "program":
            return ""
        if scope.type == "assignment_expression":
            return self._assigned_owner(scope, tree)
        if scope.type in _OWNERS:
            node = scope.parent
        if scope.type == "statement_block" or node is None:
            inner = scope.parent
            is_module = inner is not None and inner.type in {"internal_module", "module"}
            node = inner if is_module else None
        if scope.type in {"class_body", "interface_body"}:
            return ""  # The class around it has the name.
        if node is None:
            return ""
        name = node.child("name")
        if name is None and node.parent is not None:
            name = node.parent.child("name") or node.parent.child("key")
            name = name if node.field == "value" else None
            if node.parent.type == "assignment_expression":
                name = _last(node.parent.child("left"))
        return tree.text_of(name).decode(errors="replace") if name is not None else ""

    def _assigned_owner(self, assignment: SyntaxNode, tree: SyntaxTree) -> str:
        """Return `X` of `X.m = …` and of `X.prototype.m = …`."""
        left = assignment.child("left")
        receiver = left.child("object") if left is not None else None
        if receiver is None or receiver.type == "this":
            return ""
        text = tree.text_of(receiver).decode(errors="replace").removesuffix(".prototype")
        return "" if text in {"exports", "module.exports"} else text

    def type_name(self, declaration: SyntaxNode, tree: SyntaxTree) -> str:
        """See `Rules`."""
        parent = declaration.parent
        if parent is None:
            return ""
        annotation = parent.child("type")
        if annotation is not None and annotation.type == "type_annotation":
            named = [one for one in annotation.children if one.is_named]
            if named and named[0].type == "type_identifier":
                return tree.text_of(named[0]).decode(errors="replace")
            if named and named[0].type == "generic_type":
                name = named[0].child("name")
                return tree.text_of(name).decode(errors="replace") if name is not None else ""
            return ""
        value = parent.child("value") if parent.type == "variable_declarator" else None
        if value is not None and value.type == "new_expression":
            made = value.child("constructor")
            if made is not None and made.type == "identifier":
                return tree.text_of(made).decode(errors="replace")
        return ""

    def owner_types(self, scope: SyntaxNode, tree: SyntaxTree) -> tuple[str, ...]:
        """See `Rules`."""
        owner = scope if scope.type in _CLASSES else scope.parent
        if owner is None:
            return ()
        found = []
        for child in owner.children:
            if child.type not in {"class_heritage", "extends_type_clause"}:
                continue
            waiting = [child]
            while waiting:
                node = waiting.pop()
                if node.type == "type_arguments":
                    continue
                if not node.children and node.type.endswith("identifier"):
                    found.append(tree.text_of(node).decode(errors="replace"))
                waiting += node.children
        return tuple(found)


def _import_role(leaf: SyntaxNode, parent: SyntaxNode) -> Role | None:
    if parent.type in {"import_clause", "namespace_import", "import_require_clause"}:
        return Role(Act.DECLARES, _root(leaf), is_import=True)
    if parent.type == "namespace_export":
        return Role(Act.EXPORTED)
    if parent.type == "import_specifier":
        if leaf.field == "name" and parent.child("alias") is not None:
            return Role(Act.IMPORTED)
        return Role(Act.DECLARES, _root(leaf), is_import=True)
    if parent.type != "export_specifier":
        return None
    statement = parent.above("export_statement")
    is_of_other = statement is not None and statement.child("source") is not None
    act = Act.IMPORTED if is_of_other else Act.USES
    return Role(Act.EXPORTED if leaf.field == "alias" else act)


def _type_role(leaf: SyntaxNode, parent: SyntaxNode, tree: SyntaxTree) -> Role | None:
    if parent.type == "infer_type":
        return Role(Act.DECLARES, parent.above("conditional_type"))
    if parent.type == "nested_type_identifier" and leaf.field == "name":
        return Role(Act.MEMBER, receiver=parent.child("module"))
    # In JSX, small letters are tags of HTML.
    is_tag = parent.type in _ELEMENTS and tree.text_of(leaf)[:1].islower()
    return OTHER if is_tag else None


def _string_role(string: SyntaxNode) -> Role:
    """Return the role of the text in `object["text"]`; of other texts, none."""
    access = string.parent
    if len(string.children) == 3 and access is not None and access.type == "subscript_expression":
        return Role(Act.MEMBER, receiver=access.child("object"))
    return OTHER


def _root(node: SyntaxNode) -> SyntaxNode:
    while node.parent is not None:
        node = node.parent
    return node


def _last(node: SyntaxNode | None) -> SyntaxNode | None:
    """Return the name that an expression ends in."""
    if node is not None and node.type == "member_expression":
        return node.child("property")
    return node if node is not None and node.type == "identifier" else None
