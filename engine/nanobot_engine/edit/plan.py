"""Edits as data: what will replace which bytes of which version of a file.

A plan is made of values only. It is stored as JSON, shown as a diff, and applied
by `apply`; nothing here touches the disk.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from nanobot_engine.edit.errors import PlanInvalidError

# Bump on every change of the JSON, and say what changed.
# 1: files, base hashes, edits.
# 2: files that are created (an empty base hash), moved (new_path) and removed (is_removed).
# 3: edits that only look right (is_likely).
PLAN_FORMAT_VERSION: Final = 3

NO_FILE: Final = ""
"""The base hash of a file that must not exist yet."""

# A ledger keeps the plans that older versions wrote.
_READ_VERSIONS: Final = frozenset({1, 2, PLAN_FORMAT_VERSION})

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Replace a byte range of one file; an empty range inserts."""

    start_byte: int
    end_byte: int
    """Exclusive."""
    new_text: bytes
    """In the encoding of the file."""
    step_key: str
    """The step of the process that this came from."""
    label: str
    """One line for the user."""
    is_likely: bool = False
    """Whether it is only probable that it belongs there: somebody should look at it."""

    def __post_init__(self) -> None:
        """Reject an inverted range: no file has one."""
        if not 0 <= self.start_byte <= self.end_byte:
            msg = f"inverted edit range: [{self.start_byte}, {self.end_byte})"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class FileEdit:
    """All that happens to one file: edits, and at most one of created, moved, removed.

    Invariants: the edits are sorted, do not overlap, and no two insert at the
    same place, so the order they are applied in can not matter. A file that is created
    has one insertion at its start; one that is removed has no edits.
    """

    path: str
    """Workspace-relative, `/`-separated on every platform."""
    base_sha256: str
    """Lower-case hex of the bytes that every edit was verified against, or `NO_FILE`."""
    edits: tuple[TextEdit, ...]
    new_path: str | None = None
    """Where the file moves to; nothing may stand there."""
    is_removed: bool = False

    @property
    def is_created(self) -> bool:
        """Whether there is no file before."""
        return self.base_sha256 == NO_FILE

    @property
    def result_path(self) -> str | None:
        """Where the file is afterwards; None when it is removed."""
        return None if self.is_removed else self.new_path or self.path

    @property
    def touched_paths(self) -> tuple[str, ...]:
        """Every path at which something is written or removed."""
        return (self.path,) if self.new_path is None else (self.path, self.new_path)

    def __post_init__(self) -> None:
        """Reject what breaks the invariants."""
        self._check_kind()
        if not self.is_created and not _SHA256.fullmatch(self.base_sha256):
            msg = f"{self.path}: not a SHA-256 in hex: {self.base_sha256!r}"
            raise ValueError(msg)
        for edit, following in pairwise(self.edits):
            if following.start_byte < edit.end_byte or following.start_byte == edit.start_byte:
                msg = (
                    f"{self.path}: edits overlap or are not sorted: "
                    f"[{edit.start_byte}, {edit.end_byte}) and "
                    f"[{following.start_byte}, {following.end_byte})"
                )
                raise ValueError(msg)

    def _check_kind(self) -> None:
        if self.is_created + (self.new_path is not None) + self.is_removed > 1:
            raise ValueError(f"{self.path}: only one of created, moved and removed can be")
        if self.is_removed and self.edits:
            raise ValueError(f"{self.path}: a file that is removed has no edits")
        if self.is_created and [(e.start_byte, e.end_byte) for e in self.edits] != [(0, 0)]:
            raise ValueError(f"{self.path}: a file that is created is one insertion")


@dataclass(frozen=True, slots=True)
class EditPlan:
    """The verified edits of a process. Invariant: no path is touched twice."""

    files: tuple[FileEdit, ...]

    def __post_init__(self) -> None:
        """Reject a path that occurs twice: its second base hash could never match."""
        paths = [file.path for file in self.files]
        paths += [file.new_path for file in self.files if file.new_path is not None]
        if len(set(paths)) != len(paths):
            twice = sorted({path for path in paths if paths.count(path) > 1})
            msg = f"files occur twice in one plan: {', '.join(twice)}"
            raise ValueError(msg)

    def to_json(self) -> str:
        """Serialise; `from_json` gives an equal plan back."""
        files = [file_to_json(file) for file in self.files]
        return json.dumps({"version": PLAN_FORMAT_VERSION, "files": files})

    @classmethod
    def from_json(cls, text: str | bytes) -> "EditPlan":
        """Read what `to_json` wrote.

        Raises:
            PlanInvalidError: The text is damaged or of another version.
        """
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise PlanInvalidError(f"is not JSON: {error}") from error
        version = _member(document, "version", int)
        if version not in _READ_VERSIONS:
            raise PlanInvalidError(f"format {version}, this build reads {PLAN_FORMAT_VERSION}")
        try:
            return cls(tuple(map(file_from_json, _member(document, "files", list))))
        except ValueError as error:
            raise PlanInvalidError(str(error)) from error


def apply_edits(data: bytes, edits: Sequence[TextEdit]) -> bytes:
    """Return `data` with sorted, non-overlapping edits made.

    Raises:
        ValueError: An edit lies outside `data` or before the end of the previous one.
    """
    pieces: list[bytes] = []
    position = 0
    for edit in edits:
        if not position <= edit.start_byte <= edit.end_byte <= len(data):
            msg = (
                f"edit [{edit.start_byte}, {edit.end_byte}) does not follow byte {position} "
                f"of {len(data)}"
            )
            raise ValueError(msg)
        pieces += (data[position : edit.start_byte], edit.new_text)
        position = edit.end_byte
    pieces.append(data[position:])
    return b"".join(pieces)


def sorted_edits(edits: Iterable[TextEdit]) -> tuple[TextEdit, ...]:
    """Bring edits into the order that `FileEdit` asks for."""
    return tuple(sorted(edits, key=lambda edit: (edit.start_byte, edit.end_byte)))


def edit_to_json(edit: TextEdit) -> dict[str, object]:
    """Return one edit as a JSON object; `edit_from_json` gives it back."""
    document: dict[str, object] = {
        "start_byte": edit.start_byte,
        "end_byte": edit.end_byte,
        "step_key": edit.step_key,
        "label": edit.label,
    }
    if edit.is_likely:
        document["is_likely"] = True
    try:
        document["new_text"] = edit.new_text.decode()
    except UnicodeDecodeError:
        document["new_text_base64"] = base64.b64encode(edit.new_text).decode("ascii")
    return document


def file_to_json(file: FileEdit) -> dict[str, object]:
    """Return the edits of one file as a JSON object; `file_from_json` gives them back."""
    document: dict[str, object] = {
        "path": file.path,
        "base_sha256": file.base_sha256,
        "edits": [edit_to_json(edit) for edit in file.edits],
    }
    if file.new_path is not None:
        document["new_path"] = file.new_path
    if file.is_removed:
        document["is_removed"] = True
    return document


def file_from_json(document: object) -> FileEdit:
    """Read what `file_to_json` wrote.

    Raises:
        PlanInvalidError: The object is damaged.
        ValueError: It breaks the invariants of a `FileEdit`.
    """
    path = _member(document, "path", str)
    assert isinstance(document, dict), "it has a path"
    is_removed = document.get("is_removed", False)
    if not isinstance(is_removed, bool):
        raise PlanInvalidError(f"'is_removed' must be bool, found {is_removed!r}")
    return FileEdit(
        path=path,
        base_sha256=_member(document, "base_sha256", str),
        edits=tuple(map(edit_from_json, _member(document, "edits", list))),
        new_path=_member(document, "new_path", str) if "new_path" in document else None,
        is_removed=is_removed,
    )


def edit_from_json(document: object) -> TextEdit:
    """Read what `edit_to_json` wrote.

    Raises:
        PlanInvalidError: The object is damaged.
    """
    is_likely = isinstance(document, dict) and document.get("is_likely", False)
    if not isinstance(is_likely, bool):
        raise PlanInvalidError(f"'is_likely' must be bool, found {is_likely!r}")
    return TextEdit(
        start_byte=_member(document, "start_byte", int),
        end_byte=_member(document, "end_byte", int),
        new_text=_new_text(document),
        step_key=_member(document, "step_key", str),
        label=_member(document, "label", str),
        is_likely=is_likely,
    )


def _new_text(document: object) -> bytes:
    if isinstance(document, dict) and "new_text_base64" in document:
        try:
            encoded: str = _member(document, "new_text_base64", str)
            return base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise PlanInvalidError(f"new_text_base64: {error}") from error
    text: str = _member(document, "new_text", str)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise PlanInvalidError(f"new_text: {error}") from error


# Any: `isinstance` against a runtime type is what makes the result one.
def _member(document: object, key: str, kind: type[Any]) -> Any:
    if not isinstance(document, dict):
        raise PlanInvalidError(f"expected an object with {key!r}, found {type(document).__name__}")
    value = document.get(key)
    # `True` is an `int` in Python, not in JSON.
    if not isinstance(value, kind) or isinstance(value, bool):
        raise PlanInvalidError(f"{key!r} must be {kind.__name__}, found {value!r}")
    return value
