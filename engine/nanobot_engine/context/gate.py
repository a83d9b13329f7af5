"""The content gate: raw when it fits, else the outline and the lines that matter.

Lines are chosen over all pieces together, the worthiest first, until the room is used.
Of each piece the header that the lines stand under is shown too, so that a line is
never without its definition. Nothing is cut to fit after it was counted: less is chosen.
"""

import textwrap
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.context.evidence import Evidence
from nanobot_engine.context.relevance import Relevance

GAP: Final = "..."
"""Stands for lines that are not shown."""

CountTokens = Callable[[str], Awaitable[int]]

_CHARS_PER_TOKEN: Final = 3.0
"""A first guess for code. The count decides."""
_ATTEMPTS: Final = 6
_SMALLER: Final = 0.85
_PIECE_DECAY: Final = 0.25
"""By how much a piece is worth less than the one before it."""
_NEIGHBOUR: Final = 0.4
_HEADER: Final = 0.3
_HEADING_CHARS: Final = 40


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece as the model sees it."""

    number: int
    """How the prompt calls it, from 1."""
    evidence: Evidence
    line_numbers: tuple[int, ...]
    """1-based lines of the file that are shown, ascending; at least one."""
    text: str
    """Its heading and its lines."""

    @property
    def is_raw(self) -> bool:
        """Whether all lines are shown."""
        return len(self.line_numbers) == len(self.evidence.lines)


class ContentGate:
    """Fits evidence into a number of tokens. Runs on the event loop.

    Args:
        relevance: What lines are worth.
        count_tokens: Counts a text with the tokenizer of the model that reads it.
    """

    def __init__(self, relevance: Relevance, count_tokens: CountTokens) -> None:
        self._relevance = relevance
        self._count_tokens = count_tokens

    async def admit(self, pieces: Sequence[Evidence], *, tokens_max: int) -> list[Shown]:
        """Return what is shown of the pieces, in their order.

        Args:
            pieces: Best first.
            tokens_max: Upper bound on the tokens of all texts together, joined by empty
                lines.

        Returns:
            Possibly fewer pieces; none when not even one line fits.
        """
        whole = [set(range(len(piece.lines))) for piece in pieces]
        size = sum(len(line) + 1 for piece in pieces for line in piece.lines)
        if size < 2 * _CHARS_PER_TOKEN * tokens_max:
            shown = _shown(pieces, whole)
            if await self._fits(shown, tokens_max):
                return shown
        worths = [self._relevance.worths(piece) for piece in pieces]
        chars_max = tokens_max * _CHARS_PER_TOKEN
        for _ in range(_ATTEMPTS):
            shown = _shown(pieces, _chosen(pieces, worths, chars_max))
            if await self._fits(shown, tokens_max):
                return shown
            chars_max *= _SMALLER
        while shown and not await self._fits(shown, tokens_max):
            shown.pop()
        return shown

    async def _fits(self, shown: Sequence[Shown], tokens_max: int) -> bool:
        text = joined(shown)
        return not text or await self._count_tokens(text) <= tokens_max


def joined(shown: Sequence[Shown]) -> str:
    """Return the text of all pieces."""
    return "\n\n".join(one.text for one in shown)


def _chosen(
    pieces: Sequence[Evidence], worths: Sequence[Sequence[float]], chars_max: float
) -> list[set[int]]:
    """Choose lines, as 0-based places in each piece, worthiest first."""
    ranked = []
    for number, (piece, own) in enumerate(zip(pieces, worths, strict=True)):
        factor = 1.0 / (1.0 + _PIECE_DECAY * number)
        top = max(own, default=0.0)
        headers = {line - piece.start_line for line in piece.header_lines}
        for place, worth in enumerate(own):
            around = max(own[max(0, place - 1) : place + 2])
            value = max(worth, _NEIGHBOUR * around) + (_HEADER * top if place in headers else 0.0)
            if piece.lines[place].strip():
                ranked.append((-value * factor, number, place))
    ranked.sort()
    chosen: list[set[int]] = [set() for _ in pieces]
    left = chars_max
    for _, number, place in ranked:
        piece = pieces[number]
        added = {place} - chosen[number]
        if not chosen[number]:
            added |= _header_above(piece, place)
        cost = sum(len(piece.lines[one].strip()) + 3 for one in added)
        cost += 0 if chosen[number] else _HEADING_CHARS
        if cost <= left:
            chosen[number] |= added
            left -= cost
    return chosen


def _header_above(piece: Evidence, place: int) -> set[int]:
    """Return the line where the definition begins that a line stands in, if it is there."""
    above = [line - piece.start_line for line in piece.header_lines]
    found = [one for one in above if one <= place]
    return {found[-1]} if found else set()


def _shown(pieces: Sequence[Evidence], chosen: Sequence[set[int]]) -> list[Shown]:
    shown: list[Shown] = []
    for piece, places in zip(pieces, chosen, strict=True):
        if not places:
            continue
        ordered = sorted(places)
        number = len(shown) + 1
        heading = f"[{number}] {piece.path}" + (f" ({piece.name})" if piece.name else "")
        lines = tuple(piece.start_line + place for place in ordered)
        text = "\n".join([heading, *_with_gaps(piece, ordered)])
        shown.append(Shown(number, piece, lines, text))
    return shown


def _with_gaps(piece: Evidence, places: Sequence[int]) -> list[str]:
    """Return the lines at some places without what they are all indented by."""
    bodies = textwrap.dedent("\n".join(piece.lines[place] for place in places)).split("\n")
    texts: list[str] = []
    last = -1
    for place, body in zip(places, bodies, strict=True):
        if place != last + 1:
            texts.append(GAP)
        if body:
            texts.append(body)
        last = place
    return [*texts, GAP] if last != len(piece.lines) - 1 else texts
