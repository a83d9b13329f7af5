"""Functions that a sentence without names is about."""

from pathlib import Path

from nanobot_engine.edit import read_source
from nanobot_engine.recipe.rewrite.goal import RewriteScope, last_resort
from nanobot_engine.recipe.rewrite.recipe import RewriteRecipe
from nanobot_engine.recipe.rewrite.search import searched_items
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, ingest, open_index

CODE = '''\
class Reader:
    def parse_header(self, line):
        """Parse one header line."""
        if line:
            return line.split(":")
        else:
            return None


def area(width, height):
    return width * height
'''


def test_what_search_finds_is_rewritten(tmp_path: Path) -> None:
    (tmp_path / "reader.py").write_text(CODE)
    (tmp_path / "notes.md").write_text("Parse a header line.\n")
    ingest(tmp_path, options=DEFAULT_INDEX_OPTIONS)
    sentence = "flatten the parsing of a header line"
    with open_index(tmp_path) as index:
        keys = searched_items(index, sentence)

    assert keys == {"reader.py::Reader.parse_header"}
    goal = last_resort(sentence, only=keys)
    recipe = RewriteRecipe(RewriteScope.from_arguments(goal.arguments))
    source = read_source(tmp_path, "reader.py", size_bytes_max=10**6)
    assert [item.key for item in recipe.enumerate(source)] == list(keys)


def test_only_some_are_taken(tmp_path: Path) -> None:
    (tmp_path / "reader.py").write_text(CODE)
    code = "def perimeter(width, height):\n    return 2 * (width + height)\n"
    (tmp_path / "perimeter.py").write_text(code)
    ingest(tmp_path, options=DEFAULT_INDEX_OPTIONS)

    with open_index(tmp_path) as index:
        assert len(searched_items(index, "width and height")) == 2
        assert len(searched_items(index, "width and height", limit=1)) == 1
