"""Docstring → function: queries whose right answer the authors of the code wrote down.

The docstrings of all functions are cut out of a copy of the corpus, so that an answer
has to be found by its code. The query is the first paragraph of a docstring, of six
words or more; the gold is the function, or any of several that had that very
paragraph. Docstrings of modules and classes stay. Functions of tests are never gold.
"""

import ast
import json
import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from benchmarks.corpus import corpora_folder, texts_of

STRIP_VERSION: Final = 1
"""Counts up when the rules below change: copies of older rules are not used."""
WORDS_MIN: Final = 6
WORDS_LEFT_MIN: Final = 3
"""A query that has fewer left without the words of the name is not asked."""
_WORD: Final = re.compile(r"[A-Za-z0-9_']+")
_NAME_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_TEST_FOLDERS: Final = frozenset({"test", "tests", "testing", "idle_test", "testdata", "conftest"})
_ENDINGS: Final = ("ing", "ed", "es", "s", "er", "or", "e")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Gold:
    """One right answer."""

    path: str
    line: int
    """Of the `def`, 1-based, in the copy without docstrings."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query and its right answers."""

    query: str
    golds: tuple[Gold, ...]
    name: str
    """Of the function, without its class."""

    def without_name_words(self) -> "Question | None":
        """Return the query without the words of the function's name, or None."""
        banned = {_stem(part) for part in _NAME_PART.findall(self.name)}
        banned |= {_stem(self.name)}
        kept = [
            word
            for word in self.query.split()
            if not {_stem(part) for part in (*_NAME_PART.findall(word), *_WORD.findall(word))}
            & banned
        ]
        if len(kept) < WORDS_LEFT_MIN:
            return None
        return Question(" ".join(kept), self.golds, self.name)


def strip_docstrings(root: Path, target: Path) -> list[Question]:
    """Copy a corpus without the docstrings of its functions.

    Returns:
        All questions, in the order of their first gold.
    """
    golds_by_query: dict[str, list[tuple[Gold, str]]] = {}
    for file in texts_of(root):
        path = file.relative_to(root).as_posix()
        content = file.read_bytes()
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".py":
            content, found = _stripped(content)
            if not _TEST_FOLDERS & set(PurePosixPath(path).parts):
                for line, name, query in found:
                    golds_by_query.setdefault(query, []).append((Gold(path, line), name))
        place.write_bytes(content)
    return [
        Question(query, tuple(gold for gold, _ in golds), golds[0][1])
        for query, golds in golds_by_query.items()
    ]


def stripped_corpus(name: str, source: Path) -> tuple[Path, list[Question]]:
    """Return a corpus without function docstrings, and its questions. Made once.

    Args:
        name: What to call the copy in the cache.
        source: The folder to copy.
    """
    root = corpora_folder() / f"stripped-{STRIP_VERSION}" / name
    listing = root.with_name(f"{root.name}.json")
    # The list is written last: without it the copy is not whole.
    if not listing.exists():
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        made = strip_docstrings(source, root)
        listing.write_text(json.dumps([asdict(question) for question in made]), "utf-8")
    rows = json.loads(listing.read_text("utf-8"))
    return root, [
        Question(row["query"], tuple(Gold(**gold) for gold in row["golds"]), row["name"])
        for row in rows
    ]


def sampled(questions: list[Question], count: int, seed: int) -> list[Question]:
    """Return up to `count` questions, the same for the same seed."""
    if len(questions) <= count:
        return questions
    return random.Random(seed).sample(questions, count)


def _stripped(content: bytes) -> tuple[bytes, list[tuple[int, str, str]]]:
    """Return a file without function docstrings, and `(line, name, paragraph)` of each."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return content, []  # A test file with wrong syntax on purpose.
    functions = list(_functions(tree))
    paragraphs = {number: _first_paragraph(f) for number, f in enumerate(functions)}
    cuts = [_docstring_node(f) for f in functions if ast.get_docstring(f, clean=False) is not None]
    stripped = _without(content, [(node, len(body) == 1) for node, body in cuts])
    lines = [function.lineno for function in _functions(ast.parse(stripped))]
    # The walk meets the same functions in the same order in both.
    assert len(lines) == len(functions)
    return stripped, [
        (lines[number], functions[number].name, paragraph)
        for number, paragraph in paragraphs.items()
        if paragraph is not None
    ]


def _functions(tree: ast.Module) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def _docstring_node(function: Function) -> tuple[ast.stmt, list[ast.stmt]]:
    return function.body[0], function.body


def _without(content: bytes, cuts: list[tuple[ast.stmt, bool]]) -> bytes:
    # `ast` counts lines by \n, \r\n and \r only, as bytes.splitlines does.
    lines = content.splitlines(keepends=True)
    for node, is_alone in sorted(cuts, key=lambda cut: -cut[0].lineno):
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        first, last = node.lineno - 1, node.end_lineno - 1
        before = lines[first][: node.col_offset]
        after = lines[last][node.end_col_offset :]
        if is_alone:
            kept = [before + b"pass" + after]
        elif before.strip() or after.strip():
            # Something else stands on the line: `def f(): "text"; return 1`.
            kept = [before + b"pass" + after]
        else:
            kept = []
        lines[first : last + 1] = kept
    return b"".join(lines)


def _first_paragraph(function: Function) -> str | None:
    docstring = ast.get_docstring(function)
    if docstring is None:
        return None
    paragraph = " ".join(docstring.split("\n\n")[0].split())
    return paragraph if len(_WORD.findall(paragraph)) >= WORDS_MIN else None


def _stem(word: str) -> str:
    lowered = word.lower()
    for ending in _ENDINGS:
        if lowered.endswith(ending) and len(lowered) - len(ending) >= 3:
            return lowered.removesuffix(ending)
    return lowered
