"""One sentence over a real code base: error handling or logging for all of Django.

Django's own source package is fetched with pip into the user's cache folder, with a small
environment for its tests. Then, in a scratch copy:

1. a fixed part of its tests runs (`TESTS`);
2. every sentence becomes a process over the package: indexed, enumerated, settled by
   program, the rest asked on the main model of the potato tier, accepted;
3. every Python file is compiled, and the same tests run again.

Told are files, steps, what was settled and what was asked, model calls, refusals by cause,
wall and CPU seconds of each phase, how many files compile, and which tests fail that did
not fail before.

From `tests`: `python -m benchmarks.bench_handling --json out.json`; with `--no-model` what
only the model can tell is left out.
"""

import argparse
import asyncio
import difflib
import os
import py_compile
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.corpus import corpora_folder, pip
from benchmarks.report import print_table, write_document
from nanobot_engine.model import (
    CHATML,
    DEFAULT_MODEL_OPTIONS,
    Lane,
    Lanes,
    ModelTrio,
    Role,
    WaveModel,
    default_models_dir,
)
from nanobot_engine.process import (
    Ledger,
    ProcessOptions,
    ProcessRunner,
    accept,
    enumerate_workspace,
    recipe_of,
    review,
)
from nanobot_engine.process.late_model import LateModel
from nanobot_engine.recipe import AskingRecipe, goal_from_sentence, recipe_named

PACKAGE: Final = "django"
VERSION: Final = "5.2.8"
NEEDS: Final = ("asgiref", "sqlparse", "jinja2")
SENTENCES: Final = (
    "add comprehensive error handling to all functions",
    "add logging to the public functions",
)
# Those that use what has handlers, and run without a database server.
TESTS: Final = (
    "file_storage", "files", "sessions_tests", "messages_tests", "utils_tests", "mail",
    "responses", "httpwrappers", "model_fields", "user_commands", "forms_tests", "serializers",
    "staticfiles_tests", "template_backends", "migrations", "signing",
)  # fmt: skip
_TESTS_TIMEOUT_S: Final = 900.0
_FAILED: Final = re.compile(r"^(?:ERROR|FAIL): (.+)$", re.MULTILINE)
_RAN: Final = re.compile(r"^Ran (\d+) tests", re.MULTILINE)


@dataclass(slots=True)
class Times:
    """Wall and CPU seconds, children included, of each phase."""

    wall_s: dict[str, float] = field(default_factory=dict)
    cpu_s: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure what is inside."""
        wall, cpu = time.monotonic(), _cpu_s()
        yield
        self.wall_s[name] = round(time.monotonic() - wall, 1)
        self.cpu_s[name] = round(_cpu_s() - cpu, 1)


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def source() -> Path:
    """Return the unpacked source package, fetched once."""
    place = corpora_folder() / "sources" / f"{PACKAGE}-{VERSION}"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
            wanted = f"{PACKAGE}=={VERSION}"
            pip("download", "--no-deps", "--no-binary", PACKAGE, "--dest", scratch, wanted)
            (archive,) = Path(scratch).glob("*.tar.gz")
            with tarfile.open(archive) as packed:
                packed.extractall(scratch, filter="data")
            (Path(scratch) / place.name).rename(place)
    return place


def interpreter() -> Path:
    """Return a Python with what the tests import, made once."""
    place = corpora_folder() / "sources" / f"{PACKAGE}-{VERSION}-venv"
    python = place / "bin" / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *NEEDS], check=True)
    return python


def failures(python: Path, root: Path) -> tuple[int, frozenset[str]]:
    """Run the package's tests.

    Returns:
        How many ran, and the names of those that failed.
    """
    done = subprocess.run(
        [python, "runtests.py", "--parallel", "1", *TESTS],
        cwd=root / "tests",
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=_TESTS_TIMEOUT_S,
        check=False,
    )
    ran = _RAN.search(done.stderr)
    if ran is None:
        return 0, frozenset({done.stderr[-2000:]})
    return int(ran[1]), frozenset(_FAILED.findall(done.stderr))


def not_compiling(root: Path) -> list[str]:
    """Return the Python files below a folder that do not compile."""
    broken = []
    with tempfile.TemporaryDirectory() as scratch:
        for path in sorted(root.rglob("*.py")):
            try:
                py_compile.compile(str(path), cfile=f"{scratch}/out.pyc", doraise=True)
            except py_compile.PyCompileError as error:
                broken.append(f"{path.relative_to(root)}: {error.msg}")
    return broken


def options() -> ProcessOptions:
    """Return the defaults of the settings, with a fixed seed."""
    return ProcessOptions(
        seed=1,
        votes_ahead=2,
        samples_per_wave=2,
        samples_max=6,
        temperature=0.5,
        slots=DEFAULT_MODEL_OPTIONS.slots,
        context_tokens=DEFAULT_MODEL_OPTIONS.context_tokens_per_slot,
        steps_max=100_000,
        model="main",
    )


async def run(ledger: Ledger, process_id: str, start: Callable[[Role], Any] | None) -> None:
    """Run a process to its review, with a model or with none."""
    recipe = recipe_of(ledger, process_id)

    async def model() -> WaveModel:
        if start is None:
            raise SystemExit("this sentence has questions; run it with a model")
        assert isinstance(recipe, AskingRecipe), "no other kind asks a model"
        worker: WaveModel = await start(Role(recipe.role))
        return worker

    chosen = options()
    runner = ProcessRunner(
        ledger,
        process_id,
        model=LateModel(model, slots=chosen.slots, context_tokens=chosen.context_tokens),
        template=CHATML,
        lanes=Lanes(),
        lane=Lane.PROCESS,
        observer=lambda: None,
    )
    await runner.run()


async def with_model(ledger: Ledger, process_id: str) -> None:
    """Run a process on the real models."""
    with tempfile.TemporaryDirectory(prefix="nb-") as runtime:
        trio = ModelTrio(default_models_dir(), Path(runtime), DEFAULT_MODEL_OPTIONS)
        try:
            await run(ledger, process_id, trio.worker)
        finally:
            await trio.close()


def process(root: Path, sentence: str, *, has_model: bool, times: Times) -> dict[str, Any]:
    """Do one sentence in a folder and accept it. Returns what happened."""
    goal = goal_from_sentence(sentence)
    if not has_model and goal.recipe == "handle errors":
        # Without what is judged.
        families = goal.arguments["families"].split(",")
        kept = ",".join(one for one in families if one not in {"number", "import"})
        goal = type(goal)(goal.sentence, goal.recipe, {**goal.arguments, "families": kept})
    recipe = recipe_named(goal.recipe, goal.arguments)
    with tempfile.TemporaryDirectory() as folder, Ledger.open(Path(folder) / "l.db") as ledger:
        process_id = ledger.create_process(goal, options())
        with times.phase("index and enumerate"):
            enumerate_workspace(
                ledger, process_id, recipe, root, overlay={}, cancelled=lambda: False
            )
        with times.phase("run"):
            asyncio.run(
                with_model(ledger, process_id) if has_model else run(ledger, process_id, None)
            )
        with times.phase("review"):
            found = review(ledger, process_id)
        with times.phase("accept"):
            report = accept(ledger, root, process_id)
        totals = ledger.totals(process_id)
        asked = ledger.connection.execute("SELECT COUNT(DISTINCT step_index) FROM vote").fetchone()
        assert asked is not None, "a count has a row"
        return {
            "sentence": sentence,
            "recipe": goal.recipe,
            "files_changed": len(report.written),
            "files_refused": len(report.refused),
            "steps": totals.steps,
            "edits": totals.accepted,
            "refused_by_cause": ledger.refused_by_cause(process_id),
            "refused_in_review": len(found.refused) - totals.refused,
            "steps_asked": int(str(asked[0])),
            "model_calls": totals.waves,
            "votes": totals.votes,
            "prompt_tokens": totals.prompt_tokens,
            "generated_tokens": totals.generated_tokens,
            "model_s": round(totals.seconds, 1),
        }


def lines_changed(before: Path, after: Path) -> tuple[int, int]:
    """Return how many lines of Python were added and removed."""
    added = removed = 0
    for path in after.rglob("*.py"):
        old = (before / path.relative_to(after)).read_text("utf-8").splitlines()
        new = path.read_text("utf-8").splitlines()
        if old == new:
            continue
        changes = list(difflib.unified_diff(old, new, n=0, lineterm=""))[2:]
        added += sum(line.startswith("+") for line in changes)
        removed += sum(line.startswith("-") for line in changes)
    return added, removed


def main() -> None:
    """Run the sentences and tell what came of them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("sentences", nargs="*", default=list(SENTENCES))
    parser.add_argument("--no-model", action="store_true", help="leave out what a model judges")
    parser.add_argument("--no-tests", action="store_true", help="do not run the package's tests")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    parser.add_argument("--keep", type=Path, help="copy the changed packages to this folder")
    chosen = parser.parse_args()
    original, python = source(), interpreter()
    results = []
    with tempfile.TemporaryDirectory(prefix="nb-") as scratch:
        before: tuple[int, frozenset[str]] = (0, frozenset())
        for number, sentence in enumerate(chosen.sentences):
            root = Path(scratch) / str(number)
            shutil.copytree(original, root)
            times = Times()
            if not chosen.no_tests and not before[0]:
                with times.phase("tests before"):
                    before = failures(python, root)
            package = root / PACKAGE
            result = process(package, sentence, has_model=not chosen.no_model, times=times)
            files = len(list(package.rglob("*.py")))
            with times.phase("compile"):
                broken = not_compiling(package)
            after = before
            if not chosen.no_tests:
                with times.phase("tests after"):
                    after = failures(python, root)
            result |= {
                "files": files,
                "files_not_compiling": broken,
                "lines_added_removed": lines_changed(original / PACKAGE, package),
                "tests_before": before[0],
                "tests_after": after[0],
                "tests_failing_before": len(before[1]),
                "tests_newly_failing": sorted(after[1] - before[1]),
                "wall_s": times.wall_s,
                "cpu_s": times.cpu_s,
            }
            results.append(result)
            print_table([(key, str(value)) for key, value in result.items()])
            print(flush=True)
            if chosen.keep is not None:
                shutil.copytree(package, chosen.keep / str(number), dirs_exist_ok=True)
    document = {"package": f"{PACKAGE} {VERSION}", "tests": list(TESTS), "results": results}
    write_document(chosen.json, document)
    if any(one["files_not_compiling"] or one["tests_newly_failing"] for one in results):
        sys.exit(1)


if __name__ == "__main__":
    main()
