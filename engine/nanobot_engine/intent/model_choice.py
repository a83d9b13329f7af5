"""A chooser that asks a small model, one letter at a time.

A second sample of one prompt errs like the first, and a small model prefers some letters
and places. So the options are asked about in several orders and two framings,
all in one wave, each answered by one letter; only a clear lead over all of them counts.
"""

import string
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from nanobot_engine.intent.plan import Question
from nanobot_engine.model import (
    ChatTemplate,
    Lane,
    Lanes,
    ModelError,
    Wave,
    WaveModel,
)

OPTIONS_MAX: Final = 6
_WAVE_TIMEOUT_S: Final = 120.0
_SYSTEM: Final = """\
You help a programmer to understand a request about code.
Choose the option that the request means. Answer with its letter only."""
_EXAMPLES: Final = (
    (
        """\
Request: fetch_rows instead of get rows, also in docs
Which one is 'get rows'?
A: function get_row_count
B: function get_rows
Answer:""",
        "B",
    ),
    (
        """\
Request: move Shape to geometry.py
What is to be done?
A: move class Shape to geometry.py
B: rename class Shape to geometry
Answer:""",
        "A",
    ),
)
_FRAMINGS: Final = (
    "Request: {sentence}\n{question}\n{options}\nAnswer:",
    "{question}\n{options}\nThe request was: {sentence}\nThe letter of the right option:",
)


class ModelChooser:
    """Implements `Chooser` by waves. Runs on the event loop.

    Args:
        load: Returns the model, started; may raise `ModelError`.
        template: Of the model.
        lanes: Of the model.
        lead: By which part of all votes the first option must lead.
    """

    def __init__(
        self,
        load: Callable[[], Awaitable[WaveModel]],
        template: ChatTemplate,
        lanes: Lanes,
        *,
        lead: float = 0.4,
    ) -> None:
        self._load = load
        self._template = template
        self._lanes = lanes
        self._lead = lead
        self._prefix = template.prefix(_SYSTEM, examples=_EXAMPLES)

    def takes(self, question: Question) -> bool:
        """Tell whether a question is one that a model can answer."""
        return question.is_about_words and len(question.options) <= OPTIONS_MAX

    async def choose(self, question: Question) -> int | None:
        """Return what wins the vote; None when nothing does, or no model can be asked."""
        if not self.takes(question):
            return None
        try:
            model = await self._load()
            orders = _orders(len(question.options), model.slots)
            wave = self._wave(question, orders)
            async with self._lanes.hold(Lane.CHAT):
                result = await model.generate(wave, timeout_s=_WAVE_TIMEOUT_S)
        except ModelError:
            return None
        votes: Counter[int] = Counter()
        for order, samples in zip(orders, result.samples, strict=True):
            letter = samples[0].text.strip()
            place = string.ascii_uppercase.find(letter) if len(letter) == 1 else -1
            if 0 <= place < len(order):
                votes[order[place]] += 1
        ranked = votes.most_common(2)
        if not ranked:
            return None
        second = ranked[1][1] if len(ranked) > 1 else 0
        is_clear = ranked[0][1] - second >= self._lead * len(orders)
        return ranked[0][0] if is_clear else None

    def _wave(self, question: Question, orders: Sequence[Sequence[int]]) -> Wave:
        prompts = []
        for number, order in enumerate(orders):
            options = "\n".join(
                f"{letter}: {question.options[index]}"
                for letter, index in zip(string.ascii_uppercase, order, strict=False)
            )
            # Each framing gets every rotation, as far as the slots reach.
            framing = _FRAMINGS[number // len(order) % len(_FRAMINGS)]
            text = framing.format(
                sentence=question.sentence, question=question.text, options=options
            )
            prompts.append(self._template.prompt(text))
        letters = string.ascii_uppercase[: len(question.options)]
        return Wave(
            prefix=self._prefix,
            prompts=tuple(prompts),
            samples=1,
            tokens_max=2,
            temperature=0.0,
            seed=1,
            grammar=f"root ::= [{letters}]",
        )


def _orders(count: int, slots: int) -> list[list[int]]:
    """Return orders of the options in which each stands at each place equally often."""
    rotations = [[(start + i) % count for i in range(count)] for start in range(count)]
    rounds = max(1, min(len(_FRAMINGS), slots // count))
    # The second round goes backwards, so that neighbours differ, too.
    backwards = [list(reversed(order)) for order in rotations]
    return [*rotations, *(backwards if rounds > 1 else [])][:slots]
