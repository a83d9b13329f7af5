from support.terminal import Terminal


def test_definition_shows_place_and_signature(shapes: Terminal) -> None:
    assert shapes.nanobot("definition", "Circle.area").out == (
        "src/shapes.py:9-10  method  Circle.area\n    def area(self, scale=1)\n"
    )
    missing = shapes.nanobot("definition", "aera_of")
    assert (missing.code, missing.out) == (0, "")
    assert missing.err == "no definition of 'aera_of'; there is area_of\n"
    document = shapes.nanobot("definition", "aera_of", "--json").json
    assert (document["definitions"], document["near"][0]["name"]) == ([], "area_of")
