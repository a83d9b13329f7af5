"""What a measured value is held against."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """What a value must not exceed, or with `at_least` must reach."""

    limit: float
    at_least: bool = False

    def is_met(self, value: float) -> bool:
        """Compare."""
        return value >= self.limit if self.at_least else value <= self.limit

    def verdict(self, value: float) -> str:
        """Return one word."""
        return "met" if self.is_met(value) else "MISSED"

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}"
