"""The language server: its features, and its life on one event loop."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

import platformdirs
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from nanobot_server.lsp.client_profile import ClientProfile
from nanobot_server.lsp.editor import PyglsEditor
from nanobot_server.lsp.features.code_action import code_action
from nanobot_server.lsp.features.diagnostic_action import diagnostic_action
from nanobot_server.lsp.features.did_change import did_change, distrust_unreadable
from nanobot_server.lsp.features.did_change_workspace_folders import did_change_workspace_folders
from nanobot_server.lsp.features.did_close import did_close
from nanobot_server.lsp.features.did_open import did_open
from nanobot_server.lsp.features.did_save import did_save
from nanobot_server.lsp.features.execute_command import execute_command
from nanobot_server.lsp.features.hunk_action import hunk_action
from nanobot_server.lsp.features.shutdown import shutdown
from nanobot_server.lsp.features.work_done_progress_cancel import work_done_progress_cancel
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.index_commands import IndexCommands
from nanobot_server.lsp.parent_watch import watch_parent
from nanobot_server.lsp.plans import Plans
from nanobot_server.lsp.processes import Processes
from nanobot_server.lsp.protocol import NanobotProtocol
from nanobot_server.lsp.questions import Questions
from nanobot_server.lsp.review import Reviewer
from nanobot_server.lsp.session import Session
from nanobot_server.lsp.transport import Received, StdioTransport

log = logging.getLogger(__name__)

EXIT_AFTER_SHUTDOWN: Final = 0
EXIT_WITHOUT_SHUTDOWN: Final = 1


def build_protocol(
    session: Session, transport: StdioTransport, leave: Callable[[], None]
) -> NanobotProtocol:
    """Register every feature. This function is the table of contents of the server.

    `initialize` is not here: `greeting` has answered it.
    """
    server = LanguageServer("nanobot", "", protocol_cls=NanobotProtocol)
    protocol = server.protocol
    assert isinstance(protocol, NanobotProtocol)
    protocol.transport = transport
    editor = PyglsEditor(server, protocol)
    reviewer = Reviewer(session, editor, _patch_folder)
    links = HostLinks()
    processes = Processes(session, editor, reviewer, links)
    plans = Plans(session, editor, processes, links)
    index = IndexCommands(session, editor, links)
    questions = Questions(session, editor, links, index)

    feature = server.feature
    feature(types.INITIALIZED)(lambda _params: None)
    feature(types.TEXT_DOCUMENT_DID_OPEN)(lambda params: did_open(session, editor, params))
    feature(types.TEXT_DOCUMENT_DID_CHANGE)(lambda params: did_change(session, editor, params))
    feature(types.TEXT_DOCUMENT_DID_SAVE)(lambda params: did_save(session, params))
    feature(types.TEXT_DOCUMENT_DID_CLOSE)(lambda params: did_close(session, params))
    feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(
        lambda params: did_change_workspace_folders(session, params)
    )
    feature(types.TEXT_DOCUMENT_CODE_ACTION)(
        lambda params: [
            *hunk_action(reviewer.open_hunks, params),
            *diagnostic_action(session, params),
            *code_action(session, params),
        ]
    )
    feature(types.WORKSPACE_EXECUTE_COMMAND)(
        lambda params: execute_command(
            session, processes, plans, index, questions, editor=editor, params=params
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


def serve(transport: StdioTransport, client: ClientProfile) -> int:
    """Run until the editor leaves; return the exit code that the protocol asks for.

    The event loop is left as it is: the caller ends the process at once, because
    a thread that still waits for a host must not keep an orphan alive.
    """
    return asyncio.new_event_loop().run_until_complete(_serve(transport, client))


async def _serve(transport: StdioTransport, client: ClientProfile) -> int:
    loop = asyncio.get_running_loop()
    left: asyncio.Future[None] = loop.create_future()

    def leave() -> None:
        if not left.done():
            left.set_result(None)

    protocol = build_protocol(Session(client), transport, leave)

    def take(received: Received) -> None:
        if received is None:
            leave()
        else:
            protocol.receive(received)
            transport.handled()

    transport.attach(lambda received: _call_soon(loop, take, received))
    watch = asyncio.create_task(watch_parent(client.process_id, leave), name="parent watch")
    log.info("serving: client=%s encoding=%s", client.name or "unnamed", client.encoding)
    await left
    watch.cancel()
    log.info("leaving: after_shutdown=%s", protocol.is_shut_down)
    return EXIT_AFTER_SHUTDOWN if protocol.is_shut_down else EXIT_WITHOUT_SHUTDOWN


def _patch_folder() -> Path:
    return Path(platformdirs.user_cache_dir("nanobot", appauthor=False)) / "patches"


def _call_soon(
    loop: asyncio.AbstractEventLoop, take: Callable[[Received], None], received: Received
) -> None:
    loop.call_soon_threadsafe(take, received)
