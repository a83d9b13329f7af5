"""What comparing two runs of the user's code says."""

from dataclasses import dataclass
from enum import Enum

from nanobot_engine.check.diagnostic import Diagnostic
from nanobot_engine.errors import EngineError


class NoAnswerError(EngineError):
    """A program could not be run to its end: say why, and judge nothing."""


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
    new: tuple[Diagnostic, ...] = ()
    """What was not there before, where a checker says places."""
