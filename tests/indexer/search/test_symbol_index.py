import random

import numpy as np
import pytest

from nanobot_indexer.errors import QueryEmptyError
from nanobot_indexer.search import symbol_index
from nanobot_indexer.search.cut_reason import CutReason
from nanobot_indexer.search.handle import open_handle
from nanobot_indexer.search.live_files import LiveFiles
from nanobot_indexer.search.symbol_index import Match, SymbolIndex, SymbolResult
from nanobot_indexer.search.symbol_names import SymbolNames
from nanobot_indexer.syntax.definition import DefinitionKind
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.volume.segment import Segment
from support.plain_segment import live_files, plain_segment

FILES = live_files(
    {
        "app/server.py": "class HttpServerHandler:\n    def run(self): pass\n\n\nclass Runner:\n"
        "    def run(self): pass\n    def close(self): pass\n\n\ndef load_config(): pass\n"
        "def parse_header(): pass\ndef parse_headers(): pass\nRETRY_LIMIT = 3\n",
        "json/__init__.py": "def dumps(): pass\ndef loads(): pass\n",
        "pickle.py": "def dumps(): pass\n",
        "tests/test_server.py": "def parse_header(): pass\n",
    },
    {"other/names.py": "def Parse_Header(): pass\ndef reparse_header_twice(): pass\n"},
)


def check_find(query: str, **options: object) -> list[str]:
    result = SymbolIndex(FILES).find(query, **{"limit": 20, **options})  # type: ignore[arg-type]
    return shown(result)


def shown(result: SymbolResult) -> list[str]:
    return [
        f"{hit.match.value} {hit.definition.path} {hit.definition.qualified_name}"
        for hit in result.hits
    ]


def test_better_matches_come_first() -> None:
    assert check_find("parse_header") == [
        "exact app/server.py parse_header",
        "exact tests/test_server.py parse_header",
        "case other/names.py Parse_Header",
        "prefix app/server.py parse_headers",
        "inside other/names.py reparse_header_twice",
    ]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("HSH", "humps app/server.py HttpServerHandler"),
        ("hsh", "humps app/server.py HttpServerHandler"),
        ("HttpHan", "humps app/server.py HttpServerHandler"),
        ("loadConfig", "humps app/server.py load_config"),
        ("ldcfg", "in_order app/server.py load_config"),
        ("parse_hedaer", "fuzzy app/server.py parse_header"),
        ("lod_confg", "in_order app/server.py load_config"),
        ("load_conxig", "fuzzy app/server.py load_config"),
        ("LIMIT", "inside app/server.py RETRY_LIMIT"),
        ("load_config()", "exact app/server.py load_config"),
    ],
)
def test_a_name_is_found_by_what_people_type(query: str, first: str) -> None:
    assert check_find(query)[0] == first


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("Runner.run", "exact app/server.py Runner.run"),
        ("runner::run", "exact app/server.py Runner.run"),
        ("HttpServerHandler#run", "exact app/server.py HttpServerHandler.run"),
        ("app.server.Runner.run", "exact app/server.py Runner.run"),
        ("json.dumps", "exact json/__init__.py dumps"),
        ("pickle.dumps", "exact pickle.py dumps"),
        ("Runner.clo", "prefix app/server.py Runner.close"),
    ],
)
def test_a_scope_decides_between_equal_names(query: str, first: str) -> None:
    assert check_find(query)[0] == first


def test_without_its_scope_a_name_comes_later() -> None:
    result = SymbolIndex(FILES).find("Runner.run", limit=20)

    assert [hit.is_in_scope for hit in result.hits[:2]] == [True, False]
    assert shown(result)[1] == "exact app/server.py HttpServerHandler.run"


def test_filters_decide_what_counts() -> None:
    assert check_find("run", kinds=[DefinitionKind.CLASS]) == ["prefix app/server.py Runner"]
    assert check_find("parse_header", path_glob="tests/") == [
        "exact tests/test_server.py parse_header"
    ]
    assert check_find("run", languages=[Language.GO]) == []
    assert check_find("parse_header", matches=[Match.CASE]) == ["case other/names.py Parse_Header"]


def test_nothing_is_like_it() -> None:
    assert check_find("zzqqxx") == []
    assert check_find("z") == []
    assert check_find("größe") == []


@pytest.mark.parametrize("query", ["", "  ", "::", "."])
def test_a_query_without_a_name_is_refused(query: str) -> None:
    with pytest.raises(QueryEmptyError):
        check_find(query)


def test_the_limit_cuts_and_says_so() -> None:
    index = SymbolIndex(FILES)
    result = index.find("parse_header", limit=2)

    assert shown(result) == check_find("parse_header")[:2]
    assert (result.is_complete, result.reason) == (False, CutReason.LIMIT)
    assert index.find("parse_header", limit=5).is_complete
    assert index.find("load_config", limit=0).reason is CutReason.LIMIT


def test_unknown_syntax_makes_the_answer_incomplete() -> None:
    files = live_files({"a.py": "def run(): pass\n"}, has_syntax=False)

    result = SymbolIndex(files).find("run", limit=9)

    assert (result.hits, result.reason) == ((), CutReason.SYNTAX)


def test_dead_definitions_are_not_found() -> None:
    files = live_files({"a.py": "def old(): pass\n"}, {"a.py": "def new(): pass\n"})
    index = SymbolIndex(files)

    assert index.find("old", limit=9, matches=[Match.EXACT]).hits == ()
    assert len(index.find("new", limit=9).hits) == 1


def test_a_definition_is_looked_up_in_its_case() -> None:
    index = SymbolIndex(FILES)

    assert shown(index.definition("Parse_Header", limit=9)) == ["exact other/names.py Parse_Header"]
    assert shown(index.definition("RUNNER.RUN", limit=9)) == ["case app/server.py Runner.run"]
    assert shown(index.definition("pickle.dumps", limit=9)) == ["exact pickle.py dumps"]
    assert index.definition("parse", limit=9).hits == ()


def test_a_handle_opens_the_definition() -> None:
    for hit in SymbolIndex(FILES).find("run", limit=9, matches=[Match.EXACT]).hits:
        opened = open_handle(FILES, hit.handle, chars_max=1000)
        assert (opened.start_line, opened.path) == (hit.definition.start_line, hit.definition.path)
        assert "def run" in opened.text


@pytest.mark.parametrize("seed", range(4))
def test_any_spread_over_segments_gives_the_same_hits(seed: int) -> None:
    source = random.Random(seed)
    parts = ["get", "set", "Load", "config", "HTTP", "server", "x", "Ab"]
    texts = {
        f"{source.choice('abc')}/f{number}.py": "".join(
            f"def {''.join(source.choices(parts, k=source.randint(1, 3)))}(): pass\n"
            for _ in range(20)
        )
        for number in range(12)
    }
    spread: list[dict[str, str]] = [{}, {}, {}]
    for path, text in texts.items():
        source.choice(spread)[path] = text
    one, three = SymbolIndex(live_files(texts)), SymbolIndex(live_files(*spread))

    for query in ("get", "loadconfig", "HS", "gtcfg", "confg", "servre", "a.get", "serverx"):
        for limit in (3, 50):
            found = one.find(query, limit=limit)
            assert found == three.find(query, limit=limit), (seed, query, limit)
        names = {hit.definition.name.lower() for hit in one.find(query, limit=10_000).hits}
        wanted = query.rpartition(".")[2].lower()
        starting = {
            name[4:-8].lower()
            for text in texts.values()
            for name in text.splitlines()
            if name[4:-8].lower().startswith(wanted)
        }
        assert starting <= names, (seed, query)


def test_many_near_names_are_all_compared_in_whatever_segments_they_are() -> None:
    source = random.Random(5)
    letters = list("anchored")
    # Far more by the same letters than the one that is meant, which has another.
    names = {"w" + "".join(source.sample(letters, 8)) for _ in range(3000)} - {"wanchored"}
    ordered = sorted(names | {"wanchoreq"})
    texts = {
        f"f{number}.py": "".join(f"def {name}(): pass\n" for name in ordered[number::6])
        for number in range(6)
    }
    one = SymbolIndex(live_files(texts))
    six = SymbolIndex(live_files(*({path: text} for path, text in texts.items())))

    found = one.find("wanchored", limit=50)

    assert "wanchoreq" in {hit.definition.name for hit in found.hits}
    assert found == six.find("wanchored", limit=50)


def test_a_scope_is_found_among_very_many_of_another() -> None:
    other = "class Run:\n" + "".join(f"    def go(self): return {n}\n" for n in range(600))
    texts = {f"a{number}.py": other for number in range(10)}
    texts["z.py"] = "class Abc:\n    class Run:\n        def go(self): pass\n"

    (hit,) = SymbolIndex(live_files(texts)).definition("Abc.Run.go", limit=5).hits

    assert (hit.definition.path, hit.is_in_scope) == ("z.py", True)


def test_there_may_be_no_files() -> None:
    assert SymbolIndex(LiveFiles([])).find("x", limit=1).hits == ()


def test_names_are_prepared_once_whichever_files_are_alive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    segment = plain_segment({"a.py": "def load_config(): pass\n", "b.py": "def ldcfg(): pass\n"})
    made: list[Segment] = []

    class CountedNames(SymbolNames):
        def __init__(self, segment: Segment) -> None:
            made.append(segment)
            super().__init__(segment)

    monkeypatch.setattr(symbol_index, "SymbolNames", CountedNames)
    SymbolIndex(LiveFiles([segment])).prepare()
    other = segment.with_dead(np.array([False, True]))

    found = SymbolIndex(LiveFiles([other])).find("ldcfg", limit=5)

    assert shown(found) == ["in_order a.py load_config"]
    assert made == [segment]
