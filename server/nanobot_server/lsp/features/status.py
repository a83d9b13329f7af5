"""`nanobot/status`: how the server, the indexes and the models are. Starts nothing."""

from nanobot_server.lsp.own.own_messages import Status
from nanobot_server.lsp.own.status_board import StatusBoard


async def status(board: StatusBoard, _params: object) -> Status:
    """Return how everything is now."""
    return await board.status()
