"""`nanobot/processes`: which processes there are, newest first."""

from pygls.exceptions import JsonRpcException

from nanobot_server.host.errors import HostError
from nanobot_server.lsp.connection.envelope import REQUEST_FAILED
from nanobot_server.lsp.own.own_messages import ProcessesResult
from nanobot_server.lsp.process.process_board import ProcessBoard


async def processes(board: ProcessBoard, params: object) -> ProcessesResult:
    """Return the processes of one workspace, or of all.

    Raises:
        JsonRpcException: A host refused; the message is for the user.
    """
    try:
        return await board.processes(params)
    except HostError as error:
        raise JsonRpcException(code=REQUEST_FAILED, message=str(error)) from error
