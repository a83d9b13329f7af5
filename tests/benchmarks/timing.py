"""How times are summed up, the same in every benchmark."""

import statistics
from collections.abc import Sequence

from nanobot_indexer.needle.evaluation import quantile


def p50_ms(seconds: Sequence[float]) -> float:
    """Return the median in milliseconds."""
    return 1e3 * statistics.median(seconds)


def p99_ms(seconds: Sequence[float]) -> float:
    """Return in milliseconds what 99 of 100 do not exceed; of fewer the greatest."""
    return 1e3 * quantile(seconds, 0.99)


def summary_ms(seconds: Sequence[float]) -> dict[str, float]:
    """Return what is worth knowing of some times, in milliseconds, and how many they are."""
    values = {
        "min": 1e3 * min(seconds),
        "p50": p50_ms(seconds),
        "p99": p99_ms(seconds),
        "max": 1e3 * max(seconds),
    }
    return {**{name: round(value, 2) for name, value in values.items()}, "count": len(seconds)}
