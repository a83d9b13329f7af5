"""What a chunk should measure."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class WindowSize:
    """How large a chunk is made. Lines count first, bytes keep the extremes sane."""

    lines_min: int
    """A chunk of as many lines, and `bytes_min`, is large enough to end."""
    lines_max: int
    """A definition of at most as many lines, and `bytes_whole_max`, is never split."""
    lines_rest: int
    """A rest with fewer lines joins its neighbour."""
    bytes_min: int
    """Short lines: a chunk grows beyond `lines_max` until it has 1.5 times as many bytes."""
    bytes_max: int
    """Long lines: a chunk ends earlier than `lines_min` when it can."""

    @property
    def bytes_whole_max(self) -> int:
        """The bytes of a definition that is kept whole: prose has lines as long as paragraphs."""
        return 2 * self.bytes_max

    @property
    def lines_joined_max(self) -> int:
        """The lines of a chunk together with the rest that joined it."""
        return self.lines_max + self.lines_rest

    @property
    def bytes_joined_max(self) -> int:
        """The bytes of a chunk together with the rest that joined it."""
        return self.bytes_max + self.bytes_max // 2


_LINES_MIN: Final = 40
_LINES_MAX: Final = 60
_LINES_REST: Final = 15
# A segment has 8 MiB of text and 8,192 chunks.
_BYTES_MIN: Final = 1024
_BYTES_MAX: Final = 4096


def window_size(growth: int = 1) -> WindowSize:
    """Return the measures of a chunk.

    Args:
        growth: 1 unless a text has too many chunks: then 2, 4, …
    """
    return WindowSize(
        _LINES_MIN * growth,
        _LINES_MAX * growth,
        _LINES_REST,
        _BYTES_MIN * growth,
        _BYTES_MAX * growth,
    )
