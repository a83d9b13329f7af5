import sys
from pathlib import Path
from textwrap import dedent

import pytest

from nanobot_engine.refactor.change import Change
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.rename.rename import Rename
from support.language_servers import language_servers
from support.refactored import encoded

_BOXES = {
    "box.hpp": "struct Box { int area() const; };\nstruct Cup { int area() const; };\n",
    "box.cpp": """
        #include "box.hpp"
        int Box::area() const { return 1; }
        template <class T> auto first(T x) { return x; }
        int use(Box b, Cup c) { return first(b).area() + first(c).area(); }
    """,
}


def _renamed(root: Path, files: dict[str, str], symbol: str, new: str) -> tuple[Change, str]:
    """Rename with a server and return the change and all texts after it."""
    data = encoded(files)
    for path, text in data.items():
        (root / path).write_bytes(text)
    codebase = Codebase(data, server_root=root)
    change = Rename().plan(codebase, {"symbol": symbol, "new_name": new})
    after = change.applied(data)
    return change, "".join(after[path].decode() for path in sorted(after))


def _put_on_path(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def _scripted_server(folder: Path, answer: str) -> None:
    """Write a `clangd` that answers every question about references the same."""
    folder.mkdir()
    program = folder / "clangd"
    script = f"""\
        #!{sys.executable}
        import json, sys
        while True:
            size = 0
            while (line := sys.stdin.buffer.readline().strip()):
                name, _, value = line.partition(b":")
                size = int(value) if name.lower() == b"content-length" else size
            if not size:
                sys.exit()
            asked = json.loads(sys.stdin.buffer.read(size))
            params = asked["params"]
            if asked["method"] == "initialize":
                answer = {{"capabilities": {{"positionEncoding": "utf-8"}}}}
                root = params["rootUri"]
            elif asked["method"] == "textDocument/references":
                answer = {answer}
            elif asked["method"] == "textDocument/didOpen":
                uri = params["textDocument"]["uri"]
                asked = {{"method": "textDocument/publishDiagnostics"}}
                answer = None
            else:
                continue
            reply = {{"id": asked["id"], "result": answer}} if "id" in asked else {{
                "method": asked["method"], "params": {{"uri": uri}}}}
            body = json.dumps(reply).encode()
            sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n%b" % (len(body), body))
            sys.stdout.buffer.flush()
    """
    program.write_text(dedent(script), encoding="utf-8")
    program.chmod(0o755)


@pytest.mark.slow
def test_what_the_server_confirms_is_sure_and_the_rest_means_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put_on_path(monkeypatch, language_servers())

    change, text = _renamed(tmp_path, _BOXES, "box.hpp::Box.area", "surface")

    assert "first(b).surface() + first(c).area()" in text
    assert "int Box::surface() const" in text
    assert not change.doubts
    assert "clangd: 'area' means something else at 1 other places" in str(change.notes)


@pytest.mark.slow
def test_types_of_typescript_decide_what_only_a_name_spoke_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put_on_path(monkeypatch, language_servers())
    files = {
        "tsconfig.json": "{}\n",
        "shape.ts": "export class Shape { area() { return 0; } }\n",
        "use.ts": """
            import { Shape } from './shape';
            const other = { area: 1 };
            export const all = [new Shape()].map((one) => one.area() + other.area);
            export const some = (one: any) => one.area;
        """,
    }

    change, text = _renamed(tmp_path, files, "shape.ts::Shape.area", "surface")

    assert "one.surface() + other.area" in text
    assert "{ area: 1 }" in text
    assert [doubt.line for doubt in change.doubts] == [3, 4]


def test_a_server_that_lies_changes_nothing_that_is_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def place(name: str, line: int, start: int, end: int) -> str:
        ends = f"'start': {{'line': {line}, 'character': {start}}}, "
        ends += f"'end': {{'line': {line}, 'character': {end}}}"
        return f"{{'uri': root + '/{name}', 'range': {{{ends}}}}}"

    answer = ", ".join(
        (
            place("box.hpp", 0, 17, 21),  # the declaration
            place("box.cpp", 1, 9, 13),  # the definition
            place("box.cpp", 1, 9, 14),  # too long
            place("box.cpp", 3, 0, 3),  # another word
            place("box.cpp", 900, 0, 4),  # no such line
            place("../../etc/passwd", 0, 0, 4),  # outside
            "{'uri': 'http://x/', 'range': 3}, 7, None",
        )
    )
    programs = tmp_path / "programs"
    _scripted_server(programs, f"[{answer}]")
    _put_on_path(monkeypatch, programs)
    root = tmp_path / "ws"
    root.mkdir()

    change, text = _renamed(root, _BOXES, "box.hpp::Box.area", "surface")

    assert text == "".join(
        dedent(one).lstrip("\n").replace("Box { int area", "Box { int surface")
        .replace("Box::area", "Box::surface")
        for _, one in sorted(_BOXES.items())
    )  # fmt: skip
    assert "names 1 places where no name stands" in str(change.notes)


def test_a_server_that_dies_is_told_and_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    _scripted_server(programs, "sys.exit(3)")
    _put_on_path(monkeypatch, programs)
    root = tmp_path / "ws"
    root.mkdir()

    change, text = _renamed(root, _BOXES, "box.hpp::Box.area", "surface")

    assert "clangd: ended" in str(change.notes)
    assert len(change.doubts) == 2
    assert "Box::surface" in text
