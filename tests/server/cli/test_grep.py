import pytest

from support.terminal import Terminal


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        (["area_of"], "src/shapes.py:13:5: def area_of(shape):\n"),
        (
            ["area(", "--limit", "9"],
            """\
src/shapes.py:9:9:     def area(self, scale=1):
src/shapes.py:14:18:     return shape.area()
""",
        ),
        (["AREA", "-i", "-w", "--path", "*.txt"], "notes.txt:1:4: An Area\n"),
        (
            ["--regex", r"^def \w+", "--language", "python", "--path", "src/"],
            "src/shapes.py:13:1: def area_of(shape):\n",
        ),
        (
            ["area", "--word", "--path", "src/", "--context", "1"],
            """\
src/shapes.py:1:19: \"\"\"Shapes with an area.\"\"\"
src/shapes.py-2-
--
src/shapes.py-8-
src/shapes.py:9:9:     def area(self, scale=1):
src/shapes.py:10:53:         return pi * self.radius ** 2 * scale  # The area.
src/shapes.py-11-
--
src/shapes.py-13- def area_of(shape):
src/shapes.py:14:18:     return shape.area()
""",
        ),
        (
            ["text", "--path", "*.txt", "--context", "1"],
            "notes.txt-1- An Area\nnotes.txt:2:4: of text\n",
        ),
    ],
    ids=lambda found: " ".join(found) if isinstance(found, list) else "",
)
def test_grep_prints_path_line_column_and_text(
    shapes: Terminal, arguments: list[str], out: str
) -> None:
    said = shapes.nanobot("grep", *arguments)

    assert (said.code, said.out, said.err) == (0, out, "")


def test_grep_says_that_there_is_more_or_nothing(shapes: Terminal) -> None:
    more = shapes.nanobot("grep", "area", "--limit", "1")
    nothing = shapes.nanobot("grep", "zzzz")

    assert more.err == "only the first 1 match; --limit N shows up to 10000\n"
    assert more.out.count("\n") == 1
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "nothing found for 'zzzz'\n")
    document = shapes.nanobot("grep", "area", "--limit", "1", "--json").json
    assert (document["is_complete"], document["reason"]) == (False, "limit")
