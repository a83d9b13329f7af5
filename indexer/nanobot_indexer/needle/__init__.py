"""Prove that the index finds a needle in a haystack of a million tokens and more.

Suggested reading order: `needle` (what is hidden), `exact`, `structure` and `paraphrase`
(the three kinds), `haystack` (where it is hidden), `indexing`, `evaluation`, `proof`.

It asks the index as any program does: it knows its public functions only.
"""

from nanobot_indexer.needle.needle import NeedleKind
from nanobot_indexer.needle.plot import plot_svg
from nanobot_indexer.needle.proof import NEEDLES_MAX, NeedleOptions, NeedleReport, prove_needle

__all__ = [
    "NEEDLES_MAX",
    "NeedleKind",
    "NeedleOptions",
    "NeedleReport",
    "plot_svg",
    "prove_needle",
]
