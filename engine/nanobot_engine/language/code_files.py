"""The files of one language family, parsed when they are needed."""

import re
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Final, Self

from nanobot_engine.language.binding import CodeFile, Rules
from nanobot_indexer import Language, language_of
from nanobot_indexer.syntax.tree_parser import TreeParser

_HEAD_BYTES: Final = 64 * 1024


class CodeFiles:
    """Files by path. Use it in a `with` block, in one thread: it owns a parse worker."""

    def __init__(self, data_by_path: Mapping[str, bytes], rules: Rules) -> None:
        self.data_by_path = data_by_path
        self.rules = rules
        self._parser = TreeParser()
        self._files: dict[str, CodeFile | None] = {}
        self.unparsed: list[str] = []
        """Files that the parser gave up on."""
        self.paths = [path for path in sorted(data_by_path) if self._is_of_language(path)]
        self._known = frozenset(self.paths)

    def _is_of_language(self, path: str) -> bool:
        # Only a file without a suffix needs its text to tell, and C shares `.h` with C++.
        name = path.rpartition("/")[2]
        text = b"" if "." in name else self.data_by_path[path][:_HEAD_BYTES]
        return language_of(path, text) in self.rules.languages

    def __contains__(self, path: str) -> bool:
        return path in self._known

    def file(self, path: str) -> CodeFile | None:
        """Return a file of the family; None for others and for what can not be parsed."""
        if path not in self._known:
            return None
        if path not in self._files:
            data = self.data_by_path[path]
            self._files[path] = self.parsed(path, data)
            if self._files[path] is None:
                self.unparsed.append(path)
        return self._files[path]

    def parsed(self, path: str, data: bytes) -> CodeFile | None:
        """Parse a text as if it stood at a path."""
        language: Language = language_of(path, data)
        tree = self._parser.tree(data, language)
        return CodeFile(path, language, tree, self.rules) if tree is not None else None

    def files_with(self, name: str) -> Iterator[CodeFile]:
        """Yield the files that hold a word, by path."""
        word = re.compile(rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])")
        for path in self.paths:
            if word.search(self.data_by_path[path]):
                file = self.file(path)
                if file is not None:
                    yield file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._parser.close()
