"""`window/workDoneProgress/cancel`: the user stopped something in the progress display."""

from lsprotocol import types

from nanobot_server.lsp.index.index_commands import IndexCommands
from nanobot_server.lsp.index.questions import Questions
from nanobot_server.lsp.process.plans import Plans
from nanobot_server.lsp.process.processes import Processes


def work_done_progress_cancel(
    processes: Processes,
    plans: Plans,
    index: IndexCommands,
    questions: Questions,
    params: types.WorkDoneProgressCancelParams,
) -> None:
    """Cancel what the token shows. The host's answer ends the display."""
    processes.cancel_by_token(params.token)
    plans.cancel_by_token(params.token)
    index.cancel_by_token(params.token)
    questions.cancel_by_token(params.token)
