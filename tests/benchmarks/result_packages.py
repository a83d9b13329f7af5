"""The packages of the result benchmark: their versions, their tests, and where these run.

Source distributions are fetched with pip into the user's cache folder, and an environment
with pytest and what the tests need is made there; the packages themselves are not in it.
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
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
FRESH_2: Final = {
    "sqlparse": Package("0.6.1"),
    "voluptuous": Package("0.16.0", ("voluptuous/tests/tests.py",)),
    "platformdirs": Package("4.5.0", needs=("appdirs", "pytest-mock")),
    "python-slugify": Package("9.2.0", needs=("text-unidecode",)),
}
"""As `FRESH`, and written later: without a look at the sentences of the others, either."""
SETS: Final[Mapping[str, Mapping[str, Package]]] = {
    "open": OPEN,
    "held-out": HELD_OUT,
    "fresh": FRESH,
    "fresh-2": FRESH_2,
}
"""By name. Each package is in one of them."""
USUAL: Final = ("open", "held-out")
"""The sets that are done where none is named."""
KNOWN: Final[Mapping[str, Package]] = {
    name: package for packages in SETS.values() for name, package in packages.items()
}
PACKAGES: Final[Mapping[str, Package]] = {
    name: package for half in USUAL for name, package in SETS[half].items()
}
"""What is done where nothing is named."""


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
    """Return a Python that has pytest and all that the packages' tests need.

    Its environment is named after what is in it: where packages need something else, there
    is another one, and a benchmark that runs beside keeps its own.
    """
    needed = sorted({"pytest", *(need for one in KNOWN.values() for need in one.needs)})
    place = environment_of(needed, corpora_folder() / "sdists")
    if not place.exists():
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".part-") as scratch:
            # Half of one is never found: it gets its name when all is in it.
            made = Path(scratch) / "environment"
            venv.create(made, with_pip=True)
            command = [str(_python_of(made)), "-m", "pip", "install", "--quiet", *needed]
            subprocess.run(command, check=True)
            try:
                made.rename(place)
            except OSError:
                # Another benchmark has made it in the meantime.
                if not place.exists():
                    raise
    return _python_of(place)


def environment_of(needed: Sequence[str], folder: Path) -> Path:
    """Return where the environment is that has some distributions, and only those."""
    version = ".".join(str(one) for one in sys.version_info[:2])
    text = "\n".join([version, *sorted(needed)])
    return folder / f".environment-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


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
