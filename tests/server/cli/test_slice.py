from support.terminal import Terminal


def test_slice_shows_lines_as_they_are(shapes: Terminal) -> None:
    assert shapes.nanobot("slice", "src/shapes.py:13-99").out == (
        "def area_of(shape):\n    return shape.area()\n"
    )
    other = shapes.nanobot("slice", "src/shapes.py:1-2", "--lines", "3", "--json").json
    assert (other["text"], other["handle"]) == ("from math import pi\n", "src/shapes.py:3-3")
    cut = shapes.nanobot("slice", "src/shapes.py:1-14", "--chars", "40")
    assert cut.out.startswith('"""Shapes with an area."""\n')
    assert cut.err == "cut behind line 2; --chars shows more\n"


def test_slice_says_that_its_text_is_gone(shapes: Terminal) -> None:
    handle = "src/shapes.py:3-3@0123456789abcdef"

    said = shapes.nanobot("slice", handle)

    assert said.out == "from math import pi\n"
    assert said.err == (
        f"the text of {handle} is not there any more; this is what is at src/shapes.py:3-3 now\n"
    )
