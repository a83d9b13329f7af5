"""`let` and `const` in place of `var`, where a program sees that it means the same.

`var` is seen in the whole function and lives once; the others are seen in their block, from
their statement on, and live once for each round of a loop. So a name changes only where it is
declared once, used in its block alone and behind its statement, and by no function that may
outlive a round or run before. It is `const` where nothing gives it another value.
"""

from collections.abc import Iterator
from typing import Final

from nanobot_engine.language.binding import NameTable
from nanobot_engine.language.definitions import FUNCTIONS
from nanobot_engine.language.functions import CodeFunction
from nanobot_engine.language.javascript import JavaScriptRules
from nanobot_engine.language.statement import BLOCKS, all_nodes
from nanobot_indexer.syntax.tree import SyntaxNode, SyntaxTree

_RULES: Final = JavaScriptRules()
_LOOPS: Final = frozenset({"for_statement", "for_in_statement", "while_statement", "do_statement"})
_HOISTED: Final = frozenset({"function_declaration", "generator_function_declaration"})
"""They can be called before a statement that stands above them has run."""
_ASSIGNING: Final = frozenset({"assignment_expression", "augmented_assignment_expression"})
_PATTERNS: Final = frozenset(
    {"object_pattern", "array_pattern", "pair_pattern", "rest_pattern",
     "object_assignment_pattern", "assignment_pattern"}
)  # fmt: skip


def without_var(function: CodeFunction) -> str | None:
    """Return the text of a function with one `var` less; None where none can be spared."""
    for keyword, declaration in _vars(function):
        names = list(_declared(declaration))
        kinds = {_kind(name, declaration, function) for name in names}
        if not names or None in kinds:
            continue
        kind = "let" if "let" in kinds or not _is_given(declaration) else "const"
        base = function.statement.start_byte
        text = function.text
        start, end = keyword.start_byte - base, keyword.end_byte - base
        return (text[:start] + kind.encode() + text[end:]).decode()
    return None


def means_the_same(before: CodeFunction, after: CodeFunction) -> bool:
    """Tell whether nothing but `var` changed, and every name means the same declaration."""
    old, new = (_tokens(one) for one in (before, after))
    if len(old) != len(new):
        return False
    index_by_leaf = [{leaf: place for place, (leaf, _) in enumerate(one)} for one in (old, new)]
    for (_, was), (_, now) in zip(old, new, strict=True):
        if was != now and (was != b"var" or now not in {b"let", b"const"}):
            return False
    for name in {text for leaf, text in old if leaf.type in _RULES.leaf_types}:
        found = [
            {
                index[one.leaf]: [index.get(each) for each in one.binding.declarations]
                for one in _table(name, function).occurrences
                if one.binding is not None and one.leaf in index
            }
            for function, index in zip((before, after), index_by_leaf, strict=True)
        ]
        if found[0] != found[1]:
            return False
    return True


def _tokens(function: CodeFunction) -> list[tuple[SyntaxNode, bytes]]:
    nodes = all_nodes(function.statement)
    return [(one, function.tree.text_of(one)) for one in nodes if not one.children]


def var_count(function: CodeFunction) -> int:
    """Count the `var` of a function, without those of functions inside."""
    return sum(1 for _ in _vars(function))


def _vars(function: CodeFunction) -> Iterator[tuple[SyntaxNode, SyntaxNode]]:
    """Yield each `var` of a function itself, and the declaration or the loop that it is of."""
    for one in all_nodes(function.body):
        around = one.parent
        is_own = not any(outer.type in FUNCTIONS for outer in _around(one, function.node))
        if one.type == "var" and not one.is_named and around is not None and is_own:
            yield one, around


def _around(node: SyntaxNode, end: SyntaxNode) -> Iterator[SyntaxNode]:
    """Yield what is around a node, up to another one without it."""
    around = node.parent
    while around is not None and around is not end:
        yield around
        around = around.parent


def _declared(declaration: SyntaxNode) -> Iterator[SyntaxNode]:
    """Yield the names that a declaration declares."""
    if declaration.type == "for_in_statement":
        patterns = [declaration.child("left")]
    else:
        declarators = (one for one in declaration.children if one.type == "variable_declarator")
        patterns = [one.child("name") for one in declarators]
    for pattern in patterns:
        for leaf in all_nodes(pattern) if pattern is not None else ():
            is_name = leaf.type in {"identifier", "shorthand_property_identifier_pattern"}
            if is_name and not leaf.children:
                yield leaf


def _is_given(declaration: SyntaxNode) -> bool:
    """Tell whether every name of a declaration has its value at once."""
    declarators = (one for one in declaration.children if one.type == "variable_declarator")
    return all(one.child("value") is not None for one in declarators)


def _kind(name: SyntaxNode, declaration: SyntaxNode, function: CodeFunction) -> str | None:
    """Return the keyword that a name of a declaration could have; None where it must stay."""
    table = _table(function.tree.text_of(name), function)
    binding = next((one.binding for one in table.occurrences if one.leaf is name), None)
    place = _place(declaration)
    # A text that is run may say any name.
    is_run = b"eval" in function.tree.text_of(function.body)
    if binding is None or len(binding.declarations) != 1 or place is None or is_run:
        return None
    uses = [one for one in binding.leaves if one is not name]
    seen_from = declaration.end_byte
    if place is declaration:
        body = declaration.child("body")
        seen_from = body.start_byte if body is not None else seen_from
    if any(not seen_from <= one.start_byte < place.end_byte for one in uses):
        return None
    caught = [list(_around(one, function.node)) for one in uses]
    caught = [around for around in caught if any(one.type in FUNCTIONS for one in around)]
    in_loop = any(one.type in _LOOPS for one in (place, *_around(place, function.node)))
    is_early = any(one.type in _HOISTED for around in caught for one in around)
    if is_early or (in_loop and (caught or not _is_given(declaration))):
        return None
    return "let" if any(_is_written(one) for one in uses) else "const"


def _place(declaration: SyntaxNode) -> SyntaxNode | None:
    """Return the block or loop in which `let` would be seen.

    None where there is no such: directly in a `case`, or as the one statement of an `if`.
    """
    if declaration.type == "for_in_statement":
        return declaration
    around = declaration.parent
    is_head = around is not None and around.type == "for_statement"
    is_inside = around is not None and around.type in BLOCKS
    return around if is_head or is_inside else None


def _table(name: bytes, function: CodeFunction) -> NameTable:
    tree: SyntaxTree = function.tree
    leaves = [
        one
        for one in tree.nodes()
        if one.type in _RULES.leaf_types and not one.children and tree.text_of(one) == name
    ]
    return NameTable(tree, _RULES, name.decode(errors="replace"), leaves)


def _is_written(use: SyntaxNode) -> bool:
    node = use
    around = node.parent
    while around is not None and (
        around.type in _PATTERNS or around.type == "parenthesized_expression"
    ):
        node, around = around, around.parent
    if around is None:
        return False
    if around.type in _ASSIGNING:
        return node.field == "left"
    return around.type == "update_expression" or (
        around.type == "for_in_statement" and node.field == "left"
    )
