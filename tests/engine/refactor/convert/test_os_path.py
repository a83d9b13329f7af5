import random
from pathlib import Path

import pytest

from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.convert.os_path import ConvertOsPath
from nanobot_engine.refactor.errors import UnsafeError
from support.refactored import check, planned

HEAD = "import os\nfrom pathlib import Path\n\n\ndef f(q: str, raw, fd: int, data: bytes):\n"
TAIL = "    os.sep, Path\n"


def check_line(before: str, after: str) -> None:
    head = f"{HEAD}    q + 'x'\n"
    check(
        ConvertOsPath(),
        {"m.py": f"{head}    {before}\n{TAIL}"},
        {"m.py": f"{head}    {after}\n{TAIL}"},
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return os.path.exists(q)", "return Path(q).exists()"),
        ("return os.path.isfile(q + '.txt')", "return Path(q + '.txt').is_file()"),
        ("return os.path.getsize(f'{q}.x')", "return Path(f'{q}.x').stat().st_size"),
        ("return os.path.isdir(os.path.join(q, 'a'))", "return (Path(q) / 'a').is_dir()"),
        ("return not os.path.islink(str(raw))", "return not Path(str(raw)).is_symlink()"),
        ("return os.path.basename(q + '.txt')", "return Path(q + '.txt').name"),
        ("open(os.path.join(q, 'a', 'b')).close()", "open(Path(q) / 'a' / 'b').close()"),
        ("os.remove(os.path.join(q, *raw))", "os.remove(Path(q, *raw))"),
        ("os.rename(os.path.join(q, 'a'), q)", "os.rename(Path(q) / 'a', q)"),
        ("return Path(os.path.join(q, 'a'))", "return Path(q) / 'a'"),
        ("return Path(os.path.realpath(q))", "return Path(q).resolve()"),
        ("return Path(os.path.expanduser('~/a'))", "return Path('~/a').expanduser()"),
        (
            "open(os.path.join(os.path.dirname(__file__), 'a'))",
            "open(Path(__file__).parent / 'a')",
        ),
        ("return os.path.expanduser('~/.cache/a')", "return str(Path('~/.cache/a').expanduser())"),
        ("return os.path.expanduser('~') + q", "return str(Path('~').expanduser()) + q"),
        (
            "return os.path.join(os.path.expanduser('~'), 'a')",
            "return str(Path('~').expanduser() / 'a')",
        ),
        ("return os.path.realpath(q)", "return str(Path(q).resolve())"),
        (
            "return os.path.dirname(os.path.realpath(q))",
            "return str(Path(q).resolve().parent)",
        ),
        ("return os.path.join('a', 'b')", "return str(Path('a') / 'b')"),
        ("return os.path.join(os.getcwd(), 'a')", "return str(Path.cwd() / 'a')"),
        (
            "return Path(os.path.dirname(os.path.dirname(os.path.abspath(q))))",
            "return Path(os.path.abspath(q)).parent.parent",
        ),
        (
            "return os.path.isdir(os.path.abspath(os.path.join(q, '..')))",
            "return Path(os.path.abspath(os.path.join(q, '..'))).is_dir()",
        ),
        (
            "return os.path.exists(os.path.join(q, os.path.join('a', raw)))",
            "return (Path(q) / 'a' / raw).exists()",
        ),
    ],
)
def test_what_means_the_same_is_converted(before: str, after: str) -> None:
    check_line(before, after)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("return os.path.exists(raw)", "file descriptor"),
        ("return os.path.exists(fd)", "file descriptor"),
        ("return os.path.isfile(data)", "file descriptor"),
        ("return os.path.basename(q)", "end in a slash"),
        ("return os.path.dirname(q)", "used as text"),
        ("return os.path.join(q, 'a')", "used as text"),
        ("x: str = os.path.join(q, 'a'); open(x)", "used as text"),
        ("return os.path.join('a', 'b/c')", "used as text"),
        ("return os.path.expanduser('~/a/')", "used as text"),
        ("return os.path.expanduser('~/./a')", "used as text"),
        ("return os.path.expanduser('~name/a')", "no such user"),
        ("return os.path.exists('')", "may be empty"),
        ("return os.path.isdir(os.path.dirname(q))", "may be empty"),
        ("os.makedirs(os.path.dirname(q + 'x/y'))", "used as text"),
        ("return os.path.exists(os.environ.get('A', ''))", "may be empty"),
        ("return os.path.exists(os.path.join(q, ''))", "may be empty"),
        ("return os.path.normpath(q)", "following links"),
        ("return os.path.abspath(q)", "Path.absolute"),
        ("return os.path.splitext(q)[1]", "Path.suffix"),
        ("return os.path.isabs(q)", "Windows"),
        ("return Path(os.path.expanduser(q))", "no such user"),
        ("return f'{os.path.exists(q)}'", "f-string"),
        ("return os.path.realpath(q, strict=True)", "unusual"),
        ("os.walk(os.path.join(q, 'a'))", "used as text"),
    ],
)
def test_what_may_differ_is_left_with_the_reason(line: str, reason: str) -> None:
    files = {"m.py": f"{HEAD}    os.path.exists(q + 'x')\n    {line}\n{TAIL}"}

    change = planned(ConvertOsPath(), files)

    assert [edit.new_text for edit in change.plan.files[0].edits] == [b"Path(q + 'x').exists()"]
    assert any(reason in note.text and note.line == 7 for note in change.notes), change.notes


def test_a_variable_whose_every_use_takes_a_path_becomes_one() -> None:
    check(
        ConvertOsPath(),
        {
            "m.py": """
                import os

                def f(folder: str) -> None:
                    target = os.path.join(folder, "a.txt")
                    inner = os.path.join(target, "b")
                    if not os.path.exists(target) and os.path.isfile(inner):
                        with open(target) as stream:
                            stream.read()
                    shown = os.path.join(folder, "c")
                    print(shown, os.path.exists(shown))
            """
        },
        {
            "m.py": """
                import os
                from pathlib import Path

                def f(folder: str) -> None:
                    target = Path(folder) / "a.txt"
                    inner = target / "b"
                    if not target.exists() and inner.is_file():
                        with open(target) as stream:
                            stream.read()
                    shown = os.path.join(folder, "c")
                    print(shown, Path(shown).exists())
            """
        },
    )


def test_a_constant_that_others_see_stays_text() -> None:
    check(
        ConvertOsPath(),
        {
            "m.py": """
                import os.path

                ROOT = os.path.join(os.path.dirname(__file__), "data")
                _OWN = os.path.join(os.path.dirname(__file__), "data")
                HAS = os.path.exists(_OWN) and os.path.exists(ROOT)
            """
        },
        {
            "m.py": """
                from pathlib import Path

                ROOT = str(Path(__file__).parent / "data")
                _OWN = Path(__file__).parent / "data"
                HAS = _OWN.exists() and Path(ROOT).exists()
            """
        },
    )


def test_layout_and_comments_of_a_call_over_several_lines_stay() -> None:
    check(
        ConvertOsPath(),
        {
            "m.py": """
                from os import path

                def f(folder: str):
                    return open(
                        path.join(
                            folder,  # where
                            "a.txt",
                        )
                    )
            """
        },
        {
            "m.py": """
                from pathlib import Path

                def f(folder: str):
                    return open(
                        Path(
                            folder,  # where
                            "a.txt",
                        )
                    )
            """
        },
    )


def test_pathlib_is_written_as_the_file_does() -> None:
    check(
        ConvertOsPath(),
        {
            "m.py": """
                import os
                import pathlib

                class Path: pass

                def f(q: str):
                    return os.path.exists(q), pathlib
            """
        },
        {
            "m.py": """
                import pathlib

                class Path: pass

                def f(q: str):
                    return pathlib.Path(q).exists(), pathlib
            """
        },
    )


@pytest.mark.parametrize(
    "head",
    [
        "Path = pathlib = 1\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pathlib, Path\n",
    ],
)
def test_a_file_in_which_path_means_something_else_is_left(head: str) -> None:
    text = f"{head}import os\ndef f(q: str): return os.path.exists(q)\n"

    with pytest.raises(UnsafeError, match=r"no call .* means something else"):
        planned(ConvertOsPath(), {"m.py": text})


def test_what_callers_pass_counts_for_a_parameter() -> None:
    files = {
        "m.py": """
            import os
            def f(p, q, r): return os.path.exists(p), os.path.exists(q), os.path.exists(r)
            f("a", b"a", 1)
        """
    }

    change = planned(ConvertOsPath(), files)

    assert [edit.new_text for edit in change.plan.files[0].edits if b"exists" in edit.new_text] == [
        b"Path(p).exists()"
    ]


def test_a_path_that_is_made_from_itself_many_times_is_looked_at_once() -> None:
    # Following each definition to all others would take 8 ** 12 steps.
    lines = "    x = os.path.dirname(os.path.join(x, 'a' + x))\n" * 8
    files = {"m.py": f"import os\ndef f(x):\n{lines}    os.path.exists(x); os.path.exists('a')\n"}

    change = planned(ConvertOsPath(), files)

    assert b"Path('a').exists()" in [edit.new_text for edit in change.plan.files[0].edits]


@pytest.mark.parametrize(
    ("extra", "is_converted"),
    [
        ("", True),
        ("def g(c): c.path = b'a'\n", False),
        ("class D:\n    path = b'a'\n", False),
        ("def g(c): c.path += 'a'\n", False),
    ],
)
def test_an_attribute_that_is_always_text_is_known(extra: str, *, is_converted: bool) -> None:
    head = "import os\nos.path.exists('a')\n"
    code = "class C:\n    def __init__(self, p):\n        self.path = os.path.join(p, 'a')\n"
    code += "    def m(self): return os.path.exists(self.path)\n"

    change = planned(ConvertOsPath(), {"m.py": head + code, "n.py": extra})

    new = [edit.new_text for edit in change.plan.files[0].edits]
    assert (b"Path(self.path).exists()" in new) is is_converted


@pytest.mark.parametrize("home", ["/home/me", "/home/me/", "/", "/home/me b/..", ""])
def test_what_is_below_home_is_the_same_text(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", home)
    before = "import os\ndef f(p, q):\n    x = os.path.expanduser('~/a.b')\n"
    before += "    return x, os.path.join(os.path.expanduser('~'), 'c'), os.path.dirname(x)\n"
    change = planned(ConvertOsPath(), {"m.py": before})
    after = change.applied({"m.py": before.encode()})["m.py"].decode()

    assert "os.path" not in after
    assert _outcome(after, "", "") == _outcome(before, "", "")
    assert any("on Windows" in note.text for note in change.notes)
    with pytest.raises(UnsafeError, match="used as text"):
        planned(ConvertOsPath(), {"m.py": before}, strict="yes")


def test_strict_leaves_what_may_be_empty() -> None:
    files = {
        "m.py": """
            import os
            def f(p: str): return os.path.exists(p), os.path.exists(p + "/a")
        """
    }

    change = planned(ConvertOsPath(), files, strict="yes")

    assert any("may be empty" in note.text for note in change.notes)
    assert b"Path(p + " in b"".join(edit.new_text for edit in change.plan.files[0].edits)


# Random expressions over odd paths

_ODD = ["", ".", "..", "/", "//", "a", "a/", "a//b", "./a", "a/.", "a/..", ".a", "a.", "..a", "a b"]
_ODD += [
    "\ud800",
    "a\0b",
    "~",
    "~/a",
    "/a",
    "//a",
    "///a",
    "a/b/",
    "é",
    "a\\b",
    "link",
    "link/",
    "x" * 5,
]
_QUESTIONS = ["exists", "isfile", "isdir", "islink", "getsize", "basename"]
_TEXTS = ["join", "dirname", "abspath", "realpath", "normpath"]


def _text(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.3:
        return rng.choice(
            ["p", "q", repr(rng.choice(_ODD[:21])), "p + '.x'", "f'{q}/n'", "os.getcwd()"]
        )
    name = rng.choice(_TEXTS)
    if name == "join":
        parts = [_text(rng, depth - 1) for _ in range(rng.randrange(1, 4))]
        return f"os.path.join({', '.join(parts)})"
    return f"os.path.{name}({_text(rng, depth - 1)})"


def _function(rng: random.Random) -> str:
    """Return a function whose result shows what callers see of some paths."""
    text = _text(rng, 3)
    question = f"os.path.{rng.choice(_QUESTIONS)}"
    return "import os\nfrom pathlib import Path\ndef f(p: str, q: str):\n" + rng.choice(
        [
            f"    return {question}({text})\n",
            f"    return {text}\n",
            f"    return Path({text})\n",
            f"    x = {text}\n    return {question}(x), os.path.exists(os.path.join(x, 'a'))\n",
            f"    x = {text}\n    return os.path.abspath(x), f'{{x}}'\n",
            f"    x = {text}\n    with open(x) as s: return s.name and s.read()\n",
        ]
    )


def _outcome(source: str, p: str, q: str) -> object:
    namespace: dict[str, object] = {}
    exec(source, namespace)
    try:
        found = namespace["f"](p, q)  # type: ignore[operator] # a function
    except (OSError, ValueError) as error:
        return type(error)
    return found, type(found)


def test_random_expressions_give_the_same_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    monkeypatch.chdir(tmp_path)
    for name in ("a", "é", "a b"):
        Path(name).mkdir()
    for name in ("a/b", "a/a", "..a", "a/.x", "b.x", "..x", "n"):
        Path(name).write_text(name)
    Path("link").symlink_to("a")
    converted = 0
    for _ in range(400):
        before = _function(rng)
        data = {"m.py": before.encode(errors="backslashreplace")}
        try:
            after = ConvertOsPath().plan(Codebase(data), {"strict": "yes"}).applied(data)["m.py"]
        except UnsafeError:
            continue
        converted += 1
        for _ in range(8):
            p, q = rng.choice(_ODD), rng.choice(_ODD)
            old, new = (_outcome(one, p, q) for one in (data["m.py"].decode(), after.decode()))
            assert old == new, (seed, before, after.decode(), p, q)
    assert converted > 50, seed


def test_the_import_stands_among_those_of_the_standard_library() -> None:
    check(
        ConvertOsPath(),
        {
            "m.py": """
                import os
                from collections.abc import Callable

                import pytest
                from pytest import fixture

                def f(q: str, c: Callable, p=pytest, x=fixture):
                    return os.path.exists(q)
            """
        },
        {
            "m.py": """
                from collections.abc import Callable
                from pathlib import Path

                import pytest
                from pytest import fixture

                def f(q: str, c: Callable, p=pytest, x=fixture):
                    return Path(q).exists()
            """
        },
    )


def test_the_import_stands_among_those_that_are_written_alike() -> None:
    check(
        ConvertOsPath(),
        {
            "m.py": """
                import os
                import pathlib.x as x
                import sys
                from typing import Any

                def f(q: str, a: Any):
                    return os.path.exists(q), x, sys, os.sep
            """
        },
        {
            "m.py": """
                import os
                import pathlib.x as x
                import sys
                from pathlib import Path
                from typing import Any

                def f(q: str, a: Any):
                    return Path(q).exists(), x, sys, os.sep
            """
        },
    )


def test_places_left_for_one_reason_are_told_once() -> None:
    files = {
        "m.py": """
            import os
            def f(p):
                os.path.exists(p)
                os.path.exists(p)
                os.path.exists("a")
        """
    }

    change = planned(ConvertOsPath(), files)

    assert [(note.line, note.text.rpartition("; ")[2]) for note in change.notes if note.line] == [
        (3, "also in line 4")
    ]
