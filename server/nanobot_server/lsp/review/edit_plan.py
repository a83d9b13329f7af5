"""The verified edits of a process, as the host sends them for review.

Offsets are bytes of the UTF-8 text whose digest is the base hash. A plan is
believed only where it fits: base and result are both checked here again.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from nanobot_server.lsp.errors import PlanError, TextChangedError
from nanobot_server.lsp.own.own_messages import Change

BOM: Final = b"\xef\xbb\xbf"
"""Editors show a text without it, so their positions do not count it."""


@dataclass(frozen=True, slots=True)
class PlanEdit:
    """New text for the bytes [start_byte, end_byte) of the base."""

    start_byte: int
    end_byte: int
    new_text: str
    label: str
    is_likely: bool = False
    """Whether somebody should look at it before it is made."""


@dataclass(frozen=True, slots=True)
class PlanFile:
    """The edits of one file, sorted, without overlap."""

    path: str
    """Relative to the workspace, with `/`."""
    base_sha256: str
    """Empty for a file that is created."""
    result_sha256: str
    """Empty for a file that is removed."""
    edits: tuple[PlanEdit, ...]
    new_path: str | None = None
    """Where it moves to."""

    @property
    def is_created(self) -> bool:
        """Whether there is no file before."""
        return not self.base_sha256

    @property
    def is_removed(self) -> bool:
        """Whether there is no file afterwards."""
        return not self.result_sha256

    @property
    def change(self) -> Change:
        """What happens to it: `created`, `moved`, `removed` or `edited`."""
        if self.is_created:
            return "created"
        if self.is_removed:
            return "removed"
        return "edited" if self.new_path is None else "moved"

    @property
    def operation(self) -> str | None:
        """What an editor must be able to do besides changing text."""
        if self.is_created:
            return "create"
        if self.is_removed:
            return "delete"
        return None if self.new_path is None else "rename"

    def result_of(self, base: bytes) -> bytes:
        """Return the bytes after all edits.

        Raises:
            TextChangedError: `base` is not the text the edits were verified for.
            PlanError: The edits do not give the text that was verified.
        """
        if not self.is_created and hashlib.sha256(base).hexdigest() != self.base_sha256:
            raise TextChangedError(self.path)
        if self.is_removed:
            return b""
        pieces, at = [], 0
        for edit in self.edits:
            pieces += [base[at : edit.start_byte], edit.new_text.encode()]
            at = edit.end_byte
        result = b"".join([*pieces, base[at:]])
        if hashlib.sha256(result).hexdigest() != self.result_sha256:
            raise PlanError(self.path, "its edits do not give the text that was verified")
        return result


@dataclass(frozen=True, slots=True)
class Refusal:
    """A definition that no verified edit was found for."""

    path: str
    definition: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlanHunk:
    """One place of one file that can be accepted or rejected."""

    hunk_id: str
    path: str
    """Relative to the workspace, with `/`."""
    line: int
    """1-based; 0 for the whole file."""
    line_count: int
    """How many lines of the file it replaces."""
    reason: str
    is_open: bool
    is_shared: bool
    """It comes and goes with others of its file."""
    is_likely: bool = False
    """No program proved that it belongs there."""
    new_path: str | None = None
    """Where its file moves to."""

    @property
    def is_decidable(self) -> bool:
        """Whether the user can still say yes or no to it."""
        return self.is_open and not self.is_shared


@dataclass(frozen=True, slots=True)
class PlanNote:
    """What the user should know about a place."""

    path: str
    line: int
    """1-based; 0 for the whole file."""
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that waits for the user's word."""

    process_id: str
    recipe: str
    state: str
    files: tuple[PlanFile, ...]
    refusals: tuple[Refusal, ...]
    is_whole: bool = False
    """Whether the files only make sense together: a refactoring."""
    hunks: tuple[PlanHunk, ...] = ()
    """Also those that are decided."""
    goal: str = ""
    """What the user asked for."""
    notes: tuple[PlanNote, ...] = ()

    @property
    def operations(self) -> frozenset[str]:
        """What an editor must be able to do besides changing text."""
        return frozenset(file.operation for file in self.files if file.operation)

    @property
    def open_hunks(self) -> tuple[PlanHunk, ...]:
        """Those that the user can still say yes or no to."""
        return tuple(hunk for hunk in self.hunks if hunk.is_decidable)

    def hunks_of(self, file: PlanFile) -> tuple[PlanHunk, ...]:
        """Return the open hunks of one of its files, in order of lines."""
        return tuple(hunk for hunk in self.open_hunks if file.path in (hunk.path, hunk.new_path))

    @property
    def edit_count(self) -> int:
        """How many edits there are in all files."""
        return sum(len(file.edits) for file in self.files)

    @classmethod
    def of(cls, answer: dict[str, Any]) -> "Plan":
        """Read the answer to `process.review`.

        Raises:
            PlanError: The host is of another version, or its edits overlap.
        """
        try:
            return cls(
                str(answer["process_id"]),
                str(answer["recipe"]),
                str(answer["state"]),
                tuple(_file(item) for item in answer["files"]),
                tuple(
                    Refusal(str(item["path"]), str(item["definition"]), str(item["reason"]))
                    for item in answer.get("refused", ())
                ),
                answer.get("is_whole") is True,
                tuple(_hunk(item) for item in answer.get("hunks", ())),
                str(answer.get("goal") or ""),
                tuple(
                    PlanNote(str(item["path"]), int(item["line"]), str(item["note"]))
                    for item in answer.get("notes", ())
                ),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise PlanError(
                "process.review", f"unexpected answer of the host ({error!r})"
            ) from error


def _hunk(item: dict[str, Any]) -> PlanHunk:
    return PlanHunk(
        hunk_id=str(item["hunk"]),
        path=str(item["path"]),
        line=int(item["line"]),
        line_count=int(item["line_count"]),
        reason="; ".join(str(reason) for reason in item["reasons"]),
        is_open=item["state"] == "open",
        is_shared=item["is_shared"] is True,
        is_likely=item.get("is_likely") is True,
        new_path=None if item.get("new_path") is None else str(item["new_path"]),
    )


def _file(item: dict[str, Any]) -> PlanFile:
    edits = sorted(
        (
            PlanEdit(
                int(edit["start_byte"]),
                int(edit["end_byte"]),
                str(edit["new_text"]),
                str(edit.get("label") or "nanobot"),
                edit.get("is_likely") is True,
            )
            for edit in item["edits"]
        ),
        key=lambda edit: (edit.start_byte, edit.end_byte),
    )
    at = 0
    for edit in edits:
        if not at <= edit.start_byte <= edit.end_byte:
            raise PlanError(str(item["path"]), "its edits overlap")
        at = edit.end_byte
    new_path = item.get("new_path")
    return PlanFile(
        path=str(item["path"]),
        base_sha256=str(item["base_sha256"]),
        result_sha256=str(item["result_sha256"]),
        edits=tuple(edits),
        new_path=None if new_path is None else str(new_path),
    )
