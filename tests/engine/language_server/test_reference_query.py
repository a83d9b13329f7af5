from pathlib import Path

import pytest

from nanobot_engine.language_server import find_references, server_for
from nanobot_indexer import Language
from support.language_servers import language_servers
from support.refactored import encoded


@pytest.fixture(autouse=True)
def _on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    programs = language_servers()
    monkeypatch.setenv("PATH", str(programs), prepend=":")


def _written(root: Path, files: dict[str, str]) -> dict[str, bytes]:
    data = encoded(files)
    for path, text in data.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text)
    return data


def _asked(
    root: Path, language: Language, files: dict[str, bytes], path: str, before: bytes
) -> set[str]:
    """Return what a server says of the name behind some text, as `path:line:name`."""
    server = server_for(language, root)
    assert server is not None
    place = (path, files[path].index(before) + len(before))
    code = {name: text for name, text in files.items() if not name.endswith(".json")}
    said = set()
    for one in find_references(server, root, code, place):
        text = files[one.path]
        line = text.count(b"\n", 0, one.start_byte) + 1
        said.add(f"{one.path}:{line}:{text[one.start_byte : one.end_byte].decode()}")
    return said


@pytest.mark.slow
def test_the_server_of_typescript_knows_types(tmp_path: Path) -> None:
    files = _written(
        tmp_path,
        {
            "tsconfig.json": '{"compilerOptions": {"strict": true}}\n',
            "shape.ts": """
                export class Shape { area() { return 0; } }
                export const make = () => [new Shape()];
                const größe = "ß𝒳"; export const b = größe + make()[0].area();
            """,
            "use.ts": """
                import { make } from './shape';
                const list = make().map((one) => one.area());
                console.log({ area: () => 1 }.area(), list);
            """,
        },
    )

    found = _asked(tmp_path, Language.TYPESCRIPT, files, "shape.ts", b"Shape { ")

    assert found == {"shape.ts:1:area", "shape.ts:3:area", "use.ts:2:area"}


@pytest.mark.slow
def test_clangd_knows_types(tmp_path: Path) -> None:
    files = _written(
        tmp_path,
        {
            "box.hpp": "struct Box { int area() const; };\nstruct Cup { int area() const; };\n",
            "box.cpp": """
                #include "box.hpp"
                int Box::area() const { return 1; }
                int Cup::area() const { return 2; }
                template <class T> auto first(T x) { return x; }
                int use(Box b, Cup c) { auto d = first(b); return d.area() + c.area(); }
            """,
        },
    )

    found = _asked(tmp_path, Language.CPP, files, "box.hpp", b"struct Box { int ")

    assert found == {"box.hpp:1:area", "box.cpp:2:area", "box.cpp:5:area"}


def test_a_program_of_the_workspace_is_never_a_server(tmp_path: Path) -> None:
    servers = language_servers()

    assert server_for(Language.CPP, tmp_path) is not None
    assert server_for(Language.CPP, servers.parent) is None
    assert server_for(Language.PYTHON, tmp_path) is None
