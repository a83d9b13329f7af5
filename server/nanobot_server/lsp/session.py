"""All mutable state of the language server, in one place.

Only notification features, which run on the event loop, change a `Session`.
Features that answer get a `DocumentSnapshot`.
"""

import asyncio
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nanobot_server.host.errors import USAGE, HostError
from nanobot_server.lsp.client_profile import ClientProfile
from nanobot_server.lsp.document_uri import document_key, path_of
from nanobot_server.lsp.errors import TextSyncError
from nanobot_server.lsp.text_buffer import Change, TextBuffer

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
        self.buffer: TextBuffer | None = None
        self._snapshot: DocumentSnapshot | None = None

    def snapshot(self) -> DocumentSnapshot | None:
        """Return the document as it is now, or None while it is not synchronised."""
        if self.buffer is None or not self.is_synchronised:
            return None
        if self._snapshot is None or self._snapshot.version != self.version:
            # A version is never used twice: `Session.change` refuses to go back.
            self._snapshot = DocumentSnapshot(
                self.uri, self.path, self.language, self.version, tuple(self.buffer.lines)
            )
        return self._snapshot

    @property
    def name(self) -> str:
        """How to call it in a message."""
        return self.path.name if self.path is not None else self.uri


class Session:
    """The editor, its documents and its folders."""

    def __init__(self, client: ClientProfile) -> None:
        self.client = client
        self.folders = list(client.folders)
        self._document_by_key: dict[str, OpenDocument] = {}
        self._changed = asyncio.Condition()
        self._last_folder: Path | None = None

    # Queries.

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
        return max(holders, key=lambda folder: len(folder.parts), default=None)

    def is_workable(self, document: DocumentSnapshot) -> bool:
        """Tell whether this version has something to offer for a document."""
        return (
            document.path is not None
            and is_python(document.language, document.path)
            and self.root_of(document.path) is not None
        )

    def default_root(self) -> Path | None:
        """Return the workspace of a command that names no file."""
        return self.folders[0] if self.folders else self._last_folder

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
        if version <= document.version:
            reason = f"version {version} came after version {document.version}"
            raise TextSyncError(document.name, reason)
        document.version = version
        for change in changes:
            if change.start is None:
                document.buffer = TextBuffer(document.name, change.text, self.client.encoding)
                was_synchronised = True
            elif was_synchronised and document.buffer is not None:
                document.buffer.apply(change)
        document.is_synchronised = was_synchronised

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

    def close(self, uri: str) -> None:
        """Forget a document. Its truth is the file again."""
        self._document_by_key.pop(document_key(uri), None)

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
