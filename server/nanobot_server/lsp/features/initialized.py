"""`initialized`: the editor is ready to be asked and told."""

from nanobot_server.lsp.client.configuration import Configuration
from nanobot_server.lsp.own.status_board import StatusBoard


async def initialized(board: StatusBoard, configuration: Configuration) -> None:
    """Begin what needs an editor that listens."""
    board.start()
    await configuration.start()
