"""Random parameters of LSP methods: of the right form, of a nearly right one, and of none.

The forms are those of `lsprotocol`, so that a method which the server learns later is
covered without a word here.
"""

import enum
import random
from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import attrs
from lsprotocol import types

from nanobot_server.lsp.features.initialize import COMMANDS

WORDS: Final = [
    "", "x", "python", "a b", "\U0001f600", "\f\u2028", "é" * 40, "nanobot", "refactor.rewrite",
    "quickfix", "source", "# nanobot: rename add to plus", "def f(a):\n    return a\n", "\ud83d",
]  # fmt: skip
NUMBERS: Final = [0, 0, 1, 2, 3, 7, 40, 10**4, 2**31 - 1]
JUNK: Final[list[Any]] = [
    None, True, -1, 0, 2**31, 2**63, 10**40, 1.5, -0.0, "", "x", "\ud800", [], {}, [[]], [None],
    {"jsonrpc": "2.0"}, {"jsonrpc": "2.0", "id": 1, "method": "shutdown"}, "file:///%zz", "\0",
]  # fmt: skip
_ARGUMENT_KEYS: Final = [
    "goal", "recipe", "uri", "line", "processId", "paths", "hunks", "query", "limit", "question",
    "timeout", "refactorings", "path", "languages", "kinds", "no_such",
]  # fmt: skip
_DEPTH_MAX: Final = 6


class Values:
    """Draws values. `uris` are the documents that an editor may name."""

    def __init__(self, chance: random.Random, uris: Sequence[str], folder_uri: str) -> None:
        self.chance = chance
        self.uris = [*uris, "untitled:1", "file:///%zz", "vscode-notebook-cell:/a#1", ""]
        self.folder_uri = folder_uri

    def params(self, method: str) -> Any:
        """Return parameters of the right form, as JSON values."""
        found = types.METHOD_TO_TYPES.get(method)
        if found is None:
            return self.argument()
        params_type = attrs.fields_dict(attrs.resolve_types(found[0])).get("params")
        return None if params_type is None else self.of_type(params_type.type)

    def damaged(self, value: Any) -> Any:
        """Return a copy with something else at a random place."""
        if self.chance.random() < 0.2 or not isinstance(value, dict | list) or not value:
            return self.junk()
        if isinstance(value, list):
            at = self.chance.randrange(len(value))
            return [self.damaged(x) if n == at else x for n, x in enumerate(value)]
        key = self.chance.choice(list(value))
        if self.chance.random() < 0.2:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: self.damaged(value[key])}

    def junk(self) -> Any:
        """Return a value that has no form at all."""
        return self.chance.choice(JUNK)

    def of_type(self, kind: Any, name: str = "", depth: int = 0) -> Any:
        """Return a value of a type of `lsprotocol`, as JSON values."""
        origin = get_origin(kind)
        if origin in (Union, UnionType):
            members = get_args(kind)
            if depth > _DEPTH_MAX and NoneType in members:
                return None
            return self.of_type(self.chance.choice(members), name, depth + 1)
        if isinstance(kind, type) and attrs.has(kind):
            return self._of_class(kind, depth)
        if origin is not None:
            return self._of_container(kind, name, depth)
        return self._plain(kind, name)

    def _of_container(self, kind: Any, name: str, depth: int) -> Any:
        origin = get_origin(kind)
        if origin is Literal:
            return self.chance.choice(get_args(kind))
        if origin is tuple:
            return [self.of_type(item, name, depth + 1) for item in get_args(kind)]
        if issubclass(origin, Sequence):
            count = 0 if depth > _DEPTH_MAX else self.chance.choice([0, 1, 1, 2])
            return [self.of_type(get_args(kind)[0], name, depth + 1) for _ in range(count)]
        assert issubclass(origin, Mapping), kind
        return {self.word(): self.argument()} if self.chance.random() < 0.3 else {}

    def _of_class(self, kind: Any, depth: int) -> dict[str, Any]:
        found = {}
        for field in attrs.fields(attrs.resolve_types(kind)):
            is_optional = field.default is not attrs.NOTHING
            if is_optional and (depth > _DEPTH_MAX or self.chance.random() < 0.4):
                continue
            name = _camel_case(field.name)
            found[name] = self.of_type(field.type, name, depth + 1)
        if kind is types.WorkspaceFolder:
            found["uri"] = self.folder_uri
        elif kind is types.WorkspaceFoldersChangeEvent:
            # The folder stays: no command may ever reach another place.
            found["removed"] = []
        return found

    def _plain(self, kind: Any, name: str) -> Any:
        if kind in (bool, int, float):
            numbers: dict[Any, list[Any]] = {bool: [True, False], int: NUMBERS, float: [0.5, 1e300]}
            return self.chance.choice(numbers[kind])
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return self.chance.choice(list(kind)).value
        if kind is str:
            if name.endswith("ri"):
                return self.chance.choice(self.uris)
            return self.chance.choice(COMMANDS) if name == "command" else self.word()
        return self.argument()

    def word(self) -> str:
        """Return some text."""
        return self.chance.choice(WORDS)

    def argument(self) -> Any:
        """Return what a command may be given."""
        if self.chance.random() < 0.3:
            return self.chance.choice([self.word(), self.junk()])
        keys = self.chance.sample(_ARGUMENT_KEYS, self.chance.randint(0, 3))
        return {key: self._argument(key) for key in keys}

    def _argument(self, key: str) -> Any:
        if self.chance.random() < 0.1:
            return self.junk()
        if key == "uri":
            return self.chance.choice(self.uris)
        if key in ("line", "limit", "timeout"):
            return self.chance.choice(NUMBERS)
        if key == "processId":
            return f"p{self.chance.randint(1, 30)}"
        if key in ("paths", "hunks", "languages", "kinds"):
            return [self.chance.choice(["a.py", "h0", "python", "x"])]
        return self.chance.choice(["document", "no such recipe", self.word()])


def _camel_case(name: str) -> str:
    head, *rest = name.rstrip("_").split("_")
    return head + "".join(word.capitalize() for word in rest)
