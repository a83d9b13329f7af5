import json

import pytest

from nanobot_indexer import Skipped, SkipReason
from nanobot_indexer.volume.canonical_dump import dump_hash, dump_lines
from nanobot_indexer.volume.file_list import FileList
from nanobot_indexer.volume.format import Revision
from support.memory_segment import memory_segment

FILES = {
    "a.py": "import os\nclass A:\n    def m(self): pass\n",
    "b.go": "package b\nfunc (r *Reader) Read() {}\n",
    "c.txt": "words of a text\n" * 200,
    "d.py": "",
}
SKIPPED = (Skipped("x", SkipReason.BINARY, ""), Skipped("y", SkipReason.TOO_LARGE, "9"))


def lines(*segments: dict[str, str], dead: tuple[str, ...] = ()) -> list[str]:
    made = []
    for number, one in enumerate(segments):
        gone = {path for later in segments[number + 1 :] for path in later} | set(dead)
        made.append(memory_segment(one, dead=gone & one.keys()))
    return list(dump_lines(FileList(made), SKIPPED))


def parts(*names: str) -> dict[str, str]:
    return {f"{name}": FILES[name] for name in names}


def test_segments_make_no_difference() -> None:
    whole = lines(FILES)

    assert lines(parts("d.py", "b.go"), parts("a.py"), parts("c.txt")) == whole
    assert lines({**FILES, "b.go": "package old\n"}, parts("b.go")) == whole
    assert lines({**FILES, "0.py": "def gone(): pass\n"}, dead=("0.py",)) == whole


def test_a_dump_names_every_kind_of_fact_in_path_order() -> None:
    rows = [json.loads(line) for line in lines(FILES)]

    assert {row[0] for row in rows} == {"file", "chunk", "definition", "import", "skipped"}
    assert [row[1] for row in rows if row[0] == "file"] == sorted(FILES)
    assert ["definition", "Reader.Read"] in [[row[0], row[4]] for row in rows if len(row) > 4]


@pytest.mark.parametrize(
    "change",
    [
        {"a.py": "import os\nclass A:\n    def n(self): pass\n"},
        {"a.py": "import re\nclass A:\n    def m(self): pass\n"},
        {"c.txt": "words of a text\n" * 199 + "words of a test\n"},
        {"d.py": "\n"},
        {"e.py": ""},
    ],
)
def test_every_change_shows(change: dict[str, str]) -> None:
    assert lines({**FILES, **change}) != lines(FILES)


def test_a_skip_and_a_revision_show() -> None:
    syntax = FileList([memory_segment(FILES)])
    lexical = FileList([memory_segment(FILES, revision=Revision.LEXICAL)])

    hashes = {
        dump_hash(syntax, SKIPPED),
        dump_hash(syntax, SKIPPED[:1]),
        dump_hash(syntax, ()),
        dump_hash(lexical, SKIPPED),
    }
    assert len(hashes) == 4
    assert dump_hash(syntax, SKIPPED) == dump_hash(syntax, SKIPPED[::-1])
