"""All Python files of a workspace: read when they are needed, each once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from nanobot_engine.edit import EditError, source_from_bytes
from nanobot_engine.python.module_tree import ModuleTree
from nanobot_engine.python.python_file import PythonFile, read_python

_STAR: Final = re.compile(rb"\bimport(?:[ \t\f]|\\(?:\r\n|\r|\n))*\*")


class PythonProject:
    """The files of one moment. Not safe to share between threads."""

    def __init__(self, data_by_path: Mapping[str, bytes]) -> None:
        """Take the files.

        Args:
            data_by_path: Python files, by workspace-relative path. Looked at when a
                file is needed, so that a mapping may read lazily.
        """
        self._data = data_by_path
        self._files: dict[str, PythonFile | None] = {}
        self._paths_by_word: dict[str, list[str]] = {}
        self._starring: list[PythonFile] | None = None
        self.modules = ModuleTree(data_by_path)
        self.unreadable: dict[str, str] = {}
        """Why a file has no names, by path: it does not parse, say."""

    def file(self, path: str) -> PythonFile | None:
        """Return a file, None when it is no Python file or can not be read (see `unreadable`)."""
        if path not in self._files:
            if path not in self._data:
                return None
            try:
                source = source_from_bytes(path, self._data[path])
                self._files[path] = read_python(source)
            except EditError as error:
                self.unreadable[path] = str(error)
                self._files[path] = None
        return self._files[path]

    def files(self) -> Iterator[PythonFile]:
        """Yield all files that can be read, by path."""
        for path in sorted(self.modules.paths):
            file = self.file(path)
            if file is not None:
                yield file

    def files_with(self, word: str) -> Iterator[PythonFile]:
        """Yield the files in which `word` stands as a word, by path."""
        for path in self._paths_with(word):
            file = self.file(path)
            if file is not None:
                yield file

    def files_with_stars(self) -> Sequence[PythonFile]:
        """Return all files that import everything of another module, by path."""
        if self._starring is None:
            found = [
                self.file(path)
                for path in sorted(self.modules.paths)
                if _STAR.search(self._data[path])
            ]
            self._starring = [file for file in found if file is not None]
        return self._starring

    def _paths_with(self, word: str) -> list[str]:
        if word not in self._paths_by_word:
            # Where a name is not ASCII, or can be written in another Unicode form, every
            # file with such bytes may have it.
            encoded = word.encode()
            pattern = re.compile(rb"(?<![A-Za-z0-9_])" + re.escape(encoded) + rb"(?![A-Za-z0-9_])")
            found = []
            for path in sorted(self.modules.paths):
                data = self._data[path]
                # Most files do not have the letters at all, which is found out far sooner.
                is_here = encoded in data and pattern.search(data) is not None
                if is_here or not (word.isascii() or data.isascii()):
                    found.append(path)
            self._paths_by_word[word] = found
        return self._paths_by_word[word]
