"""From what a model wrote to one plan, a question, or nothing.

    answers ─commands─> plain sentences ─rules, checks─> plans by votes ─> one that leads
                                                                       └─> asked about

A plan counts only where the rules read its plain sentence alone, and where it speaks of
every name and literal of the sentence. What a model wrote that no program accepts is no vote for
anything else. A lead that is not clear is a question for the user, and nobody else decides it.
"""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from nanobot_engine.intent.command.form import NOTHING, RECIPES, Form
from nanobot_engine.intent.command.grammar import grammar_of, possible, sentence_of
from nanobot_engine.intent.command.prompt import names_line
from nanobot_engine.intent.command.request import CommandRequest
from nanobot_engine.intent.command.vocabulary import Vocabulary, vocabulary_of
from nanobot_engine.intent.errors import IntentError
from nanobot_engine.intent.names.symbol_table import SymbolTable
from nanobot_engine.intent.plan import Part
from nanobot_engine.intent.recipe_goal import recipe_goal
from nanobot_engine.intent.words.conditions import is_question
from nanobot_engine.intent.words.sentence import Token, TokenKind
from nanobot_engine.recipe import Goal, RecipeError

log = logging.getLogger(__name__)

_CLEAR: Final = 0.6
"""Which part of all answers must agree for a model to decide."""
_RIVAL_MAX: Final = 0.25
"""Which part of all answers may agree on another plan then."""
_OFFERED_MIN: Final = 0.25
_OFFERED_MAX: Final = 3
_SUGGESTED: Final = re.compile(r"\b(?:how|what) about\b|\bwhy not\b", re.IGNORECASE)
_RESTRICTED: Final = re.compile(
    r"^(?:please |pls )?(?:do not|never|undo|revert)\b"
    r"|\b(?:leave|keep)\b(?! it out)|\b(?:but|and) not\b|\bonly (?:if|when|where|in)\b"
    r"|\bunless (?!(?:it |one |you |somebody |nobody |nothing |we )?(?:is |be |are |not )*"
    r"(?:says?|tells?|told|given|gives?|passed|pass|passes|set|sets|otherwise|specif\w+|asks?))"
    r"|\bif (?:not|so|nobody|nothing|it|they|that)\b|\bexcept (?:in|for|where|when|the)\b",
    re.IGNORECASE,
)


_DENIED: Final = re.compile(r"\b(?:should|must|shall|may) (?:not|never)\b", re.IGNORECASE)
_OF_PLACES: Final = frozenset({"move", "move module", "merge modules"})
_NAMES: Final = re.compile(
    r"\b(?:(?:re|mis)?nam(?:e[ds]?|ing)|called|call(?=s? (?:it|this|that|them)\b)|label|dub"
    r"|christen|baptize|titled?|(?:mis)?spel\w+|typos?|known as|words?|says?)\b",
    re.IGNORECASE,
)
_DOES: Final = re.compile(
    r"\b(?:makes?|let(?! is| us| go)|have|has|forc\w+|requir\w+|support\w*|accept\w*|return\w*"
    r"|giv\w+|pass\w*|work|works|handl\w+|stop|start)\b",
    re.IGNORECASE,
)
_BEFORE_NEW: Final = frozenset(
    {
        "to",
        "into",
        "as",
        "be",
        "become",
        "becomes",
        "becoming",
        "is",
        "was",
        "not",
        "=",
        ":",
        "/",
        ">",
    }
)


@dataclass(frozen=True, slots=True)
class Commanded:
    """One thing that a sentence may mean, as a model reads it."""

    summary: str
    """For people."""
    parts: tuple[Part, ...]
    """Empty for a recipe."""
    goal: Goal | None
    votes: float
    """Part of all answers, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model's answers come to."""

    found: tuple[Commanded, ...]
    """The likeliest first; none for a refusal."""
    is_clear: bool
    """Whether the first is certain enough to be done without asking."""


Read = Callable[[str, Sequence[Token]], tuple[Part, ...]]
"""Reads a plain sentence by rules; its plan must speak of some tokens; raises `IntentError`."""


def request_of(
    sentence: str, tokens: Sequence[Token], table: SymbolTable
) -> tuple[CommandRequest, Vocabulary] | None:
    """Return what to ask a model, and the words for its answers.

    Returns:
        None where nothing can be written, or the sentence asks for no change or restricts it.
    """
    plain = " ".join("NAME" if token.is_code else token.text for token in tokens)
    is_asking = is_question(_SUGGESTED.sub(" ", plain.lower()))
    if is_asking or _RESTRICTED.search(plain):
        return None
    words = vocabulary_of(tokens, table)
    if not any(possible(words)):
        return None
    return CommandRequest(sentence, names_line(words, table), grammar_of(words)), words


def verdict_of(
    answers: Sequence[str],
    words: Vocabulary,
    tokens: Sequence[Token],
    read: Read,
    can_be: Callable[[Part], bool],
) -> Verdict:
    """Count what a model wrote.

    Args:
        answers: Of `Writer.write`.
        words: Of `request_of`.
        tokens: Of the sentence.
        read: The rules.
        can_be: Tells whether the code allows a part.
    """
    votes = Counter(_normal(one) for one in answers)
    by_summary: dict[str, Commanded] = {}
    for commands, count in votes.items():
        one = _commanded(commands, words, tokens, read)
        if one is None:
            continue
        before = by_summary.get(one.summary)
        total = count / len(answers) + (before.votes if before is not None else 0.0)
        by_summary[one.summary] = Commanded(one.summary, one.parts, one.goal, total)
    found = sorted(by_summary.values(), key=lambda one: -one.votes)
    offered = [one for one in found if one.votes >= _OFFERED_MIN][:_OFFERED_MAX]
    if len(offered) > 1:
        # What leads stays: that it can not be done is for the user to hear.
        most = offered[0].votes if offered[0].votes > offered[1].votes else 1.0
        can = [one for one in offered if one.votes >= most or all(map(can_be, one.parts))]
        offered = can or offered
    if not offered:
        return Verdict((), is_clear=False)
    rival = max((one.votes for one in found if one is not offered[0]), default=0.0)
    is_clear = (
        offered[0].votes >= _CLEAR
        and rival <= _RIVAL_MAX
        and all(_is_renaming_said(part, tokens) for part in offered[0].parts)
    )
    return Verdict(tuple(offered), is_clear)


def _is_renaming_said(part: Part, tokens: Sequence[Token]) -> bool:
    """Tell whether a sentence can be about a name, where it is about what code does.

    A model takes what it can not write for a renaming: "make Config use TOML". There a renaming
    needs a word for it, or the new name where one stands: "should be TOML".
    """
    if part.refactoring != "rename":
        return True
    plain = " ".join("_" if token.is_code else token.text for token in tokens)
    if _NAMES.search(plain) or not _DOES.search(plain):
        return True
    new_name = part.values()["new_name"]
    return any(
        after.text == new_name
        and (before.kind is TokenKind.ARROW or before.text.lower() in _BEFORE_NEW)
        for before, after in pairwise(tokens)
    )


def _normal(answer: str) -> tuple[str, ...]:
    """Return the commands of an answer, each once; none for a refusal."""
    commands = dict.fromkeys(one.strip() for one in answer.split("; "))
    return tuple(one for one in commands if one and one != NOTHING)


def _commanded(
    commands: Sequence[str], words: Vocabulary, tokens: Sequence[Token], read: Read
) -> Commanded | None:
    found = [sentence_of(one, words) for one in commands]
    filled = [one for one in found if one is not None]
    if not filled or len(filled) < len(found):
        return None
    forms = {form.name for form, _ in filled}
    if forms & RECIPES:
        return _recipe(filled, tokens) if len(forms) == 1 else None
    if forms & _OF_PLACES and _DENIED.search(words.text):
        # Where something is not to be says little of where it is to go.
        return None
    plain = " and ".join(sentence for _, sentence in filled)
    try:
        parts = read(plain, [*_to_explain(tokens, words, forms)])
    except IntentError as error:
        log.debug("command not taken: %s: %s", plain, error)
        return None
    if sorted(part.refactoring for part in parts) != sorted(form.name for form, _ in filled):
        return None
    return Commanded("; ".join(part.summary for part in parts), parts, None, 0.0)


def _recipe(filled: Sequence[tuple[Form, str]], tokens: Sequence[Token]) -> Commanded | None:
    """Return the goal of a recipe, which must be about all that is named."""
    form, _ = filled[0]
    head = form.sentence.partition("{")[0]
    about = " and ".join(sentence.removeprefix(head) for _, sentence in filled)
    plain = head + re.sub(r"(`[\w.]+`) (?:in|from) `[^`]+`", r"\1", about)
    try:
        goal = recipe_goal(plain)
    except RecipeError:
        return None
    said = {part for one in re.findall(r"`([^`]+)`", plain) for part in re.split(r"[./]", one)}
    named = (token for token in tokens if token.kind in {TokenKind.NAME, TokenKind.DOTTED})
    is_whole = all(token.text.rpartition(".")[2] in said for token in named)
    if goal is None or goal.recipe != form.name or not is_whole:
        return None
    return Commanded(plain, (), goal, 0.0)


def _to_explain(tokens: Sequence[Token], words: Vocabulary, forms: set[str]) -> Iterator[Token]:
    """Yield what a plan must speak of: what is certainly a name, a path or a literal."""
    is_numbered = not forms <= {"rename", "move", "move module", "merge modules"}
    for token in tokens:
        is_number = token.kind is TokenKind.EXPRESSION and token.text.isdigit()
        is_place = token.kind is TokenKind.PATH and token.text in words.modules
        if token.is_code and not is_place and (is_numbered or not is_number):
            yield token
