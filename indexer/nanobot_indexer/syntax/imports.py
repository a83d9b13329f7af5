"""What an import statement names, in each language.

The statements come from the tree; their text is short and its grammar is small, so
the names are read from the text.
"""

import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from nanobot_indexer.syntax.language import Language

STATEMENT_SIZE_BYTES_MAX: Final = 64 * 1024
"""The rest of a longer statement is not read."""

_COMMENT: Final = re.compile(r"#[^\n]*")
_C_COMMENT: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_FROM: Final = re.compile(r"from\s*([.\w\s]*?)\s*\bimport\b(.*)", re.DOTALL)
# What most statements look like: nothing to take out, no name given another one.
_PLAIN_FROM: Final = re.compile(r"from ([.\w]+) import (?:\(\s*)?(\w+(?:,\s*\w+)*),?\s*\)?")
_PLAIN_IMPORT: Final = re.compile(r"import ([.\w]+)(?: as \w+)?")
_AS: Final = re.compile(r"\s+as\s.*", re.DOTALL)
_SPACE: Final = re.compile(r"\s+")
_QUOTED: Final = re.compile(r"""(['"`])(.+?)\1""")
_FROM_QUOTED: Final = re.compile(r"""\bfrom\s*(['"])(.+?)\1""")
_INCLUDED: Final = re.compile(r"""["<]([^">\n]+)[">]""")
_GENERIC: Final = re.compile(r"<.*>", re.DOTALL)
_RUST_ITEM: Final = re.compile(r"[^\s,{}]+(?:\s+as\s+\w+)?|[{},]")
_SOURCED: Final = re.compile(r"""(?:source|\.)\s+(?:"([^"]+)"|'([^']+)'|([^\s;&|]+))""")


def python_imports(statement: str) -> list[str]:
    """Return `a.b` of `import a.b as c`, and `x.y` of `from x import y`."""
    match = _PLAIN_FROM.fullmatch(statement)
    if match is not None:
        module = match[1]
        glue = module if module.endswith(".") else module + "."
        return [glue + name.strip() for name in match[2].split(",")]
    match = _PLAIN_IMPORT.fullmatch(statement)
    if match is not None:
        return [match[1]]
    plain = _COMMENT.sub("", statement).replace("\\\n", " ").replace("\\\r\n", " ")
    match = _FROM.match(plain)
    if match is None:
        return _python_names(plain.partition("import")[2])
    module = _SPACE.sub("", match[1])
    glue = "" if module.endswith(".") else "."
    return [module + glue + name for name in _python_names(match[2].strip(" \t\r\n()"))]


def _python_names(listed: str) -> list[str]:
    names = (_SPACE.sub("", _AS.sub("", name.strip())) for name in listed.split(","))
    return [name for name in names if name]


def _quoted(statement: str) -> list[str]:
    # Of `import {'a-b' as a} from './m' with {type: 'json'}` what stands behind `from`.
    match = _FROM_QUOTED.search(statement) or _QUOTED.search(statement)
    return [match[2]] if match else []


def _all_quoted(statement: str) -> list[str]:
    return [match[2] for match in _QUOTED.finditer(statement)]


def _included(statement: str) -> list[str]:
    match = _INCLUDED.search(statement)
    return [match[1]] if match else []


def _rust(statement: str) -> list[str]:
    """Return `a::b` and `a::c::d` of `use a::{b, c::d as e};`."""
    tree = statement.partition("use" if "use" in statement else "crate")[2].rstrip("; \t\r\n")
    names: list[str] = []
    prefixes = [""]
    last = ""
    for part in _RUST_ITEM.findall(_C_COMMENT.sub("", tree)):
        if part == "{":
            prefixes.append(prefixes[-1] + last)
            last = ""
        elif part in {"}", ","}:
            if last:
                names.append(prefixes[-1] + last)
            last = ""
            if part == "}" and len(prefixes) > 1:
                prefixes.pop()
        else:
            last = _AS.sub("", part)
    if last:
        names.append(prefixes[-1] + last)
    return [name.removesuffix("::self").removeprefix("::") for name in names]


def _after_keywords(statement: str) -> list[str]:
    """Return the name of `import static a.b.C;` or `using A = B.C;`."""
    plain = _GENERIC.sub("", _C_COMMENT.sub("", statement)).strip().rstrip(";").strip()
    name = plain.rpartition("=")[2].strip()
    if name.startswith("("):
        return []  # A tuple has no name.
    parts = name.split()
    return [parts[-1]] if parts else []


def _php(statement: str) -> list[str]:
    r"""Return `A\B` and `A\C` of `use A\{B, C as D};`; the file of an `include`."""
    plain = _C_COMMENT.sub("", statement).strip().rstrip(";")
    if not plain.startswith("use"):
        return _quoted(plain)
    listed = re.sub(r"^use\s+(?:(?:function|const)\s+)?", "", plain)
    head, brace, tail = listed.partition("{")
    prefix, listed = (head.strip(), tail.rstrip(" \r\n\t}")) if brace else ("", listed)
    names = (re.sub(r"^(?:function|const)\s+", "", one.strip()) for one in listed.split(","))
    return [prefix + _AS.sub("", name).lstrip("\\") for name in names if name]


def _bash(statement: str) -> list[str]:
    match = _SOURCED.match(statement)
    return [next(name for name in match.groups() if name)] if match else []


_NAMES_BY_LANGUAGE: Final = MappingProxyType[Language, Callable[[str], list[str]]](
    {
        Language.PYTHON: python_imports,
        Language.JAVASCRIPT: _quoted,
        Language.TYPESCRIPT: _quoted,
        Language.TSX: _quoted,
        Language.GO: _all_quoted,
        Language.RUST: _rust,
        Language.JAVA: _after_keywords,
        Language.C: _included,
        Language.CPP: _included,
        Language.CSHARP: _after_keywords,
        Language.RUBY: _quoted,
        Language.PHP: _php,
        Language.BASH: _bash,
        Language.LUA: _quoted,
    }
)


def imported_names(statement: bytes, language: Language) -> list[str]:
    """Return the names that a statement imports, as it spells them.

    Args:
        statement: The source text of the statement, e.g. `import {A} from './m'`.
        language: One with a grammar.
    """
    shown = statement[:STATEMENT_SIZE_BYTES_MAX].decode("utf-8", "replace")
    return _NAMES_BY_LANGUAGE[language](shown)
