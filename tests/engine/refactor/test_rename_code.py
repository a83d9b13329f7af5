import pytest

from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.rename import Rename
from support.refactored import check, planned


def test_a_name_that_is_taken_is_refused() -> None:
    files = {
        "a.js": """
            import x from 'x';
            export function one() { return two() + x; }
            function two() { return parseInt('1'); }
            class A { m() {} n() { this.m(); } }
        """
    }
    for symbol, new in (("one", "two"), ("one", "x"), ("two", "parseInt"), ("A.m", "n")):
        with pytest.raises(UnsafeError):
            planned(Rename(), files, symbol=f"a.js::{symbol}", new_name=new)


def test_what_is_no_name_or_not_there_is_refused() -> None:
    files = {"a.js": "function one() {}\nif (x) { let b = 1; }\nif (y) { let b = 2; }\n"}
    for symbol, new, reason in (
        ("one", "class", "no name that JavaScript takes"),
        ("one", "a-b", "no name that JavaScript takes"),
        ("none", "other", "there is no such name"),
        ("one", "one", "its name already"),
        ("b", "c", "declared more than once, in lines 2, 3"),
    ):
        with pytest.raises(ArgumentError, match=reason):
            planned(Rename(), files, symbol=f"a.js::{symbol}", new_name=new)


def test_comments_strings_and_documents_follow_where_asked() -> None:
    change = check(
        Rename(),
        {
            "a.js": "// loadAll(x) loads\nexport function loadAll() { return 'loadAll'; }\n",
            "README.md": "Call `loadAll()`.\n",
        },
        {
            "a.js": "// readAll(x) loads\nexport function readAll() { return 'loadAll'; }\n",
            "README.md": "Call `readAll()`.\n",
        },
        symbol="a.js::loadAll",
        new_name="readAll",
        also="comments,documents",
    )
    assert not change.doubts
