"""Mark what refers to a symbol in the text of files.

«x» is sure, ⟨x⟩ likely, ⸨x⸩ possible; ⟪x⟫ is the local name of an import of something else.
"""

import difflib
import re
from textwrap import dedent

from nanobot_engine.python.project import PythonProject
from nanobot_engine.python.reference import Certainty, ReferenceKind
from nanobot_engine.python.references import ReferenceFinder

MARKS = {
    Certainty.SURE: ("«", "»"),
    Certainty.LIKELY: ("⟨", "⟩"),
    Certainty.POSSIBLE: ("⸨", "⸩"),
}
ALIAS_MARKS = ("⟪", "⟫")
ANY_MARK = re.compile("[«»⟨⟩⸨⸩⟪⟫]")


def check(path: str, name: str, files: dict[str, str]) -> None:
    """Compare the references to a symbol with the marks in the files.

    Args:
        path: Of the file that defines the symbol.
        name: Its qualified name.
        files: Indented text with marks, by path.
    """
    marked = {one: dedent(text).lstrip("\n") for one, text in files.items()}
    data = {one: ANY_MARK.sub("", text).encode() for one, text in marked.items()}
    finder = ReferenceFinder(PythonProject(data))
    symbol = finder.symbol(path, name)
    assert symbol is not None, f"{path} has no {name}"
    got = dict(data)
    for reference in reversed(finder.find(symbol).found):
        span, text = reference.span, got[reference.file.path]
        is_alias = reference.kind is ReferenceKind.ALIAS
        before, after = ALIAS_MARKS if is_alias else MARKS[reference.certainty]
        got[reference.file.path] = (
            text[: span.start_byte]
            + before.encode()
            + text[span.start_byte : span.end_byte]
            + after.encode()
            + text[span.end_byte :]
        )
    for one, text in got.items():
        shown = text.decode().splitlines(keepends=True)
        expected = marked[one].splitlines(keepends=True)
        difference = "".join(difflib.unified_diff(expected, shown, "expected", "got"))
        assert text.decode() == marked[one], difference
