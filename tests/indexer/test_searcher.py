from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from nanobot_indexer import (
    GlobInvalidError,
    Hit,
    Index,
    IndexOptions,
    Language,
    QueryEmptyError,
    ingest,
    open_index,
)
from nanobot_indexer.search.occurrence import BLOCK_BYTES

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]

FILES = {
    "app/server.py": '''\
"""Serve requests."""

RETRY_LIMIT = 3


class HTTPServer:
    def handle_request(self, request):
        """Retry a request that timed out."""
        return request

    def close(self):
        pass


def parse_header(line):
    return line.split(":")


def parse_headers(lines):
    return [parse_header(line) for line in lines]
''',
    "app/mail.py": '''\
def send_mail(message):
    """Send a message over smtp with tls."""
    return connect(message)


def connect(target):
    raise NotImplementedError
''',
    "tests/test_server.py": "def parse_header():\n    pass\n",
    "web/app.js": "export function parseHeader(line) { return handleRequest(line); }\n",
    "notes.txt": "\n".join([*(f"line {n}" for n in range(20)), "the Needle in a haystack", "end"]),
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, options: IndexOptions) -> Iterator[Index]:
    root = tmp_path_factory.mktemp("searched")
    for path, text in FILES.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    ingest(root, options=options)
    with open_index(root) as opened:
        yield opened


def shown(hits: list[Hit]) -> list[str]:
    return [f"{hit.path}:{hit.start_line}-{hit.end_line} {hit.kind} {hit.name}" for hit in hits]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("parse_header", "app/server.py:15-16 function parse_header"),
        ("parseHeader", "web/app.js:1-1 function parseHeader"),
        ("HTTPServer", "app/server.py:6-12 class HTTPServer"),
        ("httpserver", "app/server.py:6-12 class HTTPServer"),
        ("HTTPServer.close", "app/server.py:11-12 method HTTPServer.close"),
        ("HTTPServer::handle_request", "app/server.py:7-9 method HTTPServer.handle_request"),
        ("handle_req", "app/server.py:7-9 method HTTPServer.handle_request"),
        ("request handle", "app/server.py:7-9 method HTTPServer.handle_request"),
        ("retry a request that timed out", "app/server.py:7-9 method HTTPServer.handle_request"),
        ("send a message over smtp", "app/mail.py:1-3 function send_mail"),
        ("how do i call parse_headers", "app/server.py:19-20 function parse_headers"),
        ("RETRY_LIMIT", "app/server.py:3-3 constant RETRY_LIMIT"),
        ('split(":")', "app/server.py:15-16 function parse_header"),
        ("needle in a hay", "notes.txt:18-22 text "),
        ("raise NotImplementedError", "app/mail.py:6-7 function connect"),
    ],
)
def test_the_best_hit(index: Index, query: str, best: str) -> None:
    assert shown(index.search(query, limit=5))[0] == best


def test_tests_come_after_the_code_they_test(index: Index) -> None:
    paths = [hit.path for hit in index.search("parse_header", limit=10)]

    assert paths.index("app/server.py") < paths.index("tests/test_server.py")


def test_a_query_about_tests_is_not_held_against_them(index: Index) -> None:
    factor_free = index.search("test parse_header", limit=10, path_glob="tests/")
    penalised = index.search("parse_header", limit=10, path_glob="tests/")

    assert factor_free[0].score > penalised[0].score


def test_capitals_make_the_literal_sensitive_to_case(index: Index) -> None:
    (exact,) = index.search("the Needle", limit=1)
    (folded,) = index.search("the needle", limit=1)
    (wrong,) = index.search("the NEEDLE", limit=1)

    assert exact.score == folded.score > wrong.score


def test_filters_keep_what_they_name(index: Index) -> None:
    assert {hit.path for hit in index.search("parse", limit=9, language=Language.JAVASCRIPT)} == {
        "web/app.js"
    }
    assert {hit.path for hit in index.search("parse", limit=9, path_glob="*.js")} == {"web/app.js"}
    assert {hit.path for hit in index.search("parse", limit=9, path_glob="/app/")} == {
        "app/server.py"
    }
    assert index.search("parse", limit=9, language=Language.RUST) == []


def test_the_limit_is_kept_and_hits_are_best_first(index: Index) -> None:
    hits = index.search("line", limit=3)

    assert len(hits) == 3
    assert hits == sorted(hits, key=lambda hit: -hit.score)
    assert index.search("line", limit=0) == []


def test_windows_of_text_do_not_overlap(index: Index) -> None:
    windows = [hit for hit in index.search("line", limit=50) if hit.path == "notes.txt"]

    for one in windows:
        for other in windows:
            assert (
                one is other or one.end_line < other.start_line or other.end_line < one.start_line
            )


@pytest.mark.parametrize("query", ["zzqqxx", "\ud800", "☃", "\0"])
def test_what_is_not_there_is_not_found(index: Index, query: str) -> None:
    assert index.search(query, limit=5) == []


def test_bad_queries_are_refused(index: Index) -> None:
    with pytest.raises(QueryEmptyError):
        index.search("  ", limit=5)
    for glob in ("", "!", "# x", "[z-a]"):
        with pytest.raises(GlobInvalidError):
            index.search("x", limit=5, path_glob=glob)


def test_a_literal_across_blocks_is_found(write_files: FilesWriter, options: IndexOptions) -> None:
    filler = "# filler\n" * 100_000
    content = {f"f{n}.txt": filler for n in range(4)}
    # Files lie one behind the other, so this one holds the border of two blocks.
    offset = BLOCK_BYTES % len(filler)
    number = BLOCK_BYTES // len(filler)
    at = offset - 5
    content[f"f{number}.txt"] = f"{filler[: at - 1]}\nneedle_haystack{filler[at + 15 :]}"
    root = write_files(content)
    ingest(root, options=options)

    with open_index(root) as index:
        (hit,) = index.search("needle_haystack", limit=5)

    assert hit.path == f"f{number}.txt"


def test_an_empty_index_has_no_hits(write_files: FilesWriter, options: IndexOptions) -> None:
    root = write_files({})
    ingest(root, options=options)

    with open_index(root) as index:
        assert index.search("x", limit=5) == []
        assert len(index.files) == 0
