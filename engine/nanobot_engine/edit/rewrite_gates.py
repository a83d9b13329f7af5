"""Gates for a Python function that was written anew.

OneDefinitionGate   only that function changed; its name, parameters, decorators,
                    docstring and kind are what they were
NoNewPowerGate      it reaches for nothing that runs, loads, sends or deletes
SameBehaviourGate   it certainly does the same; or, where the user asked for another
                    means by name, it says nothing new besides
CommentsKeptGate    comments stand where the code that they are about still stands
"""

import ast
import io
import tokenize
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.edit.control_flow import does_same
from nanobot_engine.edit.errors import SourceError
from nanobot_engine.edit.gates import ACCEPTED, Verdict
from nanobot_engine.edit.plan import TextEdit
from nanobot_engine.edit.python_names import dotted_name
from nanobot_engine.edit.python_span import DefinitionNode
from nanobot_engine.edit.python_syntax import docstring_of, python_tree
from nanobot_engine.edit.source import SourceFile, source_from_bytes

_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS: Final = (ast.Import, ast.ImportFrom)

_POWERS: Final = frozenset(
    """
    eval exec compile __import__ open input breakpoint exit quit globals locals vars setattr
    delattr getattr system popen fork kill remove unlink rmdir removedirs rmtree rename renames
    replace_file truncate chmod chown symlink link write_text write_bytes putenv environ abort
    subprocess Popen check_call check_output socket urllib urlopen urlretrieve requests httpx
    aiohttp http ftplib smtplib telnetlib asyncore pickle marshal shelve ctypes importlib
    import_module runpy run_path run_module pty shutil tempfile multiprocessing
    create_subprocess_exec create_subprocess_shell
    """.split()  # noqa: SIM905 - read better than seventy quotes
)
"""Names that run, load, send, write or delete. `os.replace` is not in it: `str.replace` is."""
_BARE_OS: Final = ("os.replace", "os.exec", "os.spawn", "os.posix_spawn", "sys.modules")

_PURE: Final = frozenset(
    """
    len any all sum min max sorted reversed enumerate zip range list tuple set frozenset dict
    isinstance bool str int next iter get items keys values append extend join copy setdefault
    """.split()  # noqa: SIM905 - as above
)
"""What may come or go when something is written another way."""
_SMALL: Final = (0, 1, -1, None, True, False, "", ...)
_STEM_LENGTH: Final = 4


@dataclass(frozen=True, slots=True)
class DefinitionChange:
    """One function before and after."""

    before: DefinitionNode
    after: DefinitionNode


class DefinitionLostError(Exception):
    """The function is not there any more. Stays inside this part."""


def keyed_nodes(tree: ast.Module) -> Iterator[tuple[str, DefinitionNode]]:
    """Yield each definition with its qualified name; one defined again gets `#2` and so on."""
    count_by_name: dict[str, int] = {}
    stack: list[tuple[ast.AST, str, bool]] = [(tree, "", False)]
    while stack:
        node, prefix, is_function = stack.pop()
        if isinstance(node, _DEFINITIONS):
            parent = f"{prefix}.<locals>." if is_function else f"{prefix}." if prefix else ""
            prefix = parent + node.name
            is_function = not isinstance(node, ast.ClassDef)
            count_by_name[prefix] = count_by_name.get(prefix, 0) + 1
            count = count_by_name[prefix]
            yield f"{prefix}#{count}" if count > 1 else prefix, node
        children = [(child, prefix, is_function) for child in ast.iter_child_nodes(node)]
        stack.extend(reversed(children))


def definition_node(tree: ast.Module, name: str) -> DefinitionNode:
    """Return a definition by its key without the path, as `keyed_nodes` gives it.

    Raises:
        DefinitionLostError: There is none.
    """
    for key, node in keyed_nodes(tree):
        if key == name:
            return node
    raise DefinitionLostError(f"{name} is not there any more")


class _FunctionGate(ABC):
    """A gate over some functions of a file."""

    def __init__(self, names: Sequence[str]) -> None:
        """Take the functions, by qualified name."""
        self._names = tuple(names)

    def check(self, before: SourceFile, after: bytes, edits: Sequence[TextEdit]) -> Verdict:  # noqa: ARG002 - the protocol's signature
        """Compare each function before and after."""
        try:
            now = source_from_bytes(before.path, after)
            trees = python_tree(before), python_tree(now)
            for name in self._names:
                change = DefinitionChange(*(definition_node(tree, name) for tree in trees))
                problem = self._problem(change, before, now)
                if problem:
                    return Verdict(ok=False, reason=f"{name}: {problem}")
            problem = self._problem_around(*trees)
        except (SourceError, DefinitionLostError) as error:
            return Verdict(ok=False, reason=str(error))
        return Verdict(ok=False, reason=problem) if problem else ACCEPTED

    @abstractmethod
    def _problem(self, change: DefinitionChange, before: SourceFile, after: SourceFile) -> str:
        """Return what is wrong with one function; empty when nothing is."""

    def _problem_around(self, before: ast.Module, after: ast.Module) -> str:  # noqa: ARG002 - the default
        return ""


class OneDefinitionGate(_FunctionGate):
    """See the module docstring. Imports may be added at the top, and nothing else there."""

    name = "only the function changed"

    def __init__(self, names: Sequence[str], *, decorators: frozenset[str] = frozenset()) -> None:
        """State what may change.

        Args:
            names: Qualified names of the functions that were written anew.
            decorators: Dotted names of decorators that they may get.
        """
        super().__init__(names)
        self._decorators = decorators

    def _problem(self, change: DefinitionChange, before: SourceFile, after: SourceFile) -> str:  # noqa: ARG002 - the protocol's signature
        old, new = change.before, change.after
        if isinstance(old, ast.ClassDef) or isinstance(new, ast.ClassDef):
            return "is a class"
        kept = [ast.dump(one) for one in old.decorator_list]
        added = [one for one in new.decorator_list if ast.dump(one) not in kept]
        rest = [ast.dump(one) for one in new.decorator_list if one not in added]
        has_import = [
            any(isinstance(one, _IMPORTS) for one in ast.walk(node)) for node in (old, new)
        ]
        changed = {
            "its kind changed": type(old) is not type(new),
            "its parameters changed": ast.dump(old.args) != ast.dump(new.args),
            "its annotation changed": _dumped(old.returns) != _dumped(new.returns),
            "its decorators changed": rest != kept
            or any(_decorator_name(one) not in self._decorators for one in added),
            "its docstring changed": docstring_of(old) != docstring_of(new),
            "it imports something": has_import == [False, True],
        }
        return next((problem for problem, is_so in changed.items() if is_so), "")

    def _problem_around(self, before: ast.Module, after: ast.Module) -> str:
        for tree in (before, after):
            for name in self._names:
                node = definition_node(tree, name)
                node.body, node.decorator_list = [ast.Pass()], []
        old = [ast.dump(one) for one in before.body if not isinstance(one, _IMPORTS)]
        new = [ast.dump(one) for one in after.body if not isinstance(one, _IMPORTS)]
        if old != new:
            return "something else changed"
        lost = set(_imported(before)) - set(_imported(after))
        return f"the import of {min(lost)} is gone" if lost else ""


class NoNewPowerGate(_FunctionGate):
    """See the module docstring."""

    name = "no new power"

    def _problem(self, change: DefinitionChange, before: SourceFile, after: SourceFile) -> str:  # noqa: ARG002 - the protocol's signature
        new = reached_powers(change.after) - reached_powers(change.before)
        return f"it reaches for {min(new)}" if new else ""


class SameBehaviourGate(_FunctionGate):
    """See the module docstring."""

    name = "same behaviour"

    def __init__(self, names: Sequence[str], *, said: frozenset[str] = frozenset()) -> None:
        """State what the user asked for.

        Args:
            names: Qualified names of the functions that were written anew.
            said: Words of the request. Names among them may be used; what they are about
                may go.
        """
        super().__init__(names)
        self._said = said

    def _problem(self, change: DefinitionChange, before: SourceFile, after: SourceFile) -> str:  # noqa: ARG002 - the protocol's signature
        if does_same(change.before, change.after) and not _added_decorators(change):
            return ""
        old, new = _said_by(change.before), _said_by(change.after)
        if not (new - old) & self._said:
            return "it can not be shown to do the same"
        return self._unasked(old, new - self._given(change.after)) or _shape_problem(change)

    def _given(self, node: DefinitionNode) -> frozenset[object]:
        """Return what is passed to a function that the user named."""
        found: set[object] = set()
        for call in (one for one in ast.walk(node) if isinstance(one, ast.Call)):
            if _decorator_name(call).rpartition(".")[2] in self._said:
                found |= {one.arg for one in call.keywords}
                values = [*call.args, *(one.value for one in call.keywords)]
                found |= {repr(one.value) for one in values if isinstance(one, ast.Constant)}
        return frozenset(found)

    def _unasked(self, old: frozenset[object], new: frozenset[object]) -> str:
        stems = {word[:_STEM_LENGTH].lower() for word in self._said if len(word) >= _STEM_LENGTH}
        for one in sorted(new - old, key=repr):
            if one not in self._said and not _is_free(one):
                return f"{one!r} is new and was not asked for"
        for one in sorted(old - new, key=repr):
            is_meant = isinstance(one, str) and any(stem in one.lower() for stem in stems)
            if not is_meant and not _is_free(one):
                return f"{one!r} is gone"
        return ""


class CommentsKeptGate(_FunctionGate):
    """See the module docstring."""

    name = "comments kept"

    def _problem(self, change: DefinitionChange, before: SourceFile, after: SourceFile) -> str:
        old = comments(_text(change.before, before))
        new = _text(change.after, after)
        kept = {comment for comment, _ in comments(new)}
        lines = {line.strip() for line in new.split("\n")}
        for comment, code in old:
            if comment not in kept and code in lines:
                return f"the comment {comment!r} is gone"
        return ""


def comments(text: str) -> list[tuple[str, str]]:
    """Return each comment of a text with the line of code that it is about, both stripped.

    A comment on a line of its own is about the next line of code.
    """
    lines = text.split("\n")
    found: list[tuple[str, str]] = []
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return []
    for token in tokens:
        if token.type != tokenize.COMMENT:
            continue
        row, column = token.start
        code = lines[row - 1][:column].strip()
        place = row
        while not code and place < len(lines):
            code = lines[place].partition("#")[0].strip()
            place += 1
        found.append((token.string.strip(), code))
    return found


def _text(node: DefinitionNode, source: SourceFile) -> str:
    text = source.data.decode(source.encoding).replace("\r\n", "\n").replace("\r", "\n")
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    return "\n".join(text.split("\n")[first - 1 : node.end_lineno])


def _dumped(node: ast.AST | None) -> str:
    return "" if node is None else ast.dump(node)


def _decorator_name(node: ast.expr) -> str:
    return dotted_name(node.func if isinstance(node, ast.Call) else node) or ""


def _added_decorators(change: DefinitionChange) -> bool:
    return len(change.after.decorator_list) != len(change.before.decorator_list)


def _imported(tree: ast.Module) -> Iterator[str]:
    for statement in tree.body:
        if isinstance(statement, _IMPORTS):
            module = "." * getattr(statement, "level", 0) + (getattr(statement, "module", "") or "")
            for alias in statement.names:
                yield f"{module}:{alias.name}:{alias.asname or ''}"


def reached_powers(node: DefinitionNode) -> frozenset[str]:
    """Return the powers that a function names, and every attribute of Python's own."""
    found: set[str] = set()
    for one in ast.walk(node):
        name = one.id if isinstance(one, ast.Name) else ""
        if isinstance(one, ast.Attribute):
            name = one.attr
            dotted = dotted_name(one) or ""
            if dotted.startswith(_BARE_OS):
                found.add(dotted)
        if name in _POWERS or (name.startswith("__") and name.endswith("__")):
            found.add(name)
    return frozenset(found)


def _said_by(node: DefinitionNode) -> frozenset[object]:
    """Return the names, attributes and literals of a function, without its own local names."""
    stored = {
        one.id
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }
    found: set[object] = set()
    for one in ast.walk(node):
        match one:
            case ast.Name(id=name) if name not in stored:
                found.add(name)
            case ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                found.add(name)
            case ast.Constant(value=value):
                # 1 and True are equal, and mean different things.
                found.add(value if isinstance(value, str) else repr(value))
    return frozenset(found)


def _is_free(one: object) -> bool:
    return one in _PURE or one in _SMALL or one in {repr(small) for small in _SMALL}


def _shape_problem(change: DefinitionChange) -> str:
    """Compare what the parts of two functions are, where nothing more can be told."""
    old, new = (_shape(node) for node in (change.before, change.after))
    for what, was in old.items():
        if new[what] != was:
            return f"{what} differ"
    return ""


def _shape(node: DefinitionNode) -> Mapping[str, object]:
    nodes = list(ast.walk(node))
    return {
        "yields": any(isinstance(one, ast.Yield | ast.YieldFrom) for one in nodes),
        "awaited values": {ast.dump(one) for one in nodes if isinstance(one, ast.Await)},
        "returned values": any(isinstance(one, ast.Return) and one.value for one in nodes),
        "raised errors": {
            _decorator_name(one.exc) for one in nodes if isinstance(one, ast.Raise) and one.exc
        },
        "caught errors": {_dumped(one.type) for one in nodes if isinstance(one, ast.ExceptHandler)},
        "assertions": {ast.dump(one.test) for one in nodes if isinstance(one, ast.Assert)},
        "attributes set": {
            one.attr
            for one in nodes
            if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)
        },
    }
