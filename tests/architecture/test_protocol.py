"""Our own messages are the same in the document, the server and the editors' plugins."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from nanobot_server.lsp.own import own_messages
from support.protocol_forms import Protocol, of_lua, of_markdown, of_python, of_typescript

REPO = Path(__file__).resolve().parents[2]
PAGE = (REPO / "docs" / "protocol.md").read_text(encoding="utf-8")
PLUGINS = {
    "editors/vscode/src/protocol.ts": of_typescript,
    "editors/neovim/lua/nanobot/protocol.lua": of_lua,
}


def check_same(said: Protocol, path: str) -> None:
    wanted = of_python(own_messages)
    assert said.version == wanted.version, path
    assert said.methods == wanted.methods, path
    assert said.objects.keys() == wanted.objects.keys(), path
    for name, keys in wanted.objects.items():
        assert said.objects[name] == keys, f"{path}: {name}"


def test_the_page_says_what_the_server_says() -> None:
    check_same(of_markdown(PAGE), "docs/protocol.md")


@pytest.mark.parametrize(("path", "read"), PLUGINS.items())
def test_a_plugin_says_what_the_server_says(path: str, read: Callable[[str], Protocol]) -> None:
    check_same(read((REPO / path).read_text(encoding="utf-8")), path)


def test_the_page_names_the_files_that_are_compared() -> None:
    named = re.findall(r"`(editors/[^`]+)`", PAGE)

    assert named == list(PLUGINS)


def test_the_examples_of_the_page_are_read() -> None:
    (typescript,) = re.findall(r"```ts\n(.*?)```", PAGE, re.DOTALL)
    (lua,) = re.findall(r"```lua\n(.*?)```", PAGE, re.DOTALL)

    assert of_typescript(typescript) == of_lua(lua)
    objects = of_lua(lua).objects
    everything = of_python(own_messages).objects
    assert objects == {name: everything[name] for name in ("ModelStatus", "ReviewParams")}


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("percentage: number | null;", "number | null"),
        ("readonly hunks: ReviewHunk[]; // in order", "ReviewHunk[]"),
        ("uri?: string;", "?string"),
        ('state: "idle" | "indexing";', "string"),
    ],
)
def test_types_of_typescript(line: str, kind: str) -> None:
    source = (
        "export const PROTOCOL_VERSION = 1;\nexport const METHODS = {\n} as const;\n"
        f"export interface One {{\n  /** What\n   it is. */\n  {line}\n}}\n"
    )

    ((found,),) = (keys.values() for keys in of_typescript(source).objects.values())
    assert found == kind


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("percentage integer|vim.NIL", "number | null"),
        ("percentage integer|nil null where it is not known", "number | null"),
        ("percentage integer?", "number | null"),
        ("hunks nanobot.ReviewHunk[] in order", "ReviewHunk[]"),
        ("uri? string", "?string"),
    ],
)
def test_types_of_lua(line: str, kind: str) -> None:
    source = (
        "M.version = 1\nM.methods = {\n}\n\n--- What it is.\n"
        f"---@class nanobot.One\n--- A remark.\n---@field {line}\nlocal _\n"
    )

    ((found,),) = (keys.values() for keys in of_lua(source).objects.values())
    assert found == kind


def test_another_form_is_refused() -> None:
    source = (
        "export const PROTOCOL_VERSION = 1;\nexport const METHODS = {\n} as const;\n"
        "export interface One {\n  key: string, other: string;\n}\n"
    )

    with pytest.raises(ValueError, match=r"docs/protocol\.md"):
        of_typescript(source)
