"""Ask small models about evidence, and believe nothing that a program did not check.

    question ─rules→ candidates ─gate→ excerpts ─small model→ replies ─checks→ votes
                         ↑ the next ones, while none has the answer ↓
                         └──────────────────────────────── answer, or none

The smallest model is asked first. When its replies are discarded or differ, the next
model is asked about the same excerpts, and then in another order: a second sample of
one prompt errs like the first. An answer needs a lead in votes, each of which copied
a line that is there.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from nanobot_engine.ask import briefing
from nanobot_engine.ask.answer import Answer, Cost, Quote, Reason
from nanobot_engine.ask.lookup import looked_up
from nanobot_engine.ask.question import QuestionKind
from nanobot_engine.ask.reply import Claim, checked, says_the_same
from nanobot_engine.ask.retrieval import LOOKED_UP, Retrieved
from nanobot_engine.context import Budget, ContentGate, Evidence, Shown
from nanobot_engine.model import (
    ChatTemplate,
    Lane,
    Lanes,
    ModelError,
    ModelMissingError,
    PromptTooLongError,
    Segment,
    Wave,
    WaveModel,
    WaveResult,
)
from nanobot_engine.process.voting import tally
from nanobot_engine.recipe import Candidate, RedFlag

log = logging.getLogger(__name__)

_WAVE_TIMEOUT_S: Final = 600.0
_ABSENCES: Final = {QuestionKind.LOCATION: "not defined in this workspace"}


@dataclass(frozen=True, slots=True)
class AskOptions:
    """How much is read and sampled."""

    votes_ahead: int
    """An answer wins when it has this many votes more than any other."""
    samples: int
    """Replies to one prompt."""
    temperature: float
    seed: int
    evidence_tokens_max: int
    """Of one prompt."""
    pieces_per_round: int
    rounds_max: int
    """How often the next candidates are looked at when the ones before hold no answer."""


DEFAULT_ASK_OPTIONS: Final = AskOptions(
    votes_ahead=2,
    samples=2,
    temperature=0.4,
    seed=1,
    evidence_tokens_max=320,
    pieces_per_round=5,
    rounds_max=2,
)


@dataclass(frozen=True, slots=True)
class Panelist:
    """One model that may be asked."""

    load: Callable[[], Awaitable[WaveModel]]
    """Return the model, started. May raise `ModelError`."""
    lanes: Lanes
    """Of this model."""
    template: ChatTemplate
    """Of this model."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What is being done, for people."""

    round: int
    """From 1."""
    rounds: int
    pieces: tuple[Evidence, ...]
    """What is read now."""


@dataclass(slots=True)
class _Work:
    """What has happened so far."""

    started: float
    cost: Cost = field(default_factory=Cost)
    first_token_seconds: float | None = None
    disagreed: bool = False

    def add(self, result: WaveResult, began: float) -> None:
        if self.first_token_seconds is None:
            self.first_token_seconds = began - self.started + result.prompt_seconds
        cost = self.cost
        self.cost = Cost(
            votes=cost.votes + sum(len(row) for row in result.samples),
            flags=cost.flags,
            waves=cost.waves + 1,
            prompt_tokens=cost.prompt_tokens + result.prompt_tokens,
            cached_tokens=cost.cached_tokens + result.cached_tokens,
            generated_tokens=cost.generated_tokens + result.generated_tokens,
        )


class Asker:
    """Answers questions. Runs on the event loop; keeps nothing between questions.

    Args:
        panel: The models, in the order in which they are asked; at least one.
        options: How much is read and sampled.
    """

    def __init__(self, panel: Sequence[Panelist], options: AskOptions) -> None:
        assert panel
        self._panel = tuple(panel)
        self._options = options

    async def answer(
        self,
        retrieved: Retrieved,
        *,
        timeout_s: float,
        observer: Callable[[Stage], None],
        started: float,
    ) -> Answer:
        """Answer a question from what was retrieved for it.

        Args:
            retrieved: The candidates.
            timeout_s: Wall-clock limit from `started`; what is found by then counts.
            observer: Called before each round.
            started: By `time.monotonic`, when the question came.

        Returns:
            Also for a question that can not be answered, or a model that can not be asked.
        """
        work = _Work(started)
        if retrieved.question.kind in LOOKED_UP:
            text, quotes = looked_up(retrieved)
            return _answer(retrieved, work, text, quotes, None if text else _missing(retrieved))
        if not retrieved.readable:
            return _answer(retrieved, work, "", (), _missing(retrieved))
        left_s = max(0.0, timeout_s - (time.monotonic() - started))
        try:
            async with asyncio.timeout(left_s):
                claim = await self._claim(retrieved, work, observer)
        except TimeoutError:
            why = (Reason.TIMEOUT, f"no answer within {timeout_s:g} s; --timeout allows more")
            return _answer(retrieved, work, "", (), why)
        except ModelError as error:
            is_missing = isinstance(error, ModelMissingError)
            reason = Reason.MODEL_MISSING if is_missing else Reason.MODEL_FAILED
            return _answer(retrieved, work, "", (), (reason, str(error)))
        if claim is None:
            return _answer(retrieved, work, "", (), _unanswered(work))
        quotes = tuple(
            Quote(
                citation.shown.evidence.handle,
                citation.shown.evidence.path,
                citation.line_number,
                citation.line_number,
                citation.quote,
            )
            for citation in claim.citations
        )
        return _answer(retrieved, work, claim.answer, quotes, None)

    async def _claim(
        self, retrieved: Retrieved, work: _Work, observer: Callable[[Stage], None]
    ) -> Claim | None:
        """Ask about the candidates, a few at a time, until there is an answer."""
        size, pieces = self._options.pieces_per_round, retrieved.readable
        rounds = min(self._options.rounds_max, -(-len(pieces) // size))
        for number in range(rounds):
            own = pieces[number * size : (number + 1) * size]
            observer(Stage(number + 1, rounds, own))
            claim = await self._voted(retrieved, own, work)
            if claim is not None and claim.answer:
                return claim
        return None

    async def _voted(
        self, retrieved: Retrieved, pieces: Sequence[Evidence], work: _Work
    ) -> Claim | None:
        """Return what wins the vote about some pieces; None when nothing does."""
        claims: list[tuple[Candidate, Claim]] = []
        nones = 0
        # The last model once more, and the other way round.
        turns = [*((one, False) for one in self._panel), (self._panel[-1], True)]
        for turn, (panelist, is_reversed) in enumerate(turns):
            ordered = list(reversed(pieces)) if is_reversed else list(pieces)
            for candidate, claim in await self._replies(panelist, retrieved, ordered, work, turn):
                if claim.answer:
                    claims.append((candidate, claim))
                else:
                    nones += 1
            winner = self._winner(claims, nones)
            if winner is not None:
                return winner
            # That a small model sees nothing says little; that the last one does not is enough.
            is_last = turn + 1 >= len(self._panel)
            if is_last and not claims and nones >= self._options.votes_ahead:
                return None
        work.disagreed = work.disagreed or bool(claims)
        return None

    def _winner(self, claims: Sequence[tuple[Candidate, Claim]], nones: int) -> Claim | None:
        """Return the claim that leads, if as many replies support it as see no answer."""
        candidates = [candidate for candidate, _ in claims]
        counted = tally(candidates, ahead_by=self._options.votes_ahead, agrees=says_the_same)
        winner = counted.winner
        if winner is None or sum(says_the_same(winner, one) for one in candidates) < nones:
            return None
        return next(claim for candidate, claim in claims if candidate is winner)

    async def _replies(
        self,
        panelist: Panelist,
        retrieved: Retrieved,
        pieces: Sequence[Evidence],
        work: _Work,
        turn: int,
    ) -> list[tuple[Candidate, Claim]]:
        """Ask one model once; return the replies that count."""
        model = await panelist.load()
        question = retrieved.question.text
        template = panelist.template
        prefix = template.prefix(briefing.SYSTEM, examples=briefing.EXAMPLES)
        shown = await self._admitted(model, template, prefix, retrieved, pieces)
        if not shown:
            return []
        wave = Wave(
            prefix=prefix,
            prompts=(template.prompt(briefing.asked(shown, question)),),
            samples=min(self._options.samples, model.slots),
            tokens_max=briefing.ANSWER_TOKENS_MAX,
            temperature=self._options.temperature,
            seed=self._options.seed + 100 * turn,
            grammar=briefing.GRAMMAR,
        )
        async with panelist.lanes.hold(Lane.CHAT):
            began = time.monotonic()
            # Cancelled by the caller's deadline: that stops the wave and keeps the worker.
            result = await model.generate(wave, timeout_s=_WAVE_TIMEOUT_S)
        work.add(result, began)
        found: list[tuple[Candidate, Claim]] = []
        for sample in result.samples[0]:
            checked_reply: Claim | RedFlag = RedFlag("length", "it ran into the limit")
            if sample.finish != "length":
                checked_reply = checked(sample.text, shown, retrieved)
            if isinstance(checked_reply, RedFlag):
                work.cost = replace(work.cost, flags=work.cost.flags + 1)
                log.debug("reply discarded: flag=%s %s", checked_reply, sample.text)
            else:
                log.debug("reply counts: %s", sample.text)
                features = frozenset(checked_reply.answer.lower().split())
                found.append((Candidate(checked_reply.answer, features), checked_reply))
        return found

    async def _admitted(
        self,
        model: WaveModel,
        template: ChatTemplate,
        prefix: tuple[Segment, ...],
        retrieved: Retrieved,
        pieces: Sequence[Evidence],
    ) -> list[Shown]:
        """Fit the pieces into the window of a model."""
        question = template.prompt(briefing.asked((), retrieved.question.text))
        budget = Budget(
            context_tokens=model.context_tokens,
            answer_tokens=briefing.ANSWER_TOKENS_MAX,
            fixed_tokens=await model.count_tokens((*prefix, *question)),
            evidence_tokens_max=self._options.evidence_tokens_max,
        )
        if not budget.evidence_tokens:
            raise PromptTooLongError(0, budget.fixed_tokens, budget.context_tokens)

        async def count(text: str) -> int:
            return await model.count_tokens((Segment(text),))

        gate = ContentGate(retrieved.relevance, count)
        return await gate.admit(pieces, tokens_max=budget.evidence_tokens)


def _answer(
    retrieved: Retrieved,
    work: _Work,
    text: str,
    quotes: tuple[Quote, ...],
    why: tuple[Reason, str] | None,
) -> Answer:
    return Answer(
        question=retrieved.question,
        text=text,
        evidence=quotes,
        reason=None if why is None else why[0],
        problem="" if why is None else why[1],
        candidates=retrieved.pieces,
        near=retrieved.near,
        cost=work.cost,
        seconds=time.monotonic() - work.started,
        first_token_seconds=work.first_token_seconds,
    )


def _missing(retrieved: Retrieved) -> tuple[Reason, str]:
    if retrieved.missing:
        what = ", ".join(repr(one) for one in retrieved.missing)
        where = _ABSENCES.get(retrieved.question.kind, "nowhere in this workspace")
        return Reason.NOTHING_MATCHES, f"{what}: {where}"
    if retrieved.question.kind is QuestionKind.USES:
        name = retrieved.question.names[0]
        return Reason.NOTHING_MATCHES, f"{name!r}: not used in this workspace"
    return Reason.NOTHING_MATCHES, "not found: nothing in this workspace is about this"


def _unanswered(work: _Work) -> tuple[Reason, str]:
    if work.disagreed:
        return Reason.NO_AGREEMENT, "the replies differ; the candidates are the places to look at"
    return Reason.NO_ANSWER, "not found in this workspace"
