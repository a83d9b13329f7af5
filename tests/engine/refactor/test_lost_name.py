"""Who takes a name from a module that has it no more."""

from textwrap import dedent

import pytest

from nanobot_engine.python import Inference, PythonProject
from nanobot_engine.refactor.lost_name import lost_names

BEFORE = {
    "pkg/__init__.py": "from .tools import *\n",
    "pkg/tools.py": "class Tool: ...\nclass Kept: ...\n",
    "pkg/late.py": "def __getattr__(name): ...\nTool = 1\n",
    "user.py": "x = 1\n",
}


def lost(after: dict[str, str | None], moved: dict[str, str] | None = None) -> list[str]:
    """Return what is lost by a change of files that are given by path before."""
    now = dict(BEFORE)
    for path, text in after.items():
        now.pop(path, None)
        if text is not None:
            now[(moved or {}).get(path, path)] = dedent(text)
    projects = [
        PythonProject({path: text.encode() for path, text in files.items()})
        for files in (BEFORE, now)
    ]
    changed = {
        path: None if text is None else (moved or {}).get(path, path)
        for path, text in after.items()
    }
    return lost_names(Inference(projects[0]), Inference(projects[1]), changed)


RENAMED = "class Wrench: ...\nclass Kept: ...\n"


@pytest.mark.parametrize(
    ("user", "where"),
    [
        ("from pkg.tools import Tool\n", ["user.py:1: takes 'Tool' from pkg/tools.py"]),
        ("from pkg import Kept, Tool\n", ["user.py:1: takes 'Tool' from pkg/__init__.py"]),
        ("\nimport pkg\ndef f(): return pkg.Tool\n", ["user.py:3: takes 'Tool' from pkg/__init"]),
        ("def f():\n    from pkg import Tool\n", ["user.py:2: takes 'Tool' from pkg/__init__"]),
        ("from pkg import Wrench, Kept\n", []),
        ("try:\n    from pkg import Tool\nexcept ImportError:\n    Tool = None\n", []),
        ("from pkg.late import Tool\nfrom elsewhere import Tool as t\n", []),
        ("import pkg\npkg.Tool = 1\n", []),
    ],
)
def test_a_name_that_is_gone_is_missed_also_through_a_star(user: str, where: list[str]) -> None:
    found = lost({"pkg/tools.py": RENAMED, "user.py": user, "pkg/late.py": BEFORE["pkg/late.py"]})

    assert len(found) == len(where)
    for text, start in zip(found, where, strict=True):
        assert text.startswith(start)


def test_a_module_that_anything_may_be_in_has_lost_nothing() -> None:
    user = "from pkg.tools import Tool\nfrom pkg import Tool\n"

    assert lost({"pkg/tools.py": "from elsewhere import *\n", "user.py": user}) == []
    assert (
        lost({"pkg/tools.py": "def __getattr__(n): ...\n", "user.py": user.partition("\n")[0]})
        == []
    )


def test_a_module_that_is_gone_or_elsewhere_is_missed() -> None:
    user = "import pkg.tools\nfrom pkg.tools import Tool\nfrom pkg import gear\n"
    places = ["pkg/__init__.py:1", "user.py:1", "user.py:2"]
    gone = [f"{place}: imports pkg/tools.py, which is gone" for place in places]

    assert lost({"pkg/tools.py": None, "user.py": user}) == gone
    moved = {"pkg/tools.py": "pkg/gear.py"}
    assert lost({"pkg/tools.py": RENAMED, "user.py": user}, moved) == gone
    assert lost({"pkg/tools.py": RENAMED, "user.py": "from pkg.gear import Tool"}, moved) == [
        gone[0],
        "user.py:1: takes 'Tool' from pkg/gear.py, which has it no more",
    ]
