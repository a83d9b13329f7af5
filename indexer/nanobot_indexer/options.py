"""Limits of one ingest, as one frozen value that the caller passes."""

from dataclasses import dataclass
from typing import Final

TEXT_SIZE_BYTES_LIMIT: Final = 256 * 1024 * 1024
"""No file may be larger than the text of one volume."""


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """What is too large, too slow or too much to be indexed."""

    file_size_bytes_max: int
    """A larger file is skipped."""
    line_length_bytes_max: int
    """A file with a longer line is skipped: it is generated or minified."""
    parse_timeout_s: float
    """Wall-clock limit for the syntax of one file. A slower file is kept as text."""
    parse_memory_bytes_max: int
    """Address space of one parse worker. One that needs more is killed by its own
    allocator, and the file is kept as text."""
    parse_workers: int
    """How many parse workers run side by side, at least 1."""
    files_max: int
    """Files beyond this count, in path order, are skipped."""

    def __post_init__(self) -> None:
        """Reject limits that the format or the machine can not keep."""
        if not 0 < self.file_size_bytes_max <= TEXT_SIZE_BYTES_LIMIT:
            msg = (
                f"file_size_bytes_max: {self.file_size_bytes_max} is not in "
                f"1..{TEXT_SIZE_BYTES_LIMIT}"
            )
            raise ValueError(msg)
        for name in ("line_length_bytes_max", "parse_timeout_s", "parse_memory_bytes_max"):
            if getattr(self, name) <= 0:
                msg = f"{name}: {getattr(self, name)} is not positive"
                raise ValueError(msg)
        if self.parse_workers < 1 or self.files_max < 0:
            msg = f"parse_workers: {self.parse_workers} and files_max: {self.files_max} are too low"
            raise ValueError(msg)


DEFAULT_INDEX_OPTIONS: Final = IndexOptions(
    # Sources above 2 MiB are data or generated; 10 MB of minified script cost 15 s and 1.5 GiB.
    file_size_bytes_max=2 * 1024 * 1024,
    line_length_bytes_max=20_000,
    parse_timeout_s=5.0,
    parse_memory_bytes_max=1024 * 1024 * 1024,
    # A background ingest leaves the other cores to the editor.
    parse_workers=1,
    files_max=200_000,
)
