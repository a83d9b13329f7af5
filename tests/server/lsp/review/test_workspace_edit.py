import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from nanobot_server.lsp.client.client_profile import ClientProfile
from nanobot_server.lsp.errors import PlanError
from nanobot_server.lsp.review.edit_plan import PlanEdit, PlanFile
from nanobot_server.lsp.review.workspace_edit import BaseText, FileChange, workspace_edit

URI = "file:///w/a.py"


def change(
    base: bytes, at: int, new_text: str, version: int | None = 3, *, is_likely: bool = False
) -> FileChange:
    result = base[:at] + new_text.encode() + base[at:]
    file = PlanFile(
        "a.py",
        hashlib.sha256(base).hexdigest(),
        hashlib.sha256(result).hexdigest(),
        (PlanEdit(at, at, new_text, "label", is_likely),),
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

    edit = workspace_edit([change(base, len(base), "1")], client(encoding, document_changes=True))

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
        [change(base, 4, "y", version=None)], client("utf-8", document_changes=True)
    )

    assert edit.document_changes is not None
    (document,) = edit.document_changes
    assert isinstance(document, types.TextDocumentEdit)
    assert isinstance(document.edits[0], types.TextEdit)
    assert document.edits[0].range.start == types.Position(0, 1)
    assert document.text_document.version is None


def test_an_unknown_editor_without_versions_gets_plain_changes() -> None:
    edit = workspace_edit([change(b"a\n", 2, "b")], client("utf-8", document_changes=False))

    assert edit.document_changes is None
    assert edit.changes is not None
    assert list(edit.changes) == [URI]


@pytest.mark.parametrize(("is_likely", "asks"), [(False, None), (True, True)])
def test_only_what_is_likely_is_to_be_confirmed(*, is_likely: bool, asks: bool | None) -> None:
    profile = client("utf-8", document_changes=True, annotations=True)

    edit = workspace_edit([change(b"a\n", 2, "b", is_likely=is_likely)], profile)

    assert edit.change_annotations is not None
    ((name, annotation),) = edit.change_annotations.items()
    assert (annotation.label, annotation.description) == ("label", "a.py")
    assert annotation.needs_confirmation is asks
    assert edit.document_changes is not None
    (document,) = edit.document_changes
    assert isinstance(document, types.TextDocumentEdit)
    (only,) = document.edits
    assert isinstance(only, types.AnnotatedTextEdit)
    assert only.annotation_id == name


def test_a_client_without_annotations_is_sent_none() -> None:
    likely = change(b"a\n", 2, "b", is_likely=True)

    edit = workspace_edit([likely], client("utf-8", document_changes=True))

    assert edit.change_annotations is None
    assert edit.document_changes is not None
    (document,) = edit.document_changes
    assert isinstance(document, types.TextDocumentEdit)
    assert type(document.edits[0]) is types.TextEdit


def test_files_that_move_and_go_say_so() -> None:
    digest = hashlib.sha256(b"a\n").hexdigest()
    moved = PlanFile("a.py", digest, digest, (), "b.py")
    gone = PlanFile("c.py", digest, "", ())
    changes = [
        FileChange.checked(moved, BaseText(URI, 1, b"a\n"), "file:///w/b.py"),
        FileChange.checked(gone, BaseText("file:///w/c.py", 1, b"a\n")),
    ]

    edit = workspace_edit(changes, client("utf-8", document_changes=True, annotations=True))

    assert edit.change_annotations is not None
    found = {one.description: one.label for one in edit.change_annotations.values()}
    assert found == {"a.py": "moved to b.py", "c.py": "removed"}


def test_an_offset_inside_a_line_end_is_refused() -> None:
    with pytest.raises(PlanError, match="inside a line end"):
        workspace_edit([change(b"a\r\nb", 2, "x")], client("utf-8", document_changes=True))


def test_text_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(PlanError, match="utf-8"):
        workspace_edit([change(b"\xff\n", 2, "x")], client("utf-8", document_changes=True))


def edited(base: bytes, edits: list[types.TextEdit]) -> bytes:
    """Apply edits as a client would that counts no columns at all."""
    lines = base.decode().split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    text = base.decode()
    for edit in reversed(edits):
        start, end = edit.range.start, edit.range.end
        # Only the end of the text may be a column.
        is_end = end.line == len(lines) - 1 and end.character == len(lines[-1])
        assert end.character == 0 or is_end
        is_end = start.line == len(lines) - 1 and start.character == len(lines[-1])
        assert start.character == 0 or is_end
        text = (
            text[: starts[start.line] + start.character]
            + edit.new_text
            + text[starts[end.line] + end.character :]
        )
    return text.encode()


@given(st.data())
def test_a_client_that_names_no_units_gets_whole_lines(data: st.DataObject) -> None:
    letters = st.text(alphabet="ab\n\f\u00e9\uffff", max_size=8)
    base = data.draw(st.text(alphabet="ab\n\f\u00e9\uffff", max_size=30))
    places = sorted(data.draw(st.lists(st.integers(0, len(base)), max_size=8).filter(_is_even)))
    edits, result, at = [], "", 0
    for start, end in zip(places[::2], places[1::2], strict=True):
        new_text = data.draw(letters)
        first, last = len(base[:start].encode()), len(base[:end].encode())
        edits.append(PlanEdit(first, last, new_text, "label"))
        result, at = result + base[at:start] + new_text, end
    result += base[at:]
    old, new = (hashlib.sha256(text.encode()).hexdigest() for text in (base, result))
    file = PlanFile("a.py", old, new, tuple(edits))
    one = FileChange.checked(file, BaseText(URI, 1, base.encode()))

    edit = workspace_edit([one], ClientProfile.of({"capabilities": {}}))

    assert edit.changes is not None
    found = list(edit.changes[URI])
    ends = [item.range.end for item in found]
    starts = [item.range.start for item in found]
    assert all(
        (before.line, before.character) <= (after.line, after.character)
        for before, after in zip(ends, starts[1:], strict=False)
    )
    assert edited(base.encode(), found) == result.encode()


def _is_even(places: list[int]) -> bool:
    return len(places) % 2 == 0
