from pathlib import Path
from typing import Any

from nanobot_indexer.needle import NeedleOptions
from nanobot_indexer.needle.haystack import make_haystack
from nanobot_indexer.needle.needle import NeedleKind
from nanobot_indexer.needle.proof import needles_of
from nanobot_server.cli.needle_ask import NeedleQuestion, needle_questions, summary, verdict

OPTIONS = NeedleOptions(tokens=120_000, needles=24, seed=3)


def questions(folder: Path, count: int = 12) -> list[NeedleQuestion]:
    haystack = make_haystack(folder, tokens=120_000, needles=needles_of(OPTIONS), seed=3)
    return needle_questions(haystack.planted, OPTIONS, count)


def document(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {"is_found": False, "answer": "", "evidence": [], "votes": 2}
    document |= {"reason": "no_answer", "flags": 0, "seconds": 1.5, "first_token_seconds": None}
    return document | changes


def test_half_of_the_questions_have_an_answer_in_the_haystack(tmp_path: Path) -> None:
    asked = questions(tmp_path)
    present = [one for one in asked if one.planted]
    absent = [one for one in asked if not one.planted]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    text = "".join(path.read_text("utf-8", "replace") for path in files)

    assert len(present) == len(absent) == 12
    assert {one.kind for one in present} == {NeedleKind.EXACT, NeedleKind.STRUCTURAL}
    for one in present:
        assert one.planted is not None
        assert one.expected in one.planted.needle.text
        assert one.expected in text
    exact = [one for one in absent if one.kind is NeedleKind.EXACT]
    literals = [word for one in exact for word in one.text.split() if any(map(str.isdigit, word))]
    assert literals
    assert not [word for word in literals if word.strip("?") in text]


def test_an_answer_is_right_with_the_right_words_from_the_right_place(tmp_path: Path) -> None:
    asked = questions(tmp_path)
    present = next(one for one in asked if one.planted)
    absent = next(one for one in asked if not one.planted)
    assert present.planted is not None
    place = {"path": present.planted.path, "start_line": present.planted.line}
    elsewhere = {**place, "start_line": present.planted.line + 100}

    right = document(is_found=True, answer=f"it is {present.expected}", evidence=[place])
    assert verdict(present, right) == "right"
    assert verdict(present, right | {"evidence": [elsewhere]}) == "wrong"
    assert verdict(present, right | {"answer": "zzz"}) == "wrong"
    assert verdict(present, document()) == "not_found"
    assert verdict(absent, right) == "wrong"
    assert verdict(absent, document()) == "right"


def test_precision_counts_only_what_was_answered(tmp_path: Path) -> None:
    asked = questions(tmp_path, 4)
    present = [one for one in asked if one.planted]
    absent = [one for one in asked if not one.planted]
    assert present[0].planted is not None
    place = {"path": present[0].planted.path, "start_line": present[0].planted.line}
    right = document(is_found=True, answer=present[0].expected, evidence=[place])

    summed = summary(
        [
            (present[0], right),
            *((one, document()) for one in present[1:]),
            (absent[0], right),
            *((one, document()) for one in absent[1:]),
        ]
    )

    assert summed["precision"] == 0.5
    groups = summed["groups"]
    assert sum(group["asked"] for group in groups.values()) == 8
    assert sum(group["wrong"] for group in groups.values()) == 1
    assert sum(group["not_found"] for group in groups.values()) == 3
