from support.terminal import Terminal


def test_slice_shows_lines_as_they_are(shapes: Terminal) -> None:
    assert shapes.nanobot("slice", "src/shapes.py:13-99").out == (
        "def area_of(shape):\n    return shape.area()\n"
    )
    other = shapes.nanobot("slice", "src/shapes.py:1-2", "--lines", "3", "--json").json
    assert (other["text"], other["handle"]) == ("from math import pi\n", "src/shapes.py:3-3")
    cut = shapes.nanobot("slice", "src/shapes.py:1-14", "--chars", "40")
    assert cut.out.startswith('"""Shapes with an area."""\n')
    assert cut.err == "cut in or behind line 2; --chars N shows more\n"


def test_slice_says_that_its_text_is_gone(shapes: Terminal) -> None:
    handle = "src/shapes.py:3-3@0123456789abcdef"

    said = shapes.nanobot("slice", handle)

    assert said.out == "from math import pi\n"
    assert said.err == (
        f"the text of {handle} is not there any more; this is what is at src/shapes.py:3-3 now\n"
    )


def test_a_path_may_be_written_in_any_way(shapes: Terminal) -> None:
    plain = shapes.nanobot("slice", "src/shapes.py:3-3", "--json").json

    for path in ("./src/shapes.py", "src/../src//shapes.py", f"{shapes.workspace}/src/shapes.py"):
        assert shapes.nanobot("slice", f"{path}:3-3", "--json").json == plain
    outside = shapes.nanobot("slice", "../models/x.py:1-2")
    assert outside.code == 2
    assert "not in the workspace" in outside.err


def test_lines_of_a_path_with_an_at_sign_did_not_move(shapes: Terminal) -> None:
    said = shapes.nanobot("slice", "mail@home.txt:1-1")

    assert (said.out, said.err) == ("first\n", "")
