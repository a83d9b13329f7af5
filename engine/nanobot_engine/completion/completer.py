"""Completions of all documents: the newest request of each, from what is known if it can be.

    request ──known──────────────────────────────────────────> suggestion
       └─ pause ─> context ─> prompt ─> model ─> cut ─> checked ─┘
                 a newer request of the document ends it anywhere

Reading a whole prompt takes seconds on a processor. At a new place a small one is asked
at first, and the whole one is read while the user looks and thinks; from then on it
answers, a key at a time.

Runs on the event loop; looking things up runs in a thread.
"""

import asyncio
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from nanobot_engine.completion.extent import Ending, extent_of
from nanobot_engine.completion.parse_check import unbroken
from nanobot_engine.completion.piece import Piece
from nanobot_engine.completion.prompt import (
    Prompt,
    PromptBudget,
    PromptBuilder,
    grammar_of,
)
from nanobot_engine.completion.request import NOTHING, CompletionRequest, Suggestion
from nanobot_engine.completion.trim import trimmed
from nanobot_engine.model import FimTokens, ModelError
from nanobot_engine.model.worker.continuation import TextContinuer

log = logging.getLogger(__name__)

DOCUMENTS_MAX: Final = 32
KNOWN_MAX: Final = 16
"""Answers that are kept per document."""
CONTEXT_WAIT_S: Final = 0.03
"""So long a request waits for what the index finds. What comes later is for the next one."""
CONTEXT_PATIENCE_S: Final = 5.0
"""So long the whole prompt is not read because of it."""
CONTEXT_LINES: Final = 15
"""The context is looked up anew when the cursor is so many lines away from where it was."""
UNREAD_MAX: Final = 96
"""A prompt with more unread tokens is not waited for."""
SLOTS_PER_DOCUMENT: Final = 2
"""One for the whole prompt, one for the small one."""
_LINE_TOKENS_MAX: Final = 48
_BLOCK_TOKENS_MAX: Final = 160

Gather = Callable[[CompletionRequest], Awaitable[Sequence[Piece]]]


@dataclass(frozen=True, slots=True)
class CompletionOptions:
    """How completions are made."""

    delay_s: float
    """So long the user must not have typed before the model is asked."""
    lines_max: int
    """Of a suggestion; 1: never more than the line of the cursor."""
    budget: PromptBudget
    quick_budget: PromptBudget
    """Of the prompt that is asked while the other one is not read."""
    mean_logprob_min: float
    """Less sure suggestions are not made. Mean of the natural log-probabilities."""


@dataclass(frozen=True, slots=True)
class _Known:
    """An answer of the model."""

    before: str
    after: str
    text: str


@dataclass(slots=True)
class _Document:
    """What is kept about a document between two keys."""

    slot: int
    """Of the whole prompt; the next one is that of the small one."""
    window: str = ""
    """Above the cursor, as it was shown last."""
    quick_window: str = ""
    pieces: tuple[Piece, ...] = ()
    landmark: str | None = None
    """A line near which the context was looked up; None before the first time."""
    gathering: "asyncio.Task[tuple[Piece, ...]] | None" = None
    reading: "asyncio.Task[None] | None" = None
    """Of the whole prompt, while nobody waits."""
    known: deque[_Known] = field(default_factory=lambda: deque(maxlen=KNOWN_MAX))

    def stop_reading(self) -> None:
        """Somebody waits now. What was read counts."""
        if self.reading is not None:
            self.reading.cancel()
            self.reading = None


class SupersededError(Exception):
    """A newer request of the same document came. Nobody waits for this one."""


class Completer:
    """Makes suggestions with one model.

    Args:
        model: Continues prompts.
        fim: Its special tokens.
        gather: Finds what other files have to say.
        options: Limits.
        project: Name of the workspace.
    """

    def __init__(
        self,
        model: TextContinuer,
        fim: FimTokens,
        gather: Gather,
        options: CompletionOptions,
        *,
        project: str,
    ) -> None:
        self._model = model
        self._builder = PromptBuilder(model, fim, options.budget)
        self._quick_builder = PromptBuilder(model, fim, options.quick_budget)
        self._gather = gather
        self._options = options
        self._project = project
        self._documents: OrderedDict[Hashable, _Document] = OrderedDict()
        self._newest: dict[Hashable, asyncio.Task[Suggestion]] = {}

    async def suggest(self, key: Hashable, request: CompletionRequest) -> Suggestion:
        """Return what to insert at a cursor.

        Args:
            key: Of the document. Its newest request ends the ones before it.
            request: The text around the cursor.

        Raises:
            SupersededError: A newer one came.
            ModelError: The model can not be asked.
        """
        older = self._newest.pop(key, None)
        if older is not None:
            older.cancel()
        document = self._document(key)
        known = _known(document, request)
        if known is not None:
            return known
        document.stop_reading()
        task = asyncio.create_task(self._suggested(document, request), name="completion")
        self._newest[key] = task
        try:
            return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise  # Nobody waits; `await` has cancelled the task with us.
            raise SupersededError from None
        finally:
            if self._newest.get(key) is task:
                del self._newest[key]

    def forget(self, key: Hashable) -> None:
        """A document is closed: end its request and forget what is known about it."""
        task = self._newest.pop(key, None)
        if task is not None:
            task.cancel()
        document = self._documents.pop(key, None)
        if document is not None:
            document.stop_reading()

    def _document(self, key: Hashable) -> _Document:
        found = self._documents.get(key)
        if found is None:
            slots = range(0, self._model.slots, SLOTS_PER_DOCUMENT)
            recent = [one.slot for one in self._documents.values()]
            # One that is free, else the one that was not used for longest.
            slot = next(
                (one for one in slots if one not in recent),
                min(slots, key=lambda one: _last_index(recent, one)),
            )
            found = self._documents[key] = _Document(slot)
        self._documents.move_to_end(key)
        while len(self._documents) > DOCUMENTS_MAX:
            self._documents.popitem(last=False)
        return found

    async def _suggested(self, document: _Document, request: CompletionRequest) -> Suggestion:
        if not request.is_explicit:
            delay_s = request.delay_s
            await asyncio.sleep(self._options.delay_s if delay_s is None else delay_s)
        started = time.monotonic()
        given, request = request, request.with_plain_lines()
        prompt = await self._whole(document, request, CONTEXT_WAIT_S)
        if prompt is None:
            return NOTHING
        whole, slot = prompt, document.slot
        if self._model.unread(prompt.tokens, slot=slot) > UNREAD_MAX:
            quick = await self._quick_builder.prompt(
                request, (), last_window=document.quick_window, project=self._project
            )
            if quick is not None:
                document.quick_window = quick.window
                prompt, slot = quick, slot + 1
        said = await self._answer(request, prompt, slot, started)
        suggestion = replace(said, text=said.text.replace("\n", given.newline))
        document.known.appendleft(_Known(given.before, given.after, suggestion.text))
        if prompt is not whole:
            document.reading = asyncio.create_task(
                self._read(document, request), name="completion reading"
            )
        return suggestion

    async def _whole(
        self, document: _Document, request: CompletionRequest, patience_s: float
    ) -> Prompt | None:
        """Return the whole prompt, with what the index found by then."""
        pieces = await self._context(document, request, patience_s)
        prompt = await self._builder.prompt(
            request, pieces, last_window=document.window, project=self._project
        )
        if prompt is not None:
            document.window = prompt.window
        return prompt

    async def _answer(
        self, request: CompletionRequest, prompt: Prompt, slot: int, started: float
    ) -> Suggestion:
        extent = extent_of(request, lines_max=request.lines_max or self._options.lines_max)
        ending = Ending(request, extent)
        skipped = len(prompt.start)
        written = await self._model.continued(
            prompt.tokens,
            slot=slot,
            tokens_max=_BLOCK_TOKENS_MAX if extent.is_multi_line else _LINE_TOKENS_MAX,
            grammar=grammar_of(prompt.start),
            wants_more=lambda text: ending.wants_more(text[skipped:]),
        )
        text = written.text[skipped:] if written.text.startswith(prompt.start) else ""
        text = _finished(text, ending, is_ended=written.is_ended)
        is_sure = (written.mean_logprob or 0.0) >= self._options.mean_logprob_min
        if text and is_sure:
            text = await asyncio.to_thread(_checked, text, request)
        else:
            text = ""
        return Suggestion(
            text=text,
            prompt_tokens=written.prompt_tokens,
            cached_tokens=written.cached_tokens,
            tokens=written.tokens,
            mean_logprob=written.mean_logprob,
            seconds=time.monotonic() - started,
        )

    async def _read(self, document: _Document, request: CompletionRequest) -> None:
        """Read the whole prompt of a place while nobody waits."""
        try:
            prompt = await self._whole(document, request, CONTEXT_PATIENCE_S)
            if prompt is not None:
                await self._model.read(prompt.tokens, slot=document.slot)
        except ModelError as error:
            log.info("prompt not read: reason=%s", error)  # Whoever asks next is told.

    async def _context(
        self, document: _Document, request: CompletionRequest, patience_s: float
    ) -> tuple[Piece, ...]:
        """Return what is known of other files by now; look again where the cursor went away."""
        gathering = document.gathering
        if gathering is None and document.landmark not in _surroundings(request):
            document.landmark = _landmark(request)
            gathering = document.gathering = asyncio.create_task(
                self._gathered(request), name="completion context"
            )
        if gathering is not None:
            # Not cancelled with this request: the next one wants it, too.
            done, _ = await asyncio.wait({gathering}, timeout=patience_s)
            if done and document.gathering is gathering:
                document.pieces = gathering.result()
                document.gathering = None
        return document.pieces

    async def _gathered(self, request: CompletionRequest) -> tuple[Piece, ...]:
        return tuple(await self._gather(request))


def _finished(text: str, ending: Ending, *, is_ended: bool) -> str:
    """Return the text up to its end; without an end, without the line that is cut off."""
    kept = ending.cut(text)
    if kept is not None:
        return kept
    if is_ended:
        return text
    lines = text.split("\n")
    # Of a single line its beginning is worth something, too, up to a word that is whole.
    return "\n".join(lines[:-1]) if len(lines) > 1 else ""


def _checked(text: str, request: CompletionRequest) -> str:
    text = unbroken(trimmed(text, request), request)
    return text if text.strip() else ""


def _known(document: _Document, request: CompletionRequest) -> Suggestion | None:
    """Return what is left of an earlier answer when the user types along it, or came back."""
    for known in document.known:
        if request.after != known.after or not request.before.startswith(known.before):
            continue
        typed = request.before[len(known.before) :]
        if typed == known.text and typed:
            continue
        if known.text.startswith(typed) and (known.text or not typed):
            left = known.text[len(typed) :]
            if request.is_explicit and not left:
                continue
            return Suggestion(left if left.strip() else "", is_known=True)
    return None


def _landmark(request: CompletionRequest) -> str:
    """Return the line above the cursor's that says something; empty when there is none."""
    lines = (line.strip() for line in reversed(request.before.split("\n")[:-1]))
    return next((line for line in lines if line), "")


def _surroundings(request: CompletionRequest) -> frozenset[str]:
    """Return the lines near the cursor, and the empty one for a cursor at the beginning."""
    above = request.before.split("\n")[:-1]
    near = [*above[-CONTEXT_LINES:], *request.following[:CONTEXT_LINES]]
    beginning = [""] if not any(line.strip() for line in above) else []
    return frozenset(line.strip() for line in near if line.strip()).union(beginning)


def _last_index(items: Sequence[int], wanted: int) -> int:
    return max((place for place, one in enumerate(items) if one == wanted), default=-1)
