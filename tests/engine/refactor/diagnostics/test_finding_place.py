"""A diagnostic is about the smallest part of a file that can be written anew by itself."""

from textwrap import dedent

import pytest

from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.diagnostics.finding_place import (
    NoPlaceError,
    definitions_of,
    place_of_line,
)

TEXT = dedent("""
    import os


    class Page(dict):
        title: str = None

        def show(self, name):
            "Say it."
            for part in self.parts:
                if part: print(part)
                elif name:
                    total = total(
                        part,
                    )
            return '''
    a'''


    def port_of(text): return int(text)


    async def all_of(rows):
        try:
            rows = [one async for one in rows]
        except ValueError:
            raise KeyError(rows)
        a = 1; b = 2
        return b
    """).lstrip("\n")
LINES = TEXT.splitlines()


def part(line_text: str, code: str = "X1") -> str:
    """Return the part that a diagnostic on a line is about, or why there is none."""
    line = next(n for n, text in enumerate(LINES, 1) if line_text in text)
    file = Codebase({"a.py": TEXT.encode()}).project.file("a.py")
    assert file is not None
    try:
        found = place_of_line(file, line, code)
    except NoPlaceError as error:
        return f"! {error}"
    return file.text(found.span) + (" [header]" if found.is_header else "")


@pytest.mark.parametrize(
    ("line_text", "found"),
    [
        ("title: str", "title: str = None"),
        ("class Page", "class Page(dict): [header]"),
        ("def show", "def show(self, name): [header]"),
        ("async def", "async def all_of(rows): [header]"),
        ("    part,", "total = total(\n                    part,\n                )"),
        ("raise KeyError", "raise KeyError(rows)"),
        ("import os", "! a model is not asked about imports and docstrings"),
        ("Say it", "! a model is not asked about imports and docstrings"),
        ("return '''", "! a string of it goes over several lines"),
        ("a = 1; b", "! it is about more than one statement"),
        ("port_of", "! its body is on the line of its header"),
    ],
)
def test_the_smallest_part_is_found(line_text: str, found: str) -> None:
    assert part(line_text) == found


def test_a_block_is_taken_whole_where_its_parts_can_not_stand_alone() -> None:
    assert part("if part: print").startswith("if part: print(part)\n")
    assert part("elif name").startswith("if part: print(part)\n")


def test_what_is_about_a_handler_takes_the_whole_try() -> None:
    assert part("raise KeyError", "B904").startswith("try:\n")


def test_a_long_block_is_asked_about_by_its_header() -> None:
    text = "for i in rows:\n" + "    print(rows)\n" * 40
    file = Codebase({"a.py": text.encode()}).project.file("a.py")
    assert file is not None

    found = place_of_line(file, 1, "B007")

    assert file.text(found.span) == "for i in rows:"
    with pytest.raises(NoPlaceError, match="no statement"):
        place_of_line(file, 99, "B007")


def test_definitions_come_from_the_file_and_from_others() -> None:
    files = {
        "shop/__init__.py": b"",
        "shop/price.py": b"class Price:\n    cents: int\n\ndef total(a: int) -> Price: ...\n",
        "shop/use.py": dedent("""
            from shop.price import Price, total as whole


            class Bill:
                def __init__(self) -> None:
                    self.sum: int = 0

                def add(self, price: Price) -> None:
                    self.sum = whole(helper(price))


            def helper(price): ...
            """).encode(),
    }
    codebase = Codebase(files)
    file = codebase.project.file("shop/use.py")
    assert file is not None

    said = definitions_of(codebase, file, place_of_line(file, 10, "arg-type"))

    assert said.splitlines() == [
        "def total(a: int) -> Price: ...",
        "def helper(price): ...",
        "self.sum: int = 0",
    ]
