"""Insert a docstring and change nothing else.

The result is one `TextEdit` that only inserts bytes. Where the body has its own
line, a line is added directly below the header; where it follows the colon, the
docstring becomes the first of several statements there:

    def area(self):                    def area(self): return 1
        \"\"\"Return the area.\"\"\"         def area(self): \"\"\"Return the area.\"\"\"; return 1
        return 1
"""

import ast
import re
import unicodedata

from nanobot_engine.edit.characters import character_name, first_hidden
from nanobot_engine.edit.errors import DocstringError, SourceEncodingError
from nanobot_engine.edit.plan import TextEdit
from nanobot_engine.edit.python_span import header_line_end
from nanobot_engine.edit.python_syntax import PythonDefinition
from nanobot_engine.edit.source import SourceFile

_QUOTES = '"""'
_TAB_SIZE_COLUMNS = 8

# A quote that would end the literal: followed by two more, or by its end.
_CLOSING_QUOTE = re.compile(r'"(?=""|\Z)')


def insert_docstring(
    source: SourceFile,
    definition: PythonDefinition,
    text: str,
    *,
    line_length_max: int,
    step_key: str | None = None,
    label: str | None = None,
) -> TextEdit:
    """Plan the insertion of a docstring of one line.

    Args:
        source: The file that `definition` was found in.
        definition: Has no docstring yet.
        text: What the docstring evaluates to: one line, with no white space
            around it.
        line_length_max: Columns, counting indentation and quotes; a tab counts 8
            and a wide character 2. A body on the header's line counts as a line
            of its own.
        step_key: Defaults to name and line, which is unique in one file.
        label: What the user reads in a review. Defaults to "document <name>".

    Raises:
        DocstringError: There is a docstring already, or `text` is empty, too
            long, has more than one line or hidden characters.
        SourceEncodingError: `text` has characters that the file can not hold.
    """
    name = definition.qualified_name
    if definition.has_docstring:
        raise DocstringError(name, "has a docstring already")
    literal = _checked_literal(name, text)
    length = _columns(definition.body_indent.decode("ascii") + literal)
    if length > line_length_max:
        raise DocstringError(name, f"docstring needs {length} of {line_length_max} columns")
    offset, new_text = _placed(source, definition, _encoded(source, name, literal))
    return TextEdit(
        start_byte=offset,
        end_byte=offset,
        new_text=new_text,
        step_key=f"{name}@{definition.line}" if step_key is None else step_key,
        label=f"document {name}" if label is None else label,
    )


def docstring_length_max(definition: PythonDefinition, *, line_length_max: int) -> int:
    """Return how many columns the text of a docstring may have; 0 for no room.

    A text with backslashes or quotes needs a few more, see `insert_docstring`.
    """
    indent = _columns(definition.body_indent.decode("ascii"))
    return max(0, line_length_max - indent - 2 * len(_QUOTES))


def docstring_offset(data: bytes, definition: PythonDefinition) -> int:
    """Return the byte offset at which a docstring of `definition` is inserted."""
    if definition.body_on_header_line:
        return definition.header_end_byte
    line_end = header_line_end(data, definition.header_end_byte)
    assert line_end is not None, "a body on its own line follows a newline"
    return line_end


def inserted_text(edit: TextEdit, source: SourceFile) -> str | None:
    """Read back what an edit of `insert_docstring` evaluates to.

    Returns:
        None when the edit inserts anything but one literal.
    """
    literal = edit.new_text.decode(source.encoding, errors="replace").strip().removesuffix(";")
    try:
        value = ast.literal_eval(literal)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, str) else None


def _placed(source: SourceFile, definition: PythonDefinition, literal: bytes) -> tuple[int, bytes]:
    offset = docstring_offset(source.data, definition)
    if definition.body_on_header_line:
        return offset, b" " + literal + b";"
    if source.newline == "\r" and source.data.startswith(b"\n", offset):
        # The two would make one line end and swallow an empty line of the user.
        raise DocstringError(definition.qualified_name, "stands between line ends of two kinds")
    return offset, definition.body_indent + literal + source.newline_bytes


def _encoded(source: SourceFile, name: str, literal: str) -> bytes:
    for character in literal:
        # Some East Asian codecs encode two characters alike, so it is read back.
        raw = character.encode(source.encoding, errors="ignore")
        if raw.decode(source.encoding) != character:
            raise SourceEncodingError(
                source.path,
                f"docstring of {name} has {character_name(character)}, "
                f"which {source.encoding} can not hold",
            )
    return literal.encode(source.encoding)


def _checked_literal(name: str, text: str) -> str:
    if not text or text != text.strip():
        raise DocstringError(name, f"docstring is empty or has white space around it: {text!r}")
    if len(text.splitlines()) > 1 or "\t" in text:
        raise DocstringError(name, f"docstring has more than one line or a tab: {text!r}")
    hidden = first_hidden(text)
    if hidden is not None:
        raise DocstringError(name, f"docstring has the hidden character {character_name(hidden)}")
    literal = _literal(text)
    assert ast.literal_eval(literal) == text
    return literal


def _literal(text: str) -> str:
    """Return a triple-quoted literal that evaluates to exactly `text`."""
    if "\\" in text and _QUOTES not in text and not text.endswith(('"', "\\")):
        # A raw literal keeps a pattern or a path readable (pydocstyle D301).
        return f"r{_QUOTES}{text}{_QUOTES}"
    escaped = _CLOSING_QUOTE.sub('\\"', text.replace("\\", "\\\\"))
    return f"{_QUOTES}{escaped}{_QUOTES}"


def _columns(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text.expandtabs(_TAB_SIZE_COLUMNS)) + wide
