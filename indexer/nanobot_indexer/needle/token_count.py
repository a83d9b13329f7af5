"""About how many tokens a language model sees in a text, without its vocabulary.

Counts pieces as the splitting rule of today's byte-pair tokenizers does (o200k and its
kin): a run of letters with the one sign before it, capitals starting a new piece, digits
by three, signs with the line end after them, indentation. A longer word is charged one
token more for each further six letters.

Measured against the counts of o200k on two corpora: +3.1 % on Django 5.2.8 (1.19 M
tokens), -4.7 % on CPython 3.11's Lib with numpy 2.3.5 (10.3 M tokens).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

_LETTERS_PER_TOKEN: Final = 6
_DIGITS_PER_TOKEN: Final = 3
_BYTES_PER_FOREIGN_TOKEN: Final = 2

_SIGN, _LOWER, _UPPER, _DIGIT, _BLANK, _LINE_END, _FOREIGN, _NONE = range(8)


def _classes() -> npt.NDArray[np.uint8]:
    classes = np.full(256, _SIGN, dtype=np.uint8)  # (byte,)
    classes[ord("a") : ord("z") + 1] = _LOWER
    classes[ord("A") : ord("Z") + 1] = _UPPER
    classes[ord("0") : ord("9") + 1] = _DIGIT
    classes[[ord(" "), ord("\t")]] = _BLANK
    classes[[ord("\n"), ord("\r")]] = _LINE_END
    classes[128:] = _FOREIGN
    return classes


_CLASS_BY_BYTE: Final = _classes()


def token_count(text: bytes) -> int:
    """Return about how many tokens a text has; 0 for an empty one."""
    if not text:
        return 0
    classes = _CLASS_BY_BYTE[np.frombuffer(text, dtype=np.uint8)]
    starts = np.concatenate(([0], np.flatnonzero(classes[1:] != classes[:-1]) + 1))  # (run,)
    sizes = np.diff(starts, append=len(classes))
    runs = classes[starts]
    following = np.append(runs[1:], _NONE)
    previous = np.append(_NONE, runs[:-1])
    lower, upper, digit = runs == _LOWER, runs == _UPPER, runs == _DIGIT
    # One sign before a letter belongs to the word: `.name`, `_name`, `(name`.
    joins_word = (sizes == 1) & ((following == _LOWER) | (following == _UPPER))
    pieces = (
        np.count_nonzero(lower)
        + np.count_nonzero(upper & (following != _LOWER))
        + np.count_nonzero((runs == _SIGN) & ~joins_word)
        + np.count_nonzero((runs == _LINE_END) & (previous != _SIGN))
        + np.count_nonzero((runs == _BLANK) & (sizes > 1))
    )
    longer = int(((sizes[lower] - 1) // _LETTERS_PER_TOKEN).sum())
    digits = int((-(-sizes[digit] // _DIGITS_PER_TOKEN)).sum())
    foreign = int((sizes[runs == _FOREIGN] // _BYTES_PER_FOREIGN_TOKEN).sum())
    return int(pieces) + longer + digits + foreign
