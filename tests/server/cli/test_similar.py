from support.terminal import Terminal


def test_similar_finds_the_edited_copy(shapes: Terminal) -> None:
    said = shapes.nanobot("similar", "copies/one.py:5")

    percent, _, place = said.out.partition("%  ")
    assert place == "copies/two.py:1-32\n"
    assert 90 <= int(percent) < 100
    assert said.err == "like copies/one.py:1-31\n"
    target = shapes.nanobot("similar", "copies/one.py:5", "--json").json["target"]
    assert shapes.nanobot("similar", target).out == said.out
    assert shapes.nanobot("similar", f"./{target}").out == said.out
    assert shapes.nanobot("similar", f"{shapes.workspace}/copies/one.py:5").out == said.out
    assert shapes.nanobot("similar", "guide.md:1").err == "nothing is like guide.md:1-7\n"


def test_duplicates_are_listed_in_groups(shapes: Terminal) -> None:
    said = shapes.nanobot("similar", "--duplicates")

    title, first, second = said.out.splitlines()
    assert title.startswith("2 places, ")
    assert title.endswith("% alike, 31 lines too many")
    assert first == "  100%  copies/one.py:1-31"
    assert second.endswith("%  copies/two.py:1-32")
    (group,) = shapes.nanobot("similar", "--duplicates", "--json").json["groups"]
    assert f", {group['similarity']}% alike" in title
