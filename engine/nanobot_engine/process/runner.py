"""Run one process: waves of questions in, voted and verified edits out.

What the recipe can settle by program is settled first, and the model is asked the rest.

Invariant: what has been committed to the ledger decides everything that comes
next. So the runner may be killed at any point: the next one continues with the
first wave that is not in the ledger, and ends the same.

It never touches the user's files.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from nanobot_engine.edit import SourceFile, source_from_bytes
from nanobot_engine.model import (
    ChatTemplate,
    Lane,
    Lanes,
    ModelError,
    PoisonRequestError,
    Sample,
    Segment,
    Wave,
    WaveModel,
    WaveResult,
)
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.recipe_finish import close_recipe
from nanobot_engine.process.record import Outcome, Step, VoteRecord, WaveRecord
from nanobot_engine.process.refactor_records import recipe_of
from nanobot_engine.process.schedule import next_wave, wave_seed
from nanobot_engine.process.settlement import settle
from nanobot_engine.process.state import ProcessState
from nanobot_engine.process.verification import Verifier, item_of, refused
from nanobot_engine.process.voting import tally
from nanobot_engine.recipe import AskingRecipe, Candidate, RedFlag

log = logging.getLogger(__name__)

_CODE_BYTES_MAX: Final = 2400
_CODE_BYTES_MIN: Final = 300
_SOURCES_KEPT: Final = 64
_WAVE_TIMEOUT_S: Final = 600.0

Observer = Callable[[], None]
Finisher = Callable[[], Awaitable[None]]


class ProcessRunner:
    """Runs one process to its review. Use one runner for one `run`.

    Runs on the event loop; parsing and gates run in a thread.
    """

    def __init__(
        self,
        ledger: Ledger,
        process_id: str,
        *,
        model: WaveModel,
        template: ChatTemplate,
        lanes: Lanes,
        lane: Lane,
        observer: Observer,
        finish: Finisher | None = None,
    ) -> None:
        """Take what a run needs.

        Args:
            ledger: Not used by anybody else meanwhile.
            process_id: A process with steps.
            model: Of the role that the recipe asks. Not used where no question is left.
            template: Of its prompts.
            lanes: Of the model.
            lane: That this process waits in.
            observer: Called when something was recorded.
            finish: Ends the process instead of the runner, once all steps are decided.
        """
        self._ledger = ledger
        self._process_id = process_id
        self._model = model
        self._template = template
        self._lanes = lanes
        self._lane = lane
        self._observer = observer
        self._end = finish
        record = ledger.process(process_id)
        self._options = record.options
        self._recipe = recipe_of(ledger, process_id)
        self._verifier = Verifier(ledger, process_id, self._recipe)
        self._steps = ledger.steps(process_id)
        self._votes = ledger.open_votes(process_id)
        self._decided = set(ledger.outcomes(process_id))
        self._wave_index = ledger.waves(process_id)
        self._sources: OrderedDict[str, SourceFile] = OrderedDict()
        self._prefix: tuple[Segment, ...] = ()
        if isinstance(self._recipe, AskingRecipe):
            briefing = self._recipe.briefing
            self._prefix = template.prefix(briefing.system, examples=briefing.examples)

    async def run(self) -> None:
        """Run until every step is decided, then wait for review.

        Raises:
            ModelError: The model can not be run. The process is `failed` then,
                with the reason, and can be resumed.
            LedgerError: The ledger can not be written.
        """
        self._ledger.set_state(self._process_id, ProcessState.RUNNING, verb="run")
        self._observer()
        await self._settle()
        try:
            while wave := self._next_wave():
                await self._run_wave(wave)
                self._observer()
        except ModelError as error:
            self._ledger.set_state(
                self._process_id, ProcessState.FAILED, verb="fail", reason=str(error)
            )
            raise
        if self._end is not None:
            await self._end()
        else:
            close_recipe(self._ledger, self._process_id)

    async def _settle(self) -> None:
        open_steps = [
            step
            for step in self._steps[: self._options.steps_max]
            if step.index not in self._decided and step.index not in self._votes
        ]
        self._decided |= await settle(
            self._ledger,
            self._process_id,
            self._recipe,
            open_steps,
            source_of=self._source,
            observer=self._observer,
        )

    def _next_wave(self) -> list[Step]:
        counts = {index: len(votes) for index, votes in self._votes.items()}
        chosen = next_wave(len(self._steps), counts, self._decided, self._options)
        return [self._steps[index] for index in chosen]

    async def _run_wave(self, steps: Sequence[Step]) -> None:
        """Ask, count, verify and commit the answers for `steps`."""
        questions: list[tuple[Segment, ...]] = []
        asked: list[Step] = []
        outcomes: list[Outcome] = []
        for step in steps:
            question = await self._question(step)
            if question is None:
                outcomes.append(refused(step, "too long", "it does not fit the model's window"))
            else:
                questions.append(question)
                asked.append(step)
        seed = wave_seed(self._options, self._wave_index)
        started = time.monotonic()
        answers, spent, lost = await self._answers(asked, questions, seed)
        outcomes += [
            refused(step, "model stopped", "the model stopped twice on this one") for step in lost
        ]
        votes: list[VoteRecord] = []
        for step, samples in answers:
            drawn = await asyncio.to_thread(self._judge, step, samples)
            votes += drawn
            so_far = self._votes.setdefault(step.index, [])
            so_far += drawn
            outcome = await asyncio.to_thread(self._decide, step, so_far)
            if outcome is not None:
                outcomes.append(outcome)
        record = WaveRecord(
            index=self._wave_index,
            role=self._asking.role,
            seed=seed,
            prompt_tokens=sum(result.prompt_tokens for result in spent),
            cached_tokens=sum(result.cached_tokens for result in spent),
            generated_tokens=sum(result.generated_tokens for result in spent),
            duration_ms=round(1000 * (time.monotonic() - started)),
        )
        self._ledger.commit_wave(self._process_id, record, votes, outcomes)
        self._wave_index += 1
        for outcome in outcomes:
            self._decided.add(outcome.step_index)
            self._votes.pop(outcome.step_index, None)

    async def _question(self, step: Step) -> tuple[Segment, ...] | None:
        """Return the prompt of a step, with less code until it fits; None if never."""
        room = self._options.context_tokens - self._asking.tokens_max
        code_bytes_max = _CODE_BYTES_MAX
        item = item_of(step)
        while code_bytes_max >= _CODE_BYTES_MIN:
            source = await asyncio.to_thread(self._source, step.path)
            text = await asyncio.to_thread(
                self._asking.ask, source, item, code_bytes_max=code_bytes_max
            )
            segments = self._template.prompt(text)
            if await self._model.count_tokens((*self._prefix, *segments)) <= room:
                return segments
            code_bytes_max //= 2
        return None

    async def _answers(
        self, steps: Sequence[Step], questions: Sequence[tuple[Segment, ...]], seed: int
    ) -> tuple[list[tuple[Step, Sequence[Sample]]], list[WaveResult], list[Step]]:
        """Ask a wave; if it kills the worker twice, ask one by one and drop the culprit.

        Returns:
            The samples of each step, what was spent, and the steps that were dropped.
        """
        if not steps:
            return [], [], []
        try:
            result = await self._generate(questions, seed)
        except PoisonRequestError:
            if len(steps) == 1:
                return [], [], list(steps)
            parts = [
                await self._answers([step], [question], seed)
                for step, question in zip(steps, questions, strict=True)
            ]
            return (
                [answer for answers, _, _ in parts for answer in answers],
                [result for _, results, _ in parts for result in results],
                [step for _, _, lost in parts for step in lost],
            )
        return list(zip(steps, result.samples, strict=True)), [result], []

    async def _generate(self, questions: Sequence[tuple[Segment, ...]], seed: int) -> WaveResult:
        wave = Wave(
            prefix=self._prefix,
            prompts=tuple(questions),
            samples=self._options.samples_per_wave,
            tokens_max=self._asking.tokens_max,
            temperature=self._options.temperature,
            seed=seed,
            stop=self._asking.stop,
            grammar=self._asking.grammar,
        )
        async with self._lanes.hold(self._lane):
            return await self._model.generate(wave, timeout_s=_WAVE_TIMEOUT_S)

    def _judge(self, step: Step, samples: Sequence[Sample]) -> list[VoteRecord]:
        """Turn samples into votes, with the red flags of those that do not count."""
        votes = []
        for index, sample in enumerate(samples):
            flag: str | None = None
            if sample.finish == "length":
                flag = "length: it ran into the limit"
            else:
                parsed = self._parse(step, sample.text)
                if isinstance(parsed, RedFlag):
                    flag = f"{parsed.name}: {parsed.detail}"
            votes.append(
                VoteRecord(step.index, self._wave_index, index, sample.text, sample.tokens, flag)
            )
        return votes

    def _decide(self, step: Step, votes: Sequence[VoteRecord]) -> Outcome | None:
        """Return the outcome of a step, or None while it needs more votes."""
        candidates = [self._parse(step, vote.answer) for vote in votes if vote.flag is None]
        counted = tally(
            [candidate for candidate in candidates if isinstance(candidate, Candidate)],
            ahead_by=self._options.votes_ahead,
            agrees=self._asking.agrees,
        )
        if counted.winner is not None:
            source = self._source(step.path)
            return self._verifier.outcome(source, step, counted.winner, counted.margin)
        if len(votes) < self._options.samples_max:
            return None
        if counted.votes == 0:
            last = votes[-1].flag or ""
            return refused(step, last.partition(":")[0], last.partition(": ")[2], 0)
        detail = f"{counted.votes} answers, the leading one ahead by {counted.margin}"
        return refused(step, "no agreement", detail, counted.margin)

    def _parse(self, step: Step, answer: str) -> Candidate | RedFlag:
        return self._asking.parse(self._source(step.path), item_of(step), answer)

    @property
    def _asking(self) -> AskingRecipe:
        """The recipe, for what is asked: there is no wave where a program settles all."""
        assert isinstance(self._recipe, AskingRecipe), "it left a step open and asks nobody"
        return self._recipe

    def _source(self, path: str) -> SourceFile:
        """Return the base text of a file, as it was when the process started."""
        source = self._sources.get(path)
        if source is None:
            base = self._ledger.base_file(self._process_id, path)
            source = self._sources[path] = source_from_bytes(path, base.data)
            if len(self._sources) > _SOURCES_KEPT:
                self._sources.popitem(last=False)
        return source
