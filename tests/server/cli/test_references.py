from support.terminal import Terminal


def test_references_say_what_a_place_is(shapes: Terminal) -> None:
    assert shapes.nanobot("references", "pi").out == (
        "src/shapes.py:3:18: import: from math import pi\n"
        "src/shapes.py:10:16: code:         return pi * self.radius ** 2 * scale  # The area.\n"
    )
    kept = shapes.nanobot(
        "references", "area", "--role", "comment", "--role", "definition", "--json"
    ).json
    found = [(one["role"], one["line"]) for one in kept["references"]]
    assert found == [("definition", 9), ("comment", 10)]
    assert shapes.nanobot("references", "zzzz").err == "nothing found for 'zzzz'\n"
