"""What stands before the body of a definition: its comment, its signature.

Both are read from the text. A tree knows comments as siblings only, and to ask a
node for its neighbour costs a search from the root.
"""

import re
from types import MappingProxyType
from typing import Final

from nanobot_indexer.syntax.language import Language

COMMENT_LINES_MAX: Final = 500
"""Lines of a comment beyond it are not documentation."""
BLOCK_SIZE_BYTES_MAX: Final = 16 * 1024
"""A longer block comment is not looked for."""

SIGNATURE_SIZE_BYTES_MAX: Final = 2000
"""A longer header is cut: someone will read it."""

_SLASHES: Final = (b"//",)
_HASHES: Final = (b"#",)
_LINE_MARKS_BY_LANGUAGE: Final = MappingProxyType(
    {
        Language.JAVASCRIPT: _SLASHES,
        Language.TYPESCRIPT: _SLASHES,
        Language.TSX: _SLASHES,
        Language.GO: _SLASHES,
        Language.RUST: _SLASHES,
        Language.JAVA: _SLASHES,
        Language.C: _SLASHES,
        Language.CPP: _SLASHES,
        Language.CSHARP: _SLASHES,
        Language.RUBY: _HASHES,
        Language.PHP: (b"//", b"#"),
        Language.BASH: _HASHES,
        Language.LUA: (b"--",),
    }
)
_BLOCK_BY_LANGUAGE: Final = MappingProxyType(
    {
        language: (b"--[", b"]]") if language is Language.LUA else (b"/*", b"*/")
        for language, marks in _LINE_MARKS_BY_LANGUAGE.items()
        if marks != _HASHES
    }
)
# Lines between a comment and its definition that are neither.
_ATTRIBUTE: Final = re.compile(rb"[ \t]*#!?\[.*\][ \t\r]*\Z")
_ATTRIBUTE_START: Final = re.compile(rb"[ \t]*#\[")
_ATTRIBUTE_LINES_MAX: Final = 20
# `//go:generate` and `//export` are addressed to programs.
_GO_DIRECTIVE: Final = re.compile(rb"//(?:go:|line |export )")

# `@Override`, `@Inject({...})`; `[Test]`; `#[Pure]`: two levels of brackets are enough.
_INSIDE: Final = rb"(?:[^()\[\]]|\((?:[^()]|\([^()]*\))*\)|\[[^\[\]]*\])*"
_DECORATIONS: Final = re.compile(
    rb"(?:@(?!interface\b)[\w.]+(?:\(" + _INSIDE + rb"\))?\s+|#?\[" + _INSIDE + rb"\]\s*)+"
)
_DECORATION_STARTS: Final = frozenset(b"@[#")

_NO_RANGE: Final = (0, 0)


def comment_above(text: bytes, start: int, language: Language) -> tuple[int, int]:
    """Return the range of the comment directly above a definition, (0, 0) for none.

    Args:
        text: The source.
        start: Where the definition starts. Only blanks may stand before it in its line.
        language: One with a grammar.
    """
    marks = _LINE_MARKS_BY_LANGUAGE.get(language)
    line = text.rfind(b"\n", 0, start) + 1
    if marks is None or line == 0 or text[line:start].strip():
        return _NO_RANGE
    line = _above_attributes(text, line, language)
    above, shown = _line_above(text, line)
    bare = shown.strip()
    block = _BLOCK_BY_LANGUAGE.get(language)
    end = above + len(shown.rstrip())
    if block is not None and bare.endswith(block[1]):
        is_line = bare.startswith(marks) and not bare.startswith(block[0])
        if not is_line:
            return _block_above(text, end, block)
    first_byte = line
    for _ in range(COMMENT_LINES_MAX):
        if not bare.startswith(marks) or bare.startswith((b"#!", b"#[")):
            break
        first_byte = above + len(shown) - len(shown.lstrip())
        above, shown = _line_above(text, above)
        bare = shown.strip()
    return (first_byte, end) if first_byte < line else _NO_RANGE


def _above_attributes(text: bytes, line: int, language: Language) -> int:
    """Return the first of the lines above `line` that are addressed to a compiler."""
    while line:
        above, shown = _line_above(text, line)
        if language is Language.GO and _GO_DIRECTIVE.match(shown):
            line = above
            continue
        if language is not Language.RUST or not shown.rstrip().endswith(b"]"):
            return line
        if not _ATTRIBUTE.match(shown):
            # `#[derive(A,` and `B)]` on two lines.
            for _ in range(_ATTRIBUTE_LINES_MAX):
                above, shown = _line_above(text, above)
                if not shown.strip() or _ATTRIBUTE_START.match(shown):
                    break
            if not _ATTRIBUTE_START.match(shown):
                return line
        line = above
    return line


def _block_above(text: bytes, end: int, block: tuple[bytes, bytes]) -> tuple[int, int]:
    """Return the range of the block comment that ends at `end`."""
    opened = text.rfind(block[0], max(0, end - BLOCK_SIZE_BYTES_MAX), end)
    if opened < 0 or text.find(block[1], opened + len(block[0]), end) != end - len(block[1]):
        return _NO_RANGE
    first = text.rfind(b"\n", 0, opened) + 1
    # Code before the comment, in its line: it is about that code.
    is_own = not text[first:opened].strip()
    is_short = text.count(b"\n", opened, end) < COMMENT_LINES_MAX
    return (opened, end) if is_own and is_short else _NO_RANGE


def signature_end(text: bytes, start: int, end: int) -> int:
    """Return where a header that ends before `end` ends: white space, `=` and `;` are not of it."""
    end = min(end, start + SIGNATURE_SIZE_BYTES_MAX)
    return start + len(text[start:end].rstrip(b" \t\r\n={:;"))


def signature_start(text: bytes, start: int, end: int) -> int:
    """Return where a definition starts behind its decorators."""
    if start < end and text[start] in _DECORATION_STARTS:
        match = _DECORATIONS.match(text, start, min(end, start + SIGNATURE_SIZE_BYTES_MAX))
        if match is not None and match.end() < end:
            return match.end()
    return start


def first_line_end(text: bytes, start: int, end: int) -> int:
    """Return where the line of `start` ends, without the white space at its end."""
    line_end = text.find(b"\n", start, end)
    return signature_end(text, start, end if line_end < 0 else line_end)


def _line_above(text: bytes, line: int) -> tuple[int, bytes]:
    """Return the start and the text of the line before the one that starts at `line`."""
    if line == 0:
        return 0, b""
    above = text.rfind(b"\n", 0, line - 1) + 1
    return above, text[above : line - 1]
