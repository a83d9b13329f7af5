"""The language server: its features, and its life on one event loop."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import platformdirs
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from nanobot_server.lsp.action.action_features import register_actions
from nanobot_server.lsp.client.client_profile import ClientProfile
from nanobot_server.lsp.client.editor import PyglsEditor
from nanobot_server.lsp.client.log_messages import LogMessages
from nanobot_server.lsp.completion.completion_features import register_completion
from nanobot_server.lsp.connection.parent_watch import Parent
from nanobot_server.lsp.connection.protocol import NanobotProtocol
from nanobot_server.lsp.connection.strict_converter import strict_converter
from nanobot_server.lsp.connection.transport import Received, StdioTransport
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.features.did_change import did_change, distrust_unreadable
from nanobot_server.lsp.features.did_change_workspace_folders import did_change_workspace_folders
from nanobot_server.lsp.features.did_close import did_close
from nanobot_server.lsp.features.did_open import did_open
from nanobot_server.lsp.features.did_save import did_save
from nanobot_server.lsp.features.execute_command import execute_command
from nanobot_server.lsp.features.shutdown import shutdown
from nanobot_server.lsp.features.work_done_progress_cancel import work_done_progress_cancel
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.index.index_commands import IndexCommands
from nanobot_server.lsp.index.index_features import register_index
from nanobot_server.lsp.index.index_question import IndexQuestions
from nanobot_server.lsp.index.questions import Questions
from nanobot_server.lsp.own.own_features import register_own
from nanobot_server.lsp.process.plans import Plans
from nanobot_server.lsp.process.processes import Processes
from nanobot_server.lsp.review.review_features import ReviewParts, register_reviews

log = logging.getLogger(__name__)

EXIT_AFTER_SHUTDOWN: Final = 0
EXIT_WITHOUT_SHUTDOWN: Final = 1


def build_protocol(
    session: Session,
    transport: StdioTransport,
    leave: Callable[[], None],
    *,
    follows_log_setting: bool = False,
) -> NanobotProtocol:
    """Register every feature. This function is the table of contents of the server.

    `initialize` is not here: `greeting` has answered it.
    """
    server = LanguageServer(
        "nanobot", "", protocol_cls=NanobotProtocol, converter_factory=strict_converter
    )
    protocol = server.protocol
    assert isinstance(protocol, NanobotProtocol)
    protocol.transport = transport
    editor = PyglsEditor(server, protocol, answers=session.client.answers)
    parts = ReviewParts.made(session, editor, _patch_folder)
    reviews = parts.reviews
    links = HostLinks()
    processes = Processes(session, editor, parts.reviewer, parts.lookup, links)
    plans = Plans(session, editor, processes, links)
    index = IndexCommands(session, editor, links)
    questions = Questions(session, editor, links, index, keep=parts.documents.keep_answer)

    feature = server.feature
    own = register_own(
        server, protocol, session, links, editor, follows_log_setting=follows_log_setting
    )
    register_completion(server, session, links, index, own)
    register_actions(server, session, processes, reviews, parts.shown)
    register_index(server, session, IndexQuestions(links, index))
    feature(types.TEXT_DOCUMENT_DID_OPEN)(lambda params: did_open(session, editor, params))
    feature(types.TEXT_DOCUMENT_DID_CHANGE)(lambda params: did_change(session, editor, params))
    feature(types.TEXT_DOCUMENT_DID_SAVE)(
        lambda params: did_save(session, own.watched_files, params)
    )
    feature(types.TEXT_DOCUMENT_DID_CLOSE)(lambda params: did_close(session, params))
    feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(
        lambda params: did_change_workspace_folders(session, processes, reviews, links, params)
    )
    register_reviews(server, session, links, processes, parts)
    feature(types.WORKSPACE_EXECUTE_COMMAND)(
        lambda params: execute_command(
            session,
            processes,
            plans,
            index,
            questions,
            board=own.status_board,
            editor=editor,
            params=params,
        )
    )
    feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)(
        lambda params: work_done_progress_cancel(processes, plans, index, questions, params)
    )
    feature(types.SHUTDOWN)(lambda _params: shutdown(protocol))
    feature(types.EXIT)(lambda _params: leave())

    protocol.on_bad_params[types.TEXT_DOCUMENT_DID_CHANGE] = lambda params: distrust_unreadable(
        session, editor, params
    )
    return protocol


def serve(
    transport: StdioTransport,
    client: ClientProfile,
    parent: Parent,
    *,
    follows_log_setting: bool = False,
) -> int:
    """Run until the editor leaves; return the exit code that the protocol asks for.

    The event loop is left as it is: the caller ends the process at once, because
    a thread that still waits for a host must not keep an orphan alive.

    Args:
        transport: To the editor.
        client: What it can do.
        parent: Ends us when it is gone.
        follows_log_setting: The setting `log.level` counts.
    """
    serving = _serve(transport, client, parent, follows_log_setting=follows_log_setting)
    return asyncio.new_event_loop().run_until_complete(serving)


async def _serve(
    transport: StdioTransport,
    client: ClientProfile,
    parent: Parent,
    *,
    follows_log_setting: bool = False,
) -> int:
    loop = asyncio.get_running_loop()
    left: asyncio.Future[None] = loop.create_future()
    loop.set_exception_handler(_log_without_values)

    def leave() -> None:
        if not left.done():
            left.set_result(None)

    to_editor = LogMessages(transport.send, knows_debug=client.knows_debug)
    logging.getLogger().addHandler(to_editor)
    protocol = build_protocol(
        Session(client), transport, leave, follows_log_setting=follows_log_setting
    )

    def take(received: Received) -> None:
        if received is None:
            leave()
        else:
            protocol.receive(received)
            transport.handled()

    transport.attach(lambda received: _call_soon(loop, take, received))
    watch = asyncio.create_task(parent.watch(leave), name="parent watch")
    log.info("serving: client=%s encoding=%s", client.name or "unnamed", client.encoding)
    await left
    watch.cancel()
    log.info("leaving: after_shutdown=%s", protocol.is_shut_down)
    return EXIT_AFTER_SHUTDOWN if protocol.is_shut_down else EXIT_WITHOUT_SHUTDOWN


def _log_without_values(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what broke on the loop. Its own words may hold the message of an editor, with texts."""
    log.error("event loop: something broke", exc_info=context.get("exception"))


def _patch_folder() -> Path:
    return Path(platformdirs.user_cache_dir("nanobot", appauthor=False)) / "patches"


def _call_soon(
    loop: asyncio.AbstractEventLoop, take: Callable[[Received], None], received: Received
) -> None:
    loop.call_soon_threadsafe(take, received)
