"""Random refactorings of real packages, each judged by the package's own tests.

For every package and every kind of refactoring some attempts are drawn by a seed, planned,
written to a scratch copy, and the tests of the package run there; then the copy is restored.
An attempt ends as one of

* right: the tests pass, and no file has a name that nothing defines;
* refused: the refactoring says why it can not be done; nothing was changed;
* doubts: the tests fail, and they pass once every open question is answered with yes;
* wrong: anything else, a crash included. There should be none.

Source distributions are fetched with pip into the user's cache folder, and an environment
with pytest and the packages is made there. The tests of a package run without a sandbox: they
are what the package ships.

From `tests`: `python -m benchmarks.bench_refactor --count 4 --seed 1`, for some packages and
kinds `python -m benchmarks.bench_refactor itsdangerous h11 --kind rename --kind move`.
Every attempt that was not right is printed with what was asked and what happened; the table at
the end counts by refactoring; `--json` writes everything.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks.corpus import corpora_folder, pip
from benchmarks.refactor_attempts import KINDS, Attempt, Attempts
from benchmarks.report import print_table, write_document
from nanobot_engine.edit import apply_edits
from nanobot_engine.refactor.change import Change
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import RefactorError
from nanobot_engine.refactor.name_check import undefined_names

_TEXT_SUFFIXES: Final = (".py", ".pyi", ".toml", ".cfg", ".ini", ".md", ".rst", ".txt")
_TESTS_TIMEOUT_S: Final = 300.0
_OUTCOMES: Final = ("right", "refused", "doubts", "wrong")


@dataclass(frozen=True, slots=True)
class Package:
    """A released package that ships its tests."""

    version: str
    source_folder: str
    """Where its modules are."""
    tests: tuple[str, ...] = ("tests",)
    """What pytest is given."""
    needs: tuple[str, ...] = ()
    """What its tests import, besides pytest and itself."""


# None of them is used by pytest itself: that would not follow a change of what it calls.
PACKAGES: Final = {
    "itsdangerous": Package("2.2.0", "src/", needs=("freezegun",)),
    "h11": Package(
        "0.16.0", "h11/", ("h11/tests", "--ignore=h11/tests/test_against_stdlib_http.py")
    ),
    "tomlkit": Package("0.15.2", "tomlkit/", ("tests/test_api.py", "tests/test_items.py")),
    "markdown-it-py": Package(
        "4.3.0",
        "markdown_it/",
        ("tests/test_api", "tests/test_port", "tests/test_tree.py"),
        ("pytest-regressions", "linkify-it-py"),
    ),
    "click": Package(
        "8.5.1",
        "src/",
        ("tests/test_basic.py", "tests/test_commands.py", "tests/test_formatting.py"),
    ),
    "attrs": Package(
        "26.1.0",
        "src/",
        ("tests/test_funcs.py", "tests/test_next_gen.py", "tests/test_validators.py"),
        ("hypothesis",),
    ),
}


@dataclass(frozen=True, slots=True)
class Result:
    """How one attempt ended."""

    package: str
    refactoring: str
    arguments: Mapping[str, str]
    outcome: str
    reason: str
    """Of a refusal; the end of the tests' output where they failed."""
    edits: int
    doubts: int
    plan_cpu_s: float


class Trial:
    """A scratch copy of one package, with its tests."""

    def __init__(self, name: str, source: Path, copy: Path, python: Path) -> None:
        self._name = name
        self._package = PACKAGES[name]
        self._copy = copy
        self._python = python
        shutil.copytree(source, copy, symlinks=True)
        self.data = {
            path.relative_to(copy).as_posix(): path.read_bytes()
            for path in sorted(copy.rglob("*"))
            if path.suffix in _TEXT_SUFFIXES and path.is_file()
        }

    def tests(self) -> str:
        """Run the tests; return why they fail, empty when they pass."""
        paths = [str(self._copy / self._package.source_folder), str(self._copy)]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if not self._package.source_folder.startswith("src"):
            environment["PYTHONPATH"] = str(self._copy)
        options = ["-q", "-x", "--tb=short", "-p", "no:cacheprovider", "-W", "ignore"]
        try:
            done = subprocess.run(
                [self._python, "-m", "pytest", *options, *self._package.tests],
                cwd=self._copy,
                env=environment,
                capture_output=True,
                text=True,
                timeout=_TESTS_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"not done after {_TESTS_TIMEOUT_S} s"
        return "" if done.returncode == 0 else (done.stdout + done.stderr)[-1500:]

    def result(self, attempt: Attempt) -> Result:
        """Plan an attempt, run the tests with it, and undo it."""
        start = time.process_time()
        change, outcome, reason = None, "wrong", ""
        try:
            change = attempt.refactoring.plan(Codebase(self.data), attempt.arguments)
        except RefactorError as error:
            outcome, reason = "refused", str(error)
        except Exception as error:  # noqa: BLE001 # any crash is a result
            reason = f"crash: {error!r}"
        seconds = time.process_time() - start
        if change is not None:
            outcome, reason = self._judged(change)
        return Result(
            self._name,
            attempt.refactoring.name,
            attempt.arguments,
            outcome,
            reason,
            sum(len(file.edits) for file in change.plan.files) if change is not None else 0,
            len(change.doubts) if change is not None else 0,
            round(seconds, 3),
        )

    def _judged(self, change: Change) -> tuple[str, str]:
        after = change.applied(self.data)
        problem = self._undefined(after) or self._tests_with(after)
        if not problem:
            return "right", ""
        if change.doubts and not self._tests_with(self._without_doubt(change)):
            return "doubts", problem
        return "wrong", problem

    def _undefined(self, after: Mapping[str, bytes]) -> str:
        was, now = Codebase(self.data), Codebase(after)
        for path in after:
            if after[path] == self.data.get(path) or path not in now.project.modules.paths:
                continue
            file, old = now.project.file(path), None
            if file is None:
                return now.project.unreadable[path]
            if path in self.data:
                old = was.project.file(path)
            known = undefined_names(old, was.references.inference) if old else frozenset()
            new = undefined_names(file, now.references.inference) - known
            if new:
                return f"{path}: not defined: {', '.join(sorted(new))}"
        return ""

    def _without_doubt(self, change: Change) -> dict[str, bytes]:
        """Return the files with all open questions answered by yes."""
        after = dict(change.applied(self.data))
        files = {file.path: file for file in change.plan.files}
        for path in {doubt.path for doubt in change.doubts}:
            edits = list(files[path].edits) if path in files else []
            edits += [doubt.edit for doubt in change.doubts if doubt.path == path]
            edits.sort(key=lambda edit: edit.start_byte)
            new_path = files[path].new_path if path in files else None
            after[new_path or path] = apply_edits(self.data[path], edits)
        return after

    def _tests_with(self, after: Mapping[str, bytes]) -> str:
        changed = {p for p in after.keys() | self.data.keys() if after.get(p) != self.data.get(p)}
        try:
            for path in changed:
                self._write(path, after.get(path))
            return self.tests()
        finally:
            for path in changed:
                self._write(path, self.data.get(path))

    def _write(self, path: str, data: bytes | None) -> None:
        place = self._copy / path
        if data is None:
            place.unlink()
            # A new folder without modules would still be a package.
            while place.parent != self._copy and not any(place.parent.iterdir()):
                place = place.parent
                place.rmdir()
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def sources(name: str) -> Path:
    """Return the unpacked source distribution of a package, fetched when it is not there.

    Raises:
        subprocess.CalledProcessError: pip found no such package.
    """
    package = PACKAGES[name]
    root = corpora_folder() / "sources"
    place = root / f"{name}-{package.version}"
    if not place.exists():
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix=".download-") as scratch:
            wanted = f"{name}=={package.version}"
            pip("download", "--no-deps", "--no-binary", ":all:", "--dest", scratch, wanted)
            with tarfile.open(next(Path(scratch).iterdir())) as archive:
                archive.extractall(Path(scratch) / "unpacked", filter="data")
            next((Path(scratch) / "unpacked").iterdir()).rename(place)
    return place


def interpreter(names: list[str]) -> Path:
    """Return a Python that has pytest and all that the packages' tests need."""
    place = corpora_folder() / "sources" / "environment"
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
    needed = {"pytest", *(f"{name}=={PACKAGES[name].version}" for name in names)}
    needed |= {need for name in names for need in PACKAGES[name].needs}
    command = [str(python), "-m", "pip", "install", "--quiet", *sorted(needed)]
    subprocess.run(command, check=True)
    return python


def results(
    trial: Trial, name: str, kinds: list[str], *, count: int, seed: int
) -> Iterator[Result]:
    """Yield how each attempt ended, once the tests pass without one."""
    failing = trial.tests()
    if failing:
        sys.exit(f"{name}: its tests fail before any change:\n{failing}")
    folder = PACKAGES[name].source_folder
    for kind in kinds:
        attempts = Attempts(Codebase(trial.data), seed=seed, source_folder=folder)
        for attempt in attempts.draw(kind, count):
            yield trial.result(attempt)


def _print(result: Result) -> None:
    asked = " ".join(f"{key}={value!r}" for key, value in result.arguments.items())
    told = f"{result.outcome}: {result.package}: {result.refactoring} {asked}"
    print(
        f"{told} ({result.edits} edits, {result.doubts} doubts, {result.plan_cpu_s} s)", flush=True
    )
    if result.outcome != "right":
        print("    " + "\n    ".join(result.reason.strip().splitlines()[-12:]), flush=True)


def main() -> None:
    """Run attempts and print how they ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="*", default=[], help=f"of {', '.join(PACKAGES)}")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="all by default")
    parser.add_argument("--count", type=int, default=4, help="attempts of a kind and package")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--python", type=Path, help="an interpreter that has all packages")
    parser.add_argument("--json", type=Path, help="where everything is written")
    options = parser.parse_args()
    names = options.packages or list(PACKAGES)
    python = options.python or interpreter(names)
    print(f"seed {options.seed}", flush=True)
    found: list[Result] = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix="nanobot-refactor-") as scratch:
            trial = Trial(name, sources(name), Path(scratch) / name, python)
            kinds = options.kind or list(KINDS)
            for result in results(trial, name, kinds, count=options.count, seed=options.seed):
                _print(result)
                found.append(result)
    counts = Counter((one.refactoring, one.outcome) for one in found)
    rows = [[kind, *(str(counts[kind, outcome]) for outcome in _OUTCOMES)] for kind in KINDS]
    print_table([["refactoring", *_OUTCOMES], *rows])
    write_document(
        options.json,
        {"seed": options.seed, "count": options.count, "results": [asdict(one) for one in found]},
    )


if __name__ == "__main__":
    main()
