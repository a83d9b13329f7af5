"""What comparing two runs of the user's code says."""

from dataclasses import dataclass
from enum import Enum

from nanobot_engine.check.confined import ConfinedRun
from nanobot_engine.check.diagnostic import Diagnostic
from nanobot_engine.errors import EngineError


class NoAnswerError(EngineError):
    """A program could not be run to its end: say why, and judge nothing."""


class InnocentError(NoAnswerError):
    """Something outside kept a program from its end: not even that speaks against a change."""


def no_answer(name: str, run: ConfinedRun) -> NoAnswerError:
    """Return the error of a run without an answer.

    Args:
        name: What ran.
        run: How it ended.
    """
    if run.is_innocent:
        return InnocentError(f"{name} {run.stopped}")
    if run.stopped:
        return NoAnswerError(f"{name} {run.stopped}")
    return NoAnswerError(f"{name} ended with {run.exit_code}: {run.complaint}")


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
