"""Search by meaning: what it adds, and that it never makes an answer fail."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from indexer.semantic.vectors import MODEL
from nanobot_indexer import (
    DefinitionKind,
    GlobInvalidError,
    Index,
    IndexOptions,
    Language,
    QueryEmptyError,
    SearchFilter,
    ingest,
    open_index,
)
from nanobot_indexer.semantic.chunk_list import ChunkList
from nanobot_indexer.semantic.embedder import Embedder
from nanobot_indexer.semantic.semantic_search import Ranking, SemanticResult, SemanticSearch
from nanobot_indexer.semantic.vector_build import build_vectors
from nanobot_indexer.semantic.vector_store import VectorStore, vectors_path

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]

pytestmark = pytest.mark.model

FILES = {
    "shop/cart.py": (
        "def total_price(items):\n"
        "    # The sum of all goods and their tax.\n"
        "    return sum(item.price * (1 + item.tax) for item in items)\n"
    ),
    "shop/mail.py": (
        "def deliver_letter(address, body):\n"
        "    connection = smtp(address)\n"
        "    connection.send(body)\n"
    ),
    "shop/picture.py": (
        "def shrink(image, width):\n"
        "    ratio = width / image.width\n"
        "    return image.resize(width, ratio * image.height)\n"
    ),
    "docs/people.md": "The mascot is a purple heron. It may not be tilted in print.\n",
    "tests/test_mail.py": "def test_deliver():\n    assert deliver_letter('a', 'b') is None\n",
}
TIMEOUT_S = 60.0


@pytest.fixture(scope="module")
def embedder(open_model: Callable[[], int]) -> Iterator[Embedder]:
    one = Embedder(open_model, niceness=0)
    yield one
    one.close()


@pytest.fixture
def index(write_files: FilesWriter, options: IndexOptions) -> Iterator[Index]:
    root = write_files(FILES)
    ingest(root, options=options)
    with open_index(root) as opened:
        yield opened


@pytest.fixture
def store(index: Index, tmp_path: Path) -> VectorStore:
    return VectorStore(tmp_path / "workspace", MODEL)


def ask(
    store: VectorStore,
    embedder: Embedder,
    index: Index,
    query: str,
    *,
    filters: SearchFilter | None = None,
    timeout_s: float = TIMEOUT_S,
) -> SemanticResult:
    search = SemanticSearch(store, embedder)
    return search.search(
        index, query, limit=5, timeout_s=timeout_s, filters=filters or SearchFilter()
    )


def paths(result: SemanticResult) -> list[str]:
    return [hit.path for hit in result.hits]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("how much does the customer pay", "shop/cart.py"),
        ("email a message to somebody", "shop/mail.py"),
        ("make a photo smaller", "shop/picture.py"),
        ("brand guidelines about the bird logo", "docs/people.md"),
    ],
)
def test_a_question_without_a_common_word_is_answered(
    index: Index, store: VectorStore, embedder: Embedder, query: str, path: str
) -> None:
    build_vectors(index, store, embedder)

    result = ask(store, embedder, index, query)

    assert result.ranking is Ranking.FUSED
    assert result.coverage.embedded_chunks == result.coverage.chunks == 5
    assert path in paths(result)[:2]
    assert len(result.hits) == len(set(paths(result)))


def test_a_hit_by_meaning_can_be_opened(
    index: Index, store: VectorStore, embedder: Embedder
) -> None:
    build_vectors(index, store, embedder)

    (hit, *_) = ask(store, embedder, index, "make a photo smaller").hits

    assert (hit.path, hit.start_line, hit.end_line) == ("shop/picture.py", 1, 3)
    assert (hit.kind, hit.name) == ("function", "shrink")
    number = ChunkList(index).chunk_of(hit.handle)
    assert number is not None
    assert ChunkList(index).path_of(number) == b"shop/picture.py"


def test_what_words_find_is_embedded_while_one_waits_and_kept(
    index: Index, store: VectorStore, embedder: Embedder
) -> None:
    first = ask(store, embedder, index, "send the body to an address")

    assert first.ranking is Ranking.RERANKED
    assert 0 < first.coverage.embedded_chunks < 5
    assert paths(first)[0] == "shop/mail.py"
    assert store.table().chunk_count == first.coverage.embedded_chunks


def test_without_time_the_answer_is_the_one_by_words(
    index: Index, store: VectorStore, embedder: Embedder
) -> None:
    build_vectors(index, store, embedder)

    result = ask(store, embedder, index, "send the body to an address", timeout_s=0.0)

    assert result.ranking is Ranking.WORDS
    assert "no " in result.reason
    by_words = index.search("send the body to an address", limit=5)
    assert list(result.hits) == by_words


def test_a_dead_worker_costs_one_answer_by_words(
    index: Index, store: VectorStore, open_model: Callable[[], int]
) -> None:
    mortal = Embedder(open_model, niceness=0)
    build_vectors(index, store, mortal)
    assert mortal.pid is not None
    os.kill(mortal.pid, signal.SIGKILL)

    first = ask(store, mortal, index, "how much does the customer pay")
    second = ask(store, mortal, index, "how much does the customer pay")
    mortal.close()

    assert (first.ranking, "SIGKILL" in first.reason) == (Ranking.WORDS, True)
    assert second.ranking is Ranking.FUSED


def test_a_model_that_is_missing_costs_no_answer(index: Index, store: VectorStore) -> None:
    def no_model() -> int:
        raise FileNotFoundError(2, "no such file")

    without = Embedder(no_model, niceness=0)
    result = ask(store, without, index, "send the body to an address")
    without.close()

    assert result.ranking is Ranking.WORDS
    assert paths(result)[0] == "shop/mail.py"


def test_a_name_is_found_by_words(index: Index, store: VectorStore, embedder: Embedder) -> None:
    build_vectors(index, store, embedder)

    result = ask(store, embedder, index, "deliver_letter")

    assert (result.ranking, result.reason) == (Ranking.WORDS, "the question is a name")
    assert paths(result)[0] == "shop/mail.py"


def test_a_message_that_stands_somewhere_comes_first(
    write_files: FilesWriter, options: IndexOptions, embedder: Embedder, tmp_path: Path
) -> None:
    # Each says nearly the same; the line that is meant lies in a passage about other things.
    like_it = {
        f"a{n}.md": f"Binding a template twice is refused when it is not known, case {n}.\n"
        for n in range(8)
    }
    message = "refusing to bind unknown template 5195 twice"
    weather = "the weather in the mountains was fine and the band played music\n"
    log = weather * 4 + f"{message}\n" + weather * 4
    root = write_files(like_it | {"z.log": log})
    ingest(root, options=options)
    store = VectorStore(tmp_path / "workspace", MODEL)

    with open_index(root) as index:
        build_vectors(index, store, embedder)
        found = ask(store, embedder, index, message)

    assert found.ranking is Ranking.FUSED
    assert paths(found)[0] == "z.log"


def test_filters_hold_for_what_meaning_finds(
    index: Index, store: VectorStore, embedder: Embedder
) -> None:
    build_vectors(index, store, embedder)
    query = "how much does the customer pay"

    by_path = ask(store, embedder, index, query, filters=SearchFilter(path_glob="docs/"))
    by_language = ask(
        store, embedder, index, query, filters=SearchFilter(languages=[Language.MARKDOWN])
    )
    by_kind = ask(
        store, embedder, index, query, filters=SearchFilter(kinds=[DefinitionKind.FUNCTION])
    )

    assert set(paths(by_path)) == set(paths(by_language)) == {"docs/people.md"}
    assert paths(by_kind)[0] == "shop/cart.py"
    assert {hit.kind for hit in by_kind.hits} == {"function"}
    with pytest.raises(GlobInvalidError):
        ask(store, embedder, index, query, filters=SearchFilter(path_glob=""))


def test_tests_are_found_when_they_are_meant(
    index: Index, store: VectorStore, embedder: Embedder
) -> None:
    build_vectors(index, store, embedder)

    about_code = ask(store, embedder, index, "transmit a note to someone")
    about_tests = ask(store, embedder, index, "the test that a note is transmitted")

    assert "shop/mail.py" in paths(about_code)
    assert "tests/test_mail.py" not in paths(about_code)
    assert "tests/test_mail.py" in paths(about_tests)


def test_nothing_to_look_for_is_refused(
    index: Index, store: VectorStore, embedder: Embedder
) -> None:
    with pytest.raises(QueryEmptyError):
        ask(store, embedder, index, "  ")


def test_damaged_vectors_are_no_answer_and_no_error(
    index: Index, store: VectorStore, embedder: Embedder, tmp_path: Path
) -> None:
    build_vectors(index, store, embedder)
    path = vectors_path(tmp_path / "workspace")
    content = bytearray(path.read_bytes())
    for place in range(0, len(content), 50):
        content[place] ^= 0xFF
    path.write_bytes(content)

    result = ask(store, embedder, index, "send the body to an address")

    assert paths(result)[0] == "shop/mail.py"
    assert build_vectors(index, store, embedder).is_complete
    assert ask(store, embedder, index, "make a photo smaller").ranking is Ranking.FUSED


def test_an_answer_is_the_same_again(index: Index, store: VectorStore, embedder: Embedder) -> None:
    build_vectors(index, store, embedder)
    answers = [ask(store, embedder, index, "how much does one pay") for _ in range(2)]

    assert answers[0] == answers[1]
