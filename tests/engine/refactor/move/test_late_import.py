"""Two modules that need each other, without a circle of imports."""

from nanobot_engine.refactor.move.move import Move
from support.refactored import check


def test_what_is_needed_only_when_a_function_is_called_is_imported_there() -> None:
    change = check(
        Move(),
        {
            "pkg/__init__.py": """
                __all__ = ["Cache", "Info", "cached"]

                import collections
                import collections.abc


                class Cache(collections.abc.Sized):
                    size = 1


                class Info(collections.namedtuple("Info", "hits")):
                    @classmethod
                    def of(cls, cache):
                        "Read a cache."
                        if isinstance(cache, Cache):
                            return cls(cache.size)
                        return cls(0)


                def cached():
                    return Info
            """,
        },
        {
            "pkg/__init__.py": """
                __all__ = ["Cache", "Info", "cached"]

                import collections
                import collections.abc

                from pkg.info import Info


                class Cache(collections.abc.Sized):
                    size = 1


                def cached():
                    return Info
            """,
            "pkg/info.py": """
                import collections


                class Info(collections.namedtuple("Info", "hits")):
                    @classmethod
                    def of(cls, cache):
                        "Read a cache."
                        from pkg import Cache

                        if isinstance(cache, Cache):
                            return cls(cache.size)
                        return cls(0)
            """,
        },
        symbols="pkg/__init__.py::Info",
        target="pkg/info.py",
    )

    [note] = change.notes
    assert "of imports Cache when it is called" in note.text


def test_what_stays_imports_what_moved_when_it_is_called() -> None:
    change = check(
        Move(),
        {
            "pkg/__init__.py": "",
            "pkg/shape.py": """
                class Shape:
                    @classmethod
                    def unit(cls):
                        return Circle()


                class Circle(Shape):
                    pass
            """,
            "main.py": "from pkg.shape import Circle, Shape\nCircle(), Shape()\n",
        },
        {
            "pkg/shape.py": """
                class Shape:
                    @classmethod
                    def unit(cls):
                        from pkg.circle import Circle

                        return Circle()
            """,
            "pkg/circle.py": """
                from pkg.shape import Shape


                class Circle(Shape):
                    pass
            """,
            "main.py": """
                from pkg.circle import Circle
                from pkg.shape import Shape
                Circle(), Shape()
            """,
        },
        symbols="pkg/shape.py::Circle",
        target="pkg/circle.py",
    )

    [edit] = [e for file in change.plan.files for e in file.edits if e.is_likely]
    assert edit.label == "imported when it is called: pkg/circle.py imports this module"


def test_a_constant_that_is_needed_at_once_moves_along_and_a_quoted_type_is_for_checkers() -> None:
    change = check(
        Move(),
        {
            "pkg/__init__.py": "",
            "pkg/version.py": """
                from functools import wraps
                from typing import Callable, Union

                from ._types import String

                Other = Union["Version", String]
                Operator = Callable[["Version", Other], bool]


                def compared(operator: Operator):
                    @wraps(operator)
                    def wrapper(self: "Version", other: Other):
                        return operator(self, other)

                    return wrapper


                class Version:
                    @compared
                    def __lt__(self, other: Other): ...
            """,
            "pkg/_types.py": "String = str\n",
        },
        {
            "pkg/version.py": """
                from .comparing import Other, compared


                class Version:
                    @compared
                    def __lt__(self, other: Other): ...
            """,
            "pkg/comparing.py": """
                from functools import wraps
                from typing import Callable, TYPE_CHECKING, Union

                from ._types import String

                if TYPE_CHECKING:
                    from .version import Version


                Other = Union["Version", String]
                Operator = Callable[["Version", Other], bool]


                def compared(operator: Operator):
                    @wraps(operator)
                    def wrapper(self: "Version", other: Other):
                        return operator(self, other)

                    return wrapper
            """,
        },
        symbols="pkg/version.py::compared",
        target="pkg/comparing.py",
    )

    assert {note.text for note in change.notes} == {
        "Other moves, too: what moves needs it at once",
        "Operator moves, too: only what moves uses it",
    }
