"""What the editor at the other end can do, read from its `initialize` request.

Read with care and without a schema: an unknown or wrong entry counts as absent,
because editors differ and a dead server helps nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nanobot_server.lsp.document.document_uri import path_of
from nanobot_server.lsp.document.text_buffer import Encoding
from nanobot_server.lsp.errors import ParamsError

# They handle `documentChanges` with versions although they do not declare it.
_TAKES_DOCUMENT_CHANGES: Final = frozenset({"neovim"})

# They change documents when asked although they do not declare it. Vim's ALE and older
# Kates even give no name, so an unnamed client is tried: only its text is believed.
_TAKES_EDITS: Final = frozenset({"", "kate", "ale"})

# Emacs sends what it changed half a second after the next key. Before version 29 it gives no
# name. It tells the truth about what it applied.
_SENDS_LATE: Final = frozenset({"", "eglot"})

OWN_MESSAGES: Final = ("status", "processes", "review")
"""What an editor can ask to be told in `capabilities.experimental.nanobot`."""
_TAG_LLM_GENERATED: Final = 1
"""`CodeActionTag.LLMGenerated` of the protocol."""


@dataclass(frozen=True, slots=True)
class ClientProfile:
    """The editor's name and abilities."""

    name: str
    """Lower case, empty when it does not say."""
    encoding: Encoding
    has_units: bool
    """It says in which units it counts. One that does not may count in others than it should,
    as Vim's ALE does, and is given whole lines."""
    answers: bool
    """It answers requests. Vim's ALE applies edits, but never says so, and asks nobody."""
    sends_late: bool
    """A change that it made may be sent only after its user has pressed a key."""
    process_id: int | None
    """The process to watch: when it is gone, so are we."""
    folders: tuple[Path, ...]
    """Workspace folders. Empty when the user opened a single file."""
    uri_by_folder: Mapping[Path, str]
    """As the editor spells them."""
    has_progress: bool
    """It shows progress that the server creates."""
    has_document_changes: bool
    """It takes versioned edits."""
    has_change_annotations: bool
    has_show_document: bool
    has_resync: bool
    """It sends the full text of a document when `nanobot/resync` asks for it."""
    has_text_document_content: bool
    """It shows documents whose text we give it."""
    has_code_lens_refresh: bool
    has_pull_diagnostics: bool
    """It asks for diagnostics, and asks again when it is told to."""
    can_apply_edits: bool
    has_action_tags: bool
    """It shows which code actions a model is behind."""
    has_disabled_actions: bool
    """It shows code actions that are not possible, with the reason."""
    has_inline_completion: bool
    """It asks for text to show behind the cursor; without, it has a list of completions."""
    has_nested_symbols: bool
    """It shows the symbols of a file as a tree."""
    has_markdown_hover: bool
    wants_symbols: bool
    """It says that no other server answers what files and the workspace define."""
    wants_hover: bool
    """It says that no other server answers what a name is."""
    resource_operations: frozenset[str]
    """Which of `create`, `rename` and `delete` it takes in an edit."""
    told: frozenset[str]
    """What of our own it wants to be told: of `status`, `processes` and `review`."""
    initialization_options: Mapping[str, Any]
    """Settings that it started us with."""
    has_configuration: bool
    """It can be asked for settings."""
    has_dynamic_configuration: bool
    """It wants to be asked whether to tell of changed settings."""
    has_dynamic_watching: bool
    """It watches files when it is asked to."""
    knows_debug: bool
    """It knows the message type `Debug`, which is of 3.18."""
    trace: str
    """How much it wants to be told of messages: `off`, `messages` or `verbose`."""

    @classmethod
    def of(cls, params: object) -> "ClientProfile":
        """Read the parameters of `initialize`.

        Raises:
            ParamsError: They are not an object with `capabilities`.
        """
        if not isinstance(params, dict) or not isinstance(params.get("capabilities"), dict):
            raise ParamsError("initialize", "no object 'capabilities'")
        capabilities = params["capabilities"]
        name = str(_entry(params, "clientInfo", "name") or "").lower()
        edit = _entry(capabilities, "workspace", "workspaceEdit")
        documents = _entry(capabilities, "textDocument")
        action = _entry(documents, "codeAction")
        tags = _entry(action, "tagSupport", "valueSet")
        process_id = params.get("processId")
        return cls(
            name=name,
            encoding=_encoding(_entry(capabilities, "general", "positionEncodings")),
            has_units=isinstance(_entry(capabilities, "general", "positionEncodings"), list),
            answers=bool(name) or _entry(capabilities, "workspace", "applyEdit") is not False,
            sends_late=name in _SENDS_LATE,
            process_id=process_id if type(process_id) is int and process_id > 0 else None,
            folders=_folders(params),
            uri_by_folder=folder_uris(params.get("workspaceFolders")),
            has_progress=_entry(capabilities, "window", "workDoneProgress") is True,
            has_document_changes=_entry(edit, "documentChanges") is True
            or name in _TAKES_DOCUMENT_CHANGES,
            has_change_annotations=isinstance(_entry(edit, "changeAnnotationSupport"), dict),
            has_show_document=_entry(capabilities, "window", "showDocument", "support") is True,
            has_resync=_entry(capabilities, "experimental", "nanobot", "resync") is True,
            has_text_document_content=isinstance(
                _entry(capabilities, "workspace", "textDocumentContent"), dict
            ),
            has_code_lens_refresh=_entry(capabilities, "workspace", "codeLens", "refreshSupport")
            is True,
            has_pull_diagnostics=isinstance(
                _entry(capabilities, "textDocument", "diagnostic"), dict
            )
            and _entry(capabilities, "workspace", "diagnostics", "refreshSupport") is True,
            can_apply_edits=_entry(capabilities, "workspace", "applyEdit") is True
            or name in _TAKES_EDITS,
            has_action_tags=isinstance(tags, list) and _TAG_LLM_GENERATED in tags,
            has_disabled_actions=_entry(action, "disabledSupport") is True,
            has_inline_completion=isinstance(
                _entry(capabilities, "textDocument", "inlineCompletion"), dict
            ),
            has_nested_symbols=_entry(
                documents, "documentSymbol", "hierarchicalDocumentSymbolSupport"
            )
            is True,
            has_markdown_hover="markdown" in _texts(_entry(documents, "hover", "contentFormat")),
            wants_symbols=_entry(params, "initializationOptions", "symbols") is True,
            wants_hover=_entry(params, "initializationOptions", "hover") is True,
            resource_operations=_texts(_entry(edit, "resourceOperations")),
            told=_told(_entry(capabilities, "experimental", "nanobot")),
            initialization_options=_object(params.get("initializationOptions")),
            has_configuration=_entry(capabilities, "workspace", "configuration") is True,
            has_dynamic_configuration=_entry(
                capabilities, "workspace", "didChangeConfiguration", "dynamicRegistration"
            )
            is True,
            has_dynamic_watching=_entry(
                capabilities, "workspace", "didChangeWatchedFiles", "dynamicRegistration"
            )
            is True,
            knows_debug=_is_of_3_18(capabilities),
            trace=str(params.get("trace") or "off"),
        )


def folder_paths(folders: object) -> tuple[Path, ...]:
    """Return the paths of a list of `WorkspaceFolder` objects, without the unusable ones."""
    return tuple(folder_uris(folders))


def folder_uris(folders: object) -> dict[Path, str]:
    """Return the URIs of a list of `WorkspaceFolder` objects by path, without the unusable ones."""
    uris = (_entry(folder, "uri") for folder in (folders if isinstance(folders, list) else ()))
    pairs = ((path_of(uri), uri) for uri in uris if isinstance(uri, str))
    found: dict[Path, str] = {}
    for path, uri in pairs:
        if path is not None:
            found.setdefault(path, uri)
    return found


def _encoding(offered: object) -> Encoding:
    """Return the client's first choice that we know; the protocol's default is UTF-16."""
    known = {encoding.value: encoding for encoding in Encoding}
    choices = offered if isinstance(offered, list) else []
    return next(
        (known[choice] for choice in choices if isinstance(choice, str) and choice in known),
        Encoding.UTF_16,
    )


def _folders(params: Mapping[str, Any]) -> tuple[Path, ...]:
    found = folder_paths(params.get("workspaceFolders"))
    if found:
        return found
    root_uri = params.get("rootUri")
    root = path_of(root_uri) if isinstance(root_uri, str) else None
    if root is not None:
        return (root,)
    root_path = params.get("rootPath")
    if isinstance(root_path, str) and root_path.startswith("/") and "\0" not in root_path:
        return (Path(root_path),)
    return ()


def _told(wanted: object) -> frozenset[str]:
    return frozenset(what for what in OWN_MESSAGES if _entry(wanted, what) is True)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_of_3_18(capabilities: object) -> bool:
    """Tell whether it declares something that only 3.18 has: no editor says its version."""
    return isinstance(_entry(capabilities, "textDocument", "inlineCompletion"), dict) or isinstance(
        _entry(capabilities, "workspace", "textDocumentContent"), dict
    )


def _texts(value: object) -> frozenset[str]:
    items = value if isinstance(value, list) else []
    return frozenset(item for item in items if isinstance(item, str))


def _entry(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
