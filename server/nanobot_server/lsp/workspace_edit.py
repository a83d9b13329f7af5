"""An edit plan as a `WorkspaceEdit`, in the editor's units and within its abilities.

Pure functions over texts that were read before; nothing is sent from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.client_profile import ClientProfile
from nanobot_server.lsp.edit_plan import BOM, PlanFile
from nanobot_server.lsp.errors import PlanError
from nanobot_server.lsp.text_buffer import ByteIndex, Encoding, Place, split_lines

_ANNOTATION: Final = "nanobot"


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


def workspace_edit(
    changes: Sequence[FileChange], client: ClientProfile, label: str
) -> types.WorkspaceEdit:
    """Return one edit for all files.

    Files that are created, moved or removed need `ClientProfile.resource_operations`.

    Raises:
        PlanError: An offset lies inside a character or a line end.
    """
    if not client.has_document_changes:
        return types.WorkspaceEdit(
            changes={
                change.base.uri: [
                    types.TextEdit(*edit) for edit in _ranges(change, client.encoding)
                ]
                for change in changes
            }
        )
    is_annotated = client.has_change_annotations
    annotation_id = _ANNOTATION if is_annotated else None
    # Files are made before anything refers to them; they move with their edits made, and
    # go when nothing refers to them any more.
    created = [_creation(one, annotation_id) for one in changes if one.file.is_created]
    edited = [
        _text_edit(one, client) for one in changes if one.file.edits and not one.file.is_removed
    ]
    moved = [_renaming(one, annotation_id) for one in changes if one.new_uri is not None]
    removed = [_deletion(one, annotation_id) for one in changes if one.file.is_removed]
    # Without `needs_confirmation`: the user was asked before, in every editor alike.
    annotations = {_ANNOTATION: types.ChangeAnnotation(label)} if is_annotated else None
    return types.WorkspaceEdit(
        document_changes=[*created, *edited, *moved, *removed], change_annotations=annotations
    )


def _text_edit(change: FileChange, client: ClientProfile) -> types.TextDocumentEdit:
    edits = [
        types.AnnotatedTextEdit(_ANNOTATION, *edit)
        if client.has_change_annotations
        else types.TextEdit(*edit)
        for edit in _ranges(change, client.encoding)
    ]
    document = types.OptionalVersionedTextDocumentIdentifier(change.base.uri, change.base.version)
    return types.TextDocumentEdit(document, edits)


def _creation(change: FileChange, annotation_id: str | None) -> types.CreateFile:
    options = types.CreateFileOptions(overwrite=False, ignore_if_exists=False)
    return types.CreateFile(change.base.uri, options=options, annotation_id=annotation_id)


def _renaming(change: FileChange, annotation_id: str | None) -> types.RenameFile:
    assert change.new_uri is not None
    options = types.RenameFileOptions(overwrite=False, ignore_if_exists=False)
    return types.RenameFile(
        change.base.uri, change.new_uri, options=options, annotation_id=annotation_id
    )


def _deletion(change: FileChange, annotation_id: str | None) -> types.DeleteFile:
    options = types.DeleteFileOptions(recursive=False, ignore_if_not_exists=False)
    return types.DeleteFile(change.base.uri, options=options, annotation_id=annotation_id)


def _ranges(change: FileChange, encoding: Encoding) -> list[tuple[types.Range, str]]:
    skipped = len(BOM) if change.base.data.startswith(BOM) else 0
    try:
        text = change.base.data[skipped:].decode()
        index = ByteIndex(split_lines(text), encoding)
        return [
            (
                types.Range(
                    _position(index.place(edit.start_byte - skipped)),
                    _position(index.place(edit.end_byte - skipped)),
                ),
                edit.new_text,
            )
            for edit in change.file.edits
        ]
    except ValueError as error:  # Also text that is not UTF-8.
        raise PlanError(change.file.path, str(error)) from error


def _position(place: Place) -> types.Position:
    return types.Position(place.line, place.character)
