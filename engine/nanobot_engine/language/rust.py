"""What names do in Rust.

Types, values and modules share one namespace here, as they share their style: a function
and a module of one name in one module are refused as ambiguous where they are renamed. In
the text of a macro call nothing is declared, and every name counts as a use.
"""

import re
from typing import Final

from nanobot_engine.language.binding import MEMBERS, OTHER, Act, Role
from nanobot_engine.language.keywords import RUST
from nanobot_indexer import Language
from nanobot_indexer.syntax.tree import SyntaxNode, SyntaxTree

_FUNCTIONS: Final = frozenset({"function_item", "closure_expression", "function_signature_item"})
_ITEMS: Final = frozenset(
    {"function_item", "struct_item", "enum_item", "union_item", "type_item", "const_item"}
    | {"static_item", "mod_item", "trait_item", "macro_definition", "function_signature_item"}
    | {"associated_type"}
)
_GENERIC: Final = _ITEMS | {"impl_item"}
_PATTERNS: Final = frozenset(
    {"tuple_pattern", "struct_pattern", "tuple_struct_pattern", "slice_pattern", "ref_pattern"}
    | {"mut_pattern", "reference_pattern", "captured_pattern", "or_pattern", "match_pattern"}
    | {"field_pattern"}
)
_MEMBER_LISTS: Final = frozenset({"field_declaration_list", "enum_variant_list"})
_OWNERS: Final = frozenset({"impl_item", "trait_item"})
_NAME: Final = re.compile(r"(?:r#)?[^\W\d]\w*")


class RustRules:
    """See `Rules`."""

    languages: Final = frozenset({Language.RUST})
    leaf_types: Final = frozenset(
        {"identifier", "type_identifier", "field_identifier", "shorthand_field_identifier"}
    )
    scope_types: Final = (
        _FUNCTIONS
        | _MEMBER_LISTS
        | {"source_file", "block", "mod_item", "for_expression", "match_arm", "declaration_list"}
        | {"struct_item", "enum_item", "trait_item", "impl_item", "type_item", "union_item"}
        | {"function_item", "while_expression", "enum_variant"}
    )
    type_scope_types: Final = frozenset(
        {"struct_item", "enum_item", "trait_item", "union_item", "impl_item"}
    )
    shared_scope_types: Final = frozenset({"source_file", "mod_item"})
    structural_scope_types: Final[frozenset[str]] = frozenset()

    def name_problem(self, name: str) -> str:
        """See `Rules`."""
        if not _NAME.fullmatch(name) or name in RUST:
            return f"{name!r}: is no name that Rust takes"
        return ""

    def role(self, leaf: SyntaxNode, tree: SyntaxTree) -> Role:
        """See `Rules`."""
        parent = leaf.parent
        assert parent is not None
        if parent.type in {"lifetime", "label"}:
            return OTHER
        if parent.type == "token_tree":
            return _token_role(leaf, parent, tree)
        return (
            self._item_role(leaf, parent)
            or _use_role(leaf, parent, self)
            or _member_role(leaf, parent)
            or self._pattern_role(leaf, tree)
            or _value_role(parent)
        )

    def _item_role(self, leaf: SyntaxNode, parent: SyntaxNode) -> Role | None:
        if leaf.field == "name" and parent.type in _ITEMS:
            around = parent.parent
            owner = around.parent if around is not None else None
            if owner is not None and owner.type in _OWNERS:
                return Role(Act.DECLARES, around, (MEMBERS,))
            return Role(Act.DECLARES, self.scope(around))
        if leaf.field == "name" and parent.type == "enum_variant":
            return Role(Act.DECLARES, parent.parent, (MEMBERS,))
        if leaf.field == "name" and parent.type == "field_declaration":
            return Role(Act.DECLARES, parent.parent, (MEMBERS,))
        if leaf.field == "name" and parent.type in {"type_parameter", "const_parameter"}:
            return Role(Act.DECLARES, parent.above(*_GENERIC))
        return None

    def _pattern_role(self, leaf: SyntaxNode, tree: SyntaxTree) -> Role | None:
        """Return the role of a name in a pattern; capital ones are constants and types."""
        node, parent = leaf, leaf.parent
        while parent is not None and parent.type in _PATTERNS and node.field != "type":
            node, parent = parent, parent.parent
        if parent is None or tree.text_of(leaf)[:1].isupper():
            return None
        if parent.type == "let_condition" and node.field == "pattern":
            return _condition_role(leaf, parent)
        scope, visible_from = None, 0
        if parent.type == "closure_parameters":
            scope = parent.parent
        elif (parent.type, node.field) == ("parameter", "pattern"):
            scope = parent.above(*_FUNCTIONS)
        elif (parent.type, node.field) == ("let_declaration", "pattern"):
            scope, visible_from = self.scope(parent.parent), parent.end_byte
        elif parent.type in {"match_arm", "for_expression"} and node.field == "pattern":
            # The leaf itself stands before what sees it.
            scope, visible_from = parent, leaf.start_byte
        if scope is None:
            return None
        is_shorthand = leaf.type == "shorthand_field_identifier"
        is_new = parent.type == "let_declaration"
        return Role(
            Act.DECLARES,
            scope,
            visible_from=visible_from,
            is_new=is_new,
            is_shorthand=is_shorthand,
            receiver=_taken_apart(leaf) if is_shorthand else None,
        )

    def scope(self, node: SyntaxNode | None) -> SyntaxNode:
        """Return the scope around a node."""
        assert node is not None
        while node.parent is not None and (
            node.type not in self.scope_types or node.type == "declaration_list"
        ):
            node = node.parent
        return node

    def scope_name(self, scope: SyntaxNode, tree: SyntaxTree) -> str:
        """See `Rules`."""
        if scope.type == "impl_item":
            implemented = scope.child("type")
            return _bare_type(implemented, tree) if implemented is not None else ""
        if scope.type in {"declaration_list", *_MEMBER_LISTS}:
            return ""
        name = scope.child("name") if scope.type in _ITEMS | {"enum_variant"} else None
        return tree.text_of(name).decode(errors="replace") if name is not None else ""

    def type_name(self, declaration: SyntaxNode, tree: SyntaxTree) -> str:
        """See `Rules`."""
        node = declaration.parent
        while node is not None and node.type in {"mut_pattern", "ref_pattern"}:
            node = node.parent
        if node is None:
            return ""
        declared = node.child("type")
        if declared is not None:
            return _bare_type(declared, tree)
        value = node.child("value") if node.type == "let_declaration" else None
        while value is not None and value.type == "reference_expression":
            value = value.child("value")
        if value is not None and value.type == "struct_expression":
            made = value.child("name")
            return _bare_type(made, tree) if made is not None else ""
        return _constructed(value, tree) if value is not None else ""

    def owner_types(self, scope: SyntaxNode, tree: SyntaxTree) -> tuple[str, ...]:
        """See `Rules`: the trait that an `impl` implements, and those that a trait needs."""
        trait, bounds = scope.child("trait"), scope.child("bounds")
        needed = [] if bounds is None else bounds.children
        all_of = needed if trait is None else [trait, *needed]
        return tuple(filter(None, (_bare_type(one, tree) for one in all_of)))

    def prescriber(self, declaration: SyntaxNode, tree: SyntaxTree) -> str:
        """See `Rules`."""
        owner = declaration.above(*_OWNERS)
        trait = owner.child("trait") if owner is not None else None
        return _bare_type(trait, tree) if trait is not None else ""

    def type_alias(self, node: SyntaxNode, tree: SyntaxTree) -> tuple[str, str] | None:
        """See `Rules`."""
        new, old = node.child("name"), node.child("type")
        if node.type != "type_item" or new is None or old is None:
            return None
        return tree.text_of(new).decode(errors="replace"), _bare_type(old, tree)

    def self_scope(self, node: SyntaxNode) -> SyntaxNode | None:
        """See `Rules`."""
        owner = node.above(*_OWNERS)
        return owner if owner is not None and owner.child("body") is not None else None

    def is_self(self, receiver: SyntaxNode, tree: SyntaxTree) -> bool:
        """See `Rules`."""
        return tree.text_of(receiver) in {b"self", b"Self"}


def _condition_role(leaf: SyntaxNode, condition: SyntaxNode) -> Role:
    """Return the role of what `if let` and `while let` declare: it ends with their block."""
    branch = condition.above("if_expression", "while_expression", "match_arm")
    body = None
    if branch is not None:
        body = branch.child("consequence") or branch.child("body") or branch.child("value")
    return Role(
        Act.DECLARES,
        branch,
        visible_from=condition.end_byte,
        visible_to=body.end_byte if body is not None else 0,
        is_new=True,
        is_shorthand=leaf.type == "shorthand_field_identifier",
        receiver=_taken_apart(leaf),
    )


def _value_role(parent: SyntaxNode) -> Role:
    """Return the role of a plain use; in `Point { x }` the field is meant, too."""
    if parent.type != "shorthand_field_initializer":
        return Role(Act.USES)
    made = parent.above("struct_expression")
    return Role(
        Act.USES, is_shorthand=True, receiver=made.child("name") if made is not None else None
    )


def _taken_apart(leaf: SyntaxNode) -> SyntaxNode | None:
    """Return the type in `Point { x }` where it is a pattern."""
    pattern = leaf.above("struct_pattern")
    return pattern.child("type") if pattern is not None else None


def _token_role(leaf: SyntaxNode, parent: SyntaxNode, tree: SyntaxTree) -> Role:
    """Return the role of a name in the text of a macro call."""
    tokens = parent.children
    index = tokens.index(leaf)
    if index and tree.text_of(tokens[index - 1]) in {b".", b"::"}:
        return Role(Act.MEMBER, receiver=tokens[index - 2] if index > 1 else None)
    is_field = index + 1 < len(tokens) and tree.text_of(tokens[index + 1]) == b":"
    if is_field and tree.text_of(tokens[0]) == b"{" and parent.parent is not None:
        around = parent.parent.children
        made = around.index(parent) - 1
        return Role(Act.MEMBER, receiver=around[made] if made >= 0 else None)
    return Role(Act.USES)


def _use_role(leaf: SyntaxNode, parent: SyntaxNode, rules: RustRules) -> Role | None:
    """Return the role of a name in a `use`: its last one is declared, those before are used."""
    if parent.type == "extern_crate_declaration":
        return Role(Act.DECLARES, rules.scope(parent.parent), is_import=True)
    statement = leaf.above("use_declaration")
    if statement is None:
        return None
    node, around = leaf, parent
    while around.type == "scoped_identifier" and node.field == "name":
        node, around = around, around.parent or around
    is_alias = parent.type == "use_as_clause" and leaf.field == "alias"
    is_last = around.type in {"use_declaration", "use_list"} and node.field != "path"
    if is_alias or is_last:
        return Role(Act.DECLARES, rules.scope(statement.parent), is_import=True)
    if around.type == "use_as_clause" and node.field == "path":
        return Role(Act.IMPORTED)
    is_name = leaf.field == "name" and parent.type == "scoped_identifier"
    return Role(Act.MEMBER, receiver=parent.child("path")) if is_name else Role(Act.USES)


def _member_role(leaf: SyntaxNode, parent: SyntaxNode) -> Role | None:
    if parent.type in {"scoped_identifier", "scoped_type_identifier"} and leaf.field == "name":
        return Role(Act.MEMBER, receiver=parent.child("path"))
    if leaf.type != "field_identifier":
        return None
    if parent.type == "field_expression":
        return Role(Act.MEMBER, receiver=parent.child("value"))
    owner = parent.above("struct_expression", "struct_pattern")
    made = owner.child("name") or owner.child("type") if owner is not None else None
    return Role(Act.MEMBER, receiver=made)


def _bare_type(node: SyntaxNode, tree: SyntaxTree) -> str:
    """Return the name of a type without references, paths and arguments."""
    while True:
        if node.type in {"scoped_type_identifier", "scoped_identifier"}:
            inner = node.child("name")
        elif node.type in {"reference_type", "generic_type", "pointer_type"}:
            inner = node.child("type")
        else:
            break
        if inner is None:
            return ""
        node = inner
    kinds = {"type_identifier", "identifier"}
    return tree.text_of(node).decode(errors="replace") if node.type in kinds else ""


def _constructed(value: SyntaxNode, tree: SyntaxTree) -> str:
    """Return `T` of `T::new(…)`: by custom, what such functions make."""
    function = value.child("function") if value.type == "call_expression" else None
    if function is None or function.type != "scoped_identifier":
        return ""
    name, path = function.child("name"), function.child("path")
    is_custom = name is not None and tree.text_of(name) in {b"new", b"default"}
    made = _bare_type(path, tree) if path is not None else ""
    return made if is_custom and made[:1].isupper() else ""
