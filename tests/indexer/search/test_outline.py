import pytest

from nanobot_indexer.errors import FileNotIndexedError
from nanobot_indexer.search.cut_reason import CutReason
from nanobot_indexer.search.handle import open_handle
from nanobot_indexer.search.outline import EDGE_LINES, ENTRIES_MAX, SIGNATURE_CHARS_MAX, outline
from support.plain_segment import live_files

PYTHON = '''\
"""Doc."""

LIMIT = 3


class Runner:
    def __init__(self, limit):
        self.limit = limit

    def run(self):
        def inner():
            return 1

        return inner()


@cached
def load(
    path,
    mode,
):
    return path
'''

MARKDOWN = """\
# Title #

Text.

Setext
------

```
# no heading
```

## Deep
### Deeper
text
# Last
- item
---
"""

FILES = live_files(
    {
        "a.py": PYTHON,
        "doc.md": MARKDOWN,
        "long.txt": "".join(f"line {number}\n" for number in range(1, 101)),
        "short.txt": "one\r\ntwo",
        "empty.txt": "",
    }
)


def rendered(path: str, chars_max: int = 10_000) -> list[str]:
    return outline(FILES, path).rendered(chars_max=chars_max).split("\n")


def test_definitions_are_nested_with_their_lines() -> None:
    assert rendered("a.py") == [
        "a.py (python, 22 lines)",
        "  3-3 LIMIT = 3",
        " 6-14 class Runner",
        "  7-8   def __init__(self, limit)",
        "10-14   def run(self)",
        "11-12     def inner()",
        "17-22 def load( path, mode, )",
    ]


def test_headings_are_nested_up_to_the_next_of_their_level() -> None:
    assert rendered("doc.md") == [
        "doc.md (markdown, 17 lines)",
        " 1-14 # Title",
        " 5-11   ## Setext",
        "12-14   ## Deep",
        "13-14     ### Deeper",
        "15-17 # Last",
    ]


def test_plain_text_shows_its_edges() -> None:
    lines = rendered("long.txt")

    assert lines[0] == "long.txt (text, 100 lines)"
    assert lines[1] == "  1 line 1"
    assert lines[EDGE_LINES + 1] == f"    … {100 - 2 * EDGE_LINES} lines"
    assert lines[-1] == "100 line 100"
    assert rendered("short.txt") == ["short.txt (text, 2 lines)", "1 one", "2 two"]
    assert rendered("empty.txt") == ["empty.txt (text, 0 lines)"]


def test_an_outline_fits_and_says_what_it_left_out() -> None:
    full = outline(FILES, "a.py").rendered(chars_max=10_000)
    for chars_max in range(len(full) + 1):
        text = outline(FILES, "a.py").rendered(chars_max=chars_max)
        assert len(text) <= max(chars_max, 0) or "\n" not in text
        assert (text == full) == (chars_max >= len(full)) or "…" in text

    assert rendered("a.py", len(full) - 1) == [
        "a.py (python, 22 lines)",
        "… 1 more",
        " 6-14 class Runner",
        "  7-8   def __init__(self, limit)",
        "10-14   def run(self)",
        "11-12     def inner()",
        "17-22 def load( path, mode, )",
    ]
    assert rendered("a.py", 110) == [
        "a.py (python, 22 lines)",
        "… 1 more",
        " 6-14 class Runner … 3 more",
        "17-22 def load( path, mode, )",
    ]


def test_handles_open_what_they_name() -> None:
    for path in ("a.py", "doc.md", "empty.txt"):
        one = outline(FILES, path)
        for entry in one.entries:
            opened = open_handle(FILES, entry.handle, chars_max=10_000)
            assert (opened.start_line, opened.end_line) == (entry.start_line, entry.end_line)
            assert entry.name in opened.text
        assert open_handle(FILES, one.handle, chars_max=10_000).end_line == max(1, one.line_count)


def test_a_long_signature_is_cut() -> None:
    arguments = ", ".join(f"argument_{number}" for number in range(50))
    files = live_files({"a.py": f"def f({arguments}): pass\n"})
    (entry,) = outline(files, "a.py").entries

    assert len(entry.signature) == SIGNATURE_CHARS_MAX
    assert entry.signature.endswith("…")


def test_unknown_syntax_makes_an_outline_incomplete() -> None:
    files = live_files({"a.py": PYTHON}, has_syntax=False)

    assert outline(files, "a.py").reason is CutReason.SYNTAX
    assert outline(files, "a.py").head[0] == '"""Doc."""'
    assert outline(FILES, "a.py").is_complete


def test_headings_are_the_same_before_a_file_is_parsed() -> None:
    content = {
        "a.md": MARKDOWN,
        "b.md": "---\ntitle: x\n---\n<!--\n# hidden\n-->\n# Real\n\ntext\nSub\n---\n",
        "c.mdx": "#\n# One #\ntext\n~~~\n# code\n",
    }
    before, after = live_files(content, has_syntax=False), live_files(content)

    for path in content:
        early, late = outline(before, path), outline(after, path)
        assert early.entries
        assert [(one.name, one.depth, one.start_line, one.end_line) for one in early.entries] == [
            (one.name, one.depth, one.start_line, one.end_line) for one in late.entries
        ]
        assert early.reason is CutReason.SYNTAX


def test_a_heading_of_spaces_is_outlined_in_linear_time() -> None:
    # Quadratic work on this would take minutes and run into the limit of a test.
    files = live_files({"a.md": f"# a{' ' * 200_000}b\n# c{' #' * 100_000} d\n"}, has_syntax=False)

    assert len(outline(files, "a.md").entries) <= 2


def test_an_outline_is_bounded() -> None:
    files = live_files({"a.md": "# a\n## b\n" * 20_000})
    one = outline(files, "a.md")

    assert len(one.entries) == ENTRIES_MAX
    assert (one.is_complete, one.reason) == (False, CutReason.LIMIT)


def test_a_path_that_is_not_there_is_refused() -> None:
    with pytest.raises(FileNotIndexedError):
        outline(FILES, "nowhere.py")
