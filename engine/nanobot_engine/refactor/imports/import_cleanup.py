"""Finish the imports of a change: those that it made idle go."""

from collections.abc import Iterable, Mapping

from nanobot_engine.edit import EditError, source_from_bytes
from nanobot_engine.python import PythonFile, read_python
from nanobot_engine.refactor.change import ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.imports.idle_import import idle_imports
from nanobot_engine.refactor.imports.import_edit import ImportEdit


class Imports:
    """The import edits of all files of one change."""

    def __init__(self, codebase: Codebase, builder: ChangeBuilder) -> None:
        self._codebase = codebase
        self._builder = builder
        self._editors: dict[PythonFile, ImportEdit] = {}

    def of(self, file: PythonFile) -> ImportEdit:
        """Return the editor of a file; `finish` finishes it."""
        return self._editors.setdefault(file, ImportEdit(self._builder, file))

    def finish(self, touched: Iterable[PythonFile]) -> None:
        """Remove the imports that nothing uses any more, and hand all edits to the builder.

        Args:
            touched: The files that the change edits, all their edits but imports made.

        Raises:
            UnsafeError: A file would not parse.
        """
        files = list(dict.fromkeys(touched))
        after = self._applied() if files else {}
        for file in files:
            if file.path not in after:
                continue
            idle = _idle(file, after[file.path])
            for imported, _ in file.names.imports:
                if imported.bound in idle:
                    self.of(file).remove(imported)
        for editor in self._editors.values():
            editor.finish()

    def _applied(self) -> Mapping[str, bytes]:
        change = self._builder.build("imports")
        return change.applied(self._codebase.data_by_path)


def _idle(before: PythonFile, data: bytes) -> frozenset[str]:
    """Return the names that are imported and that a change stopped using."""
    if data == before.source.data:
        return frozenset()
    try:
        after = read_python(source_from_bytes(before.path, data))
    except EditError as error:
        raise UnsafeError(f"{before.path}: would not parse: {error}") from error
    was = {one.bound for one in idle_imports(before)}
    return frozenset(one.bound for one in idle_imports(after)) - was
