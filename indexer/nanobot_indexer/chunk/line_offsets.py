"""Where lines start. A line ends with a line feed, a carriage return or both."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_LINE_FEED: Final = 0x0A
_CARRIAGE_RETURN: Final = 0x0D

# One file, as the segment of which it is the only one.
_FIRST: Final = np.zeros(1, dtype=np.int64)


def line_starts_of(text: bytes, file_starts: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Return the offset of the first byte of every line.

    Args:
        text: One file, or the files of a segment one after the other.
        file_starts: Shape (F+1,), ascending offsets in `text`: a file starts a line
            even where the file before it does not end one. None: one file.

    Returns:
        Shape (lines,), ascending, offsets in `text`. A line feed at the end of a file
        starts no further line; an empty text has none.
    """
    codes = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero(codes == _LINE_FEED)
    if b"\r" in text:
        returns = np.flatnonzero(codes == _CARRIAGE_RETURN)
        followers = codes[np.minimum(returns + 1, len(codes) - 1)]
        # Of `\r\n` the line feed counts, but a `\r` that ends the text is alone.
        lone = returns[(followers != _LINE_FEED) | (returns == len(codes) - 1)]
        if len(lone):
            ends = np.sort(np.concatenate((ends, lone)))
    starts = ends + 1
    firsts = _FIRST if file_starts is None else file_starts[:-1]
    if len(starts) and starts[-1] == len(text):
        starts = starts[:-1]
    # A file that starts no line yet: the first of all, and the one after an unended line.
    places = np.searchsorted(starts, firsts)
    known = np.append(starts, -1)[places] == firsts
    missing = firsts[~known & (firsts < len(text))]
    if len(missing):
        # Each once; `np.unique` would first import a part of numpy that nobody needs.
        missing = missing[np.append(True, missing[1:] != missing[:-1])]
        starts = np.insert(starts, np.searchsorted(starts, missing), missing)
    return starts
