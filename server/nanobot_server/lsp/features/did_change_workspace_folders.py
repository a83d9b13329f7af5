"""`workspace/didChangeWorkspaceFolders`: the user opened or closed a folder.

What runs in a closed folder is paused, as when its editor leaves: nobody is there any more to
be asked about it. It goes on when the folder is open again and the user resumes it.
"""

from lsprotocol import types

from nanobot_server.lsp.document.document_uri import path_of
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.process.processes import Processes
from nanobot_server.lsp.review.open_reviews import OpenReviews


async def did_change_workspace_folders(
    session: Session,
    processes: Processes,
    reviews: OpenReviews,
    links: HostLinks,
    params: types.DidChangeWorkspaceFoldersParams,
) -> None:
    """Update the folders, in the editor's order, and leave the hosts of those that are closed."""
    removed = {path_of(folder.uri) for folder in params.event.removed}
    added = [path_of(folder.uri) for folder in params.event.added]
    uris = {path: folder.uri for path, folder in zip(added, params.event.added, strict=True)}
    session.name_folders({path: uri for path, uri in uris.items() if path is not None})
    before = session.folders
    kept = [folder for folder in before if folder not in removed]
    session.folders = list(dict.fromkeys([*kept, *(path for path in added if path)]))
    for root in before:
        if root not in session.folders:
            processes.folder_closed(root)
            reviews.forget_all(root)
            await links.leave(root)
