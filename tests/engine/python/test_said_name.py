"""Names that a program says about itself."""

from nanobot_engine.refactor.rename.rename import Rename
from support.refactored import check


def test_the_name_that_a_declaration_repeats_is_renamed() -> None:
    check(
        Rename(),
        {"m.py": 'from typing import TypeVar\nT = TypeVar("T", bound="T2")\nx: list[T] = ["T"]\n'},
        {
            "m.py": 'from typing import TypeVar\nItem = TypeVar("Item", bound="T2")\n'
            'x: list[Item] = ["T"]\n'
        },
        symbol="m.py::T",
        new_name="Item",
    )


def test_a_name_that_a_program_prints_is_told() -> None:
    change = check(
        Rename(),
        {
            "m.py": """
                def f(count, other):
                    print(f"{count}", f"{other=}", f"{count==other}")
                    return f"a {count = !r} b"
            """
        },
        {
            "m.py": """
                def f(total, other):
                    print(f"{total}", f"{other=}", f"{total==other}")
                    return f"a {total = !r} b"
            """
        },
        symbol="m.py::f.<locals>.count",
        new_name="total",
    )

    assert [(note.line, note.text) for note in change.notes] == [
        (3, "prints 'count' as text: the output changes")
    ]
