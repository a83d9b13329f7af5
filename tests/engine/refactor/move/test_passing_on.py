"""Who got a name by a star has it still when it moves; so has who takes it from a package."""

import pytest

from nanobot_engine.refactor.move.move import Move
from support.refactored import check

_TOOLS = "class Tool: ...\n\n\nclass Box: ...\n"
_BOX = "class Box: ...\n"
_TOOL = "class Tool: ...\n"
_USER = "import pkg\nfrom pkg import Tool\n\nassert pkg.Tool is Tool\n"


@pytest.mark.parametrize(
    ("package", "moved"),
    [
        ("from .a import *\n", "from .a import *\nfrom .b import Tool\n"),
        (
            "from .a import *\n\n__all__ = ['Tool']\n",
            "from .a import *\nfrom .b import Tool\n\n__all__ = ['Tool']\n",
        ),
        (
            "try:\n    from .a import *\nexcept ImportError:\n    pass\n",
            "try:\n    from .a import *\n    from .b import Tool\nexcept ImportError:\n    pass\n",
        ),
        ("from .a import *\nclass Tool: ...\n", None),
        ("from .a import Tool\n", "from .b import Tool\n"),
    ],
)
def test_a_package_passes_on_what_moved(package: str, moved: str | None) -> None:
    check(
        Move(),
        {
            "pkg/__init__.py": package,
            "pkg/a.py": _TOOLS,
            "pkg/c.py": _TOOLS,
            "test_a.py": _USER,
        },
        {"pkg/a.py": _BOX, "pkg/b.py": _TOOL, **({"pkg/__init__.py": moved} if moved else {})},
        symbols="pkg/a.py::Tool",
        target="pkg/b.py",
    )


def test_a_package_passes_on_what_a_package_inside_of_it_passes_on() -> None:
    check(
        Move(),
        {
            "pkg/__init__.py": "from .inner import *\n",
            "pkg/inner/__init__.py": "from .a import *\n",
            "pkg/inner/a.py": _TOOLS,
            "test_a.py": _USER,
        },
        {
            "pkg/inner/__init__.py": "from ..b import Tool\nfrom .a import *\n",
            "pkg/inner/a.py": _BOX,
            "pkg/b.py": _TOOL,
        },
        symbols="pkg/inner/a.py::Tool",
        target="pkg/b.py",
    )


@pytest.mark.parametrize(
    ("target", "moved"),
    [("other = 1\n", None), ("__all__ = ['other']\nother = 1\n", "from .b import Tool\n")],
)
def test_a_star_of_the_new_module_passes_on_what_it_gives(target: str, moved: str | None) -> None:
    package = "from .a import *\nfrom .b import *\n"
    after = {"pkg/a.py": _BOX, "pkg/b.py": f"{target}\n\n{_TOOL}"}
    if moved:
        after["pkg/__init__.py"] = f"from .a import *\n{moved}from .b import *\n"
    check(
        Move(),
        {"pkg/__init__.py": package, "pkg/a.py": _TOOLS, "pkg/b.py": target, "t.py": _USER},
        after,
        symbols="pkg/a.py::Tool",
        target="pkg/b.py",
    )


def test_a_module_imports_what_it_uses_and_had_by_a_star() -> None:
    change = check(
        Move(),
        {
            "a.py": _TOOLS,
            "uses.py": "from a import *\n\nTool, Box\n",
            "gives.py": "from a import *\n\nBox\n",
            "takes.py": "from gives import Tool\n",
            "idle.py": "from a import *\n\nBox\n",
        },
        {
            "a.py": _BOX,
            "b.py": _TOOL,
            "uses.py": "from a import *\nfrom b import Tool\n\nTool, Box\n",
            "gives.py": "from a import *\nfrom b import Tool as Tool\n\nBox\n",
        },
        symbols="a.py::Tool",
        target="b.py",
    )

    assert [(note.path, note.line) for note in change.notes] == [("idle.py", 1)]


def test_what_a_star_gave_to_the_moved_code_comes_along() -> None:
    check(
        Move(),
        {
            "pkg/__init__.py": "",
            "pkg/c.py": "K = 1\nOTHER = 2\n",
            "pkg/a.py": "from elsewhere import *\nfrom .c import *\n\n\ndef f(): return K, len\n\n"
            "\ndef g(): return K, len, unknown\n\n\nx = OTHER\n",
        },
        {
            "pkg/a.py": "from elsewhere import *\nfrom .c import *\n\n\nx = OTHER\n",
            "pkg/b.py": "from elsewhere import *\n\nfrom .c import K\n\n\n"
            "def f(): return K, len\n\n\ndef g(): return K, len, unknown\n",
        },
        symbols="pkg/a.py::f\npkg/a.py::g",
        target="pkg/b.py",
    )


def test_what_moves_out_of_a_package_can_be_taken_from_it_still() -> None:
    check(
        Move(),
        {"pkg/__init__.py": _TOOLS, "pkg/u.py": "from . import Tool\n"},
        {
            "pkg/__init__.py": f"from pkg.b import Tool\n\n\n{_BOX}",
            "pkg/b.py": _TOOL,
            "pkg/u.py": "from .b import Tool\n",
        },
        symbols="pkg/__init__.py::Tool",
        target="pkg/b.py",
    )


def test_what_needs_a_package_at_once_is_not_taken_from_it_any_more() -> None:
    change = check(
        Move(),
        {"pkg/__init__.py": "def size(): ...\n\n\nclass Tool:\n    of = size()\n\n\nsize()\n"},
        {
            "pkg/__init__.py": "def size(): ...\n\n\nsize()\n",
            "pkg/b.py": "from pkg import size\n\n\nclass Tool:\n    of = size()\n",
        },
        symbols="pkg/__init__.py::Tool",
        target="pkg/b.py",
    )

    assert ["the modules would import each other" in note.text for note in change.notes] == [True]


def test_a_package_that_imports_its_module_keeps_it() -> None:
    check(
        Move(),
        {"pkg/__init__.py": "from . import a\n\nTool = a.Tool\n", "pkg/a.py": _TOOLS},
        {
            "pkg/__init__.py": "from . import a, b\n\nTool = b.Tool\n",
            "pkg/a.py": _BOX,
            "pkg/b.py": _TOOL,
        },
        symbols="pkg/a.py::Tool",
        target="pkg/b.py",
    )
