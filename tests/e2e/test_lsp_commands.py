"""What `docs/lsp.md` says about commands and code actions, and what the server does."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from e2e.model_editor import ModelEditor
from nanobot_server.lsp.features.initialize import CODE_ACTION_KINDS, COMMANDS
from support.documents import keys_of
from support.offered import Asked, offered
from support.terminal import Terminal

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "lsp.md").read_text(encoding="utf-8")
ANSWERS = (DOCS / "cli.md").read_text(encoding="utf-8") + (DOCS / "host.md").read_text("utf-8")


def section(title: str) -> str:
    (found,) = re.findall(rf"^## {title}\n.*?(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def rows() -> dict[str, tuple[str, str]]:
    """Return (arguments, results) of every command; those of one without a name are added."""
    found: dict[str, tuple[str, str]] = {}
    names: list[str] = []
    for line in section("Commands").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("| ") or len(cells) != 3 or cells[0] == "command":
            continue
        said = re.findall(r"`([a-z.]+)`", cells[0])
        prefix = said[0].rpartition(".")[0] if said else ""
        names = [f"{prefix}{one}" if one.startswith(".") else one for one in said] or names
        for name in names:
            before = found.get(name, ("", ""))
            found[name] = (before[0] + cells[1], before[1] + cells[2])
    return found


def test_every_command_is_documented_and_there_is_no_other() -> None:
    assert set(rows()) == set(COMMANDS)
    # What the design names and this version has not is said.
    assert "`nanobot.calibrate`" in section("Not in this version")


def test_every_kind_of_action_is_documented() -> None:
    kinds = set(re.findall(r"`((?:quickfix|refactor|source)[\w.]*)`", section("Code actions")))
    for kind in CODE_ACTION_KINDS:
        assert any(one == kind or one.startswith(f"{kind}.") for one in kinds), kind
    for kind in kinds - {"refactor", "source"}:
        assert any(kind == one or kind.startswith(f"{one}.") for one in CODE_ACTION_KINDS), kind


EXAMPLES = [
    "class Box:\n    def areaOf‸(self, a, b, c, d):\n        return a\n",
    "class Box:\n  a = 1\n\ndef area‸(b: Box, a):\n  if a:\n    if b:\n      open(a)\n  return a\n",
    "def area(a, ‸b, c):\n    return a\n",
    "def area(a, b, ‸c):\n    return a\n",
    "def area(a):\n    ‸b = a + 1‸\n    return b\n",
    "def area(a):\n    b = ‸a + 1‸\n    return b\n",
    "def area(a):\n    b = a + 1‸0\n    return b\n",
    "def area(a):\n    b = a\n    return ‸b\n",
    "‸FAST = True\n",
]
"""With a mark each; everything that is offered there must be on the page."""


@pytest.mark.parametrize("marked", EXAMPLES)
@pytest.mark.parametrize("only", [None, ["refactor"], ["source"]])
def test_every_title_is_documented(tmp_path: Path, marked: str, only: list[str] | None) -> None:
    page = re.sub(r"`+", "", re.sub(r"(?<=[a-z] )`(\w+)`(?=[\w ,]*``| ``)", r"\1", PAGE))
    found = offered(tmp_path, marked, Asked(only=only))

    assert found
    for title in found:
        words = re.split(r"`\w+`|\w+\.py| in (?:this file|this workspace|app)$", title)
        parts = [one.strip() for one in words if len(one.strip()) > 3]
        for part in (part for part in parts if part not in ("method of", "into a class")):
            assert re.sub(r" this function$", "", part) in page, (title, part)


async def done(editor: ModelEditor, process: dict[str, Any]) -> None:
    """Wait until the host knows that all of a process is applied."""
    async with asyncio.timeout(60):
        while True:
            (view,) = (await editor.command("process.status", process))["processes"]
            if view["state"] == "done":
                return
            await asyncio.sleep(0.05)


@pytest.mark.asyncio
@pytest.mark.timeout(180)
async def test_every_result_has_the_documented_keys(opened: Any, terminal: Terminal) -> None:
    terminal.write("a.py", "def readAll(a):\n    return a\n\n\nprint(readAll(1))\n")
    editor = await opened("neovim")
    documented = rows()
    uri = (terminal.workspace / "a.py").as_uri()

    async def check(name: str, argument: Any, expected: set[str]) -> Any:
        result = await editor.command(name, argument)
        assert set(result) == expected, (name, result)
        keys = {key for key in keys_of(result) if f"`{key}`" not in ANSWERS}
        said = set(re.findall(r"\w+", documented[f"nanobot.{name}"][1]))
        said |= set(re.findall(r"\w+", documented["nanobot.process.pause"][1]))
        assert keys <= said, (name, keys - said)
        return result

    rename = {"name": "rename", "arguments": {"symbol": "a.py::readAll", "new_name": "read_all"}}
    for process_id, last in (("p1", "accept"), ("p2", "reject")):
        editor.answers = ["Later"]
        started = {"refactorings": [rename], "uri": uri, "goal": "rename"}
        await check("process.start", started, {"processId"})
        await editor.until("it is planned", lambda: not editor.answers)
        one = {"processId": process_id, "uri": uri}
        await check("process.diff", one, {"processId"})
        if last == "accept":
            await check("process.accept", process_id, {"processId"})
            await editor.until("it is applied", lambda: editor.applied)
            await done(editor, one)
            await check("process.undo", one, {"processId", "state"})
        else:
            await check(f"process.{last}", one, {"processId", "state"})
    await check("process.status", "p1", {"processes"})
    await check("status", None, {"processes"})
    await check("search", {"query": "readAll", "uri": uri}, {"hits", "found_by"})
    await check("ingest", {"uri": uri}, {"state"})
    refused = await editor.command("process.pause", "p99")
    assert set(refused["error"]) == {"code", "message"}
