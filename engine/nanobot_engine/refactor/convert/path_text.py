"""What the code shows about text that names a file: is it text, and how does it end.

`os.path` works on text as it is written, `pathlib` on parts: `Path` drops `.` parts, double
slashes and a slash at the end, and takes the empty text for `.`. Whether both mean the
same file, or even give the same text, is a question about the text.
"""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from types import MappingProxyType
from typing import Final

from nanobot_engine.python import Inference, PythonFile, Scope
from nanobot_engine.python.scope import PathStep, ScopeKind, Site
from nanobot_engine.python.value import ForeignValue, Unknown, Values, builtin_instance

_DEPTH_MAX: Final = 12
_PATH_OBJECTS: Final = frozenset({"pathlib.Path", "pathlib.Path()", "os.PathLike"})
_NONE: Final = builtin_instance("NoneType")


@dataclass(frozen=True, slots=True)
class PathText:
    """Facts about one value; each is only set where it is certain."""

    is_text: bool = False
    """It is a `str` or a path object, or None; no bytes and no file descriptor."""
    has_name: bool = False
    """It ends in a name: it is not empty, and does not end in a slash or in a `.` part."""
    is_whole: bool = False
    """`Path` names the same file."""
    is_clean: bool = False
    """`str(Path(value))` is the same text, also with more names behind it."""
    is_absolute: bool = False
    is_open: bool = False
    """The code shows a case in which it is empty or ends in a slash."""
    is_unslashed: bool = False
    """It ends in no slash, but for the root itself; it may be empty."""


_OTHER: Final = PathText()
_TEXT: Final = PathText(is_text=True)
_OPEN: Final = PathText(is_text=True, is_open=True)
_FOLDER: Final = PathText(is_text=True, is_open=True, is_unslashed=True)
_NAME: Final = PathText(is_text=True, has_name=True, is_whole=True, is_clean=True)
_NAMED: Final = PathText(is_text=True, has_name=True, is_whole=True)
_ANYTHING: Final = PathText(
    is_text=True, has_name=True, is_whole=True, is_clean=True, is_absolute=True
)
_ABSOLUTE: Final = PathText(is_text=True, is_whole=True, is_clean=True, is_absolute=True)

_CALLS: Final[Mapping[str, PathText]] = MappingProxyType(
    {
        "os.getcwd": _ABSOLUTE,
        "tempfile.gettempdir": _ABSOLUTE,
        "tempfile.mkdtemp": _NAMED,
        "tempfile.mktemp": _NAMED,
        "builtins.str": _TEXT,
        "os.getenv": _TEXT,
        "os.environ.get": _TEXT,
    }
)
# What the system gives as text, as an attribute or an item.
_SYSTEM: Final[Mapping[type[ast.AST], frozenset[str]]] = MappingProxyType(
    {
        ast.Attribute: frozenset({"sys.executable", "sys.prefix", "sys.base_prefix"}),
        ast.Subscript: frozenset({"sys.argv", "os.environ"}),
    }
)


class PathTexts:
    """Answers for the expressions of one file."""

    def __init__(self, inference: Inference, file: PythonFile, *, is_strict: bool = False) -> None:
        # Since Python 3.9 it is absolute; only an odd search path gives it double slashes.
        self._own_file = _NAMED if is_strict else _ANYTHING
        # As for that: only an odd home has double slashes, or is no absolute path.
        self._is_strict = is_strict
        self._inference = inference
        self._file = file
        self._depth = 0
        self._bound: dict[tuple[Scope, str], PathText] = {}
        self._shown: dict[tuple[Scope, str], bool] = {}
        self._stored: dict[str, PathText | None] = {}

    def of(self, scope: Scope, node: ast.expr) -> PathText:
        """Return what is certain about a value."""
        if self._depth > _DEPTH_MAX:
            return _OTHER
        self._depth += 1
        try:
            return self._of(scope, node)
        finally:
            self._depth -= 1

    def function(self, scope: Scope, node: ast.expr) -> str:
        """Return the dotted name of a function outside of the workspace; empty for others."""
        values = self._inference.values(self._file, scope, node)
        match list(values):
            case [ForeignValue(name=name, is_instance=False)]:
                return name.replace("posixpath.", "os.path.")
        return ""

    def is_path_object(self, scope: Scope, node: ast.expr) -> bool:
        """Tell whether a value is certainly a `pathlib.Path`."""
        values = self._inference.values(self._file, scope, node)
        return bool(values) and all(
            isinstance(one, ForeignValue)
            and one.is_instance
            and one.name in _PATH_OBJECTS - {"os.PathLike"}
            for one in values
        )

    def _of(self, scope: Scope, node: ast.expr) -> PathText:
        found: PathText | None = None
        match node:
            case ast.Constant() | ast.JoinedStr() | ast.BinOp():
                found = self._written(scope, node)
            case ast.Call():
                found = self._call(scope, node)
            case ast.IfExp(body=body, orelse=orelse):
                found = _either([self.of(scope, body), self.of(scope, orelse)])
            case ast.BoolOp(values=values):
                found = _either([self.of(scope, one) for one in values])
            case ast.Name(id=name):
                found = self._name(scope, name, node)
            case ast.Attribute(attr="__file__"):
                found = self._own_file
            case ast.Attribute() | ast.Subscript():
                outer = node.value if isinstance(node, ast.Subscript) else node
                found = _TEXT if self.function(scope, outer) in _SYSTEM[type(node)] else None
                if found is None and isinstance(node, ast.Attribute):
                    found = self._attribute(node.attr)
        if found is not None:
            return found
        return self._inferred(self._inference.values(self._file, scope, node))

    def _attribute(self, name: str) -> PathText | None:
        """Return what all assignments to attributes of a name have in common, if it is text."""
        if name not in self._stored:
            # As for names that are made from themselves.
            self._stored[name] = None
            stored = self._file.names.stored.get(name, ())
            is_elsewhere = any(
                other is not self._file
                and (name in other.names.stored or _binds_in_class(other, name))
                for other in self._inference.project.files_with(name)
            )
            if stored and not is_elsewhere and not _binds_in_class(self._file, name):
                found = _either(
                    [
                        self.of(one.scope, one.value)
                        if one.value is not None and not one.path and one.annotation is None
                        else _OTHER
                        for one in stored
                    ]
                )
                self._stored[name] = found if found.is_text else None
        return self._stored[name]

    def _written(self, scope: Scope, node: ast.expr) -> PathText | None:
        """Return what the text in an expression shows."""
        found: PathText | None = None
        match node:
            case ast.Constant(value=str(text)):
                found = _of_literal(text)
            case ast.JoinedStr(values=[*_, ast.Constant(value=str(text))]):
                found = _with_end(text)
            case ast.JoinedStr():
                found = _TEXT
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                found = self._sum(self.of(scope, left), right, self.of(scope, right))
            case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
                found = _formatted(text, "%")
        return found

    def _inferred(self, values: Values) -> PathText:
        known = values - _NONE
        if not known or not all(_is_text(one) for one in known):
            return _OTHER
        is_whole = all(isinstance(one, ForeignValue) and "Path" in one.name for one in known)
        return PathText(is_text=True, is_whole=is_whole)

    def _sum(self, left: PathText, right: ast.expr, end: PathText) -> PathText:
        if not (left.is_text or end.is_text):
            return _OTHER
        if isinstance(right, ast.Constant) and isinstance(right.value, str):
            return _with_end(right.value)
        return PathText(is_text=True, has_name=end.has_name, is_whole=end.has_name)

    # Names

    def _name(self, scope: Scope, name: str, node: ast.Name) -> PathText:
        bound = scope.lookup(name)
        if bound is None:
            return self._own_file if name == "__file__" else _OTHER
        key = (bound, name)
        if key not in self._bound:
            # Of a value that is made from itself nothing is certain.
            self._bound[key] = _OTHER
            sites = bound.sites.get(name, ())
            self._bound[key] = _either([self._site(bound, site) for site in sites])
        found = self._bound[key]
        if found.is_text:
            return found
        inferred = self._inferred(self._inference.values(self._file, scope, node))
        if not inferred.is_text and key not in self._shown:
            self._shown[key] = self._is_shown(bound, name)
        is_text = inferred.is_text or self._shown.get(key, False)
        return PathText(is_text=is_text, is_open=found.is_open, is_unslashed=found.is_unslashed)

    def _site(self, scope: Scope, site: Site) -> PathText:
        if isinstance(site.node, ast.arg):
            return self._parameter(scope, site, site.node)
        if site.value is None or site.annotation is not None:
            # `x += y`: what it becomes is no expression of its own.
            return _OTHER
        if isinstance(site.value, ast.Constant) and site.value.value is None and not site.path:
            # Nothing yet: `None` is refused by both.
            return _ANYTHING
        return self._taken(site.scope, site.value, site.path)

    def _parameter(self, scope: Scope, site: Site, node: ast.arg) -> PathText:
        """Return what callers of the workspace and the default show, if nothing speaks against."""
        values = self._inference.symbol_values(self._file, scope, node.arg) - _NONE
        shown = [one for one in values if not isinstance(one, Unknown)]
        is_text = bool(shown) and all(_is_text(one) for one in shown)
        is_open = False
        owner = scope.node
        if isinstance(owner, ast.FunctionDef | ast.AsyncFunctionDef):
            default = _default(owner.args, node)
            if default is not None:
                is_open = self.of(site.scope, default).is_open
        return PathText(is_text=is_text, is_open=is_open)

    def _taken(self, scope: Scope, value: ast.expr, path: tuple[PathStep, ...]) -> PathText:
        """Return what comes out of an expression by iteration, unpacking or `with`."""
        if not path:
            return self.of(scope, value)
        if isinstance(value, ast.Name):
            return self._element_of_name(scope, value, path)
        called = self.function(scope, value.func) if isinstance(value, ast.Call) else ""
        arguments = value.args if isinstance(value, ast.Call) else []
        found = _OTHER
        if not arguments or self.of(scope, arguments[0]).is_text:
            match called, path:
                case ("os.listdir", ("element",)) | ("os.walk", ("element", 1 | 2, "element")):
                    found = _NAME
                case ("os.walk", ("element", 0)) | ("glob.glob" | "glob.iglob", ("element",)):
                    found = _TEXT
                case "tempfile.TemporaryDirectory", ("enter",):
                    found = _NAMED
        return found

    def _element_of_name(
        self, scope: Scope, name: ast.Name, path: tuple[PathStep, ...]
    ) -> PathText:
        bound = scope.lookup(name.id)
        sites = bound.sites.get(name.id, ()) if bound is not None else ()
        return _either(
            [
                self._taken(site.scope, site.value, (*site.path, *path))
                if site.value is not None and not isinstance(site.value, ast.Name)
                else _OTHER
                for site in sites
            ]
        )

    def _is_shown(self, bound: Scope, name: str) -> bool:
        """Tell whether another use of a name in its function works for text only."""
        for node in ast.walk(bound.node):
            match node:
                case ast.BinOp(op=ast.Add(), left=left, right=right):
                    sides = [left, right]
                case ast.Call(func=function, args=args) if (
                    len(args) > 1 and self.function(bound, function) == "os.path.join"
                ):
                    sides = args
                case ast.Call(
                    func=ast.Attribute(value=ast.Name() as value),
                    args=[ast.Constant(value=str()) as first, *_],
                ):
                    sides = [value, first]
                case _:
                    continue
            is_named = any(isinstance(one, ast.Name) and one.id == name for one in sides)
            if is_named and any(_is_written_text(one) for one in sides):
                return True
        return False

    # Calls

    def _call(self, scope: Scope, node: ast.Call) -> PathText:
        match node.func:
            case ast.Attribute(value=ast.Constant(value=str(text)), attr="format"):
                return _formatted(text, "{")
        name = self.function(scope, node.func)
        arguments = [one for one in node.args if not isinstance(one, ast.Starred)]
        if name.startswith("os.path.") and arguments:
            return self._of_path(scope, name.removeprefix("os.path."), node)
        if name in _CALLS:
            default = self.of(scope, arguments[1]) if len(arguments) > 1 else _TEXT
            known = _CALLS[name]
            if name.startswith("os.") and default.is_open:
                return _OPEN
            if name == "builtins.str" and arguments and self.is_path_object(scope, arguments[0]):
                return PathText(is_text=True, is_whole=True)
            return known
        return self._inferred(self._inference.values(self._file, scope, node))

    def _of_path(self, scope: Scope, name: str, node: ast.Call) -> PathText:
        arguments = [one for one in node.args if not isinstance(one, ast.Starred)]
        if name == "expanduser" and not self._is_strict and _is_below_home(arguments):
            return _ABSOLUTE
        facts = [self.of(scope, one) for one in arguments]
        return _of_function(name, facts, is_unpacked=len(arguments) < len(node.args))


def _binds_in_class(file: PythonFile, name: str) -> bool:
    return any(
        scope.kind is ScopeKind.CLASS and name in scope.sites
        for scope in file.names.scope_by_node.values()
    )


def _is_text(value: object) -> bool:
    return (
        isinstance(value, ForeignValue)
        and value.is_instance
        and value.name in _PATH_OBJECTS | {"builtins.str"}
    )


def _is_written_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _of_literal(text: str) -> PathText:
    ending = text.rpartition("/")[2]
    has_name = ending not in {"", "."}
    # A slash is written otherwise on other systems.
    is_clean = has_name and "/" not in text and "\\" not in text
    is_whole = has_name or text in {"/", "."}
    is_home = text == "~" or text.startswith("~/")
    return PathText(
        is_text=True,
        has_name=has_name,
        is_whole=is_whole,
        is_clean=is_clean and not is_home,
        is_open=not is_whole,
    )


def _is_below_home(arguments: list[ast.expr]) -> bool:
    """Tell whether a text names the user's home, or something in it as `Path` would write it."""
    match arguments:
        case [ast.Constant(value=str(text))]:
            first, *parts = text.split("/")
            return first == "~" and not {"", "."} & {*parts}
    return False


def _with_end(text: str) -> PathText:
    """Return what is known of a text by its end alone."""
    ending = text.rpartition("/")[2]
    is_named = bool(ending.strip("."))
    return PathText(is_text=True, has_name=is_named, is_whole=is_named, is_open=text[-1:] == "/")


def _formatted(text: str, mark: str) -> PathText:
    ending = text.rpartition("/")[2]
    return _TEXT if mark in ending or "}" in ending else _with_end(text)


def _either(found: list[PathText]) -> PathText:
    """Return what holds for each of several values."""
    return reduce(_both, found) if found else _OTHER


def _both(one: PathText, other: PathText) -> PathText:
    return PathText(
        one.is_text and other.is_text,
        one.has_name and other.has_name,
        one.is_whole and other.is_whole,
        one.is_clean and other.is_clean,
        one.is_absolute and other.is_absolute,
        one.is_open or other.is_open,
        one.is_unslashed and other.is_unslashed,
    )


def _of_function(name: str, facts: list[PathText], *, is_unpacked: bool) -> PathText:
    """Return what a function of `os.path` makes of values with some facts."""
    first, last = facts[0], facts[-1]
    is_text = any(one.is_text for one in facts)
    if not is_text or is_unpacked:
        return PathText(is_text=is_text and name == "join")
    found = _OTHER
    match name:
        case "join":
            is_clean = first.is_clean and all(_is_name(one) for one in facts[1:])
            found = PathText(
                is_text=True,
                has_name=last.has_name,
                is_whole=last.has_name,
                is_clean=is_clean,
                is_absolute=is_clean and first.is_absolute,
                is_open=last.is_open and len(facts) > 1,
            )
        case "dirname":
            is_inside = first.is_clean and first.is_absolute
            found = _ABSOLUTE if is_inside else _FOLDER
        case "abspath" | "realpath":
            found = _ABSOLUTE
        case "normpath" | "relpath":
            found = PathText(is_text=True, is_whole=True)
        case "basename":
            found = _NAME if first.has_name else _OPEN
        case "expanduser":
            found = PathText(is_text=True, has_name=first.has_name, is_whole=first.is_whole)
        case "expandvars" | "normcase":
            found = _TEXT
    return found


def _is_name(one: PathText) -> bool:
    return one.is_clean and not one.is_absolute


def _default(arguments: ast.arguments, node: ast.arg) -> ast.expr | None:
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs: Iterable[tuple[ast.arg, ast.expr | None]] = [
        *zip(reversed(positional), reversed(arguments.defaults), strict=False),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return next((default for one, default in pairs if one is node), None)
