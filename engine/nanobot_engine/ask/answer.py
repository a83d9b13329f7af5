"""What asking ends with: an answer with its evidence, or why there is none."""

from dataclasses import dataclass
from enum import StrEnum

from nanobot_engine.ask.question import Question
from nanobot_engine.context import Evidence


class Reason(StrEnum):
    """Why there is no answer. Part of JSON documents: never rename a value."""

    NOTHING_MATCHES = "nothing_matches"
    """What the question names or quotes is nowhere, or nothing is like it: no model was asked."""
    NO_ANSWER = "no_answer"
    """There was evidence, and no reply about it passed the checks, or it holds no answer."""
    NO_AGREEMENT = "no_agreement"
    """Replies passed the checks and said different things."""
    TIMEOUT = "timeout"
    """The time was over. What was found so far is among the candidates."""
    MODEL_MISSING = "model_missing"
    """No model is installed: the candidates are what retrieval alone found."""
    MODEL_FAILED = "model_failed"
    """The model could not be run: the candidates are what retrieval alone found."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Lines of the workspace that the answer is from, checked by program."""

    handle: str
    """Of the piece of text that they are in."""
    path: str
    start_line: int
    """1-based."""
    end_line: int
    """1-based, inclusive."""
    text: str
    """What the lines say, without the space around."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What the models did."""

    votes: int = 0
    """Replies that were sampled."""
    flags: int = 0
    """Replies that were discarded before they counted."""
    waves: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    """How many of these came from a stored prefix."""
    generated_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or none.

    Invariant: `text` is not empty exactly when `evidence` is not, and then `reason` is None.
    """

    question: Question
    text: str
    evidence: tuple[Quote, ...]
    reason: Reason | None
    problem: str
    """A sentence for people about the reason; empty for an answer."""
    candidates: tuple[Evidence, ...]
    """What was looked up, best first: not checked by any model."""
    near: tuple[str, ...]
    """Names like those that are nowhere."""
    cost: Cost
    seconds: float
    """Wall clock of it all."""
    first_token_seconds: float | None
    """Until the first model had read its first prompt; None when none was asked."""

    @property
    def is_found(self) -> bool:
        """Whether there is an answer."""
        return self.reason is None
