import random

import pytest

from nanobot_indexer.errors import FileNotIndexedError, HandleInvalidError, HandleLostError
from nanobot_indexer.search.cut_reason import CutReason
from nanobot_indexer.search.handle import open_handle
from nanobot_indexer.search.live_files import LiveFiles
from nanobot_indexer.search.similar import TOKENS_MIN, SimilarIndex
from support.plain_segment import live_files

SOURCE = random.Random(7)
WORDS = sorted({"".join(SOURCE.choices("abcdefghijklmnop", k=6)) for _ in range(6000)})


def unrelated(seed: int) -> str:
    """Return 60 lines of three words each that no other seed has."""
    words = WORDS[seed * 180 : (seed + 1) * 180]
    assert len(words) == 180
    lines = zip(words[::3], words[1::3], words[2::3], strict=True)
    return "".join(f"{one} = {two}({three})\n" for one, two, three in lines)


def edited(text: str, changes: int) -> str:
    lines = text.splitlines(keepends=True)
    for line in range(changes):
        lines[line * 5] = f"changed_{line} = other(new_{line})\n"
    return "".join(lines)


ORIGINAL = unrelated(0)
CONTENTS = (
    {"a.txt": ORIGINAL, "b.txt": unrelated(1), "c.txt": unrelated(2)},
    {"copy.txt": ORIGINAL, "edited.txt": edited(ORIGINAL, 3), "more.txt": edited(ORIGINAL, 9)},
    {f"other/{seed}.txt": unrelated(seed) for seed in range(3, 20)},
)
FILES = live_files(*CONTENTS)


def test_copies_come_first_and_edited_copies_after_them() -> None:
    result = SimilarIndex(FILES).similar(("a.txt", 1), limit=10)

    assert [chunk.path for chunk in result.chunks] == ["copy.txt", "edited.txt", "more.txt"]
    similarities = [chunk.similarity for chunk in result.chunks]
    assert similarities[0] == 100
    assert 80 <= similarities[1] < 100
    assert 60 <= similarities[2] < similarities[1]
    assert result.chunks[0].distance == 0
    assert result.is_complete


def test_similarity_is_what_counting_words_says() -> None:
    files = live_files({"a.txt": ORIGINAL, "b.txt": edited(ORIGINAL, 4)})
    (chunk,) = SimilarIndex(files).similar(("a.txt", 1), limit=9).chunks

    # 4 of 60 lines of 3 words changed: 168 words are in both, 192 in one of them or both.
    assert chunk.similarity == 100 * (180 - 12) // (180 + 12)


def test_any_handle_of_a_chunk_leads_to_it() -> None:
    index = SimilarIndex(FILES)
    by_line = index.similar(("a.txt", 7), limit=9)

    assert index.similar(by_line.target, limit=9) == by_line
    assert index.similar("a.txt:3-5", limit=9) == by_line
    opened = open_handle(FILES, by_line.chunks[0].handle, chars_max=100_000)
    assert opened.text == open_handle(FILES, by_line.target, chars_max=100_000).text


def test_the_spread_over_segments_does_not_matter() -> None:
    together = live_files({path: text for one in CONTENTS for path, text in one.items()})

    for target in (("a.txt", 1), ("more.txt", 1), ("other/5.txt", 1)):
        found = SimilarIndex(FILES).similar(target, limit=2)
        assert found == SimilarIndex(together).similar(target, limit=2)
    assert SimilarIndex(FILES).near_duplicates(limit=9) == SimilarIndex(together).near_duplicates(
        limit=9
    )


def test_the_limit_cuts_and_says_so() -> None:
    result = SimilarIndex(FILES).similar(("a.txt", 1), limit=1)

    assert [chunk.path for chunk in result.chunks] == ["copy.txt"]
    assert (result.is_complete, result.reason) == (False, CutReason.LIMIT)


def test_short_chunks_have_to_be_nearly_equal() -> None:
    short = {f"{number}.py": f"from a import b{number}\nx = 1\n" for number in range(30)}
    files = live_files({**short, "same.py": short["3.py"], "long.py": ORIGINAL})

    result = SimilarIndex(files).similar(("3.py", 1), limit=50, distance_max=64)

    assert [chunk.path for chunk in result.chunks if chunk.similarity == 100] == ["same.py"]
    assert all(chunk.similarity >= 80 for chunk in result.chunks)
    assert SimilarIndex(files).near_duplicates(limit=9).groups == ()


def test_unrelated_text_is_not_similar_however_near_its_signature() -> None:
    assert SimilarIndex(FILES).similar(("b.txt", 1), limit=9, distance_max=64).chunks == ()


def test_dead_chunks_are_not_similar() -> None:
    files = live_files({"a.txt": ORIGINAL, "b.txt": ORIGINAL}, {"b.txt": unrelated(3)})

    assert SimilarIndex(files).similar(("a.txt", 1), limit=9).chunks == ()


def test_duplicates_are_grouped_with_what_could_go() -> None:
    files = live_files(*CONTENTS, {"z/one.txt": unrelated(25), "z/two.txt": unrelated(25)})
    result = SimilarIndex(files).near_duplicates(limit=9, distance_max=8)
    paths = [[chunk.path for chunk in group.chunks] for group in result.groups]

    assert paths[0][:2] == ["a.txt", "copy.txt"]
    assert ["z/one.txt", "z/two.txt"] in paths
    assert result.groups[0].lines >= 60
    assert all(group.similarity >= 70 for group in result.groups)
    assert result.is_complete


def test_one_signature_may_be_of_several_groups() -> None:
    # `value` decides every bit, so all chunks have the same signature.
    texts = {
        f"{copy}{seed}.txt": unrelated(seed).replace("(", "(value, value, value, value, ")
        for seed in range(5)
        for copy in "ab"
    }
    index = SimilarIndex(live_files(texts, {"short.txt": "value\n" * 50}))

    groups = index.near_duplicates(limit=9).groups
    assert [[chunk.path for chunk in group.chunks] for group in groups] == [
        [f"a{seed}.txt", f"b{seed}.txt"] for seed in range(5)
    ]
    assert index.similar(("a3.txt", 1), limit=9).chunks[0].path == "b3.txt"


def test_groups_are_bounded() -> None:
    files = live_files(*CONTENTS, {"z/one.txt": unrelated(25), "z/two.txt": unrelated(25)})
    index = SimilarIndex(files)

    assert index.near_duplicates(limit=1).reason is CutReason.LIMIT
    assert len(index.near_duplicates(limit=1).groups) == 1
    assert index.near_duplicates(limit=9, timeout_s=0.0).reason is CutReason.TIME
    assert index.near_duplicates(limit=9, cancelled=lambda: True).reason is CutReason.CANCELLED


def test_what_is_not_there_is_refused() -> None:
    index = SimilarIndex(live_files({"a.txt": "one\n", "empty.txt": ""}))

    with pytest.raises(HandleInvalidError):
        index.similar("nonsense", limit=1)
    with pytest.raises(FileNotIndexedError):
        index.similar(("b.txt", 1), limit=1)
    for target in (("a.txt", 2), ("a.txt", 0), ("empty.txt", 1)):
        with pytest.raises(HandleLostError):
            index.similar(target, limit=1)


def test_there_may_be_no_files() -> None:
    assert SimilarIndex(LiveFiles([])).near_duplicates(limit=9).groups == ()
    assert TOKENS_MIN > 0
