"""What comparing two runs of the user's code says."""

from dataclasses import dataclass
from enum import Enum


class CheckOutcome(Enum):
    """Whether the code does as well after a change as before."""

    NO_WORSE = "no worse"
    WORSE = "worse"
    UNKNOWN = "unknown"
    """It could not be run."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome, and a line that explains it."""

    outcome: CheckOutcome
    detail: str
