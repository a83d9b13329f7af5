"""The rules of style that no linter knows."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
PARTS = {"indexer": "nanobot_indexer", "engine": "nanobot_engine", "server": "nanobot_server"}

MODULE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
FILE_SIZE_BYTES_MAX = 1_000_000
FORBIDDEN_STEMS = frozenset(
    {"utils", "util", "helpers", "helper", "common", "misc", "base", "core", "manager", "handler",
     "handlers", "types"}
)  # fmt: skip

# A service that anybody may name is in the text it is about; a host that packages
# come from is a setting of the machine. Written apart, so that this file has none.
REGISTRY_HOSTS = re.compile(
    r"\b(?:(?:test\.)?pypi\." + r"org|files\.python" + r"hosted\.org|registry\.npm" + r"js\.org"
    r"|registry\.yarn" + r"pkg\.com|crates\." + r"io|proxy\.go" + r"lang\.org"
    r"|deb\.deb" + r"ian\.org|archive\.ub" + r"untu\.com)\b"
)
MACHINE_PATHS = re.compile(
    r"(?:(?<=file://)|(?<![\w./$~}>-]))/(?:home|Users|root|work|opt|mnt|srv|workspace)/[\w.-]+"
)
# Users' homes in examples and tests, and the kernel's own.
FICTIONAL_PATHS = re.compile(r"/(?:home|Users)/(?:me|you|user|alice|bob)\b")


@cache
def files() -> tuple[Path, ...]:
    """Return what is in version control or would be added to it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPO,
        capture_output=True,
        check=True,
    )
    names = listed.stdout.decode(errors="surrogateescape").split("\0")
    paths = (REPO / name for name in names if name)
    return tuple(sorted(path for path in paths if path.is_file()))


def python_files(*folders: str) -> list[Path]:
    roots = [REPO / folder for folder in folders]
    return [
        path
        for path in files()
        if path.suffix == ".py" and any(path.is_relative_to(root) for root in roots)
    ]


def name_of(path: Path) -> str:
    return path.relative_to(REPO).as_posix()


MODULES = python_files("indexer", "engine", "server", "scripts", "tests")
SOURCES = python_files(*PARTS)
TESTS = [path for path in python_files("tests") if path.name.startswith("test_")]
# Sample data of tests is not ours to tidy.
OWN_MODULES = [path for path in MODULES if "data" not in path.relative_to(REPO).parts]


def test_there_is_something_to_check() -> None:
    assert len(SOURCES) > 50
    assert len(TESTS) > 20


@pytest.mark.parametrize("path", OWN_MODULES, ids=name_of)
def test_a_module_is_short_and_says_what_it_is(path: Path) -> None:
    source = path.read_text()
    tree = ast.parse(source)

    # The name of a test file already says what it is about.
    is_test = path.is_relative_to(REPO / "tests")
    assert is_test or ast.get_docstring(tree), "say in a docstring what this module is"
    assert source.count("\n") <= MODULE_LINES_MAX, "split it along a noun"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            lines = node.end_lineno - node.lineno + 1
            assert lines <= FUNCTION_LINES_MAX, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("path", OWN_MODULES, ids=name_of)
def test_a_module_is_named_after_a_thing(path: Path) -> None:
    names = {path.stem, path.stem.removeprefix("test_"), path.parent.name}

    assert not names & FORBIDDEN_STEMS


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_all_is_sorted_and_defined(path: Path) -> None:
    tree = ast.parse(path.read_text())
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                names = ast.literal_eval(value)
                # Constants, classes, functions: the order that ruff gives them.
                assert list(names) == sorted(names, key=_all_key)
                assert len(set(names)) == len(names)
                assert set(names) <= _bound_names(tree)


def _all_key(name: str) -> tuple[int, str]:
    kind = 0 if name.isupper() else 1 if name[:1].isupper() else 2
    return kind, name


def _bound_names(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    # A part may import what it exports when it is first asked for; type checkers see where.
    lazy = [one for node in tree.body if isinstance(node, ast.If) for one in node.body]
    for node in [*tree.body, *lazy]:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_a_test_file_mirrors_a_module(path: Path) -> None:
    part, *folders = path.relative_to(REPO / "tests").parts[:-1]
    subject = path.stem.removeprefix("test_")
    if part == "scripts":
        assert (REPO / "scripts" / f"{subject}.py").exists()
        return
    if part not in PARTS:
        # These test many modules at once and are named after what happens.
        assert part in {"architecture", "benchmarks", "e2e", "editors", "faults"}
        return
    mirrored = REPO / part / PARTS[part]
    # A part may be tested flat, as a whole or module by module, or in its own folder.
    found = [
        *mirrored.joinpath(*folders).rglob(f"{subject}.py"),
        *mirrored.joinpath(*folders).rglob(f"{subject}/__init__.py"),
    ]
    assert found, f"no module {subject} below {name_of(mirrored.joinpath(*folders))}"


def test_the_patterns_find_what_they_are_for() -> None:
    host = "pypi" + ".org"
    place = "/" + "opt/main"

    assert REGISTRY_HOSTS.search(f"see https://{host}/simple")
    assert MACHINE_PATHS.search(f"cd {place}")
    assert MACHINE_PATHS.search(f"file://{place}/a.py")
    assert not MACHINE_PATHS.search(f"a{place} .{place} $HOME{place}")


@pytest.mark.parametrize("path", files(), ids=name_of)
def test_a_file_is_small_and_names_no_machine(path: Path) -> None:
    assert path.stat().st_size <= FILE_SIZE_BYTES_MAX
    text = path.read_text(errors="replace")
    assert not (found := REGISTRY_HOSTS.search(text)), f"names a registry: {found}"
    paths = [
        match[0] for match in MACHINE_PATHS.finditer(text) if not FICTIONAL_PATHS.match(match[0])
    ]
    assert not paths, f"names places of one machine: {paths}"
