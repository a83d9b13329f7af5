"""The names of the definitions of one segment, prepared for matching.

A name is compared folded (A-Z as a-z), as the table of symbols has it. For matches
by initials it is also kept in its hump form: the first letter of every part as a
capital, the rest small, without `_`: `load_config` and `LoadConfig` are both
`LoadConfig`, `HTTPServer` is `HttpServer`.
"""

import bisect
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.volume.format import Section
from nanobot_indexer.volume.segment import Segment

_END: Final = ord("\n")

# Names of files that stand for their folder.
_FOLDER_STEMS: Final = frozenset({b"__init__", b"index", b"mod", b"lib"})


def _letter_bits() -> npt.NDArray[np.uint64]:
    """Return one bit per letter, digit and `_`, and one for all other bytes."""
    bits = np.full(256, 37, dtype=np.uint64)  # (byte,)
    for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz0123456789_"):
        bits[ord(letter)] = number
    masks = np.uint64(1) << bits
    masks[_END] = 0
    return masks


_BIT_BY_BYTE: Final = _letter_bits()


def letter_mask(name: bytes) -> np.uint64:
    """Return which letters a folded name has, as `SymbolNames.letter_masks` has it."""
    masks = _BIT_BY_BYTE[np.frombuffer(name, dtype=np.uint8)]
    return np.uint64(np.bitwise_or.reduce(masks))


class SymbolNames:
    """Built from the tables and the text when first used. Safe to share between threads."""

    def __init__(self, segment: Segment) -> None:
        self.segment: Final = segment
        self._place_by_owner: Final[dict[int, bytes]] = {}

    @classmethod
    def of(cls, segment: Segment) -> "SymbolNames":
        """Return the names of a segment, made once, whichever of its files are alive."""
        return segment.kept("symbol names", lambda: cls(segment))

    @cached_property
    def blob(self) -> bytes:
        """The folded names, sorted, each ended by a line feed."""
        return self.segment.array(Section.SYMBOLS).tobytes()

    @cached_property
    def starts(self) -> npt.NDArray[np.int64]:
        """Where each name starts in `blob`. Shape `(symbol_count + 1,)`."""
        return self.segment.array(Section.SYMBOL_STARTS).astype(np.int64)

    @cached_property
    def _bounds(self) -> memoryview:
        # An item of a view is read at a third of the price of one of an array.
        return self.starts.data

    @property
    def definition_starts(self) -> npt.NDArray[Any]:
        """Into `definitions`. Shape `(symbol_count + 1,)`."""
        return self.segment.array(Section.SYMBOL_DEFINITION_STARTS)

    @property
    def definitions(self) -> npt.NDArray[Any]:
        """The definitions of each symbol, one after the other."""
        return self.segment.array(Section.SYMBOL_DEFINITIONS)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def name(self, symbol: int) -> bytes:
        """Return a folded name."""
        return self.blob[self._bounds[symbol] : self._bounds[symbol + 1] - 1]

    def find(self, name: bytes) -> int | None:
        """Return the symbol with a folded name."""
        symbol = bisect.bisect_left(range(len(self)), name, key=self.name)
        return symbol if symbol < len(self) and self.name(symbol) == name else None

    def definitions_named(self, name: bytes) -> npt.NDArray[np.int64]:
        """Return the definitions with a folded name, in the order of the segment."""
        symbol = self.find(name)
        if symbol is None:
            return np.zeros(0, np.int64)
        first, end = self.definition_starts[symbol : symbol + 2].tolist()
        return self.definitions[first:end].astype(np.int64)

    def with_prefix(self, prefix: bytes) -> range:
        """Return the symbols that start with a folded text."""
        first = bisect.bisect_left(range(len(self)), prefix, key=self.name)
        size = len(prefix)
        end = bisect.bisect_right(
            range(len(self)), prefix, lo=first, key=lambda symbol: self.name(symbol)[:size]
        )
        return range(first, end)

    def containing(self, text: bytes) -> npt.NDArray[np.int64]:
        """Return the symbols with a folded text in them, ascending."""
        places = []
        place = self.blob.find(text)
        while place >= 0:
            places.append(place)
            # One occurrence per name is enough.
            end = self.blob.index(b"\n", place)
            place = self.blob.find(text, end)
        return np.searchsorted(self.starts, np.array(places, dtype=np.int64), side="right") - 1

    @cached_property
    def sizes(self) -> npt.NDArray[np.int64]:
        """Length of each name in bytes. Shape `(symbol_count,)`."""
        return np.diff(self.starts) - 1

    @cached_property
    def letter_masks(self) -> npt.NDArray[np.uint64]:
        """Which letters each name has. Shape `(symbol_count,)`."""
        if not len(self):
            return np.zeros(0, dtype=np.uint64)
        bits = _BIT_BY_BYTE[np.frombuffer(self.blob, dtype=np.uint8)]
        masks: npt.NDArray[np.uint64] = np.bitwise_or.reduceat(bits, self.starts[:-1])
        return masks

    def matrix(self, symbols: npt.NDArray[np.int64], width: int) -> npt.NDArray[np.uint8]:
        """Return names as rows of bytes, cut or filled with line feeds. `(symbols, width)`."""
        places = self.starts[symbols][:, None] + np.arange(width)
        inside = places < self.starts[symbols + 1][:, None]
        content = np.frombuffer(self.blob, dtype=np.uint8)
        return np.where(inside, content[np.where(inside, places, 0)], np.uint8(_END))

    @cached_property
    def files(self) -> npt.NDArray[np.int64]:
        """The file of each definition. Shape `(definition_count,)`."""
        counts = np.diff(self.segment.definition_starts)
        owners: npt.NDArray[np.int64] = np.repeat(np.arange(len(counts)), counts)
        return owners

    def place_of(self, owner: int) -> bytes:
        """Return the scope of what is in a definition, or at the top of a file.

        Args:
            owner: A definition, or `-1 - file`.

        Returns:
            Folders, file and definitions from the outermost one inwards, folded, a dot
            before each. A file that stands for its folder is left out.
        """
        found = self._place_by_owner.get(owner)
        if found is None:
            found = self._module_of(-1 - owner) if owner < 0 else self._inside_of(owner)
            self._place_by_owner[owner] = found
        return found

    def owners_of(self, definitions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return what each definition is in, as `place_of` takes it. Shape as given."""
        files = self.files[definitions]
        parents = self.segment.array(Section.DEFINITIONS)["parent"][definitions].astype(np.int64)
        return np.where(parents >= 0, self.segment.definition_starts[files] + parents, -1 - files)

    def own_scope_of(self, definition: int) -> bytes:
        """Return what is written before a name, like the `Server` of Go's methods, folded."""
        row = self.segment.array(Section.DEFINITIONS)[definition]
        offset, size = int(row["scope_offset"]), int(row["scope_size"])
        return self.segment.array(Section.NAMES)[offset : offset + size].tobytes().lower()

    def _inside_of(self, definition: int) -> bytes:
        # Definitions nest at most as deep as the parser lets them.
        (owner,) = self.owners_of(np.array([definition])).tolist()
        parts = (self.own_scope_of(definition), self.name(int(self.symbols[definition])))
        return self.place_of(owner) + b"".join(b"." + part for part in parts if part)

    def _module_of(self, file: int) -> bytes:
        folders, _, file_name = self.segment.path_of(file).encode().lower().rpartition(b"/")
        stem = file_name.partition(b".")[0]
        parts = [part for part in folders.split(b"/") if part]
        return b"".join(
            b"." + part for part in (parts if stem in _FOLDER_STEMS else [*parts, stem])
        )

    @cached_property
    def symbols(self) -> npt.NDArray[np.int64]:
        """The symbol of each definition. Shape `(definition_count,)`."""
        owners = np.zeros(self.segment.definition_count, dtype=np.int64)
        starts = self.definition_starts.astype(np.int64)
        counts = starts[1:] - starts[:-1]
        owners[self.definitions] = np.repeat(np.arange(len(self)), counts)
        return owners

    @cached_property
    def humps(self) -> tuple[bytes, npt.NDArray[np.int64]]:
        """The hump forms of all definitions, each ended by a line feed, and where each starts.

        Definitions of one symbol may be spelled differently, so there is one form per
        definition, in the order of the segment. Starts have shape `(definition_count + 1,)`.
        """
        table = self.segment.array(Section.DEFINITIONS)
        sizes = table["name_size"].astype(np.int64) + 1  # With the line feed.
        begins = self.segment.file_starts[self.files] + table["name_start_byte"]
        starts = np.concatenate(([0], np.cumsum(sizes)))
        if not len(table):
            return b"", starts
        buffer, begin, end = self.segment.text_buffer()
        text = np.frombuffer(buffer, dtype=np.uint8, count=end - begin, offset=begin)
        places = np.arange(int(starts[-1])) + np.repeat(begins - starts[:-1], sizes)
        # A name at the very end of the text has no byte behind it.
        spelled = text[np.minimum(places, len(text) - 1)].copy()
        spelled[spelled == _END] = ord(" ")
        spelled[starts[1:] - 1] = _END
        return _hump_form(spelled, starts)


def _hump_form(
    spelled: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64]
) -> tuple[bytes, npt.NDArray[np.int64]]:
    is_upper = (spelled >= ord("A")) & (spelled <= ord("Z"))
    is_digit = (spelled >= ord("0")) & (spelled <= ord("9"))
    lowered = np.where(is_upper, spelled + 32, spelled).astype(np.uint8)
    is_small = ((lowered >= ord("a")) & (lowered <= ord("z")) & ~is_upper) | (spelled >= 0x80)
    is_part = is_upper | is_digit | is_small
    before = np.concatenate(([False], is_part[:-1]))
    after_small = np.concatenate((is_small[1:], [False]))
    before_upper = np.concatenate(([False], is_upper[:-1]))
    before_digit = np.concatenate(([False], is_digit[:-1]))
    is_hump = is_part & ~before
    # `S` in `HTTPServer` starts a hump as much as `S` in `httpServer`.
    is_hump |= is_upper & (~before_upper | after_small)
    is_hump |= is_digit & ~before_digit
    formed = np.where(is_hump & (is_upper | is_small) & (lowered < 0x80), lowered - 32, lowered)
    is_kept = is_part | (spelled == _END)
    kept_before = np.concatenate(([0], np.cumsum(is_kept)))
    return formed.astype(np.uint8)[is_kept].tobytes(), kept_before[starts]
