"""`requirements.lock` and the bounds of `pyproject.toml` say the same."""

import re
import tomllib
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]

REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)>=(?P<bound>[0-9.]+)(?:,<[0-9.]+)?")
LOCKED = re.compile(r"(?P<name>[a-z0-9._-]+)==(?P<version>[0-9][A-Za-z0-9.+]*)")


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked_lines() -> list[str]:
    return (REPO / "requirements.lock").read_text().splitlines()


def version_by_name() -> dict[str, str]:
    matches = map(LOCKED.fullmatch, locked_lines())
    return {normalised(match["name"]): match["version"] for match in matches if match}


def direct_requirements() -> list[str]:
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    return [*project["dependencies"], *(line for lines in extras for line in lines)]


def test_the_lock_has_versions_and_nothing_else() -> None:
    lines = locked_lines()

    assert [line for line in lines if not LOCKED.fullmatch(line)] == []
    assert lines == sorted(lines)
    assert len(version_by_name()) == len(lines)


@pytest.mark.parametrize("requirement", direct_requirements())
def test_a_lower_bound_is_the_version_that_the_tests_run_on(requirement: str) -> None:
    match = REQUIREMENT.fullmatch(requirement)
    assert match, "write NAME>=VERSION, or NAME>=VERSION,<VERSION"
    version = version_by_name()[normalised(match["name"])]

    if match["name"].startswith("types-"):
        # The last number of a stub package is the day it was made.
        version = version.rpartition(".")[0]
    assert match["bound"] == version


def test_direct_requirements_are_sorted_and_named_once() -> None:
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    names = [normalised(re.split("[>=<]", line)[0]) for line in project["dependencies"]]

    assert names == sorted(set(names))
