"""The functions and types of a file, with what a program knows of them for a doc comment.

What counts as public is the language's own rule: exported in JavaScript and TypeScript,
a capital letter in Go, `pub` in Rust, `public` in Java, not `static` or in a header in C
and C++, and there outside of private parts of classes. Only what has a body counts: of a
bare declaration nothing could be said but its name.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from nanobot_engine.language.exported import exported_names, is_exported
from nanobot_indexer import Language
from nanobot_indexer.syntax.tree import SyntaxNode, SyntaxTree

COMMENTS: Final = frozenset({"comment", "line_comment", "block_comment"})
"""The types of comments in all grammars."""

_SCRIPT: Final = {
    "function_declaration": "function",
    "generator_function_declaration": "function",
    "variable_declarator": "function",
    "assignment_expression": "function",
    "method_definition": "method",
    "class_declaration": "class",
    "abstract_class_declaration": "class",
    "interface_declaration": "class",
    "enum_declaration": "class",
}
_C: Final = {"function_definition": "function"}
_KIND_BY_TYPE: Final[Mapping[Language, Mapping[str, str]]] = MappingProxyType(
    {
        Language.JAVASCRIPT: _SCRIPT,
        Language.TYPESCRIPT: _SCRIPT,
        Language.TSX: _SCRIPT,
        Language.GO: {
            "function_declaration": "function",
            "method_declaration": "method",
            "type_spec": "class",
        },
        Language.RUST: {
            "function_item": "function",
            "struct_item": "class",
            "enum_item": "class",
            "union_item": "class",
            "trait_item": "class",
        },
        Language.JAVA: {
            "method_declaration": "method",
            "class_declaration": "class",
            "interface_declaration": "class",
            "enum_declaration": "class",
            "record_declaration": "class",
        },
        Language.C: _C,
        Language.CPP: {**_C, "class_specifier": "class", "struct_specifier": "class"},
    }
)
LANGUAGES: Final = frozenset(_KIND_BY_TYPE)
"""The languages that `code_definitions` reads."""

FUNCTIONS: Final = frozenset(
    {
        "function_declaration", "generator_function_declaration", "function_expression",
        "generator_function", "arrow_function", "method_definition", "method_declaration",
        "func_literal", "function_item", "closure_expression", "constructor_declaration",
        "lambda_expression", "function_definition", "compact_constructor_declaration",
    }
)  # fmt: skip
"""The types of functions in all grammars."""
_SCRIPT_VALUES: Final = frozenset({"function_expression", "generator_function", "arrow_function"})
_AROUND: Final = frozenset(
    {
        "class_declaration", "abstract_class_declaration", "interface_declaration",
        "enum_declaration", "record_declaration", "class_specifier", "struct_specifier",
        "namespace_definition", "internal_module", "impl_item", "trait_item", "mod_item",
    }
)  # fmt: skip
_STATEMENTS: Final = frozenset(
    {
        "export_statement", "lexical_declaration", "variable_declaration", "expression_statement",
        "template_declaration", "linkage_specification", "type_declaration", "declaration",
    }
)  # fmt: skip
_BEFORE: Final = frozenset({"decorator", "attribute_item"})
_DIRECTIVE: Final = re.compile(
    r"//(go:|\s*(nolint|NOLINT|eslint|@ts-|prettier|istanbul|clang-format|tslint|biome)\b)"
    r"|//\s*@ts-|/\*\s*(eslint|istanbul|c8|v8|prettier)\b"
)
_DOC_COMMENT: Final = re.compile(r"/\*\*[^/]|/\*!|//[/!]")
_HEADER: Final = (".h", ".hh", ".hpp", ".hxx", ".h++", ".inl", ".ipp", ".tpp")


@dataclass(frozen=True, slots=True)
class CodeDefinition:
    """One function, method or type with a body."""

    language: Language
    qualified_name: str
    """With the names of the types, namespaces and modules around it, and dots."""
    kind: str
    """`function`, `method` or `class`; a class is any type."""
    is_public: bool
    has_comment: bool
    """A comment stands directly above it."""
    returns_value: bool
    is_generator: bool
    is_stub: bool
    """Always false: what has no body is not listed."""
    start_byte: int
    """Of the line where a comment of it belongs: above decorators and attributes."""
    indent: bytes
    """Leading white space of that line."""
    line: int
    """1-based, of the definition."""
    own_source: bytes = field(repr=False)
    """With what stands around it as one statement: `export`, `template <…>`."""

    @property
    def name(self) -> str:
        """The last part of the qualified name."""
        return self.qualified_name.rpartition(".")[2]


def code_definitions(tree: SyntaxTree, language: Language, path: str) -> Iterator[CodeDefinition]:
    """Yield what can have a doc comment, in the order of the text.

    Left out is what does not begin its line, and what stands inside a function.

    Args:
        tree: Of the file.
        language: One of `LANGUAGES`.
        path: Of the file: a header of C says so by its name.
    """
    exported = exported_names(tree) if _KIND_BY_TYPE[language] is _SCRIPT else frozenset()
    for node in tree.nodes():
        kind = _KIND_BY_TYPE[language].get(node.type)
        if kind is None or not _has_body(node) or is_inside_function(node):
            continue
        name = definition_name(node, tree)
        if not name:
            continue
        statement = statement_around(node)
        top, has_comment = _top(statement, tree)
        line_start = tree.text.rfind(b"\n", 0, top) + 1
        indent = tree.text[line_start:top]
        if indent.strip(b" \t"):
            continue
        public = _is_public(node, statement, tree, _File(language, path, exported), name)
        around = list(names_around(node, tree))
        is_member = node.type in FUNCTIONS and _is_member(node)
        yield CodeDefinition(
            language=language,
            qualified_name=".".join([*around, name]),
            kind="method" if kind == "function" and is_member else kind,
            is_public=public,
            has_comment=has_comment,
            returns_value=kind != "class" and _returns_value(node, language, tree),
            is_generator=kind != "class" and _yields(node),
            is_stub=False,
            start_byte=line_start,
            indent=indent,
            line=tree.line(node.start_byte),
            own_source=tree.text[statement.start_byte : statement.end_byte],
        )


def documented_prototypes(tree: SyntaxTree, path: str) -> Iterator[str]:
    """Yield the bare names of functions that a header of C or C++ declares with a comment."""
    if not path.lower().endswith(_HEADER):
        return
    for node in tree.nodes():
        if node.type in {"declaration", "field_declaration"}:
            name = declared_name(node, tree)
            if name and _top(statement_around(node), tree)[1]:
                yield name


@dataclass(frozen=True, slots=True)
class _File:
    language: Language
    path: str
    exported: frozenset[str]


def _has_body(node: SyntaxNode) -> bool:
    if node.type in {"variable_declarator", "assignment_expression"}:
        value = node.child("value") or node.child("right")
        return value is not None and value.type in _SCRIPT_VALUES
    return node.child("body") is not None or node.type in {"type_spec", "struct_item"}


def is_inside_function(node: SyntaxNode) -> bool:
    """Tell whether a node stands in a function, or where the parser lost its way."""
    around = node.parent
    while around is not None:
        if around.type in FUNCTIONS or around.type == "ERROR":
            return True
        around = around.parent
    return False


def _text(node: SyntaxNode | None, tree: SyntaxTree) -> str:
    return tree.text_of(node).decode(errors="replace") if node is not None else ""


def definition_name(node: SyntaxNode, tree: SyntaxTree) -> str:
    """Return the name of a definition; empty for one that gets no comment."""
    if node.type == "assignment_expression":
        left = node.child("left")
        if left is None or left.type != "member_expression":
            return ""
        holder = _text(left.child("object"), tree)
        member = _text(left.child("property"), tree)
        if holder in {"exports", "module.exports"}:
            return member
        owner = holder.removesuffix(".prototype")
        return f"{owner}.{member}" if owner.isidentifier() and owner != "this" else ""
    if node.type == "function_definition":
        return declared_name(node, tree)
    name = node.child("name")
    plain_types = {"identifier", "property_identifier", "type_identifier", "field_identifier"}
    return _text(name, tree) if name is not None and name.type in plain_types else ""


def declared_name(node: SyntaxNode, tree: SyntaxTree) -> str:
    """Return the plain name that a function of C is declared by; empty for others."""
    declarator = node.child("declarator")
    while declarator is not None and declarator.type != "function_declarator":
        declarator = declarator.child("declarator")
    inner = declarator.child("declarator") if declarator is not None else None
    plain = inner is not None and inner.type in {"identifier", "field_identifier"}
    return _text(inner, tree) if plain else ""


def _is_member(node: SyntaxNode) -> bool:
    around = node.above(*_AROUND)
    return around is not None and around.type not in {
        "namespace_definition", "internal_module", "mod_item",
    }  # fmt: skip


def names_around(node: SyntaxNode, tree: SyntaxTree) -> Iterator[str]:
    """Yield the names of the types, namespaces and modules around a definition, outermost first."""
    names: list[str] = []
    receiver = node.child("receiver")
    if receiver is not None:
        names.append(_receiver_type(receiver, tree))
    around = node.above(*_AROUND)
    while around is not None:
        part = around.child("name") or around.child("type")
        if part is not None:
            names.append(re.sub(r"<.*", "", _text(part, tree)).replace("::", "."))
        around = around.above(*_AROUND)
    yield from (name for name in reversed(names) if name)


def _receiver_type(receiver: SyntaxNode, tree: SyntaxTree) -> str:
    """Return `T` of `(t *T)` and of `(T[K])`."""
    text = _text(receiver, tree).strip("() \t")
    return text.partition("[")[0].split()[-1].lstrip("*") if text else ""


def statement_around(node: SyntaxNode) -> SyntaxNode:
    """Return the statement that a definition is the whole of."""
    around = node.parent
    while around is not None and (
        (around.type in _STATEMENTS and not around.has_token("("))
        or (around.type == "assignment_expression" and node.field == "right")
    ):
        node, around = around, around.parent
    return node


def _top(statement: SyntaxNode, tree: SyntaxTree) -> tuple[int, bool]:
    """Return where a comment belongs, and whether there is one already."""
    top = statement.start_byte
    around = statement.parent
    if around is None:
        return top, False
    for one in reversed(around.children[: around.children.index(statement)]):
        text = _text(one, tree).rstrip()
        gap = tree.text[one.start_byte + len(text.encode()) : top]
        if one.type in _BEFORE:
            if text.startswith("#[doc"):
                return top, True
        elif one.type not in COMMENTS or gap.strip():
            break
        elif not _DIRECTIVE.match(text) or gap.count(b"\n") > 1:
            is_near = gap.count(b"\n") <= 1 or bool(_DOC_COMMENT.match(text))
            return top, is_near and _begins_line(one, tree)
        top = one.start_byte
    return top, False


def _begins_line(node: SyntaxNode, tree: SyntaxTree) -> bool:
    line_start = tree.text.rfind(b"\n", 0, node.start_byte) + 1
    return not tree.text[line_start : node.start_byte].strip()


def _is_public(
    node: SyntaxNode, statement: SyntaxNode, tree: SyntaxTree, file: _File, name: str
) -> bool:
    last = name.rpartition(".")[2]
    if last.startswith("_"):
        is_public = False
    elif file.language is Language.GO:
        receiver = node.child("receiver")
        owner = _receiver_type(receiver, tree) if receiver is not None else last
        is_public = last[:1].isupper() and owner[:1].isupper()
    elif file.language is Language.RUST:
        around = node.above("impl_item", "trait_item")
        is_asked = around is not None and around.child("trait") is not None
        visibility = node.child_of_type("visibility_modifier")
        is_public = _text(visibility, tree) == "pub" and not is_asked
    elif file.language is Language.JAVA:
        is_public = _is_public_java(node, tree)
    elif file.language in {Language.C, Language.CPP}:
        is_public = last != "main" and _is_public_c(node, tree, file.path)
    else:
        is_public = _is_public_script(node, statement, tree, file, name)
    return is_public


def _is_public_script(
    node: SyntaxNode, statement: SyntaxNode, tree: SyntaxTree, file: _File, name: str
) -> bool:
    holder, _, last = name.rpartition(".")
    if node.type == "method_definition":
        owner = node.above("class_declaration", "abstract_class_declaration")
        hidden = _text(node.child_of_type("accessibility_modifier"), tree)
        if owner is None or last == "constructor" or node.has_token("set"):
            return False
        is_seen = hidden in {"", "public"}
        return is_seen and is_exported(
            statement_around(owner), _text(owner.child("name"), tree), file.exported
        )
    if node.type == "assignment_expression":
        return not holder or holder in file.exported
    return is_exported(statement, name, file.exported) and not _is_overloaded(statement, name, tree)


def _is_overloaded(statement: SyntaxNode, name: str, tree: SyntaxTree) -> bool:
    """Tell whether signatures of TypeScript without a body stand for a function."""
    around = statement.parent
    return around is not None and any(
        _text((one.child("declaration") or one).child("name"), tree) == name
        for one in around.children
        if (one.child("declaration") or one).type == "function_signature"
    )


def _is_public_java(node: SyntaxNode, tree: SyntaxTree) -> bool:
    one: SyntaxNode | None = node
    while one is not None:
        words = re.sub(r"\([^()]*\)", "", _text(one.child_of_type("modifiers"), tree)).split()
        in_interface = one.parent is not None and one.parent.type == "interface_body"
        if "@Override" in words or "private" in words:
            return False
        if "public" not in words and not in_interface:
            return False
        one = one.above(*_AROUND)
    return True


def _is_public_c(node: SyntaxNode, tree: SyntaxTree, path: str) -> bool:
    stored = [_text(one, tree) for one in node.children if one.type == "storage_class_specifier"]
    owner = node.above("class_specifier", "struct_specifier")
    if owner is not None and _text(owner.child("name"), tree) == declared_name(node, tree):
        # A constructor is told of by its class.
        return False
    if owner is None and "static" in stored and not path.lower().endswith(_HEADER):
        return False
    if any(one.type == "virtual_specifier" for one in _heads(node)):
        return False
    inner = node
    while owner is not None:
        if not _is_in_public_part(inner, owner, tree):
            return False
        inner, owner = owner, owner.above("class_specifier", "struct_specifier")
    space = node.above("namespace_definition")
    while space is not None:
        if space.child("name") is None:
            return False
        space = space.above("namespace_definition")
    return True


def _heads(node: SyntaxNode) -> Iterator[SyntaxNode]:
    """Yield what stands in the head of a function of C++."""
    for one in node.children:
        if one.field != "body":
            yield one
            yield from one.children


def _is_in_public_part(inner: SyntaxNode, owner: SyntaxNode, tree: SyntaxTree) -> bool:
    body = owner.child("body")
    access = "private" if owner.type == "class_specifier" else "public"
    for one in body.children if body is not None else ():
        if one.start_byte > inner.start_byte:
            break
        if one.type == "access_specifier":
            access = _text(one, tree).strip(": \t")
    return access == "public"


def _returns_value(node: SyntaxNode, language: Language, tree: SyntaxTree) -> bool:
    """Tell whether a function gives something back, as far as its head or body says."""
    if language is Language.GO:
        return node.child("result") is not None
    if language is Language.RUST:
        return _text(node.child("return_type"), tree) not in {"", "()", "!"}
    if language is Language.JAVA:
        return _text(node.child("type"), tree) != "void"
    if language in {Language.C, Language.CPP}:
        declarator = node.child("declarator")
        is_plain = declarator is not None and declarator.type == "function_declarator"
        return _text(node.child("type"), tree) != "void" or not is_plain
    value = node.child("value") or node.child("right") or node
    body = value.child("body")
    if value.type == "arrow_function" and body is not None and body.type != "statement_block":
        return True
    found = _own_nodes(value)
    return any(one.type == "return_statement" and _has_value(one) for one in found)


def _has_value(node: SyntaxNode) -> bool:
    return any(one.is_named and one.type not in COMMENTS for one in node.children)


def _yields(node: SyntaxNode) -> bool:
    value = node.child("value") or node.child("right") or node
    return any(one.type == "yield_expression" for one in _own_nodes(value))


def _own_nodes(function: SyntaxNode) -> Iterator[SyntaxNode]:
    """Yield the nodes of a function without those of functions inside."""
    waiting = list(function.children)
    while waiting:
        node = waiting.pop()
        yield node
        if node.type not in FUNCTIONS:
            waiting += node.children
