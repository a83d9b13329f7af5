"""Chat templates of ours, rendered to segments.

The template inside a model file is a program of whoever made the file, so it is not
run. A segment says whether its text may contain special tokens. Text of the user may
not: a source file that holds `<|im_end|>` must not be able to end the user's turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_END_OF_TURN: Final = "<|im_end|>\n"


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a prompt. Each is tokenised on its own; the tokens are joined."""

    text: str
    special: bool = False
    """True: special tokens are recognised in `text`. Only for our own constants."""


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """ChatML, which Qwen2.5 and SmolLM2 were trained on.

    A conversation is cut where a wave needs it: `prefix` is shared by all prompts of
    a wave, `prompt` is what differs.
    """

    name: str

    def prefix(
        self, system: str, shared: str = "", *, examples: Sequence[tuple[str, str]] = ()
    ) -> tuple[Segment, ...]:
        """Open the conversation.

        Args:
            system: The instruction.
            shared: The beginning of the user's turn that all prompts have in common.
            examples: Earlier (question, answer) turns that show what is wanted.
        """
        turns: list[Segment] = []
        for question, answer in examples:
            turns += (
                Segment("<|im_start|>user\n", special=True),
                *self.prompt(question),
                Segment(answer),
                Segment(_END_OF_TURN, special=True),
            )
        return (
            Segment("<|im_start|>system\n", special=True),
            Segment(system),
            Segment(_END_OF_TURN, special=True),
            *turns,
            Segment("<|im_start|>user\n", special=True),
            *((Segment(shared),) if shared else ()),
        )

    def prompt(self, user: str, answer: str = "") -> tuple[Segment, ...]:
        """Finish the user's turn and give the floor to the model.

        Args:
            user: The (rest of the) user's turn.
            answer: How the model's answer begins; it continues from there.
        """
        return (
            *((Segment(user),) if user else ()),
            Segment(_END_OF_TURN + "<|im_start|>assistant\n", special=True),
            *((Segment(answer),) if answer else ()),
        )

    def render(self, system: str, user: str) -> tuple[Segment, ...]:
        """Return the whole prompt: `prefix` and `prompt` in one."""
        return self.prefix(system) + self.prompt(user)


CHATML: Final = ChatTemplate("chatml")
TEMPLATES: Final = {CHATML.name: CHATML}
