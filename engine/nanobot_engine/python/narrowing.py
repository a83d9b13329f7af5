"""What is known of a name at one place: `if isinstance(x, Shape): x.draw()`.

One walk over the statements of a file in order. A condition holds in the branch it
guards and, where the other branch always leaves, after it. An assignment ends it, and tells
what the name is until the next one; any assignment in the body of a loop counts for the whole
loop.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_LEAVING: Final = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_OWN_SCOPE: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What is known of an expression at one place."""

    always: ast.expr | None
    """A class, tuple or union of classes that it is an instance of; None if not known."""
    never: tuple[ast.expr, ...] = ()
    """Those that it is no instance of."""
    assigned: ast.expr | None = None
    """What a name was set to last, whatever it was before."""


_Known = dict[str, Narrowing]
"""By the text of the expression: `x`, `self.shape`."""


def narrowings(tree: ast.Module) -> Mapping[ast.expr, Narrowing]:
    """Return what conditions tell about names and attributes, by their node."""
    walk = _Walk()
    walk.block(tree.body, {})
    return walk.found


class _Walk:
    def __init__(self) -> None:
        self.found: dict[ast.expr, Narrowing] = {}

    def block(self, body: Sequence[ast.stmt], known: _Known) -> _Known:
        """Walk statements; return what is known after them."""
        for statement in body:
            known = self._statement(statement, known)
        return known

    def _statement(self, node: ast.stmt, known: _Known) -> _Known:
        match node:
            case ast.If():
                return self._if(node, known)
            case ast.While() | ast.For() | ast.AsyncFor():
                return self._loop(node, known)
            case ast.Assert():
                self._expression(node.test, known)
                return _and(known, node.test, holds=True)
            case ast.Match():
                return self._match(node, known)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self._definition(node)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._expression(value, known)
                return {**_without(known, [node]), name: Narrowing(None, assigned=value)}
            case _ if hasattr(node, "body"):
                self._other_block(node, known)
            case _:
                for child in ast.iter_child_nodes(node):
                    self._expression(child, known)
        return _without(known, [node])

    def _loop(self, node: ast.While | ast.For | ast.AsyncFor, known: _Known) -> _Known:
        # The body may run again after its assignments.
        inside = _without(known, [node])
        if not isinstance(node, ast.While):
            self._expression(node.iter, known)
            self.block(node.body, inside)
            self.block(node.orelse, inside)
            return inside
        self._expression(node.test, inside)
        self.block(node.body, _and(inside, node.test, holds=True))
        after = _and(inside, node.test, holds=False)
        self.block(node.orelse, after)
        return inside if any(isinstance(one, ast.Break) for one in ast.walk(node)) else after

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.stmt):
                self._expression(child, {})
        self.block(node.body, {})

    def _if(self, node: ast.If, known: _Known) -> _Known:
        self._expression(node.test, known)
        then = self.block(node.body, _and(known, node.test, holds=True))
        other = self.block(node.orelse, _and(known, node.test, holds=False))
        if _leaves(node.body):
            return other
        if _leaves(node.orelse):
            return then
        return {text: one for text, one in then.items() if other.get(text) == one}

    def _match(self, node: ast.Match, known: _Known) -> _Known:
        self._expression(node.subject, known)
        text = _text(node.subject)
        for case in node.cases:
            inside = _without(known, [case.pattern])
            of = _class_of(case.pattern)
            if of is not None and text:
                inside = {**inside, text: Narrowing(of)}
            if case.guard is not None:
                self._expression(case.guard, inside)
                inside = _and(inside, case.guard, holds=True)
            self.block(case.body, inside)
        return _without(known, [node])

    def _other_block(self, node: ast.stmt, known: _Known) -> None:
        """`with` and `try`: what the body knows holds in none of the other branches."""
        if isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                self._expression(item, known)
            self.block(node.body, _without(known, node.items))
            return
        inside = _without(known, [node])
        for part in ("body", "handlers", "orelse", "finalbody"):
            for child in getattr(node, part, ()):
                if isinstance(child, ast.ExceptHandler):
                    self._expression(child.type, inside)
                    self.block(child.body, inside)
            self.block([c for c in getattr(node, part, ()) if isinstance(c, ast.stmt)], inside)

    def _expression(self, node: ast.AST | None, known: _Known) -> None:
        stack = [(node, known)]
        while stack:
            one, now = stack.pop()
            match one:
                case None:
                    continue
                case ast.BoolOp(op=operator, values=values):
                    for value in values:
                        stack.append((value, now))
                        now = _and(now, value, holds=isinstance(operator, ast.And))
                    continue
                case ast.IfExp(test=test, body=body, orelse=orelse):
                    stack.append((test, now))
                    stack.append((body, _and(now, test, holds=True)))
                    stack.append((orelse, _and(now, test, holds=False)))
                    continue
                case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                    stack += [(child, state) for child, state in _in_comprehension(one, now)]
                    continue
                case ast.Lambda():
                    # It runs later, when the name may be set again.
                    now = {text: known for text, known in now.items() if known.assigned is None}
                    now = _without(now, [one.args])
                case ast.Name() | ast.Attribute():
                    text = _text(one)
                    if text in now:
                        self.found[one] = now[text]
            stack.extend((child, now) for child in ast.iter_child_nodes(one))


def _in_comprehension(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, known: _Known
) -> Iterable[tuple[ast.AST, _Known]]:
    for generator in node.generators:
        yield generator.iter, known
        known = _without(known, [generator.target])
        for condition in generator.ifs:
            yield condition, known
            known = _and(known, condition, holds=True)
    for result in [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]:
        yield result, known


def _and(known: _Known, test: ast.expr, *, holds: bool) -> _Known:
    """Return what is known where a condition holds, or does not."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _and(known, operand, holds=not holds)
        case ast.BoolOp(op=operator, values=values) if isinstance(operator, ast.And) is holds:
            for value in values:
                known = _and(known, value, holds=holds)
            return known
        case ast.Call(func=ast.Name(id="isinstance"), args=[subject, classes]):
            if isinstance(subject, ast.NamedExpr):
                subject = subject.target
            text = _text(subject)
            if text:
                old = known.get(text, Narrowing(None))
                without = Narrowing(old.always, (*old.never, classes), old.assigned)
                return {**known, text: Narrowing(classes) if holds else without}
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if isinstance(
            sign, (ast.Is, ast.Eq) if holds else (ast.IsNot, ast.NotEq)
        ):
            return {**known, **_of_same_class(left, right), **_of_same_class(right, left)}
    return known


def _of_same_class(one: ast.expr, other: ast.expr) -> _Known:
    """Return what is known where `type(x)` is a class, or that of another object."""
    match one:
        case ast.Call(func=ast.Name(id="type"), args=[ast.expr() as subject], keywords=[]):
            text = _text(subject)
        case ast.Attribute(value=ast.expr() as subject, attr="__class__"):
            text = _text(subject)
        case _:
            text = ""
    return {text: Narrowing(other)} if text else {}


def _without(known: _Known, nodes: Iterable[ast.AST]) -> _Known:
    """Return what is known after names were bound anywhere in some nodes."""
    if not known:
        return known
    bound = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        match node:
            case ast.Name(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del()):
                bound.add(_text(node))
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                bound.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.arg(arg=name):
                bound.add(name)
        if not isinstance(node, _OWN_SCOPE):
            stack.extend(ast.iter_child_nodes(node))
    return {
        text: one
        for text, one in known.items()
        if text not in bound and not any(text.startswith(f"{name}.") for name in bound)
    }


def _text(node: ast.AST) -> str:
    """Return a name, or names with dots, as text; empty for anything else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(names)])


def _class_of(pattern: ast.pattern) -> ast.expr | None:
    """Return the class that a pattern asks for."""
    match pattern:
        case ast.MatchClass(cls=of):
            return of
        case ast.MatchAs(pattern=ast.pattern() as inner):
            return _class_of(inner)
    return None


def _leaves(body: Sequence[ast.stmt]) -> bool:
    """Tell whether what follows a block is not reached through it."""
    if not body:
        return False
    last = body[-1]
    if isinstance(last, ast.If):
        return _leaves(last.body) and _leaves(last.orelse)
    return isinstance(last, _LEAVING)
