"""Our own requests and notifications: names and shapes, as `docs/protocol.md` has them.

A test compares this module with that page, with `protocol.ts` of the VS Code extension
and with `protocol.lua` of the Neovim plugin: the same methods, objects, keys and types.
Standard library only: `initialize` needs the version.
"""

from typing import Final, Literal, NotRequired, TypedDict

PROTOCOL_VERSION: Final = 1

STATUS: Final = "nanobot/status"
PROCESSES: Final = "nanobot/processes"
REVIEW: Final = "nanobot/review"
DID_CHANGE_STATUS: Final = "nanobot/didChangeStatus"
DID_CHANGE_PROCESS: Final = "nanobot/didChangeProcess"
SHOW_REVIEW: Final = "nanobot/showReview"
RESYNC: Final = "nanobot/resync"

IndexState = Literal["idle", "indexing"]
ModelState = Literal["missing", "present", "loaded"]
Change = Literal["edited", "created", "moved", "removed"]


class ServerStatus(TypedDict):
    """The language server itself."""

    version: str
    pid: int
    logPath: str


class IndexStatus(TypedDict):
    """The index of one workspace."""

    state: IndexState
    percentage: int | None
    files: int
    definitions: int
    problem: str


class WorkspaceStatus(TypedDict):
    """One workspace folder."""

    uri: str
    name: str
    isHostRunning: bool
    index: IndexStatus | None


class ModelStatus(TypedDict):
    """The model of one role."""

    role: str
    name: str
    state: ModelState


class CompletionStatus(TypedDict):
    """Inline completion."""

    isOn: bool
    model: str
    problem: str


class Status(TypedDict):
    """How everything is."""

    server: ServerStatus
    workspaces: list[WorkspaceStatus]
    models: list[ModelStatus]
    completion: CompletionStatus


class ProcessesParams(TypedDict):
    """Which processes are asked for."""

    uri: NotRequired[str]


class Process(TypedDict):
    """One process and how far it is."""

    processId: str
    workspaceUri: str
    goal: str
    recipe: str
    state: str
    isAlive: bool
    done: int
    steps: int
    edits: int
    refused: int
    seconds: float
    percentage: int | None
    message: str


class ProcessesResult(TypedDict):
    """Processes, newest first."""

    processes: list[Process]


class ReviewParams(TypedDict):
    """Which review is asked for."""

    processId: str
    uri: NotRequired[str]


class ReviewHunk(TypedDict):
    """A part of a review that can be decided on."""

    hunkId: str
    title: str
    startLine: int
    endLine: int
    isLikely: bool
    isFound: bool


class ReviewFile(TypedDict):
    """What a process would do to one file."""

    path: str
    uri: str
    change: Change
    newUri: str | None
    originalUri: str
    modifiedUri: str
    hunks: list[ReviewHunk]


class ReviewRefusal(TypedDict):
    """What a process left alone, and why."""

    path: str
    definition: str
    reason: str


class Review(TypedDict):
    """What a process would do."""

    processId: str
    workspaceUri: str
    goal: str
    recipe: str
    state: str
    isWhole: bool
    files: list[ReviewFile]
    refused: list[ReviewRefusal]
    notes: list[str]


class ResyncParams(TypedDict):
    """Whose full text is asked for."""

    uri: str
