import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from nanobot_indexer.errors import GlobInvalidError, QueryEmptyError
from nanobot_indexer.search.handle import open_handle
from nanobot_indexer.search.hit import Hit
from nanobot_indexer.search.live_files import LiveFiles
from nanobot_indexer.search.text_search import EVERYTHING, Searcher, SearchFilter
from nanobot_indexer.syntax.definition import DefinitionKind
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.volume.format import Revision
from support.memory_segment import memory_segment

DATA = Path(__file__).parents[2] / "data" / "ranking"
CORPUS = DATA / "corpus.txt"
TABLE = DATA / "expected.txt"
PACKAGE = Path(__file__).parents[3] / "indexer" / "nanobot_indexer"

QUERIES = (
    "load_cfg",
    "HttpServer",
    "httpserver",
    "HttpServer.handle",
    "http server handle",
    "parse query string",
    "parse_flags",
    "MAX_HEADER_BYTES",
    "close",
    "test read_header",
    "ConnectionError: peer closed before the header was complete",
    "remove an element from the cache",
    "combine two configuration dictionaries",
    "wait longer after each failed attempt",
    "number of records in a table",
    "where are command line arguments parsed",
    "find the handler of a url",
    "read settings from a file or the environment",
    "how do i tune the cache",
)


def ranking_files() -> dict[str, bytes]:
    """One text with all files, so that no tool takes them for code of this repository."""
    parts = CORPUS.read_text("utf-8").split("=== ")[1:]
    split = (part.partition("\n") for part in parts)
    return {path: text.encode() for path, _, text in split}


@pytest.fixture(scope="module")
def searcher() -> Searcher:
    return Searcher([memory_segment(ranking_files())])


def shown(hits: list[Hit]) -> list[str]:
    return [f"{hit.path}:{hit.start_line}-{hit.end_line} {hit.kind} {hit.name}" for hit in hits]


def ranking_table(searcher: Searcher) -> str:
    blocks = []
    for query in QUERIES:
        hits = shown(searcher.search(query, limit=5))
        blocks.append("\n".join([query, *(f"    {hit}".rstrip() for hit in hits)]))
    return "\n\n".join(blocks) + "\n"


def test_the_ranking_is_the_one_that_was_looked_at(searcher: Searcher) -> None:
    # After a change of weights: write `ranking_table` to the file, and read the difference.
    assert ranking_table(searcher) == TABLE.read_text("utf-8")


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("load_cfg", "app/config.py:9-12 function load_cfg"),
        ("LOAD_CFG", "app/config.py:9-12 function load_cfg"),
        ("config.load_cfg", "app/config.py:9-12 function load_cfg"),
        ("HttpServer.handle", "app/server.py:17-21 method HttpServer.handle"),
        ("HttpServer::handle()", "app/server.py:17-21 method HttpServer.handle"),
        ("http server handle", "app/server.py:17-21 method HttpServer.handle"),
        ("parseQueryString", "web/router.js:18-21 function parseQueryString"),
        ("parse_query_string", "web/router.js:18-21 function parseQueryString"),
        ("Options", "cmd/main.go:9-12 struct Options"),
        ("MAX_HEADER_BYTES", "app/server.py:8-8 constant MAX_HEADER_BYTES"),
    ],
)
def test_the_definition_of_a_name_comes_first(searcher: Searcher, query: str, best: str) -> None:
    assert shown(searcher.search(query, limit=5))[0] == best


def test_an_exact_name_comes_before_texts_that_say_it_more_often() -> None:
    noise = "run " * 200
    files = {f"n{n}/run_{n}.py": f"def run_all():\n    '''{noise}'''\n" for n in range(30)}
    searcher = Searcher([memory_segment(files | {"z/last.py": "def run():\n    pass\n"})])

    assert searcher.search("run", limit=1)[0].path == "z/last.py"


def test_an_identifier_is_found_where_it_stands_though_only_a_test_has_it() -> None:
    files = {f"m{n}.py": f"def zz_probe_{n}():\n    pass\n" for n in range(30)}
    files["tests/test_m.py"] = "def check():\n    zz_probe_77 = 1\n"
    for revision in Revision:
        searcher = Searcher([memory_segment(files, revision=revision)])

        assert searcher.search("zz_probe_77", limit=1)[0].path == "tests/test_m.py"
        assert searcher.search("zz_probe_5", limit=1)[0].path == "m5.py"


def test_what_is_defined_very_often_is_told_by_the_other_words() -> None:
    files = {f"m{n}.py": f"class C{n}:\n    def __init__(self):\n        pass\n" for n in range(90)}
    files["q.py"] = "class Special:\n    def __init__(self):\n        self.special = 1\n"
    searcher = Searcher([memory_segment(files)])

    assert len(searcher.search("__init__", limit=200)) == 91
    assert searcher.search("Special.__init__", limit=1)[0].name == "Special.__init__"


def test_tests_come_after_the_code_they_test_unless_asked_for(searcher: Searcher) -> None:
    paths = [hit.path for hit in searcher.search("read_header", limit=9)]
    asked = [hit.path for hit in searcher.search("test read_header", limit=9)]

    assert paths.index("app/server.py") < paths.index("tests/test_server.py")
    assert asked[0] == "tests/test_server.py"


def test_handles_open_the_chunk_of_a_hit(searcher: Searcher) -> None:
    files = LiveFiles([memory_segment(ranking_files())])
    for hit in searcher.search("read the header of a request", limit=5):
        opened = open_handle(files, hit.handle, chars_max=10_000)

        assert opened.path == hit.path
        assert opened.start_line <= hit.start_line <= hit.end_line <= opened.end_line


def test_filters_keep_what_they_name(searcher: Searcher) -> None:
    def paths(filters: SearchFilter) -> set[str]:
        return {
            hit.path
            for hit in searcher.search("parse a header or a url", limit=50, filters=filters)
        }

    assert paths(SearchFilter(languages={Language.GO})) == {"cmd/main.go"}
    assert paths(SearchFilter(languages=set())) == set()
    assert paths(SearchFilter(path_glob="*.js")) == {"web/router.js"}
    assert paths(SearchFilter(path_glob="/app/")) == {"app/server.py", "app/config.py"}
    assert paths(SearchFilter(path_glob="/app/", languages={Language.GO})) == set()


def test_filters_apply_to_names_too(searcher: Searcher) -> None:
    hits = searcher.search("HttpServer", limit=9, filters=SearchFilter(path_glob="docs/"))

    assert {hit.path for hit in hits} == {"docs/guide.md"}


def test_with_kinds_hits_are_definitions_of_them(searcher: Searcher) -> None:
    kinds = {DefinitionKind.METHOD}
    hits = searcher.search("key of the entries", limit=9, filters=SearchFilter(kinds=kinds))

    assert hits
    assert {hit.kind for hit in hits} == {"method"}
    everything = SearchFilter(kinds=set(DefinitionKind))
    assert all(hit.name for hit in searcher.search("settings", limit=9, filters=everything))


def test_kinds_apply_to_names_too(searcher: Searcher) -> None:
    kinds = {DefinitionKind.CLASS}
    hits = searcher.search("dispatch", limit=9, filters=SearchFilter(kinds=kinds))

    assert hits[0].name == "HttpServer"
    assert {hit.kind for hit in hits} == {"class"}


def test_filters_do_not_change_scores_of_names_and_words(searcher: Searcher) -> None:
    scores = {hit.path: hit.score for hit in searcher.search("evict the oldest", limit=9)}
    (only,) = searcher.search("evict the oldest", limit=1, filters=SearchFilter(path_glob="lru.py"))

    assert only.score == scores["storage/lru.py"]


def test_a_path_filter_must_be_a_pattern(searcher: Searcher) -> None:
    with pytest.raises(GlobInvalidError):
        searcher.search("x", limit=1, filters=SearchFilter(path_glob="# only a comment"))


def test_the_limit_is_kept_and_hits_are_best_first(searcher: Searcher) -> None:
    every = searcher.search("the key of a value", limit=50)

    assert every == sorted(every, key=lambda hit: (-hit.score, hit.path, hit.start_line))
    for limit in range(len(every) + 1):
        assert searcher.search("the key of a value", limit=limit) == every[:limit]


def package_files() -> dict[str, bytes]:
    paths = sorted((PACKAGE / "search").glob("*.py")) + sorted((PACKAGE / "syntax").glob("*.py"))
    files = {path.relative_to(PACKAGE).as_posix(): path.read_bytes() for path in paths}
    # Equal chunks in different files: only their paths tell them apart.
    return files | {f"copy/{n}.py": files["search/hit.py"] for n in range(3)} | ranking_files()


def spread(files: Mapping[str, bytes], count: int, rng: random.Random) -> Searcher:
    """Put files into segments, with older versions of some of them that are dead."""
    paths = sorted(files)
    rng.shuffle(paths)
    segments = []
    for number in range(count):
        own = paths[number::count]
        old = rng.sample([path for path in paths if path not in own], min(3, len(paths) - len(own)))
        contents = {path: files[path] for path in own}
        contents |= {path: b"def load_cfg():\n    return 'dead'\n" + files[path] for path in old}
        segments.append(memory_segment(contents, dead=old))
    return Searcher(segments)


@pytest.mark.parametrize("seed", [11, 12])
def test_hits_do_not_depend_on_how_files_are_spread_over_segments(seed: int) -> None:
    files = package_files()
    clean = Searcher([memory_segment(files)])
    queries = (
        *QUERIES,
        "hit",
        "return the chunk of a definition",
        "a range of a file that answers the question",
        "Segment.definition",
        "Higher is better",
        "__init__",
    )
    filters = (
        EVERYTHING,
        SearchFilter(path_glob="/s*/"),
        SearchFilter(kinds={DefinitionKind.CLASS}),
    )
    rng = random.Random(seed)
    for count in (1, 3, 10):
        other = spread(files, count, rng)
        for query in queries:
            for one in filters:
                expected = clean.search(query, limit=30, filters=one)
                assert other.search(query, limit=30, filters=one) == expected, (count, query)


def test_equal_chunks_come_in_the_order_of_their_paths() -> None:
    text = "def same():\n    return 1\n"
    one = memory_segment({"b.py": text, "d.py": text})
    two = memory_segment({"c.py": text, "a.py": text})

    for segments in ([one, two], [two, one]):
        hits = Searcher(segments).search("where is the same", limit=3)
        assert [hit.path for hit in hits] == ["a.py", "b.py", "c.py"]
        assert len({hit.score for hit in hits}) == 1


def test_text_is_found_before_the_syntax_is_known() -> None:
    searcher = Searcher([memory_segment(ranking_files(), revision=Revision.LEXICAL)])

    (best,) = searcher.search("read_header", limit=1)

    assert (best.path, best.kind, best.name) == ("app/server.py", "text", "")


def test_segments_with_and_without_syntax_are_searched_together() -> None:
    files = ranking_files()
    plain = {path: text for path, text in files.items() if path.startswith("storage/")}
    rest = {path: text for path, text in files.items() if path not in plain}
    searcher = Searcher([memory_segment(rest), memory_segment(plain, revision=Revision.LEXICAL)])

    assert searcher.search("LruMap.evict_oldest", limit=1)[0].path == "storage/lru.py"
    assert searcher.search("HttpServer.handle", limit=1)[0].name == "HttpServer.handle"


@pytest.mark.parametrize(
    "query",
    ["zzqqxx", "!!!", "☃", "\0", "\ud800", "🦀🦀", "(((", "x", "a.b.c.d.e", "->", "::", "$"],
)
def test_what_is_not_there_is_not_found(searcher: Searcher, query: str) -> None:
    assert searcher.search(query, limit=5) == []


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("read_header\0\0", "app/server.py"),
        ("🦀 read_header \ud800", "app/server.py"),
        (r"read_header.*[(+?{^$|\\", "app/server.py"),
        ("how is it that the", None),
        ("evict " * 20_000, "storage/lru.py"),
        ("x" * 100_000 + " read_header", None),
        ("\n".join(f"at frame {n} of read_header" for n in range(4000)), "app/server.py"),
    ],
)
def test_a_bad_query_is_answered_as_well_as_it_can_be(
    searcher: Searcher, query: str, path: str | None
) -> None:
    hits = searcher.search(query, limit=3)

    assert path is None or hits[0].path == path


@pytest.mark.parametrize("query", ["", " \t\r\n"])
def test_nothing_is_no_question(searcher: Searcher, query: str) -> None:
    with pytest.raises(QueryEmptyError):
        searcher.search(query, limit=1)


def test_an_index_without_files_has_no_hits() -> None:
    for segments in ([], [memory_segment({})], [memory_segment({"empty.py": ""})]):
        assert Searcher(segments).search("anything", limit=5) == []
        filters = SearchFilter(path_glob="*.py", kinds={DefinitionKind.CLASS})
        assert Searcher(segments).search("anything", limit=5, filters=filters) == []


def test_an_index_of_dead_files_has_no_hits() -> None:
    searcher = Searcher([memory_segment({"a.py": "def load(): ..."}, dead=["a.py"])])

    assert searcher.search("load", limit=5) == []
    assert searcher.search("load", limit=5, filters=SearchFilter(path_glob="*.py")) == []


def test_dead_files_are_never_hits() -> None:
    segment = memory_segment(ranking_files(), dead=["app/config.py", "app/server.py"])

    hits = Searcher([segment]).search("load_cfg", limit=20)

    assert not {"app/config.py", "app/server.py"} & {hit.path for hit in hits}


def test_a_searcher_gives_the_same_answer_twice(searcher: Searcher) -> None:
    first = searcher.search("read the settings", limit=9)

    assert [replace(hit) for hit in searcher.search("read the settings", limit=9)] == first


def test_a_scope_is_a_whole_name_and_a_package_is_its_folder() -> None:
    text = "def dumps(obj):\n    return str(obj)\n"
    files = {"json/__init__.py": text, "fastjson.py": text, "my_json/other.py": text}

    hits = Searcher([memory_segment(files)]).search("json.dumps", limit=3)

    assert (hits[0].path, hits[2].path) == ("json/__init__.py", "fastjson.py")
    assert hits[0].score > hits[1].score + 0.4


def test_words_before_a_name_may_be_one_name_or_several() -> None:
    files = {
        "a.py": "class HttpServer:\n    def handle(self): pass\n",
        "b.py": "class Http:\n    class Server:\n        def handle(self): pass\n",
        "http_server.py": "def handle(): pass\n",
        "c.py": "class XHttpServer:\n    def handle(self): pass\n",
    }

    hits = Searcher([memory_segment(files)]).search("http server handle", limit=4)

    assert hits[-1].path == "c.py"
