"""Errors of the model part.

ModelError
├── UnknownModelError         no such model in the catalogue: a bug or a typing mistake
├── GrammarError             the form of an answer has no end or no grammar: a bug of the caller
├── AnswerFormError          an answer is not in its form: it is discarded
├── UnknownTemplateError      no chat template of ours fits: name one
├── UnpinnedModelError        its sha256 is not known before it is fetched: run `nanobot setup`
├── OwnModelsError            the user's additions to the catalogue are broken: repair the file
├── UnknownTierError          no such tier: choose one of those there are
├── HardwareError             the machine is too small: close programs or use another one
├── ProcessorError            the processor is too old for the prebuilt llama.cpp
├── DownloadError             no source gave the file: fix the network, or bring the file
├── DownloadCancelledError    the caller asked to stop: the next try continues
├── ChecksumError             the bytes are not the catalogue's: the file was removed or refused
├── DiskSpaceError            the disk is full: free space and try again
├── GgufError                 the file is no model that can be run: choose another file
├── ModelMissingError         not installed: run `nanobot setup`
├── ModelInUseError           it is being fetched now: wait for that
├── NotOurFileError           nanobot did not bring the file: the user may remove it
├── PromptTooLongError        ask with less text: nothing was sent
├── WaveRefusedError          the wave breaks a limit of this worker: a bug of the caller
├── WaveTimeoutError          the deadline passed, the worker was killed: ask for less
├── PoisonRequestError        this wave broke the worker twice: do not send it again
└── WorkerFailedError         the worker does not come up: show the reason to the user
"""

from collections.abc import Sequence
from pathlib import Path

from nanobot_engine.errors import EngineError


class ModelError(EngineError):
    """Base of everything the model part raises on purpose."""


class UnknownModelError(ModelError):
    """The catalogue has no entry for what was asked."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"{name}: not in the model catalogue, which has {', '.join(known)}")
        self.name = name
        self.known = tuple(known)


class GrammarError(ModelError):
    """A form can not be said in a grammar, or what it admits has no end."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{place}: {what}")
        self.place = place
        self.what = what


class AnswerFormError(ModelError):
    """An answer is not in the form that was asked for."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(f"answer {text[:80]!r}: {why}")
        self.text = text
        self.why = why


class UnknownTemplateError(ModelError):
    """No chat template of ours is named so, or fits the file."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"{name}: no chat template fits; name one of {', '.join(known)}")
        self.name = name
        self.known = tuple(known)


class UnpinnedModelError(ModelError):
    """Nobody knows yet which bytes are right: the first fetch pins them."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name}: was never fetched, so its sha256 is not known; run 'nanobot setup'"
        )
        self.name = name


class OwnModelsError(ModelError):
    """The file with the user's own models can not be used."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}; repair or remove it, then run 'nanobot setup'")
        self.path = path
        self.reason = reason


class UnknownTierError(ModelError):
    """The name is no tier."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"{name}: no such tier; there are {', '.join(known)}")
        self.name = name
        self.known = tuple(known)


class HardwareError(ModelError):
    """The machine cannot run the smallest tier."""

    def __init__(self, what: str, needed_bytes: int, available_bytes: int) -> None:
        remedy = "free some space" if what == "disk" else "close other programs"
        super().__init__(
            f"{what}: {available_bytes / 2**30:.1f} GiB available and at least "
            f"{needed_bytes / 2**30:.1f} GiB needed; {remedy} and try again"
        )
        self.what = what
        self.needed_bytes = needed_bytes
        self.available_bytes = available_bytes


class ProcessorError(ModelError):
    """The processor lacks what the prebuilt llama.cpp is made of."""

    def __init__(self) -> None:
        super().__init__(
            "processor: no AVX2, without which the prebuilt llama.cpp does not run; use "
            "another machine, or name one with 'nanobot setup --endpoint URL'"
        )


class DownloadError(ModelError):
    """No source could deliver the file."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class DownloadCancelledError(ModelError):
    """The caller's `cancelled` returned True; what was fetched is kept for the next try."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: download cancelled; the next 'nanobot setup' continues it")
        self.name = name


class ChecksumError(ModelError):
    """The bytes are not the ones the catalogue pins."""

    def __init__(self, name: str, expected: str, actual: str) -> None:
        super().__init__(
            f"{name}: sha256 is {actual}, expected {expected}; "
            "run 'nanobot setup' to fetch it again"
        )
        self.name = name
        self.expected = expected
        self.actual = actual


class DiskSpaceError(ModelError):
    """The disk cannot take the file; a download that was begun is kept."""

    def __init__(self, path: Path, needed_bytes: int, free_bytes: int) -> None:
        super().__init__(
            f"{path}: {needed_bytes / 1e6:.0f} MB needed and {free_bytes / 1e6:.0f} MB free; "
            "free some space and run 'nanobot setup' again"
        )
        self.path = path
        self.needed_bytes = needed_bytes
        self.free_bytes = free_bytes


class GgufError(ModelError):
    """A file is not a sound GGUF model, as far as its header shows."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path.name}: {reason}; choose another GGUF file")
        self.path = path
        self.reason = reason


class ModelMissingError(ModelError):
    """The model file is not there."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(f"{name}: no file {path}; run 'nanobot setup'")
        self.name = name
        self.path = path


class ModelInUseError(ModelError):
    """Another process is fetching the model."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: it is being fetched by another process; end that first")
        self.name = name


class NotOurFileError(ModelError):
    """A file that nanobot did not bring is never removed."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: not removed: {reason}; remove it yourself")
        self.path = path
        self.reason = reason


class PromptTooLongError(ModelError):
    """A prompt and the room for its answer do not fit one slot; nothing was sent."""

    def __init__(self, prompt_index: int, tokens: int, limit: int) -> None:
        super().__init__(
            f"prompt {prompt_index}: {tokens} tokens, at most {limit} fit beside the answer; "
            "ask with less text"
        )
        self.prompt_index = prompt_index
        self.tokens = tokens
        self.limit = limit


class WaveRefusedError(ModelError):
    """The worker is well, and the wave is not acceptable to it."""

    def __init__(self, role: str, reason: str) -> None:
        super().__init__(f"{role}: wave refused: {reason}")
        self.role = role
        self.reason = reason


class WaveTimeoutError(ModelError, TimeoutError):
    """The deadline of a wave passed; its worker was killed and the next wave gets a new one."""

    def __init__(self, role: str, timeout_s: float) -> None:
        super().__init__(f"{role}: no answer within {timeout_s:g} s; the model worker was stopped")
        self.role = role
        self.timeout_s = timeout_s


class EndpointTimeoutError(WaveTimeoutError):
    """The deadline of a wave passed, and the endpoint was told no more."""

    def __init__(self, role: str, timeout_s: float) -> None:
        ModelError.__init__(
            self, f"{role}: no answer within {timeout_s:g} s; the connection was dropped"
        )
        self.role = role
        self.timeout_s = timeout_s


class PoisonRequestError(ModelError):
    """One and the same wave failed twice; it is quarantined."""

    def __init__(self, role: str, reason: str) -> None:
        super().__init__(f"{role}: wave given up after two failures: {reason}")
        self.role = role
        self.reason = reason


class WorkerFailedError(ModelError):
    """The model worker does not start, or does not stay up."""

    def __init__(self, role: str, reason: str) -> None:
        super().__init__(f"{role}: model worker failed: {reason}; see 'nanobot doctor'")
        self.role = role
        self.reason = reason
