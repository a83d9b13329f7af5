"""All mutable state of the language server, in one place.

Only notification features, which run on the event loop, change a `Session`.
Features that answer get a `DocumentSnapshot`.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nanobot_server.host.errors import USAGE, HostError
from nanobot_server.lsp.client.client_profile import ClientProfile
from nanobot_server.lsp.client.editor_options import CurrentOptions, settings_path
from nanobot_server.lsp.document.document_uri import document_key, path_of, uri_of
from nanobot_server.lsp.document.text_buffer import Change, TextBuffer
from nanobot_server.lsp.errors import TextSyncError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DocumentSnapshot:
    """One open document at one version. Never changes."""

    uri: str
    """As the editor spells it; edits must name it the same way."""
    path: Path | None
    """None for a document that is not a file."""
    language: str
    version: int
    lines: tuple[str, ...]
    """With line ends; the last line has none."""

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.lines)


class OpenDocument:
    """A document that is open in the editor.

    `is_synchronised` is false from the first change that did not fit until the
    full text arrives; until then the buffer is not used for anything.
    """

    def __init__(self, uri: str, language: str, version: int) -> None:
        self.uri = uri
        self.path = path_of(uri)
        self.language = language
        self.version = version
        self.is_synchronised = False
        self.is_distrust_told = False
        self.is_full_text_asked = False
        self.buffer: TextBuffer | None = None
        self._snapshot: DocumentSnapshot | None = None

    def snapshot(self) -> DocumentSnapshot | None:
        """Return the document as it is now, or None while it is not synchronised."""
        if self.buffer is None or not self.is_synchronised:
            return None
        if self._snapshot is None or self._snapshot.version != self.version:
            # A whole text may come again with the version it has: `changed` was called.
            self._snapshot = DocumentSnapshot(
                self.uri, self.path, self.language, self.version, tuple(self.buffer.lines)
            )
        return self._snapshot

    def changed(self) -> None:
        """Say that the text is another one."""
        self._snapshot = None

    @property
    def name(self) -> str:
        """How to call it in a message."""
        return self.path.name if self.path is not None else self.uri


class Session:
    """The editor, its documents and its folders."""

    def __init__(self, client: ClientProfile) -> None:
        self.client = client
        self._options = CurrentOptions(settings_path())
        self.folders = list(client.folders)
        self._uri_by_folder = dict(client.uri_by_folder)
        self._document_by_key: dict[str, OpenDocument] = {}
        self._changed = asyncio.Condition()
        self._last_folder: Path | None = None
        self._watchers: list[Callable[[OpenDocument], None]] = []

    # Queries.

    @property
    def may_run_code(self) -> bool:
        """The user's settings allow what runs the code of a workspace."""
        return self._options.get().may_run_code

    def document(self, uri: str) -> OpenDocument | None:
        """Return the open document, synchronised or not."""
        return self._document_by_key.get(document_key(uri))

    def snapshot(self, uri: str) -> DocumentSnapshot | None:
        """Return an open, synchronised document as it is now."""
        document = self.document(uri)
        return None if document is None else document.snapshot()

    def root_of(self, path: Path) -> Path | None:
        """Return the workspace of a file: the innermost folder that holds it.

        Without workspace folders it is the folder of the file. With folders, a
        file outside of them has no workspace.
        """
        if not self.folders:
            return path.parent
        real = Path(os.path.realpath(path))
        holders = (
            folder for folder in self.folders if real.is_relative_to(os.path.realpath(folder))
        )
        return max(holders, key=lambda one: len(Path(os.path.realpath(one)).parts), default=None)

    def folder_uri(self, root: Path) -> str:
        """Return the URI of a workspace, as the editor spells it."""
        return self._uri_by_folder.get(root) or uri_of(root)

    def is_workable(self, document: DocumentSnapshot) -> bool:
        """Tell whether this version has something to offer for a document."""
        return (
            document.path is not None
            and is_python(document.language, document.path)
            and self.root_of(document.path) is not None
        )

    def default_root(self) -> Path | None:
        """Return the workspace of a command that names no file.

        It is that of the file that was opened or changed last, where it is in a folder.
        """
        if not self.folders:
            return self._last_folder
        root = None if self._last_folder is None else self.root_of(self._last_folder)
        return root or self.folders[0]

    def required_root(self) -> Path:
        """Return `default_root`.

        Raises:
            HostError: Nothing is open.
        """
        root = self.default_root()
        if root is None:
            raise HostError(USAGE, "no folder is open; open a folder or a file first")
        return root

    def documents_below(self, root: Path) -> Sequence[tuple[str, OpenDocument]]:
        """Return (relative path, document) of the open files of a workspace."""
        found = []
        for document in self._document_by_key.values():
            relative = document.path and relative_path(root, document.path)
            if relative:
                found.append((relative, document))
        return found

    # Effects.

    def name_folders(self, uri_by_folder: Mapping[Path, str]) -> None:
        """Remember how the editor spells folders."""
        self._uri_by_folder.update(uri_by_folder)

    def open(self, uri: str, language: str, version: int, text: str) -> None:
        """Take the full text of a document.

        Raises:
            TextSyncError: It is not Unicode text.
        """
        document = OpenDocument(uri, language, version)
        self._document_by_key[document_key(uri)] = document
        if document.path is not None:
            self._last_folder = document.path.parent
        document.buffer = TextBuffer(document.name, text, self.client.encoding)
        document.is_synchronised = True
        self._show(document)

    def change(self, uri: str, version: int, changes: Sequence[Change]) -> None:
        """Apply the changes of one notification, in order.

        Raises:
            TextSyncError: They do not fit. The document is distrusted from now on.
        """
        document = self.document(uri)
        if document is None:
            raise TextSyncError(uri, "changed but never opened")
        was_synchronised = document.is_synchronised
        document.is_synchronised = False
        if document.path is not None:
            self._last_folder = document.path.parent
        # An editor that sends its text again has no newer version for it; what we asked
        # for also counts where its versions went wrong.
        is_again = bool(changes) and changes[0].start is None
        is_asked = is_again and document.is_full_text_asked
        if version < document.version + (not is_again) and not is_asked:
            reason = f"version {version} came after version {document.version}"
            raise TextSyncError(document.name, reason)
        document.version = version
        document.changed()
        for change in changes:
            if change.start is None:
                document.buffer = TextBuffer(document.name, change.text, self.client.encoding)
                was_synchronised = True
            elif was_synchronised and document.buffer is not None:
                document.buffer.apply(change)
        document.is_synchronised = was_synchronised
        if was_synchronised:
            document.is_full_text_asked = False
            self._show(document)

    def distrust(self, uri: str) -> None:
        """Stop using our copy of a document."""
        document = self.document(uri)
        if document is not None:
            document.is_synchronised = False

    def tells_distrust(self, uri: str) -> bool:
        """Tell whether the user has still to hear of it; only the first call says so."""
        document = self.document(uri)
        if document is None or document.is_distrust_told:
            return False
        document.is_distrust_told = True
        return True

    def asks_full_text(self, uri: str) -> str | None:
        """Return how the editor spells a document whose full text is to be asked for.

        Once each time it gets out of step: other changes were on their way.
        """
        document = self.document(uri)
        if document is None or document.is_full_text_asked:
            return None
        document.is_full_text_asked = True
        return document.uri

    def close(self, uri: str) -> None:
        """Forget a document. Its truth is the file again."""
        self._document_by_key.pop(document_key(uri), None)

    @contextmanager
    def watched(self, watcher: Callable[[OpenDocument], None]) -> Generator[None]:
        """Show every text that a document takes, however soon it takes the next one."""
        self._watchers.append(watcher)
        try:
            yield
        finally:
            self._watchers.remove(watcher)

    def _show(self, document: OpenDocument) -> None:
        for watcher in self._watchers:
            watcher(document)

    async def announce(self) -> None:
        """Wake everyone who waits for a document to change."""
        async with self._changed:
            self._changed.notify_all()

    async def wait_for_change(self, *, timeout_s: float) -> bool:
        """Wait until some document changes; false when none did in time."""
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait()
        except TimeoutError:
            return False
        return True


def relative_path(root: Path, path: Path) -> str | None:
    """Return `path` below `root` with `/`, or None if it really lies elsewhere."""
    real_root, real_path = Path(os.path.realpath(root)), Path(os.path.realpath(path))
    if real_path == real_root or not real_path.is_relative_to(real_root):
        return None
    return real_path.relative_to(real_root).as_posix()


def is_python(language: str, path: Path) -> bool:
    """Tell whether a document is Python, also in an editor that names no language."""
    return language == "python" or (not language and path.suffix == ".py")
