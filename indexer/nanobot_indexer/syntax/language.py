"""Which language a file is in, by its name, its `#!` line or its content."""

import re
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Language(StrEnum):
    """Stored in the index by value and by position: only ever append one."""

    TEXT = "text"
    """Anything else: searched as text, without definitions."""
    PYTHON = "python"
    JAVASCRIPT = "javascript"
    TYPESCRIPT = "typescript"
    TSX = "tsx"
    GO = "go"
    RUST = "rust"
    JAVA = "java"
    C = "c"
    CPP = "cpp"
    CSHARP = "csharp"
    RUBY = "ruby"
    PHP = "php"
    BASH = "bash"
    """Any Bourne shell."""
    LUA = "lua"
    MARKDOWN = "markdown"
    JSON = "json"
    TOML = "toml"
    YAML = "yaml"


LANGUAGES_WITHOUT_DEFINITIONS: Final = frozenset(
    {Language.TEXT, Language.JSON, Language.TOML, Language.YAML}
)
"""Never sent to a parse worker."""

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
        "c++": Language.CPP,
        "hh": Language.CPP,
        "hpp": Language.CPP,
        "hxx": Language.CPP,
        "h++": Language.CPP,
        "inl": Language.CPP,
        "ipp": Language.CPP,
        "tpp": Language.CPP,
        "cs": Language.CSHARP,
        "csx": Language.CSHARP,
        "rb": Language.RUBY,
        "rake": Language.RUBY,
        "gemspec": Language.RUBY,
        "ru": Language.RUBY,
        "php": Language.PHP,
        "phtml": Language.PHP,
        "sh": Language.BASH,
        "bash": Language.BASH,
        "bats": Language.BASH,
        "lua": Language.LUA,
        "rockspec": Language.LUA,
        "md": Language.MARKDOWN,
        "markdown": Language.MARKDOWN,
        "mdx": Language.MARKDOWN,
        "json": Language.JSON,
        "jsonc": Language.JSON,
        "json5": Language.JSON,
        "jsonl": Language.JSON,
        "ipynb": Language.JSON,
        "webmanifest": Language.JSON,
        "toml": Language.TOML,
        "yaml": Language.YAML,
        "yml": Language.YAML,
    }
)

LANGUAGE_BY_NAME: Final = MappingProxyType(
    {
        "sconstruct": Language.PYTHON,
        "sconscript": Language.PYTHON,
        "wscript": Language.PYTHON,
        "jakefile": Language.JAVASCRIPT,
        "rakefile": Language.RUBY,
        "gemfile": Language.RUBY,
        "guardfile": Language.RUBY,
        "vagrantfile": Language.RUBY,
        "podfile": Language.RUBY,
        "brewfile": Language.RUBY,
        "pkgbuild": Language.BASH,
        ".bashrc": Language.BASH,
        ".bash_profile": Language.BASH,
        ".bash_aliases": Language.BASH,
        ".profile": Language.BASH,
        ".envrc": Language.BASH,
        ".luacheckrc": Language.LUA,
        "pipfile": Language.TOML,
        "cargo.lock": Language.TOML,
        "poetry.lock": Language.TOML,
        "uv.lock": Language.TOML,
        "pdm.lock": Language.TOML,
        "pipfile.lock": Language.JSON,
        "composer.lock": Language.JSON,
        ".babelrc": Language.JSON,
        ".eslintrc": Language.JSON,
        ".prettierrc": Language.JSON,
        ".clang-format": Language.YAML,
        ".clang-tidy": Language.YAML,
    }
)
"""By the whole name of a file, in lower case. Makefile, Dockerfile and the like are text."""

_LANGUAGE_BY_INTERPRETER: Final = MappingProxyType(
    {
        b"python": Language.PYTHON,
        b"pypy": Language.PYTHON,
        b"node": Language.JAVASCRIPT,
        b"nodejs": Language.JAVASCRIPT,
        b"bun": Language.JAVASCRIPT,
        b"deno": Language.TYPESCRIPT,
        b"ts-node": Language.TYPESCRIPT,
        b"tsx": Language.TYPESCRIPT,
        b"ruby": Language.RUBY,
        b"php": Language.PHP,
        b"sh": Language.BASH,
        b"bash": Language.BASH,
        b"dash": Language.BASH,
        b"ksh": Language.BASH,
        b"zsh": Language.BASH,
        b"lua": Language.LUA,
        b"luajit": Language.LUA,
    }
)
# `env` may have options and assignments before the program it runs.
_INTERPRETER: Final = re.compile(
    rb"#![ \t]*(?:\S*/env[ \t]+(?:-\S+[ \t]+|\w+=\S*[ \t]+)*)?"
    rb"(?:[^\s]*/)?([A-Za-z][A-Za-z-]*)[\d.]*(?=[ \t\r\n]|$)"
)

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
    by_name = LANGUAGE_BY_NAME.get(name.lower())
    if by_name is not None:
        return by_name
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
    return _LANGUAGE_BY_INTERPRETER.get(match[1], Language.TEXT)
