"""Prove that two bodies of a Python function do the same, where only their shape differs.

A body becomes a tree of decisions: what is evaluated, in which order, and what each
outcome leads to. Early returns, swapped branches, nested and joined conditions, `else`
after `return`, conditional expressions, loops that only collect, and names that only
carry a result to the `return` give equal trees. Equal trees evaluate the same expressions
in the same order, so they do the same; different trees prove nothing.

    if a:                     if not a or not b:
        if b:                     return None
            return f()        return f()
    return None

Both are: a? (b? (return f()) : (return None)) : (return None).

`a != b` is taken for `not a == b`, as it is for every type of the standard library.
"""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from nanobot_engine.edit.collecting import collected
from nanobot_engine.edit.python_span import DefinitionNode
from nanobot_engine.edit.python_syntax import docstring_of

_Tree: TypeAlias = tuple[object, ...]
_Pending: TypeAlias = Mapping[str, ast.Constant]
"""Constants that were assigned to a local name and not read yet."""
_Then: TypeAlias = Callable[[_Pending], _Tree]
"""What follows."""

_NODES_MAX: Final = 4_000
"""Each decision copies what follows it; a larger tree is left unproved."""
_DEPTH_MAX: Final = 120

_LEFT: Final[_Tree] = ("left",)
_NEVER: Final[_Tree] = ("never",)
_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_EFFECTS: Final = (
    ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Assert, ast.Delete, ast.Global,
    ast.Nonlocal, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef,
)  # fmt: skip
# Who may look at a local name from elsewhere.
_PEEKING: Final = frozenset({"locals", "vars", "eval", "exec", "dir"})
# What certainly gives True or False.
_BOOLEAN_CALLS: Final = frozenset(
    {"isinstance", "issubclass", "callable", "hasattr", "any", "all", "bool"}
)
_NEGATED: Final[Mapping[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.IsNot: ast.Is,
    ast.NotIn: ast.In,
    ast.NotEq: ast.Eq,
}


class _UnprovedError(Exception):
    """The tree is too large, or has something that is not understood."""


def does_same(one: DefinitionNode, other: DefinitionNode) -> bool:
    """Tell whether two functions with the same parameters certainly do the same.

    Args:
        one: A function of a tree that the parser made.
        other: Another, with equal parameters and decorators; they are not looked at.

    Returns:
        False also where it can not be told.
    """
    try:
        return _Reader(one).tree() == _Reader(other).tree()
    except _UnprovedError:
        return False


class _Reader:
    """Reads one function."""

    def __init__(self, function: DefinitionNode) -> None:
        self._function = function
        self._left = _NODES_MAX
        self._depth = 0
        self._guards = 0
        """Blocks around that an exception can leave without leaving the function."""
        self._locals = _own_names(function)
        self._shadowed = frozenset(
            node.arg if isinstance(node, ast.arg) else node.id
            for node in ast.walk(function)
            if isinstance(node, ast.arg)
            or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
        )
        self._reads: dict[ast.AST, frozenset[str]] = {}

    def tree(self) -> _Tree:
        body = self._function.body
        if docstring_of(self._function) is not None:
            body = body[1:]
        return self._block(body, {}, lambda _: ("return", _dump(ast.Constant(None))))

    def _block(self, statements: Sequence[ast.stmt], pending: _Pending, then: _Then) -> _Tree:
        whole = collected(statements, self._function, self._locals)
        return self._rest(whole, 0, pending, then)

    def _rest(
        self, statements: Sequence[ast.stmt], place: int, pending: _Pending, then: _Then
    ) -> _Tree:
        if place == len(statements):
            return then(pending)
        self._depth += 1
        self._left -= 1
        if self._left < 0 or self._depth > _DEPTH_MAX:
            raise _UnprovedError
        try:
            return self._statement(
                statements[place],
                pending,
                lambda left: self._rest(statements, place + 1, left, then),
            )
        finally:
            self._depth -= 1

    def _statement(self, node: ast.stmt, pending: _Pending, then: _Then) -> _Tree:
        match node:
            case ast.Pass():
                tree = then(pending)
            case ast.If(test=test, body=body, orelse=orelse):
                tree = self._decided(
                    test,
                    pending,
                    lambda left: self._block(body, left, then),
                    lambda left: self._block(orelse, left, then),
                )
            case ast.Return(value=value):
                tree = self._returned(value or ast.Constant(None), pending)
            case ast.Raise():
                tree = self._flushed(pending, self._read(node), ("raise", _dump(node)))
            case ast.Continue() | ast.Break():
                tree = self._left_block(type(node).__name__, pending)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                tree = self._assigned(name, value, pending, then)
            case _:
                tree = self._effect(node, pending, then)
        return tree

    def _effect(self, node: ast.stmt, pending: _Pending, then: _Then) -> _Tree:
        inside: object
        match node:
            case ast.For() | ast.AsyncFor() | ast.While():
                inside = self._loop(node)
            case ast.With() | ast.AsyncWith():
                inside = self._with(node)
            case ast.Try():
                inside = self._try(node)
            case _ if isinstance(node, _EFFECTS):
                inside = _dump(node)
            case _:
                raise _UnprovedError
        reads = self._read(node)
        is_left = isinstance(node, ast.Try) and not _ends(inside)
        following = _NEVER if is_left else then(_without(pending, reads))
        return self._flushed(pending, reads, ("do", inside, following))

    def _assigned(self, name: str, value: ast.expr, pending: _Pending, then: _Then) -> _Tree:
        if isinstance(value, ast.IfExp):
            return self._decided(
                value.test,
                pending,
                lambda left: self._assigned(name, value.body, left, then),
                lambda left: self._assigned(name, value.orelse, left, then),
            )
        is_own = name in self._locals and self._guards == 0
        if is_own and isinstance(value, ast.Constant):
            # It counts from the first place that reads it.
            return then({**pending, name: value})
        reads = self._read(value)
        # What is overwritten without being read was never there.
        kept = _without(pending, frozenset({name}) - reads)
        following = then(_without(kept, reads | {name}))
        if is_own and following == ("return", _dump(ast.Name(name, ast.Load()))):
            return self._returned(value, kept)
        node = ast.Assign(targets=[ast.Name(name, ast.Store())], value=value, lineno=0)
        return self._flushed(kept, reads, ("do", _dump(node), following))

    def _returned(self, value: ast.expr, pending: _Pending) -> _Tree:
        match value:
            case ast.Name(id=name) if name in pending:
                return ("return", _dump(pending[name]))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._decided(
                    test,
                    pending,
                    lambda left: self._returned(body, left),
                    lambda left: self._returned(orelse, left),
                )
        if _is_boolean(value, self._shadowed):
            return self._decided(
                value,
                pending,
                lambda _: ("return", _dump(ast.Constant(True))),  # noqa: FBT003 - a literal of the tree
                lambda _: ("return", _dump(ast.Constant(False))),  # noqa: FBT003 - the same
            )
        return self._flushed(pending, self._read(value), ("return", _dump(value)))

    def _decided(self, test: ast.expr, pending: _Pending, yes: _Then, no: _Then) -> _Tree:
        """Return the tree of a condition, in the order in which its parts are evaluated."""
        self._left -= 1
        if self._left < 0:
            raise _UnprovedError
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._decided(operand, pending, no, yes)
            case ast.BoolOp(op=op, values=[first, *others]):
                rest = others[0] if len(others) == 1 else ast.BoolOp(op, others)

                def then(left: _Pending) -> _Tree:
                    return self._decided(rest, left, yes, no)

                is_and = isinstance(op, ast.And)
                return self._decided(
                    first, pending, then if is_and else yes, no if is_and else then
                )
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _NEGATED:
                positive = ast.Compare(left, [_NEGATED[type(op)]()], [right])
                return self._decided(positive, pending, no, yes)
            case ast.Constant(value=value):
                return yes(pending) if value else no(pending)
        reads = self._read(test)
        left_over = _without(pending, reads)
        return self._flushed(pending, reads, ("if", _dump(test), yes(left_over), no(left_over)))

    # Blocks that are entered and left

    def _left_block(self, how: str, pending: _Pending) -> _Tree:
        # What is pending may be read in the next round, or behind the block.
        how = "end" if how == "Continue" else how
        return self._flushed(pending, pending, (how,))

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> _Tree:
        def end(left: _Pending) -> _Tree:
            return self._left_block("end", left)

        head: object
        if isinstance(node, ast.While):
            head = self._decided(node.test, {}, lambda _: ("round",), lambda _: ("over",))
        else:
            head = (_dump(node.target), _dump(node.iter))
        body = self._block(node.body, {}, end)
        return type(node).__name__, head, body, self._block(node.orelse, {}, end)

    def _with(self, node: ast.With | ast.AsyncWith) -> _Tree:
        first, *others = node.items
        inner = node.body
        if others:
            # `with a, b` is a `with b` in a `with a`.
            inner = [type(node)(items=others, body=node.body, lineno=0)]
        return type(node).__name__, _dump(first), self._guarded(inner)

    def _try(self, node: ast.Try) -> _Tree:
        handlers = tuple(
            (
                _dump(one.type) if one.type is not None else "",
                one.name or "",
                self._guarded(one.body),
            )
            for one in node.handlers
        )
        blocks = (node.body, node.orelse, node.finalbody)
        return ("try", handlers, *map(self._guarded, blocks))

    def _guarded(self, statements: Sequence[ast.stmt]) -> _Tree:
        """Read a block in which every assignment counts at once: somebody may catch."""
        self._guards += 1
        try:
            return self._block(statements, {}, lambda left: self._left_block("left", left))
        finally:
            self._guards -= 1

    # Names that wait

    def _read(self, node: ast.AST) -> frozenset[str]:
        """Return the names of this function that occur in a node."""
        if node not in self._reads:
            self._reads[node] = frozenset(
                one.id
                for one in ast.walk(node)
                if isinstance(one, ast.Name) and one.id in self._locals
            )
        return self._reads[node]

    def _flushed(self, pending: _Pending, names: Iterable[str], tree: _Tree) -> _Tree:
        """Put the assignments of pending names before a tree that reads them."""
        for name in sorted(pending.keys() & set(names), reverse=True):
            target = ast.Name(name, ast.Store())
            node = ast.Assign(targets=[target], value=pending[name], lineno=0)
            tree = ("do", _dump(node), tree)
        return tree


def _ends(inside: object) -> bool:
    """Tell whether what follows a `try` can be reached, given its tree."""
    assert isinstance(inside, tuple), "the tree of a `try`"
    _, handlers, body, orelse, _ = inside
    return (_has_end(body) and _has_end(orelse)) or any(_has_end(one) for *_, one in handlers)


def _has_end(tree: object) -> bool:
    stack = [tree]
    while stack:
        one = stack.pop()
        if one == _LEFT:
            return True
        if isinstance(one, tuple):
            # What is inside of another block ends that one.
            stack += one[2:] if one[:1] == ("do",) else one
    return False


def _own_names(function: DefinitionNode) -> frozenset[str]:
    """Return the names that nobody but the statements of a function can see."""
    stored: set[str] = set()
    others: set[str] = set()
    for node in (node for statement in function.body for node in ast.walk(statement)):
        match node:
            case ast.Name(id=name) if name in _PEEKING:
                return frozenset()
            case ast.Name(id=name, ctx=ast.Store()):
                stored.add(name)
            case ast.Name(id=name, ctx=ast.Del()):
                others.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                others.update(names)
            case ast.alias(name=name, asname=asname):
                others.add(asname or name.partition(".")[0])
            case ast.ExceptHandler(name=str(name)):
                others.add(name)
            case ast.Match() | ast.TryStar():
                return frozenset()
        if isinstance(node, _SCOPES):
            return frozenset()
    return frozenset(stored - others)


def _without(pending: _Pending, names: frozenset[str]) -> _Pending:
    return {name: value for name, value in pending.items() if name not in names}


def _is_boolean(node: ast.expr, shadowed: frozenset[str]) -> bool:
    """Tell whether an expression certainly gives True or False."""
    match node:
        case ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Compare(ops=ops):
            return all(isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn) for op in ops)
        case ast.BoolOp(values=values):
            return all(_is_boolean(value, shadowed) for value in values)
        case ast.Call(func=ast.Name(id=name)):
            return name in _BOOLEAN_CALLS - shadowed
    return False


def _dump(node: ast.AST) -> str:
    # Without positions: where it stands is what differs.
    return ast.dump(node)
