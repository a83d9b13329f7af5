"""What a model is told again at each step: everything that fits, the rest in brief.

The newest result is shown as far as the content gate admits it; results before it are
one line each, and earlier questions are a line with their answer. What does not fit is
left out whole, oldest first; nothing is cut that was counted.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.context import ContentGate, Relevance
from nanobot_engine.context.gate import joined
from nanobot_engine.conversation.tool_call import SAID_FORM, Answer, ToolCall, described_tools
from nanobot_engine.conversation.toolbox import Finding
from nanobot_engine.model import ChatTemplate, Message, PromptTooLongError, Segment, Speaker

SYSTEM: Final = f"""\
You look things up in a code base for a programmer. Reply with one JSON object only.
Tools:
{described_tools()}
{{"tool":"answer","text":…}} Answer in a few words from what was found."""

# One of each tool, in the words of different people.
_EXAMPLES: Final = (
    ("How does the cart decide that it is full?", '{"tool":"search","query":"cart is full limit"}'),
    ("Who calls add_item?", '{"tool":"references","name":"add_item"}'),
    ("What does shop/cart.py contain?", '{"tool":"outline","path":"shop/cart.py"}'),
    ("Show me the class Wallet", '{"tool":"definition","name":"Wallet"}'),
    (
        'Where is the message "cart is closed"?',
        '{"tool":"grep","text":"cart is closed"}',
    ),
    (
        "Show lines 10 to 20 of shop/till.py",
        '{"tool":"slice","path":"shop/till.py","first":10,"last":20}',
    ),
    ("What arguments does Wallet.pay take?", '{"tool":"definition","name":"Wallet.pay"}'),
    ("Which part handles refunds?", '{"tool":"search","query":"handle refund"}'),
)

CountTokens = Callable[[tuple[Segment, ...]], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Told:
    """A step of the question that is being answered."""

    call: ToolCall
    finding: Finding


@dataclass(frozen=True, slots=True)
class Past:
    """A question that was answered before."""

    question: str
    call: ToolCall | None
    """The first that was made."""
    answer: str


class Transcript:
    """Builds prompts that fit. Runs on the event loop.

    Args:
        template: Of the model.
        count_tokens: By the model's own tokenizer.
        prompt_tokens_max: Upper bound on a whole prompt.
        result_tokens_max: Upper bound on the newest result in it.
    """

    def __init__(
        self,
        template: ChatTemplate,
        count_tokens: CountTokens,
        *,
        prompt_tokens_max: int,
        result_tokens_max: int,
    ) -> None:
        self._template = template
        self._count = count_tokens
        self._prompt_tokens_max = prompt_tokens_max
        self._result_tokens_max = result_tokens_max
        self.prefix = template.prefix(SYSTEM, examples=_EXAMPLES)
        """Of every prompt: the instruction with its examples, and the user's turn opened."""

    async def prompt(
        self, past: Sequence[Past], question: str, told: Sequence[Told]
    ) -> tuple[Segment, ...]:
        """Return what follows the prefix.

        Args:
            past: Earlier questions, oldest first.
            question: The one that is being answered.
            told: What was looked up for it so far.

        Raises:
            PromptTooLongError: Not even the question fits.
        """
        result = await self._result(question, told[-1].finding) if told else ""
        for oldest in range(len(past) + 1):
            prompt = self._written(past[oldest:], question, told, result)
            tokens = await self._count(self.prefix + prompt)
            if tokens <= self._prompt_tokens_max:
                return prompt
        raise PromptTooLongError(0, tokens, self._prompt_tokens_max)

    async def _result(self, question: str, finding: Finding) -> str:
        if not finding.pieces:
            return finding.text

        async def count(text: str) -> int:
            return await self._count((Segment(text),))

        gate = ContentGate(Relevance(question, (), finding.pieces), count)
        shown = await gate.admit(finding.pieces, tokens_max=self._result_tokens_max)
        return joined(shown) or finding.brief()

    def _written(
        self, past: Sequence[Past], question: str, told: Sequence[Told], result: str
    ) -> tuple[Segment, ...]:
        messages: list[Message] = []
        for one in past:
            said = [one.call] if one.call is not None else []
            messages += [
                Message(Speaker.USER, one.question),
                *(Message(Speaker.ASSISTANT, SAID_FORM.write(call)) for call in said),
                *(Message(Speaker.TOOL, "…") for _ in said),
                Message(Speaker.ASSISTANT, SAID_FORM.write(Answer(text=one.answer))),
            ]
        messages.append(Message(Speaker.USER, question))
        for number, step in enumerate(told):
            is_newest = number == len(told) - 1
            messages += [
                Message(Speaker.ASSISTANT, SAID_FORM.write(step.call)),
                Message(Speaker.TOOL, result if is_newest else step.finding.brief()),
            ]
        return self._template.continued(messages)
