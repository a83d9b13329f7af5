"""Integers between two bounds, as a grammar over their digits."""

from itertools import pairwise


def integer_grammar(low: int, high: int) -> str:
    """Return alternatives that admit the integers from `low` to `high` and nothing else.

    Written as JSON has them: no plus, no leading zero, no `-0`.
    """
    assert low <= high
    options = []
    if low < 0:
        options += [f'"-" {one}' for one in _positive(max(1, -high), -low)]
    if high >= 0:
        options += _positive(max(0, low), high)
    return " | ".join(options)


def _positive(low: int, high: int) -> list[str]:
    """Cut the range where numbers get longer."""
    ends = [10**length for length in range(1, len(str(high)))]
    cuts = [low, *(end for end in ends if end > low), high + 1]
    return [one for start, end in pairwise(cuts) for one in _as_long(str(start), str(end - 1))]


def _as_long(low: str, high: str) -> list[str]:
    """Return alternatives for numbers of one length, digit by digit."""
    if low == high:
        return [f'"{low}"']
    first, last = low[0], high[0]
    rest = len(low) - 1
    if first == last:
        return [f'"{first}" {one}' for one in _as_long(low[1:], high[1:])]
    options = []
    # The first and the last digit stand alone unless everything may follow them.
    if low[1:] != "0" * rest:
        options += [f'"{first}" {one}' for one in _as_long(low[1:], "9" * rest)]
        first = str(int(first) + 1)
    is_last_full = high[1:] == "9" * rest
    middle = last if is_last_full else str(int(last) - 1)
    if first <= middle:
        options.append(f"[{first}-{middle}]" + (f" [0-9]{{{rest},{rest}}}" if rest else ""))
    if not is_last_full:
        options += [f'"{last}" {one}' for one in _as_long("0" * rest, high[1:])]
    return options
