import pytest

from nanobot_engine.refactor.errors import ArgumentError, RefactorError, UnsafeError
from nanobot_engine.refactor.method.group import GroupIntoClass
from support.refactored import check, planned


def test_functions_become_static_methods() -> None:
    check(
        GroupIntoClass(),
        {
            "pkg/__init__.py": "from .color import darker, lighter\n",
            "pkg/color.py": """
                import functools

                LIMIT = 3


                # Makes it lighter.
                @functools.cache
                def lighter(color: int) -> int:
                    return darker(-color) + LIMIT


                def other():
                    return lighter(1)


                def darker(color, *, by=LIMIT):
                    return color - by if by else lighter(color)
            """,
            "use.py": """
                import pkg.color
                from pkg import darker, lighter

                x = map(lighter, [darker(1), pkg.color.darker(2)])
            """,
        },
        {
            "pkg/__init__.py": "from .color import Color\n",
            "pkg/color.py": """
                import functools

                LIMIT = 3


                class Color:
                    # Makes it lighter.
                    @staticmethod
                    @functools.cache
                    def lighter(color: int) -> int:
                        return Color.darker(-color) + LIMIT

                    @staticmethod
                    def darker(color, *, by=LIMIT):
                        return color - by if by else Color.lighter(color)


                def other():
                    return Color.lighter(1)
            """,
            "use.py": """
                import pkg.color
                from pkg import Color

                x = map(Color.lighter, [Color.darker(1), pkg.color.Color.darker(2)])
            """,
        },
        functions="pkg/color.py::lighter\npkg/color.py::darker",
        class_name="Color",
    )


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("def f(): ...\nG = 1\n", UnsafeError, "means something else"),
        ("def f(): return x.__a\n", UnsafeError, "private"),
        ("__all__ = ['f']\ndef f(): ...\n", UnsafeError, "in a string"),
        ("f = 1\n", ArgumentError, "no plain function"),
        ("class A:\n    def f(self): ...\n", ArgumentError, "no such function"),
        ("def f(): ...\ndef f(): ...\n", ArgumentError, "no plain function"),
    ],
)
def test_what_can_not_be_grouped_is_refused(
    text: str, error: type[RefactorError], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        planned(GroupIntoClass(), {"m.py": text}, functions="m.py::f", class_name="G")


def test_an_import_under_another_name_is_refused() -> None:
    files = {"m.py": "def f(): ...\n", "n.py": "from m import f as g\ng()\n"}

    with pytest.raises(UnsafeError, match="imports f as g"):
        planned(GroupIntoClass(), files, functions="m.py::f", class_name="G")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def f(): ...\n\nX = 1\n\ndef g(a=X): ...\n", "move it up first"),
        ("def f(): ...\n\ndef g(a=f()): ...\n", "before the class"),
    ],
)
def test_what_runs_when_a_function_is_defined_must_come_first(text: str, reason: str) -> None:
    with pytest.raises(UnsafeError, match=reason):
        planned(GroupIntoClass(), {"m.py": text}, functions="m.py::f\nm.py::g", class_name="G")
