import pytest

from nanobot_indexer.errors import QueryEmptyError
from nanobot_indexer.search.cut_reason import CutReason
from nanobot_indexer.search.references import ReferenceResult, Role, references
from nanobot_indexer.search.text_match import CONTEXT_LINES_MAX
from nanobot_indexer.syntax.language import Language
from support.plain_segment import live_files

CONTENTS = (
    {
        "app/net.py": 'import os\n\n\ndef connect(host):\n    """Let connect do it."""\n'
        "    return host  # connect later\n",
        "app/use.py": "from app.net import connect\n\nprint(connect('connect'), f'{connect}')\n"
        "reconnect = connect_all = 1\n",
    },
    {
        "web/a.js": "function connect(x) { return net.connect(x); } // connect\n",
        "notes.md": "Call `connect`.\n",
    },
)
FILES = live_files(*CONTENTS)


def shown(result: ReferenceResult) -> list[str]:
    return [
        f"{one.match.path}:{one.match.line}:{one.match.column} {one.role.value}"
        for one in result.references
    ]


def test_every_occurrence_is_there_with_its_role() -> None:
    result = references(FILES, "connect", limit=100)

    assert shown(result) == [
        "app/net.py:4:5 definition",
        "app/net.py:5:12 string",
        "app/net.py:6:20 comment",
        "app/use.py:1:21 import",
        "app/use.py:3:7 code",
        "app/use.py:3:16 string",
        "app/use.py:3:30 code",
        "notes.md:1:7 text",
        "web/a.js:1:10 definition",
        "web/a.js:1:34 code",
        "web/a.js:1:51 comment",
    ]
    assert result.is_complete
    assert (result.files_searched, result.files_total) == (4, 4)


def test_roles_are_told_before_syntax_is_known() -> None:
    files = live_files(*CONTENTS, has_syntax=False)

    assert shown(references(files, "connect", limit=100)) == shown(
        references(FILES, "connect", limit=100)
    )


@pytest.mark.parametrize("name", ["Net.connect", "net::connect", " connect() ", "a->connect"])
def test_of_a_qualified_name_the_last_part_is_looked_for(name: str) -> None:
    assert shown(references(FILES, name, limit=100)) == shown(
        references(FILES, "connect", limit=100)
    )


def test_filters_and_limit() -> None:
    code = references(FILES, "connect", limit=2, roles=[Role.CODE])
    scripts = references(FILES, "connect", limit=9, languages=[Language.JAVASCRIPT])

    assert shown(code) == ["app/use.py:3:7 code", "app/use.py:3:30 code"]
    assert (code.is_complete, code.reason) == (False, CutReason.LIMIT)
    assert references(FILES, "connect", limit=3, roles=[Role.CODE]).is_complete
    assert len(scripts.references) == 3
    assert len(references(FILES, "connect", limit=9, path_glob="app/").references) == 7


def test_case_and_word_ends_matter() -> None:
    assert references(FILES, "Connect", limit=9).references == ()
    assert references(FILES, "conn", limit=9).references == ()


@pytest.mark.parametrize("name", ["", " ", "a.", "+"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(QueryEmptyError):
        references(FILES, name, limit=9)


def test_the_caller_can_stop_it() -> None:
    late = references(FILES, "connect", limit=9, timeout_s=0.0)
    stopped = references(FILES, "connect", limit=9, cancelled=lambda: True)

    assert (late.references, late.reason) == ((), CutReason.TIME)
    assert (stopped.references, stopped.reason) == ((), CutReason.CANCELLED)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.go", "func (s *Server) target(x int) {"),
        ("a.rs", "pub fn target<T>() {}"),
        ("a.c", "#define target 1"),
        ("a.ts", "export interface target {"),
        ("a.cpp", "struct target {"),
    ],
)
def test_a_declaration_is_known_by_the_word_before_it(path: str, line: str) -> None:
    files = live_files({path: f"{line}\n"}, has_syntax=False)
    (one,) = references(files, "target", limit=9).references

    assert one.role is Role.DEFINITION


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.rs", "use crate::target;"),
        ("a.c", "#include target"),
        ("a.js", "const { target } = require(x)"),
        ("a.java", "import a.target;"),
    ],
)
def test_an_import_is_known_by_its_line(path: str, line: str) -> None:
    files = live_files({path: f"{line}\n"}, has_syntax=False)
    (one,) = references(files, "target", limit=9).references

    assert one.role is (Role.CODE if path == "a.js" else Role.IMPORT)


def test_a_line_that_only_looks_like_a_declaration_is_none() -> None:
    files = live_files({"a.py": "x.type = target\nclassy target\n"}, has_syntax=False)

    assert [one.role for one in references(files, "target", limit=9).references] == [
        Role.CODE,
        Role.CODE,
    ]


def test_context_is_bounded() -> None:
    files = live_files({"a.py": "x = 1\n" * 100 + "target\n" + "x = 1\n" * 100})
    for asked, shown_lines in ((100_000, CONTEXT_LINES_MAX), (-1, 0)):
        (one,) = references(files, "target", limit=9, context_lines=asked).references

        assert len(one.match.before) == len(one.match.after) == shown_lines
