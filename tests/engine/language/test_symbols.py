from nanobot_engine.language import DeclaredNames
from support.refactored import encoded

_FILES = encoded(
    {
        "a.ts": """
            import { load } from './b';
            export class Reader { load(x: number) { const load = x; return load; } static MAX = 1; }
            interface Sized { size: number }
            const LIMIT = 3; let state = (load: string) => load;
        """,
        "b.go": "package b\n\ntype Box struct{ load int }\n\nfunc load(n int) int { return n }\n",
        "c.c": "#define LIMIT 3\nstatic int state;\nint load(int limit);\n",
        "d.rs": "pub enum Kind { Big }\nimpl Kind { fn load(&self) {} }\n",
        "E.java": "class E { int size; int load() { return size; } }\n",
        "f.py": "def load(): ...\n",
    }
)


def _said(name: str) -> list[str]:
    found = DeclaredNames(_FILES).named(name)
    return [f"{one.path}:{one.line} {one.kind} {one.qualified_name}" for one in found]


def test_every_declaration_of_a_name_is_found_outermost_first() -> None:
    assert _said("load") == [
        "b.go:5 function load",
        "c.c:3 function load",
        "E.java:1 method E.load",
        "a.ts:2 method Reader.load",
        "b.go:3 attribute Box.load",
        "d.rs:2 method Kind.load",
        "a.ts:4 parameter state.load",
        "a.ts:2 local variable Reader.load.load",
    ]


def test_kinds_are_those_of_python() -> None:
    assert _said("LIMIT") == ["a.ts:4 constant LIMIT", "c.c:1 constant LIMIT"]
    assert _said("state") == ["a.ts:4 function state", "c.c:2 variable state"]
    assert _said("size") == ["E.java:1 attribute E.size", "a.ts:3 attribute Sized.size"]
    assert _said("Kind") == ["d.rs:1 class Kind"]
    assert _said("Big") == ["d.rs:1 attribute Kind.Big"]
    assert _said("limit") == ["c.c:3 parameter limit"]
    assert _said("nothing") == []


def test_words_of_all_files_are_counted() -> None:
    counts = DeclaredNames(_FILES).counts()

    assert counts["Box"] == 1
    assert counts["load"] == 11
