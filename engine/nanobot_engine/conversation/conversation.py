"""The loop: a model calls a tool, a program runs it, until there is an answer.

    question ─rules→ first call, or ─model→ call ─toolbox→ finding ─gate→ prompt
                                      ↑                                   │
                                      └── another call, or an answer ←────┘

A conversation ends each question by itself: after `calls_max` calls, or when the guard
says that nothing changes, the form admits an answer only.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from nanobot_engine.conversation.loop_guard import LoopGuard
from nanobot_engine.conversation.tool_call import (
    ANSWER_FORM,
    CALL_FORM,
    SAID_FORM,
    Answer,
    Search,
    ToolCall,
    normalised,
)
from nanobot_engine.conversation.toolbox import Finding, Toolbox
from nanobot_engine.conversation.transcript import Past, Told, Transcript
from nanobot_engine.model import (
    AnswerForm,
    AnswerFormError,
    ChatTemplate,
    Lane,
    Lanes,
    Segment,
    Wave,
    WaveModel,
)

T = TypeVar("T")

_REPLY_TOKENS_MAX: Final = 256
"""More than the longest reply that the forms admit in plain characters."""
_TRIES: Final = 2
_WAVE_TIMEOUT_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class ConversationOptions:
    """How much is looked up and remembered."""

    calls_max: int
    """For one question."""
    questions_kept: int
    """Earlier ones that are told again, where they fit."""
    prompt_tokens_max: int
    """Of one prompt, where the model's window allows as many."""
    result_tokens_max: int
    """Of the newest result in it."""
    seed: int


DEFAULT_CONVERSATION_OPTIONS: Final = ConversationOptions(
    calls_max=4, questions_kept=3, prompt_tokens_max=1_400, result_tokens_max=320, seed=1
)


@dataclass(frozen=True, slots=True)
class Step:
    """A call, and what it found."""

    call: ToolCall
    finding: Finding
    by_program: bool
    """A rule made the call; no model was asked."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question with its answer, and how it was reached."""

    question: str
    steps: tuple[Step, ...]
    answer: str
    """Of the model; no program has checked it."""
    is_stuck: bool
    """The guard ended it."""
    replies: int
    """Of the model."""
    protocol_failures: int
    """Replies that were not in their form."""
    generated_tokens: int


@dataclass(slots=True)
class _Work:
    replies: int = 0
    failures: int = 0
    tokens: int = 0
    steps: list[Step] = field(default_factory=list)


class Conversation:
    """Answers questions about one index, in order. One question at a time.

    Args:
        model: Of the role that talks.
        template: Of this model.
        lanes: Of this model.
        toolbox: What can be looked up.
        options: How much is looked up and remembered.
        first_call: Makes the first call where the question says plainly what it wants.
    """

    def __init__(
        self,
        model: WaveModel,
        template: ChatTemplate,
        lanes: Lanes,
        toolbox: Toolbox,
        *,
        options: ConversationOptions = DEFAULT_CONVERSATION_OPTIONS,
        first_call: Callable[[str], ToolCall | None] | None = None,
    ) -> None:
        self._model = model
        self._lanes = lanes
        self._toolbox = toolbox
        self._options = options
        self._first_call = first_call
        self._past: deque[Past] = deque(maxlen=options.questions_kept)
        self._transcript = Transcript(
            template,
            model.count_tokens,
            prompt_tokens_max=min(
                options.prompt_tokens_max, model.context_tokens - _REPLY_TOKENS_MAX
            ),
            result_tokens_max=options.result_tokens_max,
        )

    async def ask(
        self, question: str, *, observer: Callable[[Step], Awaitable[None]] | None = None
    ) -> Exchange:
        """Answer one question.

        Args:
            question: One line or a few.
            observer: Told each step when it is done.

        Raises:
            ModelError: The model can not be asked, or the question does not fit.
        """
        work = _Work()
        guard = LoopGuard()
        is_stuck = False
        while True:
            may_call = len(work.steps) < self._options.calls_max and not is_stuck
            said, by_program = await self._said(question, work, may_call=may_call)
            if isinstance(said, Answer):
                break
            step = Step(said, self._toolbox.run(said), by_program)
            work.steps.append(step)
            if observer is not None:
                await observer(step)
            tool, arguments = normalised(said)
            is_stuck = guard.is_stuck(
                tool,
                arguments,
                result_hash=step.finding.digest(),
                news=step.finding.places(),
            )
        first = work.steps[0].call if work.steps else None
        self._past.append(Past(question, first, said.text))
        return Exchange(
            question=question,
            steps=tuple(work.steps),
            answer=said.text,
            is_stuck=is_stuck,
            replies=work.replies,
            protocol_failures=work.failures,
            generated_tokens=work.tokens,
        )

    async def _said(
        self, question: str, work: _Work, *, may_call: bool
    ) -> tuple[ToolCall | Answer, bool]:
        """Return what comes next, and whether a program said it."""
        if not may_call:
            answer = await self._reply(ANSWER_FORM, question, work)
            return answer or Answer(text="no answer"), False
        if work.steps:
            said = await self._reply(SAID_FORM, question, work)
            return said or Answer(text="no answer"), False
        planned = self._first_call(question) if self._first_call is not None else None
        if planned is not None:
            return planned, True
        call = await self._reply(CALL_FORM, question, work)
        return (call, False) if call is not None else (_searched(question), True)

    async def _reply(self, form: AnswerForm[T], question: str, work: _Work) -> T | None:
        """Return a reply in its form; None when the model gave none in two tries."""
        told = [Told(step.call, step.finding) for step in work.steps]
        prompt = await self._transcript.prompt(tuple(self._past), question, told)
        for attempt in range(_TRIES):
            text, tokens, is_whole = await self._generated(prompt, form.grammar, attempt)
            work.replies += 1
            work.tokens += tokens
            try:
                if is_whole:
                    return form.read(text)
            except AnswerFormError:
                pass
            work.failures += 1
        return None

    async def _generated(
        self, prompt: tuple[Segment, ...], grammar: str, attempt: int
    ) -> tuple[str, int, bool]:
        wave = Wave(
            prefix=self._transcript.prefix,
            prompts=(prompt,),
            samples=1,
            tokens_max=_REPLY_TOKENS_MAX,
            # The likeliest reply first; where it had no end, another one.
            temperature=0.0 if attempt == 0 else 0.7,
            seed=self._options.seed + attempt,
            grammar=grammar,
        )
        async with self._lanes.hold(Lane.CHAT):
            result = await self._model.generate(wave, timeout_s=_WAVE_TIMEOUT_S)
        ((sample,),) = result.samples
        return sample.text, sample.tokens, sample.finish == "stop"


def _searched(question: str) -> Search:
    """Return the call that needs no understanding."""
    words = " ".join(question.split())[:80]
    return Search(query=words if len(words) > 1 else f"{words}  ")
