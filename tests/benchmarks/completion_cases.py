"""Code with a part taken away: what suggestions at the cursor are measured on."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_engine.completion.request import CompletionRequest

BEFORE_CHARS_MAX: Final = 8_000
AFTER_CHARS_MAX: Final = 4_000
LINE_CHARS_MIN: Final = 12
BODY_LINES_MAX: Final = 6
_HEADER: Final = re.compile(r"( *)(?:async )?(?:def|if|elif|else|for|while|with|try|except)\b.*:")


@dataclass(frozen=True, slots=True)
class Case:
    """A text with a part taken away."""

    package: str
    kind: str
    """`start` of a line, `word` (within one) or `gap` (between two) of it, or `block`."""
    request: CompletionRequest
    expected: str


def sources(packages: Path) -> list[tuple[str, Path]]:
    """Return (package, file) of the code that is worth completing, in a fixed order."""
    found = []
    for path in sorted(packages.glob("*/**/*.py")):
        parts = path.relative_to(packages).parts
        is_test = any(part in ("tests", "test", "docs", "examples") for part in parts)
        if not is_test and 2_000 < path.stat().st_size < 200_000:
            found.append((parts[0], path))
    return found


def cases(packages: Path, seed: int) -> Iterator[Case]:
    """Yield cases without end: packages take turns, and so do kinds."""
    rng = random.Random(seed)
    by_package: dict[str, list[Path]] = {}
    for package, path in sources(packages):
        by_package.setdefault(package, []).append(path)
    kinds = ("start", "word", "gap", "block")
    number = 0
    while True:
        for package, paths in sorted(by_package.items()):
            case = None
            while case is None:
                path = rng.choice(paths)
                make = block_case if kinds[number % 4] == "block" else line_case
                case = make(packages / package, path, kinds[number % 4], rng)
            number += 1
            yield case


def line_case(root: Path, path: Path, kind: str, rng: random.Random) -> Case | None:
    """Take away the rest of a line of code."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    if len(lines) < 30:
        return None
    number = rng.randrange(10, len(lines) - 5)
    line = lines[number].rstrip("\n")
    body = line.strip()
    if len(body) < LINE_CHARS_MIN or body.startswith(("#", '"""', "'''")) or _is_prose(body):
        return None
    indent = len(line) - len(line.lstrip())
    places = {
        "start": [indent],
        "word": [at.start() + 1 for at in re.finditer(r"(?<=\w)\w", line[:-1])],
        "gap": [at.end() for at in re.finditer(r"\W", line[:-1]) if at.end() > indent + 2],
    }[kind]
    if not places:
        return None
    return _case(root, path, kind, lines, number=number, column=rng.choice(places), last=number)


def block_case(root: Path, path: Path, kind: str, rng: random.Random) -> Case | None:
    """Take away the short body of a compound statement."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    if len(lines) < 30:
        return None
    number = rng.randrange(10, len(lines) - 5)
    header = _HEADER.fullmatch(lines[number].rstrip("\n"))
    if header is None:
        return None
    last = number
    for at in range(number + 1, len(lines)):
        text = lines[at]
        if text.strip() and len(text) - len(text.lstrip()) <= len(header[1]):
            break
        if text.strip():
            last = at
    body = [line.strip() for line in lines[number + 1 : last + 1]]
    if not 1 <= last - number <= BODY_LINES_MAX or any(_is_prose(line) for line in body):
        return None
    column = len(lines[number].rstrip("\n"))
    return _case(root, path, kind, lines, number=number, column=column, last=last)


def _is_prose(line: str) -> bool:
    """Tell whether a line looks like a sentence and not like code."""
    words = re.findall(r"[A-Za-z]+", line)
    return line.startswith(("#", '"""')) or (
        len(words) > 4 and not re.search(r"[=()\[\]{}:]", line)
    )


def _case(
    root: Path,
    path: Path,
    kind: str,
    lines: list[str],
    *,
    number: int,
    column: int,
    last: int,
) -> Case:
    rest = lines[number].rstrip("\n")[column:]
    expected = rest + "".join(f"\n{line.rstrip()}" for line in lines[number + 1 : last + 1])
    first, size = number, column
    while first and size + len(lines[first - 1]) <= BEFORE_CHARS_MAX:
        first -= 1
        size += len(lines[first])
    request = CompletionRequest(
        path=path.relative_to(root).as_posix(),
        before="".join(lines[first:number]) + lines[number][:column],
        after=("\n" + "".join(lines[last + 1 :]))[:AFTER_CHARS_MAX],
        head="".join(lines[:first])[:BEFORE_CHARS_MAX],
    )
    return Case(root.name, kind, request, expected)
