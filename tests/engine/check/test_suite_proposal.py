"""How workspaces say that they run their tests."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from nanobot_engine.check import SuiteProposal, suite_proposals, why_no_tests

PYTHON = Path("/usr/bin/python3")
NOXFILE = """
import nox

@nox.session(python=["3.11"])
def tests(session):
    session.install(".")
    session.run("pytest", "unit", *session.posargs)
"""


def proposed(root: Path, files: Mapping[str, str]) -> list[tuple[str, str]]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return [(" ".join(one.command), one.evidence) for one in suite_proposals(root)]


@pytest.mark.parametrize(
    ("path", "text", "evidence"),
    [
        ("pyproject.toml", "[tool.pytest.ini_options]\na = 1\n",
         "pyproject.toml: tool.pytest.ini_options"),
        ("pyproject.toml", "[tool.pytest]\nminversion = '9'\n", "pyproject.toml: tool.pytest"),
        ("pytest.ini", "", "pytest.ini"),
        ("setup.cfg", "[tool:pytest]\n", "setup.cfg: [tool:pytest]"),
        ("tox.ini", "[pytest]\n", "tox.ini: [pytest]"),
        ("tests/conftest.py", "", "tests/conftest.py"),
        ("shop/tests/test_a.py", "def test_a():\n    pass\n", "shop/tests/test_a.py"),
        ("a_test.py", "import pytest\n", "a_test.py"),
    ],
)  # fmt: skip
def test_pytest_is_configured_or_used(tmp_path: Path, path: str, text: str, evidence: str) -> None:
    assert proposed(tmp_path, {path: text}) == [("python -m pytest", evidence)]
    assert why_no_tests(tmp_path, PYTHON) == ""


def test_unittest_is_what_tests_are_written_for(tmp_path: Path) -> None:
    files = {"tests/test_a.py": "import unittest\n"}

    assert proposed(tmp_path, files) == [("python -m unittest", "tests/test_a.py")]
    assert why_no_tests(tmp_path, PYTHON) == ""
    assert "there is no python3" in why_no_tests(tmp_path, None)


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("tox.ini", "[testenv]\ncommands =\n  python -V\n  -pytest \\\n    --cov {posargs:tests}\n",
         [("pytest --cov tests", "tox.ini: [testenv] commands")]),
        ("tox.ini", "[testenv]\ncommands =\n    py311: {envpython} -m unittest {posargs}\n",
         [("python -m unittest", "tox.ini: [testenv] commands")]),
        ("tox.ini", "[testenv]\ncommands = coverage run -m pytest {posargs}\n",
         [("pytest", "tox.ini: [testenv] commands")]),
        ("tox.ini", "[testenv]\ncommands = pytest {env:HOME} {tty:a:b}\n", []),
        ("setup.cfg", "[tox:testenv]\ncommands = pytest\n",
         [("pytest", "setup.cfg: [tox:testenv] commands")]),
        ("pyproject.toml", "[tool.tox.env_run_base]\ncommands = [['pytest', '-q']]\n",
         [("pytest -q", "pyproject.toml: tool.tox.env_run_base.commands")]),
        ("pyproject.toml", "[tool.tox]\nlegacy_tox_ini = '''\n[testenv]\ncommands = pytest\n'''\n",
         [("pytest", "pyproject.toml: tool.tox.legacy_tox_ini commands")]),
        ("noxfile.py", NOXFILE, [("pytest unit", "noxfile.py: session tests"),
                                 ("nox -s tests", "noxfile.py: session tests")]),
        ("noxfile.py", "raise SystemExit('it was run')\n", []),
        ("Makefile", "TEST := 1\n.PHONY: test\ntest: build\n\t./run\n",
         [("make test", "Makefile: target test")]),
        ("Makefile", "test := 1\nlatest:\n", []),
        ("pyproject.toml", "[tool.hatch.envs.default.scripts]\ntest = 'pytest {args:tests}'\n",
         [("pytest tests", "pyproject.toml: tool.hatch.envs.default.scripts.test"),
          ("hatch run test", "pyproject.toml: tool.hatch.envs.default.scripts.test")]),
        ("pyproject.toml", "[tool.pdm.scripts]\ntest = { cmd = 'pytest -q' }\n",
         [("pytest -q", "pyproject.toml: tool.pdm.scripts.test"),
          ("pdm run test", "pyproject.toml: tool.pdm.scripts.test")]),
        ("pyproject.toml", "[tool.poe.tasks]\ntest = { shell = 'a && b' }\n",
         [("poe test", "pyproject.toml: tool.poe.tasks.test")]),
        ("package.json", '{"scripts": {"test": "jest"}}',
         [("npm test", "package.json: scripts.test")]),
        ("package.json", '{"scripts": {"test": "echo no test specified && exit 1"}}', []),
        ("go.mod", "module a\n", [("go test -v ./...", "go.mod")]),
        ("Cargo.toml", "[package]\n", [("cargo test --offline --no-fail-fast", "Cargo.toml")]),
        ("pom.xml", "<project/>", [("mvn --offline --batch-mode test", "pom.xml")]),
        ("build.gradle.kts", "", [("gradle --offline test", "build.gradle.kts")]),
        ("manage.py", "", [("python manage.py test", "manage.py")]),
    ],
)  # fmt: skip
def test_what_a_file_names_needs_the_users_word(
    tmp_path: Path, path: str, text: str, found: list[tuple[str, str]]
) -> None:
    assert proposed(tmp_path, {path: text}) == found
    assert all(one.needs_word for one in suite_proposals(tmp_path))
    reason = why_no_tests(tmp_path, PYTHON)
    if found:
        assert reason.startswith("the setting process.test_command has to allow '")
        assert found[0][1] in reason
    else:
        assert reason == "there are no tests here"


def test_ctest_builds_where_the_next_run_finds_it(tmp_path: Path) -> None:
    ((command, evidence),) = proposed(tmp_path, {"CMakeLists.txt": "enable_testing()\n"})

    assert command.startswith('sh -c cmake -S . -B "$HOME/builds/cmake"')
    assert evidence == "CMakeLists.txt"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", "[tool]\npytest = 1\ntox = [1]\nhatch = 'x'\npdm = { scripts = [1] }\n"),
        ("pyproject.toml", "[tool.tox.env_run_base]\ncommands = [1, [2], 'x']\n"),
        ("pyproject.toml", "[tool.poe]\ntasks = { test = 3.5 }\n"),
        ("pyproject.toml", "a = " + "[" * 10_000),
        ("tox.ini", "no section\n[testenv]\ncommands = 'open\n"),
        ("setup.cfg", "\x00\n[[[\n"),
        ("noxfile.py", "\x00"),
        ("noxfile.py", "(" * 10_000),
        ("package.json", "[" * 100_000),
        ("package.json", '{"scripts": ["test"]}'),
    ],
)
def test_files_of_any_form_are_read(tmp_path: Path, path: str, text: str) -> None:
    assert [one for one, _ in proposed(tmp_path, {path: text}) if "poe" not in one] == []


def test_links_to_devices_and_large_files_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "package.json").symlink_to("/dev/zero")
    (tmp_path / "Makefile").write_bytes(b"test:\n" + b"#" * (1 << 20))

    assert suite_proposals(tmp_path) == []


def test_a_proposal_is_said_as_it_would_be_typed() -> None:
    one = SuiteProposal(("pytest", "-k", "a or b"), "tox.ini: [testenv] commands")

    assert str(one) == "'pytest -k 'a or b'' (tox.ini: [testenv] commands)"
