"""What the editor at the other end can do, read from its `initialize` request.

Read with care and without a schema: an unknown or wrong entry counts as absent,
because editors differ and a dead server helps nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nanobot_server.lsp.document_uri import path_of
from nanobot_server.lsp.errors import ParamsError
from nanobot_server.lsp.text_buffer import Encoding

# They handle `documentChanges` with versions although they do not declare it.
_TAKES_DOCUMENT_CHANGES: Final = frozenset({"neovim"})


@dataclass(frozen=True, slots=True)
class ClientProfile:
    """The editor's name and abilities."""

    name: str
    """Lower case, empty when it does not say."""
    encoding: Encoding
    process_id: int | None
    """The process to watch: when it is gone, so are we."""
    folders: tuple[Path, ...]
    """Workspace folders. Empty when the user opened a single file."""
    has_progress: bool
    """It shows progress that the server creates."""
    has_document_changes: bool
    """It takes versioned edits."""
    has_change_annotations: bool
    has_show_document: bool
    resource_operations: frozenset[str]
    """Which of `create`, `rename` and `delete` it takes in an edit."""

    @classmethod
    def of(cls, params: object) -> "ClientProfile":
        """Read the parameters of `initialize`.

        Raises:
            ParamsError: They are not an object with `capabilities`.
        """
        if not isinstance(params, dict) or not isinstance(params.get("capabilities"), dict):
            raise ParamsError("initialize", "no object 'capabilities'")
        capabilities = params["capabilities"]
        name = str(_entry(params, "clientInfo", "name") or "").lower()
        edit = _entry(capabilities, "workspace", "workspaceEdit")
        process_id = params.get("processId")
        return cls(
            name=name,
            encoding=_encoding(_entry(capabilities, "general", "positionEncodings")),
            process_id=process_id if type(process_id) is int and process_id > 0 else None,
            folders=_folders(params),
            has_progress=_entry(capabilities, "window", "workDoneProgress") is True,
            has_document_changes=_entry(edit, "documentChanges") is True
            or name in _TAKES_DOCUMENT_CHANGES,
            has_change_annotations=isinstance(_entry(edit, "changeAnnotationSupport"), dict),
            has_show_document=_entry(capabilities, "window", "showDocument", "support") is True,
            resource_operations=_texts(_entry(edit, "resourceOperations")),
        )


def folder_paths(folders: object) -> tuple[Path, ...]:
    """Return the paths of a list of `WorkspaceFolder` objects, without the unusable ones."""
    if not isinstance(folders, list):
        return ()
    uris = (_entry(folder, "uri") for folder in folders)
    paths = (path_of(uri) for uri in uris if isinstance(uri, str))
    return tuple(dict.fromkeys(path for path in paths if path is not None))


def _encoding(offered: object) -> Encoding:
    """Return the client's first choice that we know; the protocol's default is UTF-16."""
    known = {encoding.value: encoding for encoding in Encoding}
    choices = offered if isinstance(offered, list) else []
    return next(
        (known[choice] for choice in choices if isinstance(choice, str) and choice in known),
        Encoding.UTF_16,
    )


def _folders(params: Mapping[str, Any]) -> tuple[Path, ...]:
    found = folder_paths(params.get("workspaceFolders"))
    if found:
        return found
    root_uri = params.get("rootUri")
    root = path_of(root_uri) if isinstance(root_uri, str) else None
    if root is not None:
        return (root,)
    root_path = params.get("rootPath")
    if isinstance(root_path, str) and root_path.startswith("/") and "\0" not in root_path:
        return (Path(root_path),)
    return ()


def _texts(value: object) -> frozenset[str]:
    items = value if isinstance(value, list) else []
    return frozenset(item for item in items if isinstance(item, str))


def _entry(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
