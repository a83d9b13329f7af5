import struct
from collections.abc import Sequence

import numpy as np
import pytest

from nanobot_indexer.syntax.definition import DefinitionKind, DefinitionRange, ImportRange
from nanobot_indexer.syntax.extract import Extractor
from nanobot_indexer.syntax.frames import COUNTS, FrameError, encoded_payload
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.syntax.rows import (
    DEFINITIONS_MAX,
    DEPTH_MAX,
    IMPORTS_MAX,
    NO_PARENT,
    SyntaxRows,
)
from nanobot_indexer.syntax.table import DefinitionTable, SyntaxBatch, checked_batch, checked_table

TEXT = b"def f(): pass"
# kind, parent, start, end, name, signature, docstring, scope
GOOD = (0, NO_PARENT, 0, 13, 4, 5, 0, 7, 9, 13, 0, 0)
IMPORT = (0, 5, 0, 1)


def table_of(
    definitions: Sequence[Sequence[int]],
    imports: Sequence[Sequence[int]] = (),
    names: bytes = b"",
    text: bytes = TEXT,
) -> DefinitionTable:
    numbers = [number for row in [*definitions, *imports] for number in row]
    payload = struct.pack(f"<{len(numbers)}I", *numbers) + names
    return checked_table(
        payload, definition_count=len(definitions), import_count=len(imports), text=text
    )


def batch_of(
    *answers: tuple[Sequence[Sequence[int]], Sequence[Sequence[int]], bytes],
) -> SyntaxBatch:
    """Return the checked answer about as many copies of `TEXT`."""
    heads = b"".join(
        COUNTS.pack(len(definitions), len(imports), len(names), 0)
        for definitions, imports, names in answers
    )
    rows = [one for definitions, _, _ in answers for one in definitions]
    rows += [one for _, imports, _ in answers for one in imports]
    numbers = [number for row in rows for number in row]
    names = b"".join(names for _, _, names in answers)
    payload = heads + struct.pack(f"<{len(numbers)}I", *numbers) + names
    return checked_batch(payload, [TEXT] * len(answers))


def changed(**fields: int) -> tuple[int, ...]:
    names = ("kind", "parent", "start", "end", "name", "name_end", "signature", "signature_end",
             "doc", "doc_end", "scope", "scope_size")  # fmt: skip
    return tuple(fields.get(name, value) for name, value in zip(names, GOOD, strict=True))


def test_syntax_survives_the_wire() -> None:
    text = "class Ä: m = 1".encode()
    rows = SyntaxRows()
    outer = rows.add_definition(
        DefinitionKind.CLASS,
        NO_PARENT,
        (0, 15),
        name=(6, 8),
        signature=(0, 8),
        docstring=(0, 0),
        scope="ä.b",
    )
    rows.add_definition(
        DefinitionKind.METHOD,
        outer,
        (10, 15),
        name=(10, 11),
        signature=(10, 15),
        docstring=(12, 13),
    )
    rows.add_imports(3, 5, ["x.y", "Ö"])

    table = checked_table(rows.payload(), definition_count=2, import_count=2, text=text)

    assert list(table.definitions(text)) == [
        DefinitionRange(DefinitionKind.CLASS, "Ä", "ä.b.Ä", 0, 15, 6, 8, None, 0, 8, 0, 0),
        DefinitionRange(DefinitionKind.METHOD, "m", "ä.b.Ä.m", 10, 15, 10, 11, 0, 10, 15, 12, 13),
    ]
    assert list(table.import_ranges()) == [ImportRange(3, 5, "x.y"), ImportRange(3, 5, "Ö")]


def test_the_good_rows_are_good() -> None:
    assert len(table_of([GOOD], [IMPORT], b"x").rows) == 1
    assert len(table_of([]).rows) == 0


@pytest.mark.parametrize(
    "row",
    [
        changed(kind=99),
        changed(parent=0),
        changed(parent=7),
        changed(end=14),
        changed(start=5),
        changed(name=5),
        changed(name_end=0xFFFFFFFF),
        changed(signature=8),
        changed(signature_end=14),
        changed(doc=14),
        changed(doc_end=14),
        changed(scope_size=1),
        changed(scope=0xFFFFFFFF, scope_size=2),
    ],
)
def test_an_impossible_definition_is_refused(row: tuple[int, ...]) -> None:
    with pytest.raises(FrameError):
        table_of([row])


@pytest.mark.parametrize(
    "row", [(0, 14, 0, 1), (5, 4, 0, 1), (0, 5, 0, 0), (0, 5, 1, 1), (0, 5, 0xFFFFFFFF, 2)]
)
def test_an_impossible_import_is_refused(row: tuple[int, ...]) -> None:
    with pytest.raises(FrameError):
        table_of([], [row], b"x")


def test_rows_out_of_order_are_refused() -> None:
    later = changed(start=1, parent=NO_PARENT)

    assert len(table_of([GOOD, later]).rows) == 2
    with pytest.raises(FrameError, match="order"):
        table_of([later, GOOD])
    with pytest.raises(FrameError, match="order"):
        table_of([], [(2, 5, 0, 1), IMPORT], b"x")


def test_a_child_outside_of_its_parent_is_refused() -> None:
    small = changed(end=8, doc=0, doc_end=0)

    with pytest.raises(FrameError, match="reaches out"):
        table_of([small, changed(parent=0)])


def test_nesting_without_end_is_refused() -> None:
    rows = [changed(parent=NO_PARENT if depth == 0 else depth - 1) for depth in range(999)]

    assert len(table_of(rows[:DEPTH_MAX]).rows) == DEPTH_MAX
    with pytest.raises(FrameError, match="deep"):
        table_of(rows)


def test_names_that_are_not_utf_8_are_refused() -> None:
    with pytest.raises(FrameError, match="UTF-8"):
        table_of([GOOD], text=b"def \xe9(): pass")
    with pytest.raises(FrameError, match="UTF-8"):
        table_of([changed(name_end=5)], text="def é(): pas".encode())
    with pytest.raises(FrameError, match="UTF-8"):
        table_of([], [IMPORT], b"\xff")
    with pytest.raises(FrameError, match="UTF-8"):
        table_of([changed(scope_size=1)], [], "é".encode())
    assert len(table_of([GOOD], text=b"def f(): \xe9\xff\xff\xff").rows) == 1


def test_a_payload_that_is_too_short_is_refused() -> None:
    with pytest.raises(FrameError, match="ends at 0 of 48"):
        checked_table(b"", definition_count=1, import_count=0, text=TEXT)
    with pytest.raises(FrameError, match="ends at 9 of 16"):
        checked_batch(bytes(9), [TEXT])
    with pytest.raises(FrameError, match="ends at 0 of"):
        checked_table(b"", definition_count=2**32 - 1, import_count=0, text=TEXT)


def test_texts_that_are_sent_together_keep_their_own_syntax() -> None:
    texts = [
        b"import a\nclass C:\n    def m(self): 'x'\n",
        b"",
        "def ö(): pass\nimport ä, b\n".encode(),
        b"\xff = (\ndef f(): pass\n",
        b"class D: pass\nfrom x import y\n",
    ]
    extractor = Extractor(Language.PYTHON)
    answers = [extractor.syntax(text) for text in texts]

    batch = checked_batch(encoded_payload(answers), texts)

    assert batch.text_count == len(texts)
    for number, (text, rows) in enumerate(zip(texts, answers, strict=True)):
        alone = checked_table(
            rows.payload(),
            definition_count=rows.definition_count,
            import_count=rows.import_count,
            text=text,
        )
        table = batch.table(number)
        assert list(table.definitions(text)) == list(alone.definitions(text))
        assert list(table.import_ranges()) == list(alone.import_ranges())
        assert batch.has_errors(number) is rows.has_errors
    assert [batch.has_errors(number) for number in range(5)] == [False, False, False, True, False]


def test_a_text_may_not_refer_to_what_is_said_about_another() -> None:
    child = changed(parent=0)
    good = ([GOOD, changed(start=1, name=4)], [IMPORT], b"x")

    assert batch_of(good, good).text_count == 2
    assert batch_of(([GOOD, child], [], b""), ([GOOD, child], [], b"")).text_count == 2
    with pytest.raises(FrameError, match="parent"):
        batch_of(good, ([child], [], b""))
    with pytest.raises(FrameError, match="outside"):
        batch_of(([], [(0, 5, 0, 2)], b"x"), good)
    with pytest.raises(FrameError, match="outside"):
        batch_of(([changed(scope_size=2)], [], b"x"), good)
    with pytest.raises(FrameError, match="order"):
        batch_of(good, ([], [(2, 5, 0, 1), IMPORT], b"x"))
    with pytest.raises(FrameError, match="order"):
        batch_of(good, ([changed(start=1), GOOD], [], b""))


@pytest.mark.parametrize(
    "counts",
    [(DEFINITIONS_MAX + 1, 0, 0, 0), (0, IMPORTS_MAX + 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 2)],
)
def test_impossible_counts_are_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(FrameError):
        checked_batch(COUNTS.pack(*counts), [TEXT])


def test_more_than_was_counted_is_refused() -> None:
    with pytest.raises(FrameError, match="ends at"):
        checked_batch(COUNTS.pack(0, 0, 0, 0) + b"x", [TEXT])


def test_lines_are_counted_as_a_reader_does() -> None:
    table = table_of([GOOD, changed(start=4, end=5, signature_end=5, doc=0, doc_end=0)])

    first, last = table.lines(np.array([0, 4, 9]))

    assert (first.tolist(), last.tolist()) == ([1, 2], [3, 2])
