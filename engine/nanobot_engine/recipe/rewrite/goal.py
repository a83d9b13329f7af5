"""What a sentence asks of the recipe "rewrite", and whether that can be done reliably.

A rewrite is bounded by what programs can check. So a sentence must name where (a file, a
function, a class), and what it asks for must be something that shows in the code: another
shape, or other means by name. Speed, safety, the absence of bugs and beauty do not show.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nanobot_engine.recipe.errors import RecipeError
from nanobot_engine.recipe.goal import Goal
from nanobot_engine.recipe.place import EVERYWHERE, Place, place_of

NAME: Final = "rewrite"
EXAMPLE: Final = "make every function in parser.py use early returns"

_WORD: Final = re.compile(r"[A-Za-z_]\w*")
_UNCHECKED: Final = MappingProxyType(
    {
        "how fast or frugal code is": re.compile(
            r"\b(fast(er)?|slow|speed|performan\w+|optimi[sz]\w*|efficien\w+|memory|leaks?)\b",
            re.IGNORECASE,
        ),
        "what is a bug": re.compile(
            r"\b(bugs?|bug-free|fix|fixes|correct(ly|ness)?|broken|crash\w*|races?|deadlocks?"
            r"|works?)\b",
            re.IGNORECASE,
        ),
        "what is safe": re.compile(
            r"\b(secur\w+|safe(ty|r|ly)?|thread-?safe|vulnerab\w+|robust\w*)\b", re.IGNORECASE
        ),
        "what is good": re.compile(
            r"\b(better|best|improve\w*|nicer?|clean(er|up)?|modern\w*|quality|idiomatic|pythonic"
            r"|maintainable|elegant|perfect|great|good)\b",
            re.IGNORECASE,
        ),
    }
)
# What a rewrite is surely meant by. Other wishes come here only where nothing else takes them.
_ASKED: Final = re.compile(
    r"\b(simplif(y|ies|ied|ying)|flatten|unnest|un-nest|early returns?|guard clauses?"
    r"|comprehensions?|nesting|nested (ifs?|conditions?|loops?)|boolean returns?"
    r"|(needless|redundant|unnecessary|useless) else|else (after|behind) (a )?returns?"
    r"|var\b.*\b(let|const)|(let|const)\b.*\bvar)\b",
    re.IGNORECASE,
)
_NEGATED: Final = re.compile(r"\b(not|never|don't|dont|without)\b", re.IGNORECASE)
_MEASURES: Final = MappingProxyType(
    {
        "nesting": re.compile(
            r"\b(early returns?|guard clauses?|flatten\w*|un-?nest|nest(ing|ed)"
            r"|(needless|redundant|unnecessary|useless) else|else (after|behind))\b",
            re.IGNORECASE,
        ),
        "comprehensions": re.compile(r"\bcomprehensions?\b", re.IGNORECASE),
        "size": re.compile(
            r"\b(simplif\w+|shorten|shorter|simpler|boolean returns?)\b", re.IGNORECASE
        ),
    }
)


class GoalUnreliableError(RecipeError):
    """What a sentence asks can not be done reliably: nothing could check it."""

    def __init__(self, sentence: str, reason: str) -> None:
        super().__init__(f'"{sentence}": nanobot can not do this reliably: {reason}')
        self.sentence = sentence
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RewriteScope:
    """What is rewritten, and what for."""

    instruction: str
    place: Place = EVERYWHERE
    only: frozenset[str] = frozenset()
    """Item keys; empty means all of `place`."""

    @property
    def said(self) -> frozenset[str]:
        """The words of the instruction."""
        return frozenset(_WORD.findall(self.instruction))

    @property
    def measure(self) -> str:
        """What must get less, or for comprehensions more; "" for nothing that is known."""
        found = (name for name, words in _MEASURES.items() if words.search(self.instruction))
        return next(found, "")

    def to_arguments(self) -> dict[str, str]:
        """Return the form that the ledger stores."""
        return {
            "instruction": self.instruction,
            "only": "\n".join(sorted(self.only)),
            **self.place.to_arguments(),
        }

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, str]) -> "RewriteScope":
        """Read what `to_arguments` wrote."""
        return cls(
            instruction=arguments["instruction"],
            place=Place.from_arguments(arguments),
            only=frozenset(filter(None, arguments.get("only", "").split("\n"))),
        )


def goal_of(sentence: str) -> Goal | None:
    """Return the goal of a sentence that certainly asks for another shape of named code."""
    if not _ASKED.search(sentence) or _NEGATED.search(sentence):
        return None
    try:
        return last_resort(sentence)
    except GoalUnreliableError:
        return None


def last_resort(sentence: str, *, only: frozenset[str] = frozenset()) -> Goal:
    """Return the goal of a sentence that no refactoring and no other recipe takes.

    Args:
        sentence: Without needless white space.
        only: Item keys, of definitions that were searched for where it names none.

    Raises:
        GoalUnreliableError: It names nothing, or asks for what no program can check.
    """
    place = place_of(sentence)
    for what, words in _UNCHECKED.items():
        if words.search(_outside_names(sentence, place)):
            raise GoalUnreliableError(sentence, f"no program can tell {what}")
    if not place.paths and not place.names and not only:
        reason = "say where: name a file, a function or a class, for example in `backticks`"
        raise GoalUnreliableError(sentence, reason)
    if len(_WORD.findall(_outside_names(sentence, place))) == 0:
        raise GoalUnreliableError(sentence, "say what is to be done")
    return Goal(sentence, NAME, RewriteScope(sentence, place, only).to_arguments())


def _outside_names(sentence: str, place: Place) -> str:
    """Return a sentence without the names in it: `fix_path` asks for no fix."""
    for name in sorted(place.names | place.paths, key=len, reverse=True):
        sentence = sentence.replace(name, " ")
    return sentence
