import pytest

from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.move.merge import MergeModules, SplitModule
from support.refactored import check, encoded, planned


def test_a_module_goes_into_another() -> None:
    change = check(
        MergeModules(),
        {
            "p/__init__.py": "from .a import f\n",
            "p/a.py": '"A."\nfrom .b import g\n\n\ndef f():\n    return g()\n\n\nK = 1\n',
            "p/b.py": "def g(): ...\n",
            "c.py": "from p.a import f, K\nfrom p import a\n\na.f(K, f)\n",
        },
        {
            "p/__init__.py": "from .b import f\n",
            "p/a.py": None,
            "p/b.py": "def g(): ...\n\n\ndef f():\n    return g()\n\n\nK = 1\n",
            "c.py": "from p import b\nfrom p.b import K, f\n\nb.f(K, f)\n",
        },
        module="p/a.py",
        target="p/b.py",
    )
    assert [file.path for file in change.plan.files if file.is_removed] == ["p/a.py"]


def test_some_names_leave_for_a_new_module() -> None:
    check(
        SplitModule(),
        {"a.py": "def red(): ...\n\n\ndef other(): ...\n\n\ndef blue():\n    return red()\n"},
        {
            "a.py": "def other(): ...\n",
            "colour.py": "def red(): ...\n\n\ndef blue():\n    return red()\n",
        },
        symbols="a.py::red\na.py::blue",
        target="colour.py",
    )


def test_a_module_that_does_something_can_not_go() -> None:
    files = {"a.py": "def f(): ...\n\nprint(1)\n", "b.py": "", "c.py": ""}

    with pytest.raises(UnsafeError, match="does something when it is imported"):
        planned(MergeModules(), files, module="a.py", target="b.py")
    with pytest.raises(ArgumentError, match="defines nothing"):
        planned(MergeModules(), files, module="c.py", target="b.py")
    with pytest.raises(ArgumentError, match="move to it instead"):
        planned(SplitModule(), files, symbols="a.py::f", target="b.py")


_CHECKED = """
    from __future__ import annotations

    TYPE_CHECKING = False
    if TYPE_CHECKING:
        from collections.abc import {}

    __all__ = ["{}"]

    def {}(x: {}): ...
"""


def test_what_both_modules_set_to_the_same_stays_once() -> None:
    merged = """
        from __future__ import annotations

        TYPE_CHECKING = False
        if TYPE_CHECKING:
            from collections.abc import Callable
            from collections.abc import Iterable

        __all__ = ["f", "g"]

        def g(x: Callable): ...


        def f(x: Iterable): ...
    """
    files = {
        "a.py": _CHECKED.format("Iterable", "f", "f", "Iterable"),
        "b.py": _CHECKED.format("Callable", "g", "g", "Callable"),
    }
    change = planned(MergeModules(), files, module="a.py", target="b.py")

    got = change.applied(encoded(files))
    assert got == encoded({"b.py": merged.replace('"f", "g"', '"g"')})
    assert [note.text for note in change.notes] == ["f: in __all__ of a.py, and not of this one"]
    files["a.py"] = files["a.py"].replace("= False", "= True")
    with pytest.raises(UnsafeError, match="has a 'TYPE_CHECKING' already"):
        planned(MergeModules(), files, module="a.py", target="b.py")


def test_without_postponed_annotations_an_import_comes_to_the_top() -> None:
    future = "from __future__ import annotations\n\n"
    guarded = "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    import re\n\n\n"
    files = {
        "a.py": f"{future}{guarded.replace('import re', 'from os import PathLike')}"
        "def f(x: PathLike): ...\n",
        "b.py": f"{guarded}def g(): ...\n",
    }
    change = planned(MergeModules(), files, module="a.py", target="b.py")

    after = change.applied(encoded(files))["b.py"]
    assert after.startswith(b"from os import PathLike\n\nTYPE_CHECKING = False\n")


def test_what_the_target_uses_when_it_is_imported_comes_before_that() -> None:
    check(
        MergeModules(),
        {
            "p/__init__.py": "",
            "p/flags.py": "class Flag:\n    pass\n\n\ndef late():\n    return Flag\n",
            "p/frame.py": """
                from .flags import Flag, late

                SIZE = 1


                # Frames.
                class Frame:
                    flags = [Flag(), SIZE]


                def f():
                    return late()
            """,
        },
        {
            "p/flags.py": None,
            "p/frame.py": """
                SIZE = 1


                class Flag:
                    pass


                def late():
                    return Flag


                # Frames.
                class Frame:
                    flags = [Flag(), SIZE]


                def f():
                    return late()
            """,
        },
        module="p/flags.py",
        target="p/frame.py",
    )


def test_what_would_be_used_before_it_is_defined_is_refused() -> None:
    files = {
        "flags.py": "from frame import SIZE\n\n\nclass Flag:\n    size = SIZE\n",
        "frame.py": "from flags import Flag\n\nflags = [Flag()]\nSIZE = 1\n",
    }

    with pytest.raises(UnsafeError, match="uses what moves before it defines"):
        planned(MergeModules(), files, module="flags.py", target="frame.py")


_F, _G = "def f(): ...\n", "def g(): ...\n"
_BOTH = f"{_G}\n\n{_F}"


@pytest.mark.parametrize(
    ("package", "user", "package_after", "user_after"),
    [
        (
            "from .a import f\nfrom .b import g\n",
            "import pkg\n\npkg.a.f(), pkg.b.g()\n",
            "from .b import f, g\n",
            "import pkg\n\npkg.b.f(), pkg.b.g()\n",
        ),
        (
            "from .a import *\nfrom .b import *\n",
            "import pkg as p\n\np.a.f(), p.f()\n",
            "from .b import *\n",
            "import pkg as p\n\np.b.f(), p.f()\n",
        ),
        (
            "from . import a, b\n",
            "import pkg\n\npkg.a.f()\n",
            "from . import b\n",
            "import pkg\n\npkg.b.f()\n",
        ),
        (
            "",
            "import pkg\nimport other\n\npkg.a.f()\n",
            "",
            "import pkg\nimport pkg.b\nimport other\n\npkg.b.f()\n",
        ),
        (
            "",
            "import pkg.a\nimport pkg.b\n\npkg.a.f(), pkg.b.g()\n",
            "",
            "import pkg.b\n\npkg.b.f(), pkg.b.g()\n",
        ),
        (
            "from .a import f\n",
            "import pkg\nimport pkg.sub\n\npkg.a.f(), pkg.sub\n",
            "from .b import f\n",
            "import pkg\nimport pkg.sub\n\npkg.b.f(), pkg.sub\n",
        ),
        ("", "import pkg.a\n", "", "import pkg.b\n"),
        ("", "from pkg import a\nx = 1\n", "", "x = 1\n"),
    ],
)
def test_who_reaches_a_module_through_its_package_reaches_the_other(
    package: str, user: str, package_after: str, user_after: str
) -> None:
    check(
        MergeModules(),
        {
            "pkg/__init__.py": package,
            "pkg/a.py": _F,
            "pkg/b.py": _G,
            "pkg/sub/__init__.py": "",
            "user.py": user,
            "other.py": "import pkg.a\n",
        },
        {
            "pkg/__init__.py": package_after,
            "pkg/a.py": None,
            "pkg/b.py": _BOTH,
            "user.py": user_after,
            "other.py": "import pkg.b\n",
        },
        module="pkg/a.py",
        target="pkg/b.py",
    )


@pytest.mark.parametrize(
    "user", ["from pkg import a\nx = [a]\n", "import pkg.a\ngetattr(pkg.a, n)\n"]
)
def test_a_module_that_is_handed_on_can_not_go(user: str) -> None:
    files = {"pkg/__init__.py": "", "pkg/a.py": _F, "pkg/b.py": _G, "user.py": user}

    with pytest.raises(UnsafeError, match=r"user\.py:1 uses the module itself"):
        planned(MergeModules(), files, module="pkg/a.py", target="pkg/b.py")


@pytest.mark.parametrize(("written", "direct"), [("pkg", "pkg.x"), (".", ".x")])
def test_what_a_package_would_pass_on_in_a_circle_comes_from_where_it_is_defined(
    written: str, direct: str
) -> None:
    check(
        MergeModules(),
        {
            "pkg/__init__.py": "from .x import Thing\nfrom .b import g\n",
            "pkg/x.py": "class Thing: ...\n",
            "pkg/a.py": f"from {written} import Thing\n\n\ndef f(): return Thing\n",
            "pkg/b.py": _G,
        },
        {
            "pkg/a.py": None,
            "pkg/b.py": f"from {direct} import Thing\n\n\n{_G}\n\ndef f(): return Thing\n",
        },
        module="pkg/a.py",
        target="pkg/b.py",
    )


def test_two_modules_that_name_each_other_become_one() -> None:
    check(
        MergeModules(),
        {
            "pkg/__init__.py": "",
            "pkg/a.py": "from . import b\n\n\ndef f(): return b.g()\n",
            "pkg/b.py": "def g():\n    from . import a\n    return a.f\n",
        },
        {
            "pkg/a.py": None,
            "pkg/b.py": "def g():\n    return f\n\n\ndef f(): return g()\n",
        },
        module="pkg/a.py",
        target="pkg/b.py",
    )
