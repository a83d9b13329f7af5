"""Make a haystack on disk: a workspace of code, documents, logs and configuration.

Installed packages give the code and part of the documents, generators the rest. Parts
`part-000`, `part-001`, … each hold a mix, so that the depth of a needle (the share of
bytes before it, in path order) does not depend on its form. Everything follows from the
seed and from what is installed.
"""

import bisect
import itertools
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_indexer.needle.errors import HaystackNotWrittenError, NothingInstalledError
from nanobot_indexer.needle.generated_text import config_text, doc_text, log_text
from nanobot_indexer.needle.installed_text import installed_texts
from nanobot_indexer.needle.needle import Form, Needle, NeedleKind, Planted
from nanobot_indexer.needle.token_count import token_count

_TOKENS_PER_PART: Final = 100_000
# Of the tokens. The rest is installed text.
_SHARES: Final = {Form.LOG: 0.10, Form.DOC: 0.12, Form.CONFIG: 0.06}
_GENERATORS: Final[dict[Form, tuple[str, Callable[[random.Random], str]]]] = {
    Form.LOG: ("logs/{number:04d}.log", log_text),
    Form.DOC: ("docs/{number:04d}.md", doc_text),
    Form.CONFIG: ("config/{number:04d}.toml", config_text),
}
# A needle in a test is ranked down on purpose; that is not what is proved here.
_TEST_PATH: Final = re.compile(r"(^|[/_.])(test|tests|testing|testdata|conftest)([/_.]|$)")
_DEFINITION: Final = re.compile(rb"(def|class) ")
_PARAGRAPH: Final = re.compile(rb"[A-Z]")
_HOST_SIZE_BYTES_MAX: Final = 150_000
# An installation without room for needles in so much of its text has none at all.
_GROWTH_MAX: Final = 10


@dataclass(slots=True)
class Document:
    """One file of the haystack."""

    path: str
    text: bytes
    form: Form | None
    """What may be planted in it; None: nothing."""


@dataclass(frozen=True, slots=True)
class Haystack:
    """What was written."""

    root: Path
    files: int
    size_bytes: int
    tokens: int
    """By `token_count`."""
    planted: tuple[Planted, ...]
    """All needles with their decoys."""


def make_haystack(root: Path, *, tokens: int, needles: Sequence[Needle], seed: int) -> Haystack:
    """Write a haystack with needles.

    Args:
        root: An empty or missing folder.
        tokens: At least this many; the last documents may exceed it, when that many have
            no room for all needles.
        needles: Each is planted once, spread evenly over the depth in random order.
        seed: Same seed, same installation, same haystack.

    Raises:
        NothingInstalledError: The interpreter has no source files to make hay of.
        HaystackNotWrittenError: The disk refused.
    """
    order = random.Random(seed)  # noqa: S311  # A seed must give the same again.
    documents, counted = _documents(order, tokens, needles)
    _require_unique(documents, needles)
    planted = _plant(order, documents, needles)
    size_bytes = 0
    for document in documents:
        place = root / document.path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(document.text)
        except OSError as error:
            raise HaystackNotWrittenError(place, error.strerror or str(error)) from error
        size_bytes += len(document.text)
    return Haystack(root, len(documents), size_bytes, counted, planted)


def _documents(
    order: random.Random, tokens: int, needles: Sequence[Needle]
) -> tuple[list[Document], int]:
    """Collect documents in path order, and count their tokens.

    Which documents come is chance, and few of them may have room for a needle. So more
    are taken until every needle has a place.
    """
    part_count = max(1, tokens // _TOKENS_PER_PART)
    count_by_form: dict[Form | None, int] = dict.fromkeys([*_SHARES, None], 0)
    documents: dict[str, Document] = {}
    missing: Counter[Form] = Counter(needle.form for needle in needles)
    del missing[Form.FILE]  # They bring their own.
    total = 0
    for form, name, text in _endless_texts(order, count_by_form):
        path = f"part-{len(documents) % part_count:03d}/{name}"
        if path in documents:
            continue
        documents[path] = Document(path, text, form)
        counted = token_count(text)
        total += counted
        count_by_form[form if form in _SHARES else None] += counted
        if form is not None and missing[form] > 0:
            missing[form] -= len(_gaps(documents[path]))
        if total >= tokens and max(missing.values(), default=0) <= 0:
            break
        if total >= _GROWTH_MAX * tokens:
            raise NothingInstalledError
    return [documents[path] for path in sorted(documents)], total


def _endless_texts(
    order: random.Random, count_by_form: dict[Form | None, int]
) -> Iterator[tuple[Form | None, str, bytes]]:
    """Yield `(form, path, text)`, always of the kind that is furthest behind its share.

    `count_by_form` is kept by the caller.
    """
    installed = installed_texts(order)
    for number in itertools.count():
        total = sum(count_by_form.values())
        behind = [form for form, share in _SHARES.items() if count_by_form[form] < share * total]
        if behind:
            name, generate = _GENERATORS[behind[0]]
            yield behind[0], name.format(number=number), generate(order).encode()
            continue
        found = next(installed, None)
        if found is None:
            raise NothingInstalledError
        path, text = found
        yield (Form.PYTHON if path.endswith(".py") else None), f"src/{path}", text


def _require_unique(documents: Sequence[Document], needles: Sequence[Needle]) -> None:
    for needle in needles:
        if needle.kind is NeedleKind.EXACT:
            literal = needle.question.encode()
            assert not any(literal in document.text for document in documents), needle.question
            assert sum(needle.question in other.text for other in needles) == 1, needle.question


def _plant(
    order: random.Random, documents: list[Document], needles: Sequence[Needle]
) -> tuple[Planted, ...]:
    depths = [(number + order.random()) / len(needles) for number in range(len(needles))]
    order.shuffle(depths)
    starts = _starts(documents)
    needles_by_host: dict[int, list[Needle]] = {}
    places: list[tuple[Needle, str, int]] = []
    own_files: dict[str, Document] = {}
    for needle, depth in zip(needles, depths, strict=True):
        at = bisect.bisect_right(starts, depth * starts[-1], hi=len(documents)) - 1
        if needle.form is Form.FILE:
            part = documents[at].path.partition("/")[0]
            path = f"{part}/services/{needle.file_name}"
            if path in own_files:
                # Invented names are seldom the same, but one must not replace the other.
                path = f"{part}/services/{len(own_files)}/{needle.file_name}"
            own_files[path] = Document(path, needle.text.encode() + b"\n", None)
            places.append((needle, path, needle.answer_line + 1))
        else:
            host = _host(documents, at, needle.form, needles_by_host)
            needles_by_host.setdefault(host, []).append(needle)
    for host, inside in needles_by_host.items():
        lines = _insert(order, documents[host], inside)
        for needle, line in zip(inside, lines, strict=True):
            places.append((needle, documents[host].path, line + needle.answer_line + 1))
    documents += own_files.values()
    documents.sort(key=lambda document: document.path)
    return _with_depths(documents, places)


def _with_depths(
    documents: Sequence[Document], places: Sequence[tuple[Needle, str, int]]
) -> tuple[Planted, ...]:
    starts = _starts(documents)
    start_by_path = {d.path: start for d, start in zip(documents, starts, strict=False)}
    text_by_path = {document.path: document.text for document in documents}
    planted = []
    for needle, path, line in places:
        before = b"\n".join(text_by_path[path].split(b"\n")[: line - 1])
        depth = (start_by_path[path] + len(before)) / starts[-1]
        planted.append(Planted(needle, path, line, depth))
    return tuple(planted)


def _starts(documents: Sequence[Document]) -> list[int]:
    """Return where each document starts in the concatenated text, and where it ends."""
    return [0, *itertools.accumulate(len(document.text) for document in documents)]


def _host(
    documents: Sequence[Document], at: int, form: Form, taken: Mapping[int, Sequence[Needle]]
) -> int:
    """Return a fitting document from a place on, going round at the end.

    The first without a needle; in a haystack that has none left, the first with room.
    """
    crowded = None
    for step in range(len(documents)):
        number = (at + step) % len(documents)
        document = documents[number]
        if document.form is form and len(_gaps(document)) > len(taken.get(number, ())):
            if number not in taken:
                return number
            crowded = number if crowded is None else crowded
    # `_documents` saw to it.
    assert crowded is not None, f"nothing that a {form.value} needle fits into"
    return crowded


def _gaps(document: Document) -> list[int]:
    """Return the 0-based lines before which a needle may be put."""
    if document.form is None or len(document.text) > _HOST_SIZE_BYTES_MAX:
        return []
    if b"\r" in document.text or _TEST_PATH.search(document.path):
        return []
    lines = document.text.split(b"\n")
    if document.form is Form.LOG:
        return list(range(len(lines) - 1))
    if document.form is Form.CONFIG:
        tables = [number for number, line in enumerate(lines) if line.startswith(b"[")]
        return list(range(tables[0] - 1)) if tables else []
    opens = _DEFINITION if document.form is Form.PYTHON else _PARAGRAPH
    return [
        number
        for number in range(2, len(lines))
        if not lines[number - 1] and opens.match(lines[number])
    ]


def _insert(order: random.Random, document: Document, needles: Sequence[Needle]) -> list[int]:
    """Put needles into a document; return the 0-based lines where they start then."""
    lines = document.text.split(b"\n")
    gaps = order.sample(_gaps(document), len(needles))
    starts = [0] * len(needles)
    moved = 0
    for number in sorted(range(len(needles)), key=lambda number: gaps[number]):
        at = gaps[number] + moved
        added = _formatted(needles[number], lines[at])
        lines[at:at] = added
        moved += len(added)
        starts[number] = at
    document.text = b"\n".join(lines)
    return starts


def _formatted(needle: Needle, next_line: bytes) -> list[bytes]:
    """Return the lines of a needle as they stand before a line of its host."""
    lines = needle.text.encode().split(b"\n")
    match needle.form:
        case Form.PYTHON:
            return [*lines, b"", b""]
        case Form.DOC:
            return [*lines, b""]
        case Form.LOG:
            stamp, mark, _ = next_line.partition(b"] ")
            return [stamp + mark + lines[0]]
        case _:
            return lines
