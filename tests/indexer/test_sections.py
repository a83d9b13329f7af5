import pytest

from nanobot_indexer.syntax.language import Language
from support.parsed_text import parsed_text


def headings(text: str) -> list[str]:
    found = parsed_text(text.encode(), Language.MARKDOWN).definitions(text.encode())
    return [one.qualified_name for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A\n### C\n## B\n# D\n", ["A", "A.C", "A.B", "D"]),
        ("#No\n####### No\n    # No\n # Yes #\n", ["Yes"]),
        ("# A #b\n# C#\n", ["A #b", "C#"]),
        ("~~~\n# no\n```\n# no\n~~~\n# A\n", ["A"]),
        ("````\n```\n# no\n````\n# A\n", ["A"]),
        ("```\n# never closed\n", []),
        ("`not ``` a fence`\n# A\n", ["A"]),
        ("<!--\n# no\n-->\n# A\n", ["A"]),
        ("---\ntitle: x\n---\n# A\n", ["A"]),
        ("A\n===\nB\n---\n", ["A", "A.B"]),
        ("text\n\n---\n\n- item\n---\n", []),
        ("# A\n---\n", ["A"]),
        ("#\n# \n", []),
        ("# A\r\ntext\r\nB\r\n-\r\n", ["A", "A.B"]),
        ("\ufeff# A\n", ["A"]),
        ("<!-- a\nb -->\n---\n", []),
        ("```\n```\n---\n", []),
        ("", []),
    ],
)
def test_headings(text: str, expected: list[str]) -> None:
    assert headings(text) == expected


def test_a_heading_that_is_not_utf_8_is_left_out() -> None:
    table = parsed_text(b"# caf\xe9\n# B\n", Language.MARKDOWN)

    assert [one.name for one in table.definitions(b"# caf\xe9\n# B\n")] == ["B"]


def test_a_line_of_spaces_takes_no_time() -> None:
    assert headings("# " + " " * 200_000 + "x\n") == ["x"]
    assert headings("#" + " #" * 200_000 + "\n") == []
