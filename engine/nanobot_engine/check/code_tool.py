"""Type checkers and linters as data: how to find, configure, run and read each.

    name          role    runs code of the workspace
    mypy          types   yes: its plugins, and the interpreter that it asks for packages
    pyright       types   yes: the interpreter that it asks for packages
    basedpyright  types   yes: the same
    ruff          lint    no
    flake8        lint    yes: its plugins

A program that lies in the workspace is code of the workspace, too, whatever it is.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from configparser import ConfigParser
from configparser import Error as ConfigError
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from nanobot_engine.check.diagnostic import Diagnostic

_CONFIGURATION_BYTES_MAX: Final = 1 << 20
_MYPY_LINE: Final = re.compile(
    r"^(?P<path>[^:\n]+):(?P<line>\d+)(?::\d+)?: error: (?P<message>.*?)"
    r"(?:  \[(?P<code>[\w-]+)\])?$"
)
_FLAKE8_LINE: Final = re.compile(
    r"^(?P<path>[^:\n]+):(?P<line>\d+):\d+: (?P<code>\w+) (?P<message>.*)$"
)


class Role(StrEnum):
    """What a tool is for. Stored by value as part of gates: never rename one."""

    TYPES = "types"
    LINT = "lint"


class OutputError(ValueError):
    """What a tool printed is not what it prints when it ran."""


@dataclass(frozen=True, slots=True)
class CodeTool:
    """One tool."""

    name: str
    """Of its program."""
    role: Role
    runs_code: bool
    """Whether it runs code of the workspace: then only where the user allows that."""
    sections: tuple[tuple[str, str], ...]
    """Files that configure it, each with the section of it that must be there; "" for any."""
    arguments: Callable[[Path, Sequence[str]], list[str]]
    """Its command line, from the interpreter of the workspace and the touched files."""
    read: Callable[[str, Path], list[Diagnostic]]
    """Reads what it printed in a folder. Raises `OutputError`."""
    exit_codes: frozenset[int]
    """With which it leaves when it ran, whatever it found."""
    timeout_s: float
    memory_bytes_max: int


def is_configured(tool: CodeTool, root: Path) -> bool:
    """Tell whether a workspace says how it wants to be checked by a tool."""
    return any(_has_section(root / name, section) for name, section in tool.sections)


def configured_values(tool: CodeTool, root: Path, keys: Sequence[str]) -> dict[str, object]:
    """Return what the first configuration of a tool says about some keys."""
    for name, section in tool.sections:
        found = _section(root / name, section or tool.name)
        if found is not None:
            return {key: found[key] for key in keys if key in found}
    return {}


def _has_section(path: Path, section: str) -> bool:
    return path.is_file() if not section else _section(path, section) is not None


def _section(path: Path, section: str) -> Mapping[str, object] | None:
    """Read a section of a TOML or INI file; None where there is none."""
    try:
        if not path.is_file() or path.stat().st_size > _CONFIGURATION_BYTES_MAX:
            return None
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".toml":
            parser = ConfigParser(interpolation=None, strict=False)
            parser.read_string(text)
            return dict(parser[section]) if parser.has_section(section) else None
        found: Any = tomllib.loads(text)
        for key in section.split("."):
            found = found.get(key) if isinstance(found, dict) else None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ConfigError):
        return None
    return found if isinstance(found, dict) else None


def _ruff_arguments(_python: Path, _touched: Sequence[str]) -> list[str]:
    # A configuration may ask for repairs; here is only looked.
    return ["check", "--no-fix", "--no-cache", "--exit-zero", "--output-format=json", "."]


def _read_ruff(output: str, folder: Path) -> list[Diagnostic]:
    return [
        Diagnostic(
            relative(one["filename"], folder),
            one["location"]["row"],
            one["code"] or "",
            one["message"],
        )
        for one in ruff_document(output)
    ]


def ruff_document(output: str) -> list[dict[str, Any]]:
    """Return what ruff's JSON holds, without the warnings that it prints before.

    Raises:
        OutputError: There is no JSON.
    """
    document = _json_of(output, "[")
    if not isinstance(document, list):
        raise OutputError("it printed no list")
    return document


def _mypy_arguments(python: Path, touched: Sequence[str]) -> list[str]:
    return [
        "--python-executable", str(python), "--no-error-summary", "--show-column-numbers",
        "--show-error-codes", "--no-pretty", "--hide-error-context", "--no-color-output",
        "--soft-error-limit=-1", "--cache-dir", ".scratch-home/mypy", *touched,
    ]  # fmt: skip


def _read_mypy(output: str, folder: Path) -> list[Diagnostic]:
    found = []
    for line in output.splitlines():
        match = _MYPY_LINE.match(line)
        if match is not None:
            path = relative(match["path"], folder)
            found.append(
                Diagnostic(path, int(match["line"]), match["code"] or "", match["message"])
            )
    return found


def _pyright_arguments(python: Path, _touched: Sequence[str]) -> list[str]:
    return ["--outputjson", "--pythonpath", str(python)]


def _read_pyright(output: str, folder: Path) -> list[Diagnostic]:
    document = _json_of(output, "{")
    return [
        Diagnostic(
            relative(one["file"], folder),
            one["range"]["start"]["line"] + 1 if "range" in one else 0,
            one.get("rule", ""),
            # It is written over several lines, indented by spaces that do not break.
            " ".join(one["message"].split()),
        )
        for one in document["generalDiagnostics"]
        if one["severity"] == "error"
    ]


def _flake8_arguments(_python: Path, _touched: Sequence[str]) -> list[str]:
    return ["--format=default", "--exit-zero", "--jobs=1", "."]


def _read_flake8(output: str, folder: Path) -> list[Diagnostic]:
    found = []
    for line in output.splitlines():
        match = _FLAKE8_LINE.match(line)
        if match is not None:
            path = relative(match["path"], folder)
            found.append(Diagnostic(path, int(match["line"]), match["code"], match["message"]))
    return found


def relative(path: str, folder: Path) -> str:
    """Return a path of a tool's output as one of the workspace."""
    found = Path(path)
    if found.is_absolute():
        base = folder.resolve() if not found.is_relative_to(folder) else folder
        found = found.relative_to(base) if found.is_relative_to(base) else found
    return found.as_posix()


def _json_of(output: str, opening: str) -> Any:
    # Warnings come first, on lines of their own.
    start = 0 if output.startswith(opening) else output.find(f"\n{opening}") + 1
    try:
        document, _ = json.JSONDecoder().raw_decode(output, start)
    except ValueError as error:
        raise OutputError("it printed no JSON") from error
    return document


_GIB: Final = 1 << 30


def _pyright(name: str) -> CodeTool:
    return CodeTool(
        name,
        Role.TYPES,
        runs_code=True,
        sections=((f"{name}config.json", ""), ("pyproject.toml", f"tool.{name}"))
        if name == "pyright"
        else (("pyproject.toml", f"tool.{name}"),),
        arguments=_pyright_arguments,
        read=_read_pyright,
        exit_codes=frozenset({0, 1}),
        timeout_s=600.0,
        # Its engine reserves far more addresses than it uses.
        memory_bytes_max=64 * _GIB,
    )


MYPY: Final = CodeTool(
    "mypy",
    Role.TYPES,
    runs_code=True,
    sections=(
        ("mypy.ini", ""), (".mypy.ini", ""), ("pyproject.toml", "tool.mypy"),
        ("setup.cfg", "mypy"),
    ),
    arguments=_mypy_arguments,
    read=_read_mypy,
    exit_codes=frozenset({0, 1}),
    timeout_s=600.0,
    memory_bytes_max=8 * _GIB,
)  # fmt: skip
RUFF: Final = CodeTool(
    "ruff",
    Role.LINT,
    runs_code=False,
    sections=(("ruff.toml", ""), (".ruff.toml", ""), ("pyproject.toml", "tool.ruff")),
    arguments=_ruff_arguments,
    read=_read_ruff,
    exit_codes=frozenset({0}),
    timeout_s=120.0,
    memory_bytes_max=8 * _GIB,
)
FLAKE8: Final = CodeTool(
    "flake8",
    Role.LINT,
    runs_code=True,
    sections=((".flake8", ""), ("setup.cfg", "flake8"), ("tox.ini", "flake8")),
    arguments=_flake8_arguments,
    read=_read_flake8,
    exit_codes=frozenset({0}),
    timeout_s=300.0,
    memory_bytes_max=4 * _GIB,
)
TOOLS: Final = (MYPY, _pyright("pyright"), _pyright("basedpyright"), RUFF, FLAKE8)
"""In the order in which they are preferred where nothing is configured."""
