"""Where the text and the tables of a segment come from: files, or memory."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from nanobot_indexer.errors import IndexerError, VolumeCorruptError
from nanobot_indexer.volume.container import Container, Sealed
from nanobot_indexer.volume.format import (
    DTYPE_BY_SECTION,
    FORMAT_VERSION,
    TABLES_MAGIC,
    TEXT_SECTION,
    VOLUME_MAGIC,
    Section,
)
from nanobot_indexer.volume.packing import PackingError, unpacked


class SegmentSource(Protocol):
    """Where the bytes of a segment come from."""

    path: Path
    """For messages."""

    def rows(self, section: Section) -> npt.NDArray[Any]:
        """Return a section, its checksum checked.

        Raises:
            VolumeCorruptError: It is damaged.
        """
        ...

    def text(self) -> tuple[Any, int, int]:
        """Return a buffer (bytes or mmap) and where the text starts and ends in it, checked.

        Raises:
            VolumeCorruptError: It is damaged.
        """
        ...

    def close(self) -> None:
        """Give back what is held."""


class FileSource:
    """A segment on disk."""

    def __init__(
        self, volume: Path, volume_seal: Sealed, tables: Path, tables_seal: Sealed
    ) -> None:
        self.path = tables
        self._volume = Container(
            volume, magic=VOLUME_MAGIC, version=FORMAT_VERSION, sealed=volume_seal
        )
        try:
            self._tables = Container(
                tables, magic=TABLES_MAGIC, version=FORMAT_VERSION, sealed=tables_seal
            )
        except (FileNotFoundError, IndexerError):
            self._volume.close()
            raise

    def rows(self, section: Section) -> npt.NDArray[Any]:
        """Return a section as its rows."""
        view = self._tables.section(section)
        try:
            rows = unpacked(section, view)
        except PackingError as error:
            raise VolumeCorruptError(self.path, f"{section.name.lower()}: {error}") from error
        if rows is not None:
            return rows
        dtype = DTYPE_BY_SECTION[section]
        if view.nbytes % dtype.itemsize:
            raise VolumeCorruptError(self.path, f"section {section.name.lower()} ends inside a row")
        return np.frombuffer(view, dtype=dtype)

    def text(self) -> tuple[Any, int, int]:
        """Return the map of the volume."""
        return self._volume.map_of(TEXT_SECTION)

    def check_all(self) -> None:
        """Check every byte of both files."""
        self.text()
        for kind in self._tables.kinds:
            self._tables.section(kind)

    def close(self) -> None:
        """Give the maps back."""
        self._volume.close()
        self._tables.close()


class MemorySource:
    """A segment that was never written: unsaved buffers, or one being made."""

    def __init__(self, text: bytes, sections: Mapping[Section, npt.NDArray[Any]]) -> None:
        self.path = Path("memory")
        self._text = text
        self._sections = sections

    def rows(self, section: Section) -> npt.NDArray[Any]:
        """Return a section."""
        return self._sections[section]

    def text(self) -> tuple[Any, int, int]:
        """Return the text."""
        return self._text, 0, len(self._text)

    def close(self) -> None:
        """Nothing is held."""
