"""The packages of the result benchmark: their versions, their tests, and where these run.

Source distributions are fetched with pip into the user's cache folder, and an environment
with pytest and what the tests need is made there; the packages themselves are not in it.
"""

import os
import re
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.corpus import corpora_folder

_TIMEOUT_S: Final = 120.0
_LINE: Final = re.compile(
    r"^(PASSED|FAILED|ERROR|XPASS|XFAIL) (\S[^\n]*?)(?: - .*)?$", re.MULTILINE
)
_FAILED: Final = frozenset({"FAILED", "ERROR"})


@dataclass(frozen=True, slots=True)
class Package:
    """A released package that ships its tests."""

    version: str
    tests: tuple[str, ...] = ("tests",)
    """What pytest is given."""
    needs: tuple[str, ...] = ()
    """What its tests import, besides pytest and itself."""


OPEN: Final = {
    "tinydb": Package("4.9.0", needs=("pyyaml",)),
    "humanize": Package("4.17.0", ("tests", "--ignore=tests/test_benchmarks.py"), ("freezegun",)),
    "semver": Package("3.1.1"),
    "boltons": Package("26.2.0", ("tests", "--ignore=tests/test_socketutils.py")),
    "configobj": Package("5.0.9", ("src/tests",)),
}
"""Their failures may be looked at."""
HELD_OUT: Final = {
    "isodate": Package("0.7.2"),
    "cachetools": Package("8.0.1"),
    "prettytable": Package("3.18.0", needs=("pytest-lazy-fixtures", "wcwidth")),
    "simpleeval": Package("1.0.8"),
    "deepmerge": Package("4.0.0", ("deepmerge/tests",)),
}
"""Their failures are counted and not looked at."""
FRESH: Final = {
    "pathspec": Package("0.12.1"),
    "jsonpointer": Package("3.0.0", ("tests.py",)),
    "hyperframe": Package("6.1.0"),
    "colorlog": Package("6.12.0", ("colorlog/tests",)),
}
"""Their sentences were written without a look at what reads sentences, and after it was done.

They are done only where they are asked for.
"""
PACKAGES: Final[Mapping[str, Package]] = {**OPEN, **HELD_OUT}
"""What is done where nothing is named."""
KNOWN: Final[Mapping[str, Package]] = {**PACKAGES, **FRESH}


@dataclass(frozen=True, slots=True)
class Tests:
    """How the tests of a package ended."""

    passed: frozenset[str]
    failed: frozenset[str]
    problem: str = ""
    """Why they could not be run; mostly empty."""

    def worse_than(self, before: "Tests") -> str:
        """Say what is worse; nothing where all is as good. A renamed test counts as the same."""
        if self.problem:
            return self.problem
        if len(self.failed) > len(before.failed):
            worse = sorted(self.failed - before.failed)
            return f"newly failing: {'; '.join(worse[:2])} and {max(0, len(worse) - 2)} more"
        if len(self.passed) < len(before.passed):
            return f"{len(self.passed)} tests pass, {len(before.passed)} did before"
        return ""


def interpreter() -> Path:
    """Return a Python that has pytest and all that the packages' tests need."""
    place = corpora_folder() / "sdists" / ".environment"
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
        needed = {"pytest", *(need for one in KNOWN.values() for need in one.needs)}
        command = [str(python), "-m", "pip", "install", "--quiet", *sorted(needed)]
        subprocess.run(command, check=True)
    return python


def run_tests(name: str, root: Path, python: Path) -> Tests:
    """Run the tests of a copy of a package."""
    command = [
        str(python), "-m", "pytest", "-q", "-rA", "--no-header", "--tb=no", "--color=no",
        "-p", "no:cacheprovider", "-o", "addopts=", "-c", os.devnull, "--rootdir", ".",
        *KNOWN[name].tests,
    ]  # fmt: skip
    try:
        run = subprocess.run(
            command,
            cwd=root,
            env=_environment(root),
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Tests(frozenset(), frozenset(), f"tests took longer than {_TIMEOUT_S:.0f} s")
    found = _LINE.findall(run.stdout.rpartition("short test summary info")[2])
    passed = frozenset(test for kind, test in found if kind not in _FAILED)
    failed = frozenset(test for kind, test in found if kind in _FAILED)
    problem = "" if run.returncode in {0, 1} else f"pytest ended with {run.returncode}"
    return Tests(passed, failed, problem)


def import_problem(root: Path, paths: list[str], python: Path) -> str:
    """Import changed modules; return why one can not be imported, or nothing."""
    modules = [module for path in paths if (module := _module(path))]
    if not modules:
        return ""
    lines = "\n".join(f"import {one}" for one in modules)
    run = subprocess.run(
        [str(python), "-c", lines],
        cwd=root,
        env=_environment(root),
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    return "" if run.returncode == 0 else run.stderr.strip().rpartition("\n")[2]


def undefined_names(root: Path) -> frozenset[str]:
    """Return what a linter says about undefined names, without the lines."""
    command = [
        sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--quiet",
        "--select", "F821,F822,F823,F811", "--output-format", "concise", ".",
    ]  # fmt: skip
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return frozenset(re.sub(r":\d+:\d+:", ":", line) for line in run.stdout.splitlines())


def _module(path: str) -> str:
    parts = path.removeprefix("src/").removesuffix(".py").split("/")
    is_aside = {"tests", "test", "docs", "setup", "conftest", "__main__"} & set(parts)
    if not path.endswith(".py") or is_aside or not all(one.isidentifier() for one in parts):
        return ""
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _environment(root: Path) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(root), str(root / "src")]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "COLUMNS": "1000",
    }
