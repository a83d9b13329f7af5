"""Programs that tell whether a package looks as a sentence asked.

They read the files with `ast` and `tokenize` and know nothing of how a change was made.
Each returns what is wrong, or nothing.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping

from benchmarks.result_task import Check, Files

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def defines(path: str, *names: str) -> Check:
    """Check that a file defines names; `Class.method` and attributes count."""

    def check(files: Files) -> str:
        text = files.after.get(path)
        if text is None:
            return f"{path}: is not there"
        have = defined_names(text)
        missing = [name for name in names if name not in have]
        return f"{path}: lacks {', '.join(missing)}" if missing else ""

    return check


def lacks(path: str, *names: str) -> Check:
    """Check that a file does not define names any more."""

    def check(files: Files) -> str:
        text = files.after.get(path)
        left = [] if text is None else [one for one in names if one in defined_names(text)]
        return f"{path}: still defines {', '.join(left)}" if left else ""

    return check


def gone(name: str, under: str = "") -> Check:
    """Check that no code uses a name any more; text and comments do not count."""

    def check(files: Files) -> str:
        for path, data in sorted(files.after.items()):
            if path.endswith(".py") and path.startswith(under) and name in code_names(data):
                return f"{path}: still has {name}"
        return ""

    return check


def signature(path: str, function: str, arguments: str) -> Check:
    """Check the parameters of a function, as `ast.unparse` writes them."""

    def check(files: Files) -> str:
        node = function_of(files, path, function)
        if node is None:
            return f"{path}: lacks {function}"
        found = ast.unparse(node.args)
        return "" if found == arguments else f"{function}({found}) instead of ({arguments})"

    return check


def has(path: str, pattern: str) -> Check:
    """Check that a regular expression is found in a file."""

    def check(files: Files) -> str:
        text = files.after.get(path, b"").decode("utf-8", "replace")
        return "" if re.search(pattern, text, re.MULTILINE) else f"{path}: lacks /{pattern}/"

    return check


def lacks_text(path: str, pattern: str) -> Check:
    """Check that a regular expression is not found; of a folder, in no file beneath."""

    def check(files: Files) -> str:
        for one, data in sorted(files.after.items()):
            is_meant = one == path or (path.endswith("/") and one.startswith(path))
            if is_meant and re.search(pattern, data.decode("utf-8", "replace"), re.MULTILINE):
                return f"{one}: still has /{pattern}/"
        return ""

    return check


def exists(*paths: str) -> Check:
    """Check that files are there."""

    def check(files: Files) -> str:
        missing = [path for path in paths if path not in files.after]
        return f"not there: {', '.join(missing)}" if missing else ""

    return check


def is_gone(*paths: str) -> Check:
    """Check that files are not there any more."""

    def check(files: Files) -> str:
        left = [path for path in paths if path in files.after]
        return f"still there: {', '.join(left)}" if left else ""

    return check


def only(*prefixes: str) -> Check:
    """Check that nothing outside some files and folders changed."""

    def check(files: Files) -> str:
        others = [one for one in files.changed() if not one.startswith(prefixes)]
        return f"changed, too: {', '.join(others)}" if others else ""

    return check


def either(*checks: Check) -> Check:
    """Check that one of several is satisfied; what the first says is wrong counts."""

    def check(files: Files) -> str:
        problems = [one(files) for one in checks]
        return problems[0] if all(problems) else ""

    return check


def changes(path: str) -> Check:
    """Check that a file changed, or one beneath a folder."""

    def check(files: Files) -> str:
        found = any(one.startswith(path) for one in files.changed())
        return "" if found else f"{path}: nothing changed"

    return check


def documented(path: str, *names: str) -> Check:
    """Check that definitions have a docstring now and that no code changed."""

    def check(files: Files) -> str:
        for name in names:
            node = definition_of(files, path, name)
            if node is None or not ast.get_docstring(node):
                return f"{path}: {name} has no docstring"
        for one in files.changed():
            if one.endswith(".py") and one in files.before and one in files.after:
                old, new = _code_alone(files.before[one]), _code_alone(files.after[one])
                if old != new:
                    return f"{one}: code changed"
        return ""

    return check


def annotated(path: str, *names: str) -> Check:
    """Check that functions have types for all parameters but self, and for what they return."""

    def check(files: Files) -> str:
        for name in names:
            node = function_of(files, path, name)
            if node is None:
                return f"{path}: lacks {name}"
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            bare = [one.arg for one in arguments if one.annotation is None]
            if set(bare) - {"self", "cls"} or node.returns is None:
                return f"{path}: {name} is not annotated"
        return ""

    return check


def handles_errors(path: str, name: str) -> Check:
    """Check that a function has a new `try` or `raise`, and catches no bare exception."""

    def check(files: Files) -> str:
        node, old = function_of(files, path, name), function_of(files, path, name, before=True)
        if node is None or old is None:
            return f"{path}: lacks {name}"
        if _count(node, (ast.Try, ast.Raise)) <= _count(old, (ast.Try, ast.Raise)):
            return f"{path}: {name} handles no more errors than before"
        bare = [h for h in ast.walk(node) if isinstance(h, ast.ExceptHandler) and h.type is None]
        return f"{path}: {name} has a bare except" if bare else ""

    return check


def logs(path: str, name: str) -> Check:
    """Check that a function logs."""

    def check(files: Files) -> str:
        node = function_of(files, path, name)
        text = ast.unparse(node) if node else ""
        is_logged = re.search(
            r"\blog\w*\.(debug|info|warning|error|exception)\(", text, re.IGNORECASE
        )
        return "" if is_logged else f"{path}: {name} logs nothing"

    return check


def tested(name: str) -> Check:
    """Check that some test file calls a function more often than before."""

    def check(files: Files) -> str:
        def calls(data_by_path: Mapping[str, bytes]) -> int:
            texts = (
                data.decode("utf-8", "replace")
                for path, data in data_by_path.items()
                if "test" in path and path.endswith(".py")
            )
            return sum(len(re.findall(rf"\b{re.escape(name)}\(", text)) for text in texts)

        before, after = calls(files.before), calls(files.after)
        return "" if after > before else f"{name}: no test calls it that did not before"

    return check


def defined_names(data: bytes) -> set[str]:
    """Return what a file defines, with attributes that methods give `self`."""
    return set(_defined(ast.parse(data).body, ""))


def code_names(data: bytes) -> set[str]:
    """Return all names of a file's code."""
    tokens = tokenize.tokenize(io.BytesIO(data).readline)
    return {token.string for token in tokens if token.type == tokenize.NAME}


def function_of(files: Files, path: str, name: str, *, before: bool = False) -> _Function | None:
    """Return a function or method; None where it is not there."""
    node = definition_of(files, path, name, before=before)
    return node if isinstance(node, _Function) else None


def definition_of(
    files: Files, path: str, name: str, *, before: bool = False
) -> _Function | ast.ClassDef | None:
    """Return the last definition of a name; None where it is not there."""
    data = (files.before if before else files.after).get(path)
    if data is None:
        return None
    body: list[ast.stmt] = ast.parse(data).body
    node: _Function | ast.ClassDef | None = None
    for part in name.split("."):
        node = None
        for one in body:
            if isinstance(one, _Function | ast.ClassDef) and one.name == part:
                node = one
        if node is None:
            return None
        body = node.body
    return node


def _defined(body: list[ast.stmt], prefix: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield prefix + node.name
            yield from _defined(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, _Function):
            yield prefix + node.name
            yield from (prefix + name for name in (_own_attributes(node) if prefix else ()))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for one in (part for target in targets for part in ast.walk(target)):
                if isinstance(one, ast.Name):
                    yield prefix + one.id
        elif isinstance(node, ast.If | ast.Try):
            handlers = node.handlers if isinstance(node, ast.Try) else []
            for part in (node.body, node.orelse, *(one.body for one in handlers)):
                yield from _defined(part, prefix)


def _own_attributes(function: _Function) -> set[str]:
    return {
        node.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


def _count(node: ast.AST, kinds: tuple[type[ast.AST], ...]) -> int:
    return sum(isinstance(one, kinds) for one in ast.walk(node))


def _code_alone(data: bytes) -> str:
    tree = ast.parse(data)
    for node in ast.walk(tree):
        if isinstance(node, _Function | ast.ClassDef | ast.Module) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    # Python needs no `pass` beside a docstring.
    return re.sub(r"^ *pass\n?", "", ast.unparse(tree), flags=re.MULTILINE)
