"""How a workspace may run its tests, with what speaks for it.

Read from its files, so it is only said, never run: what a file of a workspace names is not
the user's word. pytest and unittest are the exception: they are named here.
"""

import ast
import json
import os
import re
import shlex
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping
from configparser import ConfigParser
from configparser import Error as ConfigError
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nanobot_engine.check.environment import NO_PYTHON
from nanobot_engine.check.scratch import LEFT_OUT

_FILE_BYTES_MAX: Final = 1 << 20
_FOLDERS_MAX: Final = 2_000
_TEST_FILES_MAX: Final = 30
_TEST_FILE: Final = re.compile(r"(test_\w+|\w+_test)\.py|tests?\.py")
_PYTEST_TEXT: Final = re.compile(rb"^(?:import pytest|from pytest|(?:async )?def test_)", re.M)
_UNITTEST_TEXT: Final = re.compile(rb"^(?:import unittest|from unittest)", re.M)
_TASKS: Final = ("test", "tests", "check")
_MAKE_TARGET: Final = re.compile(rb"^(test|tests|check)\s*:(?!=)", re.M)
_CTEST: Final = re.compile(rb"^\s*(?:enable_testing|add_test|include\s*\(\s*CTest)\b", re.M | re.I)
# Built where the next run finds it again.
_CTEST_COMMAND: Final = (
    'cmake -S . -B "$HOME/builds/cmake" && cmake --build "$HOME/builds/cmake" '
    '&& ctest --test-dir "$HOME/builds/cmake"'
)
_FACTORS: Final = re.compile(r"^[\w,!.{}-]+:\s+")
_NO_TEST: Final = "no test specified"
_POSITIONAL: Final = re.compile(r"\{posargs(?::([^{}]*))?\}|\{args(?::([^{}]*))?\}")
_SUBSTITUTION: Final = re.compile(r"\{[^{}]*\}|\$")


@dataclass(frozen=True, slots=True)
class SuiteProposal:
    """One way."""

    command: tuple[str, ...]
    evidence: str
    """The file that says so, and where in it."""
    needs_word: bool = True
    """Whether it runs only where the user names it; else where tests are allowed."""

    def __str__(self) -> str:
        return f"'{shlex.join(self.command)}' ({self.evidence})"


def suite_proposals(root: Path) -> list[SuiteProposal]:
    """Return the ways that the files of a workspace speak for, the best first."""
    files = _Files(root)
    finders: tuple[Callable[[_Files], Iterator[SuiteProposal]], ...] = (
        _python, _tox, _nox, _tasks, _makefile, _package_json, _toolchains,
    )  # fmt: skip
    found = [one for finder in finders for one in finder(files)]
    first: dict[tuple[str, ...], SuiteProposal] = {}
    for one in found:
        first.setdefault(one.command, one)
    return list(first.values())


def why_no_tests(root: Path, python: Path | None) -> str:
    """Return why the tests of a workspace can not run unless the user says how; empty if they can.

    Args:
        root: The workspace.
        python: Its interpreter.
    """
    found = suite_proposals(root)
    if any(not one.needs_word for one in found):
        return "" if python is not None else NO_PYTHON
    if not found:
        return "there are no tests here"
    return f"the setting process.test_command has to allow {' or '.join(map(str, found[:2]))}"


def said_way(root: Path) -> str:
    """Return a remark about how the tests of a workspace would run; empty without any."""
    found = suite_proposals(root)
    return f"; its files speak for {found[0]}" if found else ""


class _Files:
    """The files at the top of a workspace: regular ones of a sane size, read once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._toml: dict[str, Mapping[str, Any]] = {}

    def data(self, name: str) -> bytes | None:
        try:
            descriptor = os.open(self.root / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                status = os.fstat(descriptor)
                if not stat.S_ISREG(status.st_mode) or status.st_size > _FILE_BYTES_MAX:
                    return None
                return file.read(_FILE_BYTES_MAX)
        except OSError:
            return None

    def ini(self, name: str) -> ConfigParser:
        return _ini((self.data(name) or b"").decode(errors="replace"))

    def toml(self, name: str) -> Mapping[str, Any]:
        if name not in self._toml:
            try:
                self._toml[name] = tomllib.loads((self.data(name) or b"").decode())
            except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
                self._toml[name] = {}
        return self._toml[name]

    def table(self, name: str, *keys: str) -> Mapping[str, Any]:
        """Return a table of a TOML file; an empty one where there is none."""
        found: Any = self.toml(name)
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}


def _ini(text: str) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except ConfigError:
        return ConfigParser()
    return parser


def _python(files: _Files) -> Iterator[SuiteProposal]:
    """Propose pytest where it is configured or used, unittest where tests are written for it."""
    evidence = _pytest_configuration(files)
    uses_unittest = ""
    if not evidence:
        for path in _test_files(files.root):
            text = files.data(path) or b""
            if _PYTEST_TEXT.search(text):
                evidence = path
                break
            if not uses_unittest and _UNITTEST_TEXT.search(text):
                uses_unittest = path
    if evidence:
        yield SuiteProposal(("python", "-m", "pytest"), evidence, needs_word=False)
    elif uses_unittest:
        yield SuiteProposal(("python", "-m", "unittest"), uses_unittest, needs_word=False)
    if files.data("manage.py") is not None:
        yield SuiteProposal(("python", "manage.py", "test"), "manage.py")


def _pytest_configuration(files: _Files) -> str:
    for name in ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini"):
        if files.data(name) is not None:
            return name
    pytest = files.table("pyproject.toml", "tool", "pytest")
    if pytest:
        return "pyproject.toml: tool.pytest" + (".ini_options" if "ini_options" in pytest else "")
    for name, section in (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        if files.ini(name).has_section(section):
            return f"{name}: [{section}]"
    for name in ("conftest.py", "tests/conftest.py", "test/conftest.py"):
        if files.data(name) is not None:
            return name
    return ""


def _test_files(root: Path) -> Iterator[str]:
    """Yield files that look like tests, those near the top first."""
    waiting, looked, found = [""], 0, 0
    while waiting and looked < _FOLDERS_MAX:
        next_waiting = []
        for above in waiting:
            looked += 1
            try:
                entries = sorted(os.scandir(root / above), key=lambda one: one.name)
            except OSError:
                continue
            for one in entries:
                path = f"{above}/{one.name}" if above else one.name
                if one.is_dir(follow_symlinks=False):
                    if one.name not in LEFT_OUT and not one.name.startswith("."):
                        next_waiting.append(path)
                elif _TEST_FILE.fullmatch(one.name):
                    found += 1
                    yield path
                    if found >= _TEST_FILES_MAX:
                        return
        waiting = next_waiting


def _tox(files: _Files) -> Iterator[SuiteProposal]:
    places = [
        ("tox.ini: [testenv]", files.ini("tox.ini"), "testenv"),
        ("setup.cfg: [tox:testenv]", files.ini("setup.cfg"), "tox:testenv"),
    ]
    tox = files.table("pyproject.toml", "tool", "tox")
    legacy = tox.get("legacy_tox_ini")
    if isinstance(legacy, str):
        places.append(("pyproject.toml: tool.tox.legacy_tox_ini", _ini(legacy), "testenv"))
    for place, parser, section in places:
        for line in _lines(parser.get(section, "commands", fallback="")):
            yield from _proposed(line, f"{place} commands")
    for name, table in (("pyproject.toml: tool.tox", tox), ("tox.toml", files.toml("tox.toml"))):
        base = table.get("env_run_base")
        commands = base.get("commands") if isinstance(base, dict) else None
        for one in commands if isinstance(commands, list) else []:
            words = one if isinstance(one, list) else []
            text = shlex.join(word for word in words if isinstance(word, str))
            yield from _proposed(text, f"{name}.env_run_base.commands")


def _lines(text: str) -> list[str]:
    return text.replace("\\\n", " ").splitlines()


def _proposed(line: str, evidence: str) -> Iterator[SuiteProposal]:
    """Yield a command that runs tests; none that needs what only its tool knows."""
    text = _POSITIONAL.sub(
        lambda match: match[1] or match[2] or "", _FACTORS.sub("", line.strip()).lstrip("-!")
    )
    text = text.replace("{envpython}", "python").replace("{toxinidir}", ".")
    text = text.replace("{tty:--color=yes}", "")
    if not text or _SUBSTITUTION.search(text):
        return
    try:
        words = shlex.split(text)
    except ValueError:
        return
    if any(word in {"&&", "||", ";", "|", ">"} for word in words):
        return
    if words[:4] == ["coverage", "run", "-m", "pytest"]:
        words = words[3:]
    if any(
        re.search(r"py\.?test\b|unittest|\btests?\b|trial|nose|stestr|behave", word)
        for word in words
    ):
        yield SuiteProposal(tuple(words), evidence)


def _nox(files: _Files) -> Iterator[SuiteProposal]:
    """Read the sessions of a noxfile, which is a program, without running it."""
    data = files.data("noxfile.py")
    if data is None:
        return
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or not any(map(_is_session, node.decorator_list)):
            continue
        for one in ast.walk(node):
            match one:
                case ast.Call(func=ast.Attribute(value=ast.Name(), attr="run"), args=arguments):
                    words = [arg.value for arg in arguments if isinstance(arg, ast.Constant)]
                    text = shlex.join(str(word) for word in words)
                    yield from _proposed(text, f"noxfile.py: session {node.name}")
        if node.name in _TASKS:
            yield SuiteProposal(("nox", "-s", node.name), f"noxfile.py: session {node.name}")


def _is_session(decorator: ast.expr) -> bool:
    one = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "")) == "session"


def _tasks(files: _Files) -> Iterator[SuiteProposal]:
    """Read what hatch, pdm, poe, taskipy, rye and pixi call a task."""
    name = "pyproject.toml"
    tool = files.table(name, "tool")
    envs = files.table(name, "tool", "hatch", "envs")
    places: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
        *((f"hatch.envs.{env}.scripts", ("hatch", "envs", env, "scripts"), ("hatch", "run")
           if env == "default" else ("hatch", "-e", env, "run")) for env in envs),
        ("pdm.scripts", ("pdm", "scripts"), ("pdm", "run")),
        ("poe.tasks", ("poe", "tasks"), ("poe",)),
        ("taskipy.tasks", ("taskipy", "tasks"), ("task",)),
        ("rye.scripts", ("rye", "scripts"), ("rye", "run")),
        ("pixi.tasks", ("pixi", "tasks"), ("pixi", "run")),
    ]  # fmt: skip
    for place, keys, runner in places:
        table = files.table(name, "tool", *keys)
        for task in _TASKS:
            if task not in table:
                continue
            value = table[task]
            if isinstance(value, dict):
                value = value.get("cmd")
            evidence = f"{name}: tool.{place}.{task}"
            if isinstance(value, list):
                value = shlex.join(word for word in value if isinstance(word, str))
            if isinstance(value, str):
                yield from _proposed(value, evidence)
            yield SuiteProposal((*runner, task), evidence)
    if "hatch-test" in envs and "hatch" in tool:
        yield SuiteProposal(("hatch", "test"), f"{name}: tool.hatch.envs.hatch-test")


def _makefile(files: _Files) -> Iterator[SuiteProposal]:
    for name in ("GNUmakefile", "makefile", "Makefile"):
        for target in _MAKE_TARGET.findall(files.data(name) or b""):
            word = target.decode()
            yield SuiteProposal(("make", word), f"{name}: target {word}")


def _package_json(files: _Files) -> Iterator[SuiteProposal]:
    try:
        document = json.loads(files.data("package.json") or b"null")
    except (ValueError, RecursionError):
        return
    scripts = document.get("scripts") if isinstance(document, dict) else None
    script = scripts.get("test") if isinstance(scripts, dict) else None
    if isinstance(script, str) and _NO_TEST not in script:
        program = next(
            (
                program
                for name, program in (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"))
                if (files.root / name).is_file()
            ),
            "npm",
        )
        yield SuiteProposal((program, "test"), "package.json: scripts.test")


def _toolchains(files: _Files) -> Iterator[SuiteProposal]:
    """What the builds of other languages offer, told not to reach the network."""
    if files.data("go.mod") is not None:
        yield SuiteProposal(("go", "test", "-v", "./..."), "go.mod")
    if files.data("Cargo.toml") is not None:
        command = ("cargo", "test", "--offline", "--no-fail-fast")
        yield SuiteProposal(command, "Cargo.toml")
    if files.data("pom.xml") is not None:
        program = "./mvnw" if files.data("mvnw") is not None else "mvn"
        yield SuiteProposal((program, "--offline", "--batch-mode", "test"), "pom.xml")
    for name in ("build.gradle", "build.gradle.kts"):
        if files.data(name) is not None:
            program = "./gradlew" if files.data("gradlew") is not None else "gradle"
            yield SuiteProposal((program, "--offline", "test"), name)
    if _CTEST.search(files.data("CMakeLists.txt") or b""):
        yield SuiteProposal(("sh", "-c", _CTEST_COMMAND), "CMakeLists.txt")
