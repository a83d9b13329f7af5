"""Put statements one level deeper, and break the lines that become too long by it."""

import io
import tokenize
from typing import Final

from nanobot_engine.python import PythonFile, Span
from nanobot_engine.recipe.errors import DeclinedError
from nanobot_engine.refactor.source.indentation import reindented

_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")


def deeper(file: PythonFile, span: Span, indent: str, *, unit: str, width: int) -> str:
    """Return whole lines of a file one level deeper.

    A line that becomes too long is broken at its last bracket, as formatters do.

    Args:
        file: Where they are.
        span: From the first indentation to the end of the last line, without its end.
        indent: Of the first line.
        unit: One level.
        width: Columns that lines may have. Those that are longer already stay as they are.

    Raises:
        DeclinedError: A line would be too long and can not be broken.
    """
    text = file.text(span)
    if file.source.newline != "\n":
        text = text.replace(file.source.newline, "\n")
    if "\r" in text or "\f" in text:
        raise DeclinedError("its lines end in different ways")
    moved = reindented(text, indent, indent + unit)
    lines = []
    for old, new in zip(text.split("\n"), moved.split("\n"), strict=True):
        if len(new) <= width or len(old) > width or old == new:
            lines.append(new)
            continue
        broken = _broken(new, unit)
        if broken is None or any(len(line) > width for line in broken):
            raise DeclinedError(f"a line would have {len(new)} columns: {new.strip()}")
        lines += broken
    return "\n".join(lines)


def _broken(line: str, unit: str) -> list[str] | None:
    """Put what is in the last bracket of a line on a line of its own; None where there is none."""
    code = line.rstrip()
    has_colon = code.endswith(":")
    core = code.removesuffix(":")
    if not core or core[-1] not in _CLOSING or "#" in code:
        return None
    start = _opening(core)
    if start is None or start + 1 == len(core) - 1:
        return None
    indent = line[: len(line) - len(line.lstrip())]
    inside = core[start + 1 : -1].strip()
    if not inside or inside.endswith(","):
        return None
    return [core[: start + 1], f"{indent}{unit}{inside}", f"{indent}{core[-1]}{':' * has_colon}"]


def _opening(code: str) -> int | None:
    """Return where the bracket opens that ends a line of code; None if it opens elsewhere."""
    stack: list[int] = []
    last: int | None = None
    try:
        for token in tokenize.generate_tokens(io.StringIO(code.strip() + "\n").readline):
            if token.type != tokenize.OP:
                continue
            if token.string in _OPENING:
                stack.append(token.start[1])
            elif token.string in _CLOSING:
                last = stack.pop() if stack else None
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return None
    if last is None or stack:
        return None
    return last + len(code) - len(code.lstrip())
