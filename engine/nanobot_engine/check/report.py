"""Diagnostics that somebody hands over: a report of a tool, or lines of text.

    SARIF 2.1         {"runs": [{"tool": …, "results": […]}]}
    ruff              [{"filename": …, "location": {"row": …}, "code": …, "message": …}]
    pyright           {"generalDiagnostics": [{"file": …, "range": …, "rule": …}]}
    mypy              one object per line: {"file": …, "line": …, "code": …, "severity": …}
    lines             path:line: message, or path:line:column: message, as most tools print

Nothing in it is believed but that somebody says it: paths must be inside the workspace, and
text is bounded.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from nanobot_engine.check.code_tool import TOOLS
from nanobot_engine.check.diagnostic import Diagnostic
from nanobot_engine.errors import EngineError

REPORT_BYTES_MAX: Final = 8 << 20
DIAGNOSTICS_MAX: Final = 500
_MESSAGE_CHARS_MAX: Final = 600
_PATH_CHARS_MAX: Final = 1_000
_LINE_MAX: Final = 10**7
_SHOWN_CHARS_MAX: Final = 120

# The drive of a Windows path is not the end of a path.
_LINE: Final = re.compile(
    r"^(?P<path>(?:[A-Za-z]:[\\/])?[^:\n]+):(?P<line>\d+)(?::\d+)?(?::\d+:\d+)?:? (?P<rest>\S.*)$"
)
_MYPY_REST: Final = re.compile(r"^error: (?P<message>.*?)(?:  \[(?P<code>[\w-]+)\])?$")
_PYRIGHT_REST: Final = re.compile(r"^- error: (?P<message>.*?)(?: \((?P<code>report\w+)\))?$")
_CODE_REST: Final = re.compile(r"^(?P<code>[A-Z]{1,5}\d{2,5})(?: \[\*\])? (?P<message>.+)$")
_NOTE: Final = re.compile(r"^(?:- )?(?:note|warning|information|info|hint):? ", re.IGNORECASE)
_NAMES: Final = frozenset(tool.name for tool in TOOLS)
_ALIASES: Final = {"pylance": "pyright", "flake-8": "flake8"}


class ReportError(EngineError):
    """A report can not be read, or says nothing: the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A diagnostic, and who says it."""

    tool: str
    """The name of a tool of `TOOLS`; "" where it is none."""
    diagnostic: Diagnostic


def tool_named(name: str) -> str:
    """Return the tool that calls itself so, e.g. "Ruff" or "Pylance"; "" for none we know."""
    lower = name.strip().lower()
    lower = _ALIASES.get(lower, lower)
    return lower if lower in _NAMES else ""


def read_report(text: str, root: Path) -> list[Reported]:
    """Read a report, whatever tool wrote it.

    Args:
        text: All of it.
        root: The workspace that its paths are of.

    Raises:
        ReportError: It has no form that is known, is too long, or names no line of a file
            in the workspace.
    """
    if len(text.encode(errors="replace")) > REPORT_BYTES_MAX:
        raise ReportError(f"diagnostics: longer than {REPORT_BYTES_MAX >> 20} MiB")
    stripped = text.strip()
    if not stripped:
        raise ReportError("diagnostics: the report is empty")
    rows = list(_rows(stripped))
    if not rows:
        raise ReportError(
            "diagnostics: no line says 'path:line: message', and it is no report of ruff, mypy "
            "or pyright and no SARIF"
        )
    found = [one for row in rows if (one := _reported(row, root)) is not None]
    if not found:
        place = f"{rows[0]['path']}:{rows[0]['line']}"[:_SHOWN_CHARS_MAX]
        reason = f"none is about a line of a file of this workspace; the first says {place}"
        raise ReportError(f"diagnostics: {reason}")
    unique = list(dict.fromkeys(found))
    if len(unique) > DIAGNOSTICS_MAX:
        raise ReportError(
            f"diagnostics: {len(unique)} are too many for one process; at most {DIAGNOSTICS_MAX}"
        )
    return unique


def to_json(found: Sequence[Reported]) -> str:
    """Return diagnostics as the argument of a goal stores them."""
    rows = [
        [one.tool, one.diagnostic.path, one.diagnostic.line, one.diagnostic.code,
         one.diagnostic.message]
        for one in found
    ]  # fmt: skip
    return json.dumps(rows)


def from_json(text: str) -> list[Reported]:
    """Read what `to_json` wrote, or what a front says in its form.

    Raises:
        ReportError: It is something else.
    """
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReportError("diagnostics: is no JSON") from error
    if not isinstance(rows, list) or not 0 < len(rows) <= DIAGNOSTICS_MAX:
        raise ReportError(f"diagnostics: must be a list of 1 to {DIAGNOSTICS_MAX}")
    found = []
    for row in rows:
        match row:
            case [str(tool), str(path), int(line), str(code), str(message)] if (
                path
                and line is not True
                and 0 < line <= _LINE_MAX
                and _plain(message)
                and _is_below(path)
            ):
                one = Diagnostic(path, line, _plain(code), _plain(message))
                found.append(Reported(tool_named(tool), one))
            case _:
                shown = repr(row)[:_SHOWN_CHARS_MAX]
                message = f"diagnostics: {shown} is not [tool, path, line, code, message]"
                raise ReportError(message)
    return found


def _rows(text: str) -> Iterator[dict[str, Any]]:
    """Yield raw (tool, path, line, code, message) of a text."""
    if text[0] in "[{":
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            document = _json_lines(text)
        if document is not None:
            yield from _document_rows(document)
            return
    for line in text.splitlines():
        row = _line_row(line.strip())
        if row is not None:
            yield row


def _json_lines(text: str) -> list[Any] | None:
    """Return the objects of a text with one per line; None where it is none."""
    found = []
    for line in filter(str.strip, text.splitlines()):
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError):
            return None
    return found


def _document_rows(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, Mapping):
        if isinstance(document.get("runs"), list):
            yield from _sarif_rows(document["runs"])
            return
        if isinstance(document.get("generalDiagnostics"), list):
            yield from _object_rows(document["generalDiagnostics"], "pyright")
            return
        document = [document]
    if isinstance(document, list):
        yield from _object_rows(document, "")


def _object_rows(objects: Sequence[Any], tool: str) -> Iterator[dict[str, Any]]:
    """Read objects as ruff, mypy and pyright write them, and as editors do."""
    for one in objects:
        if not isinstance(one, Mapping) or one.get("severity") in {"note", "information"}:
            continue
        path = one.get("filename", one.get("file", one.get("path")))
        location, spot = one.get("location"), one.get("range")
        line = one.get("line")
        name = tool
        if isinstance(location, Mapping):
            line, name = location.get("row"), tool or "ruff"
        elif isinstance(spot, Mapping) and isinstance(spot.get("start"), Mapping):
            start = spot["start"].get("line")
            line = start + 1 if isinstance(start, int) else None
        elif "hint" in one and "severity" in one:
            name = tool or "mypy"
        name = name or str(one.get("tool", one.get("source", "")))
        code = one.get("code", one.get("rule"))
        yield _row(name, path, line, code, one.get("message"))


def _sarif_rows(runs: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for run in runs:
        driver = _at(run, "tool", "driver", "name")
        results = _at(run, "results")
        for result in results if isinstance(results, list) else ():
            places = _at(result, "locations")
            place = places[0] if isinstance(places, list) and places else None
            path = _at(place, "physicalLocation", "artifactLocation", "uri")
            line = _at(place, "physicalLocation", "region", "startLine")
            message = _at(result, "message", "text")
            yield _row(str(driver or ""), path, line, _at(result, "ruleId"), message)


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _row(tool: str, path: Any, line: Any, code: Any, message: Any) -> dict[str, Any]:
    return {"tool": tool, "path": path, "line": line, "code": code, "message": message}


def _line_row(line: str) -> dict[str, Any] | None:
    match = _LINE.match(line)
    if match is None or _NOTE.match(match["rest"]):
        return None
    path, number, rest = match["path"].strip(), int(match["line"]), match["rest"]
    for pattern, tool in ((_MYPY_REST, "mypy"), (_PYRIGHT_REST, "pyright"), (_CODE_REST, "")):
        found = pattern.match(rest)
        if found is not None:
            code = found["code"] or ""
            return _row(tool or _tool_of(code), path, number, code, found["message"])
    return _row("", path, number, "", rest)


def _tool_of(code: str) -> str:
    # flake8 and ruff share codes, and ruff can be asked without running code.
    return "ruff" if code else ""


def _reported(row: Mapping[str, Any], root: Path) -> Reported | None:
    path, line, message = row["path"], row["line"], row["message"]
    if not isinstance(path, str) or not isinstance(message, str) or not message.strip():
        return None
    if not isinstance(line, int) or isinstance(line, bool) or not 0 < line <= _LINE_MAX:
        return None
    relative = _relative(path, root)
    if relative is None:
        return None
    code = row["code"] if isinstance(row["code"], str) else ""
    one = Diagnostic(relative, line, _plain(code), _plain(message))
    return Reported(tool_named(row["tool"]), one)


def _plain(text: str) -> str:
    """Return a text on one line, bounded, without what would steer a terminal.

    The tools that are asked say a message of several lines on one, too.
    """
    printable = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(printable.split())[:_MESSAGE_CHARS_MAX]


def _relative(path: str, root: Path) -> str | None:
    """Return a path as one of the workspace; None where it is outside of it."""
    if len(path) > _PATH_CHARS_MAX or "\0" in path:
        return None
    if path.startswith("file:"):
        path = unquote(urlsplit(path).path)
    found = Path(path)
    if found.is_absolute():
        base = root if found.is_relative_to(root) else root.resolve()
        if not found.is_relative_to(base):
            return None
        found = found.relative_to(base)
    written = found.as_posix()
    return written if _is_below(written) else None


def _is_below(path: str) -> bool:
    return not path.startswith("/") and ".." not in path.split("/")
