from support.terminal import Terminal


def test_outline_is_nested(shapes: Terminal) -> None:
    said = shapes.nanobot("outline", "src/shapes.py")

    assert said.out == (
        "src/shapes.py (python, 14 lines)\n"
        " 6-10 class Circle\n"
        " 9-10   def area(self, scale=1)\n"
        "13-14 def area_of(shape)\n"
    )
    document = shapes.nanobot("outline", "./src/../src/shapes.py", "--json").json
    assert document["text"] + "\n" == said.out
    assert [(one["depth"], one["name"]) for one in document["entries"]] == [
        (0, "Circle"), (1, "area"), (0, "area_of"),
    ]  # fmt: skip
    short = shapes.nanobot("outline", "src/shapes.py", "--chars", "80").out
    assert len(short) <= 81
    assert "more" in short


def test_outline_of_a_document_has_its_headings(shapes: Terminal) -> None:
    assert shapes.nanobot("outline", "guide.md").out == (
        "guide.md (markdown, 7 lines)\n1-7 # Guide\n5-7   ## Areas\n"
    )
