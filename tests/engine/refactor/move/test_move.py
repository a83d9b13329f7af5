import pytest

from nanobot_engine.refactor.errors import ArgumentError, RefactorError, UnsafeError
from nanobot_engine.refactor.move.move import Move
from support.refactored import check, encoded, planned

BEFORE: dict[str, str] = {
    "app/__init__.py": "from .tools import paint\n",
    "app/tools.py": '''
        """Tools."""

        from __future__ import annotations

        import os
        import re
        from .names import (
            Blue,  # the best
            Red,
        )

        _PATTERN = re.compile("x")


        # Paints a wall.
        @staticmethod
        def paint(wall: Red) -> Blue:
            """Paint."""
            return _mixed(_PATTERN, os.sep)


        def _mixed(*parts):
            return parts


        def other():
            return os.sep, Red
    ''',
    "app/names.py": "Red = Blue = 1\n",
    "app/cli.py": """
        import app.tools
        from app import tools
        from app.tools import other, paint as p

        app.tools.paint(tools.other, tools.paint)
        p()
    """,
    "tests/test_tools.py": """
        from unittest.mock import patch
        from app.tools import paint

        @patch("app.tools.paint")
        def test(fake): paint()
    """,
}

AFTER: dict[str, str] = {
    "app/__init__.py": "from .colours import paint\n",
    "app/tools.py": '''
        """Tools."""

        from __future__ import annotations

        import os
        from .names import (
            Red,
        )


        def other():
            return os.sep, Red
    ''',
    "app/colours.py": '''
        from __future__ import annotations

        import os
        import re

        from .names import Blue, Red


        _PATTERN = re.compile("x")


        # Paints a wall.
        @staticmethod
        def paint(wall: Red) -> Blue:
            """Paint."""
            return _mixed(_PATTERN, os.sep)


        def _mixed(*parts):
            return parts
    ''',
    "app/cli.py": """
        import app.colours
        from app import colours, tools
        from app.colours import paint as p
        from app.tools import other

        app.colours.paint(tools.other, colours.paint)
        p()
    """,
    "tests/test_tools.py": """
        from unittest.mock import patch
        from app.colours import paint

        @patch("app.colours.paint")
        def test(fake): paint()
    """,
}


def test_a_function_moves_to_a_new_module_with_what_it_needs() -> None:
    check(Move(), BEFORE, AFTER, symbols="app/tools.py::paint", target="app/colours.py")


def test_to_a_module_that_exists_and_imported_it() -> None:
    check(
        Move(),
        {
            "a.py": "def f(): ...\n\n\ndef g():\n    return f()\n",
            "b.py": "import json\nfrom a import f\n\nx = f(json)\n",
            "c.py": "from a import f, g\n",
        },
        {
            "a.py": "from b import f\n\n\ndef g():\n    return f()\n",
            "b.py": "import json\n\ndef f(): ...\n\n\nx = f(json)\n",
            "c.py": "from a import g\nfrom b import f\n",
        },
        symbols="a.py::f",
        target="b.py",
    )


def test_what_is_listed_stays_importable_from_the_old_module() -> None:
    check(
        Move(),
        {"p/__init__.py": "", "p/a.py": '__all__ = ["f"]\n\n\ndef f(): ...\n'},
        {
            "p/a.py": 'from p.b import f\n\n__all__ = ["f"]\n',
            "p/b.py": "def f(): ...\n",
        },
        symbols="p/a.py::f",
        target="p/b.py",
    )


def test_a_new_folder_in_a_package_becomes_one() -> None:
    change = check(
        Move(),
        {"p/__init__.py": "", "p/a.py": "def f(): ...\n\n\ndef g(): ...\n"},
        {"p/a.py": "def g(): ...\n", "p/q/__init__.py": "", "p/q/b.py": "def f(): ...\n"},
        symbols="p/a.py::f",
        target="p/q/b.py",
    )
    assert [file.path for file in change.plan.files if file.is_created] == [
        "p/q/__init__.py",
        "p/q/b.py",
    ]


@pytest.mark.parametrize(
    ("files", "symbols", "target", "error", "reason"),
    [
        ({"a.py": "f = 1\n"}, "a.py::g", "b.py", ArgumentError, "no such name"),
        ({"a.py": "f = 1\n"}, "a.py::f", "a.py", ArgumentError, "another Python module"),
        ({"a.py": "f = 1; g = 2\n"}, "a.py::f", "b.py", UnsafeError, "shares its line"),
        ({"a.py": "if 1:\n    f = 1\n"}, "a.py::f", "b.py", UnsafeError, "plain definitions"),
        (
            {"a.py": "class k: ...\ndef f(x=k()): ...\nclass g(k): y = f()\n"},
            "a.py::f",
            "b.py",
            UnsafeError,
            "would import each other; move k too",
        ),
        (
            {"a.py": "k = 1\ndef f():\n    global k\n    k = 2\n"},
            "a.py::f",
            "b.py",
            UnsafeError,
            "assigns the global 'k'",
        ),
        (
            {"a.py": "def f(): ...\n", "b.py": "f = 1\n"},
            "a.py::f",
            "b.py",
            UnsafeError,
            "has a 'f' already",
        ),
        (
            {"a.py": "def __getattr__(name): ...\n"},
            "a.py::__getattr__",
            "b.py",
            UnsafeError,
            "Python asks each module for its own",
        ),
    ],
)
def test_what_can_not_move_is_refused(
    files: dict[str, str], symbols: str, target: str, error: type[RefactorError], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        planned(Move(), files, symbols=symbols, target=target)


def test_modules_that_would_import_each_other_are_refused() -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/state.py": "A = 1\ndef go(): return A\n",
        "pkg/reader.py": "from .middle import M\ndef read(): return M\n",
        "pkg/middle.py": "from . import state\nM = state.go()\n",
    }
    message = r"circle of imports: pkg/state\.py imports pkg/reader\.py imports pkg/middle\.py"
    with pytest.raises(UnsafeError, match=message):
        planned(Move(), files, symbols="pkg/state.py::A", target="pkg/reader.py")


def test_imports_that_do_not_run_at_once_make_no_circle() -> None:
    check(
        Move(),
        {
            "pkg/__init__.py": "",
            "pkg/state.py": "A = 1\ndef go(): return A\n",
            "pkg/reader.py": """
                from typing import TYPE_CHECKING
                if TYPE_CHECKING:
                    from . import state
                def read():
                    from .state import go
                    return go()
            """,
        },
        {
            "pkg/state.py": "from pkg.reader import A\n\ndef go(): return A\n",
            "pkg/reader.py": """
                from typing import TYPE_CHECKING
                if TYPE_CHECKING:
                    from . import state
                def read():
                    from .state import go
                    return go()


                A = 1
            """,
        },
        symbols="pkg/state.py::A",
        target="pkg/reader.py",
    )


def test_a_package_that_imports_its_modules_hides_no_circle() -> None:
    files = {
        "pkg/__init__.py": "from . import setters\nfrom .middle import M\n",
        "pkg/setters.py": "S = 1\n",
        "pkg/make.py": "from . import setters\nM = setters.S\n",
        "pkg/middle.py": "from .make import M\n",
        "pkg/late.py": "from .middle import M\nL = M\n",
    }
    with pytest.raises(UnsafeError, match=r"pkg/make\.py imports pkg/middle\.py"):
        planned(Move(), files, symbols="pkg/late.py::L", target="pkg/make.py")


def test_what_only_the_moved_code_uses_comes_along_where_modules_would_import_each_other() -> None:
    change = check(
        Move(),
        {
            "app/__init__.py": "",
            "app/core.py": """
                from typing import Generic, TypeVar

                T = TypeVar("T")
                LIMIT = 3


                class Box(Generic[T]):
                    limit = LIMIT


                def build() -> "Box[int]":
                    return Box()
            """,
        },
        {
            "app/box.py": """
                from typing import Generic, TypeVar


                T = TypeVar("T")
                LIMIT = 3


                class Box(Generic[T]):
                    limit = LIMIT
            """,
            "app/core.py": """
                from app.box import Box


                def build() -> "Box[int]":
                    return Box()
            """,
        },
        symbols="app/core.py::Box",
        target="app/box.py",
    )

    assert [note.text.split(":")[0] for note in change.notes] == [
        "LIMIT moves, too",
        "T moves, too",
    ]


def test_a_stub_that_has_the_name_is_told() -> None:
    change = check(
        Move(),
        {"a.py": "def f(): ...\ndef g(): ...\n", "a.pyi": "def f() -> None: ...\n", "b.py": ""},
        {"a.py": "def g(): ...\n", "b.py": "def f(): ...\n"},
        symbols="a.py::f",
        target="b.py",
    )

    assert [(note.path, note.text) for note in change.notes] == [
        ("a.pyi", "the stub still has f; move it to the stub of b.py")
    ]


_MODELS = """
    from __future__ import annotations

    import typing

    class Request:
        def __init__(self, cookies: Cookies | None = None) -> None:
            self.cookies = cookies or Cookies()

    class Cookies:
        def __init__(self, of: Request | None = None) -> None:
            self.of: Request | None = of

        def set(self, request: Request) -> typing.Any:
            return request
"""


def test_what_only_annotations_need_is_imported_for_type_checkers() -> None:
    check(
        Move(),
        {"app/__init__.py": "", "app/models.py": _MODELS},
        {
            "app/cookies.py": """
                from __future__ import annotations

                import typing
                from typing import TYPE_CHECKING

                if TYPE_CHECKING:
                    from app.models import Request


                class Cookies:
                    def __init__(self, of: Request | None = None) -> None:
                        self.of: Request | None = of

                    def set(self, request: Request) -> typing.Any:
                        return request
            """,
            "app/models.py": """
                from __future__ import annotations

                from app.cookies import Cookies

                class Request:
                    def __init__(self, cookies: Cookies | None = None) -> None:
                        self.cookies = cookies or Cookies()
            """,
        },
        symbols="app/models.py::Cookies",
        target="app/cookies.py",
    )


def test_everything_of_a_module_moves_with_its_imports() -> None:
    check(
        Move(),
        {
            "m.py": """
                import typing

                class A:
                    pass

                class B:
                    def set(self) -> typing.Any:
                        return A
            """
        },
        {
            "m.py": "",
            "other.py": """
                import typing


                class A:
                    pass


                class B:
                    def set(self) -> typing.Any:
                        return A
            """,
        },
        symbols="m.py::A\nm.py::B",
        target="other.py",
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return request", "return Request()"),
        ("from __future__ import annotations", ""),
        ("    class Cookies:", "    @dataclass\n    class Cookies:\n        of: Request\n"),
    ],
)
def test_what_is_evaluated_is_no_matter_of_types(old: str, new: str) -> None:
    text = _MODELS.replace(old, new) + "\n    every = [Request]\n"

    with pytest.raises(UnsafeError, match="would import each other"):
        planned(Move(), {"m.py": text}, symbols="m.py::Cookies", target="cookies.py")


def test_an_import_for_type_checkers_does_not_serve_code_that_runs() -> None:
    head = "from __future__ import annotations\nfrom typing import TYPE_CHECKING\n\n"
    guarded = "if TYPE_CHECKING:\n    import re\n\n\ndef g(x: re.Pattern): ...\n"
    files = {
        "a.py": "import re\n\n\ndef f():\n    return re.compile('a')\n\n\nP = re\n",
        "b.py": head + guarded,
    }

    change = planned(Move(), files, symbols="a.py::f", target="b.py")

    after = change.applied(encoded(files))["b.py"].decode()
    assert "\nimport re\n" in after
    namespace: dict[str, object] = {}
    exec(f"{after}\nfound = f()\n", namespace)
    assert namespace["found"]


def test_what_an_old_module_takes_back_stands_before_the_import_of_it() -> None:
    check(
        Move(),
        {
            "pkg/__init__.py": "",
            "pkg/a.py": "from .b import g\n\n\ndef f(): ...\n\n\nx = g, f\n",
            "pkg/b.py": "def g(): ...\n\n\nfrom . import a\n",
        },
        {
            "pkg/a.py": "from .b import f, g\n\n\nx = g, f\n",
            "pkg/b.py": "def g(): ...\n\n\ndef f(): ...\n\n\nfrom . import a\n",
        },
        symbols="pkg/a.py::f",
        target="pkg/b.py",
    )


def test_what_a_half_run_module_would_be_asked_for_stays() -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/a.py": "from . import b\n\n\ndef f(): ...\n\n\nx = f\n",
        "pkg/b.py": "from . import a\n\n\ndef g(): return a.x\n",
    }
    with pytest.raises(UnsafeError, match="which imports it before that is there"):
        planned(Move(), files, symbols="pkg/a.py::f", target="pkg/b.py")


def test_a_package_runs_before_its_module_and_may_make_a_circle() -> None:
    files = {
        "pkg/__init__.py": "from .a import g\nfrom . import sub\n",
        "pkg/a.py": "def f(): ...\n\n\ndef g(): return f()\n",
        "pkg/sub/__init__.py": "from pkg import g\n\ng()\n",
        "pkg/sub/b.py": "x = 1\n",
    }
    with pytest.raises(UnsafeError, match=r"takes 'g' from pkg/__init__\.py, which imports it"):
        planned(Move(), files, symbols="pkg/a.py::f", target="pkg/sub/b.py")
