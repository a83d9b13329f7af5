"""A question about a diagnostic is stored as text, and read back."""

from nanobot_engine.refactor.open_finding import (
    OpenFinding,
    Remark,
    shown_question,
)


def test_a_finding_is_read_back_and_its_first_line_is_for_people() -> None:
    remarks = (Remark("B904", "chain\n{it}"), Remark("", "other"))
    finding = OpenFinding("ruff", remarks, "00", is_header=True, rule="one\ntwo", root="/ws")

    text = finding.to_question()

    assert OpenFinding.from_question(text) == finding
    assert shown_question(text) == "B904: chain {it}; other"


def test_a_long_message_is_cut_for_people_only() -> None:
    finding = OpenFinding("ruff", (Remark("X1", "word " * 100),), "00")

    text = finding.to_question()

    assert len(shown_question(text)) < 170
    assert OpenFinding.from_question(text) == finding


def test_another_question_is_no_finding() -> None:
    for text in ("Is `x` a `Shape` here?", "two\nlines", ""):
        assert OpenFinding.from_question(text) is None
