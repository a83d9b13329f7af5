"""What is there by the time that a half run module is asked for it."""

import subprocess
import sys
from pathlib import Path

import pytest

from nanobot_engine.python import Inference, PythonProject
from nanobot_engine.refactor.imports.import_run import broken_imports

_A = "from .b import g\n\n\ndef f(): ...\n"
_POSTPONED = "from __future__ import annotations\n"
_MODULE = "from . import b\n\n\ndef f(): ...\n"
_LATE = "def f(): ...\n\n\nfrom .b import g\n"


@pytest.mark.parametrize(
    ("a", "b", "place"),
    [
        (_A, "def g(): ...\n", None),
        (_A, "from .a import f\n\n\ndef g(): ...\n", "pkg/b.py:1"),
        (_LATE, "from .a import f\n\n\ndef g(): ...\n", "pkg/a.py:4"),
        (_LATE, "def g(): ...\n\n\nfrom .a import f\n", None),
        (_A, "from . import a\n\n\ndef g(): return a.f\n", "pkg/a.py:1"),
        (_A, "from . import a\n\n\ndef g(): ...\n\n\nx = a.f\n", "pkg/b.py:7"),
        (_A, "from . import a\n\n\nclass g(a.f): ...\n", "pkg/b.py:4"),
        ("from . import b\n\nf = 1\n", "from . import a\n\n\ndef g(): return a.f\n", None),
        (_A, "def g():\n    from .a import f\n", None),
        (_A, "try:\n    from .a import f\nexcept ImportError:\n    f = 1\n\ng = 1\n", None),
        (_A, "if f'{1}':\n    from .a import f\ng = 1\n", "pkg/b.py:2"),
        (_A, "TYPE_CHECKING = 0\nif TYPE_CHECKING:\n    from .a import f\ng = 1\n", None),
        (_A, "from pkg.c import *\ng = 1\n", "pkg/a.py:1"),
        (_MODULE, "from . import a\n\n\ndef g(x: a.f): ...\n", "pkg/b.py:4"),
        (_MODULE, "from . import a\n\n\ndef g(x: 'a.f') -> 'a.f': ...\n", None),
        (_MODULE, f"{_POSTPONED}from . import a\n\n\ndef g(x: a.f, *y: a.f) -> a.f: ...\n", None),
        (_MODULE, f"{_POSTPONED}from . import a\n\n\nclass g:\n    x: a.f\n", None),
        (_MODULE, f"{_POSTPONED}from . import a\n\n\ndef g(x: int = a.f): ...\n", "pkg/b.py:5"),
    ],
)
def test_what_python_says(a: str, b: str, place: str | None, tmp_path: Path) -> None:
    files = {"pkg/__init__.py": "", "pkg/a.py": a, "pkg/b.py": b, "pkg/c.py": "from .a import *\n"}
    was = PythonProject(dict.fromkeys(files, b""))
    now = PythonProject({path: text.encode() for path, text in files.items()})
    found = broken_imports(Inference(was), Inference(now), ["pkg/a.py", "pkg/b.py", "pkg/gone.py"])

    assert (place is None) is (not found)
    assert place is None or any(one.startswith(f"{place}: ") for one in found)
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    ended = [
        subprocess.run(
            [sys.executable, "-c", f"import pkg.{name}"],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        for name in ("a", "b")
    ]
    assert any(one.returncode for one in ended) is (place is not None)


def test_what_was_broken_before_is_not_told() -> None:
    files = {"a.py": b"import b\nfrom b import g\nf = 1\n", "b.py": b"from a import f\ng = 1\n"}
    inference = Inference(PythonProject(files))

    assert broken_imports(Inference(PythonProject({})), inference, ["a.py"])
    assert not broken_imports(Inference(PythonProject(files)), inference, ["a.py"])


def test_packages_run_before_their_modules() -> None:
    files = {"pkg/__init__.py": b"from .a import f\n", "pkg/a.py": b"from . import b\nf = b.g\n"}
    files["pkg/b.py"] = b"import pkg\nfrom pkg import f\ng = 1\n"
    found = broken_imports(
        Inference(PythonProject({})), Inference(PythonProject(files)), sorted(files)
    )

    assert found == [
        "pkg/b.py:2: takes 'f' from pkg/__init__.py, which imports it before that is there"
    ]
