"""Where comments, strings, documents and configuration name something of other languages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nanobot_engine.language import CodeFiles
from nanobot_engine.python import Span
from nanobot_engine.refactor.mention import COMMENTS, CONFIGURATION, DOCUMENTS, STRINGS

_DOCUMENT_SUFFIXES: Final = (".md", ".rst", ".txt", ".adoc")
_CONFIGURATION_SUFFIXES: Final = (".toml", ".cfg", ".ini", ".json", ".yaml", ".yml")
_SIZE_BYTES_MAX: Final = 4 * 1024 * 1024
_CODE_LIKE: Final = re.compile(r"_|[a-z0-9][A-Z]|[A-Za-z]\d")
_COMMENT_TYPES: Final = frozenset({"comment", "line_comment", "block_comment", "html_comment"})
_STRING_TYPES: Final = frozenset(
    {"string_fragment", "string_content", "interpreted_string_literal_content"}
    | {"raw_string_literal_content", "character_literal"}
)


@dataclass(frozen=True, slots=True)
class CodeMention:
    """One place where a text names a symbol."""

    path: str
    span: Span
    kind: str


def code_mentions(files: CodeFiles, name: str, kinds: frozenset[str]) -> Iterator[CodeMention]:
    """Yield where texts name a symbol.

    Args:
        files: Of its language.
        name: Bare.
        kinds: Of `MENTION_KINDS`.
    """
    word = re.compile(rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])")
    in_prose = word
    if not _CODE_LIKE.search(name):
        bare = re.escape(name.encode())
        in_prose = re.compile(rb"(?<=`)" + bare + rb"(?=[`(.])|(?<![\w$])" + bare + rb"(?=\(\))")
    if kinds & {COMMENTS, STRINGS}:
        for file in files.files_with(name):
            for node in file.tree.nodes():
                is_comment = node.type in _COMMENT_TYPES
                if is_comment or (node.type in _STRING_TYPES and not node.children):
                    kind = COMMENTS if is_comment else STRINGS
                    if kind in kinds:
                        pattern = in_prose if is_comment else word
                        text = file.tree.text_of(node)
                        yield from _found(file.path, text, node.start_byte, pattern, kind)
    for path in sorted(files.data_by_path):
        is_document = path.endswith(_DOCUMENT_SUFFIXES)
        kind = DOCUMENTS if is_document else CONFIGURATION
        if kind in kinds and (is_document or path.endswith(_CONFIGURATION_SUFFIXES)):
            data = files.data_by_path[path]
            if len(data) <= _SIZE_BYTES_MAX:
                yield from _found(path, data, 0, in_prose if is_document else word, kind)


def _found(
    path: str, data: bytes, start: int, pattern: re.Pattern[bytes], kind: str
) -> Iterator[CodeMention]:
    for match in pattern.finditer(data):
        yield CodeMention(path, Span(start + match.start(), start + match.end()), kind)
