"""Tests of `unittest` become tests of pytest.

Assertions of methods become `assert` statements; where a class uses nothing else of
`TestCase`, it becomes a plain class, whose name then starts with `Test`: pytest collects no
other. What has no exact equal stays as it is, in a `TestCase`, which pytest runs, too.
"""

import ast
import re
import unittest
from collections.abc import Iterator, Mapping
from typing import Final

from nanobot_engine.python import PythonFile, Span
from nanobot_engine.python.value import ClassValue
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.convert.replace import Rule
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.file_choice import WHERE, chosen_files
from nanobot_engine.refactor.imports.import_cleanup import Imports
from nanobot_engine.refactor.imports.import_edit import NewImport
from nanobot_engine.refactor.refactoring import Parameter
from nanobot_engine.refactor.source.rewriter import Rewriter

_OPERATORS: Final = {
    "Equal": "==",
    "NotEqual": "!=",
    "Is": "is",
    "IsNot": "is not",
    "In": "in",
    "NotIn": "not in",
    "Greater": ">",
    "GreaterEqual": ">=",
    "Less": "<",
    "LessEqual": "<=",
    # They compare with `==`, and say more when that fails, as pytest does of any two values.
    "DictEqual": "==",
    "ListEqual": "==",
    "MultiLineEqual": "==",
    "SetEqual": "==",
    "TupleEqual": "==",
}
_TESTS: Final = {
    "True": "$a",
    "False": "not $a",
    "IsNone": "$a is None",
    "IsNotNone": "$a is not None",
}
_PYTEST: Final = (NewImport("pytest"),)


def _rules() -> Iterator[Rule]:
    asserted = {f"{name}($a, $b": f"$a {sign} $b" for name, sign in _OPERATORS.items()}
    asserted |= {f"{name}($a": test for name, test in _TESTS.items()}
    asserted["IsInstance($a, $b"] = "isinstance($a, $b)"
    asserted["NotIsInstance($a, $b"] = "not isinstance($a, $b)"
    for head, test in asserted.items():
        yield Rule(f"self.assert{head})", f"assert {test}")
        for message in ("$m", "msg=$m"):
            yield Rule(f"self.assert{head}, {message})", f"assert {test}, $m")
    for name, found in (("Regex", "re.search"), ("NotRegex", "not re.search")):
        test = f"assert {found}($r, $a)"
        yield Rule(f"self.assert{name}($a, $r)", test, (NewImport("re"),))
    yield Rule("self.assertRaises($e)", "pytest.raises($e)", _PYTEST)
    yield Rule("self.assertRaises($e, $f, $*a)", "pytest.raises($e, $f, $*a)", _PYTEST)
    yield Rule("self.assertRaisesRegex($e, $m)", "pytest.raises($e, match=$m)", _PYTEST)
    yield Rule("self.fail($m)", "pytest.fail($m)", _PYTEST)
    yield Rule("self.skipTest($m)", "pytest.skip($m)", _PYTEST)


_HOOKS: Final = {"setUp": "setup_method", "tearDown": "teardown_method"}
_MEMBERS: Final = frozenset(dir(unittest.TestCase)) - frozenset(dir(object))
_TEST_CASES: Final = frozenset({"unittest.TestCase", "unittest.case.TestCase"})
# Where pytest may be told which classes it collects.
_SETTINGS: Final = (
    "pytest.ini",
    ".pytest.ini",
    "pytest.toml",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
)


class ConvertUnittest:
    """See the module docstring. Stateless: safe to share."""

    name: Final = "convert unittest to pytest"
    summary: Final = "Turn unittest assertions and test cases into those of pytest"
    parameters: Final[tuple[Parameter, ...]] = (WHERE,)

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        imports = Imports(codebase, builder)
        rules = list(_rules())
        touched = []
        for file in chosen_files(codebase, arguments):
            cases = _cases(codebase, file)
            if not cases:
                continue
            rewriter = Rewriter(file)
            inside = _Inside(cases, _keep_exceptions(file, rewriter, cases))
            for rule in rules:
                rule.apply(codebase, builder, rewriter, imports, only=inside)
            plain = []
            for case in cases:
                reason = _need(codebase, rewriter, file, case)
                if reason:
                    text = f"{case.name} stays a TestCase: {reason}"
                    builder.note(file.path, case.lineno, text)
                else:
                    plain.append(case)
                    _rename(builder, file, rewriter, case)
            rewriter.add_to(builder)
            for case in plain:
                _make_plain(builder, file, case)
            touched.append(file)
        if not touched:
            raise UnsafeError("there is no test case of unittest")
        imports.finish(touched)
        return builder.build("convert unittest to pytest")


class _Inside:
    """The nodes of some classes whose methods have `self`, but for results that are used."""

    def __init__(self, cases: list[ast.ClassDef], kept: set[ast.withitem]) -> None:
        self._nodes: set[ast.AST] = set()
        for case in cases:
            self._nodes.update(ast.walk(case))
            # `as` gives another object, with other attributes.
            for node in ast.walk(case):
                if isinstance(node, ast.withitem) and node.optional_vars and node not in kept:
                    self._nodes.discard(node.context_expr)

    def __contains__(self, node: object) -> bool:
        return node in self._nodes


def _keep_exceptions(
    file: PythonFile, rewriter: Rewriter, cases: list[ast.ClassDef]
) -> set[ast.withitem]:
    """Take exceptions from where pytest keeps them; return the items that catch them."""
    kept = set()
    for case in cases:
        for item in (one for one in ast.walk(case) if isinstance(one, ast.withitem)):
            match item:
                case ast.withitem(
                    context_expr=ast.Call(
                        func=ast.Attribute(
                            value=ast.Name(id="self"), attr="assertRaises" | "assertRaisesRegex"
                        )
                    ),
                    optional_vars=ast.Name() as caught,
                ):
                    uses = _exceptions_of(file, rewriter, caught)
                    if uses is None:
                        continue
                    kept.add(item)
                    for use in uses:
                        if use not in rewriter:
                            parts = (use.value, ".value")
                            rewriter.replace(use, parts, "pytest keeps the exception there")
    return kept


def _exceptions_of(
    file: PythonFile, rewriter: Rewriter, caught: ast.Name
) -> list[ast.Attribute] | None:
    """Return the uses of what `as` bound; None where one is not of its exception."""
    occurrences = [o for o in file.names.names if o.name == caught.id]
    own = next(o.bound() for o in occurrences if o.node is caught)
    found = []
    for one in (o for o in occurrences if o.bound() is own):
        parent, field = rewriter.parents[one.node]
        if isinstance(parent, ast.withitem) and field == "optional_vars":
            if "assertRaises" not in ast.unparse(parent.context_expr):
                return None
        elif isinstance(parent, ast.Attribute) and parent.attr == "exception":
            found.append(parent)
        else:
            return None
    return found


def _cases(codebase: Codebase, file: PythonFile) -> list[ast.ClassDef]:
    """Return the test cases of a file."""
    classes = codebase.references.inference.classes
    found = []
    for node in file.tree.body:
        if isinstance(node, ast.ClassDef):
            bases = set(classes.foreign_bases(ClassValue(file, node)))
            if bases & _TEST_CASES:
                found.append(node)
    return found


def _rename(
    builder: ChangeBuilder, file: PythonFile, rewriter: Rewriter, case: ast.ClassDef
) -> None:
    """Give a class a name that pytest collects, where it has none."""
    name, reason = _collected_name(case), "pytest collects classes named Test…"
    if name == case.name:
        return
    for one in file.names.names:
        if one.name != case.name or one.bound() is not file.names.module:
            continue
        if isinstance(one.node, ast.Name) and file.span(one.node) == one.span:
            rewriter.replace(one.node, [name], reason)
        else:
            builder.replace(file, one.span, name, reason)
    text = f"{case.name} is called {name} now: pytest collects no class of the old name"
    builder.note(file.path, case.lineno, text)


def _make_plain(builder: ChangeBuilder, file: PythonFile, case: ast.ClassDef) -> None:
    """Take the base of a class away, and give what prepares its tests the names of pytest."""
    base = file.span(case.bases[0])
    data = file.source.data
    start = data.rindex(b"(", 0, base.start_byte)
    end = data.index(b")", base.end_byte) + 1
    builder.replace(file, Span(start, end), "", "pytest needs no base class")
    for node in case.body:
        if isinstance(node, ast.FunctionDef) and node.name in _HOOKS:
            site = next(o.span for o in file.names.names if o.node is node and o.name == node.name)
            builder.replace(file, site, _HOOKS[node.name], "pytest's name")


def _need(codebase: Codebase, rewriter: Rewriter, file: PythonFile, case: ast.ClassDef) -> str:
    """Say what of `TestCase` a class needs; empty when it needs nothing."""
    reason = _hindrance(codebase, file, case)
    if reason:
        return reason
    others = [one.path for one in codebase.project.files_with(case.name) if one is not file]
    if others:
        return f"{others[0]} names it"
    for other in ast.walk(file.tree):
        bases = other.bases if isinstance(other, ast.ClassDef) else []
        if any(isinstance(one, ast.Name) and one.id == case.name for one in bases):
            return f"{getattr(other, 'name', '')} inherits from it"
    return next(filter(None, (_use(rewriter, node) for node in ast.walk(case))), "")


def _hindrance(codebase: Codebase, file: PythonFile, case: ast.ClassDef) -> str:
    """Say why a class can not be a plain one whatever it uses; empty when it can."""
    inference = codebase.references.inference
    base = ClassValue(file, case)
    name, settings = _collected_name(case), _settings_of_classes(codebase)
    reason = ""
    if not file.path.rpartition("/")[2].startswith("test_"):
        reason = "pytest collects plain classes of files named test_… only"
    elif len(case.bases) != 1 or case.keywords:
        reason = "it has other bases"
    elif any(
        getattr(one, "name", "") not in _TEST_CASES
        for one in inference.classes.base_values(base, case.bases[0])
    ):
        reason = f"its base {ast.unparse(case.bases[0])} is one of its own"
    elif name != case.name and _is_taken(file, name):
        reason = f"pytest collects classes named Test… only, and {name} is something else here"
    elif settings:
        reason = f"{settings} says which classes pytest collects"
    return reason


def _collected_name(case: ast.ClassDef) -> str:
    """Return a name of a class that pytest collects: its own, or `TestKeys` of `KeysTest`."""
    if case.name.startswith("Test"):
        return case.name
    return "Test" + (re.sub(r"_?Test(s|Case|Cases)?$", "", case.name).lstrip("_") or case.name)


def _is_taken(file: PythonFile, name: str) -> bool:
    return any(name in one.sites for one in (file.names.module, *file.names.scope_by_node.values()))


def _settings_of_classes(codebase: Codebase) -> str:
    """Return a file that sets `python_classes`; empty when there is none."""
    for path, data in codebase.data_by_path.items():
        is_one = path.rpartition("/")[2] in _SETTINGS
        if is_one and b"python_classes" in data:
            return path
    return ""


def _use(rewriter: Rewriter, node: ast.AST) -> str:
    """Say what of `TestCase` one node needs."""
    match node:
        case ast.FunctionDef(name=name) if name in _MEMBERS - set(_HOOKS):
            return f"it defines {name}"
        case ast.AsyncFunctionDef(name=name):
            return f"{name} is asynchronous"
        case ast.Name(id="super"):
            return "it calls super()"
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if name in _MEMBERS:
            return "" if _is_replaced(rewriter, node) else f"it uses {name}"
    return ""


def _is_replaced(rewriter: Rewriter, node: ast.Attribute) -> bool:
    return rewriter.parents[node][0] in rewriter
