"""From a question to the evidence that may answer it, by program, in a fixed order.

What is quoted is looked up verbatim, what is named by its definitions and uses, and
the whole question is searched. A constant that the evidence mentions is followed to
where it is set. The same index and question give the same evidence.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.ask.question import Question, QuestionKind
from nanobot_engine.context import Evidence, FoundBy, MicroTools, Relevance
from nanobot_indexer import Index

PIECES_MAX: Final = 15
LOOKED_UP: Final = frozenset({QuestionKind.LOCATION, QuestionKind.USES})
"""The index answers these alone."""
SUBJECT_SHARE_MIN: Final = 0.6
"""Of the words of a question, by rarity, that evidence must have."""
_HITS_MAX: Final = 12
_MATCHES_MAX: Final = 200
_DEFINITIONS_MAX: Final = 3
PLACES_MAX: Final = 20
"""Of a name that the index alone answers for."""
_OF_A_LITERAL_MAX: Final = 4
_NEAR_MAX: Final = 5
_FOLLOWED_PIECES: Final = 3
_FOLLOWED_LINES: Final = 3
_FOLLOWED_MAX: Final = 2
_CONSTANT: Final = re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b")
_CONSTANT_LINES_MAX: Final = 6
# Such a name is none in any language but code: when it is nowhere, nothing is about it.
_SURELY_CODE: Final = re.compile(r"[^\W_]_+[^\W_]|^_+\w|::|->|\w\.[a-z_]")


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What may answer a question."""

    question: Question
    pieces: tuple[Evidence, ...]
    """Best first; none is mostly in one before it."""
    readable: tuple[Evidence, ...]
    """Those that are about the question, as far as a program can tell: no answer from
    another one would be believed, so no model reads it."""
    definitions: tuple[Evidence, ...]
    """Of what the question names: what it does, returns or has by default is in there."""
    relevance: Relevance
    share_max: float
    """Of the question's words, by rarity, that the best readable piece has: 0 to 1."""
    missing: tuple[str, ...]
    """What the question quotes or names and is nowhere in the workspace."""
    near: tuple[str, ...]
    """Names like the missing ones."""


def retrieve(index: Index, question: Question) -> Retrieved:
    """Look up what may answer a question.

    Args:
        index: Stays open meanwhile.
        question: What to look for.

    Raises:
        IndexerError: The index is damaged or closed.
    """
    tools = MicroTools(index)
    missing: list[str] = []
    near: list[str] = []
    verbatim: list[Evidence] = []
    for literal in question.literals:
        found = tools.grep(literal, limit=_MATCHES_MAX)
        if not found:
            missing.append(literal)
        verbatim += _most_relevant(question, found)[:_OF_A_LITERAL_MAX]
    named: list[Evidence] = []
    places_max = PLACES_MAX if question.kind is QuestionKind.LOCATION else _DEFINITIONS_MAX
    for name in question.names:
        definitions = tools.definition(name, limit=places_max)
        named += definitions
        if not definitions and _is_nowhere(tools, question, name):
            near += tools.near(name, limit=_NEAR_MAX)
            missing.append(name)
    definitions_found = list(named)
    if question.kind is QuestionKind.USES:
        named = tools.references(question.names[0], limit=PLACES_MAX)
    pieces = [*verbatim, *named]
    if not _is_hopeless(question, missing) and question.kind not in LOOKED_UP:
        pieces += tools.search(question.text, limit=_HITS_MAX)
        pieces = _followed(tools, question, _different(pieces))
    pieces = _different(pieces)[: PLACES_MAX if question.kind in LOOKED_UP else PIECES_MAX]
    relevance = Relevance(question.text, question.cues, pieces)
    readable = tuple(_readable(question, relevance, pieces))
    shares = [relevance.covered(described(piece)) for piece in readable]
    return Retrieved(
        question=question,
        pieces=tuple(pieces),
        readable=readable,
        definitions=tuple(definitions_found),
        relevance=relevance,
        share_max=max(shares, default=0.0),
        missing=tuple(missing),
        near=tuple(dict.fromkeys(near)),
    )


def is_about(question: Question, relevance: Relevance, pieces: Sequence[Evidence]) -> bool:
    """Tell whether evidence is about what was asked.

    It has what the question names or quotes, or most of its words.
    """
    text = "\n".join(described(piece) for piece in pieces)
    return has_verbatim(question, text) or relevance.covered(text) >= SUBJECT_SHARE_MIN


def described(piece: Evidence) -> str:
    """Return a piece with where it is: its path says what it is about, too."""
    return f"{piece.path} {piece.name}\n{piece.text}"


def has_verbatim(question: Question, text: str) -> bool:
    """Tell whether a text has something that the question names or quotes."""
    return any(_last_part(one) in text for one in (*question.literals, *question.names))


def _readable(
    question: Question, relevance: Relevance, pieces: Sequence[Evidence]
) -> Iterator[Evidence]:
    """Yield the pieces about the question, and the constants that belong to them."""
    is_kept = False
    for piece in pieces:
        is_constant = (
            piece.found_by is FoundBy.DEFINITION and len(piece.lines) <= _CONSTANT_LINES_MAX
        )
        is_kept = is_about(question, relevance, [piece]) or (is_kept and is_constant)
        if is_kept:
            yield piece


def _is_hopeless(question: Question, missing: list[str]) -> bool:
    """Tell whether something that must be there is nowhere."""
    return any(one in question.literals or _SURELY_CODE.search(one) is not None for one in missing)


def _is_nowhere(tools: MicroTools, question: Question, name: str) -> bool:
    """Tell whether nothing can be said about a name that has no definition."""
    if question.kind is QuestionKind.LOCATION:
        return True
    # A plain word may be meant as one.
    is_name = _SURELY_CODE.search(name) is not None or question.kind is QuestionKind.USES
    return is_name and not tools.grep(_last_part(name), limit=1)


def _last_part(name: str) -> str:
    return re.split(r"\.|::|->|#", name)[-1]


def _most_relevant(question: Question, pieces: list[Evidence]) -> list[Evidence]:
    """Order the places of a literal by what else of the question is around them."""
    if len(pieces) < 2:
        return pieces
    relevance = Relevance(question.text, question.cues, pieces)
    covered = {id(piece): relevance.covered(f"{piece.path} {piece.text}") for piece in pieces}
    return sorted(pieces, key=lambda piece: -covered[id(piece)])


def _different(pieces: Iterable[Evidence]) -> list[Evidence]:
    kept: list[Evidence] = []
    for piece in pieces:
        if not any(piece.is_mostly_in(other) for other in kept):
            kept.append(piece)
    return kept


def _followed(tools: MicroTools, question: Question, pieces: list[Evidence]) -> list[Evidence]:
    """Put the constants that the best lines mention behind their pieces.

    A default that is a name says nothing without its value.
    """
    relevance = Relevance(question.text, question.cues, pieces)
    followed: list[Evidence] = []
    added = 0
    for number, piece in enumerate(pieces):
        followed.append(piece)
        if number >= _FOLLOWED_PIECES:
            continue
        worths = relevance.worths(piece)
        best = sorted(range(len(worths)), key=lambda place: -worths[place])[:_FOLLOWED_LINES]
        names = dict.fromkeys(
            name
            for place in best
            if worths[place]
            for name in _CONSTANT.findall(piece.lines[place])
        )
        for name in names:
            if added == _FOLLOWED_MAX:
                break
            for definition in tools.definition(name, limit=1):
                is_short = len(definition.lines) <= _CONSTANT_LINES_MAX
                if is_short and not any(definition.is_mostly_in(one) for one in followed):
                    followed.append(definition)
                    added += 1
    return followed
