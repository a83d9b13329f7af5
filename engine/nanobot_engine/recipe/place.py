"""Where in a workspace a recipe is to work: the paths and names that a sentence says.

    "add logging to everything in app/io"        files below app/io
    "add logging to the functions of settings"   files or folders of that name
    "handle errors in `load_config`"             definitions of that name

A program reads it, so only what is clearly written counts: a path has a slash or the
ending of a file with code, a dotted module follows a word like "module", and a name stands
in backticks, has parentheses behind it, an underscore or a capital letter within, or
follows "class".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nanobot_engine.edit.python_names import is_test_module

_CODE: Final = r"(?:pyi?|[cm]?[jt]sx?|go|rs|java|c|h|cc|cpp|cxx|hh|hpp)"
"""Endings of files with code. `Node.js` and its like are no files."""
_PATH: Final = re.compile(
    r"(?<![\w./-])((?:[\w.-]+/)+(?:[\w.-]*\w)?"
    rf"|(?!(?i:node|next|nuxt|vue|express|react|angular|three|d3)\.js)[\w-]+\.{_CODE})(?![\w/])"
)
_CODE_FILE: Final = re.compile(rf".*\.{_CODE}")
_QUOTED: Final = re.compile(r"[`'\"]([A-Za-z_](?:[\w./-]|::)*)(?:\(\))?[`'\"]")
_CALLED: Final = re.compile(r"(?<![\w.`])([A-Za-z_][\w.]*)\(\)")
_SNAKE: Final = re.compile(r"(?<![\w./`-])(_?[a-z]\w*_\w+|_[A-Za-z]\w*)(?![\w/`]|\.\w)")
_CAMEL: Final = re.compile(
    r"(?<![\w./`'\"-])([a-z]+[A-Z]\w*|[A-Z][a-z0-9]+[A-Z]\w*|[A-Z]{2,}[a-z]{2,}\w*)(?![\w/`]|\.\w)"
)
_CLASS_AFTER: Final = re.compile(r"\bclass(?:es)?\s+([A-Z]\w*)(?![\w/`]|\.\w)")
_QUOTES: Final = re.compile("[`'\"]")
_MEMBER: Final = re.compile(
    r"\b(_*[a-z]\w*)(?:\(\))?(?:\s+(?:method|function))?\s+(?:of|in|from|on)\s+(?:the\s+)?"
    r"(?:class\s+)?(_*[A-Z]\w*)"
)
# Written like names, and words all the same; an exception is named for other reasons.
_NO_NAME: Final = re.compile(
    r"JavaScript|TypeScript|GitHub|GitLab|PostgreSQL|MySQL|SQLite\d?|MongoDB|NumPy|PyPI|PyTest"
    r"|DocStrings?|docStrings?|OpenSSL|OAuth|YouTube|iOS|macOS|MacOS|WebSockets?|JSONs|URLs"
    r"|TypeHints?|FStrings?|NoneType|\w+(?:Error|Exception|Warning)"
)
_MODULE_AFTER: Final = re.compile(
    r"\b(?:module|package|folder|directory)\s+[`'\"]?([A-Za-z_][\w.]*\w)"
)
_MODULE_BEFORE: Final = re.compile(
    r"\b(?:in|of|under|inside|within|to)\s+(?:the\s+)?[`'\"]?([A-Za-z_][\w.]*\w)[`'\"]?"
    r"\s+(?:module|package|folder|directory|file)\b"
)
# "try/except" is no folder.
_NO_FOLDER: Final = frozenset(
    {"try", "except", "and", "or", "entry", "enter", "exit", "leave", "network", "i", "o", "http"}
)
_TEST_FOLDERS: Final = frozenset({"test", "tests"})
_TEST_NAME: Final = re.compile(r"(?:^|\.)(?:test_|Test(?=[A-Z_]))|Tests?$|TestCase$")
_NO_MODULE: Final = frozenset({"the", "this", "that", "every", "each", "all", "whole", "entire"})


@dataclass(frozen=True, slots=True)
class Place:
    """Files and definitions; without any, the whole workspace."""

    paths: frozenset[str] = frozenset()
    """Of files or folders, `/`-separated; each may begin anywhere in a path, or at the root of
    the workspace only where it begins with `/`."""
    names: frozenset[str] = frozenset()
    """Of definitions, plain or qualified; at the top of a file only where one begins with `.`."""

    @classmethod
    def exactly(cls, path: str, name: str = "") -> "Place":
        """Return the place of one file or folder, or of one definition of a file.

        Args:
            path: Relative to the workspace.
            name: Qualified; empty for everything there.
        """
        return cls(frozenset({f"/{path}"}), frozenset({f".{name}"} if name else ()))

    def has_path(self, path: str) -> bool:
        """Tell whether a file is meant, as far as its path says."""
        if not self.paths:
            return True
        return self.is_file(path) or any(
            path.startswith(f"{wanted[1:]}/")
            if wanted.startswith("/")
            else f"/{wanted}/" in f"/{path}"
            for wanted in self.paths
        )

    def is_file(self, path: str) -> bool:
        """Tell whether a path names a file itself, and not only a folder around it."""
        return any(
            f"/{path}" == wanted or f"/{path}".endswith((f"/{wanted}", f"/{wanted}.py"))
            for wanted in self.paths
        )

    def has_file(self, path: str, *, with_tests: bool) -> bool:
        """Tell whether a Python file is meant: of tests only those that are asked for.

        Args:
            path: Of the file.
            with_tests: Whether tests are meant as well. One that is named, or a class or
                function that is called like one of a test, is meant without.
        """
        if not self.has_path(path):
            return False
        named = any(
            is_test_module(one) or one.rpartition("/")[2] in _TEST_FOLDERS for one in self.paths
        )
        called = any(_TEST_NAME.search(name) for name in self.names)
        return with_tests or named or called or not is_test_module(path)

    def has_name(self, qualified_name: str) -> bool:
        """Tell whether a definition is meant: it, or one around it, has a wanted name."""
        if not self.names:
            return True
        parts = [part for part in qualified_name.split(".") if part != "<locals>"]
        spans = [(i, j) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)]
        said = {".".join(parts[i:j]) for i, j in spans}
        said |= {f".{'.'.join(parts[:j])}" for i, j in spans if i == 0}
        return not said.isdisjoint(_plain(name) for name in self.names)

    def is_named(self, qualified_name: str) -> bool:
        """Tell whether a definition itself has a wanted name, and not only one around it."""
        return any(
            f".{qualified_name}" == name or f".{qualified_name}".endswith(f".{name}")
            for name in self.names
        )

    def to_arguments(self) -> dict[str, str]:
        """Return the form that the ledger stores."""
        return {"paths": "\n".join(sorted(self.paths)), "names": "\n".join(sorted(self.names))}

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, str]) -> "Place":
        """Read what `to_arguments` wrote; without it, everything is meant."""
        return cls(
            paths=frozenset(filter(None, arguments.get("paths", "").split("\n"))),
            names=frozenset(filter(None, arguments.get("names", "").split("\n"))),
        )


EVERYWHERE: Final = Place()


def place_of(sentence: str) -> Place:
    """Read the paths and names that a sentence says."""
    paths: set[str] = set()
    names: set[str] = set()
    for pattern in (_MODULE_AFTER, _MODULE_BEFORE):
        found = (match[1] for match in pattern.finditer(sentence))
        paths |= {one.replace(".", "/") for one in found if one.lower() not in _NO_MODULE}
    rest = sentence
    for match in _QUOTED.finditer(sentence):
        said = match[1]
        rest = rest.replace(match[0], " ")
        if "/" in said or _CODE_FILE.fullmatch(said):
            paths.add(_path(said))
        elif said.replace(".", "/") not in paths:
            # C++ and Rust write `Box::area`.
            names.add(said.replace("::", "."))
    said_paths = {_path(match[1]) for match in _PATH.finditer(rest)}
    paths |= {one for one in said_paths if _NO_FOLDER.isdisjoint(one.lower().split("/"))}
    rest = _PATH.sub(" ", rest)
    patterns = (_CALLED, _SNAKE, _CAMEL, _CLASS_AFTER)
    said_names = {match[1] for pattern in patterns for match in pattern.finditer(rest)}
    said_names -= {one for one in said_names if _NO_NAME.fullmatch(one)}
    names |= {one for one in said_names if one.replace(".", "/") not in paths}
    return Place(frozenset(paths), _inside_classes(frozenset(names), sentence))


def _inside_classes(names: frozenset[str], sentence: str) -> frozenset[str]:
    """Join "the `_insert` method of ExtendedSet" to one name: no more of the class is meant."""
    pairs = {
        (match[1], match[2])
        for match in _MEMBER.finditer(_QUOTES.sub("", sentence))
        if match[1] in names and match[2] in names
    }
    joined = {f"{owner}.{name}" for name, owner in pairs}
    return (names - {one for pair in pairs for one in pair}) | joined


def _plain(name: str) -> str:
    return name.replace(".<locals>", "")


def _path(said: str) -> str:
    return said.removeprefix("./").rstrip("/")
