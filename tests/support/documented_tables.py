"""A reader of tables that knows `docs/formats/index.md` and none of the code."""

import itertools
import struct
import zlib


class Tables:
    """One file of tables.

    Args:
        content: Of the file.
        crc32: Of its header, as the manifest says.
    """

    def __init__(self, content: bytes, crc32: int) -> None:
        magic, version, count, size = struct.unpack_from("<8sIIQ", content)
        assert (magic, version, size) == (b"NANOTAB\0", 3, len(content))
        end = 24 + 24 * count
        assert struct.unpack_from("<II", content, end) == (crc32, 0)
        assert zlib.crc32(content[:end]) == crc32
        self.section: dict[int, bytes] = {}
        for number in range(count):
            kind, section_crc32, offset, size = struct.unpack_from(
                "<IIQQ", content, 24 + 24 * number
            )
            self.section[kind] = content[offset : offset + size]
            assert zlib.crc32(self.section[kind]) == section_crc32

    def terms(self) -> list[int]:
        """Return TERMS."""
        content = self.section[6]
        places = range(0, len(content), 6)
        return [int.from_bytes(content[place : place + 6], "little") for place in places]

    def numbers(self, kind: int, code: str) -> list[int]:
        """Return a section of plain numbers."""
        return [row[0] for row in struct.iter_unpack(f"<{code}", self.section[kind])]

    def columns(self, kind: int) -> list[list[int]]:
        """Return the columns of a section as they are stored."""
        content, place, found = self.section[kind], 0, []
        while place < len(content):
            count, width, exception_count, zero = struct.unpack_from("<IIII", content, place)
            assert not zero
            start = place + 16
            numbers = list(struct.unpack_from(f"<{count}{' BH I'[width]}", content, start))
            start += -(-count * width // 8) * 8
            for number in range(exception_count):
                index, value = struct.unpack_from("<II", content, start + 8 * number)
                numbers[index] = value
            found.append(numbers)
            place = start + 8 * exception_count
        return found

    def starts(self, kind: int) -> list[int]:
        """Return a column of starts."""
        (counts,) = self.columns(kind)
        return list(itertools.accumulate(counts, initial=0))

    def name(self, offset: int, size: int) -> str:
        """Return a name."""
        return self.section[15][offset : offset + size].decode()


def signed(number: int) -> int:
    """Return the number that is stored as z."""
    return number // 2 if number % 2 == 0 else -(number + 1) // 2


def summed(steps: list[int]) -> list[int]:
    """Return the numbers of which the steps are stored as z."""
    return list(itertools.accumulate(map(signed, steps)))


def chunk_rows(tables: Tables) -> list[tuple[int, ...]]:
    """Return CHUNKS."""
    files, definitions, *places = tables.columns(2)
    columns = [summed(files)]
    for stored in places:
        values: list[int] = []
        for number, value in enumerate(stored):
            before = values[-1] if values else 0
            values.append(value if files[number] else before + signed(value))
        columns.append(values)
    return list(zip(*columns, summed(definitions), strict=True))


def definition_rows(tables: Tables) -> list[tuple[int, ...]]:
    """Return DEFINITIONS, its fields in the order of the code."""
    rows: list[tuple[int, ...]] = []
    parents = starts = lines = 0
    for row in zip(*tables.columns(9), strict=True):
        kind, name_size, parent, start, size, name, sig, sig_size, doc, doc_size = row[:10]
        line, line_count, scope, scope_size = row[10:]
        parents += signed(parent)
        starts += signed(start)
        lines += signed(line)
        sig_start = starts + signed(sig - 1) if sig else 0
        doc_start = starts + signed(doc - 1) if doc else 0
        own = (kind, 0, name_size, parents, starts, starts + size, starts + name)
        header = (lines, lines + line_count, sig_start, sig_start + sig_size)
        rest = (doc_start, doc_start + doc_size, max(0, scope - 1), scope_size, 0)
        rows.append((*own, *header, *rest))
    return rows
