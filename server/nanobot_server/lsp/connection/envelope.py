"""JSON-RPC 2.0 envelopes: what a JSON object is, before anyone looks inside.

Source: JSON-RPC 2.0 specification; error codes also from the Language Server
Protocol 3.18, section "ErrorCodes".
"""

from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from nanobot_server.lsp.connection.framing import BadMessage, Incoming

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
REQUEST_FAILED: Final = -32803
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
NOT_INITIALIZED: Final = -32002
REQUEST_CANCELLED: Final = -32800

MessageId = int | str


@dataclass(frozen=True, slots=True)
class Request:
    """It wants exactly one answer with its id."""

    message_id: MessageId
    method: str
    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Notification:
    """It wants no answer."""

    method: str
    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Response:
    """An answer to a request of ours."""

    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Malformed:
    """Nothing of the above. It is answered with an error."""

    message_id: MessageId | None
    code: int
    reason: str


def envelope(incoming: Incoming) -> Request | Notification | Response | Malformed:
    """Say what a message is."""
    if isinstance(incoming, BadMessage):
        return Malformed(None, PARSE_ERROR, incoming.reason)
    method, message_id = incoming.get("method"), incoming.get("id")
    usable_id = message_id if is_message_id(message_id) else None
    if method is None and ("result" in incoming or "error" in incoming):
        return Response(incoming)
    if not isinstance(method, str) or incoming.get("jsonrpc") != "2.0":
        return Malformed(usable_id, INVALID_REQUEST, "not a JSON-RPC 2.0 message")
    if "id" not in incoming:
        return Notification(method, incoming)
    if usable_id is None:
        return Malformed(None, INVALID_REQUEST, f"{method}: 'id' is no integer and no string")
    return Request(usable_id, method, incoming)


def is_message_id(value: object) -> TypeGuard[MessageId]:
    """Tell whether a value may be the id of a request. `true` is no number here."""
    return isinstance(value, str) or type(value) is int


def result_message(message_id: MessageId, result: object) -> dict[str, Any]:
    """Return the answer to a request that succeeded."""
    return {"jsonrpc": "2.0", "id": message_id, "result": result}


def error_message(message_id: MessageId | None, code: int, reason: str) -> dict[str, Any]:
    """Return the answer to a request that failed."""
    return {"jsonrpc": "2.0", "id": message_id, "error": {"code": code, "message": reason}}
