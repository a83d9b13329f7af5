"""What a function does to the world, as far as its text says: what a rewrite must not change.

Where no program can prove that two bodies do the same, it can still see that one of them
calls something else, lost a literal or a comparison, throws something else, waits at other
places or writes elsewhere. That there is no such difference proves nothing; a difference
is enough to refuse.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from nanobot_engine.language.definitions import COMMENTS, FUNCTIONS
from nanobot_engine.language.functions import CodeFunction
from nanobot_engine.language.statement import Kind, all_nodes, condition_of, kind_of, own_nodes
from nanobot_indexer.syntax.tree import SyntaxNode, SyntaxTree

_CALLS: Final = {
    "call_expression": "function",
    "method_invocation": "name",
    "new_expression": "constructor",
    "object_creation_expression": "type",
    "macro_invocation": "macro",
}
"""What calls, and as what it holds the name of what is called."""
_WAITING: Final = frozenset(
    {
        "await_expression", "yield_expression", "try_expression", "defer_statement",
        "go_statement", "unsafe_block", "delete_expression", "co_await_expression",
        "co_yield_statement", "co_return_statement", "catch_clause", "finally_clause",
        "send_statement", "synchronized_statement", "goto_statement", "gnu_asm_expression",
    }
)  # fmt: skip
_THROWING: Final = frozenset({"throw_statement", "assert_statement"})
_ASSIGNING: Final = frozenset(
    {"assignment_expression", "augmented_assignment_expression", "assignment_statement",
     "compound_assignment_expr"}
)  # fmt: skip
_COUNTING: Final = frozenset({"update_expression", "inc_statement", "dec_statement"})
_PURE: Final = frozenset(
    """
    length len size count push append add map filter some every find findIndex includes indexOf
    forEach reduce concat slice keys values entries has get join collect iter into_iter any all
    contains is_empty isEmpty stream toList collect cloned copied to_vec empty begin end push_back
    emplace_back unwrap_or map_or is_some is_none Boolean Array from of min max
    """.split()  # noqa: SIM905 - read better than fifty quotes
)
"""What may come or go when something is written another way."""
_SMALL: Final = frozenset(
    {"0", "1", "-1", "true", "false", "null", "nil", "undefined", "NULL", "nullptr", "None", ""}
)
_SAME_OPERATOR: Final = {
    "!=": "==", "!==": "===", ">=": "<", ">": "<=", "+=": "+", "-=": "-", "*=": "*", "/=": "/",
    "|=": "|", "&=": "&",
}  # fmt: skip
_FREE_OPERATORS: Final = frozenset({"&&", "||", "??", "!", "=", ":=", "in", "of"})
_WORD: Final = re.compile(r"\w+")


def effects(function: CodeFunction) -> Mapping[str, Counter[str]]:
    """Return what a function does, by what kind of thing it is."""
    tree, body = function.tree, function.body
    found: dict[str, Counter[str]] = {
        "call": Counter(), "literal": Counter(), "comparison": Counter(), "throw": Counter(),
        "wait": Counter(), "write": Counter(), "this": Counter(), "value": Counter(),
    }  # fmt: skip
    own = declared_names(function)
    for node in all_nodes(body):
        held = _CALLS.get(node.type)
        if held is not None:
            name = _last_name(node.child(held), tree)
            found["call"].update({name} - _PURE)
        elif node.type in _THROWING:
            found["throw"][_plain(node, tree)] += 1
        elif node.type in _WAITING:
            found["wait"][node.type] += 1
        elif node.type in _ASSIGNING or node.type in _COUNTING:
            found["write"].update(_written(node, tree, own))
        elif _is_own_word(node, tree):
            found["this"][f"{_plain(node, tree)} in {_function_type(node)}"] += 1
        elif node.type in {"return_statement", "return_expression"} and len(node.children) > 1:
            has_value = any(one.is_named for one in node.children)
            found["value"].update(["a returned value"] * has_value)
        elif not node.is_named and not node.children:
            operator = _SAME_OPERATOR.get(node.type, node.type)
            is_operator = node.field == "operator" or operator in {"==", "==="}
            if is_operator and operator not in _FREE_OPERATORS:
                found["comparison"][operator] += 1
        found["literal"].update(_literal_words(node, tree))
    return found


def differences(
    before: CodeFunction, after: CodeFunction, said: frozenset[str]
) -> tuple[list[str], list[str]]:
    """Compare what two functions do.

    Args:
        before: A function.
        after: What it became.
        said: Words of the user: what they name may come and go.

    Returns:
        Differences that nobody asked for, and those that were asked for.
    """
    unasked: list[str] = []
    asked: list[str] = []
    old, new = effects(before), effects(after)
    for kind, was in old.items():
        now = new[kind]
        # To merge two equal branches is no loss, but who waits twice waits longer.
        exact = kind == "wait"
        gone = sorted((was - now) if exact else set(was) - set(now))
        come = sorted((now - was) if exact else set(now) - set(was))
        for names, what in ((gone, "is gone"), (come, "is new")):
            for name in names:
                text = f"{kind} {name!r} {what}"
                is_asked = bool(said & set(_WORD.findall(name)))
                (asked if is_asked else unasked).append(text)
    known = _names(before.statement, before.tree) | said | declared_names(after) | _PURE
    unasked += _decided_otherwise(before, after)
    unknown = sorted(_names(after.body, after.tree) - known)
    return unasked + [f"the name {name!r} is new" for name in unknown], asked


def _decided_otherwise(before: CodeFunction, after: CodeFunction) -> list[str]:
    """Compare conditions and returned values, which must be said in both functions.

    Where a loop is gone, a chain of calls may have taken its place, and gives another value.
    Anywhere else a `find` that becomes a `filter` is another function.
    """
    texts = [_plain(one.body, one.tree) for one in (before, after)]
    has_loops_less = _loop_count(after) < _loop_count(before)
    found: list[str] = []
    for function, other, what in ((before, texts[1], "is gone"), (after, texts[0], "is new")):
        own = declared_names(function)
        for kind, node in _deciding(function):
            text = _plain(node, function.tree)
            is_known = text in other or text in own or text in _SMALL
            if not is_known and not (kind == "returned value" and has_loops_less):
                found.append(f"{kind} {text!r} {what}")
    if not has_loops_less:
        pure = [_pure_calls(one) for one in (before, after)]
        found += [f"call {name!r} is new" for name in sorted(pure[1] - pure[0])]
    return found


def _deciding(function: CodeFunction) -> Iterator[tuple[str, SyntaxNode]]:
    """Yield the parts of conditions, and the values that can be returned, of a function itself."""
    for node in own_nodes(function.body):
        if kind_of(node) is Kind.IF:
            condition = condition_of(node)
            for part in _parts(condition) if condition is not None else ():
                yield "condition", part
        elif node.type in {"return_statement", "return_expression"}:
            values = [one for one in node.children if one.is_named and one.type not in COMMENTS]
            for part in _values(values[0]) if values else ():
                yield "returned value", part


def _parts(condition: SyntaxNode) -> Iterator[SyntaxNode]:
    """Yield what `!`, `&&` and `||` join, and the sides of comparisons."""
    waiting = [condition]
    while waiting:
        node = waiting.pop()
        is_joined = node.type in {"unary_expression", "binary_expression"}
        if is_joined or node.type == "parenthesized_expression":
            waiting += [one for one in node.children if one.is_named and one.type not in COMMENTS]
        else:
            yield node


def _values(value: SyntaxNode) -> Iterator[SyntaxNode]:
    """Yield what a conditional expression may give."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        yes, no = node.child("consequence"), node.child("alternative")
        if node.type in {"ternary_expression", "conditional_expression"} and yes and no:
            waiting += [yes, no]
        elif node.type in {"parenthesized_expression", "expression_list"}:
            waiting += [one for one in node.children if one.is_named]
        else:
            yield node


def _loop_count(function: CodeFunction) -> int:
    return sum(kind_of(one) is Kind.LOOP for one in all_nodes(function.body))


def _pure_calls(function: CodeFunction) -> set[str]:
    calls = ((one, _CALLS.get(one.type)) for one in all_nodes(function.body))
    names = {_last_name(one.child(held), function.tree) for one, held in calls if held is not None}
    return names & _PURE


def declared_names(function: CodeFunction) -> frozenset[str]:
    """Return the names that a function declares for itself."""
    tree = function.tree
    found: set[str] = set()
    for node in all_nodes(function.node):
        is_name = not node.children and node.is_named and "identifier" in node.type
        around = node.parent
        if not is_name or around is None:
            continue
        is_declared = (
            node.field in {"name", "pattern", "declarator", "parameter"}
            or "pattern" in around.type
            or around.type in {"formal_parameters", "closure_parameters", "parameter_list"}
        )
        if not is_declared and around.type == "expression_list" and around.field == "left":
            outer = around.parent
            is_declared = outer is not None and outer.type in {
                "short_var_declaration", "range_clause",
            }  # fmt: skip
        if not is_declared and node.field == "left":
            is_declared = around.type == "for_in_statement"
        if is_declared:
            found.add(tree.text_of(node).decode(errors="replace"))
    return frozenset(found)


def _names(node: SyntaxNode, tree: SyntaxTree) -> frozenset[str]:
    return frozenset(
        tree.text_of(one).decode(errors="replace")
        for one in all_nodes(node)
        if not one.children and one.is_named and "identifier" in one.type
    )


def _last_name(node: SyntaxNode | None, tree: SyntaxTree) -> str:
    """Return the name of what is called: the last one of `console.log`."""
    if node is None:
        return ""
    leaves = [one for one in all_nodes(node) if not one.children and "identifier" in one.type]
    return tree.text_of(leaves[-1]).decode(errors="replace") if leaves else _plain(node, tree)


def _plain(node: SyntaxNode, tree: SyntaxTree) -> str:
    """Return the text of a node without white space and a semicolon."""
    return "".join(tree.text_of(node).decode(errors="replace").split()).rstrip(";")


def _written(node: SyntaxNode, tree: SyntaxTree, own: frozenset[str]) -> Iterable[str]:
    """Yield what is written beyond the function's own names."""
    target = node.child("left") or node.child("argument")
    if target is None:
        target = next((one for one in node.children if one.is_named), None)
    text = _plain(target, tree) if target is not None else ""
    return [] if text in own else [text]


def _is_own_word(node: SyntaxNode, tree: SyntaxTree) -> bool:
    """Tell whether a word means something else in every function."""
    is_name = node.type == "identifier" and tree.text_of(node) == b"arguments"
    return not node.children and (node.type in {"this", "super", "self"} or is_name)


def _function_type(node: SyntaxNode) -> str:
    """Return what gives `this` its meaning: an arrow function takes that around it."""
    around = node.above(*(FUNCTIONS - {"arrow_function", "lambda_expression"}))
    return around.type if around is not None else ""


def _literal_words(node: SyntaxNode, tree: SyntaxTree) -> Iterable[str]:
    """Yield the words of a text, or a number: a text may be put together in another way."""
    is_text = any(one in node.type for one in ("string_fragment", "content", "character", "regex"))
    is_number = "number" in node.type or "integer" in node.type or "float" in node.type
    is_number = is_number or node.type in {"int_literal", "char_literal", "rune_literal"}
    if node.children or not (is_text or is_number):
        return []
    text = tree.text_of(node).decode(errors="replace")
    words = _WORD.findall(text) or [text.strip()]
    return [one for one in words if one not in _SMALL]
