import pytest

from nanobot_indexer.search.best_definition import DefinitionChooser
from nanobot_indexer.search.bm25 import Collection
from nanobot_indexer.search.chunk_table import ChunkTable
from nanobot_indexer.search.question import parsed_question
from nanobot_indexer.syntax.definition import DefinitionKind
from support.memory_segment import memory_segment

CLASS = """\
class Pool:
    limit = 3

    def open_socket(self):
        return connect(self.host)

    def close(self):
        self.socket.shutdown()
"""
FUNCTIONS = "def first():\n    return alpha + beta\n\n\ndef second():\n    return beta + gamma\n"


def check_chosen(
    text: str, query: str, kinds: set[DefinitionKind] | None = None
) -> tuple[str, bool] | None:
    segment = memory_segment({"a.py": text})
    assert segment.chunk_count == 1
    table = ChunkTable(segment)
    question = parsed_question(query)
    rarities = Collection([table], [None]).scores(question).rarities
    chosen = DefinitionChooser(question, rarities, kinds).chosen(table, 0)
    return None if chosen is None else (table.qualified_name_of(chosen.index), chosen.is_hit)


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        (CLASS, "how is a socket shut down by shutdown", ("Pool", True)),
        (CLASS, "close", ("Pool.close", True)),
        (CLASS, "open socket", ("Pool.open_socket", True)),
        (CLASS, "Pool", ("Pool", True)),
        (CLASS, "nothing of this is there", ("Pool", True)),
        (FUNCTIONS, "where are gamma and beta added", ("second", False)),
        (FUNCTIONS, "where is beta added", ("first", False)),
        (FUNCTIONS, "second", ("second", True)),
        (FUNCTIONS, "nothing of this is there", None),
        ("x + y\n", "x y", None),
    ],
)
def test_a_chunk_is_cut_down_only_when_the_question_is_a_name_or_one_holds_all(
    text: str, query: str, expected: tuple[str, bool] | None
) -> None:
    assert check_chosen(text, query) == expected


@pytest.mark.parametrize(
    ("query", "kinds", "expected"),
    [
        ("how is a socket shut down by shutdown", {DefinitionKind.METHOD}, ("Pool.close", True)),
        ("where is shutdown", {DefinitionKind.CLASS}, ("Pool", True)),
        ("no word of this", {DefinitionKind.METHOD}, ("Pool.open_socket", True)),
    ],
)
def test_with_kinds_the_hit_is_a_definition_of_them(
    query: str, kinds: set[DefinitionKind], expected: tuple[str, bool]
) -> None:
    assert check_chosen(CLASS, query, kinds) == expected


def test_a_definition_of_the_kind_is_found_behind_very_many_others() -> None:
    constants = "".join(f"A{number} = 1; " for number in range(200))
    text = f"{constants}\ndef gadget(): return 1\n"

    assert check_chosen(text, "gadget", {DefinitionKind.FUNCTION}) == ("gadget", True)
