"""`nanobot complete FILE:LINE:COL`: what editors would suggest at a cursor."""

import asyncio
import re
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from nanobot_server.cli.arguments import In, Json, workspace_of
from nanobot_server.cli.output import EXIT_FAILED, fail, print_json, remark, reported, say
from nanobot_server.cli.places import path_in
from nanobot_server.cli.refreshed_index import answer_from_index
from nanobot_server.host.client import HostClient
from nanobot_server.host.errors import FAILED, MODEL_MISSING, NOT_FOUND, USAGE, HostError

_PLACE: Final = re.compile(
    r"(?P<path>.+?):(?P<line>[0-9]{1,9})(?::(?P<column>[0-9]{1,9}))?", re.DOTALL
)
_ANSWER_TIMEOUT_S: Final = 180.0
"""The first one loads the model, on a busy machine."""
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_CHARS_MAX: Final = 8_000
_CODE_BY_STATE: Final = {"missing": MODEL_MISSING, "failed": FAILED}


def command(
    place: Annotated[
        str,
        typer.Argument(
            metavar="FILE:LINE:COL",
            help="A cursor, in front of a character; both from 1. Without COL, the line's end.",
        ),
    ],
    workspace: In = None,
    *,
    as_json: Json = False,
) -> None:
    """Suggest what could stand at a place of a file."""
    with reported(as_json=as_json):
        root = workspace_of(workspace)
        path, params = _asked(root, place)
        # The first index is built here, where its progress can be shown.
        answer_from_index(root, lambda _index: None, as_is=False)
        answer = asyncio.run(_answer(root, {**params, "path": path, "is_explicit": True}))
        code = _CODE_BY_STATE.get(str(answer["state"]))
        if code is not None:
            fail(str(answer["problem"]), code, as_json=as_json)
            raise typer.Exit(EXIT_FAILED)
        if as_json:
            print_json({"path": path, **answer})
        elif answer["text"]:
            say(str(answer["text"]))
        else:
            remark(str(answer["problem"]) or "nothing to suggest here")


async def _answer(root: Path, params: dict[str, object]) -> dict[str, Any]:
    async with await HostClient.connect(root) as client:
        return dict(await client.call("completion", params, timeout_s=_ANSWER_TIMEOUT_S))


def _asked(root: Path, place: str) -> tuple[str, dict[str, object]]:
    """Return the path of a place, and the text around it."""
    found = _PLACE.fullmatch(place)
    if found is None:
        message = f"{place}: not a cursor; write it as src/app.py:10:5, both numbers from 1"
        raise HostError(USAGE, message)
    path = path_in(root, found["path"])
    try:
        text = (root / path).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: can not be read as text ({error}); name another file"
        raise HostError(NOT_FOUND, message) from error
    lines = _LINE.findall(text)
    if not lines or lines[-1].endswith(("\r", "\n")):
        lines.append("")
    number = int(found["line"]) - 1
    if not 0 <= number < len(lines):
        raise HostError(USAGE, f"{place}: the file has {len(lines)} lines")
    content = lines[number].rstrip("\r\n")
    column = len(content) if found["column"] is None else int(found["column"]) - 1
    if not 0 <= column <= len(content):
        raise HostError(USAGE, f"{place}: the line has {len(content)} characters")
    return path, {
        "before": _last(lines[:number]) + lines[number][:column],
        "after": _first([lines[number][column:], *lines[number + 1 :]]),
        "head": _first(lines[: _cut(lines[:number])]),
    }


def _cut(lines: list[str]) -> int:
    """Return the first of the last lines that have few enough characters together."""
    first, size = len(lines), 0
    while first > 0 and size + len(lines[first - 1]) <= _CHARS_MAX:
        first -= 1
        size += len(lines[first])
    return first


def _last(lines: list[str]) -> str:
    return "".join(lines[_cut(lines) :])


def _first(lines: list[str]) -> str:
    taken, size = 0, 0
    while taken < len(lines) and size + len(lines[taken]) <= _CHARS_MAX:
        size += len(lines[taken])
        taken += 1
    return "".join(lines[:taken])
