"""Calls of `os.path` become `pathlib`, where that means the same files and the same values.

What gives a truth value or a number becomes a method of `Path`. What gives a path becomes
a `Path` only where nobody can tell: in such a method, in `open` and functions of `os` that only
use the file, in `Path(…)`, and in a variable that is used for nothing else. A path that
goes anywhere else stays text: as `str(Path(…))` where the code shows that this is the same text,
else as it was. What may be bytes or a file descriptor stays, and so does what may be empty or
end in a slash as far as the code shows.

Before Python 3.14 `Path.exists` and the like raise an error for a path that must not be looked
at, where `os.path` says no; a note tells it. `Path.resolve` raises one for a circle of links.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from nanobot_engine.edit.python_names import is_test_module
from nanobot_engine.python import PythonFile, Scope, Symbol
from nanobot_engine.python.scope import Role, ScopeKind
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.convert.path_class import path_class
from nanobot_engine.refactor.convert.path_text import PathText, PathTexts
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.file_choice import WHERE, chosen_files
from nanobot_engine.refactor.imports.import_cleanup import Imports
from nanobot_engine.refactor.left_note import LeftNotes
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.source.expression import expressions, has_lost_comment
from nanobot_engine.refactor.source.rewriter import Part, Rewriter

_QUESTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "exists": ".exists()",
        "isfile": ".is_file()",
        "isdir": ".is_dir()",
        "islink": ".is_symlink()",
        "getsize": ".stat().st_size",
        "getmtime": ".stat().st_mtime",
        "getatime": ".stat().st_atime",
        "getctime": ".stat().st_ctime",
        "basename": ".name",
    }
)
_PATHS: Final = frozenset({"join", "dirname", "realpath", "expanduser"})
_LEFT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "abspath": "Path.absolute() keeps `..`, and Path.resolve() follows links",
        "normpath": "pathlib takes no `..` away without following links",
        "splitext": "Path.suffix splits names like `a.` and `..a` otherwise",
        "isabs": "Path.is_absolute() differs on Windows before Python 3.13",
        "lexists": "before Python 3.12 pathlib has no equal",
        "ismount": "before Python 3.12 Path.is_mount() does not work on Windows",
    }
)
# Functions that only use the file that an argument names, by the index of the argument.
_USING: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {
        **dict.fromkeys(("builtins.open", "io.open", "os.path.lexists", "os.path.ismount"), (0,)),
        **{
            f"os.{name}": (0,)
            for name in ("access", "chdir", "chmod", "chown", "listdir", "lstat", "makedirs")
        },
        **{
            f"os.{name}": (0,)
            for name in ("mkdir", "remove", "rmdir", "stat", "truncate", "unlink", "utime")
        },
        **dict.fromkeys(("os.rename", "os.replace", "os.link"), (0, 1)),
        "shutil.rmtree": (0,),
    }
)
# These give the path back, so only where that is not used.
_COPYING: Final = frozenset(
    f"shutil.{name}" for name in ("copy", "copy2", "copyfile", "copytree", "move")
)
# These give the same text for a path however it is written.
_NORMAL: Final = frozenset({"os.path.abspath", "os.path.normpath"})
_NOTE: Final = (
    "of a path that is empty or ends in a slash, and before Python 3.14 of one that must not be "
    "looked at, pathlib says something else than os.path"
)
_SLASH_NOTE: Final = (
    "on Windows os.path.expanduser keeps the slashes that are written, and Path writes its own"
)
_LINE_LENGTH_MAX: Final = 88
_Name = tuple[Scope, str]


class ConvertOsPath:
    """See the module docstring. Stateless: safe to share."""

    name: Final = "convert os.path to pathlib"
    summary: Final = "Turn calls of os.path into pathlib where values and their types stay the same"
    parameters: Final = (
        WHERE,
        Parameter(
            "strict",
            ParameterKind.CHOICE,
            "whether paths stay that the code does not show to be neither empty nor ended by `/`",
            is_optional=True,
            choices=("yes", "no"),
        ),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        imports, left = Imports(codebase, builder), LeftNotes()
        touched = []
        for file in chosen_files(codebase, arguments):
            if not file.path.endswith(".py") or b"path" not in file.source.data:
                continue
            new, written = path_class(file)
            is_strict = arguments.get("strict") == "yes"
            converter = _Converter(codebase, file, written, is_strict=is_strict)
            if converter.convert(builder, left):
                imports.of(file).add(new)
                touched.append(file)
        if not touched:
            first = left.first()
            reason = f"no call of os.path can certainly become pathlib; {first}"
            raise UnsafeError(reason if first else "there is no call of os.path")
        imports.finish(touched)
        left.tell(builder)
        return builder.build("convert os.path to pathlib")


class _Converter:
    """Converts one file."""

    def __init__(
        self, codebase: Codebase, file: PythonFile, written: str, *, is_strict: bool
    ) -> None:
        self._is_strict = is_strict
        self._codebase = codebase
        self._file = file
        self._class = written
        self._rewriter = Rewriter(file)
        self._texts = PathTexts(codebase.references.inference, file, is_strict=is_strict)
        self._scopes = dict(expressions(file))
        self._functions = {
            node: self._texts.function(scope, node.func)
            for node, scope in self._scopes.items()
            if isinstance(node, ast.Call)
        }
        self._promoted: set[_Name] = set()
        self._is_ending_open = False
        self._is_slash_open = False
        self._converted: set[ast.Call] = set()
        self._inlined: set[ast.expr] = set()

    def convert(self, builder: ChangeBuilder, left: LeftNotes) -> bool:
        """Replace all that can be, tell what is left, and say whether something changed."""
        calls = {
            node: name.removeprefix("os.path.")
            for node, name in self._functions.items()
            if name.startswith("os.path.") and "()" not in name
        }
        if not calls:
            return False
        if not self._class:
            left.add(self._file.path, 0, "`Path` means something else here")
            return False
        self._decide(calls)
        is_any = is_question = False
        for node, name in calls.items():
            reason = self._replaced(node, name)
            if reason:
                left.add(self._file.path, node.lineno, reason)
            is_any = is_any or not reason
            is_question = is_question or (not reason and name in _QUESTIONS and name != "basename")
        self._shorten()
        if is_any:
            self._rewriter.add_to(builder)
        if is_question or self._is_ending_open:
            builder.note(self._file.path, 0, _NOTE)
        if self._is_slash_open:
            builder.note(self._file.path, 0, _SLASH_NOTE)
        return is_any

    def _shorten(self) -> None:
        """Leave out what says nothing of a path: `Path(path)`, and whether it is empty."""
        for node, name in self._functions.items():
            if name == "pathlib.Path" and len(node.args) == 1 and self._is_path(node.args[0]):
                self._rewriter.replace(node, [node.args[0]], "is a Path already")
        for both in self._scopes:
            match both:
                case ast.BoolOp(op=ast.And(), values=[ast.Name() as first, second]):
                    if self._is_path(first):
                        self._rewriter.replace(both, [second], "a Path is never empty")

    # What becomes a Path

    def _decide(self, calls: Mapping[ast.Call, str]) -> None:
        """Find the calls and variables that become paths: all whose every use allows it."""
        able = {
            node for node, name in calls.items() if name in _PATHS and not self._hindrance(node)
        }
        self._promoted = set(self._candidates(able))
        while True:
            self._converted = self._in_context(able)
            lost = {one for one in self._promoted if not self._holds(one)}
            if not lost:
                return
            self._promoted -= lost

    def _in_context(self, able: set[ast.Call]) -> set[ast.Call]:
        """Return the calls whose value may be a path, given the promoted variables."""
        self._converted = set(able)
        while True:
            lost = {one for one in self._converted if not self._may_be_path(one)}
            if not lost:
                return self._converted
            self._converted -= lost

    def _candidates(self, able: set[ast.Call]) -> Iterable[_Name]:
        """Yield the variables of functions, and private ones of modules, that hold such calls."""
        for node in able:
            parent, _ = self._rewriter.parents[node]
            if not isinstance(parent, ast.Assign) or len(parent.targets) != 1:
                continue
            target, scope = parent.targets[0], self._scopes[node]
            if not isinstance(target, ast.Name):
                continue
            bound = scope.lookup(target.id)
            if bound is not None and self._is_own(bound, target.id):
                yield bound, target.id

    def _is_own(self, scope: Scope, name: str) -> bool:
        """Tell whether only this file can see a variable."""
        if scope.kind is ScopeKind.FUNCTION:
            return not any(
                isinstance(node, ast.Name) and node.id in {"locals", "vars", "eval", "exec"}
                for node in ast.walk(scope.node)
            )
        if scope.kind is not ScopeKind.MODULE or name in {o.name for o in self._file.names.listed}:
            return False
        is_hidden = name.startswith("_") or is_test_module(self._file.path)
        found = self._codebase.references.find_bound(Symbol(self._file, scope, name)).found
        return is_hidden and all(one.file is self._file for one in found)

    def _holds(self, symbol: _Name) -> bool:
        """Tell whether all values of a variable are paths, and all its uses take one."""
        scope, name = symbol
        for site in scope.sites.get(name, ()):
            if site.value not in self._converted or site.path or site.annotation is not None:
                return False
        for one in self._file.names.names:
            if one.name != name or one.bound() is not scope or one.role is Role.STORE:
                continue
            if one.role is not Role.LOAD or not isinstance(one.node, ast.Name):
                return False
            if one.node not in self._scopes or not self._may_be_path(one.node):
                return False
        return True

    def _may_be_path(self, node: ast.expr) -> bool:
        """Tell whether a `Path` does in a place what text does."""
        parent, _ = self._rewriter.parents[node]
        match parent:
            case ast.Call() if node in parent.args:
                return self._takes_path(parent, node)
            case ast.Assign(targets=[ast.Name(id=name)]):
                return (self._scopes[node].lookup(name), name) in self._promoted
            case ast.BoolOp(op=ast.And(), values=[ast.Name() as first, _]) if first is node:
                return self._is_asked_next(parent, first)
            case ast.FormattedValue(format_spec=None, conversion=-1 | 115):
                return isinstance(node, ast.Name) and self._texts.of(self._of(node), node).is_clean
        return False

    def _takes_path(self, call: ast.Call, node: ast.expr) -> bool:
        name = self._functions[call]
        index = call.args.index(node)
        match name.removeprefix("os.path."):
            case inner if inner in _PATHS and name.startswith("os.path."):
                return call in self._converted or (index == 0 and self._is_written(call))
            case inner if inner in _QUESTIONS and name.startswith("os.path."):
                return not self._hindrance(call)
        if name == "pathlib.Path" or (name in _NORMAL and isinstance(node, ast.Name)):
            return not call.keywords
        is_statement = self._rewriter.is_statement(call)
        is_using = index in _USING.get(name, ()) or (
            name in _COPYING and is_statement and index < 2
        )
        return is_using and not self._risk(node)

    # What can not

    def _hindrance(self, node: ast.Call) -> str:
        """Say why a call can not be converted whoever uses it; empty when it can."""
        name = self._functions[node].removeprefix("os.path.")
        if name not in _PATHS and name not in _QUESTIONS:
            return _LEFT.get(name, f"pathlib has no equal of os.path.{name}")
        is_kept_open = name == "join" and self._is_kept_open(node)
        reason = ""
        if node.keywords or not node.args or (len(node.args) > 1 and name != "join"):
            reason = "its arguments are given in an unusual way"
        elif self._rewriter.is_in_string(node):
            reason = "it stands inside of an f-string"
        elif not is_kept_open and has_lost_comment(self._file, node, node.args):
            reason = "a comment inside would get lost"
        return reason or self._doubt(node, name)

    def _doubt(self, node: ast.Call, name: str) -> str:
        """Say what of the argument is not known."""
        first = node.args[0]
        fact = self._texts.of(self._of(first), first)
        written = ast.unparse(first)
        if name == "join":
            is_text = self._texts.of(self._of(node), node).is_text
        else:
            is_text = fact.is_text and not isinstance(first, ast.Starred)
        reason = ""
        if not is_text:
            reason = f"{written} is not known to be text, and no bytes and no file descriptor"
        elif name in {"dirname", "basename"} and not self._is_ended(name, fact):
            reason = f"{written} may end in a slash, which Path does not see"
        elif name == "expanduser" and not _is_home(first):
            reason = "Path.expanduser() fails where there is no such user"
        elif name in _QUESTIONS and name != "basename":
            reason = self._risk(first)
        return reason

    def _is_ended(self, name: str, fact: PathText) -> bool:
        """Tell whether `Path` sees the same last part of a path."""
        if fact.has_name or fact.is_clean:
            return True
        # An unknown path rarely ends in a slash, but the name at its end is a value.
        return name == "dirname" and not (fact.is_open or self._is_strict)

    def _risk(self, node: ast.expr) -> str:
        """Say why `Path` may name another file than a text."""
        fact = self._texts.of(self._of(node), node)
        if fact.is_whole or fact.is_clean or (not fact.is_open and not self._is_strict):
            return ""
        if fact.is_unslashed and isinstance(node, ast.Name) and self._is_guarded(node):
            return ""
        return f"{ast.unparse(node)} may be empty or end in a slash, which Path takes otherwise"

    def _is_asked_next(self, both: ast.BoolOp, node: ast.Name) -> bool:
        """Tell whether a test is `x and not exists(x)`: no for an empty text, and for `.`."""
        match both.values[1], self._rewriter.parents[both]:
            case (
                ast.UnaryOp(op=ast.Not(), operand=ast.Call(args=[ast.Name(id=name)]) as call),
                (ast.If(), "test"),
            ):
                asked = self._functions[call] in {"os.path.exists", "os.path.isdir"}
                return asked and name == node.id and not self._hindrance(call)
        return False

    def _is_guarded(self, node: ast.Name) -> bool:
        """Tell whether a place is reached only where a name is not empty."""
        inner: ast.AST = node
        while inner in self._rewriter.parents:
            parent, _ = self._rewriter.parents[inner]
            tests: Sequence[ast.expr] = ()
            match parent:
                case ast.BoolOp(op=ast.And(), values=values) if inner in values:
                    tests = values[: values.index(inner)]
                case ast.If(test=ast.BoolOp(op=ast.And(), values=values), body=body) if (
                    inner in body
                ):
                    tests = values
                case ast.If(test=test, body=body) if inner in body:
                    tests = [test]
            if any(isinstance(one, ast.Name) and one.id == node.id for one in tests):
                return True
            inner = parent
        return False

    def _of(self, node: ast.expr) -> Scope:
        inner = node.value if isinstance(node, ast.Starred) else node
        return self._scopes[inner]

    # The new text

    def _replaced(self, node: ast.Call, name: str) -> str:
        """Replace one call; return the reason when it stays."""
        if node in self._inlined:
            return ""
        reason = self._hindrance(node)
        if reason:
            return reason
        if name in _QUESTIONS:
            parts = [*self._path(node.args[0]), _QUESTIONS[name]]
            self._rewriter.replace(node, parts, f"was os.path.{name}")
            return ""
        if node in self._converted:
            self._write_path(node, name)
            return ""
        if self._is_written(node):
            self._is_slash_open = self._is_slash_open or name == "expanduser"
            self._write_path(node, name, is_text=True)
            return ""
        return "its value is used as text, which Path would write in another way"

    def _is_written(self, node: ast.Call) -> bool:
        """Tell whether a call becomes `str(Path(…))`, which is the same text."""
        name = self._functions[node].removeprefix("os.path.")
        if node in self._converted or name not in _PATHS or self._hindrance(node):
            return False
        fact = self._texts.of(self._of(node), node)
        # Of a name alone `dirname` gives no text, and `Path.parent` a dot.
        return fact.is_clean and (fact.is_absolute or name == "join")

    def _parent_of(self, node: ast.Call) -> list[Part]:
        first = node.args[0]
        fact = self._texts.of(self._of(first), first)
        is_shown = fact.has_name or fact.is_clean
        self._is_ending_open = self._is_ending_open or not is_shown
        return [*self._path(first), ".parent"]

    def _write_path(self, node: ast.Call, name: str, *, is_text: bool = False) -> None:
        reason = f"was os.path.{name}"
        parts: list[Part] = []
        match name:
            case "join" if self._is_kept_open(node) and not is_text:
                # `Path(a, b)` keeps the layout and the comments.
                self._rewriter.replace(node.func, [self._class], reason)
                return
            case "join":
                parts = self._joined(node)
            case "dirname":
                parts = self._parent_of(node)
            case "realpath":
                parts = [*self._path(node.args[0]), ".resolve()"]
            case "expanduser":
                parts = [*self._path(node.args[0]), ".expanduser()"]
        self._rewriter.replace(node, ["str(", *parts, ")"] if is_text else parts, reason)

    def _is_kept_open(self, node: ast.Call) -> bool:
        """Tell whether a call keeps its lines: it has comments in it, or would be too long."""
        if node.lineno == node.end_lineno:
            return False
        length = node.col_offset + sum(len(ast.unparse(one)) + 3 for one in node.args)
        return length > _LINE_LENGTH_MAX or has_lost_comment(self._file, node, node.args)

    def _joined(self, node: ast.Call) -> list[Part]:
        arguments = self._flat(node.args)
        if len(arguments) == 1 or any(isinstance(one, ast.Starred) for one in arguments):
            parts: list[Part] = [f"{self._class}("]
            for one in arguments:
                parts += [", "] if len(parts) > 1 else []
                parts += ["*", one.value] if isinstance(one, ast.Starred) else [one]
            return [*parts, ")"]
        parts = self._path(arguments[0])
        for one in arguments[1:]:
            parts += [" / ", one]
        return parts

    def _flat(self, arguments: Sequence[ast.expr]) -> list[ast.expr]:
        """Return arguments, and for further calls of `join` among them theirs."""
        found: list[ast.expr] = list(arguments[:1])
        for one in arguments[1:]:
            if (
                isinstance(one, ast.Call)
                and one in self._converted
                and self._functions[one] == "os.path.join"
                and not self._is_kept_open(one)
            ):
                self._inlined.add(one)
                found += self._flat(one.args)
            else:
                found.append(one)
        return found

    def _path(self, node: ast.expr) -> list[Part]:
        """Return an expression for the path that a text names."""
        if self._is_path(node) or self._texts.is_path_object(self._of(node), node):
            return [node]
        if isinstance(node, ast.Call) and self._functions[node] == "os.getcwd":
            return [f"{self._class}.cwd()"]
        return [f"{self._class}(", node, ")"]

    def _is_path(self, node: ast.expr) -> bool:
        """Tell whether an expression is a path after the change."""
        if isinstance(node, ast.Name) and node in self._scopes:
            return (self._scopes[node].lookup(node.id), node.id) in self._promoted
        return node in self._converted


def _is_home(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and (node.value == "~" or node.value.startswith("~/"))
    )
