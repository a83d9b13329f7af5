import hashlib
from collections.abc import Iterator

import pytest

from nanobot_indexer import IndexOptions, Language, ParsePool, ParseStatus
from nanobot_indexer.ingestion.syntax_pass import SyntaxReader, awaits_syntax
from nanobot_indexer.volume.file_record import FileRecord, file_record
from nanobot_indexer.workspace.encoding import TextEncoding
from nanobot_indexer.workspace.skip import SkipReason
from support.memory_segment import memory_segment

UTF_8 = TextEncoding("utf-8", has_bom=False)


class _StoppedError(Exception):
    pass


@pytest.fixture(scope="module")
def pool(options: IndexOptions) -> Iterator[ParsePool]:
    with ParsePool(options) as workers:
        yield workers


@pytest.fixture
def closed_pool(options: IndexOptions) -> ParsePool:
    """Parses nothing any more: what is known was known before."""
    with ParsePool(options) as workers:
        pass
    return workers


def records(**text_by_name: str) -> tuple[list[FileRecord], bytes]:
    files = []
    for name, text in text_by_name.items():
        content = text.encode()
        path = name.replace("_", ".")
        files.append(file_record(path, content, hashlib.sha256(content).digest(), UTF_8))
    return files, "".join(text_by_name.values()).encode()


def never() -> None:
    pass


def test_each_file_gets_the_syntax_of_its_own_text(pool: ParsePool) -> None:
    files, text = records(a_py="def f(): pass\n", b_txt="words", c_go="package c\n", d_py="")

    SyntaxReader(pool, (), never).enrich(files, text)

    assert [file.syntax.status for file in files] == [
        ParseStatus.PARSED,
        ParseStatus.TEXT,
        ParseStatus.PARSED,
        ParseStatus.PARSED,
    ]
    assert [len(file.syntax.definitions) for file in files] == [1, 0, 0, 0]


def test_lines_count_from_the_start_of_each_file(pool: ParsePool) -> None:
    files, text = records(
        a_py="\r\n\ndef f():\n  pass",
        b_txt="words\rwords",
        c_py="\n\rdef g(): pass\r",
        d_go="\npackage d\n\nfunc h() {\n}\n",
        e_py="def i():\n pass\ndef j(): pass",
    )

    SyntaxReader(pool, (), never).enrich(files, text)

    lines = [
        list(zip(rows["start_line"].tolist(), rows["end_line"].tolist(), strict=True))
        for rows in (file.syntax.definitions for file in files)
    ]
    assert lines == [[(3, 4)], [], [(3, 3)], [(4, 5)], [(1, 2), (3, 3)]]


def test_many_small_files_go_in_several_jobs(options: IndexOptions) -> None:
    files, text = records(
        **{f"a{number}_py": f"import m{number}\ndef f{number}(): pass\n" for number in range(150)},
        **{f"b{number}_go": f"package c\nfunc g{number}() {{}}\n" for number in range(3)},
    )
    with ParsePool(options) as pool:
        reader = SyntaxReader(pool, (), never)
        jobs = reader.begin(files, text)
        reader.finish(jobs, text)

    assert sorted(len(job.files) for job in jobs) == [3, 22, 64, 64]
    start = 0
    for file in files:
        (row,) = file.syntax.definitions
        own = text[start : start + file.size_bytes]
        name_end = row["name_start_byte"] + row["name_size"]
        number = file.path[1:].partition(".")[0]
        name = own[row["name_start_byte"] : name_end].decode()
        assert name[1:] == number
        assert file.syntax.names.decode() == (f"m{number}" if file.path.endswith("py") else "")
        start += file.size_bytes


def test_large_files_have_jobs_of_their_own(pool: ParsePool) -> None:
    large = "x = 1\n" * 60_000
    files, text = records(a_py=large, b_py=large, c_py="def f(): pass\n")
    reader = SyntaxReader(pool, (), never)

    jobs = reader.begin(files, text)
    reader.finish(jobs, text)

    assert [[file.path for file in job.files] for job in jobs] == [["a.py"], ["b.py", "c.py"]]
    assert [len(file.syntax.definitions) for file in files] == [60_000, 60_000, 1]


def test_a_dead_file_is_not_asked_for(pool: ParsePool) -> None:
    files, text = records(a_py="def f(): pass\n", b_py="def gg(): pass\n")
    reader = SyntaxReader(pool, (), never)

    reader.finish(reader.begin(files, text, dead=[0]), text)

    assert [file.syntax.status for file in files] == [ParseStatus.PENDING, ParseStatus.PARSED]
    assert files[1].syntax.definitions["name_size"].tolist() == [2]


def test_what_is_known_under_any_path_is_copied(closed_pool: ParsePool) -> None:
    known = memory_segment({"other.py": "def f(): pass\n", "x.go": "package x\n"})
    files, text = records(a_py="def f(): pass\n")

    SyntaxReader(closed_pool, [known], never).enrich(files, text)

    assert files[0].syntax.status is ParseStatus.PARSED
    assert len(files[0].syntax.definitions) == 1


def test_equal_bytes_of_another_language_are_not(pool: ParsePool) -> None:
    known = memory_segment({"a.js": "class A {}\n"})
    files, text = records(a_php="class A {}\n")
    assert files[0].language is Language.PHP

    SyntaxReader(pool, [known], never).enrich(files, text)

    assert len(files[0].syntax.definitions) == 0


def test_a_file_a_worker_gave_up_on_is_told_by_its_shown_path(options: IndexOptions) -> None:
    text = b"def f(): pass\n"
    files = [file_record("a\u200b.py", text, hashlib.sha256(text).digest(), UTF_8)]
    with ParsePool(options) as pool:
        reader = SyntaxReader(pool, (), never)
        pool._starts_failed = 3
        reader.enrich(files, text)

    assert files[0].syntax.status is ParseStatus.FAILED
    assert [(one.path, one.reason) for one in reader.failed] == [
        ("a\\u200b.py", SkipReason.PARSE_CRASHED)
    ]


def test_waiting_can_be_ended(options: IndexOptions) -> None:
    def stop() -> None:
        raise _StoppedError

    files, text = records(a_js="(\n" * 500_000)
    with ParsePool(options) as pool, pytest.raises(_StoppedError):
        SyntaxReader(pool, (), stop).enrich(files, text)


@pytest.mark.parametrize(
    ("language", "size_bytes", "expected"),
    [(Language.PYTHON, 1, True), (Language.PYTHON, 0, False), (Language.TEXT, 9, False)],
)
def test_what_awaits_syntax(language: Language, size_bytes: int, *, expected: bool) -> None:
    assert awaits_syntax(language, size_bytes) is expected
