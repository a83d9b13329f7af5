"""What a statement that is written anew must keep, and what it must not bring.

    kept       calls, names, values and comments that no diagnostic speaks of; how it ends
               (return, raise, …); at the top of a module or class, the names that it binds;
               of a header, everything but annotations
    not new    comments and names that silence a tool, names and values that neither the file
               nor the diagnostic says, what runs, sends or deletes, other definitions

What a diagnostic speaks of are the words of its message: those may come, change and go.
"""

import ast
import builtins
import io
import re
import textwrap
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from keyword import iskeyword
from typing import Final

from nanobot_engine.edit.python_names import dotted_name
from nanobot_engine.edit.python_span import DefinitionNode
from nanobot_engine.edit.rewrite_gates import reached_powers
from nanobot_engine.recipe.fix_diagnostics.meaning import (
    TYPE_TOOLS,
    meaning_problem,
    order_problem,
)
from nanobot_engine.refactor.open_finding import OpenFinding

_WORD: Final = re.compile(r"[^\W\d]\w*|\d+(?:\.\d+)?")
_SILENCING: Final = re.compile(
    r"noqa|type:\s*ignore|(?:pyright|mypy|ruff|flake8|pylint|pyre)\s*:|nosec|pragma", re.IGNORECASE
)
_SILENT_NAMES: Final = frozenset(
    {
        "Any",
        "cast",
        "TYPE_CHECKING",
        "no_type_check",
        "reveal_type",
        "warnings",
        "globals",
        "locals",
    }
)
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS: Final = (ast.Import, ast.ImportFrom)
_WAYS: Final = (
    ast.Return, ast.Raise, ast.Yield, ast.YieldFrom, ast.Await, ast.Delete, ast.Break,
    ast.Continue, ast.Global, ast.Nonlocal, ast.Assert,
)  # fmt: skip
# What these rules ask for makes one statement of several.
_MERGING: Final = ("SIM103", "SIM108", "SIM110", "SIM114", "SIM116", "PLR1714")
_POWERFUL: Final = frozenset(
    """
    eval exec compile open input print breakpoint exit quit help delattr __import__
    """.split()  # noqa: SIM905 - read better than forty quotes
)
_FREE_WORDS: Final = (frozenset(dir(builtins)) - _POWERFUL) | frozenset(
    """
    Callable Iterable Iterator Mapping MutableMapping Sequence MutableSequence Collection
    Generator AsyncIterator AsyncIterable Awaitable Coroutine Hashable Sized Container Optional
    Union Literal Final ClassVar Self TypeVar Generic Protocol contextlib suppress err error exc
    msg message 0 1
    """.split()  # noqa: SIM905 - as above
)


class NotKeptError(Exception):
    """An answer drops or brings something; the text says what."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as text and as a tree."""

    text: str
    """Without indentation around it."""
    body: tuple[ast.stmt, ...]
    """Of a header: the definition or block with nothing in it."""

    @property
    def function(self) -> DefinitionNode:
        """A function with nothing but this in it."""
        return ast.FunctionDef("f", ast.arguments([], [], None, [], [], None, []), [*self.body], [])


def parsed(text: str, *, is_header: bool) -> Statement:
    """Parse the text of a statement.

    Raises:
        NotKeptError: It does not parse.
    """
    code = f"{text}\n    pass" if is_header else text
    try:
        # Inside of a function, where what returns and awaits is at home.
        tree = ast.parse(f"async def f():\n{textwrap.indent(code, ' ')}")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotKeptError(f"it does not parse: {error}") from error
    (wrapper,) = tree.body
    assert isinstance(wrapper, ast.AsyncFunctionDef), "it was written so"
    if is_header and len(wrapper.body) != 1:
        raise NotKeptError(f"it has {len(wrapper.body)} statements, not one header")
    return Statement(text, tuple(wrapper.body))


def check_kept(
    old: Statement,
    new: Statement,
    finding: OpenFinding,
    *,
    file_words: frozenset[str],
    is_top: bool,
) -> None:
    """See that a new text of a statement keeps what it must and brings nothing it must not.

    Args:
        old: The statement.
        new: What the model made of it.
        finding: What is wrong with it.
        file_words: All words of its file.
        is_top: Whether it stands at the top of a module or class, and not in a function.

    Raises:
        NotKeptError: It does not.
    """
    said = frozenset(
        _WORD.findall(" ".join(f"{one.code} {one.message}" for one in finding.remarks))
    )
    _check_form(old, new, finding, is_top=is_top)
    if is_top and _bound(old) != _bound(new):
        raise NotKeptError("it binds other names")
    _check_comments(old, new)
    _check_words(old, new, finding, said)
    problem = meaning_problem(old.body, new.body, finding, said)
    if not problem and finding.tool in TYPE_TOOLS and not finding.is_header:
        problem = order_problem(_word_list(old), _word_list(new), said)
    if problem:
        raise NotKeptError(problem)
    shown = _words_of(finding.rule) | _words_of(finding.definitions)
    known = file_words | said | shown | _FREE_WORDS
    known |= _handler_names(new)
    # What is not used gets an underscore.
    invented = sorted(one for one in _words(new) if not {one, one.lstrip("_")} & known)
    if invented:
        raise NotKeptError(f"{invented[0]!r} is said nowhere")
    powers = reached_powers(new.function) - reached_powers(old.function)
    if powers:
        raise NotKeptError(f"it reaches for {min(powers)}")


def words_of_file(text: str) -> frozenset[str]:
    """Return all words of a file."""
    return frozenset(_WORD.findall(text))


def changes_annotations_only(old: Statement, new: Statement) -> bool:
    """Tell whether two statements do the same when they run, but for what reads annotations."""
    trees = [_without_annotations(one) for one in (old, new)]
    return trees[0] == trees[1]


def _check_form(old: Statement, new: Statement, finding: OpenFinding, *, is_top: bool) -> None:
    if finding.is_header:
        _check_header(old.body[0], new.body[0])
    _check_kind(old, new, finding)
    _check_ways(old, new, finding)
    unused = sorted(_bound(new) - _bound(old) - _used(new))
    is_more = len(_bound(new)) > len(_bound(old))
    if unused and is_more and not is_top and not unused[0].startswith("_"):
        raise NotKeptError(f"nothing uses {unused[0]!r}")
    if finding.tool in TYPE_TOOLS or not finding.tool:
        gone = _operators(old) - _operators(new)
        if gone:
            raise NotKeptError(f"an operator is gone: {min(gone)}")


def _check_kind(old: Statement, new: Statement, finding: OpenFinding) -> None:
    nodes = _nodes(new)
    if not finding.is_header and any(isinstance(one, _DEFINITIONS) for one in nodes):
        raise NotKeptError("it defines something")
    if _imports(new) - _imports(old):
        raise NotKeptError("it imports something")
    if all(isinstance(one, ast.Pass) or _is_constant(one) for one in new.body):
        raise NotKeptError("the statement is gone")


def _check_ways(old: Statement, new: Statement, finding: OpenFinding) -> None:
    """Compare how statements leave."""
    said = " ".join(one.message for one in finding.remarks) + finding.rule
    was, now = _ways(old), _ways(new)
    merges = all(one.code.startswith(_MERGING) for one in finding.remarks)
    for way in sorted(was):
        if now[way] < (min(was[way], 1) if merges else was[way]):
            raise NotKeptError(f"{way!r} is gone")
    may_assert = {"assert"} if finding.tool in TYPE_TOOLS else set()
    for way in sorted(set(now) - set(was) - may_assert):
        if not re.search(rf"\b{way}\b", said):
            raise NotKeptError(f"{way!r} is new")


def _check_header(old: ast.stmt, new: ast.stmt) -> None:
    if type(old) is not type(new):
        raise NotKeptError("it is another kind of statement")
    if isinstance(old, _DEFINITIONS) and _without_annotations_of(old) != _without_annotations_of(
        new
    ):
        raise NotKeptError("more than annotations of the header changed")


def _check_comments(old: Statement, new: Statement) -> None:
    was, now = _comments(old.text), _comments(new.text)
    gone = was - now
    if gone:
        raise NotKeptError(f"the comment {min(gone)!r} is gone")
    if any(_SILENCING.search(one) for one in now - was):
        raise NotKeptError("it silences the tool by a comment")
    if now - was:
        raise NotKeptError("it has a new comment")


def _check_words(
    old: Statement, new: Statement, finding: OpenFinding, said: frozenset[str]
) -> None:
    was, now = _words(old), _words(new)
    dropped = sorted(was - now - said - _own_names(old))
    if dropped:
        raise NotKeptError(f"{dropped[0]!r} is gone")
    silent = sorted((now - was) & _SILENT_NAMES - (said - {"Any", "cast"}))
    if silent:
        raise NotKeptError(f"{silent[0]!r} silences the tool")
    calls = {
        name: count
        for name, count in (_calls(old) - _calls(new)).items()
        if not said.intersection(_WORD.findall(name))
    }
    if calls:
        raise NotKeptError(f"a call of {min(calls)} is gone")
    lost = sorted(_plain_values(old) - _plain_values(new) - said)
    if lost and not any(one.code.startswith(_MERGING) for one in finding.remarks):
        raise NotKeptError(f"the value {lost[0]} is gone")


def _handler_names(statement: Statement) -> set[str]:
    """Return what exceptions are called where they are caught: any name will do."""
    handlers = (one for one in _nodes(statement) if isinstance(one, ast.ExceptHandler))
    return {one.name for one in handlers if one.name is not None}


def same_shape(text: str, *, is_header: bool) -> str:
    """Return what two statements have in common that say the same with other names.

    Names of caught exceptions and the layout make no difference.
    """
    statement = parsed(text, is_header=is_header)
    names = sorted(_handler_names(statement))
    return "\n".join(ast.dump(_Renamed(names).visit(one)) for one in statement.body)


class _Renamed(ast.NodeTransformer):
    """Gives names of caught exceptions by their number."""

    def __init__(self, names: list[str]) -> None:
        self._names = {name: f"#{number}" for number, name in enumerate(names)}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._names.get(node.id, node.id)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        if node.name is not None:
            node.name = self._names[node.name]
        return self.generic_visit(node)


def _own_names(statement: Statement) -> set[str]:
    """Return the names that only live in a comprehension or lambda of a statement."""
    found: set[str] = set()
    for one in _nodes(statement):
        if isinstance(one, ast.comprehension):
            found |= {name.id for name in ast.walk(one.target) if isinstance(name, ast.Name)}
        elif isinstance(one, ast.Lambda):
            found |= {name.arg for name in ast.walk(one.args) if isinstance(name, ast.arg)}
    return found


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _nodes(statement: Statement) -> Iterator[ast.AST]:
    for one in statement.body:
        yield from ast.walk(one)


def _ways(statement: Statement) -> Counter[str]:
    """Return the words of the statements that leave, suspend or check."""
    names = {ast.YieldFrom: "yield", ast.Delete: "del"}
    return Counter(
        names.get(type(one), type(one).__name__.lower())
        for one in _nodes(statement)
        if isinstance(one, _WAYS)
    )


def _imports(statement: Statement) -> Counter[str]:
    return Counter(ast.dump(one) for one in _nodes(statement) if isinstance(one, _IMPORTS))


def _operators(statement: Statement) -> Counter[str]:
    kinds = (ast.cmpop, ast.boolop, ast.unaryop, ast.operator)
    nodes = (one for one in _nodes(statement) if isinstance(one, kinds))
    # `|` may come and go in annotations.
    return Counter(type(one).__name__ for one in nodes if not isinstance(one, ast.BitOr))


def _bound(statement: Statement) -> set[str]:
    found = {
        one.id
        for one in _nodes(statement)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }
    for one in _nodes(statement):
        if isinstance(one, _DEFINITIONS) or (isinstance(one, ast.ExceptHandler) and one.name):
            found.add(one.name or "")
    return found


def _calls(statement: Statement) -> Counter[str]:
    calls = (one for one in _nodes(statement) if isinstance(one, ast.Call))
    return Counter(_called(one.func) for one in calls)


def _called(node: ast.expr) -> str:
    name = dotted_name(node)
    if name is not None:
        return name
    return f".{node.attr}" if isinstance(node, ast.Attribute) else type(node).__name__


def _plain_values(statement: Statement) -> set[str]:
    """Return which of True, False and None a statement says."""
    return {
        repr(one.value)
        for one in _nodes(statement)
        if isinstance(one, ast.Constant) and isinstance(one.value, bool | type(None))
    }


def _used(statement: Statement) -> set[str]:
    return {
        one.id
        for one in _nodes(statement)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)
    }


def _words(statement: Statement) -> set[str]:
    """Return names, and the words of strings and numbers."""
    return set(_word_list(statement))


def _word_list(statement: Statement) -> list[str]:
    found: list[str] = []
    for token in _tokens(statement.text):
        if token.type == tokenize.NAME and not iskeyword(token.string):
            found.append(token.string)
        elif token.type in {tokenize.STRING, tokenize.NUMBER}:
            prefix = re.match(r"[A-Za-z]*(?=['\"])", token.string)
            rest = token.string[prefix.end() :] if prefix is not None else token.string
            # A placeholder of a format is no word.
            found += _WORD.findall(re.sub(r"%[-#0 +]*[\d.]*[a-zA-Z]|\\[a-z]", " ", rest))
    return found


def _words_of(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


def _comments(text: str) -> Counter[str]:
    tokens = _tokens(text)
    return Counter(one.string.strip() for one in tokens if one.type == tokenize.COMMENT)


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    try:
        return list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        # A header alone ends too early: what was read counts.
        return list(_tokens_until_error(text))


def _tokens_until_error(text: str) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.generate_tokens(io.StringIO(text).readline)
    except (tokenize.TokenError, SyntaxError):
        return


def _without_annotations(statement: Statement) -> list[str]:
    return [_without_annotations_of(one) for one in statement.body]


def _without_annotations_of(node: ast.stmt) -> str:
    """Return a dump in which annotations, and the types in brackets of bases, are left out."""
    copied = ast.parse(ast.unparse(ast.fix_missing_locations(node)))
    return ast.dump(_Bare().visit(copied))


class _Bare(ast.NodeTransformer):
    """Takes annotations away."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(node.arg)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.bases = [one.value if isinstance(one, ast.Subscript) else one for one in node.bases]
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.Expr(node.target)
        return ast.Assign([node.target], node.value)
