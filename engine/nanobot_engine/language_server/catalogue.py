"""Which program is the server of which language."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from nanobot_indexer import Language


@dataclass(frozen=True, slots=True)
class ServerProgram:
    """How a language server is started and spoken to."""

    command: tuple[str, ...]
    """The first is a name on PATH."""
    languages: Mapping[Language, str]
    """Those it serves, with their `languageId`."""
    options: Mapping[str, Any]
    """`initializationOptions`."""
    is_quiet_when_ready: bool
    """Whether it says nothing about a file that it has understood."""


_TYPESCRIPT: Final = ServerProgram(
    ("typescript-language-server", "--stdio"),
    MappingProxyType(
        {
            Language.JAVASCRIPT: "javascript",
            Language.TYPESCRIPT: "typescript",
            Language.TSX: "typescriptreact",
        }
    ),
    # It would fetch type declarations from the network.
    MappingProxyType({"disableAutomaticTypingAcquisition": True}),
    is_quiet_when_ready=False,
)
_CLANGD: Final = ServerProgram(
    ("clangd", "--background-index=false", "--clang-tidy=false", "-j=1", "--log=error"),
    MappingProxyType({Language.C: "c", Language.CPP: "cpp"}),
    MappingProxyType({}),
    is_quiet_when_ready=False,
)
_GOPLS: Final = ServerProgram(
    ("gopls", "serve"),
    MappingProxyType({Language.GO: "go"}),
    MappingProxyType({}),
    is_quiet_when_ready=True,
)
_RUST_ANALYZER: Final = ServerProgram(
    ("rust-analyzer",),
    MappingProxyType({Language.RUST: "rust"}),
    MappingProxyType({"checkOnSave": False, "cargo": {"buildScripts": {"enable": False}}}),
    is_quiet_when_ready=True,
)
_JDTLS: Final = ServerProgram(
    ("jdtls",),
    MappingProxyType({Language.JAVA: "java"}),
    MappingProxyType({}),
    is_quiet_when_ready=True,
)
SERVERS: Final = (_TYPESCRIPT, _CLANGD, _GOPLS, _RUST_ANALYZER, _JDTLS)


def server_for(language: Language, root: Path) -> tuple[ServerProgram, Path] | None:
    """Return the server of a language and its program; None when none is on PATH.

    Args:
        language: Of the file that is asked about.
        root: The workspace; a program in it is never taken.
    """
    for server in SERVERS:
        if language in server.languages:
            found = shutil.which(server.command[0])
            if found is None:
                return None
            program = Path(found).absolute()
            is_inside = program.is_relative_to(root) or program.resolve().is_relative_to(root)
            return None if is_inside else (server, program)
    return None
