"""The recipe "judge": a yes or no about one place of a program.

Programs find the places and what to do with them; the model only says whether a name
means what it seems to mean. The answer is a word, so votes are counted exactly, and a
no leaves the place as it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.edit import BytesKeptGate, Gate, SourceFile, TextEdit
from nanobot_engine.language import LanguageParsesGate
from nanobot_engine.recipe.code_around import code_around
from nanobot_engine.recipe.errors import DeclinedError
from nanobot_engine.recipe.recipe import AskingRecipe, Briefing, Candidate, Item, RedFlag

YES: Final = "yes"
NO: Final = "no"

_SYSTEM: Final = """\
You judge one name in a program.
Read the code around it. The line with the name starts with ">".
Answer the question with one word: yes or no.
Say yes only when the code shows it."""

_EXAMPLES: Final = (
    (
        "  def report(path):\n      lines = open(path)\n>     lines.close()",
        "Is `lines` a `Connection` here?",
        NO,
    ),
    (
        "  def stop(pool):\n      for one in pool.connections:\n>         one.close()",
        "Is `one` a `Connection` here?",
        YES,
    ),
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A place to be judged."""

    question: str
    edit: TextEdit
    """What is done when the answer is yes."""


class JudgeRecipe(AskingRecipe):
    """See the module docstring. Safe to share."""

    name = "judge"
    grammar = f'root ::= "{YES}" | "{NO}"'
    tokens_max = 4
    briefing = Briefing(
        system=_SYSTEM,
        examples=tuple((f"{code}\n\n{question}", answer) for code, question, answer in _EXAMPLES),
    )

    def __init__(self, judgement_by_key: Mapping[str, Judgement]) -> None:
        """Take the places, by item key."""
        self._judgement_by_key = judgement_by_key

    def gates(self, text_by_key: Mapping[str, str]) -> Sequence[Gate]:  # noqa: ARG002 - the protocol's signature
        """Parses; every other byte as it was."""
        return (LanguageParsesGate(), BytesKeptGate(keeps_last_newline=False))

    def enumerate(self, source: SourceFile) -> Iterable[Item]:  # noqa: ARG002 - the protocol's signature
        """List nothing: the places come from a plan."""
        return ()

    def ask(self, source: SourceFile, item: Item, *, code_bytes_max: int) -> str:
        """Show the lines around the place."""
        judgement = self._judgement_by_key[item.key]
        place = judgement.edit.start_byte
        lines = code_around(source, place, place, code_bytes_max)
        return f"{lines}\n\n{judgement.question}"

    def parse(self, source: SourceFile, item: Item, answer: str) -> Candidate | RedFlag:  # noqa: ARG002 - the protocol's signature
        """Take one of the two words."""
        word = answer.strip().lower()
        if word not in (YES, NO):
            return RedFlag("format", f"{answer!r} is neither yes nor no")
        return Candidate(word, frozenset({word}))

    def agrees(self, first: Candidate, second: Candidate) -> bool:
        """Tell whether two answers are the same word."""
        return first.text == second.text

    def edit(self, source: SourceFile, item: Item, candidate: Candidate) -> TextEdit:  # noqa: ARG002 - the protocol's signature
        """Return the edit of the place.

        Raises:
            DeclinedError: The answer is no.
        """
        if candidate.text == NO:
            raise DeclinedError("the model says that this place means something else")
        return self._judgement_by_key[item.key].edit
