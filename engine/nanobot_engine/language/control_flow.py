"""Prove that two bodies of a function do the same, where only their shape differs.

What `nanobot_engine.edit.control_flow` does for Python, for the languages with braces: a
body becomes a tree of decisions, of what is evaluated, in which order, and what each
outcome leads to. Early returns, swapped branches, nested and joined conditions, `else`
behind what leaves, and conditional expressions give equal trees. Equal trees evaluate the
same expressions in the same order; different ones prove nothing.

Blocks count, too: what a block declares ends with it. Where a name of it is used outside,
or where things end with their block (C++, Rust) and something follows, beginning and end
are part of the tree.

`a != b` is taken for `!(a == b)`: so it is for all that the libraries of these languages
compare.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from nanobot_engine.language.definitions import COMMENTS, FUNCTIONS
from nanobot_engine.language.statement import (
    Kind,
    all_nodes,
    branches,
    condition_of,
    inner,
    kind_of,
    statements_of,
)
from nanobot_indexer import Language
from nanobot_indexer.syntax.tree import SyntaxNode, SyntaxTree

_Tree: TypeAlias = tuple[object, ...]
_Then: TypeAlias = Callable[[], _Tree]

_NODES_MAX: Final = 4_000
"""Each decision copies what follows it; a larger tree is left unproved."""
_DEPTH_MAX: Final = 120

_END: Final[_Tree] = ("end",)
_LEFT: Final[_Tree] = ("left",)
"""The end of a block of a `try`: other than `continue`, which leaves what is around."""
_RETURN: Final[_Tree] = ("return", ())
_ENDS_WITH_BLOCK: Final = frozenset({Language.CPP, Language.RUST})
"""Where what a block declares is destroyed with it."""
_TYPED_CONDITIONS: Final = frozenset({Language.GO, Language.RUST})
"""Where only a truth value can be a condition."""
_POSITIVE: Final = {"!=": "==", "!==": "==="}
_COMPARING: Final = frozenset({"==", "!=", "===", "!==", "<", ">", "<=", ">=", "instanceof", "in"})
_DECLARING: Final = frozenset(
    {
        "lexical_declaration", "class_declaration", "function_declaration",
        "generator_function_declaration", "local_variable_declaration", "declaration",
        "short_var_declaration", "var_declaration", "const_declaration", "type_declaration",
        "let_declaration", "function_item", "const_item", "static_item", "struct_item",
        "enum_item", "use_declaration", "alias_declaration", "type_definition", "using_declaration",
        "macro_definition", "record_declaration", "interface_declaration", "enum_declaration",
    }
)  # fmt: skip
_JUMPS: Final = frozenset({"goto_statement", "labeled_statement", "label"})


class _UnprovedError(Exception):
    """The tree is too large, or has something that is not understood."""


def does_same(
    one: tuple[SyntaxTree, SyntaxNode], other: tuple[SyntaxTree, SyntaxNode], language: Language
) -> bool:
    """Tell whether two functions with the same head certainly do the same.

    Args:
        one: A function with its tree.
        other: Another, with an equal head; heads are not looked at.
        language: Of both.

    Returns:
        False also where it can not be told.
    """
    found = decisions(*one, language)
    return found is not None and found == decisions(*other, language)


def decisions(tree: SyntaxTree, function: SyntaxNode, language: Language) -> object | None:
    """Return the tree of decisions of a function; None where it is too large or not understood."""
    try:
        return _Reader(tree, function, language).tree()
    except _UnprovedError:
        return None


def shape(node: SyntaxNode, tree: SyntaxTree, depth: int = 0) -> object:
    """Return what a piece of code is made of, without comments, layout and semicolons.

    Raises:
        _UnprovedError: It nests too deep.
    """
    if depth > _DEPTH_MAX:
        raise _UnprovedError
    if not node.children:
        return tree.text_of(node)
    is_head = node.type in {"for_statement", "for_clause"}
    return node.type, tuple(
        (one.field, shape(one, tree, depth + 1))
        for one in node.children
        if one.type not in COMMENTS and (one.type != ";" or is_head)
    )


class _Reader:
    """Reads one function."""

    def __init__(self, tree: SyntaxTree, function: SyntaxNode, language: Language) -> None:
        self._tree = tree
        self._function = function
        self._language = language
        self._left = _NODES_MAX
        self._depth = 0
        self._words = _words(function, tree)
        if any(one.type in _JUMPS for one in all_nodes(function)):
            # Who jumps leaves blocks in ways that no tree shows.
            raise _UnprovedError

    def tree(self) -> _Tree:
        body = self._function.child("body")
        if body is None:
            raise _UnprovedError
        if kind_of(body) is not Kind.BLOCK:
            return self._returned(body)
        gives = self._language is Language.RUST and self._function.child("return_type") is not None
        return self._rest(statements_of(body), 0, lambda: _RETURN, gives=gives)

    def _rest(
        self, statements: Sequence[SyntaxNode], place: int, then: _Then, *, gives: bool = False
    ) -> _Tree:
        """Read some statements.

        Args:
            statements: In a row.
            place: Of the first.
            then: What follows them.
            gives: Whether the last is the value of the function, as in Rust.
        """
        if place == len(statements):
            return then()
        self._depth += 1
        self._left -= 1
        if self._left < 0 or self._depth > _DEPTH_MAX:
            raise _UnprovedError
        try:
            node = statements[place]
            if gives and place == len(statements) - 1 and not node.has_token(";"):
                return self._value(inner(node))
            return self._statement(
                node, lambda: self._rest(statements, place + 1, then, gives=gives)
            )
        finally:
            self._depth -= 1

    def _value(self, node: SyntaxNode) -> _Tree:
        """Read what stands last in a body of Rust: it is what the function returns."""
        kind = kind_of(node)
        if kind is Kind.IF:
            return self._decision(node, lambda: _RETURN, gives=True)
        if kind is Kind.BLOCK and not node.has_token("async", "unsafe", "const"):
            return self._block(node, lambda: _RETURN, gives=True)
        if kind is Kind.OTHER and node.type != "let_declaration":
            if node.type == "expression_statement":
                node = next(one for one in node.children if one.is_named)
            return self._returned(node)
        return self._statement(node, lambda: _RETURN)

    def _statement(self, node: SyntaxNode, then: _Then) -> _Tree:
        node = inner(node)
        tree: _Tree
        match kind_of(node):
            case Kind.IF:
                tree = self._decision(node, then)
            case Kind.BLOCK:
                tree = self._block(node, then)
            case Kind.RETURN:
                values = [one for one in node.children if one.is_named]
                values = [one for one in values if one.type not in COMMENTS]
                tree = self._returned(values[0]) if values else _RETURN
            case Kind.RAISE:
                tree = "raise", shape(node, self._tree)
            case Kind.BREAK | Kind.CONTINUE as kind:
                named = tuple(shape(one, self._tree) for one in node.children if one.is_named)
                tree = _END if kind is Kind.CONTINUE and not named else (kind.value, named)
            case Kind.LOOP | Kind.TRY as kind:
                end = _END if kind is Kind.LOOP else _LEFT
                tree = "do", self._inside(node, end), then()
            case _:
                tree = "do", shape(node, self._tree), then()
        return tree

    def _inside(self, node: SyntaxNode, end: _Tree) -> object:
        """Read a loop or a `try`: its blocks end for themselves."""
        parts: list[object] = [node.type]
        for one in node.children:
            if one.type in COMMENTS:
                continue
            is_body = one.type in FUNCTIONS or one.field == "body"
            if kind_of(one) is Kind.BLOCK or (is_body and one.type not in FUNCTIONS):
                parts.append((one.field, self._block(one, lambda: end)))
            elif one.type in {"catch_clause", "finally_clause"}:
                parts.append(self._inside(one, end))
            else:
                parts.append((one.field, shape(one, self._tree)))
        return tuple(parts)

    def _decision(self, node: SyntaxNode, then: _Then, *, gives: bool = False) -> _Tree:
        yes, no = branches(node)
        initializer = node.child("initializer")
        condition = condition_of(node)
        if condition is None or node.has_token("constexpr"):
            raise _UnprovedError
        if gives and no is None:
            raise _UnprovedError

        def decided() -> _Tree:
            return self._decided(
                condition,
                lambda: self._branch(yes, then, gives=gives),
                lambda: self._branch(no, then, gives=gives),
            )

        if initializer is None:
            return decided()
        names = self._shared([initializer], node)
        tree: _Tree = ("do", shape(initializer, self._tree), decided())
        return ("open", names, tree) if names else tree

    def _branch(self, node: SyntaxNode | None, then: _Then, *, gives: bool) -> _Tree:
        if node is None:
            return then()
        if kind_of(node) is Kind.BLOCK:
            return self._block(node, then, gives=gives)
        return self._value(node) if gives else self._statement(node, then)

    def _block(self, node: SyntaxNode, then: _Then, *, gives: bool = False) -> _Tree:
        statements = statements_of(node)
        declaring = [one for one in statements if one.type in _DECLARING]
        names = self._shared(declaring, node)

        def closed() -> _Tree:
            following = then()
            is_last = following in (_RETURN, _END)
            is_felt = names or (declaring and self._language in _ENDS_WITH_BLOCK)
            return ("close", following) if is_felt and not is_last else following

        tree = self._rest(statements, 0, closed, gives=gives)
        return ("open", names, tree) if names else tree

    def _shared(self, declaring: Sequence[SyntaxNode], around: SyntaxNode) -> tuple[bytes, ...]:
        """Return the names of declarations that are used outside of a node as well."""
        names: set[bytes] = set()
        for declaration in declaring:
            waiting = list(declaration.children)
            while waiting:
                one = waiting.pop()
                if one.field in {"value", "right", "type", "body", "parameters"}:
                    continue
                if not one.children and "identifier" in one.type:
                    names.add(self._tree.text_of(one))
                waiting += one.children
        inside = _words(around, self._tree)
        return tuple(sorted(one for one in names if self._words[one] > inside[one]))

    def _returned(self, value: SyntaxNode) -> _Tree:
        value = _bare(value)
        if value.type in {"ternary_expression", "conditional_expression"}:
            parts = [value.child(one) for one in ("condition", "consequence", "alternative")]
            test, yes, no = parts
            if test is not None and yes is not None and no is not None:
                return self._decided(test, lambda: self._returned(yes), lambda: self._returned(no))
        if self._is_boolean(value):
            return self._decided(value, lambda: ("return", b"true"), lambda: ("return", b"false"))
        return "return", shape(value, self._tree)

    def _decided(self, test: SyntaxNode, yes: _Then, no: _Then) -> _Tree:
        """Return the tree of a condition, in the order in which its parts are evaluated."""
        self._left -= 1
        if self._left < 0:
            raise _UnprovedError
        test = _bare(test)
        if test.type == "unary_expression" and test.has_token("!"):
            return self._decided(test.children[-1], no, yes)
        text = self._tree.text_of(test)
        if text in {b"true", b"false"}:
            return yes() if text == b"true" else no()
        left, right = test.child("left"), test.child("right")
        if test.type != "binary_expression" or left is None or right is None:
            return "if", shape(test, self._tree), yes(), no()
        operator = next(one.type for one in test.children if one not in (left, right))
        if operator == "&&":
            tree = self._decided(left, lambda: self._decided(right, yes, no), no)
        elif operator == "||":
            tree = self._decided(left, yes, lambda: self._decided(right, yes, no))
        else:
            positive = _POSITIVE.get(operator, operator)
            parts = (positive, shape(left, self._tree), shape(right, self._tree))
            outcomes = (yes(), no()) if positive == operator else (no(), yes())
            tree = ("if", parts, *outcomes)
        return tree

    def _is_boolean(self, node: SyntaxNode) -> bool:
        """Tell whether an expression certainly gives true or false."""
        node = _bare(node)
        if node.type == "unary_expression":
            return node.has_token("!")
        left, right = node.child("left"), node.child("right")
        if node.type == "binary_expression" and left is not None and right is not None:
            operator = next(one.type for one in node.children if one not in (left, right))
            if operator in {"&&", "||"}:
                return self._is_boolean(left) and self._is_boolean(right)
            return operator in _COMPARING
        if self._language in _TYPED_CONDITIONS or self._language is Language.JAVA:
            declared = self._function.child("result") or self._function.child("return_type")
            declared = declared or self._function.child("type")
            is_truth = declared is not None and self._tree.text_of(declared) in {
                b"bool", b"boolean",
            }  # fmt: skip
            return is_truth and node.type not in {"match_expression", "if_expression", "block"}
        return False


def _bare(node: SyntaxNode) -> SyntaxNode:
    """Return what stands in brackets, and the one value of a list of Go."""
    while node.type in {"parenthesized_expression", "expression_list"}:
        parts = [one for one in node.children if one.is_named and one.type not in COMMENTS]
        if len(parts) != 1:
            break
        node = parts[0]
    return node


def _words(node: SyntaxNode, tree: SyntaxTree) -> Counter[bytes]:
    """Count the names in a piece of code."""
    return Counter(
        tree.text_of(one)
        for one in all_nodes(node)
        if not one.children and "identifier" in one.type
    )
