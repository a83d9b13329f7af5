"""Ask a language server who refers to a name."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from nanobot_engine.check import scratch_workspace
from nanobot_engine.language_server.catalogue import ServerProgram
from nanobot_engine.language_server.connection import Connection, ServerError
from nanobot_engine.language_server.place import Range, byte_offset, path_of, position
from nanobot_indexer import language_of

log = logging.getLogger(__name__)

_TIMEOUT_S: Final = 120.0
_READY_S: Final = 30.0
"""For a server to understand the files; afterwards it is asked anyway."""
_QUIET_S: Final = 1.5
_FILES_MAX: Final = 300
_DIAGNOSTICS: Final = "textDocument/publishDiagnostics"


def find_references(
    server: tuple[ServerProgram, Path],
    root: Path,
    texts: Mapping[str, bytes],
    place: tuple[str, int],
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Range]:
    """Return where a server says that a name is declared and used.

    Args:
        server: Of the language, and its program.
        root: The workspace; a copy of it is all that the server sees.
        texts: The files that may refer to the name, by path, as they are now; they stand
            in for those on disk.
        place: The path of a file among them, and the first byte of the name in it.
        cancelled: Polled; a true answer ends it.

    Raises:
        ServerError: It gave no answer.
        ScratchError: The workspace can not be copied.
    """
    program, path = server
    shown = [place[0], *(one for one in sorted(texts) if one != place[0])][:_FILES_MAX]
    with scratch_workspace(root, cancelled=cancelled) as scratch:
        folder = scratch.folder.resolve()
        scratch.write(dict(texts))
        command = (str(path), *program.command[1:])
        with Connection(
            command, folder=folder, home=scratch.home, timeout_s=_TIMEOUT_S, cancelled=cancelled
        ) as connection:
            encoding = _initialised(connection, program, folder)
            for one in shown:
                _open(connection, program, folder / one, one, texts[one])
            _wait_until_ready(connection, program, {(folder / one).as_uri() for one in shown})
            params = {
                "textDocument": {"uri": (folder / place[0]).as_uri()},
                "position": position(texts[place[0]], place[1], encoding=encoding),
                "context": {"includeDeclaration": True},
            }
            answer = connection.request("textDocument/references", params)
    found = list(_ranges(answer, folder, texts, encoding))
    log.info("language server asked: server=%s references=%d", path.name, len(found))
    return found


def _initialised(connection: Connection, program: ServerProgram, folder: Path) -> str:
    """Shake hands and return what characters are counted in."""
    capabilities = {
        "general": {"positionEncodings": ["utf-8", "utf-16"]},
        "textDocument": {
            "references": {},
            "publishDiagnostics": {},
            "synchronization": {"didSave": False},
        },
        "workspace": {"configuration": True, "workspaceFolders": True},
    }
    answer = connection.request(
        "initialize",
        {
            "processId": None,
            "rootUri": folder.as_uri(),
            "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}],
            "capabilities": capabilities,
            "initializationOptions": dict(program.options),
        },
    )
    connection.notify("initialized", {})
    given = answer.get("capabilities") if isinstance(answer, dict) else None
    encoding = given.get("positionEncoding") if isinstance(given, dict) else None
    return "utf-8" if encoding == "utf-8" else "utf-16"


def _open(
    connection: Connection, program: ServerProgram, file: Path, path: str, data: bytes
) -> None:
    language = program.languages.get(language_of(path, data))
    if language is None:
        raise ServerError(f"{path}: is of another language than the server")
    document = {
        "uri": file.as_uri(),
        "languageId": language,
        "version": 1,
        "text": data.decode(errors="replace"),
    }
    connection.notify("textDocument/didOpen", {"textDocument": document})


def _wait_until_ready(connection: Connection, program: ServerProgram, uris: set[str]) -> None:
    """Wait until the server has said something about every file, or nothing more at all."""
    ready_by = time.monotonic() + _READY_S
    waiting = set(uris)
    while waiting or program.is_quiet_when_ready:
        now = time.monotonic()
        wait_until = min(ready_by, now + _QUIET_S) if program.is_quiet_when_ready else ready_by
        message = connection.next_message(wait_until)
        if message is None:
            return
        if message.get("method") == _DIAGNOSTICS and isinstance(message.get("params"), dict):
            waiting.discard(str(message["params"].get("uri")))


def _ranges(
    answer: object, folder: Path, texts: Mapping[str, bytes], encoding: str
) -> Iterator[Range]:
    """Yield the ranges of an answer that lie in the files; the others are none of ours."""
    for one in _objects(answer):
        path = path_of(str(one.get("uri", "")), folder)
        place = one.get("range")
        if path is None or path not in texts or not isinstance(place, dict):
            continue
        ends = [
            byte_offset(texts[path], end, encoding=encoding)
            for end in (place.get("start"), place.get("end"))
            if isinstance(end, dict)
        ]
        if len(ends) == 2 and ends[0] is not None and ends[1] is not None:
            yield Range(path, ends[0], ends[1])


def _objects(answer: object) -> Sequence[Mapping[str, Any]]:
    if not isinstance(answer, list):
        return ()
    return [one for one in answer if isinstance(one, dict)]
