import random
import re
from collections.abc import Mapping

import pytest

from nanobot_indexer.search.cut_reason import CutReason
from nanobot_indexer.search.grep import GrepResult, grep
from nanobot_indexer.search.handle import open_handle
from nanobot_indexer.search.live_files import LiveFiles
from nanobot_indexer.search.text_match import LINE_CHARS_MAX
from nanobot_indexer.syntax.language import Language
from support.plain_segment import live_files

FILES = live_files(
    {
        "a/one.py": "def load_timeout(x):\n    return x  # timeout\n\nTIMEOUT = 3\n",
        "a/two.py": "import one\n\nprint(one.load_timeout(1))",
        "b/no_end.txt": "the last line: time",
        "b/then.txt": "out of time\n",
        "crlf.txt": "one\r\ntwo timeout\r\nthree",
        "empty.txt": "",
    },
    {"größe.txt": "ein Überlauf der Größe\n", "old.txt": "a\rtimeout\rb"},
)


def shown(result: GrepResult) -> list[str]:
    return [
        f"{one.path}:{one.line}:{one.column}-{one.end_column} {one.text}" for one in result.matches
    ]


def test_matches_come_by_path_and_place() -> None:
    result = grep(FILES, "timeout", limit=100)

    assert shown(result) == [
        "a/one.py:1:10-17 def load_timeout(x):",
        "a/one.py:2:17-24     return x  # timeout",
        "a/two.py:3:16-23 print(one.load_timeout(1))",
        "crlf.txt:2:5-12 two timeout",
        "old.txt:2:1-8 timeout",
    ]
    assert result.is_complete
    assert result.reason is None
    assert (result.files_searched, result.files_total) == (8, 8)


def test_no_match_goes_over_the_end_of_a_file() -> None:
    # The two files lie one behind the other.
    assert shown(grep(FILES, "timeout", limit=9, path_glob="b/")) == []
    assert shown(grep(FILES, "time.?out", limit=9, path_glob="b/", is_regex=True)) == []
    assert shown(grep(FILES, "time\nout", limit=9, path_glob="b/")) == []
    assert len(grep(FILES, r"time$", limit=9, path_glob="b/", is_regex=True).matches) == 2
    assert len(grep(FILES, "time", limit=9, path_glob="b/", whole_word=True).matches) == 2


def test_columns_count_characters_and_offsets_count_bytes() -> None:
    (match,) = grep(FILES, "Größe", limit=9).matches

    assert (match.path, match.column, match.end_column) == ("größe.txt", 18, 23)
    assert (match.start_byte, match.end_byte) == (18, 25)


def test_text_over_several_lines() -> None:
    (match,) = grep(FILES, "x):\n    ret", limit=9).matches

    assert (match.line, match.column, match.end_line, match.end_column) == (1, 18, 2, 8)


def test_lines_around_a_match() -> None:
    (match,) = grep(FILES, "two", limit=9, context_lines=1, languages=[Language.TEXT]).matches

    assert (match.before, match.text, match.after) == (("one",), "two timeout", ("three",))
    many = grep(FILES, "TIMEOUT", limit=9, context_lines=99).matches[0]
    assert many.before == ("def load_timeout(x):", "    return x  # timeout", "")
    assert many.after == ()


def test_a_handle_opens_what_is_around_the_match() -> None:
    for match in grep(FILES, "timeout", limit=9).matches:
        opened = open_handle(FILES, match.handle, chars_max=10_000)
        assert opened.path == match.path
        assert opened.start_line <= match.line <= opened.end_line
        assert "timeout" in opened.text


def test_a_very_long_line_is_shown_around_the_match() -> None:
    files = live_files({"a.txt": f"{'é' * 5000}needle{'y' * 5000}\n"})
    (match,) = grep(files, "needle", limit=9).matches

    assert (match.column, match.end_column) == (5001, 5007)
    assert len(match.text) == LINE_CHARS_MAX
    assert match.text[match.column - match.text_column :].startswith("needle")


def test_the_limit_cuts_and_says_so() -> None:
    result = grep(FILES, "timeout", limit=2)

    assert shown(result) == shown(grep(FILES, "timeout", limit=100))[:2]
    assert not result.is_complete
    assert result.reason is CutReason.LIMIT
    assert grep(FILES, "timeout", limit=5).is_complete
    assert grep(FILES, "timeout", limit=0).reason is CutReason.LIMIT
    assert grep(FILES, "nowhere", limit=0).is_complete


def test_time_and_the_caller_end_a_search() -> None:
    files = live_files({f"{number}.txt": "text\n" * 10_000 for number in range(10)})
    late = grep(files, "t$", limit=10**6, is_regex=True, timeout_s=0.0)
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 3

    stopped = grep(files, "x$", limit=10**6, is_regex=True, cancelled=cancelled)
    assert (late.matches, late.files_searched, late.reason) == ((), 0, CutReason.TIME)
    assert stopped.reason is CutReason.CANCELLED
    assert 0 < stopped.files_searched < 10


def test_a_pattern_that_hangs_other_engines_ends() -> None:
    files = live_files({"a.txt": f"{'x' * 5000}\n" * 20})

    assert grep(files, r"(x+x+)+y", limit=9, is_regex=True).is_complete
    assert grep(files, r"^(x|x)*$", limit=99, is_regex=True).matches[-1].line == 20


def test_empty_matches_are_in_lines() -> None:
    files = live_files({"a.txt": "one\n\ntwo", "b.txt": "", "c.txt": "x\n"})

    assert shown(grep(files, "^", limit=99, is_regex=True)) == [
        "a.txt:1:1-1 one",
        "a.txt:2:1-1 ",
        "a.txt:3:1-1 two",
        "c.txt:1:1-1 x",
    ]
    assert [one.line for one in grep(files, "$", limit=99, is_regex=True).matches] == [1, 2, 3, 1]


def test_dead_files_are_not_searched() -> None:
    files = live_files({"a.txt": "old needle\n", "b.txt": "needle\n"}, {"a.txt": "new\n"})

    assert shown(grep(files, "needle", limit=9)) == ["b.txt:1:1-7 needle"]


def test_bytes_that_are_no_utf8_are_searched_all_the_same() -> None:
    files = live_files({"a.txt": b"caf\xe9 needle \xff\xfe\n"})
    (match,) = grep(files, "needle", limit=9).matches

    assert (match.column, match.text) == (6, "caf\ufffd needle \ufffd\ufffd")
    assert len(grep(files, r"caf.*needle", limit=9, is_regex=True).matches) == 0
    assert len(grep(files, r"needle .*", limit=9, is_regex=True).matches) == 1


def by_hand(texts: Mapping[str, str], pattern: str) -> list[tuple[str, int, int]]:
    found = []
    for path, text in sorted(texts.items()):
        place = 0
        for line in text.splitlines(keepends=True):
            content = line.rstrip("\n")
            found += [
                (path, place + match.start(), place + match.end())
                for match in re.finditer(pattern, content)
            ]
            place += len(line)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_any_spread_over_segments_gives_what_a_plain_search_finds(seed: int) -> None:
    source = random.Random(seed)
    words = ["alpha", "beta", "gamma_delta", "if", "==", "x1", "  ", "(", ")", "\n", "\n", "\n\n"]
    texts = {
        f"{source.choice('abc')}/{number}.txt": "".join(
            source.choice(words) for _ in range(source.choice([0, 3, 50, 400]))
        )
        for number in range(25)
    }
    for pattern in (r"alpha", r"\w+_delta\(", r"x1.*if", r"beta|gamma", r"[a-z]+ +[a-z]+$", r"^if"):
        expected = by_hand(texts, pattern)
        for segment_count in (1, 3):
            parts: list[dict[str, str]] = [{} for _ in range(segment_count)]
            for path, text in texts.items():
                parts[source.randrange(segment_count)][path] = text
            result = grep(live_files(*parts), pattern, limit=10**6, is_regex=True)
            found = [(one.path, one.start_byte, one.end_byte) for one in result.matches]
            assert found == expected, (seed, pattern, segment_count)
            cut = grep(live_files(*parts), pattern, limit=7, is_regex=True)
            assert cut.matches == result.matches[:7]


def test_there_may_be_no_files() -> None:
    result = grep(LiveFiles([]), "x", limit=1)

    assert (result.matches, result.files_total, result.is_complete) == ((), 0, True)
