import pytest

from nanobot_engine.refactor.convert.replace import ReplacePattern
from nanobot_engine.refactor.errors import ArgumentError, RefactorError, UnsafeError
from support.refactored import check, planned


def test_a_call_pattern_by_what_the_names_mean() -> None:
    check(
        ReplacePattern(),
        {
            "m.py": """
                import os
                from os.path import join as glue

                def f(a, b):
                    x = os.path.join(a or b, "c")  # kept
                    y = glue(glue(a, b), "d").upper()
                    return os.path.join(
                        a,
                        b + 1,
                    ), os.getcwd()
            """,
            "n.py": "import os\nx = os.path.join('a', 'b')\n",
        },
        {
            "m.py": """
                import os

                def f(a, b):
                    x = (a or b) / "c"  # kept
                    y = (a / b / "d").upper()
                    return a / (b + 1), os.getcwd()
            """,
        },
        pattern="os.path.join($a, $b)",
        replacement="$a / $b",
        where="m.py",
    )


def test_a_statement_further_arguments_and_an_import() -> None:
    check(
        ReplacePattern(),
        {
            "pkg/__init__.py": "",
            "pkg/out.py": "def show(*a, **k): ...\n",
            "pkg/m.py": '''
                """Doc."""

                import print_old

                def f(x):
                    print_old.show("a")
                    print_old.show(x, *x, end="", **x)
            ''',
        },
        {
            "pkg/m.py": '''
                """Doc."""

                from pkg.out import show

                def f(x):
                    show("a")
                    show(x, *x, end="", **x)
            ''',
        },
        pattern="print_old.show($*rest)",
        replacement="show($*rest)",
        imports="from pkg.out import show",
    )


def test_a_call_becomes_a_statement_where_its_value_is_not_used() -> None:
    change = check(
        ReplacePattern(),
        {
            "m.py": """
                def test(self):
                    self.equal(1, 2 if self else 3)
                    self.equal(
                        [1] +
                        [2], 3, msg="no"
                    )
                    return self.equal(1, 2)
            """
        },
        {
            "m.py": """
                def test(self):
                    assert 1 == (2 if self else 3)
                    self.equal(
                        [1] +
                        [2], 3, msg="no"
                    )
                    return self.equal(1, 2)
            """
        },
        pattern="self.equal($a, $b)",
        replacement="assert $a == $b",
    )

    assert [(note.line, "is used" in note.text) for note in change.notes] == [(7, True)]


def test_a_literal_by_a_name_but_not_in_a_docstring_or_match() -> None:
    change = check(
        ReplacePattern(),
        {
            "m.py": '''
                """utf-8"""

                text = "utf-8"
                also = b"utf-8", "utf-8".upper(), f"{'utf-8'}"
                match text:
                    case "utf-8": pass
            '''
        },
        {
            "m.py": '''
                """utf-8"""

                from settings import ENCODING

                text = ENCODING
                also = b"utf-8", ENCODING.upper(), f"{'utf-8'}"
                match text:
                    case "utf-8": pass
            '''
        },
        pattern="'utf-8'",
        replacement="ENCODING",
        imports="from settings import ENCODING",
    )

    assert [note.line for note in change.notes] == [4, 6]


def test_the_same_hole_twice_is_the_same_expression() -> None:
    check(
        ReplacePattern(),
        {"m.py": "a = x.y if x.y else 0\nb = x.y if x.z else 0\n"},
        {"m.py": "a = x.y or 0\nb = x.y if x.z else 0\n"},
        pattern="$a if $a else $b",
        replacement="$a or $b",
    )


def test_what_would_do_something_else_is_left() -> None:
    files = {
        "m.py": """
            def len(x): ...
            len(1)
            pair(act())
            pair(  # why
                a
            )
            pair(a)
        """
    }

    change = check(
        ReplacePattern(),
        files,
        {"m.py": files["m.py"].replace("pair(a)", "(a, a)")},
        pattern="pair($a)",
        replacement="($a, $a)",
    )

    assert [(note.line, note.text.partition(": ")[2][:9]) for note in change.notes] == [
        (3, "$a does s"),
        (4, "a comment"),
    ]
    with pytest.raises(ArgumentError, match="does not stand"):
        planned(ReplacePattern(), files, pattern="len($a)", replacement="size($a)")


@pytest.mark.parametrize(
    ("pattern", "replacement", "error", "reason"),
    [
        ("f(", "g", ArgumentError, "no Python expression"),
        ("$a", "g", ArgumentError, "everything"),
        ("f($a)", "g($b)", ArgumentError, "no hole"),
        ("f($a)", "g(", ArgumentError, "no Python source"),
        ("f($a)", "g('$a')", UnsafeError, "something else"),
        ("h($a)", "g($a)", ArgumentError, "does not stand"),
    ],
)
def test_what_is_no_pattern_is_refused(
    pattern: str, replacement: str, error: type[RefactorError], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        planned(ReplacePattern(), {"m.py": "f(x)\n"}, pattern=pattern, replacement=replacement)
