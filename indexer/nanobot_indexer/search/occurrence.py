"""Where the text of a volume has a token, and how well.

`get` in `get_name` is the word itself; in `getter` it starts one; in `target` it
is there by chance.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.volume.format import Section
from nanobot_indexer.volume.segment_reader import Segment

# One copy of a block serves all tokens, and `bytes.find` is several times faster
# than `mmap.find`.
BLOCK_BYTES: Final = 2 * 1024 * 1024

# A token as frequent as this says little, and listing it costs more than the scan.
OCCURRENCES_MAX: Final = 20_000

WEIGHT_OF_PART: Final = 1.0
WEIGHT_OF_START: Final = 0.5
WEIGHT_INSIDE: Final = 0.1

_LOWER, _UPPER, _OTHER_WORD, _NO_WORD = range(4)


def _character_classes() -> npt.NDArray[np.uint8]:
    classes = np.full(256, _NO_WORD, dtype=np.uint8)  # (byte,)
    classes[ord("a") : ord("z") + 1] = _LOWER
    classes[ord("A") : ord("Z") + 1] = _UPPER
    classes[ord("0") : ord("9") + 1] = _OTHER_WORD
    # Bytes of a letter beyond ASCII. `_` is no word character: it parts words.
    classes[128:] = _LOWER
    return classes


_CLASS_BY_BYTE: Final = _character_classes()


def occurrences(
    segment: Segment, needles: Sequence[bytes], *, is_folded: bool
) -> list[npt.NDArray[np.int64]]:
    """Return the offsets of each needle in the text of a volume.

    Args:
        segment: Its text has been checked.
        needles: Not empty, shorter than a block.
        is_folded: Scan the folded text; the needles are folded.

    Returns:
        One array per needle, increasing, at most `OCCURRENCES_MAX` long.
    """
    found: list[list[int]] = [[] for _ in needles]
    overlap = max((len(needle) for needle in needles), default=1) - 1
    total = len(segment.array(Section.TEXT))
    for start in range(0, total, BLOCK_BYTES):
        block = segment.text_block(start, BLOCK_BYTES + overlap, is_folded=is_folded)
        for needle, offsets in zip(needles, found, strict=True):
            _scan(block, needle, start, offsets)
    return [np.array(offsets, dtype=np.int64) for offsets in found]


def _scan(block: bytes, needle: bytes, start: int, offsets: list[int]) -> None:
    # An occurrence belongs to the block it starts in.
    end = min(len(block), BLOCK_BYTES + len(needle) - 1)
    find, append = block.find, offsets.append
    position = find(needle, 0, end)
    while position >= 0 and len(offsets) < OCCURRENCES_MAX:
        append(start + position)
        position = find(needle, position + len(needle), end)


def weights(segment: Segment, offsets: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.float64]:
    """Tell how much of a word each occurrence is.

    Args:
        segment: Where the occurrences are.
        offsets: Shape `(occurrence_count,)`.
        size: Length of the token in bytes.

    Returns:
        Shape `(occurrence_count,)`, values in (0, 1].
    """
    text = segment.array(Section.TEXT)
    before = _class_at(text, offsets - 1)
    first = _class_at(text, offsets)
    last = _class_at(text, offsets + size - 1)
    after = _class_at(text, offsets + size)
    # A part starts where the class changes, but for the step from a capital to small letters.
    starts = (before != first) & ~((before == _UPPER) & (first == _LOWER))
    ends = (last != after) & ~((last == _UPPER) & (after == _LOWER) & (size > 1))
    # `Http` in `HttpServer`: the capital belongs to the small letters behind it.
    starts |= (first == _UPPER) & (before != _UPPER)
    result = np.full(len(offsets), WEIGHT_INSIDE)
    result[starts] = WEIGHT_OF_START
    result[starts & ends] = WEIGHT_OF_PART
    return result


def _class_at(text: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    inside = (offsets >= 0) & (offsets < len(text))
    classes = np.full(len(offsets), _NO_WORD, dtype=np.uint8)
    classes[inside] = _CLASS_BY_BYTE[text[offsets[inside]]]
    return classes
