"""Context: what of a workspace a small model gets to read.

Suggested reading order: `evidence` (a piece of the workspace with its handle),
`micro_tools` (how pieces are found), `relevance` (which lines matter), `budget` (how
much fits), `gate` (what is shown).

A model never reads a file: a program looks pieces up, and the gate shows of each what
fits, counted with the model's own tokenizer. What was left out stays reachable by the
handle.
"""

from nanobot_engine.context.budget import Budget
from nanobot_engine.context.evidence import Evidence, FoundBy
from nanobot_engine.context.gate import ContentGate, Shown
from nanobot_engine.context.micro_tools import MicroTools
from nanobot_engine.context.relevance import Relevance

__all__ = [
    "Budget",
    "ContentGate",
    "Evidence",
    "FoundBy",
    "MicroTools",
    "Relevance",
    "Shown",
]
