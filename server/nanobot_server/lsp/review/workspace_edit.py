"""An edit plan as a `WorkspaceEdit`, in the editor's units and within its abilities.

Pure functions over texts that were read before; nothing is sent from here.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.client.client_profile import ClientProfile
from nanobot_server.lsp.document.text_buffer import ByteIndex, Place, split_lines
from nanobot_server.lsp.errors import PlanError
from nanobot_server.lsp.review.edit_plan import BOM, PlanFile

_ANNOTATION: Final = "nanobot"


class _Annotations:
    """The reasons of a change, one per file and reason; empty for clients that take none."""

    def __init__(self, client: ClientProfile) -> None:
        self._is_taken = client.has_change_annotations
        self._id_by_reason: dict[tuple[str, str, bool], str] = {}

    def id(self, path: str, label: str, *, is_likely: bool = False) -> str | None:
        """Return the id of a reason; None where the client takes none.

        Args:
            path: The file.
            label: The reason.
            is_likely: Whether the user shall confirm it in the editor. What is sure needs
                no second yes: every editor asked about the whole before.
        """
        if not self._is_taken:
            return None
        number = len(self._id_by_reason) + 1
        return self._id_by_reason.setdefault((path, label, is_likely), f"{_ANNOTATION}.{number}")

    @property
    def by_id(self) -> dict[str, types.ChangeAnnotation] | None:
        """What the client is sent."""
        if not self._is_taken:
            return None
        return {
            name: types.ChangeAnnotation(
                label, needs_confirmation=True if is_likely else None, description=path
            )
            for (path, label, is_likely), name in self._id_by_reason.items()
        }


@dataclass(frozen=True, slots=True)
class BaseText:
    """The text a file has right now, in the editor or on disk."""

    uri: str
    version: int | None
    """None for a file that is not open: the editor then applies without a check."""
    data: bytes


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of a plan together with the text it was checked against."""

    file: PlanFile
    base: BaseText
    result: bytes
    new_uri: str | None = None
    """Where the file moves to."""

    @classmethod
    def checked(cls, file: PlanFile, base: BaseText, new_uri: str | None = None) -> "FileChange":
        """Bring a file of a plan and its current text together.

        Raises:
            PlanError: They do not fit.
        """
        return cls(file, base, file.result_of(base.data), new_uri)

    @property
    def result_uri(self) -> str:
        """Where the result stands, or stood when it is removed."""
        return self.new_uri or self.base.uri


def workspace_edit(changes: Sequence[FileChange], client: ClientProfile) -> types.WorkspaceEdit:
    """Return one edit for all files.

    Files that are created, moved or removed need `ClientProfile.resource_operations`.

    Raises:
        PlanError: An offset lies inside a character or a line end.
    """
    if not client.has_document_changes:
        return types.WorkspaceEdit(
            changes={
                change.base.uri: [types.TextEdit(*edit) for edit in _ranges(change, client)]
                for change in changes
            }
        )
    annotations = _Annotations(client)
    # Files are made before anything refers to them; they move with their edits made, and
    # go when nothing refers to them any more.
    created = [_creation(one, annotations) for one in changes if one.file.is_created]
    edited = [
        _text_edit(one, client, annotations)
        for one in changes
        if one.file.edits and not one.file.is_removed
    ]
    moved = [_renaming(one, annotations) for one in changes if one.new_uri is not None]
    removed = [_deletion(one, annotations) for one in changes if one.file.is_removed]
    return types.WorkspaceEdit(
        document_changes=[*created, *edited, *moved, *removed],
        change_annotations=annotations.by_id,
    )


def _text_edit(
    change: FileChange, client: ClientProfile, annotations: _Annotations
) -> types.TextDocumentEdit:
    edits: list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit] = []
    if not client.has_units:  # Then several edits may have become one.
        edits += [types.TextEdit(*edit) for edit in _ranges(change, client)]
    else:
        edits += _annotated(change, client, annotations)
    document = types.OptionalVersionedTextDocumentIdentifier(change.base.uri, change.base.version)
    return types.TextDocumentEdit(document, edits)


def _annotated(
    change: FileChange, client: ClientProfile, annotations: _Annotations
) -> list[types.TextEdit | types.AnnotatedTextEdit]:
    edits: list[types.TextEdit | types.AnnotatedTextEdit] = []
    for edit, (place, text) in zip(change.file.edits, _ranges(change, client), strict=True):
        reason = annotations.id(change.file.path, edit.label, is_likely=edit.is_likely)
        if reason is None:
            edits.append(types.TextEdit(place, text))
        else:
            edits.append(types.AnnotatedTextEdit(reason, place, text))
    return edits


def _creation(change: FileChange, annotations: _Annotations) -> types.CreateFile:
    options = types.CreateFileOptions(overwrite=False, ignore_if_exists=False)
    reason = annotations.id(change.file.path, "created")
    return types.CreateFile(change.base.uri, options=options, annotation_id=reason)


def _renaming(change: FileChange, annotations: _Annotations) -> types.RenameFile:
    assert change.new_uri is not None
    options = types.RenameFileOptions(overwrite=False, ignore_if_exists=False)
    reason = annotations.id(change.file.path, f"moved to {change.file.new_path}")
    return types.RenameFile(change.base.uri, change.new_uri, options=options, annotation_id=reason)


def _deletion(change: FileChange, annotations: _Annotations) -> types.DeleteFile:
    options = types.DeleteFileOptions(recursive=False, ignore_if_not_exists=False)
    reason = annotations.id(change.file.path, "removed")
    return types.DeleteFile(change.base.uri, options=options, annotation_id=reason)


def _ranges(change: FileChange, client: ClientProfile) -> list[tuple[types.Range, str]]:
    skipped = len(BOM) if change.base.data.startswith(BOM) else 0
    data = change.base.data[skipped:]
    edits = [
        (edit.start_byte - skipped, edit.end_byte - skipped, edit.new_text.encode())
        for edit in change.file.edits
    ]
    try:
        lines = split_lines(data.decode())
        found = _placed(edits, ByteIndex(lines, client.encoding))
        if not client.has_units:
            whole = _whole_lines(data, lines, edits)
            found = _placed(whole, ByteIndex(lines, client.encoding))
    except ValueError as error:  # Also text that is not UTF-8.
        raise PlanError(change.file.path, str(error)) from error
    return found


def _placed(
    edits: Sequence[tuple[int, int, bytes]], index: ByteIndex
) -> list[tuple[types.Range, str]]:
    return [
        (types.Range(_position(index.place(start)), _position(index.place(end))), text.decode())
        for start, end, text in edits
    ]


def _whole_lines(
    data: bytes, lines: Sequence[str], edits: Sequence[tuple[int, int, bytes]]
) -> list[tuple[int, int, bytes]]:
    """Let edits begin and end at the start of a line, where all units are the same.

    Edits of the same lines become one. The end of a text without a line end stays a column.
    """
    starts = [0, *accumulate(len(line.encode()) for line in lines)]
    found: list[tuple[int, int, bytes]] = []
    for start, end, new_text in edits:
        first = starts[bisect_right(starts, start) - 1]
        last = starts[bisect_left(starts, end)]
        before = data[first:start]
        if found and (first < found[-1][1] or first == found[-1][0]):
            first, done, text = found.pop()
            # The rest of its last line was taken up before, this edit or not.
            before = text[: len(text) - (done - start)] if start < done else text + data[done:start]
            last = max(last, done)
        found.append((first, last, before + new_text + data[end:last]))
    return found


def _position(place: Place) -> types.Position:
    return types.Position(place.line, place.character)
