"""`workspace/didChangeWatchedFiles`: the editor saw files change on the disk."""

from lsprotocol import types

from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.document.watched_files import WatchedFiles


async def did_change_watched_files(
    session: Session, files: WatchedFiles, params: types.DidChangeWatchedFilesParams
) -> None:
    """Tell the hosts that want to know, and wake those who wait for a text."""
    files.changed(change.uri for change in params.changes)
    await session.announce()
