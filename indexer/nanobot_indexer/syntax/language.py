"""Which language a file is in, by its name, its `#!` line or its content."""

import re
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Language(StrEnum):
    """Stored in the index by value: never rename a value, only add one."""

    TEXT = "text"
    """No grammar: searched as text, without definitions."""
    PYTHON = "python"
    JAVASCRIPT = "javascript"
    TYPESCRIPT = "typescript"
    TSX = "tsx"
    GO = "go"
    RUST = "rust"
    JAVA = "java"
    C = "c"
    CPP = "cpp"


LANGUAGE_BY_EXTENSION: Final = MappingProxyType(
    {
        "py": Language.PYTHON,
        "pyi": Language.PYTHON,
        "pyw": Language.PYTHON,
        "js": Language.JAVASCRIPT,
        "jsx": Language.JAVASCRIPT,
        "mjs": Language.JAVASCRIPT,
        "cjs": Language.JAVASCRIPT,
        "ts": Language.TYPESCRIPT,
        "mts": Language.TYPESCRIPT,
        "cts": Language.TYPESCRIPT,
        "tsx": Language.TSX,
        "go": Language.GO,
        "rs": Language.RUST,
        "java": Language.JAVA,
        "c": Language.C,
        "h": Language.C,
        "cc": Language.CPP,
        "cpp": Language.CPP,
        "cxx": Language.CPP,
        "hh": Language.CPP,
        "hpp": Language.CPP,
        "hxx": Language.CPP,
        "inl": Language.CPP,
    }
)

_INTERPRETER: Final = re.compile(rb"#![^\n]*[/ ](?:(python)[\d.]*|(node(?:js)?|bun))(?:[ \r\n]|$)")

# Words that no C header has at the start of a line. `extern "C"` is not among
# them: C headers have it for C++ readers.
_CPP_ONLY: Final = re.compile(
    rb"^[ \t]*(?:class[ \t]+\w+|namespace\b|template[ \t]*<|using[ \t]+\w|"
    rb"(?:public|private|protected)[ \t]*:)|\bstd::",
    re.MULTILINE,
)
_HEADER_PROBE_BYTES: Final = 64 * 1024


def language_of(path: str, text: bytes) -> Language:
    """Return the language of one file.

    Args:
        path: Only the name matters.
        text: The content: read for a `#!` line, and for `.h`, which is shared by C and C++.
    """
    name = path.rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem:
        return _language_of_script(text)
    language = LANGUAGE_BY_EXTENSION.get(extension.lower(), Language.TEXT)
    if extension in {"h", "H"} and _CPP_ONLY.search(text[:_HEADER_PROBE_BYTES]):
        return Language.CPP
    return language


def _language_of_script(text: bytes) -> Language:
    match = _INTERPRETER.match(text[:256])
    if match is None:
        return Language.TEXT
    return Language.PYTHON if match[1] else Language.JAVASCRIPT
