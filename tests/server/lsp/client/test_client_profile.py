import json
from pathlib import Path

import pytest

from nanobot_server.lsp.client.client_profile import ClientProfile
from nanobot_server.lsp.document.text_buffer import Encoding
from nanobot_server.lsp.errors import ParamsError

DATA = Path(__file__).parents[3] / "data" / "capabilities"


@pytest.mark.parametrize(
    ("name", "encoding", "abilities"),
    [
        # (progress, document changes, annotations, show document)
        ("emacs", Encoding.UTF_32, (True, True, False, True)),
        ("emacs28", Encoding.UTF_16, (False, True, False, False)),
        ("helix", Encoding.UTF_8, (True, True, False, True)),
        ("kate", Encoding.UTF_16, (True, False, False, False)),
        ("neovim", Encoding.UTF_8, (True, True, True, True)),
        ("vim-ale", Encoding.UTF_16, (False, False, False, False)),
        ("vscode", Encoding.UTF_16, (True, True, True, True)),
    ],
)
def test_what_real_editors_can_do(
    name: str, encoding: Encoding, abilities: tuple[bool, ...]
) -> None:
    params = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))

    client = ClientProfile.of(params)

    assert client.encoding is encoding
    assert (
        client.has_progress,
        client.has_document_changes,
        client.has_change_annotations,
        client.has_show_document,
    ) == abilities


@pytest.mark.parametrize(
    ("name", "operations"),
    [
        ("emacs", frozenset()),
        ("helix", frozenset({"create", "rename", "delete"})),
        ("neovim", frozenset({"create", "rename", "delete"})),
        ("vscode", frozenset({"create", "rename", "delete"})),
    ],
)
def test_which_files_real_editors_make_and_move(name: str, operations: frozenset[str]) -> None:
    params = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))

    assert ClientProfile.of(params).resource_operations == operations


def test_an_editor_that_declares_nothing() -> None:
    client = ClientProfile.of({"capabilities": {}})

    assert client.encoding is Encoding.UTF_16
    assert not client.has_progress
    assert not client.has_document_changes
    assert client.folders == ()
    assert client.process_id is None


@pytest.mark.parametrize(
    ("params", "folders"),
    [
        ({"rootUri": None, "workspaceFolders": None}, ()),
        ({"rootUri": None, "workspaceFolders": []}, ()),
        ({"rootUri": "file:///a", "workspaceFolders": []}, (Path("/a"),)),
        ({"rootPath": "/a"}, (Path("/a"),)),
        (
            {"rootUri": "file:///z", "workspaceFolders": [{"uri": "file:///a", "name": "a"}] * 2},
            (Path("/a"),),
        ),
        ({"workspaceFolders": [{"uri": "vscode-remote://x/a"}, 3, {"uri": 4}]}, ()),
    ],
)
def test_workspace_folders(params: dict[str, object], folders: tuple[Path, ...]) -> None:
    assert ClientProfile.of({"capabilities": {}, **params}).folders == folders


@pytest.mark.parametrize("wrong", [None, [], "x", {}, {"capabilities": None}])
def test_parameters_without_capabilities_are_refused(wrong: object) -> None:
    with pytest.raises(ParamsError, match="capabilities"):
        ClientProfile.of(wrong)


def test_nonsense_counts_as_absent() -> None:
    client = ClientProfile.of(
        {
            "processId": True,
            "clientInfo": 4,
            "capabilities": {
                "general": {"positionEncodings": ["utf-7", 3, "utf-32"]},
                "window": [],
                "workspace": {"workspaceEdit": "yes"},
            },
        }
    )

    assert client.process_id is None
    assert client.encoding is Encoding.UTF_32
    assert not client.has_progress


@pytest.mark.parametrize(
    ("name", "declared", "expected"),
    [
        (None, False, True),  # Vim with ALE
        (None, None, True),  # Kate 22
        ("kate", None, True),
        ("kate", False, True),
        ("other", None, False),
        ("other", False, False),
        ("other", True, True),
    ],
)
def test_who_works_without_saying_so_is_asked_to_apply_edits(
    name: str | None, declared: object, expected: object
) -> None:
    workspace = {} if declared is None else {"applyEdit": declared}
    params: dict[str, object] = {"capabilities": {"workspace": workspace}}
    if name is not None:
        params["clientInfo"] = {"name": name}

    assert ClientProfile.of(params).can_apply_edits is expected
