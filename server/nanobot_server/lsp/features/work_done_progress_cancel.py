"""`window/workDoneProgress/cancel`: the user stopped a process in the progress display."""

from lsprotocol import types

from nanobot_server.lsp.processes import Processes


def work_done_progress_cancel(
    processes: Processes, params: types.WorkDoneProgressCancelParams
) -> None:
    """Cancel the process. The host's event ends the display."""
    processes.cancel_by_token(params.token)
