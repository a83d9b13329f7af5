"""The first exchange with the editor, before anything heavy is imported.

Until `initialize` was answered every other request is refused, as the protocol
says, so nothing here needs pygls. Its import takes several times longer than the
rest of the start, and goes on while the editor reads our answer.
"""

import logging
from typing import Final

from nanobot_server.lsp.client.client_profile import ClientProfile
from nanobot_server.lsp.client.editor_options import (
    editor_options,
    settings_path,
    with_start_options,
)
from nanobot_server.lsp.connection import envelope
from nanobot_server.lsp.connection.transport import StdioTransport
from nanobot_server.lsp.errors import ParamsError
from nanobot_server.lsp.features.initialize import initialize

log = logging.getLogger(__name__)

_INITIALIZE: Final = "initialize"
_EXIT: Final = "exit"


def greet(transport: StdioTransport) -> ClientProfile | None:
    """Answer messages up to `initialize`; return None if the editor left before it."""
    while (incoming := transport.receive_first()) is not None:
        match envelope.envelope(incoming):
            case envelope.Request(message_id, method, message) if method == _INITIALIZE:
                try:
                    client = ClientProfile.of(message.get("params"))
                except ParamsError as error:
                    transport.send(
                        envelope.error_message(message_id, envelope.INVALID_PARAMS, str(error))
                    )
                    continue
                of_file = editor_options(settings_path())
                options = with_start_options(of_file, client.initialization_options)
                transport.send(envelope.result_message(message_id, initialize(client, options)))
                return client
            case envelope.Request(message_id, method):
                reason = f"{method}: 'initialize' comes first"
                transport.send(envelope.error_message(message_id, envelope.NOT_INITIALIZED, reason))
            case envelope.Notification(method) if method == _EXIT:
                return None
            case envelope.Malformed(message_id, code, reason):
                log.warning("unreadable input: %s", reason)
                transport.send(envelope.error_message(message_id, code, reason))
            case _:
                log.debug("message before initialize dropped")
    return None
