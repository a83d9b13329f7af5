"""`shutdown`: stop working; only `exit` is still listened to."""

from nanobot_server.lsp.protocol import NanobotProtocol


def shutdown(protocol: NanobotProtocol) -> None:
    """Cancel what runs and refuse what comes."""
    protocol.is_shut_down = True
    protocol.cancel_all()
