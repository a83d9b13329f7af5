"""A picture of a proof: where in the haystack each needle lay, and whether it was found.

One row per kind, depth from left to right. Written as SVG without any library.
"""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from nanobot_indexer.needle.evaluation import Answer
from nanobot_indexer.needle.needle import NeedleKind

_WIDTH: Final = 720
_LEFT: Final = 110
_RIGHT: Final = 20
_TOP: Final = 44
_ROW: Final = 46
_RADIUS: Final = 5
_FIRST, _LATER, _MISSED = "#1a7f37", "#d4a72c", "#cf222e"
_LEGEND: Final = ((_FIRST, "first hit"), (_LATER, "among five"), (_MISSED, "not found"))


def plot_svg(answers: Sequence[Answer], title: str) -> str:
    """Return an SVG document."""
    bottom = _TOP + _ROW * len(NeedleKind)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{bottom + 44}">',
        "<style>text { font: 12px sans-serif }</style>",
        f'<rect width="{_WIDTH}" height="{bottom + 44}" fill="white"/>',
        _text(_LEFT, 20, title, weight="bold"),
    ]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = _x(share)
        parts.append(f'<path d="M{x} {_TOP - 6}V{bottom}" stroke="#d0d7de"/>')
        parts.append(_text(x - 12, bottom + 16, f"{share:.0%}"))
    parts.append(_text(_LEFT, bottom + 36, "depth in the haystack"))
    for number, (color, label) in enumerate(_LEGEND):
        x = 380 + 110 * number
        parts.append(_dot(x, bottom + 32, color, label))
        parts.append(_text(x + 10, bottom + 36, label))
    for row, kind in enumerate(NeedleKind):
        parts.append(_text(8, _TOP + _ROW * row + _ROW // 2 + 4, kind.value))
        own = [answer for answer in answers if answer.planted.needle.kind is kind]
        for number, answer in enumerate(own):
            # Neighbours are set apart, so that none hides another.
            y = _TOP + _ROW * row + _ROW // 2 + (number % 3 - 1) * 12
            parts.append(
                _dot(_x(answer.planted.depth), y, _color(answer), answer.planted.needle.question)
            )
    return "\n".join([*parts, "</svg>\n"])


def _x(depth: float) -> float:
    return round(_LEFT + depth * (_WIDTH - _LEFT - _RIGHT), 1)


def _color(answer: Answer) -> str:
    if answer.rank == 1:
        return _FIRST
    return _LATER if answer.rank else _MISSED


def _dot(x: float, y: float, color: str, label: str) -> str:
    # The shape tells what the colour tells, for who sees no colours.
    fill = "none" if color == _MISSED else color
    circle = f'<circle cx="{x}" cy="{y}" r="{_RADIUS}" fill="{fill}" stroke="{color}">'
    return f"{circle}<title>{escape(label)}</title></circle>"


def _text(x: float, y: float, text: str, *, weight: str = "normal") -> str:
    return (
        f'<text x="{x}" y="{y}" style="font-weight: {weight}" fill="#1f2328">{escape(text)}</text>'
    )
