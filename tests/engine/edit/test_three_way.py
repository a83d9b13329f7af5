"""Merging two versions over the one they came from."""

import time
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanobot_engine.edit.errors import MergeTooLargeError
from nanobot_engine.edit.three_way import LINES_MAX, RegionKind, merge_lines, merge_regions

Lines: TypeAlias = list[bytes]

# Few different lines, so that they repeat, and blank ones most of all.
TEXTS = st.lists(st.sampled_from([b"\n", b"\n", b"a\n", b"b\n", b"c\n", b"d\r\n", b"e"]))


def lines(text: str) -> Lines:
    return [char.encode() for char in text]


def check(base: str, mine: str, other: str) -> str | None:
    """Merge texts of one-character lines, in both orders."""
    merged = merge_lines(lines(base), lines(mine), lines(other))
    assert merged == merge_lines(lines(base), lines(other), lines(mine))
    return None if merged is None else b"".join(merged).decode()


@pytest.mark.parametrize(
    ("base", "mine", "other", "merged"),
    [
        ("abc", "abc", "abc", "abc"),
        ("abc", "aXbc", "abYc", "aXbYc"),
        ("abc", "Xabc", "abcY", "XabcY"),
        ("abc", "bc", "ab", "b"),
        ("abcd", "aXcd", "aXcY", "aXcY"),
        ("abc", "", "abc", ""),
        ("", "", "xyz", "xyz"),
        ("", "x", "x", "x"),
        # The same change, and one of mine elsewhere.
        ("abcde", "aXcdY", "aXcde", "aXcdY"),
    ],
)
def test_changes_in_different_places_are_merged(
    base: str, mine: str, other: str, merged: str
) -> None:
    assert check(base, mine, other) == merged


@pytest.mark.parametrize(
    ("base", "mine", "other"),
    [
        ("abc", "aXc", "aYc"),
        ("abc", "ac", "aYc"),
        ("abc", "aXbc", "aYbc"),
        ("", "x", "y"),
        # They touch: nothing stable says which comes first.
        ("abcd", "aXcd", "abYd"),
    ],
)
def test_changes_in_the_same_place_are_a_conflict(base: str, mine: str, other: str) -> None:
    assert check(base, mine, other) is None


def test_a_region_says_who_changed_it() -> None:
    regions = merge_regions(lines("abcdefg"), lines("aXcdZfR"), lines("abcYZfS"))

    assert [region.kind for region in regions] == [
        RegionKind.UNCHANGED,
        RegionKind.MINE,
        RegionKind.UNCHANGED,
        RegionKind.CONFLICT,
        RegionKind.UNCHANGED,
        RegionKind.CONFLICT,
    ]
    assert b"".join(regions[3].mine + regions[3].other) == b"dZYZ"


def test_an_equal_change_is_taken_once() -> None:
    (_, region, _) = merge_regions(lines("abc"), lines("aXYc"), lines("aXYc"))

    assert (region.kind, region.merged) == (RegionKind.BOTH, (b"X", b"Y"))


@given(base=TEXTS, version=TEXTS)
def test_one_changed_version_is_the_merge(base: Lines, version: Lines) -> None:
    assert merge_lines(base, base, version) == version
    assert merge_lines(base, version, base) == version
    assert merge_lines(base, version, version) == version


@given(base=TEXTS, mine=TEXTS, other=TEXTS)
def test_the_regions_are_the_three_versions(base: Lines, mine: Lines, other: Lines) -> None:
    regions = merge_regions(base, mine, other)

    assert [line for region in regions for line in region.base] == base
    assert [line for region in regions for line in region.mine] == mine
    assert [line for region in regions for line in region.other] == other
    assert all(region.base or region.mine or region.other for region in regions)
    for region in regions:
        wanted = {RegionKind.OTHER: region.mine, RegionKind.MINE: region.other}
        assert region.base == wanted.get(region.kind, region.base)


@given(base=TEXTS, mine=TEXTS, other=TEXTS)
def test_mine_and_other_can_be_exchanged(base: Lines, mine: Lines, other: Lines) -> None:
    swapped = [(r.kind, r.base, r.other, r.mine) for r in merge_regions(base, other, mine)]
    names = {RegionKind.MINE: RegionKind.OTHER, RegionKind.OTHER: RegionKind.MINE}

    assert swapped == [
        (names.get(r.kind, r.kind), r.base, r.mine, r.other)
        for r in merge_regions(base, mine, other)
    ]


@st.composite
def disjoint_changes(draw: st.DrawFn) -> tuple[Lines, Lines, Lines, Lines]:
    """Make changes that a stable line keeps apart, and what they come to together."""
    base, mine, other, both = Lines(), Lines(), Lines(), Lines()
    for number in range(draw(st.integers(1, 12))):
        stable = [b"stable %d\n" % number]
        old = [b"old %d %d\n" % (number, i) for i in range(draw(st.integers(0, 2)))]
        new = draw(st.lists(st.sampled_from([b"\n", b"new\n", b"more\n"]), max_size=3))
        owner = draw(st.sampled_from(["mine", "other", "nobody"]))
        base += stable + old
        mine += stable + (new if owner == "mine" else old)
        other += stable + (new if owner == "other" else old)
        both += stable + (old if owner == "nobody" else new)
    last = [b"end\n"]
    return base + last, mine + last, other + last, both + last


@given(versions=disjoint_changes())
def test_disjoint_changes_are_both_there(versions: tuple[Lines, Lines, Lines, Lines]) -> None:
    base, mine, other, both = versions

    assert merge_lines(base, mine, other) == both


def test_a_long_file_is_merged_in_no_time() -> None:
    base = [line for n in range(8_000) for line in (b"def f%d():\n" % n, b"    pass\n", b"\n")]
    mine = [line for line in base if line != b"    pass\n"]
    other = [*base, b"end\n"]
    started_s = time.process_time()

    assert merge_lines(base, mine, other) == [*mine, b"end\n"]
    assert time.process_time() - started_s < 5


def test_what_could_take_minutes_is_refused_at_once() -> None:
    base, mine = [b"a\n", b"x\n"] * 5_000, [b"a\n", b"y\n"] * 5_000
    started_s = time.process_time()

    with pytest.raises(MergeTooLargeError, match="10000 lines, repeating each other too often"):
        merge_lines(base, mine, base)
    assert time.process_time() - started_s < 5


def test_too_many_lines_are_refused() -> None:
    with pytest.raises(MergeTooLargeError, match="500001 lines, more than 500000, are too much"):
        merge_lines([b"\n"] * (LINES_MAX + 1), [], [])
