from pathlib import Path

import pytest

from nanobot_server.lsp.client.client_profile import ClientProfile
from nanobot_server.lsp.document.session import Session, relative_path
from nanobot_server.lsp.document.text_buffer import Change, Place
from nanobot_server.lsp.errors import TextSyncError

URI = "file:///w/a.py"
WHOLE = Change(None, None, "whole")
INSERT = Change(Place(0, 0), Place(0, 0), "+")
OUTSIDE = Change(Place(9, 0), Place(9, 1), "?")


def session(*folders: Path) -> Session:
    uris = [{"uri": folder.as_uri(), "name": "f"} for folder in folders]
    return Session(ClientProfile.of({"capabilities": {}, "workspaceFolders": uris}))


def text(found: Session) -> str | None:
    snapshot = found.snapshot(URI)
    return None if snapshot is None else snapshot.text


@pytest.mark.parametrize("version", [-1, 4, 5])
def test_a_stale_version_ends_the_trust(version: int) -> None:
    found = session()
    found.open(URI, "python", 5, "a")

    with pytest.raises(TextSyncError, match=f"version {version} came after version 5"):
        found.change(URI, version, [INSERT])

    assert text(found) is None


def test_trust_comes_back_with_the_full_text_only() -> None:
    found = session()
    found.open(URI, "python", 1, "a")
    with pytest.raises(TextSyncError):
        found.change(URI, 2, [INSERT, OUTSIDE])

    found.change(URI, 3, [INSERT])
    assert text(found) is None
    found.change(URI, 4, [INSERT, WHOLE, INSERT])
    assert text(found) == "+whole"


def test_the_text_sent_again_needs_no_newer_version() -> None:
    found = session()
    found.open(URI, "python", 5, "a")
    with pytest.raises(TextSyncError):
        found.change(URI, 6, [OUTSIDE])

    with pytest.raises(TextSyncError, match="version 5 came after version 6"):
        found.change(URI, 5, [WHOLE])
    with pytest.raises(TextSyncError, match="version 6 came after version 6"):
        found.change(URI, 6, [INSERT, WHOLE])
    found.change(URI, 6, [WHOLE, INSERT])
    assert text(found) == "+whole"

    # Also when nothing was wrong: the editor may know of a fault of its own.
    found.change(URI, 6, [WHOLE])
    assert text(found) == "whole"


def test_a_text_that_was_asked_for_counts_with_any_version() -> None:
    found = session()
    found.open(URI, "python", 1, "a")
    found.change(URI, 900, [INSERT])
    with pytest.raises(TextSyncError):
        found.change(URI, 2, [INSERT])
    assert found.asks_full_text(URI) == URI

    found.change(URI, 2, [WHOLE])
    found.change(URI, 3, [INSERT])

    assert text(found) == "+whole"


def test_versions_may_be_left_out() -> None:
    found = session()
    found.open(URI, "python", 1, "a")

    found.change(URI, 40, [INSERT])
    found.change(URI, 2**31, [])

    assert text(found) == "+a"


def test_the_full_text_is_asked_for_once_each_time_it_is_lost() -> None:
    found = session()
    found.open(URI, "python", 1, "a")

    for version in (2, 4):
        found.distrust(URI)
        assert [found.asks_full_text(URI) for _ in range(3)] == [URI, None, None]
        found.change(URI, version, [WHOLE])


def test_opening_again_restores_trust() -> None:
    found = session()
    found.open(URI, "python", 1, "a")
    found.distrust(URI)

    found.open(URI, "python", 1, "b")

    assert text(found) == "b"


def test_text_that_can_not_be_read_leaves_an_open_document_without_text() -> None:
    found = session()

    with pytest.raises(TextSyncError):
        found.open(URI, "python", 1, "\ud800")

    assert found.document(URI) is not None
    assert text(found) is None


def test_the_user_hears_of_a_distrusted_document_once() -> None:
    found = session()
    found.open(URI, "python", 1, "a")

    assert [found.tells_distrust(URI) for _ in range(3)] == [True, False, False]


def test_a_snapshot_does_not_follow_changes() -> None:
    found = session()
    found.open(URI, "python", 1, "a")
    before = found.snapshot(URI)

    found.change(URI, 2, [INSERT])

    assert before is not None
    assert (before.text, before.version) == ("a", 1)


def test_the_innermost_folder_is_the_workspace(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    found = session(tmp_path, inner)

    assert found.root_of(inner / "a.py") == inner
    assert found.root_of(tmp_path / "a.py") == tmp_path
    assert found.root_of(tmp_path.parent / "a.py") is None


def test_without_folders_the_folder_of_the_file_is_the_workspace(tmp_path: Path) -> None:
    assert session().root_of(tmp_path / "a.py") == tmp_path


def test_a_link_out_of_the_workspace_is_outside(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)

    assert relative_path(root, root / "link" / "a.py") is None
    assert relative_path(root, root / ".." / "a.py") is None
    assert relative_path(root, root / "x" / "a.py") == "x/a.py"
