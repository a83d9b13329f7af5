import asyncio

import pytest

from nanobot_engine.intent.planner import Planner
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.rename.rename import Rename
from support.refactored import check, encoded, planned


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


def test_a_sentence_finds_names_of_other_languages() -> None:
    files = {
        "lib/help.js": """
            class Help { boxWrap(text) { return strip(text); } }
            function strip(text) { const limit = 1; return { strip: text }; }
        """,
        "box.c": "static int trim_all(void) { return 1; }\n",
    }
    planner = Planner(Codebase(encoded(files)), [Rename()])
    for sentence, symbol in (
        ("Rename the method `boxWrap` in `lib/help.js` to `wrapBox`", "lib/help.js::Help.boxWrap"),
        ("rename strip to clean everywhere", "lib/help.js::strip"),
        ("call trim_all strip_all", "box.c::trim_all"),
        ("rename the local variable limit in strip to most", "lib/help.js::strip.limit"),
    ):
        (part,) = asyncio.run(planner.plan(sentence)).parts
        values = {argument.name: argument.value for argument in part.arguments}
        assert (part.refactoring, values["symbol"]) == ("rename", symbol)
