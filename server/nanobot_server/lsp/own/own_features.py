"""What is ours between an editor and the server, and its settings, are registered here.

`docs/protocol.md` and `docs/lsp.md` describe them.
"""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from nanobot_server.lsp.client.configuration import Configuration
from nanobot_server.lsp.client.editor import MessageKind, PyglsEditor
from nanobot_server.lsp.connection.trace import Trace
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.document.watched_files import WatchedFiles
from nanobot_server.lsp.features.did_change_configuration import did_change_configuration
from nanobot_server.lsp.features.did_change_watched_files import did_change_watched_files
from nanobot_server.lsp.features.initialized import initialized
from nanobot_server.lsp.features.processes import processes
from nanobot_server.lsp.features.status import status
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.own import own_messages
from nanobot_server.lsp.own.status_board import StatusBoard
from nanobot_server.lsp.process.process_board import ProcessBoard

if TYPE_CHECKING:
    from nanobot_server.lsp.connection.protocol import NanobotProtocol
    from nanobot_server.settings import Settings


@dataclass(frozen=True, slots=True)
class OwnFeatures:
    """What other features need of it."""

    status_board: StatusBoard
    configuration: Configuration
    watched_files: WatchedFiles


def register_own(
    server: LanguageServer,
    protocol: "NanobotProtocol",
    session: Session,
    links: HostLinks,
    editor: PyglsEditor,
    *,
    follows_log_setting: bool,
) -> OwnFeatures:
    """Register our requests; send our notifications to an editor that wants them.

    Args:
        server: Takes the features.
        protocol: Tells what is exchanged.
        session: Has the folders.
        links: To the hosts.
        editor: Is asked for settings.
        follows_log_setting: The setting `log.level` counts, because nothing else was said
            when the program was started.
    """
    client = session.client
    assert protocol.transport is not None
    protocol.message_trace = Trace(protocol.transport.send, client.trace)
    configuration = Configuration(
        client, editor, lambda message: editor.tell(MessageKind.WARNING, message)
    )
    if follows_log_setting:
        configuration.listen(_use_log_level)
    watched_files = WatchedFiles(session, editor, links)
    status_board, process_board = _boards(protocol, session, links)
    feature = server.feature
    feature(types.INITIALIZED)(lambda _params: initialized(status_board, configuration))
    feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(
        lambda params: did_change_configuration(configuration, params)
    )
    protocol.on_bad_params[types.WORKSPACE_DID_CHANGE_CONFIGURATION] = configuration.changed_somehow
    feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(
        lambda params: did_change_watched_files(session, watched_files, params)
    )
    feature(own_messages.STATUS)(lambda params: status(status_board, params))
    feature(own_messages.PROCESSES)(lambda params: processes(process_board, params))
    return OwnFeatures(status_board, configuration, watched_files)


def _boards(
    protocol: "NanobotProtocol", session: Session, links: HostLinks
) -> tuple[StatusBoard, ProcessBoard]:
    def tell_status(now: Any) -> None:
        protocol.notify(own_messages.DID_CHANGE_STATUS, now)

    def tell_process(now: Any) -> None:
        protocol.notify(own_messages.DID_CHANGE_PROCESS, now)

    told = session.client.told
    status_board = StatusBoard(session, links, tell_status if "status" in told else None)
    process_board = ProcessBoard(session, links, tell_process if "processes" in told else None)
    return status_board, process_board


def _use_log_level(settings: "Settings") -> None:
    logging.getLogger().setLevel(settings.log.level.upper())
