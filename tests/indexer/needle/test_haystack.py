from pathlib import Path

import pytest

from nanobot_indexer.needle.errors import HaystackNotWrittenError
from nanobot_indexer.needle.haystack import Haystack, make_haystack
from nanobot_indexer.needle.needle import Form, Needle, NeedleKind
from nanobot_indexer.needle.proof import NeedleOptions, needles_of
from nanobot_indexer.needle.token_count import token_count

TOKENS = 250_000
NEEDLES = needles_of(NeedleOptions(TOKENS, 60, 4))


@pytest.fixture(scope="module")
def haystack(tmp_path_factory: pytest.TempPathFactory) -> Haystack:
    root = tmp_path_factory.mktemp("hay") / "haystack"
    return make_haystack(root, tokens=TOKENS, needles=NEEDLES, seed=4)


def texts(haystack: Haystack) -> dict[str, bytes]:
    return {
        path.relative_to(haystack.root).as_posix(): path.read_bytes()
        for path in sorted(haystack.root.rglob("*"))
        if path.is_file()
    }


def test_every_needle_is_where_it_is_said_to_be(haystack: Haystack) -> None:
    assert len(haystack.planted) == len(NEEDLES)
    for place in haystack.planted:
        lines = (haystack.root / place.path).read_text().split("\n")
        wanted = place.needle.text.split("\n")
        first = place.line - 1 - place.needle.answer_line
        found = lines[first : first + len(wanted)]
        if place.needle.form is Form.LOG:
            found = [found[0].partition("] ")[2]]
        assert found == wanted


def test_an_exact_needle_is_there_once(haystack: Haystack) -> None:
    everything = b"\n".join(texts(haystack).values())

    for place in haystack.planted:
        if place.needle.kind is NeedleKind.EXACT:
            assert everything.count(place.needle.question.encode()) == 1


def test_the_size_is_what_was_asked_for(haystack: Haystack) -> None:
    contents = texts(haystack)
    needle_tokens = sum(token_count(needle.text.encode()) for needle in NEEDLES)

    assert haystack.files == len(contents)
    assert haystack.size_bytes == sum(map(len, contents.values()))
    assert TOKENS <= haystack.tokens <= TOKENS * 1.5
    counted = sum(map(token_count, contents.values()))
    assert haystack.tokens <= counted <= haystack.tokens + 2 * needle_tokens


def test_needles_lie_at_all_depths(haystack: Haystack) -> None:
    depths = sorted(place.depth for place in haystack.planted)

    assert depths[0] < 0.15
    assert depths[-1] > 0.85
    for tenth in (0.25, 0.5, 0.75):
        assert any(abs(depth - tenth) < 0.15 for depth in depths)


def test_a_depth_is_the_share_of_bytes_before(haystack: Haystack) -> None:
    place = haystack.planted[0]
    before = b""
    for path, text in texts(haystack).items():
        if path == place.path:
            before += b"\n".join(text.split(b"\n")[: place.line - 1])
            break
        before += text

    assert place.depth == pytest.approx(len(before) / haystack.size_bytes)


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_small_haystack_has_room_for_all_its_needles(seed: int, tmp_path: Path) -> None:
    needles = needles_of(NeedleOptions(100_000, 33, seed))

    made = make_haystack(tmp_path / "hay", tokens=100_000, needles=needles, seed=seed)

    assert [place.needle for place in made.planted if not place.needle.is_decoy]
    assert sorted(map(repr, needles)) == sorted(repr(place.needle) for place in made.planted)
    assert 100_000 <= made.tokens <= 250_000


def test_two_needles_of_one_name_are_two_files(tmp_path: Path) -> None:
    needles = [
        Needle(NeedleKind.STRUCTURAL, Form.FILE, f"package p{n}", "q", file_name="same.go")
        for n in range(9)
    ]

    made = make_haystack(tmp_path / "hay", tokens=100_000, needles=needles, seed=1)

    contents = texts(made)
    assert made.files == len(contents)
    for place in made.planted:
        assert contents[place.path] == place.needle.text.encode() + b"\n"


def test_a_haystack_that_can_not_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "hay").write_text("a file where the folder should be")

    with pytest.raises(HaystackNotWrittenError) as caught:
        make_haystack(tmp_path / "hay", tokens=1000, needles=[], seed=1)

    assert str(caught.value).startswith(f"{tmp_path / 'hay'}")
    assert "make room" in str(caught.value)


def test_the_same_seed_gives_the_same_haystack(haystack: Haystack, tmp_path: Path) -> None:
    again = make_haystack(tmp_path / "again", tokens=TOKENS, needles=NEEDLES, seed=4)

    assert again.planted == haystack.planted
    assert texts(again) == texts(haystack)
