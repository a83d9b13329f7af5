"""How the code of a Python file is laid out: the width of lines, and one more level."""

from typing import Final

from nanobot_engine.python import PythonFile
from nanobot_engine.recipe.python_function import Function

_WIDTHS: Final = (79, 88, 100, 120)


def usual_width(file: PythonFile) -> int:
    """Return how long lines of a file may be: the usual limit that most of it keeps."""
    lines = file.source.data.decode(file.source.encoding, errors="replace").splitlines()
    # One long URL in a comment is no style.
    longest = sorted(map(len, lines))[: max(1, len(lines) - 1 - len(lines) // 200)]
    most = longest[-1] if longest else 0
    return next((width for width in _WIDTHS[1:] if most <= width), _WIDTHS[-1])


def indent_unit(file: PythonFile, function: Function, indent: str) -> str:
    """Return one more level for code of a function that stands at `indent`."""
    first = function.body[0]
    columns = first.col_offset - function.col_offset
    if indent.startswith("\t") or columns <= 0 or first.lineno == function.lineno:
        return "\t" if indent.startswith("\t") else file.source.indent_unit
    return " " * columns
