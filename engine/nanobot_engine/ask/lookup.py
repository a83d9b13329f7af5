"""Answers that the index gives alone: where a name is defined, where it is used."""

from collections.abc import Sequence
from typing import Final

from nanobot_engine.ask.answer import Quote
from nanobot_engine.ask.question import QuestionKind
from nanobot_engine.ask.retrieval import PLACES_MAX, Retrieved
from nanobot_engine.context import Evidence

_PLACES_SAID_MAX: Final = 3


def looked_up(retrieved: Retrieved) -> tuple[str, tuple[Quote, ...]]:
    """Return the answer and its places; both empty when there are none."""
    pieces = retrieved.pieces
    if not pieces:
        return "", ()
    name = retrieved.question.names[0]
    if retrieved.question.kind is QuestionKind.LOCATION:
        quotes = tuple(_header(piece, name) for piece in pieces)
        return _said([f"{quote.path}:{quote.start_line}" for quote in quotes]), quotes
    quotes = tuple(_quote(piece, 0) for piece in pieces)
    files = len({quote.path for quote in quotes})
    most = "at least " if len(pieces) >= PLACES_MAX else ""
    places = "1 place" if len(quotes) == 1 else f"{len(quotes)} places"
    return f"{most}{places} in {files} {'file' if files == 1 else 'files'}", quotes


def _said(places: Sequence[str]) -> str:
    said = ", ".join(places[:_PLACES_SAID_MAX])
    left = len(places) - _PLACES_SAID_MAX
    return f"{said} and {left} more" if left > 0 else said


def _header(piece: Evidence, name: str) -> Quote:
    """Return the line that names the definition: decorators may stand before it."""
    last = name.replace("::", ".").replace("->", ".").replace("#", ".").rpartition(".")[2]
    places = [place for place, line in enumerate(piece.lines) if last in line]
    return _quote(piece, places[0] if places else 0)


def _quote(piece: Evidence, place: int) -> Quote:
    line = piece.start_line + place
    return Quote(piece.handle, piece.path, line, line, piece.lines[place].strip())
