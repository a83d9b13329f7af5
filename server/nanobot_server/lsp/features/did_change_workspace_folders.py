"""`workspace/didChangeWorkspaceFolders`: the user opened or closed a folder."""

from lsprotocol import types

from nanobot_server.lsp.document_uri import path_of
from nanobot_server.lsp.session import Session


def did_change_workspace_folders(
    session: Session, params: types.DidChangeWorkspaceFoldersParams
) -> None:
    """Update the folders, in the editor's order."""
    removed = {path_of(folder.uri) for folder in params.event.removed}
    added = [path_of(folder.uri) for folder in params.event.added]
    kept = [folder for folder in session.folders if folder not in removed]
    session.folders = list(dict.fromkeys([*kept, *(path for path in added if path)]))
