"""`shutdown`: stop working; only `exit` is still listened to."""

from nanobot_server.lsp.connection.protocol import NanobotProtocol


def shutdown(protocol: NanobotProtocol) -> None:
    """Cancel what runs. What comes is refused since the request arrived."""
    protocol.cancel_all()
