"""Chat templates of ours, rendered to segments.

The template inside a model file is a program of whoever made the file, so it is not
run: `families` has what each family of models was trained on, as data. A segment says
whether its text may contain special tokens. Text of the user may not: a source file that
holds `<|im_end|>` must not be able to end the user's turn.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_SPECIAL: Final = re.compile(
    r"(<\|\w+\|>|<(?:start|end)_of_turn>|<bos>|</?s>|</?think>|\[/?(?:INST|SYSTEM_PROMPT|TOOL_RESULTS)\])"
)
"""The special tokens of all families."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a prompt. Each is tokenised on its own; the tokens are joined."""

    text: str
    special: bool = False
    """True: special tokens are recognised in `text`. Only for our own constants."""


class Speaker(StrEnum):
    """Whose turn it is."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What stands around the text of one speaker: special tokens and newlines."""

    opened: str
    closed: str


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """How a family of models reads a conversation.

    A conversation is cut where a wave needs it: `prefix` is shared by all prompts of
    a wave, `prompt` is what differs. `conversation` has any number of turns.
    """

    name: str
    system: Turn | None
    """None: the family has no such role; the instruction begins the first user's turn."""
    user: Turn
    assistant: Turn
    tool: Turn
    """Of the result of a tool."""
    begin: str = ""
    """Before everything: the token that begins a text, where the family wants one."""
    tools_in_one_turn: Turn | None = None
    """Around the results of several tools in a row, when they are one turn."""
    default_system: str = ""
    """The instruction where nobody gives one."""
    no_thought: str = ""
    """Begins an answer of a model that would think aloud: the thought that it had none."""
    is_stripped: bool = False
    """The family was trained on messages without space around them."""

    def prefix(
        self, system: str, shared: str = "", *, examples: Sequence[tuple[str, str]] = ()
    ) -> tuple[Segment, ...]:
        """Open the conversation.

        Args:
            system: The instruction.
            shared: The beginning of the user's turn that all prompts have in common.
            examples: Earlier (question, answer) turns that show what is wanted.
        """
        opened, instruction = self._opening(system)
        turns = [*opened]
        for question, answer in examples:
            turns += (
                *_own(self.user.opened),
                Segment(instruction + question),
                *_own(self.user.closed + self.assistant.opened),
                Segment(answer),
                *_own(self.assistant.closed),
            )
            instruction = ""
        turns += (*_own(self.user.opened), Segment(instruction + shared))
        return _joined(turns)

    def prompt(self, user: str, answer: str = "") -> tuple[Segment, ...]:
        """Finish the user's turn and give the floor to the model.

        Args:
            user: The (rest of the) user's turn.
            answer: How the model's answer begins; it continues from there.
        """
        return _joined(
            (
                Segment(user),
                *_own(self.user.closed + self.assistant.opened + self.no_thought),
                Segment(answer),
            )
        )

    def render(self, system: str, user: str) -> tuple[Segment, ...]:
        """Return the whole prompt: `prefix` and `prompt` in one."""
        return self.prefix(system) + self.prompt(user)

    def conversation(self, messages: Sequence[Message], answer: str = "") -> tuple[Segment, ...]:
        """Render all turns so far and give the floor to the model.

        Args:
            messages: Oldest first. Only the first may be the system's; without one
                the family's own instruction is said, if it has one.
            answer: How the model's answer begins; it continues from there.

        Raises:
            ValueError: No message, or one of the system that is not the first.
        """
        if not messages or any(one.speaker is Speaker.SYSTEM for one in messages[1:]):
            order = [message.speaker.value for message in messages]
            msg = f"messages: {order}: at least one, and the system's only at the beginning"
            raise ValueError(msg)
        is_given = messages[0].speaker is Speaker.SYSTEM
        system = self._text(messages[0]) if is_given else self.default_system
        opened, instruction = self._opening(system)
        rest = messages[1:] if is_given else messages
        return _joined((*opened, *self._turns(rest, instruction), *self._floor(answer)))

    def continued(self, messages: Sequence[Message], answer: str = "") -> tuple[Segment, ...]:
        """Go on behind `prefix`, which opened a user's turn, and give the floor to the model.

        Args:
            messages: The first is the (rest of the) user's; none is the system's.
            answer: How the model's answer begins.
        """
        assert messages[0].speaker is Speaker.USER
        turns = self._turns(messages, "")[len(_own(self.user.opened)) :]
        return _joined((*turns, *self._floor(answer)))

    def _turns(self, messages: Sequence[Message], instruction: str) -> list[Segment]:
        turns: list[Segment] = []
        for place, message in enumerate(messages):
            before = messages[place - 1].speaker if place else None
            after = messages[place + 1].speaker if place + 1 < len(messages) else None
            turn = self._turn(message.speaker, before, after)
            turns += (
                *_own(turn.opened),
                Segment(instruction + self._text(message)),
                *_own(turn.closed),
            )
            instruction = ""
        return turns

    def _floor(self, answer: str) -> tuple[Segment, ...]:
        return (*_own(self.assistant.opened + self.no_thought), Segment(answer))

    def _opening(self, system: str) -> tuple[tuple[Segment, ...], str]:
        """Return the turn of the system, and what the first user's turn begins with."""
        begin = _own(self.begin)
        if self.system is None:
            return begin, f"{system}\n\n" if system else ""
        if not system:
            return begin, ""
        return (*begin, *_own(self.system.opened), Segment(system), *_own(self.system.closed)), ""

    def _turn(self, speaker: Speaker, before: Speaker | None, after: Speaker | None) -> Turn:
        if speaker is Speaker.USER:
            return self.user
        if speaker is Speaker.ASSISTANT:
            return self.assistant
        around = self.tools_in_one_turn
        if around is None:
            return self.tool
        opened = "" if before is Speaker.TOOL else around.opened
        closed = "" if after is Speaker.TOOL else around.closed
        return Turn(opened + self.tool.opened, self.tool.closed + closed)

    def _text(self, message: Message) -> str:
        return message.text.strip() if self.is_stripped else message.text


def _own(text: str) -> tuple[Segment, ...]:
    """Cut a text of ours at its special tokens.

    What is between them is read together with the text of the turn, as the publishers'
    templates are: a newline there may be one token with the character before it.
    """
    return tuple(
        Segment(piece, special=number % 2 == 1)
        for number, piece in enumerate(_SPECIAL.split(text))
        if piece
    )


def _joined(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Join neighbours of the same kind, and leave out what is empty."""
    joined: list[Segment] = []
    for segment in segments:
        if joined and joined[-1].special is segment.special:
            joined[-1] = Segment(joined[-1].text + segment.text, segment.special)
        elif segment.text:
            joined.append(segment)
    return tuple(joined)
