"""What names do in C and C++.

Macros share the namespace of other names: a macro that wraps a function of its name is
renamed with it. Tags of C (`struct x`) have one of their own. The text of a macro is no
code to the parser; its words count as uses, because that is what they become.
"""

import re
from typing import Final

from nanobot_engine.language.binding import MEMBERS, OTHER, VALUES, Act, Role
from nanobot_engine.language.keywords import CPP
from nanobot_indexer import Language
from nanobot_indexer.syntax.tree import SyntaxNode, SyntaxTree

TAGS: Final = "tag"
_CLASSES: Final = frozenset({"struct_specifier", "union_specifier", "class_specifier"})
_TAGGED: Final = _CLASSES | {"enum_specifier"}
_DECLARATIONS: Final = frozenset(
    {"declaration", "function_definition", "type_definition", "field_declaration"}
    | {"parameter_declaration", "optional_parameter_declaration", "for_range_loop"}
    | {"variadic_parameter_declaration"}
)
_WRAPPERS: Final = frozenset(
    {"function_declarator", "pointer_declarator", "array_declarator", "init_declarator"}
    | {"parenthesized_declarator", "reference_declarator", "attributed_declarator"}
    | {"structured_binding_declarator", "variadic_declarator", "template_function"}
)
_BLOCKS: Final = frozenset(
    {"compound_statement", "for_statement", "for_range_loop", "catch_clause", "if_statement"}
    | {"while_statement", "switch_statement", "lambda_expression", "template_declaration"}
    | {"parameter_list", "preproc_function_def", "condition_clause"}
)
_NAME: Final = re.compile(r"[A-Za-z_]\w*")


class CRules:
    """See `Rules`."""

    languages: Final = frozenset({Language.C, Language.CPP})
    leaf_types: Final = frozenset(
        {"identifier", "type_identifier", "field_identifier", "namespace_identifier"}
    )
    scope_types: Final = _BLOCKS | {
        "translation_unit", "function_definition", "field_declaration_list", "enumerator_list",
        "namespace_definition",
    }  # fmt: skip
    type_scope_types: Final = frozenset({"field_declaration_list"})
    shared_scope_types: Final = frozenset({"translation_unit", "namespace_definition"})
    structural_scope_types: Final[frozenset[str]] = frozenset()

    def name_problem(self, name: str) -> str:
        """See `Rules`."""
        if not _NAME.fullmatch(name) or name in CPP:
            return f"{name!r}: is no name that C and C++ take"
        return ""

    def role(self, leaf: SyntaxNode, tree: SyntaxTree) -> Role:
        """See `Rules`."""
        parent = leaf.parent
        assert parent is not None
        if parent.type == "preproc_arg":
            return Role(Act.USES, spaces=(VALUES, TAGS))
        return (
            _macro_role(leaf, parent)
            or self._tag_role(leaf, parent, tree)
            or self._declared_role(leaf, tree)
            or _member_role(leaf, parent)
            or Role(Act.USES, spaces=(VALUES, MEMBERS))
        )

    def _tag_role(self, leaf: SyntaxNode, parent: SyntaxNode, tree: SyntaxTree) -> Role | None:
        if leaf.field != "name":
            return None
        if parent.type in _TAGGED:
            space = VALUES if _is_cpp(tree) else TAGS
            if parent.child("body") is None and parent.field != "":
                return Role(Act.USES, spaces=(space,))
            return Role(Act.DECLARES, *self._place(parent.parent, space))
        if parent.type == "enumerator":
            return self._enumerator_role(parent)
        if parent.type in {"namespace_definition", "alias_declaration", "concept_definition"}:
            return Role(Act.DECLARES, *self._place(parent.parent, VALUES))
        return None

    def _enumerator_role(self, enumerator: SyntaxNode) -> Role:
        listed = enumerator.parent
        enum = listed.parent if listed is not None else None
        if listed is not None and enum is not None and enum.has_token("class", "struct"):
            return Role(Act.DECLARES, listed, (MEMBERS,))
        return Role(Act.DECLARES, *self._place(enum, VALUES))

    def _place(self, node: SyntaxNode | None, space: str) -> tuple[SyntaxNode, tuple[str, ...]]:
        """Return the scope around a node, and the namespace that a name has in it."""
        scope = self._scope(node)
        while scope.type == "template_declaration":
            scope = self._scope(scope.parent)
        is_member = scope.type == "field_declaration_list" and space == VALUES
        return scope, (MEMBERS if is_member else space,)

    def _scope(self, node: SyntaxNode | None) -> SyntaxNode:
        assert node is not None
        while node.parent is not None and (
            node.type not in self.scope_types or node.type == "enumerator_list"
        ):
            node = node.parent
        return node

    def _declared_role(self, leaf: SyntaxNode, tree: SyntaxTree) -> Role | None:
        """Return the role of a name that declarators wrap."""
        node, parent = leaf, leaf.parent
        qualified: SyntaxNode | None = None
        is_function = False
        while parent is not None and node.field != "value":
            is_qualified = parent.type == "qualified_identifier" and node.field == "name"
            if is_qualified:
                qualified = qualified or parent
            elif parent.type not in _WRAPPERS or node.field in {"parameters", "size"}:
                break
            is_function |= parent.type == "function_declarator"
            node, parent = parent, parent.parent
        if parent is None or parent.type not in _DECLARATIONS or node.field != "declarator":
            return _other_declared_role(leaf)
        if is_function and parent.child("type") is None and _is_own_class(leaf, tree):
            return Role(Act.USES)
        if qualified is not None:
            return _qualified_role(leaf, qualified, parent, tree) if is_function else None
        return self._plain_role(leaf, parent)

    def _plain_role(self, leaf: SyntaxNode, declaration: SyntaxNode) -> Role:
        if declaration.type in {"parameter_declaration", "optional_parameter_declaration",
                                "variadic_parameter_declaration"}:  # fmt: skip
            return Role(Act.DECLARES, _parameter_scope(declaration))
        if declaration.type == "for_range_loop":
            return Role(Act.DECLARES, declaration)
        scope, spaces = self._place(declaration.parent, VALUES)
        is_ordered = scope.type in _BLOCKS
        return Role(Act.DECLARES, scope, spaces, leaf.start_byte if is_ordered else 0)

    def scope_name(self, scope: SyntaxNode, tree: SyntaxTree) -> str:
        """See `Rules`."""
        node: SyntaxNode | None = None
        if scope.type in {"field_declaration_list", "enumerator_list"}:
            node = scope.parent.child("name") if scope.parent is not None else None
            if node is None and scope.parent is not None and scope.parent.parent is not None:
                # `typedef struct {…} point;`
                node = scope.parent.parent.child("declarator")
        elif scope.type == "namespace_definition":
            node = scope.child("name")
        elif scope.type == "qualified_identifier":
            node = scope.child("scope")
        elif scope.type == "function_definition":
            node = _declared_name(scope)
        if node is None:
            return ""
        return _bare(tree.text_of(node).decode(errors="replace"))

    def type_name(self, declaration: SyntaxNode, tree: SyntaxTree) -> str:
        """See `Rules`."""
        node = declaration.parent
        while node is not None and node.type in _WRAPPERS:
            node = node.parent
        declared = node.child("type") if node is not None and node.type in _DECLARATIONS else None
        if declared is None:
            return ""
        if declared.type in _TAGGED:
            name = declared.child("name")
            declared = name if name is not None else declared
        return _last_name(declared, tree)

    def owner_types(self, scope: SyntaxNode, tree: SyntaxTree) -> tuple[str, ...]:
        """See `Rules`."""
        bases = scope.parent.child_of_type("base_class_clause") if scope.parent else None
        if bases is None:
            return ()
        kinds = {"type_identifier", "qualified_identifier", "template_type"}
        names = (_last_name(one, tree) for one in bases.children if one.type in kinds)
        return tuple(filter(None, names))

    def prescriber(self, declaration: SyntaxNode, tree: SyntaxTree) -> str:  # noqa: ARG002 - the protocol's signature
        """See `Rules`: nothing in the code says so."""
        return ""

    def type_alias(self, node: SyntaxNode, tree: SyntaxTree) -> tuple[str, str] | None:
        """See `Rules`."""
        if node.type not in {"type_definition", "alias_declaration"}:
            return None
        new, old = node.child("declarator") or node.child("name"), node.child("type")
        if new is not None and new.type in _WRAPPERS:
            new = _declared_name(new)
        if old is not None and old.type == "type_descriptor":
            old = old.child("type")
        if old is not None and old.type in _TAGGED:
            old = old.child("name")
        if new is None or old is None:
            return None
        return _last_name(new, tree), _last_name(old, tree)

    def self_scope(self, node: SyntaxNode) -> SyntaxNode | None:
        """See `Rules`."""
        inner: SyntaxNode | None = node
        while inner is not None:
            if inner.type == "field_declaration_list":
                return inner
            if inner.type == "function_definition":
                declared = _declared_name(inner)
                if declared is not None and declared.type == "qualified_identifier":
                    return declared
            inner = inner.parent
        return None

    def is_self(self, receiver: SyntaxNode, tree: SyntaxTree) -> bool:
        """See `Rules`."""
        return tree.text_of(receiver) in {b"this", b"(*this)"}


def _other_declared_role(leaf: SyntaxNode) -> Role | None:
    parent = leaf.parent
    assert parent is not None
    if parent.type == "type_parameter_declaration":
        return Role(Act.DECLARES, parent.above("template_declaration"))
    if parent.type == "lambda_capture_initializer" and leaf.field == "left":
        return Role(Act.DECLARES, parent.above("lambda_expression"))
    return None


def _qualified_role(
    leaf: SyntaxNode, qualified: SyntaxNode, declaration: SyntaxNode, tree: SyntaxTree
) -> Role | None:
    """Return the role of `run` in the definition of `Runner::run`."""
    scope = qualified.child("scope")
    name = _last_name(scope, tree) if scope is not None else ""
    if name == tree.text_of(leaf).decode(errors="replace"):
        return Role(Act.USES)
    # Whether it is a class or a namespace is told by what declares it.
    is_defined = declaration.type == "function_definition"
    return Role(Act.DECLARES, declaration, (MEMBERS,)) if is_defined else None


def _macro_role(leaf: SyntaxNode, parent: SyntaxNode) -> Role | None:
    root = parent.above("translation_unit")
    if parent.type in {"preproc_def", "preproc_function_def"} and leaf.field == "name":
        return Role(Act.DECLARES, root)
    if parent.type == "preproc_params":
        return Role(Act.DECLARES, parent.parent)
    return None


def _member_role(leaf: SyntaxNode, parent: SyntaxNode) -> Role | None:
    node, around = leaf, parent
    if parent.type in {"template_method", "dependent_name", "template_function", "template_type"}:
        node, around = parent, parent.parent or parent
    if around.type == "field_expression" and node.field == "field":
        return Role(Act.MEMBER, receiver=around.child("argument"))
    if around.type == "qualified_identifier" and node.field == "name":
        return Role(Act.MEMBER, receiver=around.child("scope"))
    if parent.type == "field_designator":
        return Role(Act.MEMBER, receiver=_initialised_type(parent))
    if parent.type == "field_initializer":
        return Role(Act.USES, spaces=(MEMBERS, VALUES))
    return OTHER if parent.type == "attribute" else None


def _initialised_type(designator: SyntaxNode) -> SyntaxNode | None:
    """Return the type of what `{ .field = … }` makes; None inside of another field."""
    node = designator.parent
    while node is not None and node.type in {"initializer_list", "initializer_pair"}:
        inner, node = node, node.parent
        if (
            inner.type == "initializer_list"
            and node is not None
            and node.type == "initializer_pair"
        ):
            return None
    while node is not None and node.type in _WRAPPERS:
        node = node.parent
    made = node.child("type") if node is not None else None
    if made is not None and made.type == "type_descriptor":
        made = made.child("type")
    if made is not None and made.type in _TAGGED:
        made = made.child("name")
    return made


def _parameter_scope(parameter: SyntaxNode) -> SyntaxNode:
    """Return the function whose parameter it is, or the list in a mere declaration."""
    listed = parameter.parent
    assert listed is not None
    node = listed.parent
    if node is not None and node.type == "catch_clause":
        return node
    if node is None or listed.type != "parameter_list":
        return listed
    # `int *f(int a)`: pointers around the function; `int (*f)(int a)` is none.
    inner = node.child("declarator")
    if node.type == "abstract_function_declarator":
        return node.above("lambda_expression") or listed
    is_pointer = inner is not None and inner.type == "parenthesized_declarator"
    while node is not None and node.type in _WRAPPERS:
        node = node.parent
    is_definition = node is not None and node.type == "function_definition" and not is_pointer
    return node if is_definition and node is not None else listed


def _is_own_class(leaf: SyntaxNode, tree: SyntaxTree) -> bool:
    """Tell whether a name is that of the class around it: of its constructor."""
    body = leaf.above("field_declaration_list")
    owner = body.parent.child("name") if body is not None and body.parent is not None else None
    return owner is not None and owner is not leaf and tree.text_of(owner) == tree.text_of(leaf)


def _is_cpp(tree: SyntaxTree) -> bool:
    # A header of C has no such words; what is compiled as both keeps the rules of C.
    return b"::" in tree.text or b"class " in tree.text or b"template" in tree.text


def _declared_name(declaration: SyntaxNode) -> SyntaxNode | None:
    """Return the name inside of the declarators of a declaration."""
    node = declaration.child("declarator")
    while node is not None and node.type in _WRAPPERS:
        inner = node.child("declarator")
        node = inner or next((one for one in reversed(node.children) if one.is_named), None)
    return node


def _last_name(node: SyntaxNode, tree: SyntaxTree) -> str:
    """Return the last name of a qualified or templated one."""
    while node.type in {"qualified_identifier", "template_type"}:
        inner = node.child("name")
        if inner is None:
            break
        node = inner
    kinds = {"type_identifier", "namespace_identifier", "identifier"}
    return _bare(tree.text_of(node).decode(errors="replace")) if node.type in kinds else ""


def _bare(text: str) -> str:
    return text.partition("<")[0].replace("::", ".").replace(" ", "")
