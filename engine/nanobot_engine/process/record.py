"""Rows of the ledger as values.

Frozen, without behaviour beyond their own JSON: what a process is made of, for
everybody who reads the ledger.
"""

import json
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Final, Self

from nanobot_engine.process.state import ProcessState
from nanobot_engine.recipe import Goal

VERDICT_EDIT: Final = "edit"
VERDICT_REFUSED: Final = "refused"


@dataclass(frozen=True, slots=True)
class ProcessOptions:
    """What the answers of a process depend on, besides model, prompts and files.

    Stored with the process: a resumed run uses these, whatever the settings say
    by then, so that it ends like an uninterrupted one.
    """

    seed: int
    votes_ahead: int
    """k: how far the leading class must be ahead."""
    samples_per_wave: int
    """Answers per step and wave, drawn over one shared prompt."""
    samples_max: int
    """A step with this many answers and no winner is refused."""
    temperature: float
    slots: int
    """Answers that one worker decodes together."""
    context_tokens: int
    """Of one slot."""
    steps_max: int
    """Budget: later steps are not started."""
    model: str
    """Name of the main model."""

    def to_json(self) -> str:
        """Return the form that the ledger stores."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote, by this or an older version."""
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in json.loads(text).items() if key in known})


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """One process and its present state."""

    process_id: str
    goal: Goal
    options: ProcessOptions
    created_at_ms: int
    state: ProcessState
    reason: str
    unvouched_checks: str = ""
    """What its ledger says may run, as goals have it, without that this user allowed it here:
    it is not in `goal`. See `allowance`."""


@dataclass(frozen=True, slots=True)
class BaseFile:
    """A file as it was when its process started."""

    path: str
    sha256: str
    data: bytes
    is_overlay: bool
    """The text of an unsaved editor buffer, not of the disk."""


@dataclass(frozen=True, slots=True)
class Step:
    """One item of a recipe, in its place in the process."""

    index: int
    item_key: str
    path: str
    label: str


@dataclass(frozen=True, slots=True)
class VoteRecord:
    """One sampled answer. `flag` tells why it did not count, None when it did."""

    step_index: int
    wave_index: int
    sample_index: int
    answer: str
    tokens: int
    flag: str | None


@dataclass(frozen=True, slots=True)
class WaveRecord:
    """What one wave cost."""

    index: int
    role: str
    seed: int
    prompt_tokens: int
    cached_tokens: int
    generated_tokens: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step: an edit, or a refusal with its cause."""

    step_index: int
    verdict: str
    cause: str
    """Of a refusal: the gate, the flag, or "no agreement". Of an edit: ""."""
    detail: str
    edit_json: str | None
    margin: int


@dataclass(frozen=True, slots=True)
class DoubtRecord:
    """A step that a model judges, and the edit of a yes."""

    step_index: int
    question: str
    edit_json: str


@dataclass(frozen=True, slots=True)
class NoteRecord:
    """Something the user should know about a change."""

    path: str
    line: int
    """1-based; 0 for the whole file."""
    text: str


@dataclass(frozen=True, slots=True)
class AskedStep:
    """A step that is asked again."""

    path: str
    label: str
    """Its definition, for people."""
    reason: str
    """Why its edit fits nowhere."""


class GateVerdict(StrEnum):
    """What a gate over a whole change said. Stored by value: never rename one."""

    PASSED = "passed"
    REFUSED = "refused"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class GateRun:
    """A gate over a whole change."""

    gate: str
    verdict: GateVerdict
    detail: str
    """Why it refused or did not run; of one that passed, what it looked at."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over one process."""

    steps: int
    done: int
    accepted: int
    refused: int
    votes: int
    flags: int
    waves: int
    prompt_tokens: int
    cached_tokens: int
    generated_tokens: int
    seconds: float
    """Model time, without the time the process was paused."""


def process_id_of(number: int) -> str:
    """Return the id that users type."""
    return f"p{number}"
