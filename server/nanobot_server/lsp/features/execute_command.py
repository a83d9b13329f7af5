"""`workspace/executeCommand`: the commands of `docs/lsp.md`.

A command returns as soon as the host has answered; what takes longer goes on as a
process and is shown by progress, messages and edits. When the host refuses, the user
sees one message and the caller gets `{"error": {"code", "message"}}`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from lsprotocol import types

from nanobot_server.host.ask_limits import TIMEOUT_S_DEFAULT, TIMEOUT_S_MAX
from nanobot_server.host.client import HostError
from nanobot_server.host.errors import USAGE
from nanobot_server.lsp.client.editor import Editor, MessageKind
from nanobot_server.lsp.document.document_uri import path_of
from nanobot_server.lsp.document.session import Session, relative_path
from nanobot_server.lsp.errors import ParamsError
from nanobot_server.lsp.index.index_commands import IndexCommands
from nanobot_server.lsp.index.questions import Questions
from nanobot_server.lsp.own.status_board import StatusBoard
from nanobot_server.lsp.own.status_sentence import processes_sentence, status_sentence
from nanobot_server.lsp.process.plans import Plans
from nanobot_server.lsp.process.processes import Processes, ProcessName, Target

_ACTIONS: Final = frozenset({"cancel", "pause", "reject", "resume", "undo"})
_HITS_DEFAULT: Final = 20
_HITS_MAX: Final = 200


async def execute_command(
    session: Session,
    processes: Processes,
    plans: Plans,
    index: IndexCommands,
    questions: Questions,
    *,
    board: StatusBoard,
    editor: Editor,
    params: types.ExecuteCommandParams,
) -> object:
    """Run one command.

    Raises:
        ParamsError: There is no such command, or its arguments are wrong.
    """
    arguments = params.arguments or []
    first = arguments[0] if arguments else None
    try:
        match params.command:
            case "nanobot.search":
                root = _root(session, params.command, first)
                return await index.search(root, _search_params(params.command, first))
            case "nanobot.ask":
                question, timeout_s = _asked(params.command, first)
                root = _root(session, params.command, first)
                return await questions.ask(root, question, timeout_s=timeout_s)
            case "nanobot.ingest":
                return await index.ingest(_root(session, params.command, first))
            case "nanobot.process.start":
                return await _start(session, processes, plans, params.command, first)
            case _:
                name = _process_name(session, params.command, first)
                return await _result(processes, name, (board, editor), params.command, first)
    except HostError as error:
        editor.tell(MessageKind.WARNING, f"nanobot: {error}")
        return {"error": {"code": error.code, "message": str(error)}}


async def _result(
    processes: Processes,
    name: ProcessName,
    shown: tuple[StatusBoard, Editor],
    command: str,
    first: object,
) -> object:
    board, editor = shown
    match command.split("."):
        case ["nanobot", "process", "review"]:
            return await processes.review(name)
        case ["nanobot", "process", "diff"]:
            return await processes.show_diff(name)
        case ["nanobot", "process", "accept"]:
            return await processes.accept(name, _part(command, first))
        case ["nanobot", "process", action] if action in _ACTIONS:
            part = _part(command, first) if action == "reject" else {}
            answer = await processes.act(action, name, part)
            return {"processId": answer.get("process_id"), "state": answer.get("state")}
        case ["nanobot", "status"] | ["nanobot", "process", "status"]:
            found = await processes.status(name)
            text = f"nanobot: {processes_sentence(found)}"
            if command == "nanobot.status":
                text = status_sentence(await board.status(), found)
            editor.tell(MessageKind.INFO, text)
            return {"processes": found}
        case _:
            raise ParamsError(command, "there is no such command")


async def _start(
    session: Session, processes: Processes, plans: Plans, command: str, first: object
) -> dict[str, Any]:
    options = {"goal": first} if isinstance(first, str) else _options(command, first)
    recipe, goal = _text(command, options, "recipe"), _text(command, options, "goal")
    refactorings = _refactorings(command, options)
    root, targets = _place(session, command, options)
    if refactorings:
        view = await processes.start_refactorings(root, refactorings, goal or "")
    elif goal and recipe is None and not targets:
        return {"plan": await plans.start(root, goal)}
    else:
        default = "document this definition" if targets else "document every public function"
        part = _recipe_part(command, options)
        view = await processes.start(root, recipe or "document", goal or default, targets, part)
    return {"processId": view.process_id}


def _place(
    session: Session, command: str, options: Mapping[str, object]
) -> tuple[Path, list[Target]]:
    """Return the workspace that is meant, and the definition, if one is."""
    uri, line = _text(command, options, "uri"), options.get("line")
    if line is not None and (type(line) is not int or line < 0 or uri is None):
        raise ParamsError(command, f"'line' is {line!r}; give a 0-based line together with 'uri'")
    root = _root(session, command, options)
    path = path_of(uri) if uri is not None else None
    if uri is None or path is None or line is None:
        return root, []
    return root, [_target(session, root, path, uri, line)]


def _refactorings(command: str, options: Mapping[str, object]) -> list[Mapping[str, object]]:
    given = options.get("refactorings") or []
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        example = '[{"name": "rename", "arguments": {...}}]'
        raise ParamsError(command, f"'refactorings' is {given!r}; give {example}")
    return given


def _recipe_part(command: str, options: Mapping[str, object]) -> dict[str, object]:
    """Read where in the workspace a recipe is meant: `place`, or `only` of a rewrite."""
    only, place = options.get("only") or [], _text(command, options, "place")
    if not isinstance(only, list) or not all(isinstance(one, str) for one in only):
        raise ParamsError(command, f"'only' is {only!r}; give a list of strings")
    return {"only": only} | ({} if place is None else {"place": place})


def _target(session: Session, root: Path, path: Path, uri: str, line: int) -> Target:
    relative = relative_path(root, path)
    if relative is None:
        raise HostError(USAGE, f"{path}: it lies outside its workspace {root}")
    if session.document(uri) is not None and session.snapshot(uri) is None:
        raise HostError(
            USAGE, f"{path.name}: the editor and nanobot disagree on its text; reopen the file"
        )
    return Target(relative, line + 1)


def _process_name(session: Session, command: str, first: object) -> ProcessName:
    """Read `"id"`, `{"processId": "id", "uri"}` or nothing, which means the newest process."""
    root = None
    if isinstance(first, Mapping):
        root = _root(session, command, first) if first.get("uri") is not None else None
        first = first.get("processId", first.get("process_id"))
    if first is None or (isinstance(first, str) and first):
        return ProcessName(first, root)
    raise ParamsError(command, f"the process id is {first!r}; give a string")


def _root(session: Session, command: str, first: object) -> Path:
    """Return the workspace of the `uri` that an argument has; else the one that is in use."""
    uri = _text(command, first, "uri") if isinstance(first, Mapping) else None
    if uri is None:
        return session.required_root()
    path = path_of(uri)
    if path is None:
        raise ParamsError(command, f"'uri' is {uri!r}; only files can be worked on")
    root = path if path in session.folders else session.root_of(path)
    if root is None:
        raise HostError(USAGE, f"{uri}: it lies in no open folder; open its folder first")
    return root


def _part(command: str, first: object) -> dict[str, list[str]]:
    """Read which `paths` and `hunks` of a review are meant; empty for all."""
    part: dict[str, list[str]] = {}
    for key in ("paths", "hunks"):
        names = first.get(key) if isinstance(first, Mapping) else None
        if names is None:
            continue
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ParamsError(command, f"{key!r} is {names!r}; give a list of strings")
        part[key] = names
    return part


def _asked(command: str, first: object) -> tuple[str, int]:
    options = {"question": first} if isinstance(first, str) else _options(command, first)
    question, timeout_s = _text(command, options, "question"), options.get("timeout")
    timeout_s = TIMEOUT_S_DEFAULT if timeout_s is None else timeout_s
    if not question or type(timeout_s) is not int or not 1 <= timeout_s <= TIMEOUT_S_MAX:
        raise ParamsError(command, 'give {"question": "words", "timeout": seconds}')
    return question, timeout_s


def _search_params(command: str, first: object) -> dict[str, object]:
    options = {"query": first} if isinstance(first, str) else _options(command, first)
    query, limit = _text(command, options, "query"), options.get("limit", _HITS_DEFAULT)
    if not query or type(limit) is not int or limit < 1:
        raise ParamsError(command, 'give {"query": "words", "limit": 20}')
    params: dict[str, object] = {"query": query, "limit": min(limit, _HITS_MAX)}
    path = _text(command, options, "path")
    if path is not None:
        params["path"] = path
    for key in ("languages", "kinds"):
        names = options.get(key)
        if names is None:
            continue
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ParamsError(command, f"{key!r} is {names!r}; give a list of strings")
        params[key] = names
    return params


def _options(command: str, first: object) -> Mapping[str, object]:
    if first is None:
        return {}
    if not isinstance(first, Mapping):
        raise ParamsError(command, f"the argument is {first!r}; give an object")
    return first


def _text(command: str, options: Mapping[str, object], key: str) -> str | None:
    value = options.get(key)
    if value is not None and not isinstance(value, str):
        raise ParamsError(command, f"{key!r} is {value!r}; give a string")
    return value
