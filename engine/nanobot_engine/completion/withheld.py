"""Files that no prompt may show, whatever is asked."""

from pathlib import Path

from nanobot_engine.edit.protected import protected_reason
from nanobot_indexer import WorkspaceUnreadableError
from nanobot_indexer.ingestion.ingest import opened_root
from nanobot_indexer.unsaved_text import is_left_out


def withheld_reason(root: Path, path: str) -> str | None:
    """Say why a file is not shown to a model; None for one that is. For a thread.

    Args:
        root: The workspace.
        path: Workspace-relative. It need not exist.
    """
    reason = protected_reason(path)
    if reason is not None:
        return reason
    try:
        with opened_root(root) as root_fd:
            return "is ignored" if is_left_out(root_fd, path) else None
    except WorkspaceUnreadableError:
        return "can not be looked at"
