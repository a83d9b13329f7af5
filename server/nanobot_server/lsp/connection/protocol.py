"""JSON-RPC over a transport: every request is answered exactly once.

pygls keeps the feature registry, the typed messages and the senders; how messages
are received, dispatched, cancelled and answered is ours (`docs/lsp.md` lists what
pygls 2.1 gets wrong there). Handlers run as tasks of the event loop, started in
the order of their messages, so a request sees every change sent before it.
"""

import asyncio
import inspect
import logging
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from cattrs import transform_error
from cattrs.errors import BaseValidationError
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from nanobot_server.lsp.connection.envelope import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    REQUEST_CANCELLED,
    Malformed,
    MessageId,
    Notification,
    Request,
    Response,
    envelope,
    error_message,
    is_message_id,
    result_message,
)
from nanobot_server.lsp.connection.framing import Incoming
from nanobot_server.lsp.errors import ParamsError

if TYPE_CHECKING:
    from cattrs import Converter
    from pygls.lsp.server import LanguageServer

    from nanobot_server.lsp.connection.trace import Trace
    from nanobot_server.lsp.connection.transport import StdioTransport

log = logging.getLogger(__name__)

# What cattrs and the validators of lsprotocol raise for values of a wrong shape.
_STRUCTURE_ERRORS: Final = (
    BaseValidationError,
    AttributeError,
    IndexError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
)


class NanobotProtocol(LanguageServerProtocol):
    """One connection with an editor. Runs on the event loop.

    Invariant: a request id is in `_task_by_id` from its arrival until its answer
    is queued, and nothing else answers it.
    """

    def __init__(self, server: "LanguageServer", converter: "Converter") -> None:
        super().__init__(server, converter)
        self.transport: StdioTransport | None = None
        self.is_shut_down = False
        self.on_bad_params: dict[str, Callable[[object], None]] = {}
        """By notification method: told about parameters that can not be used."""
        self.message_trace: Trace | None = None
        self._task_by_id: dict[MessageId, asyncio.Task[object]] = {}
        self._notification_tasks: set[asyncio.Task[object]] = set()

    def _register_builtin_features(self) -> None:
        """Register none: `server.build_server` lists every method."""

    # Receiving.

    def receive(self, incoming: Incoming) -> None:
        """Take one message from the editor. `initialize` was answered before."""
        if self.message_trace is not None and isinstance(incoming, dict):
            self.message_trace.received(incoming)
        match envelope(incoming):
            case Request() as request:
                self._receive_request(request)
            case Notification(method, message):
                self._receive_notification(method, message)
            case Response(message):
                self._receive_response(message)
            case Malformed(message_id, code, reason):
                log.warning("unreadable input: %s", reason)
                self._answer_error(message_id, code, reason)

    def cancel(self, message_id: object) -> None:
        """Cancel a request that is running. Its answer is -32800, unless it just ended."""
        if is_message_id(message_id) and (task := self._task_by_id.get(message_id)):
            task.cancel()

    def cancel_all(self) -> None:
        """Cancel every running request but the one that asks for it."""
        current = asyncio.current_task()
        for task in tuple(self._task_by_id.values()):
            if task is not current:
                task.cancel()

    def _receive_request(self, request: Request) -> None:
        refusal = self._refusal(request)
        if refusal is not None:
            self._answer_error(request.message_id, *refusal)
            return
        if request.method == types.SHUTDOWN:
            # Now and not when its task runs: what came right behind it came after it.
            self.is_shut_down = True
        task = asyncio.get_running_loop().create_task(
            self._result_of(request.method, request.message), name=f"request {request.method}"
        )
        self._task_by_id[request.message_id] = task
        task.add_done_callback(partial(self._finish_request, request.message_id, request.method))

    def _refusal(self, request: Request) -> tuple[int, str] | None:
        method = request.method
        if request.message_id in self._task_by_id:
            return INVALID_REQUEST, f"{method}: a request with this id is still running"
        if self.is_shut_down:
            return INVALID_REQUEST, f"{method}: the server was shut down"
        if method == types.INITIALIZE:
            return INVALID_REQUEST, f"{method}: only once"
        if method not in self.fm.features:
            return METHOD_NOT_FOUND, f"{method}: this server does not have it"
        return None

    def _receive_notification(self, method: str, message: dict[str, Any]) -> None:
        if method == types.CANCEL_REQUEST:
            params = message.get("params")
            self.cancel(params.get("id") if isinstance(params, dict) else None)
            return
        if method == types.SET_TRACE:
            # Now: messages that came right behind it in one read are told of as they are received.
            self._set_trace(message.get("params"))
            return
        if method not in self.fm.features:
            log.debug("notification ignored: method=%s", method)
            return
        if method != types.EXIT and self.is_shut_down:
            log.debug("notification out of turn: method=%s", method)
            return
        task = asyncio.get_running_loop().create_task(
            self._result_of(method, message), name=f"notification {method}"
        )
        self._notification_tasks.add(task)
        task.add_done_callback(partial(self._finish_notification, method, message.get("params")))

    def _set_trace(self, params: object) -> None:
        if self.message_trace is not None:
            self.message_trace.set(params.get("value") if isinstance(params, dict) else None)

    async def _result_of(self, method: str, message: dict[str, Any]) -> object:
        """Run the feature and return its result as JSON values."""
        result = self.fm.features[method](self._params(method, message))
        if inspect.isawaitable(result):
            result = await result
        return self._converter.unstructure(result)

    def _params(self, method: str, message: dict[str, Any]) -> object:
        message_type = self.get_message_type(method)
        if message_type is None:
            return message.get("params")
        try:
            return getattr(self._converter.structure(message, message_type), "params", None)
        except _STRUCTURE_ERRORS as error:
            # Not the error itself: it may hold a value, and that may be text of a document.
            places = transform_error(error) if isinstance(error, BaseValidationError) else ()
            log.debug("parameters refused: method=%s places=%s", method, "; ".join(places))
            raise ParamsError(
                method, "the parameters do not have the form of this method"
            ) from error

    # Answering.

    def _finish_request(
        self, message_id: MessageId, method: str, task: asyncio.Task[object]
    ) -> None:
        del self._task_by_id[message_id]
        if task.cancelled():
            self._answer_error(message_id, REQUEST_CANCELLED, f"{method}: cancelled")
            return
        match task.exception():
            case None:
                self._send(result_message(message_id, task.result()))
            case ParamsError() as error:
                self._answer_error(message_id, INVALID_PARAMS, str(error))
            case JsonRpcException() as error:
                self._answer_error(message_id, error.code, error.message)
            case error:
                # Our bug. One failed request must not end the server.
                log.error("request failed: method=%s", method, exc_info=error)
                self._answer_error(
                    message_id, INTERNAL_ERROR, f"{method}: failed; the log of nanobot says why"
                )

    def _finish_notification(self, method: str, params: object, task: asyncio.Task[object]) -> None:
        self._notification_tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, ParamsError):
            log.warning("notification refused: %s", error)
            if on_bad_params := self.on_bad_params.get(method):
                on_bad_params(params)
        elif isinstance(error, JsonRpcException):
            # Somebody asked without an id, and is not told what became of it.
            log.info("notification refused: method=%s code=%s", method, error.code)
        else:
            log.error("notification failed: method=%s", method, exc_info=error)

    def _answer_error(self, message_id: MessageId | None, code: int, message: str) -> None:
        self._send(error_message(message_id, code, message))

    def _receive_response(self, message: dict[str, Any]) -> None:
        """Finish a request of ours. A late or unknown answer is dropped."""
        message_id = message["id"]
        future = self._request_futures.pop(message_id, None) if is_message_id(message_id) else None
        if future is None or future.done():
            log.debug("answer to an unknown request dropped")
            return
        result_type = self._result_types.pop(message_id, None)
        error = message.get("error")
        if error is not None:
            code, text = INTERNAL_ERROR, "refused"
            if isinstance(error, dict):
                code = error["code"] if type(error.get("code")) is int else code
                text = str(error.get("message", text))
            future.set_exception(JsonRpcException(code=code, message=text))
            return
        message.setdefault("jsonrpc", "2.0")
        try:
            response = self._converter.structure(message, result_type) if result_type else None
        except _STRUCTURE_ERRORS:
            future.set_exception(
                JsonRpcException(code=INVALID_PARAMS, message="the answer has another form")
            )
            return
        future.set_result(getattr(response, "result", message.get("result")))

    def forget(self, future: Future[Any]) -> None:
        """Stop waiting for the answer to a request of ours."""
        for message_id, waiting in tuple(self._request_futures.items()):
            if waiting is future:
                del self._request_futures[message_id]
                self._result_types.pop(message_id, None)

    # Sending. The parent's typed messages come through here.

    def _send_data(self, data: Any) -> None:
        self._send(self._converter.unstructure(data))

    def _send(self, message: dict[str, Any]) -> None:
        assert self.transport is not None
        self.transport.send(message)
        if self.message_trace is not None:
            self.message_trace.sent(message)
