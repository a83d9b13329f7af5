"""What the result benchmark is made of: its tasks load, and its environment has what they need."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.bench_result import half_of, tasks_of
from benchmarks.result_packages import KNOWN, PACKAGES, SETS, environment_of
from benchmarks.result_task import STYLES
from nanobot_engine.refactor.registry import REFACTORINGS

_FOLDER = Path(__file__).parent / "result_tasks"


@pytest.mark.parametrize("package", KNOWN)
def test_each_package_has_tasks_about_itself_in_all_styles(package: str) -> None:
    tasks = tasks_of(package)

    assert {task.package for task in tasks} == {package}
    assert {task.style for task in tasks} == set(STYLES)
    assert max(Counter(task.text for task in tasks).values()) == 1


@pytest.mark.parametrize("package", KNOWN)
def test_what_can_be_done_is_checked_and_what_is_refused_is_not(package: str) -> None:
    for task in tasks_of(package):
        assert bool(task.plan) == bool(task.checks), task.text


@pytest.mark.parametrize("package", KNOWN)
def test_what_a_person_planned_takes_arguments_that_its_refactoring_has(package: str) -> None:
    for task in tasks_of(package):
        for planned in task.plan:
            # A word of a recipe's name has no arguments.
            for name in planned.name.split("|") if planned.arguments else ():
                known = {parameter.name for parameter in REFACTORINGS[name].parameters}
                assert set(planned.arguments) <= known, task.text


def test_all_modules_of_tasks_are_of_one_set() -> None:
    modules = {path.stem for path in _FOLDER.glob("*.py")} - {"__init__"}

    assert modules == {package.replace("-", "_") for package in KNOWN}
    assert sum(len(packages) for packages in SETS.values()) == len(KNOWN)
    assert {half_of(package) for package in PACKAGES} == {"open", "held-out"}
    assert {half_of(package) for package in SETS["fresh-2"]} == {"fresh-2"}


def test_an_environment_is_named_after_what_is_in_it(tmp_path: Path) -> None:
    place = environment_of(["pytest", "wcwidth"], tmp_path)

    assert place.parent == tmp_path
    assert environment_of(["wcwidth", "pytest"], tmp_path) == place
    assert environment_of(["pytest"], tmp_path) != place
    assert environment_of(["pytest", "pytest-mock", "wcwidth"], tmp_path) != place
