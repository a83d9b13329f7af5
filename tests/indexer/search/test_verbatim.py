from collections.abc import Mapping

import pytest

from nanobot_indexer.search.rerank import POOL_SIZE
from nanobot_indexer.search.text_search import Searcher
from nanobot_indexer.search.verbatim import PIECES_MAX, verbatim_pieces
from support.memory_segment import memory_segment

TABLE = "".join(f"{n},{n * 7 % 97},{n * 13 % 89},{n * 31 % 83}\n" for n in range(200))
FILES = {
    "docs/hosts.md": "The old host is 10.33.73.85 and the new one 10.33.73.86.\n",
    "docs/other.md": "10 hosts, 33 racks, 73 rows and 85 disks.\n",
    "docs/more.md": "85 of 73 of 33 of 10\n" * 30,
    "data/table.csv": TABLE + "4711,0815\n",
    "tests/test_host.py": "HOST = '10.33.73.86'\n",
    "app/run.py": "def run(a):\n    return a.b->c if a else x==y\n",
    "app/version.py": "VERSION = '1.2.3'\n",
}


@pytest.fixture(scope="module")
def searcher() -> Searcher:
    half = len(FILES) // 2
    parts = [dict(list(FILES.items())[:half]), dict(list(FILES.items())[half:])]
    return Searcher([memory_segment(part) for part in parts])


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("10.33.73.85", ("10.33.73.85",)),
        ("what listens on 10.0.0.7:8080?", ("10.0.0.7:8080",)),
        ("fails with E-4711 (see 'x==y').", ("E-4711", "x==y")),
        ("load_cfg", ()),
        ("parse the headers of a message", ()),
        ("a sentence. Another one", ()),
        ("1 2 3", ()),
        ("x" * 300 + ".y", ()),
        ("a.b c.d e.f g.h", ("a.b", "c.d", "e.f")),
    ],
)
def test_pieces_are_what_is_glued_by_signs(text: str, pieces: tuple[str, ...]) -> None:
    assert verbatim_pieces(text) == pieces
    assert len(pieces) <= PIECES_MAX


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("10.33.73.85", "docs/hosts.md"),
        ("10.33.73.86", "docs/hosts.md"),
        ("which host is 10.33.73.85", "docs/hosts.md"),
        ("b->c", "app/run.py"),
        ("x==y", "app/run.py"),
        ("1.2.3", "app/version.py"),
        ("4711,0815", "data/table.csv"),
    ],
)
def test_what_is_said_letter_for_letter_is_found(searcher: Searcher, query: str, path: str) -> None:
    assert searcher.search(query, limit=3)[0].path == path


def test_a_literal_match_in_a_test_is_still_listed_before_the_rest(searcher: Searcher) -> None:
    paths = [hit.path for hit in searcher.search("10.33.73.86", limit=5)]

    assert set(paths[:2]) == {"docs/hosts.md", "tests/test_host.py"}


def test_a_whole_message_comes_first_though_its_words_are_common() -> None:
    files = {
        f"m{n}.py": f"raise RuntimeError('refusing to bind template {n} twice')\n" * 3
        for n in range(60)
    }
    files["_vendor/a.py"] = "x = 1\nraise RuntimeError('refusing to bind template 99 twice')\n"
    found = Searcher([memory_segment(files)])

    hits = found.search("refusing to bind template 99 twice", limit=3)

    assert hits[0].path == "_vendor/a.py"


def test_a_piece_that_is_nowhere_finds_what_has_its_words(searcher: Searcher) -> None:
    assert searcher.search("10.33.73.99", limit=3)


def spreads(files: Mapping[str, str]) -> list[Searcher]:
    """Return the same files in one segment, in two, and in two the other way round."""
    paths = sorted(files)
    half = len(paths) // 2
    halves = [{path: files[path] for path in part} for part in (paths[:half], paths[half:])]
    one, two = (memory_segment(part) for part in halves)
    # An older version of everything, all of it dead.
    dead = memory_segment(files, dead=paths)
    return [
        Searcher(segments) for segments in ([memory_segment(files)], [one, two], [two, dead, one])
    ]


def test_a_message_among_very_many_that_have_its_words_is_found_however_files_are_spread() -> None:
    words = {f"f{n:03}.txt": f"remote socket thing {n}\nopen it, cannot do\n" for n in range(700)}
    files = words | {f"m{n}.txt": "cannot open remote socket\n" for n in (1, 2)}

    first, *others = (one.search("cannot open remote socket", limit=5) for one in spreads(files))

    assert [hit.path for hit in first[:2]] == ["m1.txt", "m2.txt"]
    assert others == [first, first]


def test_a_number_of_very_many_tables_is_found_however_files_are_spread() -> None:
    files = {f"t{n:03}.csv": f"4799.9911.8815,{n}\n" + TABLE for n in range(230)}

    first, *others = (one.search("4799.9911.8815,", limit=500) for one in spreads(files))

    assert [hit.path for hit in first] == sorted(files)[:POOL_SIZE]
    assert others == [first, first]
