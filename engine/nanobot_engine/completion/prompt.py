"""The prompt of a completion, in the order in which its parts change.

    other files | what follows | imports | lines above | line of the cursor
    ── seldom ──┴───────── with the place ─────────────┴─ at each key ─────

A model worker reads on from where a prompt differs from the one before. So the window
above the cursor begins where it began before as long as it fits, and only the end of a
prompt is read again at a key. Text of files is tokenised without special tokens.

The model was trained on `prefix, suffix, middle`. Here the prefix is empty and the middle
begins with the text above the cursor, which is a case of that: "suffix first", variant 2
in M. Bavarian et al., "Efficient Training of Language Models to Fill in the Middle", 2022.
What follows comes before the text that changes at each key, and is read once.

The last word before the cursor may be a part of one, whose tokens are not those of the
whole. So it is not in the prompt: the model writes it, held to it by a grammar.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.completion.piece import Piece
from nanobot_engine.completion.request import CompletionRequest, indentation
from nanobot_engine.model import FimTokens
from nanobot_engine.model.worker.continuation import TextContinuer, common_length

_CHARS_PER_TOKEN: Final = 3.2
"""A first guess for code. The count decides."""
_ANCHOR_LINES: Final = 3
_CLOSERS: Final = re.compile(r"[)\]}\"'`>;,:\s]*")
# How Qwen2.5 cuts text before it makes tokens: letters with one other character before
# them, or punctuation with a space before it, or a space that a word may follow.
_LAST_WORD: Final = re.compile(r"(?:[^\r\n\w]|_)?[^\W\d_]+$| ?(?:[^\s\w]|_)+$|[ \t]$")
_GAP: Final = "\n"


@dataclass(frozen=True, slots=True)
class PromptBudget:
    """How many tokens each part of a prompt may have."""

    pieces: int
    """Of other files, all together."""
    imports: int
    """Of the beginning of the file, when the window does not reach it."""
    window: int
    """Of the lines above the cursor when the window is chosen."""
    window_max: int
    """… until it is chosen anew."""
    line: int
    """Of the cursor, up to it. A longer one gets no suggestion."""
    suffix: int
    """Behind the cursor."""


DEFAULT_BUDGET: Final = PromptBudget(
    pieces=320, imports=96, window=320, window_max=512, line=160, suffix=48
)
QUICK_BUDGET: Final = PromptBudget(
    pieces=0, imports=0, window=96, window_max=192, line=160, suffix=24
)
"""Of a prompt that is asked while the whole one is not read yet: it takes a second."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Tokens, and what has to be known to build the next one alike."""

    tokens: tuple[int, ...]
    start: str
    """What the continuation has to begin with: text before the cursor that the prompt does
    not have."""
    window: str
    """The lines above the cursor that it shows."""


class PromptBuilder:
    """Builds prompts for one model. Runs on the event loop.

    Args:
        model: Whose tokens count.
        fim: Its special tokens.
        budget: Limits.
    """

    def __init__(self, model: TextContinuer, fim: FimTokens, budget: PromptBudget) -> None:
        self._model = model
        self._fim = fim
        self._budget = budget

    async def prompt(
        self, request: CompletionRequest, pieces: Sequence[Piece], *, last_window: str, project: str
    ) -> Prompt | None:
        """Return the prompt of a request; None when its line alone is too long.

        Args:
            request: The text around the cursor.
            pieces: Of other files, best first. Those that do not fit are left out, whole.
            last_window: Of the prompt before this one in the document, or empty.
            project: Name of the workspace.
        """
        start = _start_of(request.line)
        line = await self._model.tokens_of(request.line[: len(request.line) - len(start)])
        if len(line) > self._budget.line:
            return None
        above = request.before[: len(request.before) - len(request.line)]
        window, lines = await self._window(above, last_window)
        is_cut = bool(request.head) or len(window) < len(above)
        tokens = (
            *await self._others(request.path, pieces, project),
            *await self._special(self._fim.prefix + self._fim.suffix),
            *await self._suffix(request),
            *await self._special(self._fim.middle),
            *(await self._imports(request, above, window) if is_cut else ()),
            *lines,
            *line,
        )
        return Prompt(tokens, start, window)

    async def _special(self, text: str) -> tuple[int, ...]:
        return await self._model.tokens_of(text, special=True)

    async def _window(self, above: str, last_window: str) -> tuple[str, tuple[int, ...]]:
        """Return the lines above the cursor that are shown, and their tokens."""
        at = anchored(above, last_window)
        if at is not None and len(above) - at <= self._budget.window_max * _CHARS_PER_TOKEN * 2:
            window = above[at:]
            tokens = await self._model.tokens_of(window)
            if len(tokens) <= self._budget.window_max:
                return window, tokens
        return await self._fitting(above)

    async def _fitting(self, above: str) -> tuple[str, tuple[int, ...]]:
        """Choose the last lines that fit, from a line that is indented little."""
        lines = above.splitlines(keepends=True)
        chars = self._budget.window * _CHARS_PER_TOKEN
        while True:
            first, size = len(lines), 0
            while first > 0 and size + len(lines[first - 1]) <= chars:
                first -= 1
                size += len(lines[first])
            # A quarter may go for a beginning that is one.
            last = first + max(0, (len(lines) - first) // 4)
            if 0 < first < len(lines):
                starts = range(first, max(last, first) + 1)
                first = min(starts, key=lambda at: (_depth(lines, at), at))
            window = "".join(lines[first:])
            tokens = await self._model.tokens_of(window)
            if len(tokens) <= self._budget.window or not window:
                return window, tokens
            chars *= 0.8

    async def _imports(
        self, request: CompletionRequest, above: str, window: str
    ) -> tuple[int, ...]:
        """Return how the file begins, as far as it is imports and there is room."""
        start = request.head or above[: len(above) - len(window)]
        kept: list[str] = []
        for line in start.splitlines(keepends=True):
            is_import = line.lstrip().startswith(
                ("import ", "from ", "use ", "#include", "using ", "require", "const ", "package ")
            )
            is_inside = bool(kept) and line[:1] in " \t)}"
            if is_import or (is_inside and not kept[-1].endswith((")\n", ";\n"))):
                kept.append(line)
        while kept:
            tokens = await self._model.tokens_of("".join(kept) + _GAP)
            if len(tokens) <= self._budget.imports:
                return tokens
            # The last ones are of the project itself more often than the first.
            del kept[: max(1, len(kept) // 4)]
        return ()

    async def _others(self, path: str, pieces: Sequence[Piece], project: str) -> tuple[int, ...]:
        fim = self._fim
        if not fim.repository or not fim.file:
            return ()
        left = self._budget.pieces
        kept: list[tuple[int, ...]] = []
        for piece in pieces:
            body = await self._model.tokens_of(f"{piece.path}\n{piece.text}\n")
            if len(body) + 1 <= left:
                kept.append((*await self._special(fim.file), *body))
                left -= len(body) + 1
        if not kept:
            return ()
        name = (*await self._special(fim.repository), *await self._model.tokens_of(f"{project}\n"))
        own = (*await self._special(fim.file), *await self._model.tokens_of(f"{path}\n"))
        # The best one is nearest to the cursor.
        return (*name, *(token for part in reversed(kept) for token in part), *own)

    async def _suffix(self, request: CompletionRequest) -> tuple[int, ...]:
        """Return the tokens behind the cursor: whole lines, as many as there is room for.

        Closing brackets in the line of the cursor are left out: editors put them there as
        one types, and what is read behind them would have to be read again.
        """
        after = request.after
        if _CLOSERS.fullmatch(request.rest):
            after = after[len(request.rest) :]
        lines = after.splitlines(keepends=True)
        taken, size = 0, 0
        while taken < len(lines):
            size += len(lines[taken])
            if size > self._budget.suffix * _CHARS_PER_TOKEN:
                break
            taken += 1
        while taken:
            tokens = await self._model.tokens_of("".join(lines[:taken]))
            if len(tokens) <= self._budget.suffix:
                return tokens
            taken -= 1
        return ()


def _start_of(line: str) -> str:
    """Return the end of a line that may be a part of a longer token."""
    found = _LAST_WORD.search(line)
    return "" if found is None else found.group()


def grammar_of(start: str) -> str | None:
    """Return a grammar for texts that begin with `start`; None when there is none."""
    if not start:
        return None
    escaped = start.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return f'root ::= "{escaped}" [^\\x00]*'


def _depth(lines: Sequence[str], at: int) -> int:
    line = lines[at]
    return len(indentation(line)) if line.strip() else 10_000


def anchored(above: str, last_window: str) -> int | None:
    """Return where a window begins in a text that was edited since; None where it is gone.

    Code repeats itself: of several places that begin alike, it is the one that goes on alike
    for longest.
    """
    beginning = "".join(last_window.splitlines(keepends=True)[:_ANCHOR_LINES])
    best: tuple[int, int] | None = None
    at = above.find(beginning) if beginning else -1
    while at >= 0:
        length = common_length(above[at : at + len(last_window)], last_window)
        if best is None or length >= best[0]:
            best = (length, at)
        at = above.find(beginning, at + 1)
    return None if best is None else best[1]
