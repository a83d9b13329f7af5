import hashlib

import pytest
from lsprotocol import types

from nanobot_server.lsp.client_profile import ClientProfile
from nanobot_server.lsp.edit_plan import PlanEdit, PlanFile
from nanobot_server.lsp.errors import PlanError
from nanobot_server.lsp.workspace_edit import BaseText, FileChange, workspace_edit

URI = "file:///w/a.py"


def change(base: bytes, at: int, new_text: str, version: int | None = 3) -> FileChange:
    result = base[:at] + new_text.encode() + base[at:]
    file = PlanFile(
        "a.py",
        hashlib.sha256(base).hexdigest(),
        hashlib.sha256(result).hexdigest(),
        (PlanEdit(at, at, new_text, "label"),),
    )
    return FileChange.checked(file, BaseText(URI, version, base))


def client(encoding: str, *, document_changes: bool, annotations: bool = False) -> ClientProfile:
    edit: dict[str, object] = {"documentChanges": document_changes}
    if annotations:
        edit["changeAnnotationSupport"] = {}
    return ClientProfile.of(
        {
            "capabilities": {
                "general": {"positionEncodings": [encoding]},
                "workspace": {"workspaceEdit": edit},
            }
        }
    )


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", 6), ("utf-16", 4), ("utf-32", 3)])
def test_positions_count_in_the_units_of_the_editor(encoding: str, character: int) -> None:
    base = "\n\x0c\nx\U0001f600=".encode()

    edit = workspace_edit(
        [change(base, len(base), "1")], client(encoding, document_changes=True), "l"
    )

    assert edit.document_changes is not None
    (document,) = edit.document_changes
    assert isinstance(document, types.TextDocumentEdit)
    (only,) = document.edits
    assert isinstance(only, types.TextEdit)
    assert only.range.start == types.Position(2, character)
    assert document.text_document.version == 3


def test_a_byte_order_mark_is_not_counted() -> None:
    base = b"\xef\xbb\xbfx = 1\n"

    edit = workspace_edit(
        [change(base, 4, "y", version=None)], client("utf-8", document_changes=True), "l"
    )

    assert edit.document_changes is not None
    (document,) = edit.document_changes
    assert isinstance(document, types.TextDocumentEdit)
    assert isinstance(document.edits[0], types.TextEdit)
    assert document.edits[0].range.start == types.Position(0, 1)
    assert document.text_document.version is None


def test_an_unknown_editor_without_versions_gets_plain_changes() -> None:
    edit = workspace_edit([change(b"a\n", 2, "b")], client("utf-8", document_changes=False), "l")

    assert edit.document_changes is None
    assert edit.changes is not None
    assert list(edit.changes) == [URI]


def test_annotations_ask_nothing() -> None:
    profile = client("utf-8", document_changes=True, annotations=True)

    edit = workspace_edit([change(b"a\n", 2, "b")], profile, "document f")

    assert edit.change_annotations is not None
    (annotation,) = edit.change_annotations.values()
    assert annotation.label == "document f"
    assert annotation.needs_confirmation is None


def test_an_offset_inside_a_line_end_is_refused() -> None:
    with pytest.raises(PlanError, match="inside a line end"):
        workspace_edit([change(b"a\r\nb", 2, "x")], client("utf-8", document_changes=True), "l")


def test_text_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(PlanError, match="utf-8"):
        workspace_edit([change(b"\xff\n", 2, "x")], client("utf-8", document_changes=True), "l")
