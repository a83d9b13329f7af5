"""What the model is asked about a diagnostic, and the code of its answer."""

import re
from typing import Final

from nanobot_engine.edit import SourceFile
from nanobot_engine.recipe.code_around import code_around, plain_lines
from nanobot_engine.refactor.open_finding import OpenFinding

ANSWER_TOKENS_MAX: Final = 420
"""A statement of 1,200 bytes, and some more."""
STOP: Final = ("\n```",)
GRAMMAR: Final = 'root ::= "```python\\n" ([^\\n]* "\\n")+ "```"'

_SHOWN_BYTES_MAX: Final = 1_000
"""What a small model reads in a few seconds, and does not lose the thread of."""
_AROUND_BYTES_MAX: Final = 500
"""With more, small models write the code around it anew, too."""
_OPENING: Final = re.compile(r"\A\s*```[A-Za-z]*[ \t]*\n")

SYSTEM: Final = """\
You fix what a tool says about one Python statement.
Change as little as you can, and only that statement.
- Keep every call, every value and every comment that the tool does not speak of.
- Keep names. Write no `# type: ignore`, no `# noqa`, no `Any`, no `cast`.
- Do not take the statement away.
Answer with the new text of the statement, and nothing else."""

EXAMPLES: Final = (
    (
        (
            "ruff B904: Within an `except` clause, raise exceptions with `raise ... from err` or "
            "`raise ... from None`\n"
            "Write this anew:\n```python\ntry:\n    return int(text)\nexcept ValueError:\n"
            '    raise PortError(f"{text}: is no port")\n```'
        ),
        (
            "```python\ntry:\n    return int(text)\nexcept ValueError as error:\n"
            '    raise PortError(f"{text}: is no port") from error\n```'
        ),
    ),
    (
        (
            'mypy assignment: Incompatible types in assignment (expression has type "None", '
            'variable has type "str")\n'
            "The code around it:\n```python\n  class Page:\n>     title: str = None\n"
            "      size: int = 0\n```\n"
            "Write this anew:\n```python\ntitle: str = None\n```"
        ),
        "```python\ntitle: str | None = None\n```",
    ),
    (
        (
            'mypy arg-type: Argument 1 to "write" has incompatible type "int"; expected "str"\n'
            "Definitions:\ndef write(text: str) -> None: ...\n"
            "The code around it:\n```python\n      for size in self.sizes:\n"
            ">         write(size)\n```\n"
            "Write this anew:\n```python\nwrite(size)\n```"
        ),
        "```python\nwrite(str(size))\n```",
    ),
    (
        (
            "ruff SIM102: Use a single `if` statement instead of nested `if` statements\n"
            "Write this anew:\n```python\nif row.is_open:\n    if row.size > 3:  # Large.\n"
            "        close(row)\n```"
        ),
        "```python\nif row.is_open and row.size > 3:  # Large.\n    close(row)\n```",
    ),
)
_TYPE_TOOLS: Final = frozenset({"mypy", "pyright", "basedpyright"})


def question(
    source: SourceFile, start: int, end: int, finding: OpenFinding, *, code_bytes_max: int
) -> str:
    """Return what the model is asked: as little as will do.

    Args:
        source: The file.
        start: Of the statement, in bytes.
        end: Of the statement.
        finding: What is wrong with it.
        code_bytes_max: Upper bound of the code around it, of the rule and of definitions.
    """
    who = finding.tool or "A tool"
    said = [f"{who} {remark}" for remark in finding.remarks]
    parts = ["\n".join(said)]
    room = min(code_bytes_max, _SHOWN_BYTES_MAX)
    for title, text in (("The rule:", finding.rule), ("Definitions:", finding.definitions)):
        if text and len(text.encode()) < room // 2:
            parts.append(f"{title}\n{text}")
            room -= len(text.encode())
    if finding.tool in _TYPE_TOOLS or not finding.tool or finding.is_header:
        # What a linter says is about the form of a statement, and the statement shows it.
        around = code_around(source, start, end, min(room, _AROUND_BYTES_MAX))
        parts.append(f"The code around it:\n```python\n{around}\n```")
    statement = statement_text(source, start, end)
    return "\n".join(parts) + f"\nWrite this anew:\n```python\n{statement}\n```"


def statement_text(source: SourceFile, start: int, end: int) -> str:
    """Return a statement without the indentation around it, its lines ended by newlines."""
    text = source.data[start:end].decode(source.encoding, errors="replace")
    return dedented(text, indentation(source, start))


def dedented(text: str, prefix: str) -> str:
    """Return a text of which the first line has no indentation, and the others one too many."""
    first, *others = plain_lines(text)
    return "\n".join([first, *(line.removeprefix(prefix) for line in others)])


def indented(text: str, prefix: str, newline: str) -> str:
    """Undo `dedented`. Blank lines stay empty."""
    first, *others = text.split("\n")
    return newline.join([first, *(prefix + line if line.strip() else "" for line in others)])


def indentation(source: SourceFile, start: int) -> str:
    """Return what stands before a statement on its line."""
    data = source.data
    first = max(data.rfind(b"\n", 0, start), data.rfind(b"\r", 0, start)) + 1
    return data[first:start].decode(source.encoding, errors="replace").removeprefix("\ufeff")


def answered_code(answer: str) -> str | None:
    """Return the code of an answer; None when there is none."""
    opening = _OPENING.match(answer)
    text = answer[opening.end() :] if opening else answer
    return text.partition("\n```")[0].strip("\n").rstrip() or None
